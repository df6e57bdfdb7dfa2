"""Opening a DEM and reading windows of it as metres, with every way a raster says "unknown" understood.

Anything GDAL reads can be opened (GeoTIFF, COG, VRT, GeoPackage, /vsizip/, /vsicurl/, subdatasets). What cannot be a
DEM is refused with one sentence that says why and what to do.
"""

from __future__ import annotations

import math
import os
import re
import warnings
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import CRSError, NotGeoreferencedWarning
from rasterio.windows import Window

from ..errors import ElevationError, OptionError, RasterOpenError
from .gdal_errors import GDAL_ERRORS
from .units import (
    FOOT,
    crs_vertical_factor,
    has_places,
    horizontal_unit_is_foot,
    metres_per_pixel,
    named_vertical_factor,
)

#: No ground on Earth is further from sea level, metres (Challenger Deep: -10,935; Everest: 8,849).
MAX_ELEVATION = 12_000.0

#: Written for "unknown" so often, yet within `MAX_ELEVATION`, that this very value is taken as unknown.
CUSTOMARY_NODATA = -9999.0

#: Likewise, in metres only: no ground is so high and none that is dry so low, yet 9999 feet are a mountain and -999
#: centimetres a polder.
CUSTOMARY_NODATA_METRES = (9999.0, -999.0, -10_000.0)

#: Choices of the vertical unit; ``auto`` believes the metadata and falls back on metres.
VERTICAL_UNITS: dict[str, float | None] = {"auto": None, "metre": 1.0, "foot": FOOT}

_COLOURS = {
    ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha, ColorInterp.hue, ColorInterp.saturation,
    ColorInterp.lightness, ColorInterp.cyan, ColorInterp.magenta, ColorInterp.yellow, ColorInterp.black,
}  # fmt: skip
_COLOUR_ADVICE = "Choose a DEM: a raster whose band holds heights in metres, not a picture or a shaded relief."


def parse_crs(text: str, what: str = "CRS") -> CRS:
    """A CRS from an authority id, WKT or PROJ string.

    Raises:
        OptionError: It is none of these.
    """
    try:
        return CRS.from_user_input(text)
    except (CRSError, ValueError) as error:
        raise OptionError(
            f"The {what} '{text[:80]}' is not known.", "Give an authority id such as EPSG:25832, or WKT."
        ) from error


class DemSource:
    """An open, checked DEM. A context manager; not safe for use from two threads at once.

    Attributes:
        path: As it was given.
        name: Short name for people.
        width: Columns.
        height: Rows.
        crs: CRS, the override if one was given.
        transform: Pixel corner to CRS coordinates.
        warnings: Sentences for the user found while opening.
        files: Local files the data come from (those of a VRT or an archive too), as far as GDAL tells.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, band: int = 1, crs: str | None = None, vertical_unit: str = "auto"
    ) -> None:
        """Open and check.

        Args:
            path: File or GDAL connection string.
            band: Band that holds the elevation, from 1.
            crs: Authority id or WKT that replaces the raster's own CRS.
            vertical_unit: A key of `VERTICAL_UNITS`.

        Raises:
            RasterOpenError: Missing, not a raster, or unreadable.
            ElevationError: A raster, but no usable DEM.
            OptionError: The CRS or the unit is unknown.
        """
        self.path = os.fspath(path)
        self.name = Path(self.path.split("?")[0].rstrip("/")).stem or self.path
        self.warnings: list[str] = []
        self._undeclared: set[float] = set()
        if vertical_unit not in VERTICAL_UNITS:
            raise OptionError(f"Unknown vertical unit '{vertical_unit}'.", f"Use one of {', '.join(VERTICAL_UNITS)}.")
        override = parse_crs(crs) if crs else None
        self._dataset = _open(self.path)
        try:
            self.band = self._check_band(band)
            self._check_values()
            self.crs = self._check_crs(override)
            self.transform = self._check_transform()
            self.width, self.height = self._dataset.width, self._dataset.height
            self.files = local_files(self.path, self._dataset.files)
            self._scale, self._offset = self._elevation_factors(vertical_unit)
            self._nodata = self._dataset.nodatavals[self.band - 1]
            self._mask_flags = self._dataset.mask_flag_enums[self.band - 1]
            self._alpha = self._odd_alpha()
            self.metres_per_pixel()  # refuses CRSs without a unit before any work is done
        except BaseException:
            self._dataset.close()
            raise

    def __enter__(self) -> DemSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._dataset.close()

    @property
    def block_rows(self) -> int:
        """Rows of one of the file's blocks."""
        return int(self._dataset.block_shapes[self.band - 1][0])

    @property
    def bytes_per_pixel(self) -> int:
        """Bytes a pixel of the band takes in memory."""
        return int(np.dtype(self._dataset.dtypes[self.band - 1]).itemsize)

    def metres_per_pixel(self, window: Window | None = None) -> tuple[float, float]:
        """Ground size of a pixel at the centre of a window (the whole raster by default).

        Returns:
            Metres along a row and along a column.
        """
        window = window or Window(0, 0, self._dataset.width, self._dataset.height)
        centre = (window.col_off + window.width / 2, window.row_off + window.height / 2)
        return metres_per_pixel(self.crs, self.transform, *centre)

    def read(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Read a window that lies within the raster.

        Args:
            window: Whole pixels.

        Returns:
            Elevation ``(h, w) float32, metres`` (0 where unknown) and ``(h, w) bool``, true where it is known.

        Raises:
            RasterOpenError: The file is damaged or the connection broke.
        """
        try:
            raw = self._dataset.read(self.band, window=window)
            declared = self._declared_valid(raw, window)
        except GDAL_ERRORS as error:
            raise RasterOpenError(
                f"Rows {window.row_off} to {window.row_off + window.height} of '{self.path}' cannot be read: "
                f"{first_line(error)}.",
                "The file may be cut short or its connection broken; copy it again and retry.",
            ) from error
        with np.errstate(over="ignore", invalid="ignore"):
            # Scaling runs in float64: int32 millimetres and float64 heights keep all the digits float32 can hold.
            if raw.dtype != np.float32 or self._scale != 1.0 or self._offset != 0.0:
                elevation = (raw.astype(np.float64) * self._scale + self._offset).astype(np.float32)
            else:
                elevation = raw
            plausible = np.abs(elevation) <= MAX_ELEVATION  # false for NaN and infinities too
            customary = (raw == CUSTOMARY_NODATA) | np.isin(elevation, CUSTOMARY_NODATA_METRES)
            valid = declared & plausible & ~customary
        self._note_undeclared(raw, declared & ~valid)
        return np.where(valid, elevation, np.float32(0)), valid

    def reading_warnings(self) -> list[str]:
        """Sentences about what reading has come across so far."""
        if not self._undeclared:
            return []
        values = ", ".join(f"{value:g}" for value in sorted(self._undeclared)[:3])
        return [
            f"'{self.name}' holds the value {values}, which cannot be a height and is not declared as nodata; "
            "these pixels are treated as unknown."
        ]

    def nothing_known(self) -> ElevationError:
        """The error for a raster (or extent) without a single known pixel."""
        if self._undeclared:
            return ElevationError(
                f"Every pixel of '{self.name}' is nodata or beyond {MAX_ELEVATION:.0f} m (for example "
                f"{min(self._undeclared, key=abs):g}).",
                "If the heights are in centimetres or millimetres, divide them with the raster calculator first.",
            )
        return ElevationError(
            f"Every pixel of '{self.name}' is nodata.", "Choose another raster, band or extent that holds elevations."
        )

    def _declared_valid(self, raw: np.ndarray, window: Window) -> np.ndarray:
        """``(h, w) bool``: what the file itself says is known."""
        valid = self._declared_by_band(raw, window)
        if self._alpha is not None:
            valid &= self._dataset.read(self._alpha, window=window) != 0
        return valid

    def _declared_by_band(self, raw: np.ndarray, window: Window) -> np.ndarray:
        """The same without an alpha band that GDAL does not take for one."""
        if self._mask_flags == [MaskFlags.all_valid]:
            return np.ones(raw.shape, dtype=bool)
        if self._mask_flags == [MaskFlags.nodata] and self._nodata is not None:
            # The same as GDAL's own mask, without reading the window a second time.
            if math.isnan(self._nodata):
                return ~np.isnan(raw) if raw.dtype.kind == "f" else np.ones(raw.shape, dtype=bool)
            with np.errstate(over="ignore"):
                return raw != (np.float32(self._nodata) if raw.dtype == np.float32 else self._nodata)
        return self._dataset.read_masks(self.band, window=window) != 0

    def _odd_alpha(self) -> int | None:
        """Number of an alpha band that is no part of GDAL's mask: of floats, as ``gdalwarp -dstalpha`` makes."""
        if MaskFlags.alpha in self._mask_flags or ColorInterp.alpha not in self._dataset.colorinterp:
            return None
        band = self._dataset.colorinterp.index(ColorInterp.alpha) + 1
        return band if band != self.band else None

    def _note_undeclared(self, raw: np.ndarray, odd: np.ndarray) -> None:
        """Remember a few of the values that were taken as unknown without being declared so."""
        if len(self._undeclared) < 8 and odd.any():
            values = raw[odd]
            values = values[np.isfinite(values)] if values.dtype.kind == "f" else values
            if values.size:
                self._undeclared.update((float(values.min()), float(values.max())))

    def _check_band(self, band: int) -> int:
        dataset = self._dataset
        if dataset.count == 0:
            names = ", ".join(dataset.subdatasets[:4])
            raise RasterOpenError(
                f"'{self.path}' is a container without a band of its own.",
                f"Choose one of its rasters: {names}." if names else "Choose the raster inside it.",
            )
        if not 1 <= band <= dataset.count:
            bands = "1 band" if dataset.count == 1 else f"{dataset.count} bands"
            raise ElevationError(
                f"'{self.name}' has {bands}; there is no band {band}.", f"Choose a band from 1 to {dataset.count}."
            )
        return band

    def _check_values(self) -> None:
        """Refuse colours and complex numbers."""
        dataset, index = self._dataset, self.band - 1
        dtype, interpretation = dataset.dtypes[index], dataset.colorinterp[index]
        if "complex" in dtype:
            raise ElevationError(
                f"Band {self.band} of '{self.name}' holds complex numbers ({dtype}), not elevations.",
                "Choose a band with real numbers.",
            )
        palette = interpretation == ColorInterp.palette
        picture = dtype in ("uint8", "uint16") and (
            interpretation in _COLOURS or (dataset.count in (3, 4) and _COLOURS & set(dataset.colorinterp))
        )
        if palette or picture:
            kind = "a colour table" if palette else f"{dataset.count} colour bands"
            raise ElevationError(f"'{self.name}' has {kind}: these are colours, not elevations.", _COLOUR_ADVICE)
        if dtype in ("uint8", "int8"):
            self.warnings.append(
                f"'{self.name}' has 8 bits a pixel; its whole numbers are taken as metres. "
                "If it is a grey picture or a shaded relief, the result means nothing."
            )

    def _check_crs(self, override: CRS | None) -> CRS:
        crs = override or self._dataset.crs
        if crs and not has_places(crs):
            raise ElevationError(
                f"The CRS {crs.to_string()[:60]} has no coordinates in a plane or in degrees.",
                "Set the layer's CRS to the projected or geographic one its coordinates are in.",
            )
        if not crs:
            raise ElevationError(
                f"'{self.name}' has no CRS, so the size of its pixels is unknown.",
                "Set the layer's CRS first (Layer > Set CRS of Layer(s), or Raster > Projections > Assign Projection).",
            )
        return crs

    def _check_transform(self) -> Affine:
        transform = self._dataset.transform
        if transform == Affine.identity() or transform.is_degenerate:
            tied = "only ground control points" if self._dataset.gcps[0] else "no position on the ground (geotransform)"
            raise ElevationError(
                f"'{self.name}' has {tied}.",
                "Georeference it first (Georeferencer, in the menu Layer or Raster, or Warp).",
            )
        return transform

    def _elevation_factors(self, vertical_unit: str) -> tuple[float, float]:
        """Scale and offset that turn a raw value into metres."""
        index = self.band - 1
        scale, offset = self._dataset.scales[index], self._dataset.offsets[index]
        if not (scale and math.isfinite(scale) and math.isfinite(offset)):
            scale, offset = 1.0, 0.0
        factor = VERTICAL_UNITS[vertical_unit]
        if factor is None:
            unit = (self._dataset.units[index] or "").strip()
            # A CRS that is given instead of the file's own says where the pixels lie, often not what their values are.
            crss = (self.crs, self._dataset.crs)
            factor = named_vertical_factor(unit) or next(
                filter(None, map(crs_vertical_factor, filter(None, crss))), None
            )
        if factor is None:
            factor = 1.0
            if unit:
                self.warnings.append(
                    f"'{self.name}' says that its heights are in '{unit[:40]}', which is no unit that is known here; "
                    "they are taken as metres. If they are feet, choose 'foot' as the unit of the elevation."
                )
            elif horizontal_unit_is_foot(self.crs):
                self.warnings.append(
                    f"'{self.name}' does not say in which unit its heights are; they are taken as metres although "
                    "its CRS counts in feet. If they are feet, choose 'foot' as the unit of the elevation."
                )
        return scale * factor, offset * factor


def _open(path: str) -> rasterio.DatasetReader:
    if re.search(r"(^|&)(type=xyz|url=https?)", path, re.IGNORECASE) or path.lstrip().startswith("<GDAL_WMS"):
        raise ElevationError("A web map (WMS, WMTS, XYZ) shows colours, not elevations.", _COLOUR_ADVICE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            return rasterio.open(path)
    except (*GDAL_ERRORS, OSError, ValueError, TypeError) as error:
        if not re.match(r"(/vsi|[A-Za-z][A-Za-z0-9_]+:)", path) and not os.path.exists(path):
            raise RasterOpenError(f"There is no file '{path}'.", "Check the path.") from error
        raise RasterOpenError(
            f"'{path}' cannot be opened as a raster: {first_line(error)}.",
            "Choose a raster file that GDAL reads, such as a GeoTIFF.",
        ) from error


def first_line(error: BaseException) -> str:
    """The first line of an error's text, without its full stop, for use inside a sentence."""
    if "previous exception" in str(error) and error.__cause__ is not None:
        return first_line(error.__cause__)  # rasterio: "Write failed. See previous exception for details."
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(". ")


def local_files(path: str, files: list[str]) -> list[Path]:
    """Existing files behind a dataset: sidecars, a VRT's sources, the archive that holds a /vsizip/ member.

    Args:
        path: What was opened.
        files: What GDAL lists.
    """
    found: set[Path] = set()
    for name in (path, *files):
        bare = re.sub(r"^[A-Za-z][A-Za-z0-9_]+:(?=[/\"\\]|[A-Za-z]:)", "", name).strip('"')
        while re.match(r"/vsi[a-z0-9]+/", bare):
            bare = re.sub(r"^/vsi[a-z0-9]+/", "", bare).strip("{")
        # A member of an archive, or a table of a GeoPackage: go up to the part that is a file.
        parts = re.split(r"(?=[/\\:}])", bare)
        for count in range(len(parts), 0, -1):
            candidate = Path("".join(parts[:count]))
            if candidate.is_file():
                found.add(candidate.resolve())
                break
    return sorted(found)
