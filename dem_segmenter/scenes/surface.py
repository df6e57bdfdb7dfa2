"""What stands on the ground beside buildings: cars, walls, heaps, and all the plants."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .canvas import Canvas, fractal
from .lines import locate, resample
from .options import BoolArray, FloatArray
from .plans import Network
from .site import Site
from .terrain import parcels
from .vegetation import crop_rows, hedges, leaf_gaps, plant, scatter, trees_at

URBAN = ("city", "old_town", "industrial")


def add_clutter(
    rng: np.random.Generator, canvas: Canvas, site: Site, network: Network, solid: FloatArray, setting: str
) -> FloatArray:
    """Cars on streets and yards, heaps of material.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        site: What is built.
        network: The roads.
        solid: (H, W) float32, metres: ground and roofs.
        setting: One of the settings but "mixed".

    Returns:
        (H, W) float32, metres.
    """
    raised = site.ground.copy()
    busy = {"city": 0.5, "old_town": 0.2, "suburb": 0.25, "industrial": 0.2, "village": 0.1}.get(setting, 0.01)
    busy *= rng.uniform(0, 1.6)
    places, angles = [], []
    for line in network.built:
        points = resample(line.points, 6.2)
        inside = ((points > 0) & (points < canvas.extent)).all(axis=1)
        step = np.gradient(points, axis=0)
        angle = np.arctan2(step[:, 1], step[:, 0])
        for lane in (-1, 1):
            offset = (
                lane * (line.section.half - rng.uniform(0.9, 1.4)) * np.where(rng.random(len(points)) < 0.8, 1, 0.4)
            )
            parked = inside & (rng.random(len(points)) < busy * rng.uniform(0.3, 1.3))
            normal = np.stack([-np.sin(angle), np.cos(angle)], axis=1)
            places.append((points + normal * offset[:, None])[parked])
            angles.append(angle[parked])
    if setting in ("industrial", "city", "suburb") and rng.random() < 0.7:
        lots, turned = _parking(rng, canvas, site)
        places.append(lots)
        angles.append(turned)
    if places:
        where, heading = np.concatenate(places), np.concatenate(angles)
        _boxes(rng, canvas, site.ground, raised, where, heading)
    if setting == "industrial" and rng.random() < 0.6:
        _heaps(rng, canvas, site, raised)
    if rng.random() < {"suburb": 0.5, "village": 0.4, "city": 0.25, "old_town": 0.3}.get(setting, 0.15):
        _walls(rng, canvas, site, network, raised, setting)
    return np.where(site.buildings, solid, np.maximum(solid, raised)).astype(np.float32)


def _parking(rng: np.random.Generator, canvas: Canvas, site: Site) -> tuple[np.ndarray, np.ndarray]:
    """Rows of cars on free ground."""
    angle = rng.uniform(0, np.pi)
    u, v = np.meshgrid(np.arange(-canvas.extent, canvas.extent, 2.6), np.arange(-canvas.extent, canvas.extent, 8.5))
    points = (
        np.stack(
            [
                u.ravel() * np.cos(angle) - v.ravel() * np.sin(angle),
                u.ravel() * np.sin(angle) + v.ravel() * np.cos(angle),
            ],
            axis=1,
        )
        + canvas.extent / 2
    )
    points = points[((points > 0) & (points < canvas.extent)).all(axis=1)]
    row, col = (points[:, 1] / canvas.resolution).astype(int), (points[:, 0] / canvas.resolution).astype(int)
    where = fractal(rng, canvas, 150.0, 15.0, 3.0) > rng.uniform(1.0, 2.0)
    keep = where[row, col] & ~site.occupied[row, col] & (rng.random(len(points)) < 0.75)
    return points[keep], np.full(int(keep.sum()), angle + np.pi / 2)


def _boxes(
    rng: np.random.Generator,
    canvas: Canvas,
    ground: FloatArray,
    raised: FloatArray,
    where: np.ndarray,
    heading: np.ndarray,
) -> None:
    """Cars, vans and a few lorries."""
    count = len(where)
    if not count:
        return
    lorry = rng.random(count) < 0.05
    a = np.where(lorry, rng.uniform(3, 7, count), rng.uniform(1.9, 2.5, count))
    b = np.where(lorry, 1.25, 0.9)
    top = np.where(lorry, rng.uniform(2.5, 3.9, count), rng.uniform(1.35, 1.9, count))
    foot = canvas.sample(ground, where)

    def box(dx: FloatArray, dy: FloatArray, index: np.ndarray) -> FloatArray:
        cos, sin = np.cos(heading[index]), np.sin(heading[index])
        u, v = np.abs(dx * cos + dy * sin), np.abs(dy * cos - dx * sin)
        bonnet = np.where((u > 0.55 * a[index]) & ~lorry[index], 0.6, 1.0)
        return np.where((u < a[index]) & (v < b[index]), foot[index] + top[index] * bonnet, -np.inf)

    canvas.stamp(raised, where[:, 0], where[:, 1], np.hypot(a, b), box)


def _walls(
    rng: np.random.Generator, canvas: Canvas, site: Site, network: Network, raised: FloatArray, setting: str
) -> None:
    """Garden walls and fences around plots, in place."""
    gardens = setting in ("suburb", "village", "old_town")
    number, distance = parcels(rng, canvas, rng.uniform(16, 45) if gardens else rng.uniform(40, 120))
    height = rng.uniform(0.6, 2.4, int(number.max()) + 1)[number]
    some = rng.random(int(number.max()) + 1)[number] < rng.uniform(0.3, 1.0)
    if gardens and rng.random() < 0.7:
        sides = _plot_lines(rng, canvas, network)
        distance = distance if sides is None else sides
    wall = (distance < max(0.35, 0.6 * canvas.resolution)) & some & ~site.works
    raised[wall] = np.maximum(raised, site.ground + height.astype(np.float32))[wall]


def _heaps(rng: np.random.Generator, canvas: Canvas, site: Site, raised: FloatArray) -> None:
    """Stockpiles of sand and scrap."""
    points = scatter(rng, canvas, np.where(site.occupied, 0, rng.uniform(0.05, 0.4)).astype(np.float32), 25.0)
    radius, foot = rng.uniform(2, 10, len(points)), canvas.sample(site.ground, points)

    def heap(dx: FloatArray, dy: FloatArray, index: np.ndarray) -> FloatArray:
        r = np.hypot(dx, dy)
        return np.where(r < radius[index], foot[index] + (radius[index] - r) * 0.65, -np.inf)

    canvas.stamp(raised, points[:, 0], points[:, 1], radius, heap)


def add_vegetation(
    rng: np.random.Generator,
    canvas: Canvas,
    site: Site,
    network: Network,
    solid: FloatArray,
    water: BoolArray,
    setting: str,
) -> FloatArray:
    """Trees, hedges and crops on top of everything.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        site: What is built.
        network: The roads.
        solid: (H, W) float32, metres: the surface without plants.
        water: (H, W) bool.
        setting: One of the settings but "mixed".

    Returns:
        (H, W) float32, metres.
    """
    planted = solid.copy()
    free = ~(site.occupied | water)
    away = ndimage.distance_transform_edt(~site.works).astype(np.float32) * canvas.resolution
    conifers = float(rng.choice([0.05, 0.3, 0.95], p=[0.5, 0.3, 0.2]))
    if setting in ("farmland", "village", "suburb", "forest", "mountain"):
        planted = _fields(rng, canvas, site, network, planted, free, setting)
    woods = {"forest": 0.8, "mountain": 0.5, "farmland": 0.15, "village": 0.15, "suburb": 0.1}.get(setting, 0.05)
    woods = woods * rng.uniform(0.3, 1.3)
    quantile = fractal(rng, canvas, rng.uniform(150, 500), 8.0, rng.uniform(2, 3.5))
    wood = quantile > np.quantile(quantile, max(0.0, 1 - woods))
    stand = rng.uniform(6, 30)
    spacing = float(np.clip(stand * rng.uniform(0.16, 0.4), 2.2, 7.5))
    clear = away > rng.uniform(0, 3)
    density = (wood & free & clear) * np.float32(rng.uniform(0.6, 1.0))
    single = {"suburb": 0.5, "village": 0.3, "city": 0.2, "old_town": 0.08, "farmland": 0.05}.get(setting, 0.05)
    # Gardens and yards have their trees in groups, and groups grow together.
    groves = fractal(rng, canvas, rng.uniform(25, 70), 4.0, 2.5)
    clumps = (free & (away > 0.5) & (groves > np.quantile(groves, 1 - 0.35 * single))) * np.float32(0.85)
    groups = [
        trees_at(rng, scatter(rng, canvas, density, spacing), (0.5 * stand, stand + 3), conifers),
        trees_at(
            rng,
            scatter(rng, canvas, (free & (away > 0.5)) * np.float32(single * rng.uniform(0, 1.2)), rng.uniform(7, 13)),
            (2.5, rng.uniform(6, 24)),
            conifers * 0.5,
        ),
        trees_at(rng, scatter(rng, canvas, clumps, rng.uniform(2.5, 5)), (2.0, rng.uniform(5, 20)), conifers * 0.6),
        trees_at(rng, _alleys(rng, canvas, network, site, setting), (5, rng.uniform(8, 20)), 0.0),
    ]
    for trees in groups:
        plant(rng, canvas, site.ground, planted, trees)
    depth = float(rng.choice([0.0, rng.uniform(0.1, 0.5), rng.uniform(0.4, 1.0)], p=[0.1, 0.5, 0.4]))
    return leaf_gaps(rng, canvas, site.ground, solid, planted, depth)


def _alleys(rng: np.random.Generator, canvas: Canvas, network: Network, site: Site, setting: str) -> np.ndarray:
    """Places of trees in rows along roads; (N, 2) metres."""
    rate = {"city": 0.4, "suburb": 0.3, "village": 0.2, "farmland": 0.2, "industrial": 0.15}.get(setting, 0.05)
    found = [np.zeros((0, 2))]
    for line in network.built:
        if rng.random() > rate:
            continue
        points = resample(line.points, rng.uniform(5, 14))
        step = np.gradient(points, axis=0)
        normal = np.stack([-step[:, 1], step[:, 0]], axis=1) / np.maximum(np.hypot(*step.T), 1e-6)[:, None]
        for side in (-1, 1):
            places = points + normal * side * (line.section.half + min(1.0, 0.6 * line.section.shoulder))
            inside = ((places > 0) & (places < canvas.extent)).all(axis=1) & (rng.random(len(places)) < 0.85)
            found.append(places[inside])
    places = np.concatenate(found)
    row, col = (places[:, 1] / canvas.resolution).astype(int), (places[:, 0] / canvas.resolution).astype(int)
    return places[~site.buildings[row, col]]


def _plot_lines(rng: np.random.Generator, canvas: Canvas, network: Network) -> FloatArray | None:
    """Distance from the sides of the plots along streets; (H, W) float32, metres, or None without streets."""
    near = locate(canvas, network.built)
    if near is None:
        return None
    width = rng.uniform(11, 32) * (1 + 0.3 * np.sin(1.3 * near.line + near.side))
    share = np.mod(near.station / width + 0.37 * near.line, 1.0)
    reach = rng.uniform(25, 60)
    sides = width * np.minimum(share, 1 - share) + 100 * (near.distance > reach)
    return np.minimum(sides, np.abs(near.distance - reach)).astype(np.float32)


def _fields(
    rng: np.random.Generator,
    canvas: Canvas,
    site: Site,
    network: Network,
    planted: FloatArray,
    free: BoolArray,
    setting: str,
) -> FloatArray:
    """Hedges between plots and fields, crops in rows."""
    out = planted
    distance: FloatArray | None = None
    if setting in ("farmland", "village"):
        _, distance = parcels(rng, canvas, rng.uniform(50, 200))
    if setting == "suburb" or (setting == "village" and rng.random() < 0.5):
        distance = _plot_lines(rng, canvas, network)
    if distance is not None and rng.random() < 0.8:
        hedge = hedges(rng, canvas, distance, rng.uniform(0.8, 3.5), rng.uniform(1.0, 3.0))
        out = np.where(free & (hedge > 0), np.maximum(out, site.ground + hedge), out)
    if setting in ("farmland", "village") and rng.random() < 0.5:
        where = free & (fractal(rng, canvas, 300.0, 30.0, 3.0) > 0.4)
        rows = crop_rows(rng, canvas, where, rng.uniform(0, np.pi), rng.uniform(1.8, 5), rng.uniform(0.4, 2.2))
        out = np.where(rows > 0, np.maximum(out, site.ground + rows), out)
    return out.astype(np.float32)
