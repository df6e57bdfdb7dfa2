"""The ground below halls, found a little ahead of the tiles: a hall is larger than what a tile is read with."""

from __future__ import annotations

import math

import numpy as np

from ..elevation.encoding import fill_unknown
from ..elevation.grid import MIN_MODEL_PIXELS, ModelGrid, make_grid, read_model_window
from ..elevation.halls import RESOLUTION, halls_of_coarse
from ..elevation.source import DemSource

#: Side of the blocks that halls are looked for in, pixels of `halls.RESOLUTION`: a kilometre.
BLOCK = 512


class HallGround:
    """Bands of the coarse surface, from the top down; those above what was last asked for are forgotten.

    Every pixel of the DEM is read once more for this, and memory grows with the raster's width, as elsewhere.
    """

    def __init__(self, source: DemSource, grid: ModelGrid, window: float, length: float) -> None:
        """Nothing is read yet.

        Args:
            source: The DEM.
            grid: The model grid that is asked for.
            window: Side of the opening that finds the ground below all else, metres.
            length: Longest side of a hall, metres; as much is looked at around each block, and around the grid.
        """
        self._source, self._grid, self._window, self._length = source, grid, window, length
        self._around = math.ceil(length / RESOLUTION)
        # A raster that the opening does not fit into holds no hall, and is perhaps too small for a grid so coarse.
        least = max(window, (MIN_MODEL_PIXELS + 1) * RESOLUTION)
        sides = (grid.output.height * grid.pixel_size[1], grid.output.width * grid.pixel_size[0])
        self._coarse = make_grid(source, grid.output, (RESOLUTION,) * 2, self._around) if min(sides) > least else None
        self._bands: dict[int, np.ndarray] = {}
        self._strip = np.zeros((0, self._coarse.cols if self._coarse else 0), np.float32)
        self._known = self._strip.astype(bool)
        self._first = 0

    def below(self, rows: tuple[int, int], cols: tuple[int, int]) -> np.ndarray:
        """The ground below halls in a window of the model grid; going up again reads again.

        Args:
            rows: First row and one past the last.
            cols: The same for columns.

        Returns:
            ``(h, w) float32, metres``: infinite where there is no hall.
        """
        if self._coarse is None:
            return np.full((rows[1] - rows[0], cols[1] - cols[0]), np.inf, np.float32)
        down = self._nearest(rows, self._grid.read.row_off, self._grid.ratio_y, 0)
        across = self._nearest(cols, self._grid.read.col_off, self._grid.ratio_x, 1)
        first, last = int(down[0]) // BLOCK, int(down[-1]) // BLOCK
        for band in [b for b in self._bands if b < first]:
            del self._bands[band]
        for band in range(first, last + 1):
            if band not in self._bands:
                self._bands[band] = self._band(band)
        ground = np.concatenate([self._bands[band] for band in range(first, last + 1)])
        return ground[np.ix_(down - first * BLOCK, across)]

    def _nearest(self, span: tuple[int, int], offset: float, ratio: float, axis: int) -> np.ndarray:
        """``(n,) int``: coarse rows or columns at the middle of rows or columns of the model grid."""
        coarse = self._coarse
        assert coarse is not None
        start = (coarse.read.row_off, coarse.read.col_off)[axis]
        pixels, size = ((coarse.ratio_y, coarse.rows), (coarse.ratio_x, coarse.cols))[axis]
        place = offset + (np.arange(*span) + 0.5) * ratio - start
        return np.clip((place / pixels).astype(int), 0, size - 1)

    def _band(self, band: int) -> np.ndarray:
        """``(BLOCK or what is left, coarse cols) float32, metres``: the ground below halls of one band."""
        coarse = self._coarse
        assert coarse is not None
        top, bottom = band * BLOCK, min((band + 1) * BLOCK, coarse.rows)
        low = self._read(max(0, top - self._around), min(coarse.rows, bottom + self._around))
        ground = np.full((bottom - top, coarse.cols), np.inf, np.float32)
        for left in range(0, coarse.cols, BLOCK):
            right = min(left + BLOCK, coarse.cols)
            start = max(0, left - self._around)
            block = (slice(None), slice(start, right + self._around))
            known = self._known[block]
            if known.any():
                surface = fill_unknown(self._strip[block], known)
                found = halls_of_coarse(surface, self._window, self._length)
                ground[:, left:right] = found[top - low : bottom - low, left - start : right - start]
        return ground

    def _read(self, top: int, bottom: int) -> int:
        """Have the strip hold the coarse rows asked for; its first row."""
        coarse = self._coarse
        assert coarse is not None
        end = self._first + len(self._strip)
        if not self._first <= top <= end:
            self._strip, self._known, self._first, end = self._strip[:0], self._known[:0], top, top
        self._strip, self._known = self._strip[top - self._first :], self._known[top - self._first :]
        self._first = top
        if bottom > end:
            elevation, valid, _ = read_model_window(self._source, coarse, (end, bottom), (0, coarse.cols))
            self._strip, self._known = np.concatenate([self._strip, elevation]), np.concatenate([self._known, valid])
        return top
