"""Agreement of a mask with a label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .scenes import UNKNOWN


@dataclass(frozen=True)
class Counts:
    """Pixels of a binary comparison; add two to pool places.

    Attributes:
        hit: Mask and label say yes.
        invented: Only the mask does.
        missed: Only the label does.
        rest: Neither does.
    """

    hit: int = 0
    invented: int = 0
    missed: int = 0
    rest: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.hit + other.hit,
            self.invented + other.invented,
            self.missed + other.missed,
            self.rest + other.rest,
        )

    @property
    def iou(self) -> float:
        """Intersection over union, the Jaccard index; nan where neither says yes anywhere."""
        return _ratio(self.hit, self.hit + self.invented + self.missed)

    @property
    def precision(self) -> float:
        """Share of the mask that is right."""
        return _ratio(self.hit, self.hit + self.invented)

    @property
    def recall(self) -> float:
        """Share of the label that was found."""
        return _ratio(self.hit, self.hit + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, the Dice coefficient."""
        return _ratio(2 * self.hit, 2 * self.hit + self.invented + self.missed)


def _ratio(a: int, b: int) -> float:
    return a / b if b else float("nan")


def compare(mask: np.ndarray, label: np.ndarray, value: int = 1) -> Counts:
    """Compare where both are known.

    Args:
        mask: ``(H, W) uint8``: classes, 255 unknown.
        label: ``(H, W) uint8``: 1 yes, 0 no, 255 unknown.
        value: The mask's class to compare.
    """
    known = (mask != UNKNOWN) & (label != UNKNOWN)
    yes, truth = (mask == value) & known, (label == 1) & known
    hit = int((yes & truth).sum())
    invented, missed = int(yes.sum()) - hit, int(truth.sum()) - hit
    return Counts(hit, invented, missed, int(known.sum()) - hit - invented - missed)
