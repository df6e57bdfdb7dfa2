"""Removing objects that are small, sure of themselves nowhere, or large without walls, while the mask streams by."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .classes import MASK_NODATA

#: Square metres of an object that must be sure, where a class asks for surety: a single pixel of 0.5 m may be chance.
SURE_AREA = 4.0

#: Square metres from which an object must have walls, where a class asks for them. Of 906 buildings that large on the
#: scenes learned from and the tune-only ones, but for a satellite's, two have too few; of smaller ones, whose outlines
#: are shorter and more often hidden, two in a hundred (docs/experiments.md, row 75).
LARGE_AREA = 150.0

#: Pixels that may wait for the objects in them, over all rows. Where more would, objects that began in the older half
#: of the waiting rows are decided by what is known of them. Reached only by those that cover hundreds of rows of a wide
#: raster.
MOST_WAITING = 1 << 24


@dataclass(frozen=True)
class ObjectRule:
    """What an object of one class must have, to stay in the mask.

    Attributes:
        min_pixels: Fewest pixels.
        min_sure: Fewest pixels that are sure, which is hysteresis thresholding (Canny 1986): outlines come from a lower
            probability, and what is that probable everywhere but sure nowhere is left out.
        walled: Least share of the outline that is wall (`walls`), of objects of `large_pixels` or more; 0 asks for
            none.
        large_pixels: See there.
    """

    min_pixels: int = 1
    min_sure: int = 0
    walled: float = 0.0
    large_pixels: int = 1

    @classmethod
    def for_class(cls, min_area: float, object_threshold: float, pixel_area: float, walled: float = 0.0) -> ObjectRule:
        """The rule for a smallest object, a demand for surety and one for walls (0: none); areas in square metres."""
        return cls(
            pixels_for(min_area, pixel_area),
            pixels_for(SURE_AREA, pixel_area) if object_threshold > 0 else 0,
            walled,
            pixels_for(LARGE_AREA, pixel_area) if walled > 0 else 1,
        )


def pixels_for(area: float, pixel_area: float) -> int:
    """Fewest pixels that cover ``area`` square metres, at least 1."""
    return max(1, math.ceil(area / pixel_area - 1e-6))


class ObjectFilter:
    """Drops objects, which are connected pixels of one class, that do not keep their class's rule.

    Pixels are connected by their sides, as polygons are. Rows are held back while an object that reaches the last row
    might still come to keep its rule or, where that asks for walls, to break it. Once handed out, a row needs no second
    look: what reaches the rows below from there stays.
    """

    def __init__(self, rules: Mapping[int, ObjectRule], most_waiting: int = MOST_WAITING) -> None:
        """Start at the top.

        Args:
            rules: By class value. Objects that do not keep theirs become 0.
            most_waiting: Pixels that may be held back; see `MOST_WAITING`.
        """
        self._rules = {
            value: rule for value, rule in rules.items() if rule.min_pixels > 1 or rule.min_sure > 0 or rule.walled > 0
        }
        self._most_waiting = most_waiting
        self._waiting: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
        self._above: np.ndarray | None = None  # last row handed out; what is in it stays
        #: ``(m, W) bool``, the walls that came with the rows last handed out.
        self.walls = np.zeros((0, 0), bool)

    def push(
        self,
        rows: np.ndarray,
        sure: np.ndarray | None = None,
        walls: np.ndarray | None = None,
        *,
        last: bool = False,
    ) -> np.ndarray:
        """Add rows and take those that are decided.

        Args:
            rows: ``(n, W) uint8``, the next rows of the mask.
            sure: ``(n, W) bool``, where the pixel's class is sure; needed where a rule asks for it.
            walls: ``(n, W) bool``, where the surface is a wall; likewise.
            last: No more rows follow: hand out everything.

        Returns:
            ``(m, W) uint8``, the next cleaned rows; ``m`` may be 0 or more than ``n``.
        """
        sure, walls = (np.zeros(rows.shape, bool) if known is None else known for known in (sure, walls))
        if not self._rules:
            self.walls = walls
            return rows
        if self._waiting is not None:
            rows, sure, walls = (np.concatenate(pair) for pair in zip(self._waiting, (rows, sure, walls), strict=True))
        if not len(rows):
            self.walls = walls
            return rows
        rows = rows.copy()
        ready = len(rows)
        for value, rule in self._rules.items():
            ready = min(ready, self._clean(rows, sure, walls, value, rule, last))
        self._waiting = rows[ready:], sure[ready:], walls[ready:]
        self.walls = walls[:ready]
        if ready:
            self._above = rows[ready - 1]
        return rows[:ready]

    def _clean(
        self, rows: np.ndarray, sure: np.ndarray, walls: np.ndarray, value: int, rule: ObjectRule, last: bool
    ) -> int:
        """Zero the complete objects of one class that break its rule; returns how many rows it has decided."""
        # Beyond the raster, objects go on for all that is known.
        above = (
            np.where(rows[:1] == value, np.uint8(MASK_NODATA), np.uint8(0))
            if self._above is None
            else self._above[None]
        )
        labels, count = ndimage.label(np.concatenate([above, rows]) == value)
        if not count:
            return len(rows)
        size = np.bincount(labels[1:].ravel(), minlength=count + 1)
        small = np.bincount(labels.ravel(), minlength=count + 1) < rule.min_pixels
        broken = small | (np.bincount(labels[1:][sure], minlength=count + 1) < rule.min_sure)
        if rule.walled > 0 and (size[1:] >= rule.large_pixels).any():
            rim = outline(np.concatenate([above, rows]), value)[1:]
            length = np.bincount(labels[1:][rim], minlength=count + 1)
            wall = np.bincount(labels[1:][rim & walls], minlength=count + 1)
            broken |= (size >= rule.large_pixels) & (wall < rule.walled * length)
        broken[0] = False
        kept = np.zeros_like(broken)
        kept[labels[0]] = True  # hangs on to what was kept above
        broken &= ~kept
        undecided = np.zeros_like(broken)
        if not last:
            undecided[labels[-1]] = True
            undecided &= ~kept if rule.walled > 0 else broken
            undecided[0] = False
            if rows.size > self._most_waiting:
                # Only those that keep the others waiting: one that has just begun is not cut.
                old = np.zeros_like(broken)
                old[labels[1 : 1 + len(rows) // 2]] = True
                undecided &= small | ~old
        rows[(broken & ~undecided)[labels[1:]]] = 0
        if not undecided.any():
            return len(rows)
        return int(np.flatnonzero(undecided[labels[1:]].any(axis=1))[0])


def outline(rows: np.ndarray, value: int) -> np.ndarray:
    """``(H, W) bool``: pixels of a class with another beside them; what is unknown, or beyond the rows, is none."""
    inside = np.pad((rows == value) | (rows == MASK_NODATA), 1, constant_values=True)
    surrounded = inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
    return (rows == value) & ~surrounded
