"""Augmented chips from scenes.

Encoding a whole augmented scene and cutting many chips from it costs far less than augmenting each chip: a pool holds
some encoded *views* of scenes and replaces them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy import ndimage

from ..elevation.encoding import Encoding, fill_unknown
from ..elevation.resample import resample
from .prefetch import ChipBatch, Prefetched
from .scenes import UNKNOWN, Scene


@dataclass(frozen=True)
class AugmentOptions:
    """How far a view may be from the scene it shows. Probabilities are per view.

    Attributes:
        resolution: Range of metres per pixel, drawn log-uniformly; the encoding is told the truth.
        stretch: Standard deviation of the logarithm of a horizontal scale the encoding is not told.
        vertical: Range of a factor on heights, with probability one half.
        degrade: Probability of passing through a coarser grid of 1 to 2.2 m first.
        noise: Largest standard deviation of added noise, metres; half of it correlated over a few pixels.
        smear: Probability of blurring by up to 1.2 m.
        stereo: Probability of closing gaps of up to 4 m and blurring by up to 1.5 m, as stereo matching does: crowns of
            trees become smooth domes that are easily taken for roofs.
        sparse: Probability of keeping 0.25 to 2 points a square metre only and drawing the surface anew from those.
        tilt: Probability of adding a plane of up to 25 % and long waves.
        canopy: Probability of putting another scene's trees on this one.
        gaps: Probability of cutting holes.
        hummocks: Probability of roughening ground that is known not to be of the class by up to 0.4 m: tussocks, peat
            hummocks, cut-over forest. What was graded is smoother than what lies beside it.
    """

    resolution: tuple[float, float] = (0.6, 1.0)
    stretch: float = 0.12
    vertical: tuple[float, float] = (0.7, 1.4)
    degrade: float = 0.4
    noise: float = 0.08
    smear: float = 0.2
    stereo: float = 0.0
    sparse: float = 0.0
    tilt: float = 0.35
    canopy: float = 0.3
    gaps: float = 0.15
    hummocks: float = 0.0


#: No augmentation but the resolution, for validation.
PLAIN = AugmentOptions(
    resolution=(0.75, 0.75), stretch=0, vertical=(1, 1), degrade=0, noise=0, smear=0, tilt=0, canopy=0, gaps=0
)


#: For chips of one place and sensor: scaled, a little tilted and noisy. Going further costs more than it gives there.
MILD = AugmentOptions(
    resolution=(0.62, 0.92), stretch=0.1, vertical=(0.8, 1.25), degrade=0, noise=0.04, smear=0, tilt=0.25, canopy=0,
    gaps=0,
)  # fmt: skip


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
        z = _plant(z, target, scene.resolution, canopies[int(rng.integers(len(canopies)))], rng)
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
    if options.hummocks and rng.random() < options.hummocks:
        z = z + _hummocks(target, resolution, rng)
    if options.sparse and rng.random() < options.sparse:
        z = _thinned(z, resolution, rng)
    elif options.stereo and rng.random() < options.stereo:
        z = _matched(z, resolution, rng)
    z = _distort(z, resolution, rng, options)
    if rng.random() < options.gaps:
        valid = valid & _holes(shape, rng)
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


def _plant(z: np.ndarray, target: np.ndarray, resolution: float, donor: Scene, rng: np.random.Generator) -> np.ndarray:
    """Put a donor's canopy on ground that is not labelled as building."""
    assert donor.canopy is not None
    trees = np.rot90(donor.canopy, int(rng.integers(4)))
    factor = donor.resolution / resolution
    trees, _ = resample(trees, None, tuple(max(1, round(n * factor)) for n in trees.shape))
    repeats = tuple(-(-n // t) for n, t in zip(z.shape, trees.shape, strict=True))
    trees = np.tile(trees, repeats)
    offset = tuple(int(rng.integers(0, t - n + 1)) for n, t in zip(z.shape, trees.shape, strict=True))
    trees = trees[offset[0] : offset[0] + z.shape[0], offset[1] : offset[1] + z.shape[1]]
    return z + trees * (target != 1)


def _hummocks(target: np.ndarray, resolution: float, rng: np.random.Generator) -> np.ndarray:
    """Micro-relief of undisturbed ground: ``(H, W) float32, metres``, in patches, hardly any of it on the class."""

    def field(scale: float) -> np.ndarray:
        values = ndimage.gaussian_filter(rng.standard_normal(target.shape).astype(np.float32), scale / resolution)
        return values / max(float(values.std()), 1e-6)

    scale = float(np.exp(rng.uniform(np.log(0.4), np.log(4.0))))
    bumps = field(scale) - 0.5 * field(2 * scale)
    if rng.random() < 0.5:
        bumps = np.abs(bumps)  # cushions with hollows between them
    height = float(np.exp(rng.uniform(np.log(0.02), np.log(0.4))))
    # Patches with edges as sharp as a bog's or a felled stand's, or as gradual as a slope's.
    patches = np.clip(0.5 + rng.uniform(0.5, 6.0) * (field(rng.uniform(10.0, 60.0)) + rng.normal(0.3, 0.7)), 0.0, 1.0)
    wild = ndimage.gaussian_filter((target == 0).astype(np.float32), rng.uniform(0.3, 1.5) / resolution)
    left = rng.uniform(0.0, 0.35)
    return (height * bumps * patches * (left + (1.0 - left) * wild)).astype(np.float32)


def _thinned(z: np.ndarray, resolution: float, rng: np.random.Generator) -> np.ndarray:
    """A surface as few lidar points would show it: ``(H, W) float32, metres`` in and out.

    Trees fall apart into single points and roofs keep their planes, which is what tells them apart in such surveys.
    """
    density = float(np.exp(rng.uniform(np.log(0.25), np.log(2.0))))  # points a square metre
    kept = rng.random(z.shape) < density * resolution**2
    if not kept.any():
        return z
    nearest_kept = ndimage.distance_transform_edt(~kept, return_distances=False, return_indices=True)
    # Nearest points make cells; a survey's grid is drawn through triangles, which a blur of half a cell is close to.
    return ndimage.gaussian_filter(z[tuple(nearest_kept)], 0.3 / (np.sqrt(density) * resolution))


def _matched(z: np.ndarray, resolution: float, rng: np.random.Generator) -> np.ndarray:
    """A surface as stereo matching would show it: ``(H, W) float32, metres`` in and out."""
    size = max(1, round(rng.uniform(1.0, 4.0) / resolution))
    # A patch of an image is matched as a whole: what lies deep and narrow between two heights is never seen.
    closed = ndimage.grey_closing(z, size=(size, size))
    return ndimage.gaussian_filter(closed, rng.uniform(0.5, 1.5) / resolution)


def _distort(z: np.ndarray, resolution: float, rng: np.random.Generator, options: AugmentOptions) -> np.ndarray:
    """Heights stretched, tilted, blurred and made noisy: ``(H, W) float32, metres`` in and out."""
    if rng.random() < 0.5:
        z = z * np.float32(rng.uniform(*options.vertical))
    if rng.random() < options.tilt:
        y, x = np.ogrid[: z.shape[0], : z.shape[1]]
        slope = rng.normal(0.0, 0.1, 2)
        wave = rng.uniform(80, 400) / resolution
        phase = rng.uniform(0, 2 * np.pi, 2)
        height = rng.uniform(0, 0.02) * wave * resolution
        z = z + (slope[0] * y + slope[1] * x) * resolution
        z = z + height * np.sin(2 * np.pi * y / wave + phase[0]) * np.sin(2 * np.pi * x / wave + phase[1])
    if rng.random() < options.smear:
        z = ndimage.gaussian_filter(z, rng.uniform(0.2, 1.2) / resolution)
    if options.noise:
        z = z + rng.normal(0.0, rng.uniform(0, options.noise), z.shape)
        patchy = ndimage.gaussian_filter(rng.standard_normal(z.shape).astype(np.float32), 2.0)
        z = z + patchy * (rng.uniform(0, options.noise) / max(float(patchy.std()), 1e-6))
    return z.astype(np.float32)


def _holes(shape: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """``(H, W) bool``, false in a few rectangles."""
    keep = np.ones(shape, bool)
    for _ in range(int(rng.integers(1, 6))):
        h, w = (int(rng.integers(2, max(3, n // 5))) for n in shape)
        y, x = (int(rng.integers(0, n)) for n in shape)
        keep[y : y + h, x : x + w] = False
    return keep


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
