"""Synthetic roads in real ground: exact labels on terrain no generator invents.

Fractal terrain is smoother and more regular than gullies, hummocks and windthrow are, and a head that learned roads on
it alone takes those for roads. Here the lines and earthworks of the generator are shaped into a measured bare-earth
model of a place that has no roads of its own.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from .canvas import Canvas
from .earthworks import add_lines, no_works
from .lines import Line
from .options import ByteArray, FloatArray
from .plans import plan_network

#: Settings whose roads are out of doors: the others need the houses that stand along them.
OPEN_SETTINGS = ("forest", "mountain", "farmland")

#: Change in metres below which nobody built anything: more than float32 rounds by, less than a kerb.
UNTOUCHED = 1e-3


def build_roads(
    ground: FloatArray, resolution: float, *, seed: int, setting: str = "forest", causeways: float = 0.0
) -> tuple[FloatArray, ByteArray]:
    """Build roads, and lines that are none, into real ground.

    Args:
        ground: ``(N, N) float32, metres``: bare earth without roads, without gaps.
        resolution: Metres per pixel.
        seed: Seed of everything that is random.
        setting: One of `OPEN_SETTINGS`.
        causeways: Share of the roads that are banked up with gentle sides, as over wet ground.

    Returns:
        The ground with roads in it, ``(N, N) float32, metres``, and the carriageways, ``(N, N) uint8``: 1 on them.

    Raises:
        ValueError: The ground is not square.
    """
    if ground.ndim != 2 or ground.shape[0] != ground.shape[1]:
        raise ValueError(f"the ground is {' x '.join(map(str, ground.shape))} pixels, not square")
    rng = np.random.default_rng([seed, *setting.encode()])
    canvas = Canvas(ground.shape[0], resolution)
    network = plan_network(rng, canvas, ground, setting)
    # Distractors are old: the texture of the land, and the sensor's, lies on them. Roads have some of it.
    smooth = canvas.smooth(ground, rng.uniform(1.0, 2.0))
    texture = ground - smooth
    works = no_works(add_lines(canvas, no_works(smooth), network.ranks[0]).ground + texture)
    banked = np.random.default_rng([seed, *b"causeway"])  # its own, so that all else is as without causeways
    for lines in network.ranks[1:]:
        lines = [_causeway(banked, line) if line.is_road and banked.random() < causeways else line for line in lines]
        works = add_lines(canvas, works, lines)
    left = np.where(works.carriageway | works.water, rng.uniform(0.0, 0.35) * texture, 0.0)
    built = np.maximum(works.ground + left, works.deck).astype(np.float32)
    if rng.random() < 0.5:
        # A ground filter and a grid came after the survey; the real part has been through one already.
        sigma = canvas.pixels(rng.uniform(0.2, 0.8))
        untouched = np.abs(built - ground) < UNTOUCHED
        built = np.where(untouched, built, ndimage.gaussian_filter(built, sigma, mode="nearest"))
    return built.astype(np.float32), works.carriageway.astype(np.uint8)


def _causeway(rng: np.random.Generator, line: Line) -> Line:
    """A road as it crosses a bog or a flood plain: higher than what is beside it, its sides long since slumped."""
    section = replace(
        line.section,
        width=max(line.section.width, rng.uniform(4.0, 9.0)),
        shoulder=rng.uniform(0.3, 1.5),
        kerb=-rng.uniform(0.02, 0.1),
        ditch=rng.uniform(0.1, 0.4) if rng.random() < 0.3 else 0.0,
        fill=rng.uniform(0.0, 0.3),
        lift=rng.uniform(0.25, 1.2),
    )
    return replace(line, section=section)
