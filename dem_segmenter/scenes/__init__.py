"""Synthetic DEM scenes with exact labels of buildings and roads."""

from __future__ import annotations

from .generate import generate
from .options import SENSORS, SETTINGS, SceneOptions, SyntheticScene

__all__ = ["SENSORS", "SETTINGS", "SceneOptions", "SyntheticScene", "generate"]
