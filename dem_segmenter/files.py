"""Files that are whole or not there, on Windows too."""

from __future__ import annotations

import os
import time
from pathlib import Path

#: Seconds to wait for a file that somebody else holds. Windows refuses to move it, and a virus scanner or a folder's
#: synchronisation opens whatever was just written, for a moment. Elsewhere a refusal is final.
PATIENCE = 2.0 if os.name == "nt" else 0.0


def replace(source: Path, target: Path) -> None:
    """Move a file to its name, over what is there.

    Raises:
        OSError: It cannot be moved, also not a little later.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if time.monotonic() >= until:
                raise
        time.sleep(0.1)


def flush(path: Path) -> None:
    """See that a file's content is on the disk, or a power cut could leave its name with nothing in it.

    Raises:
        OSError: The disk does not take it.
    """
    with open(path, "r+b") as stream:  # Windows flushes only what may be written to
        os.fsync(stream.fileno())
