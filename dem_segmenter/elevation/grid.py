"""From an extent to pixels, and from the input's pixels to the model's.

Three nested areas of a raster are at work: the *output window* (what the user asked for, whole input pixels), the
*read window* (the output window grown by some context, clipped to the raster), and the *model grid*, which covers the
read window with square pixels of the model's ground resolution from the same corner.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import rasterio.warp
from affine import Affine
from rasterio.crs import CRS
from rasterio.windows import Window

from ..errors import ElevationError, ExtentError, OptionError
from .gdal_errors import GDAL_ERRORS
from .resample import AxisWeights, apply_weights, axis_weights
from .source import DemSource
from .units import pixel_to_crs

#: Fewer model pixels than this on a side show no building and no road: one patch of the encoder.
MIN_MODEL_PIXELS = 16

#: Edges of an extent are cut into this many pieces before they are bent into another CRS.
DENSIFY = 21

#: Pixels by which an extent may stick out without claiming another pixel (rounding in coordinates).
SNAP = 1e-3

#: Resampling works in blocks of this many model pixels, so that the dense weights stay small.
BLOCK = 128


@dataclass(frozen=True)
class ModelGrid:
    """The model grid of one run and how it lies on the input grid.

    Attributes:
        read: Read window, input pixels of the raster.
        output: Output window, input pixels of the raster; inside ``read``.
        ground_resolution: Side of a model pixel, metres.
        pixel_size: Ground size of an input pixel along a row and along a column, metres.
        ratio_x: Input pixels per model pixel along a row.
        ratio_y: The same along a column.
        cols: Model pixels across the read window.
        rows: Model pixels down the read window.
        transform: Pixel corner of the output window to CRS coordinates.
    """

    read: Window
    output: Window
    ground_resolution: float
    pixel_size: tuple[float, float]
    ratio_x: float
    ratio_y: float
    cols: int
    rows: int
    transform: Affine

    @property
    def top(self) -> int:
        """Rows of the read window above the output window."""
        return int(self.output.row_off - self.read.row_off)

    @property
    def left(self) -> int:
        """Columns of the read window left of the output window."""
        return int(self.output.col_off - self.read.col_off)

    @property
    def pixel_area(self) -> float:
        """Ground area of an input pixel, square metres."""
        return self.pixel_size[0] * self.pixel_size[1]

    def finished_output_rows(self, model_rows: int) -> int:
        """How many rows of the output window can be made from the first ``model_rows`` rows of the model grid."""
        height = int(self.output.height)
        if model_rows >= self.rows:
            return height
        # Row r reaches down to model row (r + 0.5) / ratio - 0.5 + radius, see `axis_weights`.
        back = 1.0 / self.ratio_y
        radius = max(back, 1.0)
        done = math.floor((model_rows - 2 - radius + 0.5) / back + 0.5) - self.top
        return int(np.clip(done, 0, height))


def extent_window(source: DemSource, extent: Sequence[float], extent_crs: CRS | None = None) -> Window:
    """The pixels an extent touches: snapped outward to the input grid and clipped to the raster.

    Args:
        source: The DEM.
        extent: ``xmin, ymin, xmax, ymax`` in units of ``extent_crs``.
        extent_crs: CRS of the extent; the raster's own where None.

    Returns:
        Window of whole pixels.

    Raises:
        ExtentError: Not an extent, or it does not touch the raster.
    """
    xmin, ymin, xmax, ymax = extent
    if not all(map(math.isfinite, extent)) or not (xmin < xmax and ymin < ymax):
        raise ExtentError(f"The extent {_show(extent)} is empty or not a number.", "Give it as xmin,ymin,xmax,ymax.")
    outline = _raster_outline(source)
    crs = source.crs
    if extent_crs is not None and extent_crs != crs:
        # The raster's own outline goes into the extent's CRS first: a whole-world extent has no place in UTM,
        # but the part of it that the raster covers has.
        bounds = _bounds(_transform(crs, extent_crs, *outline), extent)
    else:
        bounds = _bounds(outline, extent)
    # QGIS writes xmin, xmax, ymin, ymax; read as this order, that is some other ground, without a word.
    if _within((xmin, xmax, ymin, ymax), bounds) and not _within((xmin, ymin, xmax, ymax), bounds):
        raise ExtentError(
            f"The extent {_show(extent)} is in another order, xmin,xmax,ymin,ymax, as QGIS writes it.",
            f"Give it as xmin,ymin,xmax,ymax: {_show((xmin, xmax, ymin, ymax)).replace(' ', '')}.",
        )
    xmin, ymin, xmax, ymax = max(xmin, bounds[0]), max(ymin, bounds[1]), min(xmax, bounds[2]), min(ymax, bounds[3])
    if not (xmin < xmax and ymin < ymax):
        raise _outside(source, extent)
    xs, ys = _rectangle(xmin, ymin, xmax, ymax)
    if extent_crs is not None and extent_crs != crs:
        xs, ys = _transform(extent_crs, crs, xs, ys)
    inverse = ~source.transform
    cols = inverse.a * xs + inverse.b * ys + inverse.c
    rows = inverse.d * xs + inverse.e * ys + inverse.f
    col0, col1 = _snap(cols, source.width)
    row0, row1 = _snap(rows, source.height)
    if col1 <= col0 or row1 <= row0:
        raise _outside(source, extent)
    return Window(col0, row0, col1 - col0, row1 - row0)


def make_grid(
    source: DemSource, window: Window | None, resolution_range: tuple[float, float], context: int
) -> ModelGrid:
    """The model grid for a window of a DEM.

    The model works at the DEM's own resolution (geometric mean of its two pixel sizes) clamped to what the head knows.

    Args:
        source: The DEM.
        window: Output window; the whole raster where None.
        resolution_range: Finest and coarsest ground resolution of the head, metres.
        context: Model pixels to read around the output window where the raster has them.

    Raises:
        ElevationError: The raster is too small to show anything.
        OptionError: The range is empty.
    """
    low, high = resolution_range
    if not 0 < low <= high:
        raise OptionError(
            f"The heads share no ground resolution ({low:g} to {high:g} m).", "Run them one after the other."
        )
    output = window or Window(0, 0, source.width, source.height)
    size_x, size_y = source.metres_per_pixel(output)
    native = math.sqrt(size_x * size_y)
    resolution = min(max(native, low), high)
    ratio_x, ratio_y = _exact(resolution / size_x), _exact(resolution / size_y)

    read = _grow(output, math.ceil(context * ratio_x), math.ceil(context * ratio_y), source)
    cols = max(1, math.ceil(read.width / ratio_x - SNAP))
    rows = max(1, math.ceil(read.height / ratio_y - SNAP))
    if min(cols, rows) < MIN_MODEL_PIXELS:
        raise ElevationError(
            f"'{source.name}' is too small: {read.width} x {read.height} pixels of {size_x:.3g} x {size_y:.3g} m.",
            f"At least {MIN_MODEL_PIXELS * resolution:.3g} m on each side are needed to tell anything.",
        )
    x, y = pixel_to_crs(source.transform, output.col_off, output.row_off)
    t = source.transform
    return ModelGrid(
        read, output, resolution, (size_x, size_y), ratio_x, ratio_y, cols, rows, Affine(t.a, t.b, x, t.d, t.e, y)
    )


def read_model_window(
    source: DemSource, grid: ModelGrid, rows: tuple[int, int], cols: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Elevation of a window of the model grid.

    Args:
        source: The DEM.
        grid: Its model grid.
        rows: First row and one past the last, inside the model grid.
        cols: The same for columns.

    Returns:
        Elevation ``(h, w) float32, metres``; ``(h, w) bool``, true where it is known; and ``(h, w) bool``, true in
        blocks of which at least one input pixel is known (a coarse model pixel may be unknown although a few of its
        input pixels are not).
    """
    height, width = rows[1] - rows[0], cols[1] - cols[0]
    if grid.ratio_x == 1.0 and grid.ratio_y == 1.0:
        window = Window(grid.read.col_off + cols[0], grid.read.row_off + rows[0], width, height)
        elevation, valid = source.read(window)
        return elevation, valid, valid
    elevation = np.zeros((height, width), dtype=np.float32)
    valid = np.zeros((height, width), dtype=bool)
    touched = np.zeros((height, width), dtype=bool)
    for top in range(0, height, BLOCK):
        bottom = min(top + BLOCK, height)
        down = axis_weights(rows[0] + top, rows[0] + bottom, grid.ratio_y, int(grid.read.height))
        for left in range(0, width, BLOCK):
            right = min(left + BLOCK, width)
            across = axis_weights(cols[0] + left, cols[0] + right, grid.ratio_x, int(grid.read.width))
            values, known = source.read(_weights_window(grid, down, across))
            block = (slice(top, bottom), slice(left, right))
            touched[block] = known.any()
            elevation[block], valid[block] = apply_weights(values, known, down, across)
    return elevation, valid, touched


def to_output_rows(
    grid: ModelGrid, values: np.ndarray, known: np.ndarray, first_model_row: int, rows: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Take finished model rows back to the input grid.

    Args:
        grid: The model grid.
        values: ``(K, h, grid.cols) float32``, rows from ``first_model_row`` on; any unit.
        known: ``(h, grid.cols) bool``.
        first_model_row: Model row of ``values[:, 0]``.
        rows: Rows of the output window to make.

    Returns:
        ``(K, n, output width) float32`` and ``(n, output width) bool``.
    """
    start, stop = rows[0] + grid.top, rows[1] + grid.top
    left, width = grid.left, int(grid.output.width)
    if grid.ratio_x == 1.0 and grid.ratio_y == 1.0:
        part = (slice(start - first_model_row, stop - first_model_row), slice(left, left + width))
        return values[(slice(None), *part)], known[part]
    down = axis_weights(start, stop, 1.0 / grid.ratio_y, grid.rows)
    lines = slice(down.first - first_model_row, down.last - first_model_row)
    out = np.empty((len(values), stop - start, width), dtype=np.float32)
    out_known = np.empty((stop - start, width), dtype=bool)
    for col in range(0, width, BLOCK * 2):
        end = min(col + BLOCK * 2, width)
        across = axis_weights(left + col, left + end, 1.0 / grid.ratio_x, grid.cols)
        part = (lines, slice(across.first, across.last))
        out[:, :, col:end], out_known[:, col:end] = apply_weights(
            values[(slice(None), *part)], known[part], down, across
        )
    return out, out_known


def first_model_row_needed(grid: ModelGrid, output_row: int) -> int:
    """The first model row that output rows from ``output_row`` on still need."""
    row = output_row + grid.top
    return min(axis_weights(row, row + 1, 1.0 / grid.ratio_y, grid.rows).first, grid.rows)


def _weights_window(grid: ModelGrid, down: AxisWeights, across: AxisWeights) -> Window:
    """The raster's pixels that two axes of weights ask for."""
    return Window(
        grid.read.col_off + across.first,
        grid.read.row_off + down.first,
        across.last - across.first,
        down.last - down.first,
    )


def _exact(ratio: float) -> float:
    """Ratios that differ from 1 by rounding only are 1: nothing is resampled then."""
    return 1.0 if abs(ratio - 1.0) < 1e-6 else ratio


def _grow(window: Window, cols: int, rows: int, source: DemSource) -> Window:
    """A window grown on all sides, clipped to the raster."""
    left, top = max(0, int(window.col_off) - cols), max(0, int(window.row_off) - rows)
    right = min(source.width, int(window.col_off + window.width) + cols)
    bottom = min(source.height, int(window.row_off + window.height) + rows)
    return Window(left, top, right - left, bottom - top)


def _raster_outline(source: DemSource) -> tuple[np.ndarray, np.ndarray]:
    """Densified outline of the raster in its own CRS."""
    cols, rows = _rectangle(0.0, 0.0, float(source.width), float(source.height))
    t = source.transform
    return t.a * cols + t.b * rows + t.c, t.d * cols + t.e * rows + t.f


def _rectangle(xmin: float, ymin: float, xmax: float, ymax: float) -> tuple[np.ndarray, np.ndarray]:
    """Densified rectangle, with its inside too: a bent rectangle may reach furthest away from its edges."""
    xs, ys = np.meshgrid(np.linspace(xmin, xmax, DENSIFY + 1), np.linspace(ymin, ymax, DENSIFY + 1))
    return xs.ravel(), ys.ravel()


def _transform(source_crs: CRS, target_crs: CRS, xs: np.ndarray, ys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    try:
        out = rasterio.warp.transform(source_crs, target_crs, xs, ys)
    except GDAL_ERRORS as error:
        raise ExtentError(
            "The extent's CRS cannot be brought into the raster's CRS.", "Give the extent in the raster's own CRS."
        ) from error
    points = np.asarray(out[0]), np.asarray(out[1])
    finite = np.isfinite(points[0]) & np.isfinite(points[1])
    return points[0][finite], points[1][finite]


def _bounds(points: tuple[np.ndarray, np.ndarray], extent: Sequence[float]) -> tuple[float, float, float, float]:
    xs, ys = points
    if not xs.size:
        raise ExtentError(
            f"The raster has no place in the CRS of the extent {_show(extent)}.", "Give the extent in another CRS."
        )
    # A little more than the points say, as the outline bends between them; pixels are clipped exactly afterwards.
    spare_x, spare_y = 0.01 * float(np.ptp(xs)), 0.01 * float(np.ptp(ys))
    return float(xs.min()) - spare_x, float(ys.min()) - spare_y, float(xs.max()) + spare_x, float(ys.max()) + spare_y


def _snap(pixels: np.ndarray, size: int) -> tuple[int, int]:
    """Outward to whole pixels, clipped to ``[0, size]``."""
    if not pixels.size:
        return 0, 0
    first = math.floor(float(pixels.min()) + SNAP)
    last = max(first + 1, math.ceil(float(pixels.max()) - SNAP))
    return max(0, first), min(size, last)


def _outside(source: DemSource, extent: Sequence[float]) -> ExtentError:
    return ExtentError(
        f"The extent {_show(extent)} lies outside of '{source.name}'.",
        "Choose an extent that overlaps the raster, and check the extent's CRS.",
    )


def _within(extent: Sequence[float], bounds: Sequence[float]) -> bool:
    xmin, ymin, xmax, ymax = extent
    return bounds[0] <= xmin < xmax <= bounds[2] and bounds[1] <= ymin < ymax <= bounds[3]


def _show(extent: Sequence[float]) -> str:
    return ", ".join(f"{value:.8g}" for value in extent)
