"""Ground of bogs and fens: level, rough by decimetres, with pools and wooded islands.

Roads cross it on low causeways, and its roughness is of their height. The generator's own terrain has nothing like it:
hills there are smooth, and what is rough is steep.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .canvas import Canvas
from .options import FloatArray


def peatland(size: int, resolution: float, *, seed: int) -> FloatArray:
    """Bare earth of a bog.

    Args:
        size: Side in pixels.
        resolution: Metres per pixel.
        seed: Seed of everything that is random.

    Returns:
        ``(size, size) float32, metres``.
    """
    rng = np.random.default_rng([seed, *b"peatland"])
    canvas = Canvas(size, resolution)
    y, x = np.mgrid[:size, :size] * resolution
    angle = rng.uniform(0, 2 * np.pi)
    ground = rng.uniform(0, 0.006) * (x * np.cos(angle) + y * np.sin(angle))
    ground += rng.uniform(0.1, 0.8) * _field(rng, canvas, rng.uniform(40, 120))
    # Hummocks and hollows, rougher in some parts than in others; strings of them lie across the slope.
    along = rng.uniform(1.0, 3.0)
    turned = ndimage.gaussian_filter(
        rng.standard_normal((size, size)), (canvas.pixels(rng.uniform(0.4, 1.2)), canvas.pixels(along))
    )
    turned /= turned.std()
    fine = _field(rng, canvas, rng.uniform(0.4, 1.5))
    rough = np.exp(0.5 * _field(rng, canvas, rng.uniform(15, 60)))
    ground += rng.uniform(0.02, 0.12) * rough * (fine + rng.uniform(0, 0.7) * turned)
    ground += rng.uniform(0.0, 0.12) * _field(rng, canvas, rng.uniform(3, 8))
    if rng.random() < 0.7:  # islands of mineral soil, their flanks a few metres wide
        height = _field(rng, canvas, rng.uniform(8, 35)) - rng.uniform(0.8, 1.8)
        ground += rng.uniform(0.4, 2.0) * np.clip(height / rng.uniform(0.3, 1.0), 0, 1)
    if rng.random() < 0.6:  # pools, whose water is level
        deep = _field(rng, canvas, rng.uniform(3, 20))
        pools, count = ndimage.label(deep > rng.uniform(1.2, 2.2))
        levels = np.append(0.0, ndimage.median(ground, pools, np.arange(1, count + 1)) - rng.uniform(0.05, 0.3))
        ground = np.where(pools > 0, levels[pools], ground)
    return (rng.uniform(0, 900) + ground).astype(np.float32)


def _field(rng: np.random.Generator, canvas: Canvas, metres: float) -> FloatArray:
    """Smooth noise of mean 0 and standard deviation 1, whose features are some `metres` wide."""
    # Drawn coarsely and enlarged where it is much smoother than the pixels: a wide Gaussian takes long.
    step = max(1, int(canvas.pixels(metres) / 4))
    n = -(-canvas.size // step) + 3
    coarse = ndimage.gaussian_filter(rng.standard_normal((n, n)), canvas.pixels(metres) / step)
    field = ndimage.zoom(coarse, step, order=1)[: canvas.size, : canvas.size] if step > 1 else coarse
    field = field[: canvas.size, : canvas.size]
    return ((field - field.mean()) / max(float(field.std()), 1e-6)).astype(np.float32)
