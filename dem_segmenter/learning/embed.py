"""Making the embedded models: pre-train, freeze, train the heads, write files and cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..elevation.encoding import Encoding
from ..events import Reporter
from ..modelfiles.card import Card
from ..modelfiles.loading import load_encoder
from ..modelfiles.store import save_model
from ..network.encoder import Encoder
from ..network.upernet import HeadOptions, UperNetHead
from .intermediate import fine_tune, head_of_task
from .pretrain import pretrain, recipe_json, save_encoder
from .recipe import Recipe, read_recipe
from .recipe_head import train_recipe_head
from .scenes import BARE, Scene, elevations_fingerprint
from .training import TrainOptions

ENCODER_FILE = "encoder.safetensors"
#: The masked autoencoder's encoder in the work folder, before anything else is learned.
PRETRAINED_FILE = "pretrained.safetensors"
#: What the file names of encoders begin with that have not seen some folds; the folds' names follow, joined by ``+``.
FOLD_ENCODER = "encoder-without-"


def embed(
    recipe_path: Path,
    folders: Sequence[Path],
    output: Path,
    work: Path,
    reporter: Reporter,
    *,
    device: torch.device,
    only: Sequence[str] = (),
) -> dict[str, Path]:
    """Make the model files.

    Args:
        recipe_path: Recipe file.
        folders: Folders of scenes.
        output: Folder for the model files.
        work: Checkpoints and caches; a run that was cut off goes on from here.
        reporter: Progress and cancelling.
        device: Where to compute.
        only: ``encoder`` and heads to make; all where empty.

    Returns:
        Name and path of each file written.
    """
    recipe = read_recipe(recipe_path)
    parts = list(only) or ["encoder", *recipe.tasks]
    outputs = {}
    scenes = recipe.scenes(folders, work / "synthetic-train", "train")
    shared = None
    if "encoder" in parts or recipe.intermediate:
        encoder, card = _pretrained(recipe, folders, work, reporter, device)
        learned, data = dict(card.recipe), list(card.training_data)
    if recipe.intermediate:
        # Where it was done before, this reads its last state.
        shared = _fine_tune(encoder, recipe, scenes, work, reporter, device)
        encoder, learned["intermediate"] = shared.encoder, shared.about
        data += sources([s for s in scenes if s.quality == "S"])  # the real ones are in it already
    if "encoder" in parts:
        outputs["encoder"] = output / ENCODER_FILE
        save_encoder(
            outputs["encoder"],
            encoder,
            recipe.encoding,
            title=recipe.values["title"],
            training_data=data,
            recipe=learned,
            then=", ".join(shared.classes) if shared else "",
        )
    for task in (task for task in recipe.tasks if task in parts):
        # Read back: heads are trained on the encoder as it is stored, in half precision.
        encoder, encoding, encoder_card, digest = load_encoder(output / ENCODER_FILE)
        labelled = recipe.labelled(scenes, task)
        head, losses = train_recipe_head(
            recipe,
            task,
            scenes,
            encoder,
            encoding,
            reporter,
            work=work,
            device=device,
            start=shared.start(task) if shared else None,
        )
        outputs[task] = output / f"{task}.safetensors"
        save_head(outputs[task], head, recipe, task, encoder_card, digest, labelled, losses)
    return outputs


def encoder_without(
    recipe: Recipe,
    folds: Sequence[str],
    folders: Sequence[Path],
    scenes: Sequence[Scene],
    work: Path,
    reporter: Reporter,
    *,
    device: torch.device,
    iterations: int | None = None,
) -> tuple[Encoder, Encoding, Card, FineTuned]:
    """The encoder as it would be had nobody seen labels of some folds' families, heights above ground included.

    Their elevation is still among what the masked autoencoder was shown; it has no labels.

    Args:
        recipe: With a section ``intermediate``.
        folds: Names of the folds left out.
        folders: Folders of scenes.
        scenes: Those for training, from `Recipe.scenes`.
        work: As for `embed`, whose pre-training is gone on from.
        reporter: Progress and cancelling.
        device: Where to compute.
        iterations: Steps of fine-tuning, where not the recipe's.

    Returns:
        The encoder, read back as it is stored, its encoding and its card; the fine-tuning it is from.
    """
    name = "+".join(folds)
    families = [family for fold in folds for family in recipe.folds[fold]]
    encoder, _ = _pretrained(recipe, folders, work, reporter, device)
    kept = [s for s in scenes if s.family not in families]
    suffix = f"-without-{name}"
    tuned = _fine_tune(encoder, recipe, kept, work, reporter, device, suffix=suffix, iterations=iterations)
    path = work / f"{FOLD_ENCODER}{name}.safetensors"
    save_encoder(path, tuned.encoder, recipe.encoding, title=f"Without {name}", training_data=[], recipe={})
    encoder, encoding, card, _ = load_encoder(path)
    return encoder, encoding, card, tuned


@dataclass(frozen=True)
class FineTuned:
    """What intermediate fine-tuning leaves.

    Attributes:
        encoder: Frozen, in full precision.
        head: Of all tasks.
        classes: Of each task, background included, by name.
        about: For the card.
    """

    encoder: Encoder
    head: UperNetHead
    classes: Mapping[str, int]
    about: Mapping[str, Any]

    def start(self, task: str) -> UperNetHead | None:
        """The head that a task's own begins with; None where it was no task of the fine-tuning."""
        names = list(self.classes)
        if task not in names:
            return None
        return head_of_task(self.head, list(self.classes.values()), names.index(task))


def _pretrained(
    recipe: Recipe, folders: Sequence[Path], work: Path, reporter: Reporter, device: torch.device
) -> tuple[Encoder, Card]:
    """The masked autoencoder's encoder, read back as it is stored, and its card: made once, for all that follows.

    One that was made with other settings than the recipe's, of another architecture or encoding, or on other scenes, is
    made anew.
    """
    path = work / PRETRAINED_FILE
    scenes = recipe.scenes(folders, work / "synthetic-pretrain", "pretrain")
    if path.is_file():
        encoder, encoding, card, _ = load_encoder(path)
        alike = (encoder.options, encoding) == (recipe.encoder, recipe.encoding)
        told = {**asdict(recipe.pretrain), "elevations": elevations_fingerprint(scenes)}
        if alike and all(card.recipe.get(key) == value for key, value in told.items()):
            return encoder, card
    reporter.log(f"Pre-training on {len(scenes)} scenes.")
    encoder, losses = pretrain(
        scenes,
        work / "encoder.pt",
        recipe.pretrain,
        reporter,
        encoder_options=recipe.encoder,
        encoding=recipe.encoding,
        device=device,
    )
    save_encoder(
        path,
        encoder,
        recipe.encoding,
        title=recipe.values["title"],
        training_data=sources(scenes),
        recipe=recipe_json(recipe.pretrain, scenes, losses),
    )
    encoder, _, card, _ = load_encoder(path)
    return encoder, card


def _fine_tune(
    encoder: Encoder,
    recipe: Recipe,
    scenes: Sequence[Scene],
    work: Path,
    reporter: Reporter,
    device: torch.device,
    suffix: str = "",
    iterations: int | None = None,
) -> FineTuned:
    """Intermediate fine-tuning as the recipe says."""
    tasks = recipe.intermediate_tasks(scenes)
    reporter.log(f"Fine-tuning on {', '.join(f'{name} ({len(task.scenes)} scenes)' for name, task in tasks.items())}.")
    classes = {name: task.classes for name, task in tasks.items()}
    head = HeadOptions(
        features=encoder.width,
        channels=recipe.encoding.channels,
        classes=sum(classes.values()),
        **recipe.values["head"],
    )
    options = TrainOptions(**{**recipe.values["train"], **recipe.intermediate["train"]})
    options = replace(options, iterations=iterations) if iterations else options
    checkpoint = work / f"intermediate{suffix}.pt"
    encoder, shared, losses = fine_tune(
        encoder, recipe.encoding, tasks, head, options, reporter, checkpoint=checkpoint, device=device
    )
    about = {key: recipe.intermediate[key] for key in ("tasks", "train")}
    return FineTuned(encoder, shared, classes, {**about, "final_loss": round(float(np.mean(losses[-100:])), 4)})


def save_head(
    path: Path,
    head: UperNetHead,
    recipe: Recipe,
    task: str,
    encoder_card: Card,
    encoder_sha256: str,
    scenes: Sequence[Scene],
    losses: Sequence[float],
) -> str:
    """Write a head file in half precision.

    Returns:
        Its fingerprint.
    """
    section = recipe.task(task)
    card = Card(
        kind="head",
        name=task,
        title=section["title"],
        description=section["description"],
        architecture={
            "type": "UperNet",
            **head.options.to_json(),
            "parameters": sum(p.numel() for p in head.parameters()),
        },
        encoder_sha256=encoder_sha256,
        encoder_name=encoder_card.name,
        classes=recipe.classes(task),
        tile=encoder_card.tile,
        **recipe.running(task),
        training_data=tuple(sources(scenes)),
        recipe={
            "file": recipe.path.name,
            **recipe.values["train"],
            **section.get("train", {}),
            "averaged": len(recipe.soup(task)),
            "rounds": recipe.rounds(task),
            "synthetic_share": section["synthetic_share"],
            "final_loss": round(float(sum(losses[-100:]) / max(1, len(losses[-100:]))), 4),
        },
    )
    tensors = {k: v.half() if v.is_floating_point() else v for k, v in head.state_dict().items()}
    return save_model(path, tensors, card)


def sources(scenes: Sequence[Scene]) -> list[dict[str, str]]:
    """What was learned from, for a card: real scenes one by one, synthetic ones together."""
    # A place that is shown as bare earth too is one place.
    places = {s.name.removesuffix(BARE): s.licence for s in scenes if not s.made}
    real = [{"name": name, "licence": licence} for name, licence in places.items()]
    made = sum(s.made for s in scenes)
    if made:
        real.append({"name": f"{made} synthetic scenes (dem_segmenter.scenes)", "licence": "CC0-1.0"})
    return real
