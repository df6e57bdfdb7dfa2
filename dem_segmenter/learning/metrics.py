"""Agreement of a mask with a label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .scenes import UNKNOWN

#: Thresholds that are tried.
THRESHOLDS = tuple(round(0.3 + 0.05 * i, 2) for i in range(11))


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
    def false_positive_rate(self) -> float:
        """Share of the ground that is not of the class, by the label, that the mask says yes on."""
        return _ratio(self.invented, self.invented + self.rest)

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


class ProbabilityCounts:
    """Pixels of label and background by probability, so that every threshold can be looked at afterwards.

    Attributes:
        bins: Steps of the probability.
    """

    def __init__(self, bins: int = 200) -> None:
        self.bins = bins
        self._yes = np.zeros(bins, np.int64)
        self._no = np.zeros(bins, np.int64)

    def add(self, probability: np.ndarray, label: np.ndarray) -> None:
        """Take in some pixels.

        Args:
            probability: Any shape, ``float``, 0..1; nan where unknown.
            label: The same shape, ``uint8``: 1 yes, 0 no, 255 unknown.
        """
        known = np.isfinite(probability) & (label != UNKNOWN)
        index = np.minimum((probability[known] * self.bins).astype(np.int64), self.bins - 1)
        yes = label[known] == 1
        self._yes += np.bincount(index[yes], minlength=self.bins)
        self._no += np.bincount(index[~yes], minlength=self.bins)

    def at(self, threshold: float) -> Counts:
        """The comparison at a threshold, which is rounded to a step."""
        start = round(threshold * self.bins)
        hit, invented = int(self._yes[start:].sum()), int(self._no[start:].sum())
        return Counts(hit, invented, int(self._yes[:start].sum()), int(self._no[:start].sum()))

    def best(self, thresholds: Sequence[float] = THRESHOLDS) -> tuple[float, float]:
        """The threshold with the highest IoU, and that IoU.

        Of equals the one nearest to one half; (0.5, 0) where the class is nowhere.
        """
        scored = [(self.at(t).iou, -abs(t - 0.5), t) for t in thresholds]
        iou, _, threshold = max((s for s in scored if s[0] == s[0]), default=(0.0, 0.0, 0.5))
        return threshold, iou
