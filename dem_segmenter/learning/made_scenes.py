"""Scenes to learn from that are generated: whole places, and roads in measured or generated ground."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import rasterio

from ..elevation.encoding import fill_unknown
from ..errors import TrainingError
from .scenes import BARE, Scene, height_classes, read_table

#: Kinds of synthetic places: all but the mixture of them.
PLACES = ("suburb", "village", "city", "old_town", "industrial", "farmland", "forest", "mountain")

#: Generated ground that roads may be built in beside that of measured places.
PEATLAND = "peatland"

#: Licence of what is generated.
MADE_HERE = "made by this project, CC0-1.0"


def synthetic_scenes(
    count: int,
    *,
    seed: int = 0,
    size: int = 512,
    side: float | None = None,
    bare_earth_share: float | None = None,
    cache: Path | None = None,
    resolutions: Sequence[float] = (0.5, 0.6, 0.75, 1.0, 1.0),
    settings: Sequence[str] = PLACES,
    sensor: str = "any",
) -> list[Scene]:
    """Generated scenes, each as a first surface, as a bare-earth product (whose buildings are gone), or as both.

    Args:
        count: How many places.
        seed: First seed; place i has seed + i.
        size: Side in pixels.
        side: Side in metres instead.
        bare_earth_share: Share handed out as bare earth, the rest as first surface; None hands out both of each place.
        cache: Folder to keep them in between runs.
        resolutions: Metres per pixel, drawn from.
        settings: Kinds of places, in turn.
        sensor: How the surfaces are measured (see `SceneOptions`).
    """
    from ..scenes import SceneOptions, generate

    scenes: list[Scene] = []
    for i in range(count):
        rng = np.random.default_rng(seed + i)
        resolution = float(rng.choice(resolutions))
        setting = settings[i % len(settings)]
        size = round(side / resolution) if side else size
        kind = "" if sensor == "any" else f"-{sensor}"
        path = cache / f"{setting}-{seed + i}-{size}-{resolution:.2f}{kind}.npz" if cache else None
        if path and path.is_file():
            with np.load(path) as stored:
                arrays = dict(stored)
        else:
            made = generate(
                SceneOptions(size=size, resolution=resolution, seed=seed + i, setting=setting, sensor=sensor)
            )
            arrays = {name: getattr(made, name) for name in ("dem", "bare_earth", "buildings", "roads")}
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
                np.savez(path, **arrays)
        kinds = (False, True) if bare_earth_share is None else (bool(rng.random() < bare_earth_share),)
        scenes.extend(_synthetic_scene(arrays, f"{setting}-{seed + i}", setting, resolution, bare) for bare in kinds)
    return scenes


def built_scenes(
    folders: Iterable[Path],
    places: Sequence[str],
    count: int,
    *,
    seed: int = 0,
    size: int = 448,
    causeways: float = 0.0,
) -> list[Scene]:
    """Synthetic roads in the real ground of places that have none.

    Args:
        folders: Folders of scenes.
        places: Names of scenes; their ``ground.tif`` is built in, or their ``dem.tif`` where that is bare earth.
            `PEATLAND` is generated anew each time: no measured bog may be learned from.
        count: How many scenes, the places in turn.
        seed: First seed; scene i has seed + i.
        size: Largest side in pixels; smaller places are used whole.
        causeways: Share of the roads that are banked up, as over wet ground.

    Raises:
        TrainingError: A place is in none of the folders.
    """
    from ..scenes.peatland import peatland
    from ..scenes.real_ground import OPEN_SETTINGS, build_roads

    rows = {row["scene"]: (folder, row) for folder in folders for row in read_table(folder)}
    scenes: list[Scene] = []
    for i in range(count):
        name = places[i % len(places)]
        rng = np.random.default_rng(seed + i)
        if name == PEATLAND:
            resolution = float(rng.choice((0.5, 0.75, 1.0)))
            ground = peatland(size, resolution, seed=seed + i)
            valid = np.ones(ground.shape, bool)
            family, licence = f"synthetic-{PEATLAND}", MADE_HERE
        elif name in rows:
            folder, row = rows[name]
            ground, valid = _read_ground(folder / name)
            resolution = float(row["resolution_m"])
            family, licence = row["family"], row.get("licence", "")
        else:
            raise TrainingError(f"There is no scene '{name}' to build roads in.", "Look at the recipe and the folders.")
        side = min(size, *ground.shape)
        top, left = (int(rng.integers(0, n - side + 1)) for n in ground.shape)
        window = (slice(top, top + side), slice(left, left + side))
        ground, valid = ground[window], valid[window]
        if valid.mean() < 0.3:
            continue
        setting = OPEN_SETTINGS[int(rng.integers(len(OPEN_SETTINGS)))]
        # Turned, so that the same crop of a small place is another place.
        turn = int(rng.integers(4))
        ground, valid = (np.ascontiguousarray(np.rot90(a, turn)) for a in (fill_unknown(ground, valid), valid))
        built, roads = build_roads(ground, resolution, seed=seed + i, setting=setting, causeways=causeways)
        scenes.append(
            Scene(
                name=f"roads-in-{name}-{seed + i}",
                family=family,
                elevation=np.where(valid, built, np.float32(0)),
                valid=valid,
                resolution=resolution,
                labels={"roads": roads},
                quality="S",
                licence=licence,
            )
        )
    return scenes


def _read_ground(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """A scene's bare earth in metres, ``(H, W) float32``, and where it is known, ``(H, W) bool``."""
    path = folder / "ground.tif"
    with rasterio.open(path if path.is_file() else folder / "dem.tif") as source:
        ground = source.read(1).astype(np.float32)
        return ground, np.isfinite(ground) & (source.read_masks(1) > 0)


def _synthetic_scene(arrays: Mapping[str, np.ndarray], name: str, setting: str, resolution: float, bare: bool) -> Scene:
    elevation = arrays["bare_earth" if bare else "dem"].astype(np.float32)
    valid = np.isfinite(elevation)
    # In a bare-earth product there is no building to be found any more.
    buildings = np.zeros_like(arrays["buildings"]) if bare else arrays["buildings"]
    labels = {"roads": arrays["roads"], "buildings": buildings}
    if not bare:
        known = valid & np.isfinite(arrays["bare_earth"])
        labels["height"] = height_classes(elevation, arrays["bare_earth"], known)
    return Scene(
        name=f"synthetic-{name}" + (BARE if bare else ""),
        family=f"synthetic-{setting}",
        elevation=np.where(valid, elevation, np.float32(0)),
        valid=valid,
        resolution=resolution,
        labels=labels,
        quality="S",
        licence=MADE_HERE,
    )
