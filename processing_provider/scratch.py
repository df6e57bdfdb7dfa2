"""Removing what a killed engine left behind."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path

#: Files that GDAL and SQLite put beside a raster or GeoPackage they are writing.
_COMPANIONS = ("", "-journal", "-wal", "-shm", ".aux.xml", ".ovr", ".msk", ".ovr.tmp")


def remove(paths: Iterable[str], protected: Iterable[Path] = ()) -> None:
    """Remove scratch files and folders, with their companions.

    Args:
        paths: What the engine announced.
        protected: Inputs and outputs: neither they nor a folder they are in are ever removed, whatever was announced.
    """
    keep = [Path(p).resolve() for p in protected]
    keep.append(Path.home().resolve())
    for path in paths:
        for companion in _COMPANIONS:
            target = Path(path + companion)
            resolved = target.resolve()
            if not target.is_absolute() or any(resolved == k or resolved in k.parents for k in keep):
                continue
            with contextlib.suppress(OSError):
                if target.is_dir() and not target.is_symlink():
                    shutil.rmtree(target, ignore_errors=True)
                else:
                    target.unlink()
