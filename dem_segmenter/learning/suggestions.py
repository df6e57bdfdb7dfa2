"""Which ground to label next: what the model is unsure of, and what is unlike the ground that was labelled.

Uncertainty is the mean entropy of a chip's pixels (Shannon, bits). Novelty is the distance of a chip's mean feature to
the nearest chip that is labelled or already suggested, the greedy core-set choice of Sener and Savarese (2018, arXiv
1708.00489), so that ten suggestions are not ten times the same ground. The score is the product of the two, each over
its median.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..events import Reporter
from ..modelfiles.loading import SegmentationModel
from .cutting import plain_batches
from .placed_chips import PlacedChip
from .scenes import UNKNOWN, Scene


@dataclass(frozen=True)
class Look:
    """What a model makes of chips.

    Attributes:
        uncertainty: ``(N,) float64``, bits.
        features: ``(N, F) float32``.
        probability: A ``(T, T) float32`` map for each chip: of anything but background; nan where unknown.
    """

    uncertainty: np.ndarray
    features: np.ndarray
    probability: list[np.ndarray]


@dataclass(frozen=True)
class Suggestion:
    """A chip worth labelling.

    Attributes:
        index: Which of the candidates.
        score: 1 is the candidates' median.
        uncertainty: Bits a pixel.
        novelty: Distance to the nearest labelled or suggested chip; 1 is the candidates' median.
    """

    index: int
    score: float
    uncertainty: float
    novelty: float


def look(model: SegmentationModel, chips: Sequence[Scene], reporter: Reporter, span: tuple[float, float]) -> Look:
    """Run a model over chips.

    Args:
        model: With one head.
        chips: At least one.
        reporter: Progress and cancelling.
        span: Percent at the beginning and at the end.
    """
    card = model.heads[0].card
    uncertainty: list[float] = []
    features: list[np.ndarray] = []
    maps: list[np.ndarray] = []
    batches = plain_batches(chips, model.encoding, card.tile, resolution=card.ground_resolution)
    for channels, target in batches:
        (probability,), deep = model.look(channels)
        p = probability.numpy().clip(1e-6, 1.0)
        entropy = -(p * np.log2(p)).sum(axis=1)
        for index in range(len(channels)):
            known = target[index] != UNKNOWN
            uncertainty.append(float(entropy[index][known].mean()) if known.any() else 0.0)
            features.append(deep[index].mean(dim=(1, 2)).numpy())
            maps.append(np.where(known, 1.0 - p[index, 0], np.nan).astype(np.float32))
        done = len(maps) / len(chips)
        reporter.progress(span[0] + (span[1] - span[0]) * done, "Looking at the ground")
    return Look(np.array(uncertainty), np.stack(features), maps)


def rank(candidates: Look, labelled: np.ndarray, count: int) -> list[Suggestion]:
    """Choose chips one after the other, the most worthwhile first.

    Args:
        candidates: What the model makes of each.
        labelled: ``(M, F) float32`` features of chips that are labelled; M may be 0.
        count: How many; fewer where there are no more candidates.
    """
    features = candidates.features.astype(np.float64)
    spread = features.std(axis=0) + 1e-6
    features = (features - features.mean(axis=0)) / spread
    known = (labelled.astype(np.float64) - candidates.features.mean(axis=0)) / spread
    uncertainty = candidates.uncertainty / max(float(np.median(candidates.uncertainty)), 1e-9)
    if len(known):
        distance = np.sqrt(((features[:, None] - known[None]) ** 2).sum(-1)).min(axis=1)
    else:
        # Nothing is labelled: the first is judged by what the model is unsure of alone.
        distance = np.full(len(features), np.inf)
    scale = float(np.median(distance)) if len(known) else float(np.median(np.linalg.norm(features, axis=1)))
    chosen: list[Suggestion] = []
    free = np.ones(len(features), bool)
    for _ in range(min(count, len(features))):
        novelty = np.where(np.isfinite(distance), distance / max(scale, 1e-9), 1.0)
        score = np.where(free, uncertainty * novelty, -np.inf)
        best = int(score.argmax())
        chosen.append(Suggestion(best, float(score[best]), float(candidates.uncertainty[best]), float(novelty[best])))
        free[best] = False
        distance = np.minimum(distance, np.linalg.norm(features - features[best], axis=1))
    return chosen


def suggest(
    model: SegmentationModel,
    candidates: Sequence[PlacedChip],
    labelled: Sequence[PlacedChip],
    count: int,
    reporter: Reporter,
    span: tuple[float, float] = (0.0, 100.0),
) -> tuple[list[Suggestion], Look]:
    """Rank candidates.

    Args:
        model: With one head.
        candidates: Chips that are not labelled.
        labelled: Chips that are.
        count: How many to suggest.
        reporter: Progress and cancelling.
        span: Percent at the beginning and at the end.

    Returns:
        Suggestions, the first the most worthwhile; and what the model makes of all candidates.
    """
    middle = span[0] + (span[1] - span[0]) * len(candidates) / max(1, len(candidates) + len(labelled))
    seen = look(model, [c.scene for c in candidates], reporter, (span[0], middle))
    known = np.zeros((0, seen.features.shape[1]), np.float32)
    if labelled:
        known = look(model, [c.scene for c in labelled], reporter, (middle, span[1])).features
    return rank(seen, known, count), seen
