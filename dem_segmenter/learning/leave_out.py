"""Leave-one-family-out: how a head does on ground, and on sensors, it has never seen.

Each fold trains a head after the recipe without some families, on an encoder that has not seen their labels either (the
heights above ground it is fine-tuned on are labels), and segments their scenes as a user would, file in, file
out. Scenes that nothing was ever trained on (``demo`` and ``tune-only``) are segmented with the head that ships.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import torch

from ..elevation.source import DemSource
from ..errors import OptionError, TrainingError
from ..events import Reporter
from ..inference.outputs import Outputs
from ..inference.run import Options, segment_raster
from ..modelfiles.card import Card
from ..modelfiles.loading import LoadedHead, SegmentationModel, load_encoder, load_model
from ..modelfiles.store import load_tensors, save_model
from ..network.segmentation import WholeNetwork
from ..network.unet import InPlaceOfHead, build_unet
from .augmentation import AugmentOptions
from .embed import encoder_without
from .left_out_table import SHIPPED, Row, measure, rows_of_earlier_run, write_table
from .recipe import Recipe, read_recipe
from .recipe_head import train_recipe_head
from .scenes import BARE, DRAWN, Scene, load_scene, read_table
from .train_head import train_on_scenes
from .training import TrainOptions


def leave_out(
    recipe_path: Path,
    folders: Sequence[Path],
    task: str,
    models: Path,
    work: Path,
    output: Path,
    reporter: Reporter,
    *,
    iterations: int | None,
    device: torch.device,
    update_card: bool,
    fine_tuning: int | None = None,
    only: Sequence[str] = (),
    threshold: float | None = None,
    unet_iterations: int = 0,
) -> list[Row]:
    """Run all folds and write the tables.

    Args:
        recipe_path: Recipe file.
        folders: Folders of scenes.
        task: Name of the head.
        models: Folder with the encoder and the shipped head.
        work: Checkpoints and caches.
        output: The table, ``.csv``; a ``.md`` appears beside it.
        reporter: Progress and cancelling.
        iterations: Steps of a fold's head, where not the recipe's.
        device: Where to compute.
        fine_tuning: Steps of fine-tuning a fold's encoder, where not the recipe's.
        update_card: Put figures, and how the head was run for them, into the shipped head's card.
        only: Folds to run, all where empty; the table that there is keeps its rows of the others. ``shipped`` alone
            runs none, and measures only the head that ships.
        threshold: Probability for the figures; the best on left-out families of quality A and B where None.
        unet_iterations: Steps of a UNet that is trained from scratch on each fold's scenes, by the same code and with
            the same augmentation, and measured beside the head; where 0, the table keeps the figures of one it has.

    Returns:
        What was measured; the table may have more rows.

    Raises:
        OptionError: The recipe has no such fold.
        TrainingError: No scene has labels for the task.
    """
    recipe = read_recipe(recipe_path)
    for name in only:
        if name != SHIPPED and name not in recipe.folds:
            raise OptionError(f"There is no fold '{name}'.", f"Use one of {', '.join((*recipe.folds, SHIPPED))}.")
    shipped_encoder = load_encoder(models / "encoder.safetensors")[:3]
    scenes = [] if list(only) == [SHIPPED] else recipe.scenes(folders, work / "synthetic-train", "train")
    places = {row["scene"]: (folder, row) for folder in folders for row in read_table(folder)}
    found: list[tuple[str, Scene, np.ndarray]] = []
    baseline: dict[str, np.ndarray] = {}
    smooth: dict[str, bool] = {}
    measurable = []
    for scene in recipe.labelled(scenes, task):
        if (place := scene.name.removesuffix(BARE)) in places:
            folder = places[place][0] / place
            if scene.quality == DRAWN or _has_label(folder, task):
                measurable.append((scene, folder / ("ground.tif" if scene.name.endswith(BARE) else "dem.tif")))
    folds = {
        name: families
        for name, families in recipe.folds.items()
        if any(s.family in families for s, _ in measurable) and (not only or name in only)
    }
    for index, (name, families) in enumerate(folds.items()):
        reporter.log(f"Fold {name}: without {', '.join(families)}.")
        encoder, encoding, encoder_card = shipped_encoder
        start = None
        if recipe.intermediate:
            together = recipe.left_out_with(name)
            encoder, encoding, encoder_card, tuned = encoder_without(
                recipe, together, folders, scenes, work, reporter, device=device, iterations=fine_tuning
            )
            start = tuned.start(task)
        span = (90.0 * index / len(folds), 90.0 * (index + 1) / len(folds))
        head, _ = train_recipe_head(
            recipe,
            task,
            scenes,
            encoder,
            encoding,
            reporter,
            work=work,
            device=device,
            start=start,
            suffix=f"-without-{name}",
            without=families,
            iterations=iterations,
            progress=span,
        )
        model = SegmentationModel(
            encoder, encoding, [LoadedHead(_plain_card(recipe, task, encoder_card), head)], device
        )
        unet = None
        if unet_iterations:
            checkpoint = work / f"{task}-unet-without-{name}.pt"
            options = replace(recipe.train_options(task, unet_iterations), learning_rate=TrainOptions().learning_rate)
            unet = _unet_beside(
                model,
                recipe.labelled(scenes, task, families),
                options,
                recipe.augment(task),
                checkpoint,
                reporter,
                span,
            )
        for scene, dem in measurable:
            if scene.family in families:
                p, smooth[scene.name] = probability(model, dem, reporter)
                found.append((name, scene, p))
                if unet is not None:
                    baseline[scene.name], _ = probability(unet, dem, reporter)
    running = recipe.running(task)
    loaded = load_model([models / f"{task}.safetensors"], device=device)
    heads = [replace(head, card=replace(head.card, **running)) for head in loaded.heads]
    shipped = SegmentationModel(loaded.encoder, loaded.encoding, heads, device)
    for folder, row in places.values():
        if row["use"] in ("demo", "tune-only") and (folder / row["scene"] / f"{task}.tif").is_file():
            scene = load_scene(folder / row["scene"], row)
            scene = replace(scene, labels={"target": scene.labels[task]})
            p, smooth[scene.name] = probability(shipped, folder / scene.name / "dem.tif", reporter)
            found.append((SHIPPED, scene, p))
    if not found:
        raise TrainingError(f"No scene has labels for '{task}'.", "Check the folders.")
    rows = measure(
        task,
        found,
        shipped.heads[0].card.threshold,
        fixed=threshold,
        baseline=baseline,
        object_threshold=running["object_threshold"],
        min_area=running["min_area"],
        max_width=running["max_width"],
        walled=running["walled"],
        other_thresholds=running["other_thresholds"],
        smooth=[name for name, is_so in smooth.items() if is_so],
    )
    earlier = rows_of_earlier_run(output)
    if not unet_iterations:
        unets = {row.scene: row.unet for row in earlier}
        rows = [replace(row, unet=unets.get(row.scene, row.unet)) for row in rows]
    kept = [row for row in earlier if only and row.fold in recipe.folds and row.fold not in folds]
    order = [*recipe.folds, SHIPPED]
    table = sorted([*kept, *rows], key=lambda row: order.index(row.fold))
    write_table(table, output, treeless=recipe.treeless)
    if update_card:
        chosen = {"threshold": rows[0].threshold, "object_threshold": rows[0].object_threshold}
        _update_card(models / f"{task}.safetensors", {**running, **chosen}, table)
    return rows


def _unet_beside(
    model: SegmentationModel,
    scenes: Sequence[Scene],
    options: TrainOptions,
    augment: AugmentOptions,
    checkpoint: Path,
    reporter: Reporter,
    progress: tuple[float, float],
) -> SegmentationModel:
    """A UNet trained from scratch on the scenes that a fold's head was trained on, to be run as that head is."""
    network, _ = train_on_scenes(
        WholeNetwork(build_unet(model.encoding.channels)),
        model.encoding,
        model.encoder.options.tile,
        scenes,
        options,
        reporter,
        checkpoint=checkpoint,
        augment=augment,
        device=model.device,
        progress=progress,
    )
    head = LoadedHead(model.heads[0].card, InPlaceOfHead(network))
    return SegmentationModel(model.encoder, model.encoding, [head], model.device)


def probability(model: SegmentationModel, dem: Path, reporter: Reporter) -> tuple[np.ndarray, bool]:
    """The first class's probability, by the same way as a user's run.

    Returns:
        ``(H, W) float32``, nan where unknown, and whether the surface was found to be smooth.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = {"mask": (Path(folder, "mask.tif"), "raster"), "probability": (Path(folder, "p.tif"), "raster")}
        with DemSource(str(dem)) as source, Outputs(paths, [], reporter) as outputs:
            run = segment_raster(model, source, None, outputs, Options(min_area=0.0), _Quiet(reporter))
            outputs.publish()
        with rasterio.open(Path(folder, "p.tif")) as opened:
            return opened.read(1, masked=True).filled(np.nan), run.smooth


class _Quiet(Reporter):
    """Lets cancelling through and keeps progress and warnings of inner runs out of the log."""

    def __init__(self, outer: Reporter) -> None:
        super().__init__()
        self._outer = outer

    def check_cancelled(self) -> None:
        self._outer.check_cancelled()

    def _emit_progress(self, percent: float, phase: str) -> None:
        pass

    def start(self, job: str, **facts: object) -> None:
        pass

    def scratch(self, path: object) -> None:
        pass

    def log(self, message: str) -> None:
        pass

    def warning(self, message: str) -> None:
        pass

    def result(self, outputs: object, statistics: object) -> None:
        pass

    def error(self, error: object) -> None:
        pass


def _has_label(folder: Path, task: str) -> bool:
    """Whether the label itself is there, not a stand-in for it; synthetic scenes have no folder."""
    return (folder / f"{task}.tif").is_file()


def _plain_card(recipe: Recipe, task: str, encoder_card: Card) -> Card:
    """Just enough of a card to run a head that was never saved."""
    return Card(
        kind="head",
        name=task,
        title=recipe.task(task)["title"],
        classes=recipe.classes(task),
        tile=encoder_card.tile,
        **recipe.running(task),
    )


def _update_card(path: Path, running: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """How it was run and the figures into a head's card; its tensors stay as they are."""
    card, tensors, _ = load_tensors(path)
    metrics: list[Mapping[str, object]] = [
        {
            "place": row.scene,
            "family": row.family,
            "label_quality": row.quality,
            "trained_on": "left out, recipe's fold " + row.fold if row.fold != SHIPPED else "never trained on",
            **{
                name: round(value, 4)
                for name, value in (
                    ("iou", row.iou),
                    ("precision", row.precision),
                    ("recall", row.recall),
                    ("false_positive_rate", row.false_positive_rate),
                )
                if not math.isnan(value)  # a place that has none of the class
            },
        }
        for row in rows
    ]
    save_model(path, tensors, replace(card, **running, metrics=tuple(metrics)))
