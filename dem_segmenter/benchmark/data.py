"""Chips to train, validate and test on: synthetic places with fixed seeds, and families of real scenes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import TrainingError
from ..learning.cutting import class_share, cut_scene
from ..learning.label_noise import NOISES
from ..learning.made_scenes import PLACES, synthetic_scenes
from ..learning.recipe import Recipe
from ..learning.scenes import Scene

#: Far from the seeds that the embedded models were made with (0 to 1095).
FIRST_SEED = 40_000
#: Ground that one synthetic place shows, metres.
PLACE_SIDE = 510.0
#: Where roads are looked for: places and a sensor that show them. In the old towns, cities and sparse or stereo
#: surfaces of the generator a road is often nothing but open ground, and every method stays below an IoU of 0.25.
ROAD_PLACES = ("suburb", "village", "farmland", "forest", "mountain", "industrial")
ROAD_SENSOR = "lidar_dense"
#: Chips with less of the class than this are not trained or validated on; test chips are taken as they come.
LEAST_SHARE = 0.01


@dataclass(frozen=True)
class ChipData:
    """Three sets of chips that share no labelled ground; of real places, pool and validation lie side by side.

    Attributes:
        pool: To train on, or to take some of.
        validation: To choose the weights and the threshold by.
        test: To report on.
    """

    pool: tuple[Scene, ...]
    validation: tuple[Scene, ...]
    test: tuple[Scene, ...]

    def training(self, count: int, seed: int) -> list[Scene]:
        """`count` chips of the pool; with one seed, fewer chips are a subset of more."""
        order = np.random.default_rng(seed).permutation(len(self.pool))
        return [self.pool[i] for i in order[:count]]


def synthetic_data(
    task: str, side: float, margin: float, cache: Path, *, pool: int = 450, validation: int = 50, test: int = 100
) -> ChipData:
    """Chips from generated places.

    Buildings are looked for on first surfaces; roads on first surfaces and on bare earth, a place of each in turn.

    Args:
        task: ``buildings`` or ``roads``.
        side: Of a chip, metres.
        margin: Ground kept around it, metres.
        cache: Folder that keeps the places between runs.
        pool: Chips to train on.
        validation: Chips to validate on.
        test: Chips to test on.
    """
    settings, sensor = (ROAD_PLACES, ROAD_SENSOR) if task == "roads" else (PLACES, "any")
    batch = 2 * len(settings)
    found = []
    for number, (count, least) in enumerate(((pool, LEAST_SHARE), (validation, LEAST_SHARE), (test, -1.0))):
        chips: list[Scene] = []
        place = 0
        while len(chips) < count:
            scenes = synthetic_scenes(
                batch,
                seed=FIRST_SEED + number * 10_000 + place,
                side=PLACE_SIDE,
                cache=cache,
                resolutions=(0.6, 0.75, 1.0),
                settings=settings,
                sensor=sensor,
            )
            for index, scene in enumerate(scenes):
                bare = task == "roads" and index >= batch  # every setting once as either
                if scene.name.endswith("-bare") == bare:
                    labelled = replace(scene, labels={"target": scene.labels[task]})
                    chips += [c for c in cut_scene(labelled, side, margin) if class_share(c) > least]
            place += batch
        # Whole places, in a fixed order, so that the sets are of all settings.
        order = np.random.default_rng(number).permutation(len(chips))[:count]
        found.append(tuple(chips[i] for i in sorted(order)))
    return ChipData(*found)


def real_data(recipe: Recipe, folders: Sequence[Path], task: str, fold: str, side: float, margin: float) -> ChipData:
    """Chips from real ``train`` scenes, some families kept for the test.

    Args:
        recipe: Names the folds.
        folders: Folders of scenes.
        task: ``buildings`` or ``roads``.
        fold: Name of the families left out together.
        side: Of a chip, metres.
        margin: Ground kept around it, metres.

    Raises:
        TrainingError: There is nothing to train or test on.
    """
    from ..learning.scenes import load_scenes, with_task

    left_out = recipe.folds[fold]
    pool: list[Scene] = []
    test: list[Scene] = []
    for scene in with_task(load_scenes(folders), task):
        # Small scenes still give one chip: all of their ground.
        extent = min(scene.elevation.shape) * scene.resolution
        chips = cut_scene(scene, min(side, extent), margin, least_known=0.25)
        (test if scene.family in left_out else pool).extend(chips)
    pool = [c for c in pool if class_share(c) > LEAST_SHARE]
    if len(pool) < 5 or not test:
        raise TrainingError(
            f"Fold '{fold}' has {len(pool)} chips to train on and {len(test)} to test on.", "Check the folders."
        )
    order = np.random.default_rng(0).permutation(len(pool))
    held = order[: max(2, len(pool) // 6)]
    return ChipData(tuple(pool[i] for i in order[len(held) :]), tuple(pool[i] for i in held), tuple(test))


def spoil(chips: Sequence[Scene], noise: str, seed: int) -> list[Scene]:
    """The same chips with wrong labels.

    Args:
        chips: With a label ``target``.
        noise: A key of `label_noise.NOISES`.
        seed: Of the noise.
    """
    spoiled = []
    for index, chip in enumerate(chips):
        rng = np.random.default_rng([seed, index])
        spoiled.append(replace(chip, labels={"target": NOISES[noise](chip.labels["target"], chip.resolution, rng)}))
    return spoiled
