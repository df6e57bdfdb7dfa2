"""Bare earth before people: slopes, hills, gullies, terraces and the roughness of fields and lawns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, spatial

from .canvas import Canvas, fractal
from .options import FloatArray


@dataclass(frozen=True)
class Relief:
    """The lie of the land.

    Attributes:
        slope: Mean slope of the whole scene, metres a metre.
        hills: Standard deviation in metres of hills of some 400 m wavelength.
        beta: Spectral slope of the hills; small is rugged.
        finest: Wavelength in metres below which the hills are smooth.
        gullies: Depth in metres of gullies that run downhill.
        terraces: Height in metres of terrace steps; 0 for none.
        roughness: Standard deviation in metres of what is smaller than some 6 m.
    """

    slope: float = 0.02
    hills: float = 2.0
    beta: float = 4.2
    finest: float = 20.0
    gullies: float = 0.0
    terraces: float = 0.0
    roughness: float = 0.03


def natural_ground(rng: np.random.Generator, canvas: Canvas, relief: Relief) -> FloatArray:
    """Terrain without anything built, smooth below some 6 m.

    Returns:
        (H, W) float32, metres.
    """
    downhill = rng.uniform(0, 2 * np.pi)
    middle = canvas.extent / 2
    ground = relief.slope * ((canvas.x - middle) * np.cos(downhill) + (canvas.y - middle) * np.sin(downhill))
    # The amplitude belongs to 400 m; a smaller scene sees only a part of it.
    share = min(1.0, canvas.extent / 400.0) ** ((relief.beta - 2) / 2)
    ground = ground + relief.hills * share * fractal(rng, canvas, 900.0, relief.finest, relief.beta)
    if relief.gullies > 0:
        ground += _gullies(rng, canvas, relief.gullies, downhill)
    if relief.terraces > 0:
        ground = _terraced(rng, canvas, ground, relief.terraces)
    height = rng.uniform(0, 1500) if rng.random() < 0.5 else rng.uniform(0, 120)
    ground += height - min(0.0, float(ground.min()) + height)
    return ground.astype(np.float32)


def _gullies(rng: np.random.Generator, canvas: Canvas, depth: float, downhill: float) -> FloatArray:
    """Incised lines that run downhill and widen; (H, W) float32, metres, at most 0."""
    spacing = rng.uniform(90, 260)
    lines = fractal(rng, canvas, spacing, spacing / 3.5, 3.0, stretch=rng.uniform(1.5, 4), angle=downhill)
    lines += 0.12 * fractal(rng, canvas, 25.0, 6.0, 3.0)
    where = fractal(rng, canvas, 500.0, 60.0, 3.0)
    # A ridge function is sharp at zero: V-shaped valleys between rounded ribs.
    carved = np.exp(-np.abs(lines) * rng.uniform(2.0, 4.5)) * np.clip(where + 0.7, 0, 1.5)
    return canvas.smooth((-depth * carved).astype(np.float32), rng.uniform(0.8, 2.5))


def _terraced(rng: np.random.Generator, canvas: Canvas, ground: FloatArray, step: float) -> FloatArray:
    """Steps cut where a slow noise says so; (H, W) float32, metres, in and out."""
    slanted = canvas.smooth(ground, 8.0) + 0.3 * step * fractal(rng, canvas, 120.0, 20.0, 3.0)
    level = slanted / step
    fraction = level - np.floor(level)
    wall = rng.uniform(0.08, 0.35)
    stepped = (np.floor(level) + np.clip((fraction - (1 - wall)) / wall, 0, 1)) * step
    mask = np.clip(fractal(rng, canvas, 300.0, 40.0, 3.0) * 3 + rng.uniform(0, 3), 0, 1)
    return (ground + mask * (stepped - slanted)).astype(np.float32)


def roughness(rng: np.random.Generator, canvas: Canvas, metres: float) -> FloatArray:
    """Tussocks, clods, furrows and stones: what makes natural ground rougher than a carriageway.

    Args:
        rng: Source of randomness.
        canvas: Raster to fill.
        metres: Standard deviation.

    Returns:
        (H, W) float32, metres.
    """
    rough = fractal(rng, canvas, rng.uniform(3, 9), 0.0, rng.uniform(1.0, 2.2))
    patches = np.clip(1.0 + 0.5 * fractal(rng, canvas, 120.0, 10.0, 2.5), 0.2, 2.5)
    return (metres * rough * patches).astype(np.float32)


def parcels(rng: np.random.Generator, canvas: Canvas, spacing: float) -> tuple[np.ndarray, FloatArray]:
    """Fields: irregular cells around random places.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        spacing: Mean side of a field in metres.

    Returns:
        (H, W) intp, a number from 0 for each pixel; (H, W) float32, metres from the nearest field boundary.
    """
    count = int(canvas.extent / spacing) + 3
    base = np.stack(np.meshgrid(np.arange(count), np.arange(count)), axis=-1).reshape(-1, 2)
    seeds = (base + rng.uniform(-0.45, 0.45, base.shape) - 0.5) * spacing
    angle = rng.uniform(0, np.pi)
    middle = canvas.extent / 2
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    seeds = (seeds - middle) @ turn * 1.4 * np.array([1.0, rng.uniform(0.5, 1.0)]) + middle
    # Fields are large: finding their seeds on every other pixel is enough.
    step = 2
    place = np.stack(np.broadcast_arrays(canvas.x[:, ::step], canvas.y[::step]), axis=-1)
    _, coarse = spatial.cKDTree(seeds).query(place.reshape(-1, 2))
    number = np.kron(coarse.reshape(place.shape[:2]), np.ones((step, step), dtype=np.intp))
    number = number[: canvas.size, : canvas.size].astype(np.int32)
    edge = ndimage.grey_dilation(number, (3, 3)) != ndimage.grey_erosion(number, (3, 3))
    distance = ndimage.distance_transform_edt(~edge).astype(np.float32) * canvas.resolution
    return number.astype(np.intp), distance


def furrows(rng: np.random.Generator, canvas: Canvas) -> FloatArray:
    """Ploughed fields beside meadows; (H, W) float32, metres."""
    number, _ = parcels(rng, canvas, rng.uniform(50, 180))
    count = int(number.max()) + 1
    angle = (rng.uniform(0, np.pi) + rng.choice([0, np.pi / 2], count) + rng.normal(0, 0.15, count)).astype(np.float32)
    period = rng.uniform(max(0.8, 2.2 * canvas.resolution), 6, count).astype(np.float32)
    depth = (rng.uniform(0.01, 0.12, count) * (rng.random(count) < 0.4)).astype(np.float32)
    across = canvas.y * np.cos(angle)[number] - canvas.x * np.sin(angle)[number]
    lynchet = rng.uniform(-0.2, 0.2, count).astype(np.float32)[number] * (rng.random() < 0.4)
    return (depth[number] * np.sin(2 * np.pi * across / period[number]) + lynchet).astype(np.float32)
