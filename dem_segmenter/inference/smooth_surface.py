"""Telling surfaces on which trees show no leaves, from matched images or drawn finer than they were surveyed.

From lidar at half a metre a crown of a tree is broken everywhere, and a roof is planes. Where images were matched, or a
coarse survey was interpolated, crowns are smooth domes: within 2.5 m they are as plane as roofs, and a head that tells
crowns by their leaves takes them for houses. Only their shape is left, which shows better on coarser pixels.

Two shares are counted, both of what stands on the ground: pixels that are part of no plane in windows of five pixels,
at half a metre and at a metre. A smooth surface with trees has few at half a metre and many at a metre. A surface
without trees has few at both, and is left alone.

Measured on the 29 first-surface and bare-earth models of 0.25 to 0.5 m that heads were made with: the three from
matched images that show trees have at most 0.13 at half a metre and at least 0.33 at a metre; those from lidar with
trees have 0.29 and more at half a metre; all others have at most 0.15 at a metre.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from rasterio.windows import Window
from scipy import ndimage

from ..elevation.encoding import deviation_from_plane, fill_unknown
from ..elevation.grid import MIN_MODEL_PIXELS, make_grid, read_model_window
from ..elevation.source import DemSource

#: Metres per pixel that the surface is looked at; coarser rasters than `COARSEST` show no leaves anyway.
FINE, COARSEST = 0.5, 0.6

#: Side of the windows a plane is looked for in, pixels, and metres from it from which a pixel is part of none.
PLANE_WINDOW, UNEVEN = 5, 0.19

#: Metres above the lowest ground within `AROUND` metres from which something stands on the ground.
STANDING, AROUND = 2.5, 15.0

#: Pixels at the rim of what stands that are left out: a wall is no part of a plane either.
RIM = 2

#: Share of pixels part of no plane: a smooth surface has less when looked at finely, one with trees more coarsely.
SMOOTH_BELOW, TREES_ABOVE = 0.25, 0.25

#: Square metres that must stand on the ground; less says nothing.
LEAST_STANDING = 400.0

#: Side of a sample, pixels, and how many are looked at along each side of a raster at most.
SAMPLE, SAMPLES = 320, 5


@dataclass
class Planes:
    """Counts at one pixel size.

    Attributes:
        standing: Pixels of what stands on the ground, its rim left out.
        uneven: Those that are part of no plane.
    """

    standing: int = 0
    uneven: int = 0

    def add(
        self, elevation: np.ndarray, valid: np.ndarray, ground_resolution: float, inner: tuple[slice, slice]
    ) -> None:
        """Count a sample.

        Args:
            elevation: ``(H, W) float32, metres``, known everywhere.
            valid: ``(H, W) bool``: where it was measured.
            ground_resolution: Metres per pixel.
            inner: The part to count; the rest is what lies around it.
        """
        side = 2 * round(AROUND / ground_resolution) + 1
        ground = ndimage.grey_opening(ndimage.uniform_filter(elevation, 3), (side, side))
        stands = ndimage.binary_erosion((elevation - ground > STANDING) & valid, iterations=RIM)
        # The best plane that a pixel is part of: that of the window that leaves least unexplained.
        z = elevation.astype(np.float64) - float(elevation.mean())
        unexplained = ndimage.minimum_filter(deviation_from_plane(z, PLANE_WINDOW), PLANE_WINDOW)
        self.standing += int(np.count_nonzero(stands[inner]))
        self.uneven += int(np.count_nonzero((stands & (unexplained > UNEVEN))[inner]))

    @property
    def share(self) -> float:
        """Share of uneven pixels, 0..1."""
        return self.uneven / self.standing if self.standing else 0.0


def planes(
    source: DemSource, window: Window | None, check_cancelled: Callable[[], None] = lambda: None
) -> tuple[Planes, Planes]:
    """What stands on the ground at `FINE` and at twice that, in samples spread over a window.

    Args:
        source: The DEM.
        window: Input pixels; the whole raster where None.
        check_cancelled: Called between samples.

    Returns:
        Counts of fine and of coarse pixels.
    """
    fine, coarse = Planes(), Planes()
    margin = 2 * round(AROUND / FINE)
    grid = make_grid(source, window, (FINE, COARSEST), margin)
    for top, left in _samples(grid.rows, grid.cols):
        check_cancelled()
        rows = max(0, top - margin), min(grid.rows, top + SAMPLE + margin)
        cols = max(0, left - margin), min(grid.cols, left + SAMPLE + margin)
        # Whole blocks of two by two.
        rows, cols = (rows[0], rows[1] - (rows[1] - rows[0]) % 2), (cols[0], cols[1] - (cols[1] - cols[0]) % 2)
        elevation, valid, _ = read_model_window(source, grid, rows, cols)
        if not valid.any():
            continue
        z = fill_unknown(elevation, valid)
        start, offset = top - rows[0], left - cols[0]
        inner = slice(start, start + SAMPLE), slice(offset, offset + SAMPLE)
        fine.add(z, valid, grid.ground_resolution, inner)
        blocks = z.shape[0] // 2, 2, z.shape[1] // 2, 2
        halves = slice(start // 2, (start + SAMPLE) // 2), slice(offset // 2, (offset + SAMPLE) // 2)
        known = np.asarray(valid.reshape(blocks).all((1, 3)))
        coarse.add(z.reshape(blocks).mean((1, 3)), known, 2 * grid.ground_resolution, halves)
    return fine, coarse


def is_smooth(source: DemSource, window: Window | None, check_cancelled: Callable[[], None] = lambda: None) -> bool:
    """Whether trees stand in a window of a DEM and none of them shows leaves; arguments as for `planes`."""
    sizes = source.metres_per_pixel(window or Window(0, 0, source.width, source.height))
    sides = [n * size for n, size in zip(_sides(source, window), sizes, strict=True)]
    if (sizes[0] * sizes[1]) ** 0.5 > COARSEST or min(sides) < MIN_MODEL_PIXELS * 2 * COARSEST:
        return False
    fine, coarse = planes(source, window, check_cancelled)
    if fine.standing * FINE**2 < LEAST_STANDING:
        return False
    return fine.share < SMOOTH_BELOW and coarse.share > TREES_ABOVE


def _sides(source: DemSource, window: Window | None) -> tuple[int, int]:
    """Columns and rows of a window."""
    return (source.width, source.height) if window is None else (int(window.width), int(window.height))


def _samples(rows: int, cols: int) -> Iterator[tuple[int, int]]:
    """Top and left of each sample: all of a small grid, a lattice over a large one."""
    for top in _spread(rows):
        for left in _spread(cols):
            yield top, left


def _spread(pixels: int) -> list[int]:
    """Where samples begin along one side."""
    count = -(-pixels // SAMPLE)
    return [SAMPLE * int(i) for i in np.unique(np.linspace(0, count - 1, min(count, SAMPLES)).round())]
