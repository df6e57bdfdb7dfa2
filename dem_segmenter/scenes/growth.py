"""Roads that join each other as roads do: a new one ends where it meets an old one, and none runs beside another."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .canvas import Canvas
from .layouts import MARGIN
from .lines import Points, resample


class Growth:
    """Takes proposed paths and keeps what fits to those taken before.

    Attributes:
        paths: What was taken, (N, 2) metres each.
    """

    #: Side of a cell of the bookkeeping raster in metres.
    CELL = 2.0

    def __init__(self, canvas: Canvas, apart: float) -> None:
        """Start without roads.

        Args:
            canvas: The raster.
            apart: Distance in metres below which two roads must not run side by side.
        """
        self.paths: list[Points] = []
        self.apart = apart
        self._side = int((canvas.extent + 2 * MARGIN) / self.CELL) + 1
        self._distance = np.full((self._side, self._side), 1e9, dtype=np.float32)

    def _cells(self, points: Points) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        cell = np.floor((points + MARGIN) / self.CELL).astype(int)
        inside = np.asarray(((cell >= 0) & (cell < self._side)).all(axis=1))
        cell = np.clip(cell, 0, self._side - 1)
        return cell[:, 1], cell[:, 0], inside

    def _away(self, points: Points) -> np.ndarray:
        """(N,) metres from what was taken."""
        row, col, _ = self._cells(points)
        return self._distance[row, col]

    def take(self, path: Points, leaves: bool = True, shortest: float = 45.0) -> bool:
        """Take a path up to where it meets another.

        Args:
            path: (N, 2) metres.
            leaves: Whether it starts on a road that was taken.
            shortest: Metres below which it is refused.

        Returns:
            Whether any of it was taken.
        """
        points = resample(path, 2.0)
        away = self._away(points)
        start = 0
        if leaves:
            gone = np.flatnonzero(away > 6.0)
            if not gone.size:
                return False
            start = int(gone[0])
        met = np.flatnonzero(away[start:] <= 3.0)
        stop = start + int(met[0]) + 1 if met.size else len(points)
        points, away = points[:stop], away[:stop]
        # Towards its ends a road may be as close to others as it is to those ends.
        along = 2.0 * np.arange(len(points))
        expected = np.full(len(points), self.apart)
        if leaves:
            expected = np.minimum(expected, along)
        if met.size:
            expected = np.minimum(expected, along[::-1])
        beside = (away < 0.7 * expected).mean()
        # A short link between two roads would cut off a block too small to build on.
        enough = max(shortest, 1.4 * self.apart) if met.size else shortest
        if len(points) * 2.0 < enough or beside > 0.12:
            return False
        self.paths.append(points)
        row, col, inside = self._cells(points)
        row, col = row[inside], col[inside]
        if row.size:
            # Only what is near the new road has come nearer to a road.
            reach = int(2 * self.apart / self.CELL) + 2
            rows = slice(max(0, row.min() - reach), row.max() + reach + 1)
            cols = slice(max(0, col.min() - reach), col.max() + reach + 1)
            clear = np.ones(self._distance[rows, cols].shape, dtype=bool)
            clear[row - rows.start, col - cols.start] = False
            near = ndimage.distance_transform_edt(clear) * self.CELL
            self._distance[rows, cols] = np.minimum(self._distance[rows, cols], near)
        return True
