"""Reading a mask file in strips of rows, each with the context rows that local filters need."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from types import TracebackType

import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.windows import Window
from scipy import ndimage

from ..elevation.gdal_errors import GDAL_ERRORS
from ..errors import OptionError, RasterOpenError
from .ground import GroundScale

#: Pixels of a strip: what is held at a time, so a wide raster gets lower strips.
STRIP_PIXELS = 4_000_000
#: Rows of a strip: fewer waste time on context and seams, more hold more at a time.
STRIP_ROWS = (64, 1024)


class MaskStrips:
    """One class of a mask file, read in strips.

    Attributes:
        width: Columns of the grid.
        height: Rows of the grid.
        crs: Its CRS; None where the file has none.
        transform: Pixel corners to CRS coordinates.
        scale: Metres per pixel.
    """

    def __init__(
        self,
        mask_path: str | os.PathLike[str],
        value: int,
        *,
        probability_path: str | os.PathLike[str] | None = None,
        probability_band: int = 1,
        strip_rows: int | None = None,
    ) -> None:
        """Open the files.

        Args:
            mask_path: Byte raster of classes; 0 and 255 are never a class.
            value: The class to look at.
            probability_path: Raster on the same grid, with probabilities of that class.
            probability_band: Band of it to read.
            strip_rows: Rows of a strip; by default what keeps a strip within `STRIP_PIXELS`.

        Raises:
            RasterOpenError: A file cannot be opened.
            OptionError: The class cannot be, or the probabilities are on another grid.
        """
        if not 1 <= value <= 254:
            raise OptionError(f"{value} is no class.", "Classes of a mask are 1 to 254: 0 is none and 255 unknown.")
        self._value = value
        self._mask = _open(mask_path)
        self._probability: rasterio.DatasetReader | None = None
        self._band = probability_band
        self.width: int = self._mask.width
        self.height: int = self._mask.height
        self.crs: CRS | None = self._mask.crs
        self.transform: Affine = self._mask.transform
        self.scale = GroundScale(self.crs, self.transform, self.width, self.height)
        self._strip_rows = strip_rows or self._default_rows()
        if probability_path is not None:
            self._probability = _open(probability_path)
            other = self._probability
            if other.shape != self._mask.shape or not other.transform.almost_equals(self.transform, 1e-9):
                self.close()
                raise OptionError(
                    f"{os.fspath(probability_path)} has {other.width} x {other.height} pixels on another grid than "
                    f"the mask's {self.width} x {self.height}.",
                    "Give the probability raster that was made together with the mask.",
                )

    def _default_rows(self) -> int:
        rows = int(np.clip(STRIP_PIXELS // self.width, *STRIP_ROWS))
        block = self._mask.block_shapes[0][0]
        # Whole blocks, so that none is decoded for two strips.
        return max(rows // block, 1) * block if block <= rows else rows

    def __enter__(self) -> MaskStrips:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files."""
        self._mask.close()
        if self._probability is not None:
            self._probability.close()

    def pixel_size(self) -> float:
        """Side in metres of a square as large as a pixel in the middle of the grid."""
        return math.sqrt(float(np.prod(self.scale.at(np.array([self.height / 2])))))

    def spans(self) -> Iterator[tuple[int, int]]:
        """First row and one past the last row of each strip, from the top."""
        for start in range(0, self.height, self._strip_rows):
            yield start, min(start + self._strip_rows, self.height)

    def read(
        self, start: int, stop: int, *, context: int = 0, fill_below: int = 0, corners_join: bool = False
    ) -> tuple[np.ndarray, int]:
        """Read where the class is, with context rows as far as the grid has them.

        Args:
            start: First row.
            stop: One past the last row.
            context: Rows to add above and below.
            fill_below: Holes of fewer pixels become class. The answer does not depend on the strips as long as
                ``context`` is no smaller, because a hole is never higher than it has pixels.
            corners_join: See `fill_holes`.

        Returns:
            ``(rows, width) bool`` and its first row.
        """
        first, last = max(start - context, 0), min(stop + context, self.height)
        window = Window(0, first, self.width, last - first)
        try:
            mask = self._mask.read(1, window=window) == self._value
        except GDAL_ERRORS as error:
            raise RasterOpenError(
                f"Rows {first} to {last} of {self._mask.name} cannot be read: {error}",
                "The file may be incomplete; make it again.",
            ) from error
        return fill_holes(mask, fill_below, corners_join=corners_join), first

    def read_probability(self, start: int, stop: int) -> np.ndarray | None:
        """Read probabilities, ``(rows, width) float32 in 0..1`` and NaN where unknown; None without such a file."""
        if self._probability is None:
            return None
        window = Window(0, start, self.width, stop - start)
        stored = self._probability.read(self._band, window=window, masked=True)
        scale = self._probability.scales[self._band - 1]
        if scale == 1.0 and stored.dtype.kind in "ui":
            scale = 1.0 / 254.0 if stored.dtype.itemsize == 1 else 1.0 / np.iinfo(stored.dtype).max
        return stored.filled(0).astype(np.float32) * np.where(np.ma.getmaskarray(stored), np.nan, np.float32(scale))


def fill_holes(mask: np.ndarray, fill_below: int, *, corners_join: bool = False) -> np.ndarray:
    """Fill small holes.

    Args:
        mask: ``(H, W) bool``.
        fill_below: Holes of fewer pixels are filled, unless they touch the border of the array.
        corners_join: Whether class pixels that touch at a corner are connected, and so enclose a hole; holes are
            connected the other way round.

    Returns:
        ``(H, W) bool``.
    """
    if fill_below < 2:
        return mask
    holes, count = ndimage.label(~mask, structure=None if corners_join else np.ones((3, 3), dtype=bool))
    small = np.bincount(holes.ravel(), minlength=count + 1) < fill_below
    small[0] = False
    for border in (holes[0], holes[-1], holes[:, 0], holes[:, -1]):
        small[border] = False
    return mask | small[holes]


def _open(path: str | os.PathLike[str]) -> rasterio.DatasetReader:
    try:
        return rasterio.open(path)
    except GDAL_ERRORS as error:
        raise RasterOpenError(f"{os.fspath(path)} cannot be opened: {error}", "Check the path and the file.") from error
