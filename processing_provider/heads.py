"""The heads there are, and which one a user's words mean."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QCoreApplication

from ..dem_segmenter.errors import DemSegmenterError, ModelFileError
from ..dem_segmenter.modelfiles import card
from . import settings
from .paths import user_folder


@dataclass(frozen=True)
class Head:
    """A head's file and what its card says.

    Attributes:
        name: The name it is chosen by.
        title: A few words for people.
        path: Its file.
        classes: What it finds.
    """

    name: str
    title: str
    path: Path
    classes: tuple[card.ClassInfo, ...]


def model_folders() -> list[Path]:
    """The folders that are searched before the plugin's own: the user's choice, then the profile's."""
    folders = [settings.models_folder(), user_folder() / "models"]
    return [folder for folder in folders if folder is not None and folder.is_dir()]


def own_folder() -> Path:
    """Where the user's own models belong, which need not be there yet: the folder of the settings, or the profile's."""
    return settings.models_folder() or user_folder() / "models"


def make_own_folder(folder: Path) -> None:
    """Make a folder if it is where the user's own models belong; any other must be there already."""
    if folder.resolve() in ((user_folder() / "models").resolve(), own_folder().resolve()):
        with contextlib.suppress(OSError):  # whoever writes into it says so
            folder.mkdir(parents=True, exist_ok=True)


def installed_heads() -> list[Head]:
    """All heads in `model_folders` and in the plugin; the first of a name wins, as in the engine."""
    heads: dict[str, Head] = {}
    for path in card.installed_models(model_folders()):
        try:
            head = read_head(Path(path))
        except DemSegmenterError:
            continue
        heads.setdefault(head.name, head)
    return list(heads.values())


def read_head(path: Path) -> Head:
    """Read a head's card.

    Args:
        path: A ``.safetensors`` file.

    Raises:
        ModelFileError: It is no model file, is damaged, or holds an encoder.
    """
    content = card.read_card(path)
    if content.kind != "head":
        raise ModelFileError(
            QCoreApplication.translate("DemSegmenter", "{path} is an encoder and not a head.").format(path=path),
            QCoreApplication.translate("DemSegmenter", "Choose a head: the file that names what it finds."),
        )
    return Head(content.name, content.title or content.name, path, tuple(content.classes))


def resolve(value: Any) -> Head:
    """The head that a parameter value means.

    Args:
        value: A head's name, or the path of a head file.

    Raises:
        ModelFileError: There is no such head, or its file is unusable.
    """
    text = os.fspath(value) if isinstance(value, os.PathLike) else str(value or "").strip()
    if not text:
        raise ModelFileError(
            QCoreApplication.translate("DemSegmenter", "No head was given."), _choices(installed_heads())
        )
    path = Path(os.path.expanduser(text))
    if path.is_file():
        return read_head(Path(os.path.abspath(path)))
    heads = installed_heads()
    for head in heads:
        if head.name == text:
            return head
    for head in heads:
        if head.name.lower() == text.lower() or head.title == text:
            return head
    if path.suffix.lower() == card.SUFFIX or os.sep in text or "/" in text:
        message = QCoreApplication.translate("DemSegmenter", "The head file {path} does not exist.").format(path=text)
    else:
        message = QCoreApplication.translate("DemSegmenter", "There is no head called {name}.").format(name=text)
    raise ModelFileError(message, _choices(heads))


def resolve_all(values: Iterable[Any]) -> list[Head]:
    """The heads that a list of values means; see `resolve`. Text with semicolons counts as several values."""
    texts: list[str] = []
    for value in values:
        text = str(value)
        texts += [text] if Path(text).is_file() else [part.strip() for part in text.split(";") if part.strip()]
    if not texts:
        resolve("")
    heads: dict[Path, Head] = {}
    for text in texts:
        head = resolve(text)
        heads.setdefault(head.path, head)
    return list(heads.values())


def _choices(heads: Iterable[Head]) -> str:
    names = ", ".join(head.name for head in heads)
    if not names:
        return QCoreApplication.translate("DemSegmenter", "Give the path of a head file ({suffix}).").format(
            suffix=card.SUFFIX
        )
    return QCoreApplication.translate(
        "DemSegmenter", "Choose an installed one ({names}) or give the path of a head file ({suffix})."
    ).format(names=names, suffix=card.SUFFIX)
