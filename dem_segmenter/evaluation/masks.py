"""Anyone's mask or probability raster as hit or not, read by windows."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from types import TracebackType

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.windows import Window

from ..elevation.gdal_errors import GDAL_ERRORS
from ..elevation.source import first_line, local_files, parse_crs
from ..elevation.units import metres_per_pixel
from ..errors import LabelError, OptionError, RasterOpenError
from ..learning.scenes import UNKNOWN

#: Probability from which a pixel counts as found, where a raster of probabilities is not given another one.
THRESHOLD = 0.5

#: Rows and columns looked at to learn what kind of raster it is.
SAMPLE = 1024

_RGB = {ColorInterp.red, ColorInterp.green, ColorInterp.blue}


class MaskSource:
    """An open mask. A context manager; a `Grid` for labels.

    Attributes:
        name: Short name for people.
        width: Columns.
        height: Rows.
        crs: CRS, the override if one was given.
        transform: Pixel corner to CRS coordinates.
        classes: Value to name of the classes, as our own masks tell them.
        threshold: Probability from which a pixel counts as found; None where the raster holds classes.
        files: Local files it is read from.
        declared: Its nodata value; None where it has none.
        undeclared: How many pixels of 255 without being declared nodata were taken as unknown so far.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        band: int = 1,
        value: int | None = None,
        threshold: float | None = None,
        crs: str | None = None,
    ) -> None:
        """Open and look at it.

        Args:
            path: Any raster that GDAL reads.
            band: Band to look at, from 1.
            value: Value that is the class; None for every value but 0, nodata and 255.
            threshold: Probability from which a pixel counts as found; also says that the raster holds probabilities.
            crs: Authority id or WKT that replaces the raster's own CRS.

        Raises:
            RasterOpenError: It cannot be opened.
            OptionError: An option makes no sense for it, or it is no mask.
            LabelError: It has no place on the ground, so that no label can be laid over it.
        """
        self.path = os.fspath(path)
        self.name = Path(self.path.split("?")[0].rstrip("/")).stem or self.path
        if value is not None and threshold is not None:
            raise OptionError(
                "A class value and a threshold exclude each other.",
                "A mask has class values, a probability a threshold.",
            )
        if threshold is not None and not 0.0 < threshold < 1.0:
            raise OptionError(f"A threshold of {threshold:g} makes no sense.", "Use a probability between 0 and 1.")
        override = parse_crs(crs) if crs else None
        self._dataset = _open(self.path)
        self._value, self.undeclared = value, 0
        try:
            self._check(band)
            self.crs: CRS = override or self._dataset.crs
            self._band = band
            self.width: int = self._dataset.width
            self.height: int = self._dataset.height
            self.transform = self._dataset.transform
            if not self.crs or self.transform.is_degenerate or self.transform == self.transform.identity():
                raise LabelError(
                    f"'{self.name}' has no {'CRS' if not self.crs else 'position on the ground'}, so that nobody knows "
                    "where the labels lie on it.",
                    "Set the layer's CRS first (Layer > Set CRS of Layer(s), or Raster > Projections > Assign "
                    "Projection).",
                )
            self.metres_per_pixel()  # refuses CRSs without a unit
            self.files = local_files(self.path, self._dataset.files)
            tags = self._dataset.tags()
            self.classes = {int(k[6:]): v for k, v in tags.items() if re.fullmatch(r"CLASS_\d{1,3}", k)}
            self._scale = float(self._dataset.scales[band - 1]), float(self._dataset.offsets[band - 1])
            self.threshold = THRESHOLD if threshold is None and self._holds_probabilities() else threshold
            self.declared = self._dataset.nodatavals[band - 1]
        except BaseException:
            self._dataset.close()
            raise

    def __enter__(self) -> MaskSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._dataset.close()

    def metres_per_pixel(self) -> tuple[float, float]:
        """Ground size of a pixel at the centre, along a row and along a column."""
        return metres_per_pixel(self.crs, self.transform, self._dataset.width / 2, self._dataset.height / 2)

    def read(self, window: Window) -> np.ndarray:
        """Read a window that lies within the raster.

        Returns:
            ``(h, w) uint8``: 1 found, 0 not, 255 unknown.

        Raises:
            RasterOpenError: The file is damaged.
        """
        try:
            values = self._dataset.read(self._band, window=window)
            known = self._dataset.read_masks(self._band, window=window) > 0
        except GDAL_ERRORS as error:
            raise RasterOpenError(
                f"Rows {window.row_off} to {window.row_off + window.height} of '{self.path}' cannot be read: "
                f"{first_line(error)}.",
                "The file may be cut short or its connection broken; copy it again and retry.",
            ) from error
        if values.dtype.kind == "f":
            known &= np.isfinite(values)
        if self.threshold is not None:
            with np.errstate(invalid="ignore"):
                yes = values * self._scale[0] + self._scale[1] >= self.threshold
        elif self._value is not None:
            yes = values == self._value
        else:
            yes = values != 0
        if self.threshold is None and self._value != UNKNOWN:
            odd = known & (values == UNKNOWN)
            self.undeclared += int(np.count_nonzero(odd))
            known &= ~odd
        return np.where(known, yes, UNKNOWN).astype(np.uint8)

    def _holds_probabilities(self) -> bool:
        """Whether the raster has fractions between 0 and 1.

        Raises:
            RasterOpenError: It cannot be read.
            OptionError: Most of it is other fractions, as heights are; or fractions, and a class value is given.
        """
        if np.dtype(self._dataset.dtypes[self._band - 1]).kind != "f" and self._scale == (1.0, 0.0):
            return False
        shape = min(SAMPLE, self.height), min(SAMPLE, self.width)
        try:
            values = self._dataset.read(self._band, out_shape=shape, masked=True).compressed()
        except GDAL_ERRORS as error:
            raise RasterOpenError(
                f"'{self.path}' cannot be read: {first_line(error)}.", "The file may be damaged; copy it again."
            ) from error
        values = values[np.isfinite(values)] * self._scale[0] + self._scale[1]
        if not values.size:
            return False
        if self._value is not None:
            if float(((values > 0.0) & (values < 1.0)).mean()) > 0.5:
                raise OptionError(
                    f"'{self.name}' holds probabilities, and {self._value} is the value of a class in a mask.",
                    "Leave the class value out, and choose the band of the class instead.",
                )
            return False
        if float(values.min()) >= 0.0 and float(values.max()) <= 1.0:
            return True
        fractions = values[values != np.round(values)]
        if fractions.size > values.size / 2:
            raise OptionError(
                f"'{self.name}' is no mask: it has values such as {float(fractions[0]):.2f}, as elevation has.",
                "Choose a head too, to run it on the elevation; or choose a mask, or a raster of probabilities.",
            )
        return False

    def _check(self, band: int) -> None:
        dataset = self._dataset
        if not 1 <= band <= dataset.count:
            bands = "1 band" if dataset.count == 1 else f"{dataset.count} bands"
            raise OptionError(f"'{self.name}' has {bands}; there is no band {band}.", f"Choose 1 to {dataset.count}.")
        if set(dataset.colorinterp) >= _RGB or "complex" in dataset.dtypes[band - 1]:
            what = "complex numbers" if "complex" in dataset.dtypes[band - 1] else "red, green and blue"
            raise OptionError(
                f"'{self.name}' holds {what}: that is no mask.",
                "Choose a raster with 0 where nothing was found and another value where something was.",
            )
        if self._value is not None and not math.isfinite(self._value):
            raise OptionError(f"A class value of {self._value} makes no sense.", "Use a whole number.")


def _open(path: str) -> rasterio.DatasetReader:
    try:
        return rasterio.open(path)
    except (*GDAL_ERRORS, OSError, ValueError, TypeError) as error:
        if not re.match(r"(/vsi|[A-Za-z][A-Za-z0-9_]+:)", path) and not os.path.exists(path):
            raise RasterOpenError(f"There is no file '{path}'.", "Check the path.") from error
        raise RasterOpenError(
            f"'{path}' cannot be opened as a raster: {first_line(error)}.",
            "Choose a raster file that GDAL reads, such as a GeoTIFF.",
        ) from error
