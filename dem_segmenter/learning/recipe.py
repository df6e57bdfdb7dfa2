"""The recipe file: everything needed to make the embedded models again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import tomllib

from ..elevation.encoding import ReliefEncoding
from ..errors import TrainingError
from ..modelfiles.card import Card, ClassInfo
from ..network.encoder import EncoderOptions, width_of
from ..network.upernet import HeadOptions
from .augmentation import AugmentOptions
from .intermediate import Task
from .made_scenes import built_scenes, synthetic_scenes
from .pretrain import PretrainOptions
from .scenes import DRAWN, UNKNOWN, Scene, bare_earth, load_scenes, trees
from .training import TrainOptions


@dataclass(frozen=True)
class SoupPart:
    """A head whose weights are averaged with others'.

    Attributes:
        drawn: Whether it learns from labels that we drew.
        seed: Added to the recipe's: another order of chips and of what is dropped.
        augment: Augmentation that is else than the head's section says.
        train: Training that is else than the head's section says; not its steps, which a run may be told.
    """

    drawn: bool = True
    seed: int = 0
    augment: Mapping[str, Any] = field(default_factory=dict)
    train: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """A recipe file, read.

    Attributes:
        path: Where from.
        values: As written.
        encoding: Elevation to channels.
        encoder: The encoder's architecture.
        pretrain: Its training.
        folds: Name to the families left out together.
    """

    path: Path
    values: Mapping[str, Any]
    encoding: ReliefEncoding
    encoder: EncoderOptions
    pretrain: PretrainOptions
    folds: Mapping[str, Sequence[str]]

    @property
    def intermediate(self) -> Mapping[str, Any]:
        """What the encoder learns between pre-training and freezing; empty where nothing."""
        found: Mapping[str, Any] = self.values.get("intermediate", {})
        return found

    def left_out_with(self, fold: str) -> list[str]:
        """Folds that share an encoder with this one, itself among them.

        Intermediate fine-tuning is the dear part of leaving families out: an encoder that has seen labels of none of
        two folds serves both.
        """
        groups: Sequence[Sequence[str]] = self.values.get("leave_out", {}).get("together", ())
        return next((list(group) for group in groups if fold in group), [fold])

    @property
    def treeless(self) -> Sequence[str]:
        """Scenes on whose surface no tree stands, which flatter every method."""
        found: Sequence[str] = self.values.get("leave_out", {}).get("treeless", ())
        return found

    def intermediate_tasks(self, scenes: Sequence[Scene]) -> dict[str, Task]:
        """Labels for intermediate fine-tuning.

        Args:
            scenes: From `scenes`.
        """
        tasks = {}
        for name, task in self.intermediate["tasks"].items():
            labelled = self.labelled(scenes, name, drawn=task.get("drawn", True))
            chosen = [s for s in labelled if task["ground"] == "any" or not s.made]
            tasks[name] = Task(
                chosen, len(self.classes(name)) + 1, task["chips"], self.augment(name, task.get("augment", {})),
                task.get("synthetic_share", self.task(name)["synthetic_share"]),
            )  # fmt: skip
        return tasks

    @property
    def tasks(self) -> list[str]:
        """Names of the heads."""
        return list(self.values["heads"])

    def task(self, name: str) -> Mapping[str, Any]:
        """A head's own section."""
        return self.values["heads"][name]

    def classes(self, name: str) -> tuple[ClassInfo, ...]:
        """What a head finds."""
        section = self.task(name)
        if "class" in section:
            return (ClassInfo(section["class"], 1, section["color"]),)
        return tuple(ClassInfo(c["name"], i, c["color"]) for i, c in enumerate(section["classes"], 1))

    def augment(self, name: str, more: Mapping[str, Any] | None = None) -> AugmentOptions:
        """How far a head's views may be from their scenes.

        Args:
            name: Name of the head.
            more: What is else than its section says.
        """
        given = {**self.values.get("augment", {}), **self.task(name).get("augment", {}), **(more or {})}
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
        return AugmentOptions(**values)

    def head_options(self, name: str) -> HeadOptions:
        """A head's architecture."""
        return HeadOptions(
            features=width_of(self.encoder.model),
            channels=self.encoding.channels,
            classes=len(self.classes(name)) + 1,
            **{**self.values["head"], **self.task(name).get("head", {})},
        )

    def ground_resolution_range(self, name: str) -> tuple[float, float]:
        """Metres per pixel a head runs at, finest and coarsest; rasters outside are resampled to the nearer end."""
        low, high = self.task(name).get("ground_resolution", Card.ground_resolution_range)
        return float(low), float(high)

    def running(self, name: str) -> dict[str, Any]:
        """How a head is to be run: what of its card the recipe decides."""
        section = self.task(name)
        return {
            **self.values["inference"],
            "ground_resolution_range": self.ground_resolution_range(name),
            "planarity_bonus": section.get("planarity_bonus", 0.0),
            "right_angles_bonus": section.get("right_angles_bonus", 0.0),
            "edge_radius": section.get("edge_radius", 0.0),
            "threshold": section["threshold"],
            "object_threshold": section.get("object_threshold", 0.0),
            "min_area": section["min_area"],
            "max_width": section.get("max_width", 0.0),
            "walled": section.get("walled", 0.0),
            "other_thresholds": tuple(section.get("other_thresholds", ())),
        }

    def train_options(self, task: str, iterations: int | None = None) -> TrainOptions:
        """A head's training.

        Args:
            task: Name of the head.
            iterations: Another number than the recipe's, then in one cycle.
        """
        section = self.task(task)
        options = TrainOptions(
            **{**self.values["train"], **section.get("train", {})}, synthetic_share=section["synthetic_share"]
        )
        return replace(options, iterations=iterations, cycles=1) if iterations else options

    def scenes(self, folders: Sequence[Path], cache: Path, stage: str) -> list[Scene]:
        """Every scene that may be learned from, real ones first.

        Args:
            folders: Folders of scenes.
            cache: Folder that keeps synthetic scenes between runs.
            stage: ``pretrain`` or ``train``, which have synthetic scenes of their own.
        """
        made = synthetic_scenes(cache=cache, **self.values["synthetic"][stage])
        built_in = self.values["synthetic"].get("built", {}) if stage == "train" else {}
        drawn = self.path.parent / self.values["drawn"] if "drawn" in self.values else None
        return load_scenes(folders, drawn=drawn) + made + (built_scenes(folders, **built_in) if built_in else [])

    def soup(self, task: str) -> list[SoupPart]:
        """Each head whose weights are averaged into this one."""
        return [SoupPart(**part) for part in self.task(task).get("soup", [{}])]

    def rounds(self, task: str) -> int:
        """How often heads are trained and averaged, each time from the mean of the time before."""
        return int(self.task(task).get("rounds", 1))

    def labelled(
        self, scenes: Sequence[Scene], task: str, without: Sequence[str] = (), *, drawn: bool = True
    ) -> list[Scene]:
        """Scenes with labels for a head, renamed ``target``.

        Args:
            scenes: From `scenes`.
            task: Name of the head.
            without: Families to leave out.
            drawn: Whether to take labels that we drew.
        """
        chosen = []
        for scene in scenes:
            if scene.family in without:
                continue
            left_off = frozenset() if drawn else scene.drawn
            name = next((n for n in self.task(task)["labels"] if n in scene.labels and n not in left_off), None)
            if name == task:
                quality = DRAWN if name in scene.drawn else scene.quality
                forms = [scene]
                if self.task(task).get("bare_earth") and not scene.made and (bare := bare_earth(scene)):
                    forms.append(bare)
                chosen += [replace(form, labels={"target": form.labels[name]}, quality=quality) for form in forms]
            elif name is not None:
                # Not all paved ground is road, but no road is off it: a stand-in says only where the class is not.
                rest = np.where(scene.labels[name] == 0, 0, UNKNOWN).astype(np.uint8)
                chosen.append(replace(scene, labels={"target": rest}, quality="C"))
            elif scene.name in self.task(task).get("empty", ()):
                nothing = np.zeros(scene.elevation.shape, np.uint8)
                canopy = scene.canopy
                if canopy is None and scene.standing is not None:
                    canopy = trees(scene.standing, nothing > 0, scene.resolution)
                chosen.append(replace(scene, labels={"target": nothing}, quality="C", canopy=canopy))
        return chosen


def read_recipe(path: Path) -> Recipe:
    """Read a recipe file.

    Raises:
        TrainingError: It cannot be read or a section is not understood.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        encoding = ReliefEncoding(**values.get("encoding", {}))
        return Recipe(
            path=path,
            values=values,
            encoding=encoding,
            encoder=EncoderOptions(
                channels=encoding.channels, **{**values["encoder"], "blocks": tuple(values["encoder"]["blocks"])}
            ),
            pretrain=PretrainOptions(**values["pretrain"]),
            folds=values.get("folds", {}),
        )
    except OSError as error:
        raise TrainingError(f"The recipe '{path}' cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:  # tomllib and the decoder raise kinds of ValueError
        raise TrainingError(
            f"The recipe '{path}' is not understood: {error}.", "Compare with models/recipe.toml."
        ) from error
