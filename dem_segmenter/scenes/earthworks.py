"""Roads and other linear works shaped into the ground: benches, cuttings, embankments, kerbs and ditches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from .canvas import Canvas
from .lines import SPACING, Line, Nearest, locate
from .options import BoolArray, FloatArray

#: Difference in height in metres from which one line crosses another on a bridge.
BRIDGE = 1.8

#: Area of the largest bridge in square metres.
LONGEST_BRIDGE = 1100.0


@dataclass(frozen=True, eq=False)
class Works:
    """What the building of roads left behind.

    Attributes:
        ground: (H, W) float32, metres: the ground with them in it.
        carriageway: (H, W) bool: where vehicles drive on labelled roads.
        corridor: (H, W) bool: carriageways and shoulders of every line; no building stands here.
        water: (H, W) bool: beds of rivers.
        deck: (H, W) float32, metres: bridges; -inf where there is none.
    """

    ground: FloatArray
    carriageway: BoolArray
    corridor: BoolArray
    water: BoolArray
    deck: FloatArray


def add_lines(canvas: Canvas, works: Works, lines: Sequence[Line]) -> Works:
    """Build a further rank: level crossings where the heights agree, bridges where they do not.

    Args:
        canvas: The raster.
        works: What was built before.
        lines: Lines of the next rank.
    """
    near = locate(canvas, lines)
    if near is None:
        return works
    carriageway, corridor, shaped = _build(canvas, works.ground, lines, near, works.carriageway)
    is_road = np.array([line.is_road for line in lines])[near.line]
    is_river = np.array([line.kind == "river" for line in lines])[near.line]
    change = shaped - works.ground
    approach = ndimage.binary_dilation(works.carriageway, iterations=max(1, int(canvas.pixels(1.0))))
    over = approach & (change > BRIDGE)
    # Rivers are bridged however low the banks are.
    under = approach & (change < np.where(is_river, -0.35, -BRIDGE))
    over, under = _short(canvas, over), _short(canvas, under)
    deck = works.deck.copy()
    deck[over & corridor] = shaped[over & corridor]
    deck[under] = works.ground[under]
    ground = np.where(over, works.ground, shaped).astype(np.float32)
    # An old road stays one on a bridge, below one, and across rails at its own height.
    kept = works.carriageway & (over | under | ~corridor | (np.abs(change) < 0.6))
    water = (works.water & ~corridor) | (is_river & carriageway)
    return Works(ground, kept | (carriageway & is_road), works.corridor | corridor, water, deck)


def _short(canvas: Canvas, crossing: BoolArray) -> BoolArray:
    """Crossings without those that are no crossings but two lines on one ground; (H, W) bool."""
    labels, _ = ndimage.label(crossing)
    area = np.bincount(labels.ravel()) * canvas.resolution**2
    return crossing & (area < LONGEST_BRIDGE)[labels]


def no_works(ground: FloatArray) -> Works:
    """Untouched ground; (H, W) float32, metres."""
    nothing = np.zeros(ground.shape, dtype=bool)
    return Works(ground, nothing, nothing, nothing, np.full(ground.shape, -np.inf, dtype=np.float32))


def _build(
    canvas: Canvas, ground: FloatArray, lines: Sequence[Line], near: Nearest, joined: BoolArray
) -> tuple[BoolArray, BoolArray, FloatArray]:
    """Shape lines of one rank into the ground.

    Build the highest rank last: what is built later cuts through what was there.

    Args:
        canvas: The raster.
        ground: (H, W) float32, metres.
        lines: Lines that may cross each other.
        near: The nearest of them.
        joined: (H, W) bool: carriageways that meet these; there is no kerb across them.

    Returns:
        Carriageway and corridor, (H, W) bool; the shaped ground, (H, W) float32 metres.
    """

    def per_line(name: str) -> FloatArray:
        values = np.array([getattr(line.section, name) for line in lines], dtype=np.float32)
        return values[near.line]

    design, grade = _gradients(canvas, ground, lines, near)
    level = design[near.sample] + grade[near.sample] * near.along
    half, shoulder, kerb = per_line("half"), per_line("shoulder"), per_line("kerb")
    distance = near.distance
    beyond = distance - half - shoulder
    carriageway = distance <= half
    corridor = beyond <= 0
    lift = per_line("lift")
    level = level + lift * _fade(canvas, near.station, lines, near.line)
    # A parabola: rollers leave no ridge on the crown.
    profile = level + per_line("crown") * half * 0.5 * (1 - (np.minimum(distance, half) / half) ** 2)
    wear = per_line("wear")
    if wear.any():
        rut = np.exp(-(((distance - 0.75) / 0.28) ** 2)) + 0.5 * np.exp(-((distance / 0.5) ** 2)) * -1
        profile -= np.where(carriageway, wear * rut, 0)
    median = per_line("median")
    if median.any():
        profile += np.where(distance < np.maximum(0.5, 0.6 * canvas.resolution), median, 0)
    profile += np.where(carriageway | joined, 0, kerb)
    ditch = per_line("ditch")
    bank = np.maximum(beyond, 0)
    # A bank must be steeper than the hill it stands on, or it would never end; far out it ends in any case.
    gy, gx = np.gradient(canvas.smooth(ground, 6.0), canvas.resolution)
    hillside = canvas.sample(np.hypot(gx, gy).astype(np.float32), near.points)[near.sample]
    far = 3.0 * np.maximum(bank - 6.0 - 2.5 * np.abs(lift), 0)
    upper = level + kerb + bank * np.maximum(per_line("cut"), 1.25 * hillside + 0.15) + far
    lower = level + kerb - bank * np.maximum(per_line("fill"), 1.25 * hillside + 0.15) - far
    outside = np.clip(ground, lower, upper)
    if ditch.any():
        reach = np.maximum(0.6, canvas.resolution)
        outside = outside - ditch * np.exp(-(((beyond - reach) / reach) ** 2))
    shaped = np.where(corridor, profile, outside)
    # Where two lines meet, their gradients differ by some centimetres: one machine graded both.
    graded = canvas.smooth(shaped, 1.2)
    crossing = ndimage.generic_gradient_magnitude(shaped, ndimage.sobel) > 8 * 0.35 * canvas.resolution
    crossing = ndimage.binary_dilation(crossing & carriageway, iterations=2) & carriageway
    shaped = np.where(crossing, graded, shaped).astype(np.float32)
    return carriageway, corridor, shaped


def _gradients(
    canvas: Canvas, ground: FloatArray, lines: Sequence[Line], near: Nearest
) -> tuple[FloatArray, FloatArray]:
    """Design elevation of every sample in metres, and its slope along the line; (S,) float32 each.

    The terrain is averaged in the plane first, so that lines agree where they cross, and then along each line.
    """
    smoothing = float(np.median([line.section.smoothing for line in lines]))
    spacing = SPACING * canvas.resolution
    sampled = canvas.sample(canvas.smooth(ground, smoothing * 0.5), near.points)
    levels, grades = [], []
    for part in np.split(sampled, np.flatnonzero(np.diff(near.owner)) + 1):
        level = ndimage.gaussian_filter1d(part, smoothing / spacing, mode="nearest")
        levels.append(level)
        grades.append(np.gradient(level, spacing) if len(level) > 1 else np.zeros_like(level))
    return np.concatenate(levels).astype(np.float32), np.concatenate(grades).astype(np.float32)


def _fade(canvas: Canvas, station: FloatArray, lines: Sequence[Line], line: npt.NDArray[np.intp]) -> FloatArray:
    """How much of the lift is there: slow changes between half and all of it; (H, W) float32."""
    phase = (1.7 * np.arange(len(lines))).astype(np.float32)[line]
    return (0.75 + 0.25 * np.sin(station / max(60.0, canvas.extent / 5) + phase)).astype(np.float32)
