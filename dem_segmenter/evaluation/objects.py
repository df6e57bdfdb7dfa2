"""Objects found, missed and invented, counted while rows go by.

An object is a set of pixels connected through their edges. A labelled and a found object are the same one when their
intersection over union is at least 0.5, one to one: the rule of COCO (Lin et al. 2014, Microsoft COCO: common objects
in context) and of the SpaceNet building challenges (Van Etten et al. 2018). A wrongly divided or merged building is
therefore missed, and its parts invented, unless one part alone is half of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

#: Intersection over union from which two objects are the same.
MATCH = 0.5


@dataclass(frozen=True)
class ObjectCounts:
    """What was counted.

    Attributes:
        labelled: Objects of the label.
        predicted: Objects of the mask.
        found: Objects of the label that one of the mask is.
    """

    labelled: int = 0
    predicted: int = 0
    found: int = 0

    @property
    def missed(self) -> int:
        """Labelled objects that were not found."""
        return self.labelled - self.found

    @property
    def invented(self) -> int:
        """Found objects that are none of the label's."""
        return self.predicted - self.found


@dataclass
class _Side:
    """The open objects of one raster: those that touch the last row seen, and those that meet such a one.

    Attributes:
        areas: ``(N,) int64``: pixels of each.
        seam: ``(W,) int``: which one each column of the last row belongs to, -1 for none.
    """

    areas: np.ndarray
    seam: np.ndarray


@dataclass
class _Strip:
    """The objects of a strip joined with the open ones.

    Attributes:
        group: ``(count + 1,) int``: number of the object that each label of the strip is part of.
        waiting: ``(N,) int``: the same for each open object.
        areas: ``(M,) int64``: pixels of each object so far.
        open: ``(M,) bool``: whether it touches the strip's last row.
        labels: ``(h, W) int32``: labels of the strip, 0 none.
    """

    group: np.ndarray
    waiting: np.ndarray
    areas: np.ndarray
    open: np.ndarray
    labels: np.ndarray


class ObjectMatcher:
    """Matches the objects of two rasters; give it all rows in order.

    What is kept are numbers, a few for each object that may still grow and for those that overlap such a one.
    """

    def __init__(self, width: int) -> None:
        """Start above the first row of rasters with ``width`` columns."""
        self._sides = [_Side(np.empty(0, np.int64), np.full(width, -1, np.intp)) for _ in range(2)]
        self._pairs = np.empty((0, 3), np.int64)  # open labelled object, open found object, common pixels
        self._labelled = self._predicted = self._found = 0

    def add(self, label: np.ndarray, found: np.ndarray, *, last: bool) -> None:
        """Take in some rows.

        Args:
            label: ``(h, W) bool``.
            found: ``(h, W) bool``.
            last: Whether these are the last rows.
        """
        truth, mask = (_join(side, rows, last) for side, rows in zip(self._sides, (label, found), strict=True))
        pairs = self._common(truth, mask)

        # Objects that overlap can only be judged together, when all of them are complete.
        count = len(truth.areas)
        links = coo_array(
            (np.ones(len(pairs), dtype=bool), (pairs[:, 0], count + pairs[:, 1])), shape=(count + len(mask.areas),) * 2
        )
        cluster = connected_components(links, directed=False)[1]
        is_open = np.zeros(len(cluster), dtype=bool)
        is_open[cluster[:count][truth.open]] = True
        is_open[cluster[count:][mask.open]] = True
        truth_open, mask_open = is_open[cluster[:count]], is_open[cluster[count:]]
        self._labelled += int(np.count_nonzero(~truth_open))
        self._predicted += int(np.count_nonzero(~mask_open))
        pair_open = truth_open[pairs[:, 0]]
        self._found += _matches(pairs[~pair_open], truth.areas, mask.areas)

        places = [np.cumsum(kept) - 1 for kept in (truth_open, mask_open)]
        self._pairs = pairs[pair_open]
        self._pairs[:, 0] = places[0][self._pairs[:, 0]]
        self._pairs[:, 1] = places[1][self._pairs[:, 1]]
        for side, strip, kept, place in zip(self._sides, (truth, mask), (truth_open, mask_open), places, strict=True):
            bottom = strip.labels[-1]
            side.seam = np.where(bottom > 0, place[strip.group[bottom]] if len(place) else -1, -1)
            side.areas = strip.areas[kept]

    @property
    def counts(self) -> ObjectCounts:
        """The objects that are complete by now."""
        return ObjectCounts(self._labelled, self._predicted, self._found)

    def _common(self, truth: _Strip, mask: _Strip) -> np.ndarray:
        """Pixels that objects have in common, ``(N, 3) int64``: labelled object, found object, pixels."""
        both = (truth.labels > 0) & (mask.labels > 0)
        here = np.stack([truth.group[truth.labels[both]], mask.group[mask.labels[both]]], axis=1)
        before = np.stack([truth.waiting[self._pairs[:, 0]], mask.waiting[self._pairs[:, 1]]], axis=1)
        pixels = np.concatenate([np.ones(len(here), np.int64), self._pairs[:, 2]])
        rows, columns = np.concatenate([here, before]).T
        shape = (max(len(truth.areas), 1), max(len(mask.areas), 1))
        table = coo_array((pixels, (rows, columns)), shape=shape).tocsr().tocoo()  # sums what is there twice
        return np.stack([*table.coords, table.data], axis=1).astype(np.int64)


def _join(side: _Side, rows: np.ndarray, last: bool) -> _Strip:
    """Label a strip and join its objects with the open ones above."""
    labels, count = ndimage.label(rows)
    waiting = len(side.areas)
    met = (labels[0] > 0) & (side.seam >= 0)
    links = coo_array(
        (np.ones(int(met.sum()), dtype=bool), (labels[0][met], count + 1 + side.seam[met])),
        shape=(count + 1 + waiting,) * 2,
    )
    group = connected_components(links, directed=False)[1]
    # Label 0, the background, is a group of its own, the first one; it is taken out.
    group = group - 1
    areas = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    np.add.at(areas, group[1 : count + 1], sizes[1:])
    np.add.at(areas, group[count + 1 :], side.areas)
    is_open = np.zeros(len(areas), dtype=bool)
    if not last:
        bottom = np.unique(labels[-1])
        is_open[group[bottom[bottom > 0]]] = True
    return _Strip(group[: count + 1], group[count + 1 :], areas, is_open, labels)


def _matches(pairs: np.ndarray, truth_areas: np.ndarray, mask_areas: np.ndarray) -> int:
    """How many pairs are the same object, the best first, each object once."""
    common = pairs[:, 2]
    iou = common / (truth_areas[pairs[:, 0]] + mask_areas[pairs[:, 1]] - common)
    order = np.argsort(-iou, kind="stable")
    order = order[iou[order] >= MATCH]
    # Above one half an object has one partner at most; at exactly one half it may have two.
    taken: tuple[set[int], set[int]] = (set(), set())
    count = 0
    for one, other in pairs[order, :2].tolist():
        if one not in taken[0] and other not in taken[1]:
            taken[0].add(one)
            taken[1].add(other)
            count += 1
    return count
