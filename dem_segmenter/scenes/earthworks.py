"""Roads and other linear works shaped into the ground: benches, cuttings, embankments, kerbs and ditches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .canvas import Canvas
from .lines import Line, locate
from .options import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class Works:
    """What the building of roads left behind.

    Attributes:
        ground: (H, W) float32, metres: the ground with them in it.
        carriageway: (H, W) bool: where vehicles drive on labelled roads.
        corridor: (H, W) bool: carriageways and shoulders of every line; no building stands here.
    """

    ground: FloatArray
    carriageway: BoolArray
    corridor: BoolArray


def build_lines(canvas: Canvas, ground: FloatArray, lines: Sequence[Line]) -> Works:
    """Shape lines of one rank into the ground.

    Build the highest rank last: what is built later cuts through what was there.

    Args:
        canvas: The raster.
        ground: (H, W) float32, metres.
        lines: Lines that may cross each other.
    """
    nothing = np.zeros(ground.shape, dtype=bool)
    near = locate(canvas, lines)
    if near is None:
        return Works(ground, nothing, nothing)

    def per_line(name: str) -> FloatArray:
        values = np.array([getattr(line.section, name) for line in lines], dtype=np.float32)
        return values[near.line]

    level = _gradients(canvas, ground, lines, near.points, near.owner)[near.sample]
    half, shoulder, kerb = per_line("half"), per_line("shoulder"), per_line("kerb")
    distance = near.distance
    beyond = distance - half - shoulder
    carriageway = distance <= half
    corridor = beyond <= 0
    level = level + per_line("lift") * _fade(canvas, near.station, lines, near.line)
    profile = level + per_line("crown") * (half - np.minimum(distance, half))
    wear = per_line("wear")
    if wear.any():
        rut = np.exp(-(((distance - 0.75) / 0.28) ** 2)) + 0.5 * np.exp(-((distance / 0.5) ** 2)) * -1
        profile -= np.where(carriageway, wear * rut, 0)
    median = per_line("median")
    if median.any():
        profile += np.where(distance < np.maximum(0.5, 0.6 * canvas.resolution), median, 0)
    profile += np.where(carriageway, 0, kerb)
    ditch = per_line("ditch")
    bank = np.maximum(beyond, 0)
    upper = level + kerb + bank * per_line("cut")
    lower = level + kerb - bank * per_line("fill")
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
    is_road = np.array([line.is_road for line in lines])[near.line]
    return Works(shaped, carriageway & is_road, corridor)


def _gradients(
    canvas: Canvas, ground: FloatArray, lines: Sequence[Line], points: FloatArray, owner: FloatArray
) -> FloatArray:
    """Design elevation of every sample; (S,) float32, metres.

    The terrain is averaged in the plane first, so that lines agree where they cross, and then along each line.
    """
    smoothing = float(np.median([line.section.smoothing for line in lines]))
    level = canvas.sample(canvas.smooth(ground, smoothing * 0.5), points)
    cuts = np.flatnonzero(np.diff(owner)) + 1
    parts = np.split(level, cuts)
    sigma = smoothing / (0.6 * canvas.resolution)
    return np.concatenate([ndimage.gaussian_filter1d(part, sigma, mode="nearest") for part in parts]).astype(np.float32)


def _fade(canvas: Canvas, station: FloatArray, lines: Sequence[Line], line: FloatArray) -> FloatArray:
    """How much of the lift is there: slow changes between half and all of it; (H, W) float32."""
    phase = np.arange(len(lines), dtype=np.float32)[line] * 1.7
    return 0.75 + 0.25 * np.sin(station / max(60.0, canvas.extent / 5) + phase)
