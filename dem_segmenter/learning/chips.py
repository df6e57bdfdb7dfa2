"""Augmented chips from scenes.

Encoding a whole augmented scene and cutting many chips from it costs far less than augmenting each chip: a pool holds
some encoded *views* of scenes and replaces them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ..elevation.encoding import Encoding, fill_unknown
from ..elevation.resample import resample
from .augmentation import (
    AugmentOptions,
    distort,
    faceted,
    holes,
    hummocks,
    levelled,
    matched,
    overgrown,
    plant,
    thinned,
)
from .made_ground import bridged, embanked, terraced
from .made_halls import build_halls
from .prefetch import ChipBatch, Prefetched
from .scenes import UNKNOWN, Scene


@dataclass(frozen=True)
class View:
    """One encoded, augmented piece of a scene.

    Attributes:
        channels: ``(P, H, W)`` of the encoding's `precision`, before its `finish`.
        target: ``(H, W) uint8``: class, 255 unknown (also where elevation is unknown).
        valid: ``(H, W) bool``.
    """

    channels: np.ndarray
    target: np.ndarray
    valid: np.ndarray


def make_view(
    scene: Scene,
    encoding: Encoding,
    rng: np.random.Generator,
    options: AugmentOptions,
    canopies: Sequence[Scene] = (),
    side: int = 640,
) -> View:
    """Draw one view.

    Args:
        scene: Where from; its label ``target`` is used if there is one.
        encoding: Elevation to channels.
        rng: Source of chance.
        options: How far to go.
        canopies: Scenes with a canopy layer to take trees from.
        side: Largest side of the view in pixels.
    """
    resolution = float(np.exp(rng.uniform(*np.log(options.resolution))))
    pixel = resolution * float(np.exp(rng.normal(0.0, options.stretch))) if options.stretch else resolution
    reach = int(np.ceil(side * pixel / scene.resolution))
    rows, cols = (_slice(n, reach, rng) for n in scene.elevation.shape)
    z, valid = scene.elevation[rows, cols], scene.valid[rows, cols]
    target = scene.labels.get("target")
    target = np.full(z.shape, UNKNOWN, np.uint8) if target is None else target[rows, cols]
    if canopies and rng.random() < options.canopy:
        z = plant(z, target, scene.resolution, canopies[int(rng.integers(len(canopies)))], rng)
    shape = tuple(max(16, round(n * scene.resolution / pixel)) for n in z.shape)
    if rng.random() < options.degrade:
        coarse = rng.uniform(1.0, 2.2)
        if coarse > scene.resolution:
            small = tuple(max(8, round(n * scene.resolution / coarse)) for n in z.shape)
            z, known = resample(z, valid, small)
            z, known = resample(z, known, shape)
            valid = resample(valid.astype(np.float32), None, shape)[0] >= 0.5
            valid &= known
        else:
            z, valid = resample(z, valid, shape)
    else:
        z, valid = resample(z, valid, shape)
    target = nearest(target, shape)
    # Unknown pixels hold zeros, which a blur would carry over the edge as a cliff.
    z = fill_unknown(z, valid) if valid.any() else z
    if options.terraces and rng.random() < options.terraces:
        z = terraced(z, target, resolution, rng)
    if options.bridges and rng.random() < options.bridges:
        z = bridged(z, target, resolution, rng)
    if options.embankments and rng.random() < options.embankments:
        z = embanked(z, target, resolution, rng)
    if options.halls and rng.random() < options.halls:
        z, target = build_halls(z, target, resolution, rng)
    if options.hummocks and rng.random() < options.hummocks:
        z = z + hummocks(target, resolution, rng)
    if options.sparse and rng.random() < options.sparse:
        z = thinned(z, resolution, rng)
    elif options.stereo and rng.random() < options.stereo:
        z = matched(z, resolution, rng)
    if options.overgrow and rng.random() < options.overgrow:
        z = overgrown(z, target, resolution, rng)
    z = distort(z, resolution, rng, options)
    if options.facets and rng.random() < options.facets:
        z, keep = faceted(z, target, resolution, rng)
        valid = valid & keep
    if options.level and rng.random() < options.level:
        z = levelled(z, target, resolution, rng)
    if rng.random() < options.gaps:
        valid = valid & holes(shape, rng)
    channels = encoding.encode(z, valid, resolution).astype(encoding.precision)
    return View(channels, np.where(valid, target, UNKNOWN).astype(np.uint8), valid)


def _slice(size: int, reach: int, rng: np.random.Generator) -> slice:
    start = int(rng.integers(0, max(1, size - reach + 1)))
    return slice(start, min(size, start + reach))


def nearest(labels: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """``(H, W) uint8`` classes by nearest neighbour."""
    rows, cols = (
        np.minimum(((np.arange(n) + 0.5) * size / n).astype(int), size - 1)
        for n, size in zip(shape, labels.shape, strict=True)
    )
    return labels[np.ix_(rows, cols)]


def cut_chip(view: View, tile: int, rng: np.random.Generator, positive_share: float) -> View:
    """One chip, turned and flipped at random; where the view is smaller than the tile, the rest is unknown.

    Args:
        view: Where from.
        tile: Side in pixels.
        rng: Source of chance.
        positive_share: Probability of centring on a labelled object, if there is one.
    """
    height, width = view.target.shape
    # A chip that is mostly gap teaches nothing: try a few places.
    for _ in range(4):
        y = int(rng.integers(min(0, height - tile), max(0, height - tile) + 1))
        x = int(rng.integers(min(0, width - tile), max(0, width - tile) + 1))
        if rng.random() < positive_share:
            hits = np.argwhere(view.target[::8, ::8] == 1)
            if len(hits):
                centre = hits[rng.integers(len(hits))] * 8 + rng.integers(-tile // 3, tile // 3 + 1, 2)
                y = int(np.clip(centre[0] - tile // 2, min(0, height - tile), max(0, height - tile)))
                x = int(np.clip(centre[1] - tile // 2, min(0, width - tile), max(0, width - tile)))
        chip = _window(view, y, x, tile)
        if chip.valid.mean() > 0.4:
            break
    return _turned(chip, rng)


def cut_labelled_chip(view: View, tile: int, rng: np.random.Generator, *, augment: bool = True) -> View:
    """The labelled part of a view: where it is larger than the tile a window of it, else with its surroundings.

    Args:
        view: Its labelled part is a rectangle.
        tile: Side in pixels.
        rng: Source of chance.
        augment: Whether to draw the window, turn and flip; else the middle as it is.
    """
    known = view.target != UNKNOWN
    corner = []
    for axis in (0, 1):
        hits = np.flatnonzero(known.any(axis=1 - axis))
        first, last = (int(hits[0]), int(hits[-1]) + 1) if len(hits) else (0, known.shape[axis])
        low, high = sorted((first, last - tile))
        corner.append(int(rng.integers(low, high + 1)) if augment else (low + high) // 2)
    chip = _window(view, corner[0], corner[1], tile)
    return _turned(chip, rng) if augment else chip


def _turned(chip: View, rng: np.random.Generator) -> View:
    """Turned and flipped at random."""
    turns, flip = int(rng.integers(4)), bool(rng.integers(2))

    def turn(a: np.ndarray) -> np.ndarray:
        a = np.rot90(a, turns, (-2, -1))
        return a[..., ::-1] if flip else a

    return View(turn(chip.channels), turn(chip.target), turn(chip.valid))


def _window(view: View, y: int, x: int, tile: int) -> View:
    """The window at ``(y, x)``, which may begin before the view or end after it."""
    channels = np.zeros((view.channels.shape[0], tile, tile), view.channels.dtype)
    target = np.full((tile, tile), UNKNOWN, np.uint8)
    valid = np.zeros((tile, tile), bool)
    height, width = view.target.shape
    y0, x0, y1, x1 = max(y, 0), max(x, 0), min(y + tile, height), min(x + tile, width)
    inside = (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
    channels[(..., *inside)] = view.channels[:, y0:y1, x0:x1]
    target[inside] = view.target[y0:y1, x0:x1]
    valid[inside] = view.valid[y0:y1, x0:x1]
    return View(channels, target, valid)


class ViewSource(Protocol):
    """Where views come from, endlessly."""

    def draw(self, rng: np.random.Generator) -> View:
        """Draw one view; which, depends on `rng` alone. May be called from several threads."""


class SceneViews:
    """Views of scenes in memory."""

    def __init__(
        self, scenes: Sequence[Scene], weights: Sequence[float], encoding: Encoding, options: AugmentOptions
    ) -> None:
        """Nothing is drawn yet.

        Args:
            scenes: Where from.
            weights: How often to draw each.
            encoding: Elevation to channels.
            options: How far views may be from their scenes.
        """
        self._scenes, self._encoding, self._options = list(scenes), encoding, options
        self._weights = np.asarray(weights, float) / np.sum(weights)
        self._canopies = [s for s in scenes if s.canopy is not None and s.canopy.max() > 3]

    def draw(self, rng: np.random.Generator) -> View:
        """Draw one view."""
        scene = self._scenes[int(rng.choice(len(self._scenes), p=self._weights))]
        others = [c for c in self._canopies if c.name != scene.name]
        # Bare earth stays bare.
        options = self._options if "-bare" not in scene.name else replace(self._options, canopy=0.0)
        return make_view(scene, self._encoding, rng, options, others)


class ChipPool(Prefetched):
    """An endless source of batches, made in a thread of its own.

    The order of chips depends on the seed alone.
    """

    def __init__(
        self,
        scenes: Sequence[Scene],
        weights: Sequence[float],
        encoding: Encoding,
        *,
        tile: int,
        batch_size: int,
        seed: int,
        options: AugmentOptions,
        views: int = 32,
        chips_per_view: int = 12,
        positive_share: float = 0.5,
        cut: Callable[[View, int, np.random.Generator], View] | None = None,
    ) -> None:
        """Start making batches.

        Args:
            scenes: Where from.
            weights: How often to draw each.
            encoding: Elevation to channels.
            tile: Side of a chip in pixels.
            batch_size: Chips a batch.
            seed: The order of chips depends on it alone.
            options: How far views may be from their scenes.
            views: Encoded views held at a time.
            chips_per_view: Chips cut from a view, on average, before another takes its place.
            positive_share: Probability of centring a chip on a labelled object.
            cut: Cuts a chip from a view; `cut_chip` by default.
        """
        self._cut = cut or (lambda view, side, rng: cut_chip(view, side, rng, positive_share))
        self._source, self._encoding = SceneViews(scenes, weights, encoding, options), encoding
        self._tile, self._batch_size, self._seed = tile, batch_size, seed
        self._views, self._chips_per_view = views, chips_per_view
        super().__init__(self._batches())

    def _batches(self) -> Iterator[ChipBatch]:
        rng = np.random.default_rng(self._seed)
        pool: list[View] = []
        debt = 0.0
        while True:
            # Grow by two views a batch until the pool is full, then replace the oldest at the steady rate.
            debt += 2.0 if len(pool) < self._views else self._batch_size / self._chips_per_view
            while debt >= 1.0 or not pool:
                pool.append(self._source.draw(rng))
                debt -= 1.0
            del pool[: -self._views]
            picks = rng.integers(len(pool), size=self._batch_size)
            yield stacked([self._cut(pool[i], self._tile, rng) for i in picks], self._encoding)


def stacked(chips: Sequence[View], encoding: Encoding | None = None) -> ChipBatch:
    """Chips as one batch, as the network reads them.

    Args:
        chips: Of one size.
        encoding: What encoded their views; it finishes them. None: they are finished.
    """
    channels = np.stack([c.channels for c in chips]).astype(np.float32)
    valid = np.stack([c.valid for c in chips])
    if encoding is not None:
        channels = encoding.finish(channels, valid)
    return channels, np.stack([c.target for c in chips]), valid
