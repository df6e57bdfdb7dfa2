"""Which encoder a user's words mean, shared by the jobs that take one. Not a job itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import ModelFileError
from ..modelfiles.card import installed_models, read_card


def find(name: str, folders: Sequence[Path]) -> Path:
    """The file of an encoder.

    Args:
        name: Its name, its file's, or a path.
        folders: Where to look, before the embedded models.

    Raises:
        ModelFileError: There is no such encoder.
    """
    if Path(name).is_file():
        return Path(name)
    found = {p.stem: p for p in reversed(installed_models(folders)) if read_card(p).kind == "encoder"}
    found |= {read_card(p).name: p for p in found.values()}
    if name not in found:
        raise ModelFileError(
            f"There is no encoder '{name}'; installed are: {', '.join(sorted(found)) or 'none'}.",
            "Choose one of these, or give the path of an encoder file.",
        )
    return found[name]
