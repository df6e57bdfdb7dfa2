"""Scratch folders of runs that were killed: each run locks its own, so a later one knows which are nobody's."""

from __future__ import annotations

import contextlib
import importlib
import shutil
import time
from pathlib import Path
from typing import IO, Any

fcntl: Any = None
with contextlib.suppress(ImportError):  # Windows has none, and lets no folder go while a file in it is open
    fcntl = importlib.import_module("fcntl")

#: What scratch folders are called; in between are random letters.
PREFIX, SUFFIX = ".demsegmenter-", ".partial"

#: The file in one that is locked.
LOCK = "lock"

#: Seconds after which a lock that nobody holds is left over, and not about to be taken.
SETTLED = 60.0


def hold(scratch: Path) -> IO[bytes] | None:
    """Lock a scratch folder for as long as this process lives.

    Args:
        scratch: The folder, just made.

    Returns:
        The locked file, to be kept open; None where the system or the disk has no such locks.
    """
    if fcntl is None:
        return None
    try:
        file = open(scratch / LOCK, "wb")  # noqa: SIM115  # closed with the folder
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        (scratch / LOCK).unlink(missing_ok=True)
        return None
    return file


def remove(folder: Path) -> None:
    """Remove scratch folders in an output folder whose runs are gone; those without a lock are left alone."""
    if fcntl is None:
        return
    for scratch in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with contextlib.suppress(OSError):
            if time.time() - (scratch / LOCK).stat().st_mtime < SETTLED:
                continue
            with open(scratch / LOCK, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails where its run is alive
                shutil.rmtree(scratch, ignore_errors=True)
