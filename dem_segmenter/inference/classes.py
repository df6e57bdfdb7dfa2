"""From probabilities to classes: one rule for one head and for several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import OptionError

#: Value of unknown pixels in a mask.
MASK_NODATA = 255

#: Value of unknown pixels in a probability raster. A plain number, as some raster calculators do not know NaN.
PROBABILITY_NODATA = -9999.0

#: Probabilities are rounded to this before anything else: they compress to half the size, and a threshold put on the
#: probability raster gives exactly the mask (but for objects that are dropped from it whole).
PROBABILITY_STEP = 1.0 / 4096.0


@dataclass(frozen=True)
class OutputClass:
    """One class of the output.

    Attributes:
        name: As on the card.
        value: In the mask, 1..254.
        color: Red, green, blue, 0..255.
        threshold: Probability from which a pixel may belong to it.
        object_threshold: Probability that an object must reach somewhere to stay in the mask; 0 asks for none.
        min_area: Smaller objects are dropped from the mask, square metres.
        max_width: Metres; what is wider is dropped from the mask. 0 lets it be of any width.
        walled: Share of a large object's outline that must be wall, or it is dropped from the mask; 0 asks for none.
        edge_radius: Metres within which outlines follow the surface's edges; 0 leaves them alone.
        head: Index of the head.
        channel: Channel of that head's probabilities.
        other_thresholds: Thresholds that the raster's walls may choose instead (`threshold_choice`).
        right_angles: What its logit gains among walls at right angles (`right_angles`).
    """

    name: str
    value: int
    color: tuple[int, int, int]
    threshold: float
    object_threshold: float
    min_area: float
    max_width: float
    walled: float
    edge_radius: float
    head: int
    channel: int
    other_thresholds: tuple[float, ...] = ()
    right_angles: float = 0.0

    def at(self, threshold: float) -> OutputClass:
        """The class at another threshold; what an object must reach somewhere moves along."""
        moved = moved_along(self.object_threshold, self.threshold, threshold)
        return replace(self, threshold=threshold, object_threshold=moved)


def output_classes(
    cards: Sequence[Any], threshold: float | None = None, min_area: float | None = None
) -> list[OutputClass]:
    """The classes of one or more heads.

    A lone class is 1, whatever its card says, as a mask is 0 or 1. Several keep the values of their cards; where two
    cards use the same value, all are numbered from 1 in the order of the heads.

    Args:
        cards: Cards of the heads.
        threshold: Replaces the thresholds of the cards; what an object must reach somewhere moves along, see
            `object_threshold_for`.
        min_area: Replaces their minimum areas, square metres. With 0, nothing is dropped, however small,
            wide, unsure or without walls, and the raster's walls choose no other threshold.

    Raises:
        OptionError: The threshold is no probability, the area is negative, or there is no class.
    """
    if threshold is not None and not 0.0 < threshold < 1.0:
        raise OptionError(f"A threshold of {threshold:g} makes no sense.", "Use a probability between 0 and 1.")
    if min_area is not None and not 0.0 <= min_area < float("inf"):
        raise OptionError(f"A minimum area of {min_area:g} makes no sense.", "Use 0 or more square metres.")
    found = [(index, k, info, card) for index, card in enumerate(cards) for k, info in enumerate(card.classes, start=1)]
    if not found:
        raise OptionError("The heads find no class at all.", "Choose another head.")
    values = [int(info.value) for _, _, info, _ in found]
    if len(found) == 1 or len(set(values)) < len(values) or not all(1 <= v < MASK_NODATA for v in values):
        values = list(range(1, len(found) + 1))
    return [
        OutputClass(
            name=info.name,
            value=value,
            color=_rgb(info.color),
            threshold=float(card.threshold if threshold is None else threshold),
            object_threshold=0.0 if min_area == 0 else object_threshold_for(card, threshold),
            min_area=float(card.min_area if min_area is None else min_area),
            max_width=0.0 if min_area == 0 else float(card.max_width),
            walled=0.0 if min_area == 0 else float(card.walled),
            edge_radius=float(card.edge_radius),
            head=index,
            channel=k,
            other_thresholds=card.other_thresholds if threshold is None and min_area != 0 else (),
            right_angles=float(card.right_angles_bonus),
        )
        for value, (index, k, info, card) in zip(values, found, strict=True)
    ]


def object_threshold_for(card: Any, threshold: float | None) -> float:
    """What an object must reach somewhere, where the user has chosen another threshold than the card's (None: not)."""
    return moved_along(card.object_threshold, card.threshold, card.threshold if threshold is None else threshold)


def moved_along(object_threshold: float, threshold: float, other: float) -> float:
    """What an object must reach somewhere, where pixels are asked for another threshold; 0 stays 0.

    It keeps its share of the way from the threshold to certainty, so that a lower threshold finds more and a higher one
    less, whichever way it is moved.
    """
    if object_threshold <= 0 or other == threshold or threshold >= 1:
        return float(object_threshold)
    return float(1.0 - (1.0 - object_threshold) * (1.0 - other) / (1.0 - threshold))


def decide(probabilities: np.ndarray, known: np.ndarray, classes: Sequence[OutputClass]) -> np.ndarray:
    """Classes from probabilities.

    A pixel belongs to the class whose probability exceeds its own threshold by most; where two exceed it equally, the
    head named first wins. No class, value 0, where none reaches its threshold.

    Args:
        probabilities: ``(K, H, W) float32, 0..1``, one band a class.
        known: ``(H, W) bool``.
        classes: The ``K`` classes.

    Returns:
        ``(H, W) uint8``: 0, a class's value, or 255 where unknown.
    """
    if len(classes) == 1:
        mask = np.where(probabilities[0] >= np.float32(classes[0].threshold), np.uint8(classes[0].value), np.uint8(0))
    else:
        thresholds = np.array([c.threshold for c in classes], dtype=np.float32)
        excess = probabilities - thresholds[:, None, None]
        values = np.array([c.value for c in classes], dtype=np.uint8)
        mask = np.where(excess.max(axis=0) >= 0, values[excess.argmax(axis=0)], np.uint8(0))
    mask[~known] = MASK_NODATA
    return mask


def surely(probabilities: np.ndarray, mask: np.ndarray, classes: Sequence[OutputClass]) -> np.ndarray:
    """Where a pixel's class reaches the probability that its objects must reach somewhere.

    Args:
        probabilities: ``(K, H, W) float32, 0..1``, one band a class.
        mask: ``(H, W) uint8``, as `decide` made it.
        classes: The ``K`` classes.

    Returns:
        ``(H, W) bool``.
    """
    sure = np.zeros(mask.shape, bool)
    for values, one in zip(probabilities, classes, strict=True):
        if one.object_threshold > 0:
            sure |= (mask == one.value) & (values >= np.float32(one.object_threshold))
    return sure


def rounded(probabilities: np.ndarray) -> np.ndarray:
    """Probabilities in steps of `PROBABILITY_STEP`, ``(...) float32, 0..1``."""
    steps = np.rint(np.clip(probabilities, 0.0, 1.0) * np.float32(1.0 / PROBABILITY_STEP))
    return (steps * np.float32(PROBABILITY_STEP)).astype(np.float32, copy=False)


def _rgb(color: Any) -> tuple[int, int, int]:
    """``#rrggbb`` as three numbers."""
    text = str(color).lstrip("#")
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)
