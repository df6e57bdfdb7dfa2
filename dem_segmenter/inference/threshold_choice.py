"""A raster's own threshold: roofs end in walls and crowns do not, so outlines tell at which threshold a head is right.

On ground that a head has never seen it may be surer of everything, or of nothing, than on its own, and then another
threshold than its card's is right. The share of all outlines that is wall (`walls`) says so: too low a threshold runs
roofs into trees and gardens, too high a one ends within roofs. Masks at all thresholds that the card allows are made
side by side, of the same probabilities; which is kept is decided at the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .classes import MASK_NODATA, OutputClass
from .cleanup import outline
from .mask_rows import MaskRows

#: Metres of outline that count as one look: a wall goes on for as long as a side of a house.
LOOK = 10.0

#: Standard errors by which the share of wall must be larger than at the card's own threshold.
STANDARD_ERRORS = 1.5

#: Share of the walls found at the card's own threshold that must still be found: what is surest has the most walls, and
#: a few sure houses are no better answer for being sure.
KEPT = 0.5

#: Share of the outlines that must be wall at a threshold lower than the card's: where it is less, much of what is found
#: is no building, and a lower threshold finds more of it.
BUILT = 0.8

#: Least variance of one look: where all of a short outline is wall, the next look may still be none.
LEAST_VARIANCE = 0.01


@dataclass(frozen=True)
class Outlines:
    """All outlines of a class in a mask.

    Attributes:
        length: Metres.
        wall: Metres of them that are wall.
    """

    length: float = 0.0
    wall: float = 0.0

    @property
    def share(self) -> float:
        """Share of the outlines that is wall, 0..1; 0 where there are none."""
        return self.wall / self.length if self.length else 0.0

    @property
    def variance(self) -> float:
        """Of the share, a binomial proportion in looks of `LOOK` metres; infinite where there are no outlines."""
        one = max(self.share * (1.0 - self.share), LEAST_VARIANCE)
        return one * LOOK / self.length if self.length else math.inf


def choose(found: Sequence[tuple[float, Outlines]]) -> int:
    """Which mask to keep: the one of whose outlines most is wall, if that is surely more than of the first's.

    One that has lost most of the walls that the first found is not taken, and one at a lower threshold only where it
    finds hardly anything but buildings.

    Args:
        found: Threshold and outlines of each mask; the first is at the threshold of the card.

    Returns:
        Its index.
    """
    card, own = found[0]

    def may_be(threshold: float, other: Outlines) -> bool:
        surely_more = other.share - own.share > STANDARD_ERRORS * math.sqrt(own.variance + other.variance)
        return surely_more and other.wall >= KEPT * own.wall and (threshold > card or other.share >= BUILT)

    indices = [index for index, (threshold, other) in enumerate(found) if index and may_be(threshold, other)]
    return max(indices, key=lambda index: found[index][1].share, default=0)


def alternatives(classes: Sequence[OutputClass]) -> list[list[OutputClass]]:
    """The classes as they are, then at every other threshold that one of them allows.

    Args:
        classes: The classes. Where more than one has a choice, none is given it: every combination would be a mask.
    """
    choosing = [c for c in classes if c.other_thresholds]
    if len(choosing) != 1:
        return [[replace(c, other_thresholds=()) for c in classes]]
    others = choosing[0].other_thresholds
    return [list(classes), *([c.at(t) if c is choosing[0] else c for c in classes] for t in others)]


class Alternative:
    """The mask at one choice of thresholds, with what is counted about it as rows stream by."""

    def __init__(self, classes: Sequence[OutputClass], pixel_size: tuple[float, float]) -> None:
        """Start at the top.

        Args:
            classes: With their thresholds.
            pixel_size: Across and down, metres.
        """
        self.classes = list(classes)
        self._rows = MaskRows(classes, pixel_size)
        self._choosing = next((c for c in classes if c.other_thresholds), None)
        self._metres = math.sqrt(pixel_size[0] * pixel_size[1])
        self._above: tuple[np.ndarray, np.ndarray] | None = None  # the last two rows, and where they have walls
        #: The threshold of the class that has a choice, 0 where none has, and all outlines of that class.
        self.threshold = self._choosing.threshold if self._choosing else 0.0
        self.outlines = Outlines()
        #: Pixels by value.
        self.pixels: dict[int, int] = {}
        #: Pixels that reach a class's threshold, those of objects that are dropped included.
        self.reached = 0

    def push(self, values: np.ndarray, known: np.ndarray, elevation: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Add rows, count, and take those that are decided; see `MaskRows.push`."""
        thresholds = np.array([c.threshold for c in self.classes], dtype=np.float32)
        self.reached += int(np.count_nonzero((values >= thresholds[:, None, None]).any(axis=0) & known))
        rows = self._rows.push(values, known, elevation, last=last)
        counts = np.bincount(rows.ravel(), minlength=MASK_NODATA + 1)
        for value in np.flatnonzero(counts):
            self.pixels[int(value)] = self.pixels.get(int(value), 0) + int(counts[value])
        if self._choosing is not None:
            self._measure(rows, self._rows.walls, self._choosing.value, last)
        return rows

    def _measure(self, rows: np.ndarray, walls: np.ndarray, value: int, last: bool) -> None:
        """Add the outlines of a class in rows; those of the last one wait for what is below it."""
        counted = 0
        if self._above is not None:
            counted = max(0, len(self._above[0]) - 1)
            rows, walls = (np.concatenate(pair) for pair in zip(self._above, (rows, walls), strict=True))
        stop = len(rows) if last else len(rows) - 1
        if stop > counted:
            found = outline(rows, value)[counted:stop]
            self.outlines = Outlines(
                self.outlines.length + self._metres * int(np.count_nonzero(found)),
                self.outlines.wall + self._metres * int(np.count_nonzero(found & walls[counted:stop])),
            )
        self._above = rows[-2:].copy(), walls[-2:].copy()
