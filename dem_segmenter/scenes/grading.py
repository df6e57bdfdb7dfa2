"""Levelled and heaped ground that is no road: pitches, yards, platforms and mounds."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .options import BoolArray, FloatArray


def grade_places(
    rng: np.random.Generator, canvas: Canvas, ground: FloatArray, closed: BoolArray, setting: str
) -> FloatArray:
    """Shape some places by machine.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        ground: (H, W) float32, metres.
        closed: (H, W) bool: roads and water, which stay as they are.
        setting: One of the settings but "mixed".

    Returns:
        (H, W) float32, metres.
    """
    rate = {"industrial": 5.0, "suburb": 2.5, "city": 2.0, "village": 1.5, "farmland": 1.0, "old_town": 0.5}
    share = max(0.3, (canvas.extent / 384) ** 2)
    shaped = ground.copy()
    for _ in range(int(rng.poisson(rate.get(setting, 0.4) * share))):
        _level(rng, canvas, shaped, closed)
    if rng.random() < 0.25:
        for _ in range(int(rng.integers(1, 5))):
            _mound(rng, canvas, shaped, closed)
    return shaped


def _window(canvas: Canvas, centre: np.ndarray, reach: float) -> tuple[slice, slice]:
    first = np.maximum(((centre - reach) / canvas.resolution).astype(int), 0)
    last = np.minimum(((centre + reach) / canvas.resolution).astype(int) + 1, canvas.size)
    return slice(int(first[1]), max(int(last[1]), int(first[1]))), slice(
        int(first[0]), max(int(last[0]), int(first[0]))
    )


def _level(rng: np.random.Generator, canvas: Canvas, ground: FloatArray, closed: BoolArray) -> None:
    """A pitch, a yard or a platform, in place: level, with banks or walls around it."""
    a, b, angle = rng.uniform(6, 50), rng.uniform(5, 32), rng.uniform(0, np.pi)
    centre = rng.uniform(0, canvas.extent, 2)
    window = _window(canvas, centre, float(np.hypot(a, b)) + 10)
    dx, dy = canvas.x[:, window[1]] - centre[0], canvas.y[window[0]] - centre[1]
    u, v = dx * np.cos(angle) + dy * np.sin(angle), dy * np.cos(angle) - dx * np.sin(angle)
    away = np.hypot(np.maximum(np.abs(u) - a, 0), np.maximum(np.abs(v) - b, 0))
    inside = away == 0
    if inside.sum() < 8 or closed[window][inside].mean() > 0.3:
        return
    here = ground[window]
    level = float(here[inside].mean()) + float(rng.choice([0.0, rng.uniform(-0.8, 1.2)]))
    bank = rng.choice([rng.uniform(0.3, 0.8), 6.0])
    far = 1.5 * np.maximum(away - 6.0, 0)
    shaped = np.clip(here, level - bank * away - far, level + bank * away + far)
    ground[window] = np.where(closed[window], here, shaped)


def _mound(rng: np.random.Generator, canvas: Canvas, ground: FloatArray, closed: BoolArray) -> None:
    """A heap of earth, a noise barrier or a grave mound, in place; hollows too."""
    radius, angle = rng.uniform(4, 25), rng.uniform(0, np.pi)
    stretch = float(rng.choice([1.0, rng.uniform(1, 6)]))
    centre = rng.uniform(0, canvas.extent, 2)
    window = _window(canvas, centre, 2.6 * radius * stretch)
    dx, dy = canvas.x[:, window[1]] - centre[0], canvas.y[window[0]] - centre[1]
    u, v = (dx * np.cos(angle) + dy * np.sin(angle)) / stretch, dy * np.cos(angle) - dx * np.sin(angle)
    height = rng.uniform(0.06, 0.25) * radius * (1 if rng.random() < 0.75 else -1)
    bump = height * np.exp(-((np.hypot(u, v) / radius) ** rng.uniform(2, 5)))
    ground[window] += np.where(closed[window], 0, bump)
