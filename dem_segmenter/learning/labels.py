"""Ground truth on a DEM's grid, for training and evaluation: from polygons, lines or a raster, in any CRS.

What was not labelled is unknown, not background: outside of the AREA polygons, or, where there are none, outside of the
labels' bounding box.
"""

from __future__ import annotations

import math
import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import rasterio
import shapely
from affine import Affine
from rasterio.features import rasterize
from rasterio.windows import Window
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..elevation.gdal_errors import GDAL_ERRORS
from ..errors import LabelError, OptionError
from .label_layers import MAX_REACH, Shapes, VectorLayer, parse_source, spatial_layers
from .label_rasters import RasterLabels
from .places import Grid, outward, overlap, show_crs
from .scenes import UNKNOWN


@dataclass(frozen=True)
class LabelOptions:
    """Where labels come from and how they are to be understood.

    Attributes:
        source: Vector file (anything OGR reads; a layer as in ``file.gpkg|layername=houses``) or raster.
        layer: Layer of the vector file, where the source does not name it.
        buffer: Distance from a line to each side of it that belongs to the class, metres: half of the road's width.
        width_field: Field with the full width of a line, metres; wins over `buffer`, which still stands in for rows
            without a width.
        value: Value of a raster label that is the class; None for every value but 0, 255 and its nodata.
        area: Polygons inside which everything of the class was labelled, as `source`.
        area_layer: Layer of it.
        complete: Without `area`: everything was labelled, on the whole raster.
    """

    source: str | os.PathLike[str]
    layer: str | None = None
    buffer: float | None = None
    width_field: str | None = None
    value: int | None = None
    area: str | os.PathLike[str] | None = None
    area_layer: str | None = None
    complete: bool = False


class GroundTruth:
    """Labels on a raster's grid. A context manager; not safe for use from two threads at once.

    Only features near the raster are kept in memory; a raster label is read by windows.

    Attributes:
        kind: What the labels are: ``polygons``, ``lines`` (none is a polygon) or ``raster``.
        title: File and layer for people.
        warnings: Sentences for the user found while opening.
        files: Local files the labels and the area are read from.
    """

    def __init__(self, dem: Grid, options: LabelOptions) -> None:
        """Open labels and area and bring them onto the raster's grid.

        Args:
            dem: The raster, usually a `DemSource`; it is not read.
            options: Which labels.

        Raises:
            LabelError: They cannot be read, are empty, or do not touch the raster.
            OptionError: An option makes no sense.
        """
        if options.buffer is not None and not (math.isfinite(options.buffer) and options.buffer > 0):
            raise OptionError(
                f"A buffer of {options.buffer:g} m makes no sense.",
                "Give the distance to each side of a line, above 0.",
            )
        self._dem, self._options = dem, options
        self.warnings: list[str] = []
        self.files: list[Path] = []
        self._stack = ExitStack()
        self._lines = np.empty(0, dtype=object)
        self._area: _Drawing | None = None
        self._raster: RasterLabels | None = None
        self._shapes: _Drawing | None = None
        try:
            if options.area is not None:
                self._area = self._open_area(options.area)
            if _is_raster(options):
                self.kind = "raster"
                self._raster = self._stack.enter_context(RasterLabels(dem, options.source, options.value))
                self.title = self._raster.title
                self.warnings += self._raster.warnings
                self.files += self._raster.files
                self._known = self._raster.extent
            elif options.value is not None:
                raise OptionError(
                    f"{options.value} would be a value of a raster, and the labels are drawn shapes.",
                    "Show only the shapes of the class: filter or select them in QGIS, or at the command line give "
                    "'FILE|layername=NAME|subset=FIELD=VALUE' as labels.",
                )
            else:
                self._known = self._open_vectors()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> GroundTruth:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close a raster label."""
        self._stack.close()

    def read(self, window: Window) -> np.ndarray:
        """Draw the labels.

        Args:
            window: Whole pixels of the raster; it may reach beyond it, where everything is unknown.

        Returns:
            ``(h, w) uint8``: 1 the class, 0 not, 255 unknown. What the raster itself does not know is not looked at.

        Raises:
            LabelError: A raster label is damaged.
        """
        label = np.full((int(window.height), int(window.width)), UNKNOWN, dtype=np.uint8)
        inner = overlap(window, self._known)
        if inner is None:
            return label
        found = self._raster.read(inner) if self._raster else self._shapes.draw(inner)  # type: ignore[union-attr]
        if self._area is not None:
            found[self._area.draw(inner) == 0] = UNKNOWN
        top, left = int(inner.row_off - window.row_off), int(inner.col_off - window.col_off)
        label[top : top + inner.height, left : left + inner.width] = found
        return label

    def places(self) -> list[Window]:
        """Windows of whole pixels, within the raster, that together hold every known label.

        One for each connected piece of AREA (polygons that touch count as one); without it the labels' bounding box,
        the raster label's extent, or the whole raster, whatever counts as labelled.
        """
        if self._area is None:
            return [self._known]
        windows = (outward(bounds, self._dem) for bounds in self._area.connected_bounds())
        return [inner for window in windows if window and (inner := overlap(window, self._known))]

    @property
    def area(self) -> np.ndarray:
        """``(N,)`` of shapely polygons in pixels of the raster: the AREA; empty without one."""
        return np.empty(0, dtype=object) if self._area is None else self._area.polygons

    def lines(self, window: Window) -> np.ndarray:
        """The labelled lines themselves, where there are any.

        Args:
            window: Whole pixels.

        Returns:
            ``(N,)`` of shapely line strings in pixels of the raster: those whose bounds touch the window, uncut.
        """
        if not len(self._lines):
            return self._lines
        left, top = float(window.col_off), float(window.row_off)
        box = shapely.box(left, top, left + window.width, top + window.height)
        return self._lines[np.sort(self._line_tree.query(box))]

    def _open_vectors(self) -> Window:
        """Read the labels; returns the window in which what is no label is background."""
        options, dem = self._options, self._dem
        layer = VectorLayer(parse_source(options.source, options.layer))
        if options.width_field is not None and options.width_field not in layer.fields:
            raise LabelError(
                f"'{layer.title}' has no field '{options.width_field}'.",
                f"Its fields are {', '.join(layer.fields) or 'none'}.",
            )
        reach = max(options.buffer or 0.0, MAX_REACH if options.width_field else 0.0)
        shapes = layer.read(dem, reach, options.width_field)
        self.title = layer.title
        self._note(layer, shapes)
        if shapes.points and not len(shapes.polygons) and not len(shapes.lines):
            raise LabelError(
                f"The labels '{layer.title}' are points, which have no area.",
                "Use polygons or lines, or buffer the points first (Vector > Geoprocessing Tools > Buffer).",
            )
        if shapes.points:
            self.warnings.append(f"{_some(shapes.points, 'point')} of '{layer.title}' left out.")
        self.kind = "lines" if len(shapes.lines) and not len(shapes.polygons) else "polygons"
        polygons = np.concatenate([shapes.polygons, self._widen(layer, shapes)])
        here = shapely.box(0, 0, dem.width, dem.height)
        polygons = polygons[shapely.intersects(polygons, here)]
        if not len(polygons):
            if shapes.nothing >= layer.count:
                raise layer.empty()
            raise layer.elsewhere(dem)
        self._shapes = _Drawing(polygons)
        whole = Window(0, 0, dem.width, dem.height)
        if self._area is not None:
            return whole
        if options.complete:
            self.warnings.append(
                f"No area says where '{layer.title}' is complete: all of '{dem.name}' counts as labelled, and what was "
                "only not labelled counts as wrong."
            )
            return whole
        self.warnings.append(
            f"No area says where '{layer.title}' is complete: only the bounding box of the labels counts as labelled, "
            "and all the rest as unknown."
        )
        known = outward(shapely.total_bounds(polygons), dem)
        if known is None:  # they touch its edge and no more
            raise layer.elsewhere(dem)
        return known

    def _widen(self, layer: VectorLayer, shapes: Shapes) -> np.ndarray:
        """Lines as polygons: ``(N,)`` in pixels. Ends are round, so that pieces of a road join without a gap."""
        buffer, size = self._options.buffer, self._dem.metres_per_pixel()
        if not len(shapes.lines):
            return np.empty(0, dtype=object)
        if buffer is None and self._options.width_field is None:
            raise LabelError(
                f"The labels '{layer.title}' are lines, whose width is not known.",
                "Give the width to each side of the lines (buffer, in metres) or the field with the whole width.",
            )
        half = np.where(shapes.values > 0, shapes.values / 2.0, np.nan if buffer is None else buffer)
        if self._options.width_field is not None and (unknown := int((~(shapes.values > 0)).sum())):
            fate = "were left out" if buffer is None else f"got the buffer of {buffer:g} m to each side"
            self.warnings.append(
                f"{_some(unknown, 'line')} of '{layer.title}' without a width in '{self._options.width_field}' {fate}."
            )
        usable = np.isfinite(half)
        if not usable.any():
            raise LabelError(
                f"No line of '{layer.title}' here has a width in '{self._options.width_field}'.",
                "Give the width to each side of the lines (buffer, in metres) as well.",
            )
        narrowest = float(half[usable].min())
        if 2 * narrowest < max(size):
            self.warnings.append(
                f"Lines of '{layer.title}' are {2 * narrowest:.3g} m wide, less than a pixel ({max(size):.3g} m): "
                "most of them will not show."
            )
        self._lines = shapes.lines[usable]
        self._line_tree = shapely.STRtree(self._lines)
        metres = shapely.transform(self._lines, lambda points: points * size)
        return shapely.transform(shapely.buffer(metres, half[usable], quad_segs=8), lambda points: points / size)

    def _open_area(self, source: str | os.PathLike[str]) -> _Drawing:
        layer = VectorLayer(parse_source(source, self._options.area_layer), "area")
        shapes = layer.read(self._dem, 0.0)
        self._note(layer, shapes)
        polygons = shapes.polygons
        if not len(polygons) and (len(shapes.lines) or shapes.points):
            raise LabelError(
                f"The area '{layer.title}' holds no polygons.", "Draw polygons around what was labelled completely."
            )
        polygons = polygons[shapely.intersects(polygons, shapely.box(0, 0, self._dem.width, self._dem.height))]
        if not len(polygons):
            raise layer.empty() if shapes.nothing >= layer.count else layer.elsewhere(self._dem)
        return _Drawing(polygons)

    def _note(self, layer: VectorLayer, shapes: Shapes) -> None:
        """Remember what was wrong with a layer."""
        self.files += layer.files
        if layer.crs is None:
            self.warnings.append(
                f"'{layer.title}' has no CRS; its coordinates are taken to be in {show_crs(self._dem.crs)}, the CRS of "
                f"'{self._dem.name}'."
            )
        if shapes.repaired:
            self.warnings.append(f"{_some(shapes.repaired, 'invalid geometry')} of '{layer.title}' repaired.")
        if shapes.nothing:
            self.warnings.append(f"{_some(shapes.nothing, 'feature')} of '{layer.title}' without a geometry left out.")


class _Drawing:
    """Polygons in pixels that can be looked up and drawn by windows."""

    def __init__(self, polygons: np.ndarray) -> None:
        self.polygons = polygons
        self._tree = shapely.STRtree(polygons)

    def draw(self, window: Window) -> np.ndarray:
        """``(h, w) uint8``: 1 where a pixel's centre is in a polygon, else 0."""
        left, top = int(window.col_off), int(window.row_off)
        shape = int(window.height), int(window.width)
        near = self._tree.query(shapely.box(left, top, left + shape[1], top + shape[0]))
        if not len(near):
            return np.zeros(shape, dtype=np.uint8)
        return rasterize(
            self.polygons[near],
            out_shape=shape,
            transform=Affine.translation(left, top),
            default_value=1,
            dtype="uint8",
        )

    def connected_bounds(self) -> list[np.ndarray]:
        """Bounds of each group of polygons that touch one another, pixels, from the first polygon's on."""
        one, other = self._tree.query(self.polygons, predicate="intersects")
        count = len(self.polygons)
        links = coo_array((np.ones(len(one), dtype=bool), (one, other)), shape=(count, count))
        number, group = connected_components(links, directed=False)
        return [shapely.total_bounds(self.polygons[group == index]) for index in range(number)]


def _is_raster(options: LabelOptions) -> bool:
    """Whether labels are a raster; a GeoPackage can hold both, and its vectors come first."""
    name = parse_source(options.source, options.layer)
    if name.layer is not None or spatial_layers(name.path):
        return False
    try:
        with rasterio.open(name.path):
            return True
    except GDAL_ERRORS:
        return False


def _some(count: int, what: str) -> str:
    plural = what[:-1] + "ies" if what.endswith("y") else what + "s"
    return f"{count} {what if count == 1 else plural}"
