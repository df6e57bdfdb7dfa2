"""Wrong labels on purpose, to measure what they do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from .scenes import UNKNOWN


def shifted(label: np.ndarray, resolution: float, rng: np.random.Generator, metres: float = 3.0) -> np.ndarray:
    """All labels of a chip moved by `metres` in one direction, as when imagery and elevation are not registered.

    Args:
        label: ``(H, W) uint8``: 1 yes, 0 no, 255 unknown.
        resolution: Metres per pixel.
        rng: Source of chance: the direction.
        metres: How far.
    """
    angle = rng.uniform(0, 2 * np.pi)
    offset = np.array([np.sin(angle), np.cos(angle)]) * metres / resolution
    moved = ndimage.shift((label == 1).astype(np.uint8), np.round(offset), order=0, mode="constant")
    return np.where(label == UNKNOWN, UNKNOWN, moved).astype(np.uint8)


def missing(label: np.ndarray, resolution: float, rng: np.random.Generator, share: float = 0.4) -> np.ndarray:
    """A share of the objects not drawn; of connected ones (a road network) the same share of 30 m squares.

    Args:
        label: ``(H, W) uint8``.
        resolution: Metres per pixel.
        rng: Source of chance: which.
        share: Of the objects.
    """
    objects, count = ndimage.label(label == 1)
    gone = np.zeros(label.shape, bool)
    if count:
        drop = np.concatenate([[False], rng.random(count) < share])
        sizes = np.bincount(objects.ravel(), minlength=count + 1) * resolution**2
        large = sizes > 5000.0
        gone = (drop & ~large)[objects]
        side = max(1, round(30.0 / resolution))
        squares = rng.random(tuple(-(-n // side) for n in label.shape)) < share
        squares = np.kron(squares, np.ones((side, side), bool))[: label.shape[0], : label.shape[1]]
        gone |= large[objects] & (objects > 0) & squares
    return np.where(gone, 0, label).astype(np.uint8)


def ragged(label: np.ndarray, resolution: float, rng: np.random.Generator, metres: float = 2.5) -> np.ndarray:
    """Outlines that wander by up to about `metres` to either side, as when drawn in haste.

    Args:
        label: ``(H, W) uint8``.
        resolution: Metres per pixel.
        rng: Source of chance: the wandering.
        metres: Two standard deviations of it.
    """
    yes = label == 1
    if not yes.any() or yes.all():
        return label
    distance = (ndimage.distance_transform_edt(yes) - ndimage.distance_transform_edt(~yes)) * resolution
    wander = ndimage.gaussian_filter(rng.standard_normal(label.shape), 4.0 / resolution)
    wander *= metres / 2.0 / max(float(wander.std()), 1e-9)
    return np.where(label == UNKNOWN, UNKNOWN, distance + wander > 0).astype(np.uint8)


#: Kinds of wrong labels.
NOISES: dict[str, Callable[[np.ndarray, float, np.random.Generator], np.ndarray]] = {
    "shifted": shifted,
    "missing": missing,
    "ragged": ragged,
}
