"""From exact surfaces to what a sensor and its processing make of them."""

from __future__ import annotations

import numpy as np
from scipy import interpolate, ndimage

from .canvas import Canvas, fractal
from .options import SENSORS, BoolArray, FloatArray

#: Most points that are worth a Delaunay triangulation.
MOST_POINTS = 25_000


def choose_sensor(rng: np.random.Generator, wanted: str) -> str:
    """The sensor asked for, or one drawn for "any"."""
    drawn = str(rng.choice(SENSORS[:-1], p=[0.5, 0.2, 0.2, 0.1]))
    return drawn if wanted == "any" else wanted


def measure_surface(rng: np.random.Generator, canvas: Canvas, surface: FloatArray, sensor: str) -> FloatArray:
    """A first-surface model as the sensor gives it, without gaps.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        surface: (H, W) float32, metres, exact.
        sensor: One of `SENSORS` but "any".

    Returns:
        (H, W) float32, metres.
    """
    if sensor == "lidar_dense":
        measured = _scattered_shots(rng, surface) if rng.random() < 0.45 else surface
        measured = measured + rng.uniform(0.01, 0.04) * rng.standard_normal(surface.shape, dtype=np.float32)
        if rng.random() < 0.3:
            measured = ndimage.maximum_filter(measured, footprint=np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]]))
    elif sensor == "lidar_sparse":
        measured = _from_points(rng, canvas, surface, rng.uniform(0.5, 2.5), linear=rng.random() < 0.5)
    elif sensor == "stereo":
        measured = _stereo(rng, canvas, surface)
    else:
        factor = max(1.0, rng.uniform(1.5, 2.2) / canvas.resolution)
        side = max(8, round(canvas.size / factor))
        mean = ndimage.uniform_filter(surface, factor, mode="nearest")
        coarse = ndimage.zoom(mean, side / canvas.size, order=1, mode="nearest", grid_mode=True)
        coarse += rng.uniform(0.02, 0.06) * rng.standard_normal(coarse.shape, dtype=np.float32)
        measured = ndimage.zoom(
            coarse, canvas.size / coarse.shape[0], order=int(rng.choice([0, 1, 3])), mode="nearest", grid_mode=True
        )
    stripes = _stripes(rng, canvas) * rng.uniform(0.005, 0.035)
    if rng.random() < 0.25:
        measured = measured + stripes
    return measured.astype(np.float32)


def _scattered_shots(rng: np.random.Generator, surface: FloatArray) -> FloatArray:
    """Each pixel gets a shot near it, not at its centre: edges become ragged; (H, W) float32, metres."""
    share = rng.uniform(0.03, 0.13)
    rows, cols = surface.shape
    chance = [share, 1 - 2 * share, share]
    row = np.arange(rows)[:, None] + rng.choice([-1, 0, 1], surface.shape, p=chance)
    col = np.arange(cols)[None, :] + rng.choice([-1, 0, 1], surface.shape, p=chance)
    return surface[np.clip(row, 0, rows - 1), np.clip(col, 0, cols - 1)]


def _stripes(rng: np.random.Generator, canvas: Canvas) -> FloatArray:
    """Flight strips that do not quite agree; (H, W) float32, dimensionless."""
    angle, period = rng.uniform(0, np.pi), rng.uniform(2 * canvas.resolution + 0.3, 30)
    across = canvas.y * np.cos(angle) - canvas.x * np.sin(angle)
    return np.sin(2 * np.pi * across / period).astype(np.float32)


def _from_points(
    rng: np.random.Generator, canvas: Canvas, surface: FloatArray, density: float, linear: bool
) -> FloatArray:
    """Sample at random points and interpolate, by triangles or by nearest point; (H, W) float32, metres."""
    chance = min(1.0, density * canvas.resolution**2)
    strips = 1 + 0.5 * np.sin(canvas.x / rng.uniform(20, 90) + rng.uniform(0, 6))
    hit = rng.random(surface.shape, dtype=np.float32) < np.clip(chance * strips, 0.02, 1)
    noisy = surface + 0.03 * rng.standard_normal(surface.shape, dtype=np.float32)
    return _triangulate(noisy, hit) if linear else _nearest(noisy, hit)


def _nearest(values: FloatArray, known: BoolArray) -> FloatArray:
    row, col = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    return values[row, col]


def _triangulate(values: FloatArray, known: BoolArray) -> FloatArray:
    """Linear interpolation between the known pixels; (H, W) float32 in and out.

    Only holes are worth their Delaunay triangles: between points a pixel or two apart a weighted mean of the
    neighbours looks the same, in a twentieth of the time.
    """
    away = ndimage.distance_transform_edt(~known)
    weight = ndimage.gaussian_filter(known.astype(np.float32), 0.8, truncate=4.0)
    mean = ndimage.gaussian_filter(np.where(known, values, 0).astype(np.float32), 0.8, truncate=4.0)
    blended = np.where(weight > 0.01, mean / np.maximum(weight, 0.01), _nearest(values, known))
    out = np.where(known, values, blended).astype(np.float32)
    for limit in (1.5, 2.3, 3.1, 4.5, 7.0, 11.0):
        hole = away > limit
        reach = ndimage.distance_transform_edt(~hole) <= limit + 1.6
        rim = np.flatnonzero(reach & known)
        if rim.size <= MOST_POINTS:
            break
    if not hole.any() or rim.size < 4:
        return out
    missing = np.flatnonzero(reach & ~known)
    # Points on a lattice are degenerate for Delaunay: nudge them, the same way every time.
    nudge = np.sin(rim[:, None] * np.array([12.9898, 78.233])) * 1e-3
    points = np.stack(np.divmod(rim, known.shape[1]), axis=1) + nudge
    target = np.stack(np.divmod(missing, known.shape[1]), axis=1)
    filled = interpolate.LinearNDInterpolator(points, values.ravel()[rim])(target)
    outside = np.isnan(filled)
    if outside.any():
        filled[outside] = _nearest(values, known).ravel()[missing[outside]]
    out.reshape(-1)[missing] = filled
    return out


def _stereo(rng: np.random.Generator, canvas: Canvas, surface: FloatArray) -> FloatArray:
    """Image matching: smeared edges, filled gaps between crowns, bumps; (H, W) float32, metres."""
    window = min(2 * round(canvas.pixels(rng.uniform(0.5, 1.1))) + 1, 5)
    if rng.random() < 0.4:
        # Meshed drone imagery: a cloth over everything, with little noise.
        matched = ndimage.grey_closing(surface, (window, window))
        matched = canvas.smooth(matched, rng.uniform(0.3, 0.8))
        bumps = fractal(rng, canvas, 14.0, 2.0, 2.5) * rng.uniform(0.01, 0.06)
    else:
        matched = canvas.smooth(ndimage.median_filter(surface, window), rng.uniform(0.4, 1.1))
        bumps = fractal(rng, canvas, 14.0, rng.uniform(1.5, 3.5), 2.5) * rng.uniform(0.04, 0.22)
    # Edges wander because the matching window straddles them.
    wander = rng.uniform(0.15, 0.5) / canvas.resolution
    row, col = np.indices(surface.shape, dtype=np.float32)
    shift = rng.uniform(-0.6, 0.6, 2) / canvas.resolution
    row += wander * fractal(rng, canvas, 15.0, 2.0, 2.0) + shift[0]
    col += wander * fractal(rng, canvas, 15.0, 2.0, 2.0) + shift[1]
    return ndimage.map_coordinates(matched, [row, col], order=1, mode="nearest") + bumps


def measure_ground(
    rng: np.random.Generator, canvas: Canvas, ground: FloatArray, surface: FloatArray, buildings: BoolArray, sensor: str
) -> FloatArray:
    """A bare-earth product: what is left after a ground filter, interpolated where little ground was seen.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        ground: (H, W) float32, metres, exact.
        surface: (H, W) float32, metres: first surface with everything on it.
        buildings: (H, W) bool.
        sensor: One of `SENSORS` but "any".

    Returns:
        (H, W) float32, metres.
    """
    covered = (surface - ground) > 1.0
    seen = np.where(covered, rng.uniform(0.02, 0.5), rng.uniform(0.4, 1.0))
    wide = ndimage.binary_dilation(buildings, iterations=max(1, int(canvas.pixels(1.0))))
    seen[wide] = 0.0
    known = rng.random(ground.shape, dtype=np.float32) < seen
    noisy = ground + rng.uniform(0.01, 0.05) * rng.standard_normal(ground.shape, dtype=np.float32)
    # What the filter left: low plants, bits of shrubs and car roofs.
    remains = np.clip(surface - ground, 0, rng.uniform(0.05, 0.5)) * (rng.random(ground.shape, dtype=np.float32) < 0.15)
    noisy = noisy + remains
    model = _triangulate(noisy, known)
    if rng.random() < 0.6:
        model = canvas.smooth(model, rng.uniform(0.2, 1.2))
    if sensor == "coarse":
        model = canvas.smooth(model, 1.5)
    model += rng.uniform(0, 0.02) * rng.standard_normal(model.shape, dtype=np.float32)
    return model.astype(np.float32)


def gap_mask(rng: np.random.Generator, canvas: Canvas, water: BoolArray, sensor: str) -> BoolArray:
    """Pixels without elevation: water, strips between flights, the data's edge, shadows; (H, W) bool."""
    gaps = np.zeros(water.shape, dtype=bool)
    if rng.random() < 0.4:
        gaps |= water & (fractal(rng, canvas, 60.0, 3.0, 2.0) > rng.uniform(-2, 1))
    if rng.random() < 0.06:
        angle, at = rng.uniform(0, np.pi), rng.uniform(0.2, 0.8) * canvas.extent
        across = (canvas.y - at) * np.cos(angle) - (canvas.x - at) * np.sin(angle)
        gaps |= np.abs(across) < rng.uniform(1, 6)
    if rng.random() < 0.12:
        angle = rng.uniform(0, 2 * np.pi)
        across = (canvas.y - canvas.extent / 2) * np.cos(angle) - (canvas.x - canvas.extent / 2) * np.sin(angle)
        gaps |= across > canvas.extent * rng.uniform(0.25, 0.45)
    if rng.random() < (0.2 if sensor != "lidar_dense" else 0.06):
        gaps |= fractal(rng, canvas, 60.0, 10.0, 3.0) > rng.uniform(2.2, 3.2)
    return gaps


def add_spikes(rng: np.random.Generator, surface: FloatArray) -> FloatArray:
    """Birds, wires and multipath: a few pixels far off; (H, W) float32, metres, in and out."""
    count = int(rng.poisson(surface.size * 1e-5)) if rng.random() < 0.3 else 0
    out = surface.copy()
    flat = out.reshape(-1)
    flat[rng.integers(0, flat.size, count)] += rng.choice([-1, 1], count, p=[0.3, 0.7]) * rng.uniform(2, 25, count)
    return out
