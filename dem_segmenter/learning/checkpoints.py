"""The state of a run on disk: complete or not there, whatever moment the process is killed at.

Days of work may be in a state, and only a setting was mistyped: that of another run is put aside, never written over.
"""

from __future__ import annotations

import contextlib
import copy
import glob
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from .. import runtime
from ..errors import OutputError

#: Added to the name of a state that was put aside; a number follows from the second on.
ASIDE = ".old"


def write_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write a state beside its place and move it there, so that the one before stays whole until then.

    Args:
        path: The state's file; its folder is made.
        state: What `torch.load(weights_only=True)` reads back; its `identity` says what the run is about.

    Raises:
        OutputError: It cannot be written; the state before, if there is one, is still there.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(dict(state), partial)
        runtime.flush_file(partial)
        runtime.replace_file(partial, path)
    # torch's own writer turns a full disk into a RuntimeError.
    except (OSError, RuntimeError) as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise OutputError(
            f"The state of the training cannot be written to '{path}': {error}.",
            "Free some space on that disk; the run goes on from its last state when it is started again.",
        ) from error


def read_state(path: Path | None, identity: str, device: torch.device) -> dict[str, Any] | None:
    """Read the state of a run that was cut off.

    Args:
        path: The state's file; None for a run that keeps none.
        identity: What the run is about.
        device: Where tensors go.

    Returns:
        The state; None if there is none, it is damaged, or it belongs to another run.
    """
    if path is None or not path.is_file():
        return None
    try:
        state = torch.load(path, map_location=device, weights_only=True)
        return dict(state) if state["identity"] == identity else None
    except Exception:  # of another version, or damaged: torch raises a dozen kinds
        return None


def load_whole(
    state: Mapping[str, Any], modules: Mapping[str, torch.nn.Module], optimizer: torch.optim.Optimizer
) -> bool:
    """Load a state's weights, all or none.

    Args:
        state: From `read_state`: a ``state_dict`` for each module, under its name, and the optimiser's.
        modules: By name.
        optimizer: Of these.

    Returns:
        Whether they are loaded; if not, the state is of another version, and all is as it was.
    """
    before = {name: copy.deepcopy(module.state_dict()) for name, module in modules.items()}
    try:
        for name, module in modules.items():
            module.load_state_dict(state[name])
        optimizer.load_state_dict(state["optimizer"])
    except (KeyError, ValueError, RuntimeError, TypeError):
        for name, module in modules.items():
            module.load_state_dict(before[name])  # those that fitted were taken over before the first that did not
        return False
    return True


def states_of(path: Path) -> list[Path]:
    """Where the state of a run may be: in its place, or put aside by `make_way`."""
    aside = sorted(path.parent.glob(f"{glob.escape(path.name)}{ASIDE}*"), key=lambda p: (len(p.name), p.name))
    return [path, *aside]


def make_way(path: Path, found: Path | None) -> Path | None:
    """Put a state that is of another run, or damaged, aside, and the one that was found into its place.

    Args:
        path: The state's place.
        found: One of `states_of` it that the run goes on from; None where it begins anew.

    Returns:
        Where what was in the place is now; None if there was nothing in the way.

    Raises:
        OutputError: A file cannot be moved.
    """
    if found == path:
        return None
    aside = None
    try:
        if path.is_file():
            names = (path.with_name(f"{path.name}{ASIDE}{n or ''}") for n in itertools.count())
            aside = next(name for name in names if not name.exists())
            path.replace(aside)
        if found is not None:
            found.replace(path)
    except OSError as error:
        raise OutputError(
            f"The state of another run is in the way at '{path}': {error}.",
            "Move it away, or choose another output file.",
        ) from error
    return aside
