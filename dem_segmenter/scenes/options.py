"""What a synthetic scene is asked to be, and what it hands back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import OptionError

#: Kinds of place a scene can show; "mixed" lets the seed choose among the others.
SETTINGS = ("suburb", "village", "city", "old_town", "industrial", "farmland", "forest", "mountain", "mixed")

#: Ways the surface was measured; "any" lets the seed choose among the others.
SENSORS = ("lidar_dense", "lidar_sparse", "stereo", "coarse", "any")

FloatArray = npt.NDArray[np.float32]
ByteArray = npt.NDArray[np.uint8]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SceneOptions:
    """What to build. The same options always give the same arrays.

    Attributes:
        size: Side of the square scene in pixels.
        resolution: Side of a pixel in metres.
        seed: Seed of everything that is random.
        setting: One of `SETTINGS`.
        sensor: One of `SENSORS`.
        gaps: Whether the measured surfaces may have pixels without elevation.

    Raises:
        OptionError: A value is outside what the generator can build.
    """

    size: int = 512
    resolution: float = 0.75
    seed: int = 0
    setting: str = "mixed"
    sensor: str = "any"
    gaps: bool = True

    def __post_init__(self) -> None:
        if not 64 <= self.size <= 4096:
            raise OptionError(
                f"A scene of {self.size} pixels cannot be built.", "Choose a size from 64 to 4096 pixels."
            )
        if not (math.isfinite(self.resolution) and 0.2 <= self.resolution <= 5.0):
            raise OptionError(
                f"A resolution of {self.resolution} m cannot be built.", "Choose a resolution from 0.2 to 5 metres."
            )
        if self.seed < 0:
            raise OptionError(f"The seed {self.seed} is negative.", "Choose zero or a positive whole number.")
        if self.setting not in SETTINGS:
            raise OptionError(f"There is no setting '{self.setting}'.", f"Choose one of: {', '.join(SETTINGS)}.")
        if self.sensor not in SENSORS:
            raise OptionError(f"There is no sensor '{self.sensor}'.", f"Choose one of: {', '.join(SENSORS)}.")


@dataclass(frozen=True, eq=False)
class SyntheticScene:
    """A made-up place with exact labels. All arrays are (H, W) and share one grid.

    Attributes:
        dem: float32, metres; first surface as a sensor would give it, NaN where it saw nothing.
        ground: float32, metres; the exact bare earth with road benches, kerbs and ditches, without noise or gaps.
        bare_earth: float32, metres; a bare-earth product as users have it: filtered, interpolated, noisy.
        dem_without_trees: float32, metres; the surface without vegetation, with the sensor's noise, without gaps.
        buildings: uint8; 1 inside a building's footprint, 0 outside.
        roads: uint8; 1 on a carriageway (under trees and on bridges too), 0 elsewhere.
        resolution: Side of a pixel in metres.
        seed: The seed it was built from.
        setting: The setting that was built, never "mixed".
        sensor: The way it was measured, never "any".
    """

    dem: FloatArray
    ground: FloatArray
    bare_earth: FloatArray
    dem_without_trees: FloatArray
    buildings: ByteArray
    roads: ByteArray
    resolution: float
    seed: int
    setting: str
    sensor: str
