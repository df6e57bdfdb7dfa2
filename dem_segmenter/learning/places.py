"""Where rasters lie, in their own CRS and in another one, and which pixels something touches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import rasterio.warp
from affine import Affine
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.windows import Window

from ..elevation.gdal_errors import GDAL_ERRORS
from ..errors import LabelError

#: Rows and columns of points of a raster that are taken into another CRS to learn where it lies there.
DENSIFY = 21

#: Pixels by which something may stick out without claiming another pixel (rounding in coordinates).
SNAP = 1e-3

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Placed:
    """Where a raster lies.

    Attributes:
        width: Columns.
        height: Rows.
        crs: CRS.
        transform: Pixel corner to CRS coordinates.
    """

    width: int
    height: int
    crs: CRS
    transform: Affine


class Grid(Protocol):
    """What labels are drawn on; a `DemSource` is one.

    Attributes:
        name: Short name for people.
        width: Columns.
        height: Rows.
        crs: CRS.
        transform: Pixel corner to CRS coordinates.
    """

    name: str
    width: int
    height: int
    crs: CRS
    transform: Affine

    def metres_per_pixel(self) -> tuple[float, float]:
        """Ground size of a pixel along a row and along a column."""
        ...


def apply_affine(transform: Affine, xs: np.ndarray, ys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An affine transform of ``(N,) float64`` coordinates."""
    a, b, c, d, e, f = transform[:6]
    return a * xs + b * ys + c, d * xs + e * ys + f


def points_in(grid: Placed | Grid, crs: CRS, beyond: tuple[float, float] = (0.0, 0.0)) -> tuple[np.ndarray, np.ndarray]:
    """Points all over a raster in another CRS.

    Args:
        grid: The raster.
        crs: The CRS.
        beyond: Columns and rows to add on all sides.

    Returns:
        ``(N,) float64`` x and y of the points that have a place there; the raster's corners and edges are among them.
    """
    columns, rows = np.meshgrid(
        np.linspace(-beyond[0], grid.width + beyond[0], DENSIFY),
        np.linspace(-beyond[1], grid.height + beyond[1], DENSIFY),
    )
    xs, ys = apply_affine(grid.transform, columns.ravel(), rows.ravel())
    if crs != grid.crs:
        try:
            xs, ys = (np.asarray(a) for a in rasterio.warp.transform(grid.crs, crs, xs, ys))
        except GDAL_ERRORS:
            return np.empty(0), np.empty(0)
    finite = np.isfinite(xs) & np.isfinite(ys)
    return xs[finite], ys[finite]


def bounds_in(grid: Grid, crs: CRS, reach: float) -> Bounds | None:
    """Where a raster lies in another CRS, a little too large rather than too small.

    Args:
        grid: The raster.
        crs: The CRS.
        reach: Metres to add on all sides.

    Returns:
        ``xmin, ymin, xmax, ymax``; None where it has no place there.
    """
    size_x, size_y = grid.metres_per_pixel()
    xs, ys = points_in(grid, crs, (reach / size_x, reach / size_y))
    if not xs.size:
        return None
    spare = 0.01 * max(float(np.ptp(xs)), float(np.ptp(ys))) if crs != grid.crs else 0.0
    return float(xs.min()) - spare, float(ys.min()) - spare, float(xs.max()) + spare, float(ys.max()) + spare


def outward(bounds: np.ndarray, grid: Grid) -> Window | None:
    """The pixels that bounds touch, within a raster.

    Args:
        bounds: ``(4,) float64, pixels``: xmin, ymin, xmax, ymax.
        grid: The raster.

    Returns:
        Window of whole pixels; None where there is none.
    """
    left, top = max(0, math.floor(bounds[0] + SNAP)), max(0, math.floor(bounds[1] + SNAP))
    right, bottom = min(grid.width, math.ceil(bounds[2] - SNAP)), min(grid.height, math.ceil(bounds[3] - SNAP))
    return Window(left, top, right - left, bottom - top) if right > left and bottom > top else None


def overlap(one: Window, other: Window) -> Window | None:
    """What two windows of whole pixels share."""
    left, top = max(int(one.col_off), int(other.col_off)), max(int(one.row_off), int(other.row_off))
    right = min(int(one.col_off + one.width), int(other.col_off + other.width))
    bottom = min(int(one.row_off + one.height), int(other.row_off + other.height))
    return Window(left, top, right - left, bottom - top) if right > left and bottom > top else None


def outside(what: str, title: str, bounds: Bounds | None, crs: CRS, grid: Grid, there: str = "") -> LabelError:
    """The error for something that does not touch the raster: where both lie, and in which CRS."""
    own = bounds_in(grid, grid.crs, 0.0)
    error = LabelError(
        f"The {what} '{title}' {'does' if what == 'area' else 'do'} not touch '{grid.name}': "
        f"{show_crs(crs)} {show_bounds(bounds)} against {show_crs(grid.crs)} {show_bounds(own)}{there}.",
        f"Choose {'an area' if what == 'area' else what} of this place, and check the CRS of both.",
    )
    error.elsewhere = True
    return error


def show_crs(crs: CRS) -> str:
    """A CRS for messages."""
    try:
        return crs.to_string()[:60]
    except CRSError:
        return "an unknown CRS"


def show_bounds(bounds: Bounds | None) -> str:
    """Bounds for messages."""
    return "(" + ", ".join(f"{value:.8g}" for value in bounds) + ")" if bounds is not None else "(unknown bounds)"
