"""Halls that are built into a view, and banks that only look like them.

Labelled places are towns; warehouses, factories and shopping centres stand outside of them. A wide flat roof is what
levelled ground and terraces look like from within, and only its walls tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

#: Sides of halls, metres: from a gymnasium to a distribution centre.
SIDES = (14.0, 110.0)

#: Heights of halls, metres.
HEIGHTS = (3.0, 16.0)

#: Share of what is built that is a bank (a dam, a filled yard) or a low platform, and no building.
BANKS = 0.3

#: Places tried for each hall before it is given up: views of towns have no room.
TRIES = 6


@dataclass(frozen=True)
class _Site:
    """Where a hall stands.

    Attributes:
        along: ``(H, W) float32``: metres from its middle along the short side.
        across: The same along the long side.
        short: Short side, metres.
        long: Long side, metres.
        inside: ``(H, W) bool``.
    """

    along: np.ndarray
    across: np.ndarray
    short: float
    long: float
    inside: np.ndarray


def build_halls(
    z: np.ndarray, target: np.ndarray, resolution: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Build one to four halls or banks on ground that is free.

    Args:
        z: ``(H, W) float32, metres``, known everywhere.
        target: ``(H, W) uint8``: 1 building; no hall stands on one or touches it.
        resolution: Metres per pixel.
        rng: Source of chance.

    Returns:
        Elevation and target, of the same shapes.
    """
    z, target = z.astype(np.float32, copy=True), target.copy()
    for _ in range(1 + min(int(rng.poisson(1.0)), 3)):
        site = _site(target, resolution, rng)
        if site is None:
            continue
        level = float(np.median(z[site.inside]))
        if rng.random() < BANKS:
            z = _bank(z, target, site, level, rng)
            continue
        height = float(np.exp(rng.uniform(*np.log(HEIGHTS))))
        if rng.random() < 0.5:
            z = _graded(z, target, site, level, resolution, rng)
        z[site.inside] = (level + height + _roof(site, height, resolution, rng))[site.inside]
        target[site.inside] = 1
    return z, target


def _site(target: np.ndarray, resolution: float, rng: np.random.Generator) -> _Site | None:
    """A free rectangle, perhaps with a corner cut out; None where there is no room."""
    y, x = np.ogrid[: target.shape[0], : target.shape[1]]
    built = target == 1
    for _ in range(TRIES):
        short = float(np.exp(rng.uniform(*np.log(SIDES))))
        long = min(short * rng.uniform(1.0, 2.6), 2 * SIDES[1])
        angle = rng.uniform(0.0, np.pi)
        row, col = rng.uniform(0, target.shape[0]), rng.uniform(0, target.shape[1])
        east, south = ((x - col) * resolution).astype(np.float32), ((y - row) * resolution).astype(np.float32)
        along = east * np.float32(np.cos(angle)) + south * np.float32(np.sin(angle))
        across = south * np.float32(np.cos(angle)) - east * np.float32(np.sin(angle))
        gap = rng.uniform(3.0, 8.0)
        if (built & (np.abs(along) < short / 2 + gap) & (np.abs(across) < long / 2 + gap)).any():
            continue
        inside = (np.abs(along) < short / 2) & (np.abs(across) < long / 2)
        if rng.random() < 0.25:
            inside &= ~((along > rng.uniform(-0.2, 0.3) * short) & (across > rng.uniform(-0.2, 0.3) * long))
        if np.count_nonzero(inside) * resolution**2 > 0.5 * short * long * (1 if short > 40 else 0.8):
            return _Site(along, across, short, long, inside)
    return None


def _roof(site: _Site, height: float, resolution: float, rng: np.random.Generator) -> np.ndarray:
    """``(H, W) float32, metres``: a roof above its eaves."""
    kind = rng.random()
    if kind < 0.6:  # flat, or falling to one side
        fall = rng.normal(0.0, 0.01, 2)
        roof = fall[0] * site.along + fall[1] * site.across
    elif kind < 0.85:  # a low gable
        roof = rng.uniform(0.03, 0.2) * (site.short / 2 - np.abs(site.along))
    elif kind < 0.95:  # saw teeth
        period = rng.uniform(6.0, 15.0)
        roof = rng.uniform(0.08, 0.3) * np.mod(site.across, period)
    else:  # a barrel
        roof = rng.uniform(0.05, 0.2) * site.short * np.cos(np.pi * np.clip(site.along / site.short, -0.5, 0.5))
    roof = np.array(np.broadcast_to(roof, site.inside.shape), np.float32)
    if rng.random() < 0.3:  # an annex, lower
        part = site.across > rng.uniform(0.1, 0.4) * site.long
        roof = np.where(part, roof - rng.uniform(0.2, 0.6) * height, roof)
    if rng.random() < 0.2:  # rows of skylights
        rows = np.mod(site.across, rng.uniform(6.0, 14.0)) < rng.uniform(1.0, 2.5)
        roof = roof + np.float32(rng.uniform(0.15, 0.6)) * rows
    edge = ndimage.binary_erosion(site.inside, iterations=2)
    for _ in range(int(min(rng.poisson(np.count_nonzero(site.inside) * resolution**2 / rng.uniform(200, 3000)), 60))):
        a, b = rng.uniform(-0.5, 0.5) * site.short, rng.uniform(-0.5, 0.5) * site.long
        sides = rng.uniform(1.0, 4.0, 2)
        plant = (np.abs(site.along - a) < sides[0]) & (np.abs(site.across - b) < sides[1]) & edge
        roof[plant] += rng.uniform(0.5, 3.0)
    if rng.random() < 0.4:  # a parapet
        roof[site.inside & ~ndimage.binary_erosion(site.inside, border_value=1)] += rng.uniform(0.3, 1.2)
    return roof


def _outside(site: _Site) -> np.ndarray:
    """``(H, W) float32``: metres from the rectangle, 0 in it."""
    out: np.ndarray = np.hypot(
        np.maximum(np.abs(site.along) - site.short / 2, 0.0), np.maximum(np.abs(site.across) - site.long / 2, 0.0)
    )
    return out


def _graded(
    z: np.ndarray, target: np.ndarray, site: _Site, level: float, resolution: float, rng: np.random.Generator
) -> np.ndarray:
    """The yard around a hall: level, without trees, falling to what was there within some metres."""
    width = rng.uniform(4.0, 30.0)
    share = np.clip((width - _outside(site)) / rng.uniform(1.0, 8.0), 0.0, 1.0) * (target != 1)
    smooth = ndimage.gaussian_filter(z, 4.0 / resolution)
    yard = level + rng.uniform(0.0, 0.3) * (smooth - level)
    return (z + share * (yard - z)).astype(np.float32)


def _bank(z: np.ndarray, target: np.ndarray, site: _Site, level: float, rng: np.random.Generator) -> np.ndarray:
    """A flat top between slopes, or a low platform between walls: no building."""
    free = target != 1
    if rng.random() < 0.3:
        top = np.where(site.inside, level + rng.uniform(0.2, 1.2), -np.inf)
        return np.where(free & site.inside, top, z).astype(np.float32)
    height, slope = float(np.exp(rng.uniform(np.log(1.0), np.log(8.0)))), rng.uniform(0.3, 0.9)
    shape = level + height - slope * _outside(site)
    within = free & (_outside(site) < height / slope)
    return np.where(within, np.maximum(shape, z) if rng.random() < 0.3 else shape, z).astype(np.float32)
