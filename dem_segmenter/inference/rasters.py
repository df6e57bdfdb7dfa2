"""Writing rasters: rows in order to a scratch GeoTIFF, then a cloud-optimised GeoTIFF made from it and checked.

A COG cannot be written row by row (its overviews come first in the file), hence the two steps. GDAL reports a full disk
late or not at all, because it writes behind the caller's back; so the finished file is read once and compared with the
checksum of what was handed in.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.windows import Window

from ..elevation.gdal_errors import GDAL_ERRORS
from ..elevation.source import first_line
from ..errors import OutputError

#: Side of the scratch file's blocks, and the rows gathered before any is written: no block is written twice.
SCRATCH_BLOCK = 256

#: Rows read at a time when the finished file is checked: the COG driver's block size.
CHECK_ROWS = 512

#: Below this many free bytes a failed write is put down to a full disk.
FULL_DISK = 4 << 20


@dataclass(frozen=True)
class RasterSpec:
    """What a raster is to look like.

    Attributes:
        width: Columns.
        height: Rows.
        crs: CRS.
        transform: Pixel corner to CRS coordinates.
        dtype: ``uint8`` or ``float32``.
        nodata: Value of unknown pixels.
        bands: Description of each band.
        colors: Value to red, green, blue; empty for no colour table.
        tags: Dataset metadata.
        averaged: Whether overviews average pixels (probabilities) or pick one (classes).
    """

    width: int
    height: int
    crs: CRS
    transform: Affine
    dtype: str
    nodata: float
    bands: tuple[str, ...]
    colors: Mapping[int, tuple[int, int, int]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    averaged: bool = False


class RowWriter:
    """Writes rows, top to bottom, to a scratch GeoTIFF."""

    def __init__(self, path: Path, spec: RasterSpec) -> None:
        """Create the file.

        Args:
            path: Scratch path.
            spec: What it holds.

        Raises:
            OutputError: It cannot be created.
        """
        self.path, self.spec = path, spec
        self._row = 0
        self._pending: list[np.ndarray] = []
        self._pending_rows = 0
        #: CRC-32 of each band's pixels in row order.
        self.checksums = [0] * len(spec.bands)
        with write_errors(path):
            self._dataset = rasterio.open(
                path,
                "w",
                driver="GTiff",
                width=spec.width,
                height=spec.height,
                count=len(spec.bands),
                dtype=spec.dtype,
                crs=spec.crs,
                transform=spec.transform,
                nodata=spec.nodata,
                tiled=True,
                blockxsize=SCRATCH_BLOCK,
                blockysize=SCRATCH_BLOCK,
                compress="DEFLATE",
                zlevel=1,
                interleave="band",
                bigtiff="IF_SAFER",
            )
            self._describe()

    def write(self, rows: np.ndarray) -> None:
        """Add rows.

        Args:
            rows: ``(bands, n, width)`` of the raster's dtype; ``n`` may be 0.

        Raises:
            OutputError: The disk is full or the file cannot be written.
        """
        rows = np.ascontiguousarray(rows, dtype=self.spec.dtype)
        for band, values in enumerate(rows):
            self.checksums[band] = zlib.crc32(values.data, self.checksums[band])
        self._pending.append(rows)
        self._pending_rows += rows.shape[1]
        if self._pending_rows >= SCRATCH_BLOCK or self._row + self._pending_rows >= self.spec.height:
            self._flush()

    def _flush(self) -> None:
        """Write whole rows of blocks, and the rest where it ends the raster."""
        rows = np.concatenate(self._pending, axis=1)
        ends = self._row + rows.shape[1] >= self.spec.height
        count = rows.shape[1] if ends else rows.shape[1] // SCRATCH_BLOCK * SCRATCH_BLOCK
        with write_errors(self.path):
            if count:
                self._dataset.write(rows[:, :count], window=Window(0, self._row, self.spec.width, count))
        self._row += count
        self._pending = [rows[:, count:]]
        self._pending_rows = rows.shape[1] - count

    def close(self) -> None:
        """Close the file; raises `OutputError` where the last blocks cannot be written."""
        with write_errors(self.path):
            self._dataset.close()

    def _describe(self) -> None:
        for band, text in enumerate(self.spec.bands, start=1):
            self._dataset.set_band_description(band, text)
        self._dataset.update_tags(**self.spec.tags)
        if self.spec.colors:
            # Everything without a colour of its own is white, as nothing was found there.
            table = dict.fromkeys(range(256), (255, 255, 255, 255))
            table.update({value: (*rgb, 255) for value, rgb in self.spec.colors.items()})
            self._dataset.write_colormap(1, table)
            self._dataset.colorinterp = (ColorInterp.palette,)


def finish_cog(
    writer: RowWriter, path: Path, check_cancelled: Callable[[], None], progress: Callable[[float], None]
) -> None:
    """Make the finished raster from a closed scratch file, check it, and drop the scratch file.

    Args:
        writer: The closed writer.
        path: The COG to make, still under a scratch name.
        check_cancelled: Raises when the user has cancelled.
        progress: Told the share done, 0..1, as far as it can be guessed from the file's growth.

    Raises:
        OutputError: The disk is full, or the file does not hold what was written.
    """
    spec = writer.spec
    options = {
        "driver": "COG",
        "COMPRESS": "DEFLATE",
        "LEVEL": "6",
        "PREDICTOR": "NO" if spec.dtype == "uint8" else "YES",
        "BLOCKSIZE": "512",
        "BIGTIFF": "IF_SAFER",
        "OVERVIEWS": "IGNORE_EXISTING",
        "OVERVIEW_RESAMPLING": "AVERAGE" if spec.averaged else "NEAREST",
        "OVERVIEW_COUNT": str(overview_count(spec.width, spec.height)),
    }
    expected = max(1, os.path.getsize(writer.path))
    failure: list[BaseException] = []

    def copy() -> None:
        try:
            rasterio.shutil.copy(writer.path, path, **options)
        except BaseException as error:  # raised below, in the caller's thread
            failure.append(error)

    # GDAL cannot be interrupted here, but it can be left behind: the process ends with the cancel.
    thread = threading.Thread(target=copy, name="cog", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.2)
        check_cancelled()
        size = sum(entry.stat().st_size for entry in _growing(path))
        progress(min(0.9, 0.9 * size / (1.4 * expected)))
    if failure:
        with write_errors(path):
            raise failure[0]
    _verify(path, writer.checksums, check_cancelled)
    writer.path.unlink()
    progress(1.0)


def overview_count(width: int, height: int) -> int:
    """How many times a raster is halved until it fits one block; at least once, so that a COG always has an overview.

    Args:
        width: Columns.
        height: Rows.
    """
    count = 1
    while max(width, height) >> count > CHECK_ROWS:
        count += 1
    return count if min(width, height) >= 2 else 0


def _growing(path: Path) -> Iterator[Path]:
    """The COG and its temporary neighbours."""
    for entry in path.parent.glob(path.name + "*"):
        if entry.exists():
            yield entry


def _verify(path: Path, checksums: Sequence[int], check_cancelled: Callable[[], None]) -> None:
    """Read the file once and compare it with what was written."""
    with write_errors(path), rasterio.open(path) as dataset:
        found = [0] * dataset.count
        for row in range(0, dataset.height, CHECK_ROWS):
            check_cancelled()
            window = Window(0, row, dataset.width, min(CHECK_ROWS, dataset.height - row))
            for band in range(dataset.count):
                found[band] = zlib.crc32(np.ascontiguousarray(dataset.read(band + 1, window=window)).data, found[band])
    if found != list(checksums):
        raise _write_failure(path, "the finished file does not hold what was written to it")


@contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Turn failures of GDAL and the system into one sentence.

    Raises:
        OutputError: Anything went wrong inside.
    """
    try:
        yield
    except (*GDAL_ERRORS, OSError) as error:
        if isinstance(error, OutputError):
            raise
        raise _write_failure(path, first_line(error), error) from error


def _write_failure(path: Path, reason: str, error: BaseException | None = None) -> OutputError:
    folder = path.parent if path.parent.exists() else path.parent.parent
    # The scratch folder's parent is the folder the user chose.
    chosen = folder.parent if ".partial" in folder.name else folder
    text = reason.lower()
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    full = full or any(sign in text for sign in ("no space", "disk full", "quota", "too large"))
    if full or shutil.disk_usage(folder).free < FULL_DISK:
        return OutputError(
            f"The disk that holds '{chosen}' is full.", "Free some space or choose an output folder on another disk."
        )
    return OutputError(
        f"An output in '{chosen}' cannot be written: {reason}.",
        "Check the disk's free space, quota and connection, or choose another output folder.",
    )
