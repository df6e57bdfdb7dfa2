"""Removing objects that are too small, or sure of themselves nowhere, while the mask streams by."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

#: Square metres of an object that must be sure, where a class asks for surety: a single pixel of 0.5 m may be chance.
SURE_AREA = 4.0

#: Pixels that may wait for the objects in them, over all rows. Where more would, objects that began in the older half
#: of the waiting rows and are unsure so far are given up. Reached only by one that covers hundreds of rows of a wide
#: raster and is sure nowhere in them.
MOST_WAITING = 1 << 24


@dataclass(frozen=True)
class ObjectRule:
    """What an object of one class must have, to stay in the mask.

    Attributes:
        min_pixels: Fewest pixels.
        min_sure: Fewest pixels that are sure, which is hysteresis thresholding (Canny 1986): outlines come from a lower
            probability, and what is that probable everywhere but sure nowhere is left out.
    """

    min_pixels: int = 1
    min_sure: int = 0

    @classmethod
    def for_class(cls, min_area: float, object_threshold: float, pixel_area: float) -> ObjectRule:
        """The rule for a smallest object and a demand for surety (0: none); areas in square metres."""
        return cls(pixels_for(min_area, pixel_area), pixels_for(SURE_AREA, pixel_area) if object_threshold > 0 else 0)


def pixels_for(area: float, pixel_area: float) -> int:
    """Fewest pixels that cover ``area`` square metres, at least 1."""
    return max(1, math.ceil(area / pixel_area - 1e-6))


class ObjectFilter:
    """Drops objects, which are connected pixels of one class, that do not keep their class's rule.

    Pixels are connected by their sides, as polygons are. Rows are held back only while an object that reaches the last
    row might still come to keep its rule. Once handed out, a row needs no second look: every object in it is complete
    or keeps its rule already.
    """

    def __init__(self, rules: Mapping[int, ObjectRule], most_waiting: int = MOST_WAITING) -> None:
        """Start at the top.

        Args:
            rules: By class value. Objects that do not keep theirs become 0.
            most_waiting: Pixels that may be held back for surety; see `MOST_WAITING`.
        """
        self._rules = {value: rule for value, rule in rules.items() if rule.min_pixels > 1 or rule.min_sure > 0}
        self._most_waiting = most_waiting
        self._waiting: np.ndarray | None = None
        self._waiting_sure: np.ndarray | None = None
        self._above: np.ndarray | None = None  # last row handed out; what is in it stays

    def push(self, rows: np.ndarray, sure: np.ndarray | None = None, *, last: bool = False) -> np.ndarray:
        """Add rows and take those that are decided.

        Args:
            rows: ``(n, W) uint8``, the next rows of the mask.
            sure: ``(n, W) bool``, where the pixel's class is sure; needed where a rule asks for it.
            last: No more rows follow: hand out everything.

        Returns:
            ``(m, W) uint8``, the next cleaned rows; ``m`` may be 0 or more than ``n``.
        """
        if not self._rules:
            return rows
        if sure is None:
            sure = np.zeros(rows.shape, bool)
        if self._waiting is not None and self._waiting_sure is not None:
            rows = np.concatenate([self._waiting, rows])
            sure = np.concatenate([self._waiting_sure, sure])
        if not len(rows):
            return rows
        rows = rows.copy()
        ready = len(rows)
        for value, rule in self._rules.items():
            ready = min(ready, self._clean(rows, sure, value, rule, last))
        out, self._waiting, self._waiting_sure = rows[:ready], rows[ready:], sure[ready:]
        if ready:
            self._above = out[-1]
        return out

    def _clean(self, rows: np.ndarray, sure: np.ndarray, value: int, rule: ObjectRule, last: bool) -> int:
        """Zero the complete objects of one class that break its rule; returns how many rows it has decided."""
        above = np.zeros((1, rows.shape[1]), bool) if self._above is None else self._above[None] == value
        labels, count = ndimage.label(np.concatenate([above, rows == value]))
        if not count:
            return len(rows)
        small = np.bincount(labels.ravel(), minlength=count + 1) < rule.min_pixels
        unsure = np.bincount(labels[1:][sure], minlength=count + 1) < rule.min_sure
        broken = small | unsure
        broken[0] = False
        broken[labels[0]] = False  # hangs on to what was kept above
        undecided = np.zeros_like(broken)
        if not last:
            undecided[labels[-1]] = True
            undecided &= broken
            if rows.size > self._most_waiting:
                # Only those that keep the others waiting: one that has just begun is not cut.
                old = np.zeros_like(broken)
                old[labels[1 : 1 + len(rows) // 2]] = True
                undecided &= small | ~old
        rows[(broken & ~undecided)[labels[1:]]] = 0
        if not undecided.any():
            return len(rows)
        return int(np.flatnonzero(undecided[labels[1:]].any(axis=1))[0])
