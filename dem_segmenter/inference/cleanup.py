"""Removing objects below a minimum area while the mask streams by."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy import ndimage


class SmallObjectFilter:
    """Drops connected pixels of one class that cover less than a minimum area.

    Pixels are connected by their sides, as polygons are. Rows are held back only while an object that reaches the last
    row is still too small to be kept; as such an object has fewer pixels than the minimum, never more than that many
    rows wait. Once handed out, a row needs no second look: every object in it is complete or large enough.
    """

    def __init__(self, min_pixels: Mapping[int, int]) -> None:
        """Start at the top.

        Args:
            min_pixels: Class value to its minimum: objects of fewer pixels become 0.
        """
        self._min_pixels = {value: count for value, count in min_pixels.items() if count > 1}
        self._waiting: np.ndarray | None = None
        self._above: np.ndarray | None = None  # last row handed out; what is in it stays

    @staticmethod
    def pixels_for(min_area: float, pixel_area: float) -> int:
        """Fewest pixels that cover ``min_area`` square metres, at least 1."""
        return max(1, math.ceil(min_area / pixel_area - 1e-6))

    def push(self, rows: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Add rows and take those that are decided.

        Args:
            rows: ``(n, W) uint8``, the next rows of the mask.
            last: No more rows follow: hand out everything.

        Returns:
            ``(m, W) uint8``, the next cleaned rows; ``m`` may be 0 or more than ``n``.
        """
        if not self._min_pixels:
            return rows
        held = rows if self._waiting is None else np.concatenate([self._waiting, rows])
        if not len(held):
            return held
        held = held.copy()
        ready = len(held)
        for value, minimum in self._min_pixels.items():
            ready = min(ready, self._clean(held, value, minimum, last))
        out, self._waiting = held[:ready], held[ready:]
        if ready:
            self._above = out[-1]
        return out

    def _clean(self, held: np.ndarray, value: int, minimum: int, last: bool) -> int:
        """Zero the small objects of one class that are complete; returns how many rows it has decided."""
        above = np.zeros((1, held.shape[1]), bool) if self._above is None else self._above[None] == value
        labels, count = ndimage.label(np.concatenate([above, held == value]))
        if not count:
            return len(held)
        small = np.bincount(labels.ravel(), minlength=count + 1) < minimum
        small[0] = False
        small[labels[0]] = False  # hangs on to what was kept above
        undecided = np.zeros_like(small)
        if not last:
            undecided[labels[-1]] = True
            undecided &= small
        held[(small & ~undecided)[labels[1:]]] = 0
        if not undecided.any():
            return len(held)
        return int(np.flatnonzero(undecided[labels[1:]].any(axis=1))[0])
