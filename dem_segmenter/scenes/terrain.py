"""Bare earth before people: slopes, hills, gullies, terraces and the roughness of fields and lawns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canvas import Canvas, fractal
from .options import FloatArray


@dataclass(frozen=True)
class Relief:
    """The lie of the land.

    Attributes:
        slope: Mean slope of the whole scene, metres a metre.
        hills: Standard deviation in metres of hills of some 400 m wavelength.
        beta: Spectral slope of the hills; small is rugged.
        gullies: Depth in metres of gullies that run downhill.
        terraces: Height in metres of terrace steps; 0 for none.
        roughness: Standard deviation in metres of what is smaller than some 6 m.
    """

    slope: float = 0.02
    hills: float = 2.0
    beta: float = 3.6
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
    ground = ground + relief.hills * share * fractal(rng, canvas, 900.0, 6.0, relief.beta)
    if relief.gullies > 0:
        ground += _gullies(rng, canvas, relief.gullies, downhill)
    if relief.terraces > 0:
        ground = _terraced(rng, canvas, ground, relief.terraces)
    ground += rng.uniform(0, 1500) if rng.random() < 0.5 else rng.uniform(0, 120)
    return ground.astype(np.float32)


def _gullies(rng: np.random.Generator, canvas: Canvas, depth: float, downhill: float) -> FloatArray:
    """Incised lines that run downhill and widen; (H, W) float32, metres, at most 0."""
    spacing = rng.uniform(40, 140)
    lines = fractal(rng, canvas, spacing, spacing / 8, 2.6, stretch=rng.uniform(2, 5), angle=downhill)
    where = fractal(rng, canvas, 500.0, 60.0, 3.0)
    # A ridge function is sharp at zero: V-shaped valleys between rounded ribs.
    carved = np.exp(-np.abs(lines) * rng.uniform(2.5, 6)) * np.clip(where + 0.7, 0, 1.5)
    return (-depth * carved).astype(np.float32)


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
