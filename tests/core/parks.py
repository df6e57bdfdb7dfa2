"""A made-up place of houses and trees, whose crowns show leaves or, as where images were matched, do not."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def park(
    resolution: float, *, side: float = 160.0, trees: int = 100, leaves: bool = False, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Elevation ``(H, W) float32, metres`` and houses ``(H, W) uint8``.

    Args:
        resolution: Metres per pixel.
        side: Of the place, metres.
        trees: How many, domes of 2 to 5 m radius; those too near to a house are left out.
        leaves: Whether pixels in crowns reach less high by up to half, each by its own.
        seed: Same seed, same place.
    """
    rng = np.random.default_rng(seed)
    n = round(side / resolution)
    y, x = np.mgrid[:n, :n].astype(np.float32) * np.float32(resolution)
    waves = ndimage.gaussian_filter(rng.standard_normal(x.shape), 12.0 / resolution)
    ground = 200.0 + 0.05 * y + 0.5 * waves / waves.std()
    z, label = ground.copy(), np.zeros(x.shape, np.uint8)
    for row, col in np.ndindex(int(side // 53), int(side // 53)):
        east, south, turn = (
            28 + 53 * col + rng.uniform(-4, 4),
            28 + 53 * row + rng.uniform(-4, 4),
            rng.uniform(0, np.pi),
        )
        u = np.abs((x - east) * np.cos(turn) + (y - south) * np.sin(turn))
        v = np.abs((y - south) * np.cos(turn) - (x - east) * np.sin(turn))
        length, width, pitch = rng.uniform(11, 22), rng.uniform(8, 14), rng.choice([0.0, 0.6])
        house = (u < length / 2) & (v < width / 2)
        z[house] = z[house].mean() + rng.uniform(3, 6) + pitch * (width / 2 - v[house])
        label[house] = 1
    free = ndimage.distance_transform_edt(label == 0) * resolution
    for _ in range(trees):
        (east, south), radius = rng.uniform(0, side, 2), rng.uniform(2, 5)
        height = radius * rng.uniform(1.2, 2.2)
        foot = min(n - 1, int(south / resolution)), min(n - 1, int(east / resolution))
        away = np.hypot(x - east, y - south) / radius
        crown = away < 1
        if free[foot] < radius + 0.5:
            continue
        tops = height * (0.45 + 0.55 * np.sqrt(1 - away[crown] ** 2))
        if leaves:
            tops *= rng.uniform(0.5, 1.0, tops.shape)
        z[crown] = np.maximum(z[crown], ground[foot] + tops)
    if not leaves:
        z = ndimage.gaussian_filter(ndimage.median_filter(z, 3), 0.3 / resolution)
    z += ndimage.gaussian_filter(rng.standard_normal(z.shape), 2) * 0.2
    return z.astype(np.float32), label
