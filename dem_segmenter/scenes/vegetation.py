"""Trees, groves, forests, alleys, hedges and crops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canvas import Canvas, fractal
from .lines import Points
from .options import BoolArray, FloatArray

CROWNS = ("dome", "conifer", "broad", "rough")


@dataclass(frozen=True, eq=False)
class Trees:
    """Single trees.

    Attributes:
        points: (N, 2) metres.
        radius: (N,) metres of the crown.
        height: (N,) metres above the ground.
        crown: (N,) index into `CROWNS`.
    """

    points: Points
    radius: Points
    height: Points
    crown: np.ndarray

    def __len__(self) -> int:
        return len(self.points)


def trees_at(rng: np.random.Generator, points: Points, height: tuple[float, float], conifers: float) -> Trees:
    """Trees of random shape at given places.

    Args:
        rng: Source of randomness.
        points: (N, 2) metres.
        height: Lowest and highest in metres.
        conifers: Share of conifers, 0..1.
    """
    count = len(points)
    tall = rng.uniform(*height, count) * rng.uniform(0.75, 1.0, count)
    crown = np.where(rng.random(count) < conifers, 1, rng.choice([0, 2, 3], count))
    radius = np.where(crown == 1, 0.10 + 0.06 * rng.random(count), 0.24 + 0.22 * rng.random(count)) * tall
    return Trees(points, np.clip(radius, 0.7, 9.0), tall, crown)


def scatter(rng: np.random.Generator, canvas: Canvas, density: FloatArray, spacing: float) -> Points:
    """Random places, at most one a cell of a jittered lattice.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        density: (H, W) float32, 0..1: the chance that a lattice cell has one.
        spacing: Side of a lattice cell in metres.

    Returns:
        (N, 2) metres.
    """
    count = int(canvas.extent / spacing) + 1
    base = np.stack(np.meshgrid(np.arange(count), np.arange(count)), axis=-1).reshape(-1, 2)
    points = (base + rng.random(base.shape)) * spacing
    points = points[(points < canvas.extent).all(axis=1)]
    row = (points[:, 1] / canvas.resolution).astype(int)
    col = (points[:, 0] / canvas.resolution).astype(int)
    return points[rng.random(len(points)) < density[row, col]]


def plant(rng: np.random.Generator, canvas: Canvas, ground: FloatArray, surface: FloatArray, trees: Trees) -> None:
    """Raise the surface, in place, to the crowns of trees.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        ground: (H, W) float32, metres: where they stand.
        surface: (H, W) float32, metres.
        trees: The trees.
    """
    if not len(trees):
        return
    foot = canvas.sample(ground, trees.points)
    squash = rng.uniform(0.8, 1.25, len(trees)).astype(np.float32)
    lean = rng.uniform(0, np.pi, len(trees)).astype(np.float32)
    lobes = rng.integers(3, 7, len(trees))
    phase = rng.uniform(0, 6.3, len(trees)).astype(np.float32)
    wobble = (rng.uniform(0.02, 0.15, len(trees)) * np.where(trees.crown == 1, 0.4, 1)).astype(np.float32)
    bottom = rng.uniform(0.25, 0.6, len(trees)).astype(np.float32)

    def height(dx: FloatArray, dy: FloatArray, index: np.ndarray) -> FloatArray:
        cos, sin = np.cos(lean[index]), np.sin(lean[index])
        u, v = dx * cos + dy * sin, (dy * cos - dx * sin) * squash[index]
        edge = 1 + wobble[index] * np.sin(lobes[index] * np.arctan2(v, u) + phase[index])
        r = np.hypot(u, v) / (trees.radius[index] * edge)
        kind = trees.crown[index]
        dome = np.sqrt(np.maximum(1 - r**2, 0))
        shape = np.where(kind == 1, 1 - r, np.where(kind == 2, dome**0.5, dome))
        floor = bottom[index]
        share = np.where(kind == 1, 0.15 + 0.85 * shape, floor + (1 - floor) * shape)
        return np.where(r < 1, foot[index] + trees.height[index] * share, -np.inf)

    canvas.stamp(surface, trees.points[:, 0], trees.points[:, 1], trees.radius * 1.35, height)


def leaf_gaps(
    rng: np.random.Generator, canvas: Canvas, ground: FloatArray, bare: FloatArray, planted: FloatArray, depth: float
) -> FloatArray:
    """Roughen a canopy: pulses that went through leaves and stopped lower, or reached what is below.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        ground: (H, W) float32, metres.
        bare: (H, W) float32, metres: the surface without vegetation.
        planted: (H, W) float32, metres: the surface with it.
        depth: 0 for a solid canopy, 1 for a very open one.

    Returns:
        (H, W) float32, metres.
    """
    tall = planted - bare
    inside = tall > 0.3
    texture = fractal(rng, canvas, 3.5, 0.0, 1.0)
    drop = np.abs(texture) * 0.12 * depth * tall
    through = rng.random(bare.shape, dtype=np.float32) < 0.22 * depth
    deep = rng.random(bare.shape, dtype=np.float32) ** 1.5
    drop = np.where(through, tall * deep, drop)
    return np.where(inside, np.maximum(planted - drop, bare), planted).astype(np.float32)


def hedges(rng: np.random.Generator, canvas: Canvas, distance: FloatArray, height: float, width: float) -> FloatArray:
    """Height of hedges along lines.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        distance: (H, W) float32, metres from the hedges' lines.
        height: Metres.
        width: Metres.

    Returns:
        (H, W) float32, metres above the ground; 0 outside.
    """
    ragged = 1 + 0.25 * fractal(rng, canvas, 6.0, 0.0, 1.0)
    gaps = fractal(rng, canvas, 60.0, 4.0, 1.5) > -1.0
    inside = (distance < width / 2 * ragged) & gaps
    return np.where(inside, height * np.clip(ragged, 0.5, 1.6), 0).astype(np.float32)


def crop_rows(
    rng: np.random.Generator, canvas: Canvas, where: BoolArray, angle: float, spacing: float, height: float
) -> FloatArray:
    """Vines, orchard rows or maize; (H, W) float32, metres above the ground."""
    across = canvas.y * np.cos(angle) - canvas.x * np.sin(angle)
    row = np.cos(2 * np.pi * across / spacing) > 0.3
    lumps = np.clip(1 + 0.3 * fractal(rng, canvas, 4.0, 0.0, 1.0), 0.2, 1.8)
    return np.where(where & row, height * lumps, 0).astype(np.float32)
