"""Blending overlapping tiles in a strip that rolls down the raster."""

from __future__ import annotations

import numpy as np


def raised_cosine(tile: int) -> np.ndarray:
    """Weights across a tile: ``sin(pi (i + 0.5) / tile) ** 2``, the Hann window at pixel centres.

    It falls to nearly nothing at the tile's edge, where the network sees only one side of things, and is never 0.

    Args:
        tile: Tile side, pixels.

    Returns:
        ``(tile,) float32``.
    """
    return (np.sin(np.pi * (np.arange(tile) + 0.5) / tile) ** 2).astype(np.float32)


class BlendStrip:
    """Weighted means of overlapping tiles for the rows that tiles are being added to.

    Means are normalised by the weights that really came, so the result is exact whatever tiles were skipped and
    however they overlap. The strip holds one tile's height; memory does not depend on the raster's.
    """

    def __init__(self, classes: int, cols: int, tile: int) -> None:
        """Start at the top.

        Args:
            classes: Channels to blend.
            cols: Columns of the model grid.
            tile: Tile side, pixels.
        """
        profile = raised_cosine(tile)
        self._window = np.outer(profile, profile)
        self._tile, self._cols = tile, cols
        self._top = 0
        self._sums = np.zeros((classes, tile, cols), dtype=np.float32)
        self._weights = np.zeros((tile, cols), dtype=np.float32)

    def add(self, row: int, col: int, values: np.ndarray) -> None:
        """Add one tile.

        Args:
            row: First model row of the tile; not above the rows already taken.
            col: First model column.
            values: ``(classes, tile, tile) float32``; what hangs over the grid's right edge is dropped.
        """
        width = min(self._tile, self._cols - col)
        height = self._tile - (row - self._top)
        window = self._window[:height, :width]
        part = (slice(row - self._top, None), slice(col, col + width))
        self._sums[(slice(None), *part)] += values[:, :height, :width] * window
        self._weights[part] += window

    def take(self, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Take the finished rows above model row ``stop`` and roll on.

        Returns:
            ``(classes, n, cols) float32`` means (0 where no tile came) and ``(n, cols) bool``, where one came.
        """
        count = min(stop - self._top, self._tile)
        weights = self._weights[:count]
        known = weights > 0
        means = self._sums[:, :count] / np.where(known, weights, np.float32(1))
        for array in (self._sums, self._weights):
            kept = array[..., count:, :].copy()
            array[..., : self._tile - count, :] = kept
            array[..., self._tile - count :, :] = 0
        self._top += count
        return means, known
