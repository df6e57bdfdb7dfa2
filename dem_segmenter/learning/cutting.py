"""Cutting labelled chips out of scenes.

A chip keeps some ground around it, so that what looks at surroundings (height above ground) is right up to its edge;
that ground has elevation but no label.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ..elevation.encoding import Encoding
from .augmentation import PLAIN
from .chips import cut_labelled_chip, make_view
from .scenes import UNKNOWN, Scene
from .training import Batch


def cut_scene(scene: Scene, side: float, margin: float, *, least_known: float = 0.5) -> list[Scene]:
    """Square chips side by side, as many as fit.

    Args:
        scene: With a label ``target``.
        side: Of a chip, metres.
        margin: Ground kept around it where there is some, metres.
        least_known: Chips with a smaller share of labelled ground are left out.

    Returns:
        Scenes whose label is unknown outside their chip, named ``scene/row-column``.
    """
    pixels, around = round(side / scene.resolution), round(margin / scene.resolution)
    height, width = scene.elevation.shape
    chips = []
    for row in range(height // pixels):
        for col in range(width // pixels):
            # The remainder is shared by both edges.
            y = row * pixels + (height % pixels) // 2
            x = col * pixels + (width % pixels) // 2
            top, left = max(0, y - around), max(0, x - around)
            window = (slice(top, y + pixels + around), slice(left, x + pixels + around))
            target = np.full(scene.elevation[window].shape, UNKNOWN, np.uint8)
            core = (slice(y - top, y - top + pixels), slice(x - left, x - left + pixels))
            label = scene.labels["target"][y : y + pixels, x : x + pixels]
            target[core] = np.where(scene.valid[window][core], label, UNKNOWN)
            if (target[core] != UNKNOWN).mean() < least_known:
                continue
            chips.append(
                replace(
                    scene,
                    name=f"{scene.name}/{row}-{col}",
                    elevation=scene.elevation[window].copy(),
                    valid=scene.valid[window].copy(),
                    labels={"target": target},
                    canopy=None,
                )
            )
    return chips


def class_share(chip: Scene) -> float:
    """Share of the labelled ground that is the class."""
    known = chip.labels["target"] != UNKNOWN
    return float((chip.labels["target"][known] == 1).mean()) if known.any() else 0.0


def plain_batches(
    chips: Sequence[Scene], encoding: Encoding, tile: int, *, resolution: float = 0.75, batch_size: int = 8
) -> Iterator[Batch]:
    """Chips as they are, for validation and tests.

    Args:
        chips: From `cut_scene`.
        encoding: Elevation to channels.
        tile: Side in pixels.
        resolution: Metres per pixel.
        batch_size: Chips a batch.

    Yields:
        Channels ``(B, C, T, T) float32`` and target ``(B, T, T) uint8``.
    """
    rng = np.random.default_rng(0)
    plain = replace(PLAIN, resolution=(resolution, resolution))
    for first in range(0, len(chips), batch_size):
        views = [
            cut_labelled_chip(make_view(chip, encoding, rng, plain), tile, rng, augment=False)
            for chip in chips[first : first + batch_size]
        ]
        channels = np.stack([v.channels for v in views]).astype(np.float32)
        yield encoding.finish(channels, np.stack([v.valid for v in views])), np.stack([v.target for v in views])
