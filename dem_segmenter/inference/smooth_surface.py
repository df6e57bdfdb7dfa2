"""Telling surfaces on which trees show no leaves, from matched images or drawn finer than they were surveyed.

From lidar at half a metre a crown of a tree is broken everywhere, and a roof is planes. Where images were matched, or a
coarse survey was interpolated, crowns are smooth domes: within 2.5 m they are nearly as plane as roofs, and a head that
tells crowns by their leaves takes them for houses. Only their shape is left, which shows better on coarser pixels.

Of what stands on the ground two shares are counted: pixels that are not quite part of a plane, as in domes, and pixels
that are part of none, as among leaves. A smooth surface with trees has many of the first and few of the second. A
surface without trees has few of either, and is left alone.

Measured at half a metre on the 29 first-surface and bare-earth models of 0.25 to 0.5 m that heads were made with: the
four from matched images on which most stands have 0.41 to 0.65 of the first and at most 0.13 of the second; those from
lidar with trees at least 0.58 and 0.29; those of houses without trees at most 0.04 and 0.01. Of the others one is
taken for smooth, bare badlands, where nothing is built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from rasterio.windows import Window
from scipy import ndimage

from ..elevation.encoding import deviation_from_plane, fill_unknown
from ..elevation.grid import make_grid, read_model_window
from ..elevation.source import DemSource

#: Metres per pixel that the surface is looked at; coarser rasters than `COARSEST` show no leaves anyway.
FINE, COARSEST = 0.5, 0.6

#: Side of the windows a plane is looked for in, pixels, and metres from it from which a pixel is not quite part of one,
#: and part of none.
PLANE_WINDOW, BENT, UNEVEN = 5, 0.06, 0.19

#: Metres above the lowest ground within `AROUND` metres from which something stands on the ground.
STANDING, AROUND = 2.5, 15.0

#: Pixels at the rim of what stands that are left out: a wall is no part of a plane either.
RIM = 2

#: Share of uneven pixels that a smooth surface stays below, and of bent ones that one with trees exceeds.
SMOOTH_BELOW, TREES_ABOVE = 0.25, 0.3

#: Square metres that must stand on the ground; less says nothing.
LEAST_STANDING = 400.0

#: Side of a sample, pixels, and how many are looked at along each side of a raster at most.
SAMPLE, SAMPLES = 320, 5


@dataclass
class Planes:
    """Counts.

    Attributes:
        standing: Pixels of what stands on the ground, its rim left out.
        bent: Those that are not quite part of a plane.
        uneven: Those that are part of none; they are bent too.
    """

    standing: int = 0
    bent: int = 0
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
        stands = ndimage.binary_erosion((elevation - ground > STANDING) & valid, iterations=RIM)[inner]
        # The best plane that a pixel is part of: that of the window that leaves least unexplained.
        z = elevation.astype(np.float64) - float(elevation.mean())
        unexplained = ndimage.minimum_filter(deviation_from_plane(z, PLANE_WINDOW), PLANE_WINDOW)[inner][stands]
        self.standing += unexplained.size
        self.bent += int(np.count_nonzero(unexplained > BENT))
        self.uneven += int(np.count_nonzero(unexplained > UNEVEN))

    @property
    def smooth(self) -> bool:
        """Whether trees stand there and none shows leaves."""
        return (
            self.standing * FINE**2 >= LEAST_STANDING
            and self.uneven < SMOOTH_BELOW * self.standing
            and self.bent > TREES_ABOVE * self.standing
        )


def planes(source: DemSource, window: Window | None, check_cancelled: Callable[[], None] = lambda: None) -> Planes:
    """What stands on the ground, in samples spread over a window.

    Args:
        source: The DEM.
        window: Input pixels; the whole raster where None.
        check_cancelled: Called between samples.

    Returns:
        Counts of pixels of `FINE` to `COARSEST` metres.
    """
    found = Planes()
    margin = 2 * round(AROUND / FINE)
    grid = make_grid(source, window, (FINE, COARSEST), margin)
    for top, left in _samples(grid.rows, grid.cols):
        check_cancelled()
        rows = max(0, top - margin), min(grid.rows, top + SAMPLE + margin)
        cols = max(0, left - margin), min(grid.cols, left + SAMPLE + margin)
        elevation, valid, _ = read_model_window(source, grid, rows, cols)
        if valid.any():
            inner = slice(top - rows[0], top - rows[0] + SAMPLE), slice(left - cols[0], left - cols[0] + SAMPLE)
            found.add(fill_unknown(elevation, valid), valid, grid.ground_resolution, inner)
    return found


def is_smooth(source: DemSource, window: Window | None, check_cancelled: Callable[[], None] = lambda: None) -> bool:
    """Whether trees stand in a window of a DEM and none of them shows leaves; arguments as for `planes`.

    Not looked into where pixels are coarser than `COARSEST`, and where the window is too narrow for anything to stand
    on ground.
    """
    sizes = source.metres_per_pixel(window or Window(0, 0, source.width, source.height))
    sides = [n * size for n, size in zip(_sides(source, window), sizes, strict=True)]
    if (sizes[0] * sizes[1]) ** 0.5 > COARSEST or min(sides) < AROUND:
        return False
    return planes(source, window, check_cancelled).smooth


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
