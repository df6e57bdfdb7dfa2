"""Synthetic DEM scenes with exact labels of buildings and roads.

```python
scene = generate(SceneOptions(size=512, resolution=0.75, seed=7, setting="suburb"))
scene.dem, scene.buildings, scene.roads
```

A scene is built the way a place is: terrain (`terrain`), lines planned (`plans`, `layouts`, `growth`) and shaped into
the ground (`earthworks`, `grading`), buildings (`settlement`, `site`, `blocks`, `buildings`, `roofs`), plants and
clutter (`surface`, `vegetation`), and at last the sensor (`sensor`).
"""

from __future__ import annotations

from .generate import generate
from .options import SENSORS, SETTINGS, SceneOptions, SyntheticScene

__all__ = ["SENSORS", "SETTINGS", "SceneOptions", "SyntheticScene", "generate"]
