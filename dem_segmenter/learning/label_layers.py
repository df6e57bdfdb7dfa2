"""Vector layers as shapes on a raster's grid: any format, CRS and state of repair.

Shapes are kept in pixels of the grid (x to the right, y down, from the raster's corner), so that whatever the CRS is,
they can be rasterised, buffered (scaled to metres on the ground) and looked up by window.
"""

from __future__ import annotations

import math
import os
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyogrio
import rasterio.warp
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
from rasterio.crs import CRS
from rasterio.errors import CRSError

from ..elevation.gdal_errors import GDAL_ERRORS
from ..elevation.source import first_line, local_files
from ..elevation.units import unit_factor
from ..errors import LabelError
from .places import Bounds, Grid, apply_affine, bounds_in, outside, show_bounds, show_crs

OGR_ERRORS = (DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError, OSError, ValueError)

#: Up to this many features are counted one by one for the report of missing geometries.
COUNTED = 1_000_000

#: Roads wider than twice this do not reach the raster from outside of it, metres; only where widths vary.
MAX_REACH = 60.0

#: Longest edge that is moved to another CRS by its ends alone, metres: at 1 km it bends by 2 cm or so.
LONGEST_EDGE = 1000.0

#: Of latitude, and of longitude at the equator, rounded.
METRES_PER_DEGREE = 111_320.0

#: Beyond so many metres around a raster, huge polygons are cut off.
FAR = 20_000.0

#: An edge is parted into no more than so many.
MOST_PARTS = 10_000

_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING)


@dataclass(frozen=True)
class Shapes:
    """Features of a layer near a raster, in pixels of its grid.

    Attributes:
        polygons: ``(N,)`` of valid shapely polygons.
        lines: ``(M,)`` of shapely line strings.
        values: ``(M,) float64``: the field asked for, NaN where it says nothing or none was asked for.
        points: How many points there were among them.
        repaired: How many invalid geometries were repaired.
        nothing: How many features of the layer have no geometry, an empty one, or one that cannot be understood.
    """

    polygons: np.ndarray
    lines: np.ndarray
    values: np.ndarray
    points: int = 0
    repaired: int = 0
    nothing: int = 0


@dataclass(frozen=True)
class LayerName:
    """Where a layer is.

    Attributes:
        path: File or GDAL connection string.
        layer: Name or number; None where the source names none.
        where: SQL condition, of a QGIS layer with a filter.
    """

    path: str
    layer: str | int | None = None
    where: str | None = None


def parse_source(source: str | os.PathLike[str], layer: str | None = None) -> LayerName:
    """Take a source apart as QGIS writes it: ``file.gpkg|layername=houses|subset="kind" = 1``.

    Args:
        source: Path or source.
        layer: Name that wins over the source's own.
    """
    path, *parts = os.fspath(source).split("|")
    found: str | int | None = layer or None
    where = None
    for part in parts:
        key, _, value = part.partition("=")
        if key.lower() == "layername" and found is None:
            found = value
        elif key.lower() == "layerid" and found is None and value.isdigit():
            found = int(value)
        elif key.lower() == "subset":
            where = value
    return LayerName(path, found, where)


def spatial_layers(path: str) -> list[str] | None:
    """Names of a file's layers that have geometries; None where no vector driver opens it."""
    try:
        return [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    except OGR_ERRORS:
        return None


@dataclass
class VectorLayer:
    """A vector layer that was found and has features.

    Attributes:
        name: Where it is.
        what: What it is for, in messages: "labels" or "area".
        crs: Its CRS; None where it has none.
        fields: Names of its fields.
        count: Features; after `read` those that the filter leaves.
        bounds: ``xmin, ymin, xmax, ymax`` in its CRS; None where nobody knows.
        files: Local files it is read from.
    """

    name: LayerName
    what: str = "labels"
    crs: CRS | None = None
    fields: list[str] = field(default_factory=list)
    count: int = 0
    bounds: Bounds | None = None
    files: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Look at the layer.

        Raises:
            LabelError: Missing, unreadable, one of several, or empty.
        """
        path = self.name.path
        layers = spatial_layers(path)
        if layers is None:
            raise not_found(path, self.what)
        if self.name.layer is None:
            if len(layers) != 1:
                known = f"its layers are {', '.join(layers[:8])}" if layers else "it has none with geometries"
                raise LabelError(
                    f"'{path}' does not say which layer holds the {self.what}; {known}.",
                    "Name the layer, for example as file.gpkg|layername=houses.",
                )
            self.name = LayerName(path, layers[0], self.name.where)
        try:
            facts = pyogrio.read_info(path, layer=self.name.layer, force_feature_count=True, force_total_bounds=True)
        except OGR_ERRORS as error:
            raise LabelError(
                f"'{path}' has no layer '{self.name.layer}' that can be read: {first_line(error)}.",
                f"Its layers are {', '.join(layers[:8])}." if layers else "Check the file.",
            ) from error
        self.fields = [str(name) for name in facts["fields"]]
        self.count = int(facts["features"])
        self.bounds = facts["total_bounds"]
        self.crs = _layer_crs(facts["crs"])
        self.files = local_files(path, [])
        if self.count == 0:
            raise self.empty()

    @property
    def title(self) -> str:
        """File and layer for messages."""
        stem = Path(self.name.path).name
        return f"{stem}, layer {self.name.layer}" if str(self.name.layer) != Path(stem).stem else stem

    def empty(self) -> LabelError:
        """The error for a layer without a geometry."""
        verb = "has" if self.what == "area" else "have"
        return LabelError(
            f"The {self.what} '{self.title}' {verb} no features with a geometry.",
            "Choose a layer with features, and check its filter.",
        )

    def read(self, grid: Grid, reach: float, value_field: str | None = None) -> Shapes:
        """Read what lies within a distance of the raster.

        Args:
            grid: The raster.
            reach: Distance in metres.
            value_field: Field with a number for each line.

        Returns:
            The shapes; those that turn out to lie just beside the raster are among them.

        Raises:
            LabelError: It cannot be read, or there is no way between the CRSs.
        """
        crs = self.crs or grid.crs
        box = bounds_in(grid, crs, reach)
        if box is None:
            raise self.elsewhere(grid)
        where = {"layer": self.name.layer, "where": self.name.where}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # measures are dropped, curves become lines: nobody must know
                _, _, wkb, columns = pyogrio.raw.read(
                    self.name.path, columns=[value_field] if value_field else [], force_2d=True, bbox=box, **where
                )
                geometries = shapely.force_2d(shapely.from_wkb(wkb, on_invalid="fix"))
                nothing = -1
                if self.count <= COUNTED:
                    extents = pyogrio.read_bounds(self.name.path, **where)[1]
                    # Features without a geometry have NaN for bounds, empty ones a single point.
                    self.count = extents.shape[1]
                    nothing = int((~((extents[2] > extents[0]) | (extents[3] > extents[1]))).sum())
        except OGR_ERRORS as error:
            raise LabelError(
                f"The {self.what} '{self.title}' cannot be read: {first_line(error)}.",
                "Check the file, or export the layer to a GeoPackage and use that.",
            ) from error
        values = numbers(columns[0]) if value_field else np.full(len(geometries), np.nan)
        geometries = self._on_grid(geometries, crs, grid)
        usable = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
        usable &= np.isfinite(shapely.bounds(geometries)).all(axis=1)
        if nothing < 0:
            nothing = int((~usable).sum())
        return _sort(geometries[usable], values[usable], nothing)

    def elsewhere(self, grid: Grid) -> LabelError:
        """The error for a layer that does not touch the raster."""
        crs = self.crs or grid.crs
        here = bounds_in(grid, crs, 0.0)
        there = f" (in that CRS: {show_bounds(here)})" if here and crs != grid.crs else ""
        return outside(self.what, self.title, self.bounds, crs, grid, there)

    def _on_grid(self, geometries: np.ndarray, crs: CRS, grid: Grid) -> np.ndarray:
        """Bring geometries into the raster's pixels; vertices that have no place there become NaN."""
        inverse = ~grid.transform
        if crs != grid.crs:
            geometries = _without_far(geometries, bounds_in(grid, crs, FAR))
            # What is straight in one CRS is bent in another: only the vertices are moved, so there must be enough.
            step = LONGEST_EDGE / METRES_PER_DEGREE if crs.is_geographic else LONGEST_EDGE / unit_factor(crs)
            bounds = shapely.bounds(geometries)
            spans = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
            geometries = shapely.segmentize(geometries, np.maximum(step, np.nan_to_num(spans) / MOST_PARTS))

        def move(points: np.ndarray) -> np.ndarray:
            xs, ys = points[:, 0], points[:, 1]
            if crs != grid.crs and len(points):
                xs, ys = (np.asarray(a) for a in rasterio.warp.transform(crs, grid.crs, xs, ys))
            return np.stack(apply_affine(inverse, xs, ys), axis=1)

        try:
            return shapely.transform(geometries, move)
        except GDAL_ERRORS as error:
            raise LabelError(
                f"The {self.what} '{self.title}' cannot be brought from {show_crs(crs)} to {show_crs(grid.crs)}: "
                f"{first_line(error)}.",
                "Check the layer's CRS, or reproject it first.",
            ) from error


def _without_far(geometries: np.ndarray, here: Bounds | None) -> np.ndarray:
    """Polygons that reach far beyond a raster, such as one around the world, without that: it may have no place there.

    Args:
        geometries: ``(N,)`` of shapely geometries.
        here: Where the raster lies, and some more around it; None where that is not known.
    """
    if here is None:
        return geometries
    bounds = shapely.bounds(geometries)
    spans = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    area = np.isin(shapely.get_type_id(geometries), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    huge = area & (spans > 10.0 * max(here[2] - here[0], here[3] - here[1])) & shapely.is_valid(geometries)
    if huge.any():
        geometries = geometries.copy()
        geometries[huge] = shapely.intersection(geometries[huge], shapely.box(*here))
    return geometries


def _sort(geometries: np.ndarray, values: np.ndarray, nothing: int) -> Shapes:
    """Repair geometries and take them apart into polygons, lines and points."""
    invalid = ~shapely.is_valid(geometries)
    if invalid.any():
        geometries = geometries.copy()
        geometries[invalid] = shapely.make_valid(geometries[invalid], method="structure", keep_collapsed=False)
    parts, index = shapely.get_parts(geometries, return_index=True)
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        index = index[inner]
    full = ~shapely.is_empty(parts)
    parts, index = parts[full], index[full]
    kinds = shapely.get_type_id(parts)
    is_line = np.isin(kinds, _LINES)
    return Shapes(
        polygons=parts[kinds == shapely.GeometryType.POLYGON],
        lines=parts[is_line],
        values=values[index[is_line]],
        points=int((kinds == shapely.GeometryType.POINT).sum()),
        repaired=int(invalid.sum()),
        nothing=nothing,
    )


def numbers(values: Iterable[object]) -> np.ndarray:
    """Numbers of a field, ``(N,) float64``; texts such as "7.5 m" are read, anything else is NaN."""
    found = []
    for value in values:
        text = re.sub(r"\s*m$", "", str(value).strip()).replace(",", ".")
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        found.append(number if math.isfinite(number) else math.nan)
    return np.array(found, dtype=np.float64)


def not_found(path: str, what: str) -> LabelError:
    """The error for a file that is missing or of no known format."""
    if not re.match(r"(/vsi|[A-Za-z][A-Za-z0-9_]+:)", path) and not os.path.exists(path):
        return LabelError(f"There is no file '{path}' for the {what}.", "Check the path.")
    return LabelError(
        f"'{path}' cannot be opened as {what}.",
        "Choose a vector file that GDAL reads, such as a GeoPackage; export other layers to one first.",
    )


def _layer_crs(text: str | None) -> CRS | None:
    if not text:
        return None
    try:
        return CRS.from_user_input(text)
    except (CRSError, ValueError):
        return None
