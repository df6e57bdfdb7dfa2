"""Which buildings stand where, for each setting."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from . import buildings as kinds
from .blocks import BlockStyle, block_labels, fill_block
from .canvas import fractal
from .lines import Nearest, locate
from .options import FloatArray
from .plans import Network
from .site import Site


def settle(rng: np.random.Generator, site: Site, network: Network, setting: str) -> None:
    """Build what belongs to a setting, in place."""
    near = locate(site.canvas, network.built) if network.built else None
    depth = ndimage.distance_transform_edt(~site.works).astype(np.float32) * site.canvas.resolution
    if setting == "suburb":
        _suburb(rng, site, network, near, depth)
    elif setting == "village":
        _village(rng, site, network, near, depth)
    elif setting in ("city", "old_town"):
        _town(rng, site, network, near, depth, setting)
    elif setting == "industrial":
        _industrial(rng, site, network, near, depth)
    else:
        _scattered(rng, site, network, near, depth, setting)


def _suburb(rng: np.random.Generator, site: Site, network: Network, near: Nearest | None, depth: FloatArray) -> None:
    """Houses along streets, sheds behind them, a school or some rows in between."""
    if rng.random() < 0.5:
        site.scatter(rng, depth > 12, kinds.school, 3, near, 6)
    if rng.random() < 0.3:
        site.scatter(rng, depth > 8, kinds.slab, 8, near, 6)
    mix = rng.dirichlet([4.0, 1.0, 1.2, 0.3]).tolist()
    nearest = rng.uniform(1.0, 9)
    gap = rng.uniform(1.0, 8)
    site.along(
        rng, network.built, (kinds.house, kinds.villa, kinds.row, kinds.slab), mix,
        (nearest, nearest + rng.uniform(0.5, 7)), (gap, gap * rng.uniform(1.2, 2.5)), rng.uniform(0.75, 1.0),
    )  # fmt: skip
    _sheds(rng, site, near, depth, rng.uniform(0, 1.5))


def _sheds(rng: np.random.Generator, site: Site, near: Nearest | None, depth: FloatArray, share: float) -> None:
    """Sheds and garages in gardens: within reach of a house."""
    canvas = site.canvas
    houses = site.buildings
    away = ndimage.distance_transform_edt(~houses).astype(np.float32) * canvas.resolution
    count = int(houses.sum() * canvas.resolution**2 / 130 * share)
    site.scatter(rng, (away > 2) & (away < 20) & (depth > 2), kinds.shed, count, near, 0.6)


def _village(rng: np.random.Generator, site: Site, network: Network, near: Nearest | None, depth: FloatArray) -> None:
    """A core along the lanes, barns and sheds behind, open land beyond."""
    canvas = site.canvas
    site.scatter(rng, (depth > 4) & (depth < 30), kinds.church, 2, near, 4)
    middle = canvas.extent * rng.uniform(0.3, 0.7, 2)
    radius = canvas.extent * rng.uniform(0.3, 0.8)
    beyond = np.hypot(canvas.x - middle[0], canvas.y - middle[1]) > radius * (
        1 + 0.3 * fractal(rng, canvas, 200.0, 30.0, 3.0)
    )
    before = site.occupied.copy()
    site.occupied |= beyond
    site.along(
        rng, network.built, (kinds.house, kinds.row, kinds.barn, kinds.villa), (0.62, 0.1, 0.2, 0.08),
        (0.2, rng.uniform(2, 10)), (0.6, rng.uniform(3, 20)), rng.uniform(0.5, 0.95), 0.8,
    )  # fmt: skip
    site.scatter(rng, (depth > 12) & (depth < 60), kinds.barn, int(rng.integers(2, 14)), near)
    _sheds(rng, site, near, depth, 1.2)
    site.occupied = before | (site.occupied & ~beyond)
    site.scatter(rng, beyond, kinds.barn, 2, near)


def _town(
    rng: np.random.Generator, site: Site, network: Network, near: Nearest | None, depth: FloatArray, setting: str
) -> None:
    """Blocks between streets, each in its own style: closed, packed, slabs, a tower, a square or a park."""
    if near is None:
        return
    canvas = site.canvas
    labels, count = block_labels(site.works, site.occupied & ~site.works)
    windows = ndimage.find_objects(labels)
    base = BlockStyle(
        storeys=rng.uniform(2.5, 7), spread=rng.uniform(0.1, 1.2), depth=rng.uniform(9, 15), unit=rng.uniform(9, 28),
        roof=str(rng.choice(["gable", "flat", "mansard", "mixed"])), pitch=rng.uniform(0.3, 0.9),
        wings=rng.uniform(0, 0.6), setback=float(rng.choice([0, 0, rng.uniform(1, 6)])),
    )  # fmt: skip
    if setting == "old_town":
        share = {"packed": 0.7, "closed": 0.2, "church": 0.05, "open": 0.05}
    else:
        mix = rng.dirichlet([3, 1.4, 1, 0.6, 0.6, 0.35])
        share = dict(zip(("closed", "packed", "slabs", "towers", "public", "open"), mix, strict=True))
    for number in range(1, count + 1):
        window = windows[number - 1]
        block = labels == number
        area = int(block[window].sum()) * canvas.resolution**2
        if area < 60:
            continue
        kind = str(rng.choice(list(share), p=np.array(list(share.values())) / sum(share.values())))
        if kind == "open":
            continue
        style = BlockStyle(**{**base.__dict__, "storeys": base.storeys * rng.uniform(0.8, 1.25)})
        if kind == "packed":
            small = setting == "old_town"
            style = BlockStyle(
                depth=rng.uniform(7, 12) if small else rng.uniform(10, 18),
                unit=rng.uniform(5, 11) if small else rng.uniform(8, 24),
                storeys=rng.uniform(2, 4.5) if small else base.storeys, spread=rng.uniform(0.3, 1.3),
                roof="mixed" if rng.random() < 0.6 else base.roof, pitch=rng.uniform(0.25, 0.8), rows=20,
                open_yards=rng.uniform(0.1, 0.55), holes=0.04,
            )  # fmt: skip
        if kind in ("closed", "packed"):
            fill_block(rng, canvas, site, near, depth, block, style)
        elif kind == "church":
            site.scatter(rng, block & (depth > 6), kinds.church, 6, near, 3)
        elif kind == "slabs":
            site.scatter(rng, block & (depth > 4), kinds.slab, int(area / 150) + 4, near, rng.uniform(4, 12))
        elif kind == "towers":
            site.scatter(rng, block & (depth > 6), kinds.tower, 4, near, 10)
            site.scatter(rng, block & (depth > 4), kinds.slab, 6, near, 8)
        else:
            site.scatter(rng, block & (depth > 8), kinds.school, 6, near, 8)
    # Courtyards fill up with workshops, garages and rear houses.
    yards = ndimage.binary_erosion(~site.occupied, iterations=2) & (depth > 12)
    crowd = rng.uniform(0, 1)
    area = float(yards.sum()) * canvas.resolution**2
    site.scatter(rng, yards, kinds.slab, int(crowd * area / 900), near, rng.uniform(3, 10))
    site.scatter(rng, yards, kinds.row, int(crowd * area / 1500), near, 4)
    site.scatter(rng, yards, kinds.shed, int(rng.uniform(0, 1) * area / 500), near, 0.5)


def _industrial(
    rng: np.random.Generator, site: Site, network: Network, near: Nearest | None, depth: FloatArray
) -> None:
    """Halls of all sizes on large plots, tanks, offices."""
    area = site.canvas.extent**2
    site.scatter(rng, depth > 8, kinds.hall, int(area / 2500), near, rng.uniform(4, 14))
    site.along(rng, network.built, (kinds.hall, kinds.slab), (0.8, 0.2), (5, 20), (6, 30), 0.7, 5)
    site.scatter(rng, depth > 5, kinds.hall, int(area / 3000), near, 5)
    if rng.random() < 0.5:
        site.scatter(rng, depth > 5, kinds.tank, int(rng.integers(2, 30)), near, 3)
    site.scatter(rng, depth > 3, kinds.shed, int(area / 6000), near, 2)


def _scattered(
    rng: np.random.Generator, site: Site, network: Network, near: Nearest | None, depth: FloatArray, setting: str
) -> None:
    """Farmsteads, huts and single houses."""
    canvas = site.canvas
    farms = int(rng.poisson({"farmland": 2.0, "forest": 0.4, "mountain": 0.8}[setting] * max(0.5, canvas.extent / 384)))
    for _ in range(farms):
        free = np.flatnonzero((depth > 5) & (depth < 70))
        if not free.size:
            break
        row, col = divmod(int(rng.choice(free)), canvas.size)
        away = np.hypot(canvas.x - canvas.x[0, col], canvas.y - canvas.y[row, 0])
        yard = away < rng.uniform(25, 60)
        site.scatter(rng, yard & (depth > 4), kinds.house, 6, near, 2)
        if setting == "farmland":
            site.scatter(rng, yard, kinds.barn, int(rng.integers(3, 14)), near, 2)
        site.scatter(rng, yard, kinds.shed, 6, near)
    if setting == "farmland" and rng.random() < 0.15:
        site.scatter(rng, depth > 10, kinds.greenhouse, 12, near, 3)
    if setting == "farmland" and network.built and rng.random() < 0.5:
        site.along(rng, network.built, (kinds.house, kinds.barn), (0.8, 0.2), (3, 18), (15, 90), 0.6, most=25)
    if setting in ("forest", "mountain"):
        site.scatter(rng, depth > 3, kinds.shed, int(rng.poisson(2)), near)
        if rng.random() < 0.3:
            site.scatter(rng, depth > 3, kinds.house, 4, near)
