"""Closed building along streets: perimeter blocks with courtyards, and the packed parcels of old towns.

Everything is drawn from two fields, the depth behind the street front and the station along it, so that it follows any
street, bent or crooked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .canvas import Canvas
from .lines import Nearest
from .options import BoolArray, FloatArray
from .site import Site


@dataclass(frozen=True)
class BlockStyle:
    """How a block is built, metres unless said otherwise.

    Attributes:
        setback: Front gardens between street and front.
        depth: Of the front buildings.
        unit: Width of one building along the street.
        storeys: Usual number of storeys.
        spread: Standard deviation of the storeys from one building to the next.
        roof: "flat", "gable", "mansard" or "mixed".
        pitch: Slope of pitched roofs, metres a metre.
        holes: Share of units that are missing.
        wings: Share of units with a wing into the courtyard.
        rows: Rows of parcels behind each other; more than 1 packs the block.
        open_yards: Share of the parcels behind the first row that stay open.
    """

    setback: float = 0.0
    depth: float = 12.0
    unit: float = 18.0
    storeys: float = 5.0
    spread: float = 0.6
    roof: str = "gable"
    pitch: float = 0.6
    holes: float = 0.05
    wings: float = 0.3
    rows: int = 1
    open_yards: float = 0.4


def fill_block(
    rng: np.random.Generator,
    canvas: Canvas,
    site: Site,
    near: Nearest,
    depth: FloatArray,
    where: BoolArray,
    style: BlockStyle,
) -> None:
    """Build one block, or several in the same style.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        site: What is built, in place.
        near: The nearest street.
        depth: (H, W) float32, metres from the corridor's edge.
        where: (H, W) bool: the block.
        style: How to build it.
    """
    inward = depth - style.setback
    rank = np.floor(inward / style.depth).astype(np.int64)
    body = where & (inward > 0) & (rank < style.rows + 1) & ~site.occupied
    if not body.any():
        return
    pixels = np.flatnonzero(body)
    t_all, rank_p = inward.ravel()[pixels], rank.ravel()[pixels]
    line, side = near.line.ravel()[pixels], (near.side.ravel()[pixels] > 0).astype(np.int64)
    # Each street side and row has its own rhythm.
    rhythm = 1 + 0.35 * np.sin(line * 12.9898 + side * 4.1 + rank_p * 2.3)
    width = style.unit * rhythm
    along = near.station.ravel()[pixels] / width + line * 0.37
    unit = np.floor(along).astype(np.int64)
    s = (along - unit) * width
    key = ((line * 2 + side) * 64 + np.clip(rank_p, 0, 63)) * 20_000 + np.clip(unit + 5_000, 0, 19_999)
    _, parcel = np.unique(key, return_inverse=True)
    count = int(parcel.max()) + 1
    row_of = np.zeros(count, dtype=np.int64)
    row_of[parcel] = rank_p

    exists = rng.random(count) >= np.where(row_of == 0, style.holes, style.open_yards)
    storeys = (
        style.storeys
        + style.spread * rng.standard_normal(count)
        - np.where(row_of > 0, style.storeys * rng.uniform(0.1, 0.7, count), 0)
    )
    eave = 3.1 * np.maximum(np.round(storeys), 1) + rng.uniform(-0.5, 0.8, count)
    shallow = 1 - np.where(rng.random(count) < 0.3, rng.uniform(0, 0.3, count), 0)
    if style.rows <= 1:
        wing = (rng.random(count) < style.wings) & (row_of == 1)
        exists = np.where(row_of == 0, exists, wing)
        shallow = np.where(row_of == 1, rng.uniform(0.4, 1.0, count), shallow)
    names = {"flat": 0, "gable": 1, "mansard": 2, "shed": 3}
    if style.roof == "mixed":
        roof = rng.choice(5, count, p=[0.3, 0.3, 0.15, 0.15, 0.1])
    else:
        roof = np.where(rng.random(count) < 0.15, rng.integers(0, 5, count), names.get(style.roof, 1))
    roof = np.where((row_of > 0) & (rng.random(count) < 0.5), rng.choice([0, 3], count), roof)
    slope = style.pitch * rng.uniform(0.8, 1.2, count)
    parapet = rng.uniform(0, 1.0, count)

    t = t_all - rank_p * style.depth
    reach = style.depth * shallow[parcel]
    keep = exists[parcel] & (t < reach)
    if style.rows <= 1:
        keep &= (rank_p == 0) | (s < width * 0.45)
    pixels, parcel, t, s, width, reach = (part[keep] for part in (pixels, parcel, t, s, width, reach))
    if not pixels.size:
        return
    kind = roof[parcel]
    edge_t, edge_s = np.minimum(t, reach - t), np.minimum(s, width - s)
    p = slope[parcel]
    top = np.select(
        [kind == 0, kind == 1, kind == 2, kind == 3],
        [
            np.where(np.minimum(edge_t, edge_s) < 0.5, parapet[parcel], 0.0),
            p * edge_t,
            np.minimum(edge_t, 1.6) * 1.8 + np.maximum(edge_t - 1.6, 0) * 0.25,
            p * 0.4 * t,
        ],
        default=p * np.minimum(edge_s, edge_t),
    )
    total = np.bincount(parcel, site.ground.ravel()[pixels], count)
    floor = total / np.maximum(np.bincount(parcel, minlength=count), 1)
    roof_height = floor[parcel] + eave[parcel] + top
    flat_roof = site.roof.reshape(-1)
    flat_roof[pixels] = roof_height.astype(np.float32)
    _fittings(rng, canvas, site, pixels, roof_height)
    site.occupied |= site.buildings


def _fittings(
    rng: np.random.Generator, canvas: Canvas, site: Site, pixels: FloatArray, roof_height: FloatArray
) -> None:
    """Chimneys, lift houses and roof gardens at random places of the block's roofs."""
    area = pixels.size * canvas.resolution**2
    count = int(rng.poisson(area * rng.uniform(0.002, 0.02)))
    if not count:
        return
    chosen = rng.integers(0, pixels.size, count)
    row, col = np.divmod(pixels[chosen], canvas.size)
    a, b = rng.uniform(0.4, 2.2, count), rng.uniform(0.4, 1.2, count)
    top = roof_height[chosen] + rng.uniform(0.4, 2.8, count)
    tangent = rng.uniform(0, np.pi)
    raised = np.full_like(site.roof, -np.inf)

    def box(dx: FloatArray, dy: FloatArray, index: np.ndarray) -> FloatArray:
        u, v = dx * np.cos(tangent) + dy * np.sin(tangent), dy * np.cos(tangent) - dx * np.sin(tangent)
        return np.where((np.abs(u) < a[index]) & (np.abs(v) < b[index]), top[index], -np.inf)

    canvas.stamp(raised, (col + 0.5) * canvas.resolution, (row + 0.5) * canvas.resolution, np.hypot(a, b), box)
    site.roof = np.where(site.buildings, np.maximum(site.roof, raised), site.roof)


def block_labels(corridor: BoolArray, closed: BoolArray) -> tuple[np.ndarray, int]:
    """Blocks between streets: (H, W) int32 labels from 1, and how many there are."""
    return ndimage.label(~(corridor | closed))
