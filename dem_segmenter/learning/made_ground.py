"""Ground that people have shaped, and that looks like roofs from within: terraces, dams, decks of bridges."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .augmentation import smooth_field

#: Height of a terrace's wall, metres: from a garden's to a quarry's.
WALLS = (0.8, 8.0)

#: Distance from one wall to the next, metres.
TREADS = (6.0, 45.0)

#: Ground beside a building that stays level with it, metres.
APRON = 3.0

#: Lines tried for a river or an embankment before it is given up: views of towns have no room.
TRIES = 6


def terraced(z: np.ndarray, target: np.ndarray, resolution: float, rng: np.random.Generator) -> np.ndarray:
    """A hillside cut into terraces; what is of the class stands on one of them whole.

    Args:
        z: ``(H, W) float32, metres``, known everywhere.
        target: ``(H, W) uint8``: 1 the class.
        resolution: Metres per pixel.
        rng: Source of chance.

    Returns:
        ``(H, W) float32, metres``.
    """
    wall, tread = (float(np.exp(rng.uniform(*np.log(span)))) for span in (WALLS, TREADS))
    y, x = np.mgrid[: z.shape[0], : z.shape[1]].astype(np.float32) * np.float32(resolution)
    angle = rng.uniform(0.0, 2.0 * np.pi)
    # Metres up the slope; walls follow its contours, which are not straight.
    uphill = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
    uphill += np.float32(rng.uniform(0.3, 3.0) * tread) * smooth_field(
        z.shape, rng.uniform(20.0, 120.0) / resolution, rng
    )
    steps = np.floor(uphill / tread + rng.random())
    # A few of them are ramps or were never built.
    levels = np.cumsum(np.where(rng.random(int(np.ptp(steps)) + 1) < 0.8, rng.uniform(0.6, 1.4), 0.0)) * wall
    raised = levels[(steps - steps.min()).astype(int)].astype(np.float32)
    within = smooth_field(z.shape, rng.uniform(40.0, 150.0) / resolution, rng) > rng.uniform(-1.5, 0.5)
    raised = np.where(within, raised, ndimage.gaussian_filter(raised, 1.2 * tread / resolution))
    if rng.random() < 0.5:
        raised = ndimage.gaussian_filter(raised, rng.uniform(0.3, 1.5) / resolution)
    reach = max(1, round(APRON / resolution))
    houses, count = ndimage.label(ndimage.binary_dilation(target == 1, iterations=reach))
    if count:
        mean = ndimage.mean(raised, houses, np.arange(1, count + 1))
        raised = np.where(houses > 0, np.concatenate([[0.0], mean])[houses], raised)
    return (z + raised).astype(np.float32)


def bridged(z: np.ndarray, target: np.ndarray, resolution: float, rng: np.random.Generator) -> np.ndarray:
    """A river or a cutting with a bridge or two across, where nothing of the class is in its way.

    Args:
        z: ``(H, W) float32, metres``, known everywhere.
        target: ``(H, W) uint8``: 1 the class.
        resolution: Metres per pixel.
        rng: Source of chance.

    Returns:
        ``(H, W) float32, metres``; the ground as it was where there was no room.
    """
    half, length = float(np.exp(rng.uniform(np.log(4.0), np.log(40.0)))), rng.uniform(60.0, 400.0)
    line = _free_line(target, resolution, half, length, rng)
    if line is None:
        return z
    along, across = line
    channel = (np.abs(across) < half) & (np.abs(along) < length / 2)
    depth = float(np.exp(rng.uniform(np.log(2.5), np.log(15.0))))
    banks = np.clip((half - np.abs(across)) / rng.uniform(0.5, 1.0 + 0.5 * half), 0.0, 1.0)
    ends = np.clip((length / 2 - np.abs(along)) / rng.uniform(2.0, 20.0), 0.0, 1.0)
    bed = z - np.float32(depth) * banks * ends * channel
    if rng.random() < 0.5:  # water
        bed = np.where(channel & (banks * ends > 0.9), np.float32(z[channel].min() - depth), bed)
    deck = np.zeros(z.shape, bool)
    for _ in range(int(rng.integers(1, 3))):
        skew, width = rng.normal(0.0, 0.3), float(np.exp(rng.uniform(np.log(3.0), np.log(30.0))))
        middle = rng.uniform(-0.4, 0.4) * length
        deck |= (np.abs(along - middle - skew * across) < width / 2) & channel
    level = ndimage.gaussian_filter(z, 3.0 / resolution) + np.float32(rng.uniform(0.0, 1.0))
    return np.where(deck, level, bed).astype(np.float32)


def embanked(z: np.ndarray, target: np.ndarray, resolution: float, rng: np.random.Generator) -> np.ndarray:
    """A dam, or a road on an embankment or in a cutting, where nothing of the class is in its way.

    Args:
        z: ``(H, W) float32, metres``, known everywhere.
        target: ``(H, W) uint8``: 1 the class.
        resolution: Metres per pixel.
        rng: Source of chance.

    Returns:
        ``(H, W) float32, metres``; the ground as it was where there was no room.
    """
    half, lift = (float(np.exp(rng.uniform(*np.log(span)))) for span in ((1.5, 18.0), (1.0, 10.0)))
    slope, length = rng.uniform(0.35, 0.8), rng.uniform(100.0, 800.0)
    line = _free_line(target, resolution, half + lift / slope, length, rng)
    if line is None:
        return z
    along, across = line
    ends = np.clip((length / 2 - np.abs(along)) / rng.uniform(10.0, 150.0), 0.0, 1.0)
    graded = ndimage.gaussian_filter(z, rng.uniform(6.0, 20.0) / resolution)
    side = slope * np.maximum(np.abs(across) - half, 0.0)
    near = (np.abs(along) < length / 2) & (np.abs(across) < half + lift / slope)
    if rng.random() < 0.7:
        return np.where(near, np.maximum(z, graded + lift * ends - side), z).astype(np.float32)
    return np.where(near, np.minimum(z, graded - lift * ends + side), z).astype(np.float32)


def _free_line(
    target: np.ndarray, resolution: float, half: float, length: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray] | None:
    """A winding strip through the view that nothing of the class lies in.

    Returns:
        Metres along it from its middle and across it, ``(H, W) float32`` each; None where there is no room.
    """
    y, x = np.mgrid[: target.shape[0], : target.shape[1]].astype(np.float32) * np.float32(resolution)
    built = target == 1
    for _ in range(TRIES):
        angle = rng.uniform(0.0, np.pi)
        row, col = (rng.uniform(0.1, 0.9) * n * resolution for n in target.shape)
        along = (x - col) * np.float32(np.cos(angle)) + (y - row) * np.float32(np.sin(angle))
        across = (y - row) * np.float32(np.cos(angle)) - (x - col) * np.float32(np.sin(angle))
        bend = rng.uniform(60.0, 400.0)
        across = across + np.float32(rng.uniform(0.0, 0.15) * bend) * np.sin(along * np.float32(2.0 * np.pi / bend))
        if not (built & (np.abs(across) < half) & (np.abs(along) < length / 2)).any():
            return along, across
    return None
