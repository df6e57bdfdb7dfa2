"""The state of a run on disk: complete or not there, whatever moment the process is killed at."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from .. import runtime
from ..errors import OutputError


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
