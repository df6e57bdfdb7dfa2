"""Scenes to learn from: an elevation raster with labels on its grid, in memory; read from folders here."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import rasterio
from scipy import ndimage

from ..elevation.encoding import fill_unknown
from ..errors import TrainingError
from .classical import morphological_ground

UNKNOWN = 255

#: Label quality of places that come without labels and got theirs from us.
DRAWN = "D"

#: Ends the name of a place that is shown as bare earth.
BARE = "-bare"

#: Nearer to a building than this, metres, or lower than this, metres, nothing is taken for a tree.
TREE_DISTANCE, LEAST_TREE = 2.0, 2.0

#: Side of the window of a morphological ground, metres: wider than closed forest is without a gap.
OPENING = 70.0

#: Upper ends of the height classes, metres above ground; the last class is open.
HEIGHT_CLASSES = (0.5, 2.0, 5.0, 10.0, 20.0)


@dataclass(frozen=True)
class Scene:
    """One place.

    Attributes:
        name: Folder name.
        family: Scenes of one family show the same ground or come from one sensor: never split across train and test.
        elevation: ``(H, W) float32, metres``.
        valid: ``(H, W) bool``.
        resolution: Metres per pixel.
        labels: Name (``buildings``, ``roads``) to ``(H, W) uint8``: 1 yes, 0 no, 255 unknown; ``height`` counts the
            `HEIGHT_CLASSES` that a pixel's height above ground exceeds.
        canopy: ``(H, W) float32, metres``: height of trees above the surface without them; None where not known.
        standing: ``(H, W) float32, metres``: height above bare earth of whatever stands there; None where not known.
        quality: Label quality: A independent or official, B automatic but good, C noisy, S synthetic, `DRAWN` by us
            where it came without.
        licence: Of the source, for the card.
        drawn: Names of the labels that are drawn by us, whatever the quality of the others.
    """

    name: str
    family: str
    elevation: np.ndarray
    valid: np.ndarray
    resolution: float
    labels: Mapping[str, np.ndarray] = field(default_factory=dict)
    canopy: np.ndarray | None = None
    standing: np.ndarray | None = None
    quality: str = ""
    licence: str = ""
    drawn: frozenset[str] = frozenset()

    @property
    def made(self) -> bool:
        """Whether the ground itself is generated (roads built into real ground are not)."""
        return self.family.startswith("synthetic-")


def read_table(folder: Path) -> list[dict[str, str]]:
    """Rows of a folder's ``scenes.csv``.

    Raises:
        TrainingError: There is none.
    """
    path = folder / "scenes.csv"
    if not path.is_file():
        raise TrainingError(f"There is no scenes.csv in '{folder}'.", "Give a folder of scenes with such a table.")
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def load_scene(folder: Path, row: Mapping[str, str]) -> Scene:
    """Read one scene folder.

    Args:
        folder: Holds ``dem.tif`` and any of ``buildings.tif``, ``roads.tif``, ``paved.tif``, ``dem_without_trees.tif``.
        row: Its row of the table.
    """
    with rasterio.open(folder / "dem.tif") as source:
        elevation = source.read(1).astype(np.float32)
        valid = np.isfinite(elevation) & (source.read_masks(1) > 0)
    labels = {}
    canopy = standing = None
    for name in ("buildings", "roads", "paved"):
        path = folder / f"{name}.tif"
        if path.is_file():
            with rasterio.open(path) as source:
                labels[name] = source.read(1).astype(np.uint8)
    if (folder / "ground.tif").is_file():
        with rasterio.open(folder / "ground.tif") as source:
            ground = source.read(1).astype(np.float32)
            known = valid & (source.read_masks(1) > 0) & np.isfinite(ground)
        labels["height"] = height_classes(elevation, ground, known)
        standing = np.where(known, np.maximum(elevation - ground, 0.0), 0.0).astype(np.float32)
    bare = folder / "dem_without_trees.tif"
    if bare.is_file():
        with rasterio.open(bare) as source:
            surface = source.read(1).astype(np.float32)
            known = valid & (source.read_masks(1) > 0) & np.isfinite(surface)
        canopy = np.where(known, np.maximum(elevation - surface, 0.0), 0.0).astype(np.float32)
    elif standing is not None and "buildings" in labels and row.get("label_quality", "") in ("A", "B"):
        canopy = trees(standing, labels["buildings"] != 0, float(row["resolution_m"]))
    return Scene(
        name=folder.name,
        family=row["family"],
        elevation=np.where(valid, elevation, np.float32(0)),
        valid=valid,
        resolution=float(row["resolution_m"]),
        labels=labels,
        canopy=canopy,
        standing=standing,
        quality=row.get("label_quality", ""),
        licence=row.get("licence", ""),
    )


def trees(standing: np.ndarray, buildings: np.ndarray, resolution: float) -> np.ndarray:
    """What stands on the ground, is no building, and is as tall as a tree.

    Args:
        standing: ``(H, W) float32, metres`` above bare earth.
        buildings: ``(H, W) bool``; where it is not known, true.
        resolution: Metres per pixel.

    Returns:
        ``(H, W) float32, metres``.
    """
    # Outlines are a little off, and a wall is no tree.
    near = ndimage.binary_dilation(buildings, iterations=max(1, round(TREE_DISTANCE / resolution)))
    return np.where(near | (standing < LEAST_TREE), np.float32(0), standing)


def height_above_opening(scene: Scene) -> np.ndarray:
    """Height above a morphological ground, for places whose bare earth is not known.

    Returns:
        ``(H, W) float32, metres``; on slopes too much by what the ground falls within `OPENING`.
    """
    z = fill_unknown(scene.elevation, scene.valid)
    ground = morphological_ground(z, scene.resolution, OPENING)
    ground = ndimage.gaussian_filter(ground, OPENING / 4 / scene.resolution)  # an opening has steps, ground has none
    return np.where(scene.valid, np.maximum(z - ground, 0.0), 0.0).astype(np.float32)


def height_classes(surface: np.ndarray, ground: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Classes of height above ground.

    Args:
        surface: ``(H, W) float32, metres``.
        ground: ``(H, W) float32, metres``.
        known: ``(H, W) bool``.

    Returns:
        ``(H, W) uint8``: how many of `HEIGHT_CLASSES` the height reaches; 255 where not known.
    """
    with np.errstate(invalid="ignore"):
        classes = np.digitize(np.where(known, surface - ground, 0.0), HEIGHT_CLASSES)
    return np.where(known, classes, UNKNOWN).astype(np.uint8)


def load_scenes(folders: Iterable[Path], *, uses: Sequence[str] = ("train",), drawn: Path | None = None) -> list[Scene]:
    """All scenes of the folders whose ``use`` is among `uses`, in the tables' order.

    Args:
        folders: Folders of scenes.
        uses: Of the tables' column ``use``.
        drawn: Labels for places that come without: see `with_drawn_labels`.
    """
    scenes = []
    for folder in folders:
        for row in read_table(folder):
            if row["use"] in uses:
                scene = load_scene(folder / row["scene"], row)
                scenes.append(with_drawn_labels(scene, drawn) if drawn else scene)
    return scenes


def with_drawn_labels(scene: Scene, folder: Path) -> Scene:
    """A scene with the labels that were drawn for it, where it comes without them and there are any.

    Args:
        scene: The scene.
        folder: Holds ``buildings/NAME.tif`` and ``roads/NAME.tif``, on the scene's grid: 1 yes, 0 no, 255 unknown.

    Raises:
        TrainingError: A label is not on the scene's grid.
    """
    labels = dict(scene.labels)
    for name in ("buildings", "roads"):
        path = folder / name / f"{scene.name}.tif"
        if name in labels or not path.is_file():
            continue
        with rasterio.open(path) as source:
            labels[name] = source.read(1).astype(np.uint8)
        if labels[name].shape != scene.elevation.shape:
            raise TrainingError(f"'{path}' is not on the grid of '{scene.name}'.", "Draw it on the scene's dem.tif.")
    drawn = frozenset(labels) - frozenset(scene.labels)
    if not drawn:
        return scene
    canopy = scene.canopy
    if canopy is None and "buildings" in drawn:
        standing = scene.standing if scene.standing is not None else height_above_opening(scene)
        canopy = trees(standing, labels["buildings"] != 0, scene.resolution)
    licence = f"{scene.licence}; labels drawn by this project, CC0-1.0"
    return replace(scene, labels=labels, canopy=canopy, quality=scene.quality or DRAWN, licence=licence, drawn=drawn)


def bare_earth(scene: Scene) -> Scene | None:
    """The same place as a bare-earth product shows it; None where its bare earth is not known.

    Labels are those of the surface, so only such that lie on the ground (roads) still hold.
    """
    if scene.standing is None or "height" not in scene.labels:
        return None
    known = scene.valid & (scene.labels["height"] != UNKNOWN)
    return replace(
        scene,
        name=scene.name + BARE,
        elevation=np.where(known, scene.elevation - scene.standing, np.float32(0)),
        valid=known,
        canopy=None,
        standing=None,
    )


def with_task(scenes: Iterable[Scene], task: str) -> list[Scene]:
    """Scenes that have labels for a task, the task's label renamed ``target``.

    Args:
        scenes: Any.
        task: ``buildings`` or ``roads``.
    """
    return [replace(s, labels={"target": s.labels[task]}) for s in scenes if task in s.labels]


def elevations_fingerprint(scenes: Iterable[Scene]) -> str:
    """As `scenes_fingerprint`, of what masked pre-training sees of scenes: their labels are not looked at."""
    return scenes_fingerprint(replace(scene, labels={}) for scene in scenes)


def scenes_fingerprint(scenes: Iterable[Scene]) -> str:
    """SHA-256 over what is learned from: names, elevation and labels, in order; 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for scene in scenes:
        digest.update(repr((scene.name, scene.quality, scene.elevation.shape, scene.resolution)).encode())
        digest.update(scene.elevation.tobytes())
        for name in sorted(scene.labels):
            digest.update(name.encode())
            digest.update(scene.labels[name].tobytes())
    return digest.hexdigest()
