"""Temporary files, and removing what a killed engine left behind."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from qgis.core import QgsFileUtils, QgsProcessingUtils

#: Files that GDAL and SQLite put beside a raster or GeoPackage they are writing.
_COMPANIONS = ("", "-journal", "-wal", "-shm", ".aux.xml", ".ovr", ".msk", ".ovr.tmp")

#: How often removing is tried, a fifth of a second apart.
ATTEMPTS = 10 if sys.platform == "win32" else 1


def file_name(layer: str, suffix: str) -> str:
    """A file for a temporary copy of a layer, alone in a folder; the engine calls the layer by it when it complains.

    Args:
        layer: The layer's name.
        suffix: Such as ``.tif``.
    """
    name = QgsFileUtils.stringToSafeFilename(layer).strip(" .")[:60] or "layer"
    return QgsProcessingUtils.generateTempFilename(name + suffix)


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
            _remove(target)


def _remove(target: Path) -> None:
    """Remove a file or a folder, if it can be done; on Windows not as long as a dying engine holds it."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(0.2)
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                target.unlink()
        if not target.exists():
            return
