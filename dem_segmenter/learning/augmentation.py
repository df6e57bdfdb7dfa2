"""What is done to a scene before a chip is cut from it, so that a network meets sensors and ground it was not shown.

Each function imitates one thing that differs from survey to survey or from place to place: heights in, heights out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from ..elevation.resample import resample
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
        clean: Probability of adding no noise at all, as most users' surfaces have none but their own.
        level: Probability of levelling some ground that is not of the class: still water, which surveys flatten, and
            playing fields. Nothing real is as flat as that, and noise would hide it.
        overgrow: Probability of covering some ground that is not of the class with vines, crops or closed forest.
        facets: Probability of drawing some ground that is not of the class anew from few points, as facets: bare earth
            below dense trees, water that returned hardly any pulse. Some of it has gaps where no point is near.
        halls: Probability of building wide halls, whose roofs are of the class, on ground that is not (`made_halls`).
        terraces: Probability of cutting a hillside into terraces (`made_ground`).
        bridges: Probability of a river or a cutting with bridges across (`made_ground`).
        embankments: Probability of a dam, or a road on an embankment or in a cutting (`made_ground`).
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
    clean: float = 0.0
    level: float = 0.0
    overgrow: float = 0.0
    facets: float = 0.0
    halls: float = 0.0
    terraces: float = 0.0
    bridges: float = 0.0
    embankments: float = 0.0


#: No augmentation but the resolution, for validation.
PLAIN = AugmentOptions(
    resolution=(0.75, 0.75), stretch=0, vertical=(1, 1), degrade=0, noise=0, smear=0, tilt=0, canopy=0, gaps=0
)


#: For chips of one place and sensor: scaled, a little tilted and noisy. Going further costs more than it gives there.
MILD = AugmentOptions(
    resolution=(0.62, 0.92), stretch=0.1, vertical=(0.8, 1.25), degrade=0, noise=0.04, smear=0, tilt=0.25, canopy=0,
    gaps=0,
)  # fmt: skip

#: The same for real places: every county has still water and playing fields, which a few chips hardly hold. Generated
#: places have none, and levelling them would only cost chips (docs/experiments.md, row 23).
SURVEYED = replace(MILD, clean=0.4, level=0.2)


#: Ground is level where a pixel differs from the next ones by less than this, metres.
LEVEL_STEP = 1e-3


def plant(z: np.ndarray, target: np.ndarray, resolution: float, donor: Scene, rng: np.random.Generator) -> np.ndarray:
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


def hummocks(target: np.ndarray, resolution: float, rng: np.random.Generator) -> np.ndarray:
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


def thinned(z: np.ndarray, resolution: float, rng: np.random.Generator) -> np.ndarray:
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


def matched(z: np.ndarray, resolution: float, rng: np.random.Generator) -> np.ndarray:
    """A surface as stereo matching would show it: ``(H, W) float32, metres`` in and out."""
    size = max(1, round(rng.uniform(1.0, 4.0) / resolution))
    # A patch of an image is matched as a whole: what lies deep and narrow between two heights is never seen.
    closed = ndimage.grey_closing(z, size=(size, size))
    return ndimage.gaussian_filter(closed, rng.uniform(0.5, 1.5) / resolution)


def distort(z: np.ndarray, resolution: float, rng: np.random.Generator, options: AugmentOptions) -> np.ndarray:
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
    if options.noise and not (options.clean and rng.random() < options.clean):
        z = z + rng.normal(0.0, rng.uniform(0, options.noise), z.shape)
        patchy = ndimage.gaussian_filter(rng.standard_normal(z.shape).astype(np.float32), 2.0)
        z = z + patchy * (rng.uniform(0, options.noise) / max(float(patchy.std()), 1e-6))
    return z.astype(np.float32)


def levelled(z: np.ndarray, target: np.ndarray, resolution: float, rng: np.random.Generator) -> np.ndarray:
    """Some of the ground that is not of a class as flat as still water: ``(H, W) float32, metres`` in and out.

    Args:
        z: Elevation, metres.
        target: ``(H, W) uint8``: class; only 0 and unknown ground is levelled.
        resolution: Metres per pixel.
        rng: Source of chance.
    """
    flat = _patches(z.shape, resolution, rng) & ~_kept_clear(target, resolution, rng)
    bodies, count = ndimage.label(flat)
    if not count:
        return z
    index = np.arange(1, count + 1)
    lowest, mean = ndimage.minimum(z, bodies, index), ndimage.mean(z, bodies, index)
    levels = lowest + rng.uniform(0.0, 0.5) * (mean - lowest) - rng.uniform(0.0, 1.5)
    out = np.where(flat, np.concatenate([[0.0], levels]).astype(np.float32)[bodies], z)
    if rng.random() < 0.3:  # a field that drains
        y, x = np.ogrid[: z.shape[0], : z.shape[1]]
        slope = rng.normal(0.0, 0.01, 2)
        out = out + (slope[0] * y + slope[1] * x) * resolution
    return out.astype(np.float32)


def lies_level(scenes: Sequence[Scene]) -> bool:
    """Whether a tenth of what is labelled is as flat as `levelled` ground: ponds, say. Levelling would unteach it."""
    flat = known = 0
    for scene in scenes:
        step = np.abs(np.diff(scene.elevation, axis=0, append=np.nan)) + np.abs(
            np.diff(scene.elevation, axis=1, append=np.nan)
        )
        inside = (scene.labels["target"] == 1) & scene.valid & np.isfinite(step)
        flat += int(np.count_nonzero(step[inside] < LEVEL_STEP))
        known += int(np.count_nonzero(inside))
    return flat > 0.1 * known


def overgrown(z: np.ndarray, target: np.ndarray, resolution: float, rng: np.random.Generator) -> np.ndarray:
    """Some of the ground that is not of a class under vines, crops or closed forest: as `levelled`, but raised.

    What grows densely has a top without ground between, and edges as sharp and straight as a house's; only its top is
    uneven, or in rows.
    """
    y, x = np.mgrid[: z.shape[0], : z.shape[1]].astype(np.float32) * resolution
    angle = rng.uniform(0.0, np.pi)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    if rng.random() < 0.5:
        sides = np.exp(rng.uniform(np.log(12.0), np.log(90.0), 2))
        row, col = (
            np.floor((v + rng.uniform(0, 100)) / s).astype(int) for v, s in zip((along, across), sides, strict=True)
        )
        parcels = rng.random((64, 64)) < rng.uniform(0.05, 0.5)
        dense = parcels[row % 64, col % 64]
    else:
        dense = _patches(z.shape, resolution, rng)
    closed = rng.random() < 0.35  # a plantation's canopy: nearly a plane, with pits between the crowns
    if closed and rng.random() < 0.3:
        dense = np.ones(z.shape, bool)
    dense &= ~_kept_clear(target, resolution, rng)
    height = float(np.exp(rng.uniform(np.log(4.0 if closed else 0.5), np.log(30.0 if closed else 16.0))))
    size = float(np.exp(rng.uniform(np.log(0.4), np.log(1.5 if closed else 3.0)))) / resolution
    bumps = ndimage.gaussian_filter(rng.standard_normal(z.shape).astype(np.float32), size)
    bumps /= max(float(bumps.std()), 1e-6)
    if closed:
        pits = np.clip(bumps - rng.uniform(0.3, 1.8), 0.0, 1.0)
        top = 1.0 + rng.uniform(0.01, 0.06) * bumps - rng.uniform(0.1, 1.0) * pits
    else:
        top = 1.0 + rng.uniform(0.05, 0.35) * bumps
    if rng.random() < 0.5:
        # Rows of vines or of a plantation, which bend; in half of them one plant after the other shows too.
        period = rng.uniform(1.5, 7.0)
        bent = np.float32(rng.uniform(0.0, 8.0)) * smooth_field(z.shape, rng.uniform(15, 80) / resolution, rng)
        gap = _gaps(across + bent, period, rng)
        if rng.random() < 0.5:
            gap = np.maximum(gap, _gaps(along + bent, period * rng.uniform(0.6, 1.5), rng))
        top = top - rng.uniform(0.2, 1.0) * gap
    return (z + dense * height * np.maximum(top, 0.0)).astype(np.float32)


def faceted(
    z: np.ndarray, target: np.ndarray, resolution: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Some of the ground that is not of a class as planes between few points, as surveys fill what they hardly saw.

    Surveys draw triangles between their points; here a point's surroundings are a plane each, which looks the same and
    takes no triangulation (scipy's takes up to a minute where points lie in lines).

    Args:
        z: Elevation, metres.
        target: ``(H, W) uint8``: class; only 0 and unknown ground is changed, and some three pixels beside it.
        resolution: Metres per pixel.
        rng: Source of chance.

    Returns:
        ``(H, W) float32, metres``, and ``(H, W) bool``, false in gaps where no point is near.
    """
    keep = np.ones(z.shape, bool)
    spacing = float(np.exp(rng.uniform(np.log(2.5), np.log(15.0)))) / resolution
    hit = rng.random(z.shape) < spacing**-2
    patch = _patches(z.shape, resolution, rng) & ~_kept_clear(target, resolution, rng)
    if not hit.any():
        return z, keep
    row, col = ndimage.distance_transform_edt(~hit, return_distances=False, return_indices=True)
    smooth = ndimage.gaussian_filter(z, 0.4 * spacing)
    down, right = np.gradient(smooth)
    y, x = np.ogrid[: z.shape[0], : z.shape[1]]
    drawn = smooth[row, col] + (y - row) * down[row, col] + (x - col) * right[row, col]
    drawn = ndimage.gaussian_filter(drawn, 0.8)
    # From what was seen well to what was not within two pixels or so: a step there would be a wall.
    share = ndimage.gaussian_filter(patch.astype(np.float32), 1.5)
    if rng.random() < 0.5:
        metric = "taxicab" if rng.random() < 0.5 else "chessboard"
        keep = ~(patch & (ndimage.distance_transform_cdt(~hit, metric=metric) > rng.uniform(0.9, 1.8) * spacing))
    return (z + share * (drawn - z)).astype(np.float32), keep


def _gaps(distance: np.ndarray, period: float, rng: np.random.Generator) -> np.ndarray:
    """``(H, W) float32``, 0 to 1: between rows, wide or narrow."""
    wave = 0.5 + 0.5 * np.sin(distance * np.float32(2.0 * np.pi / period))
    found: np.ndarray = wave ** np.float32(np.exp(rng.uniform(0.0, 2.0)))
    return found


def smooth_field(shape: Sequence[int], scale: float, rng: np.random.Generator) -> np.ndarray:
    """``(H, W) float32``: normal chance of unit variance, smooth over ``scale`` pixels."""
    # Drawn coarsely and enlarged: a Gaussian as wide as a lake takes longer than all the rest of a view.
    step = max(1, int(scale / 3))
    coarse = rng.standard_normal([n // step + 2 for n in shape]).astype(np.float32)
    coarse = ndimage.gaussian_filter(coarse, scale / step)
    field, _ = resample(coarse, None, (coarse.shape[0] * step, coarse.shape[1] * step))
    field = field[: shape[0], : shape[1]]
    return field / max(float(field.std()), 1e-6)


def _patches(shape: Sequence[int], resolution: float, rng: np.random.Generator) -> np.ndarray:
    """``(H, W) bool``: blobs of 10 to 200 m over 5 to 60 % of the ground."""
    field = smooth_field(shape, float(np.exp(rng.uniform(np.log(8.0), np.log(80.0)))) / resolution, rng)
    found: np.ndarray = field > np.quantile(field, rng.uniform(0.4, 0.95))
    return found


def _kept_clear(target: np.ndarray, resolution: float, rng: np.random.Generator) -> np.ndarray:
    """``(H, W) bool``: what is of a class, and up to 4 m around it."""
    built = (target != 0) & (target != UNKNOWN)
    margin = round(rng.uniform(0.0, 4.0) / resolution)
    return ndimage.binary_dilation(built, iterations=margin) if margin else built


def holes(shape: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """``(H, W) bool``, false in a few rectangles."""
    keep = np.ones(shape, bool)
    for _ in range(int(rng.integers(1, 6))):
        h, w = (int(rng.integers(2, max(3, n // 5))) for n in shape)
        y, x = (int(rng.integers(0, n)) for n in shape)
        keep[y : y + h, x : x + w] = False
    return keep
