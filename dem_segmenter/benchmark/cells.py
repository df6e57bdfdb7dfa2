"""One cell of the benchmark: a method, trained on some chips, measured on the test chips."""

from __future__ import annotations

import csv
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .. import runtime
from ..elevation.encoding import Encoding, MinMaxEncoding
from ..errors import DemSegmenterError, OptionError
from ..events import Reporter
from ..learning.augmentation import MILD, SURVEYED, AugmentOptions
from ..learning.chips import ChipPool, cut_labelled_chip
from ..learning.cutting import plain_batches
from ..learning.embed import FOLD_ENCODER
from ..learning.head_from_labels import new_head
from ..learning.metrics import ProbabilityCounts
from ..learning.scenes import Scene
from ..learning.training import Batch, Training, TrainOptions, class_weights
from ..modelfiles.card import read_header_metadata
from ..modelfiles.loading import load_encoder
from ..network.encoder import Encoder
from ..network.segmentation import HeadOnEncoder, SegmentationNetwork, WholeNetwork
from ..network.unet import build_unet
from ..network.upernet import HeadOptions, UperNetHead
from .questions import build_encoder, encoder_path, variant

#: Method -> what a table calls it.
METHODS = {
    "mae": "frozen MAE + UperNet (ours)",
    "random": "the same, encoder not trained",
    "unet": "UNet from scratch, our channels",
    "unet-minmax": "UNet from scratch, min-max chips",
    "imagenet": "ImageNet MAE ViT-Base + UperNet",
}


#: Name of the data that is no fold of real scenes.
SYNTHETIC = "synthetic"

#: Variant of cells whose heads start from the embedded head of the same class, as `trainhead` does.
CLASS_START = "class-start"

#: Variant of cells whose heads start from random weights and are trained as the others.
RANDOM_START = "random-start"

#: Exponent of the generalised cross-entropy that is tried against wrong labels.
ROBUST = 0.5


@dataclass(frozen=True)
class Cell:
    """What to train and on what.

    Attributes:
        data: ``synthetic``, or the name of a fold of real scenes.
        task: ``buildings`` or ``roads``.
        method: A key of `METHODS`.
        chips: To train on.
        seed: Of the choice of chips, the weights and the batches.
        iterations: Steps of eight chips.
        noise: Kind of wrong labels, or empty.
        remedy: What is done about them, or empty.
        variant: Name of a change that is tried, or empty.
    """

    data: str
    task: str
    method: str
    chips: int
    seed: int
    iterations: int
    noise: str = ""
    remedy: str = ""
    variant: str = ""

    @property
    def key(self) -> str:
        """Name of its file."""
        parts = [self.data, self.task, self.method, str(self.chips), f"s{self.seed}", f"i{self.iterations}"]
        return "-".join(parts + [p for p in (self.noise, self.remedy, self.variant) if p])


@dataclass(frozen=True)
class Result:
    """Figures of a cell on the test chips, at the threshold chosen on the validation chips.

    Attributes:
        cell: What was trained.
        iou: Intersection over union, all test pixels pooled; likewise `precision` and `recall`.
        threshold: Probability used.
        validation_iou: On the validation chips.
        best_step: Step of the weights that were kept.
        loss: Mean training loss of the last fifty steps.
        parameters: Trained.
        seconds: Of training.
        weights: Fingerprint of what it stood on (`Setup.weights`), empty where there is nothing.
    """

    cell: Cell
    iou: float
    precision: float
    recall: float
    threshold: float
    validation_iou: float
    best_step: int
    loss: float
    parameters: int
    seconds: float
    weights: str = ""


@dataclass(frozen=True)
class Setup:
    """What all cells share.

    Attributes:
        encoder_path: The embedded encoder.
        work: Results, checkpoints and caches.
        device: Where to compute.
        start_path: The head that new heads start from; None starts them from random weights.
        stored_only: Run nothing; tables hold what has been run before.
        imagenet_path: An imported ImageNet MAE encoder, where the user has one.
        fold_encoders: Folder that `embed` and `leave_out` worked in. It holds the encoders for folds of real scenes
            (the embedded one has seen labels of those), and the encoder as masked pre-training left it.
    """

    encoder_path: Path
    work: Path
    device: torch.device
    start_path: Path | None = None
    imagenet_path: Path | None = None
    stored_only: bool = False
    fold_encoders: Path | None = None

    def encoder_for(self, cell: Cell) -> Path:
        """The encoder file a cell's network is built on.

        Raises:
            OptionError: Its weights are not there.
        """
        change = variant(cell.variant)
        if change is not None:
            return encoder_path(change, self.encoder_path, self.fold_encoders, self.work) or self.encoder_path
        if cell.method == "imagenet":
            if self.imagenet_path is None:
                raise OptionError("There are no ImageNet MAE weights.", "Give an imported encoder with --imagenet.")
            return self.imagenet_path
        # Other methods take no more than its architecture and encoding.
        if cell.method != "mae" or cell.data == SYNTHETIC or self.fold_encoders is None:
            return self.encoder_path
        for path in sorted(self.fold_encoders.glob(f"{FOLD_ENCODER}*.safetensors")):
            if cell.data in path.stem.removeprefix(FOLD_ENCODER).split("+"):
                return path
        raise OptionError(
            f"'{self.fold_encoders}' holds no encoder that has seen nothing of fold {cell.data}.",
            "Make one with the command leave-out, whose --work folder this is.",
        )

    def start_for(self, cell: Cell) -> Path | None:
        """The head a cell's head starts from; none where it would not fit the encoder."""
        if variant(cell.variant) is not None or cell.variant == RANDOM_START:
            return None
        if cell.variant == CLASS_START:
            return self.encoder_path.with_name(f"{cell.task}.safetensors")
        fits = cell.method == "mae" and self.encoder_for(cell) == self.encoder_path
        return self.start_path if fits else None

    def weights(self, cell: Cell) -> str:
        """Fingerprint of all that a cell stands on.

        With other weights, another encoding, other feature dropout or, on real places, another augmentation, its
        figures are others.
        """
        change = variant(cell.variant)
        if cell.method == "unet-minmax":
            parts = []  # neither weights nor an encoding of ours
        elif cell.method in ("unet", "random") or (change is not None and change.encoder == "untrained"):
            encoding = ((change and change.encoding) or load_encoder(self.encoder_path)[1]).to_json()
            # One of a hundred chips has a hall in it: figures from before halls were looked for are the same.
            parts = [_short_hash({k: v for k, v in encoding.items() if k != "halls"})]
        else:
            parts = [fingerprint(p)[:12] for p in (self.encoder_for(cell), self.start_for(cell)) if p is not None]
        if cell.data != SYNTHETIC:
            # What is off is left out, so that a figure outlives augmentation that was thought of later.
            parts.append(_short_hash({k: v for k, v in asdict(augmentation(cell)).items() if v}))
        dropped = recipe(cell).feature_dropout
        if dropped and not cell.method.startswith("unet"):
            parts.append(f"dropout-{dropped:g}")
        return "+".join(parts)


def augmentation(cell: Cell) -> AugmentOptions:
    """How far a cell's training chips may be from their places: as `trainhead` goes, on real places."""
    return MILD if cell.data == SYNTHETIC else SURVEYED


def _short_hash(values: Mapping[str, Any]) -> str:
    """Fingerprint of settings."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


@cache
def fingerprint(path: Path) -> str:
    """A model file's; hexadecimal."""
    return str(read_header_metadata(path)["sha256"])


class PlainChips:
    """Validation and test chips of one data set, encoded once for all cells that read them the same way."""

    def __init__(self, validation: Sequence[Scene], test: Sequence[Scene]) -> None:
        self._chips = {"validation": validation, "test": test}
        self._made: dict[tuple[str, str, int], list[Batch]] = {}

    def validation(self, encoding: Encoding, tile: int) -> list[Batch]:
        """Batches to choose weights and threshold by."""
        return self._batches("validation", encoding, tile)

    def test(self, encoding: Encoding, tile: int) -> list[Batch]:
        """Batches to report on."""
        return self._batches("test", encoding, tile)

    def _batches(self, part: str, encoding: Encoding, tile: int) -> list[Batch]:
        key = (part, repr(encoding), tile)
        if key not in self._made:
            self._made[key] = list(plain_batches(self._chips[part], encoding, tile))
        return self._made[key]


def run_cell(
    cell: Cell,
    setup: Setup,
    training_chips: Sequence[Scene],
    plain: PlainChips,
    reporter: Reporter,
    *,
    progress: tuple[float, float],
    options: TrainOptions | None = None,
) -> tuple[Result, Training]:
    """Train and measure; a run that was cut off goes on.

    Args:
        cell: What it is.
        setup: What all cells share.
        training_chips: To train on; the cell's number of them, or fewer where there are no more.
        plain: Makes the validation and the test batches.
        reporter: Progress and cancelling.
        progress: Percent at the beginning and at the end.
        options: The recipe, where not the benchmark's.

    Returns:
        The figures, and the training with its weights.
    """
    torch.manual_seed(cell.seed)
    options = options or recipe(cell)
    network, encoding, tile = build(cell, setup, options)
    draw = [1.0] * len(training_chips)
    started = time.monotonic()
    training = Training(
        network,
        options,
        class_weights(training_chips, draw, options.class_weight),
        checkpoint=_checkpoint(cell, setup.work),
        validation=plain.validation(encoding, tile),
        device=setup.device,
        identity=" ".join(filter(None, (cell.key, setup.weights(cell)))),
        validate_start=cell.variant == CLASS_START,
    )

    def batches(seed: int) -> ChipPool:
        return ChipPool(
            training_chips, draw, encoding, tile=tile, batch_size=options.batch_size, seed=seed,
            options=augmentation(cell), views=48, chips_per_view=16, cut=cut_labelled_chip,
        )  # fmt: skip

    training.run(batches, reporter, save_every=500, progress=progress)
    seconds = time.monotonic() - started
    assert training.best is not None
    counts = ProbabilityCounts()
    for channels, target in plain.test(encoding, tile):
        counts.add(training.predict(channels)[:, 1], target)
    found = counts.at(training.best.threshold)
    result = Result(
        cell, found.iou, found.precision, found.recall, training.best.threshold, training.best.iou,
        training.best.step, float(np.mean(training.losses[-50:])), sum(p.numel() for p in network.kept.parameters()),
        seconds, setup.weights(cell),
    )  # fmt: skip
    return result, training


def recipe(cell: Cell) -> TrainOptions:
    """The benchmark's recipe: the paper's but for the number of steps, and for what `trainhead` does to features.

    The paper's open questions are about the encoder: it is asked without anything to make up for it.
    """
    return TrainOptions(
        iterations=cell.iterations,
        warmup=min(100, cell.iterations // 8),
        average=0.98 if cell.iterations < 1000 else 0.995,
        validate_every=max(25, min(150, cell.iterations // 4)),
        feature_dropout=TrainOptions.feature_dropout if variant(cell.variant) is None else 0.0,
        robust=ROBUST if cell.remedy == "robust" else 0.0,
        seed=cell.seed,
    )


def build(cell: Cell, setup: Setup, options: TrainOptions) -> tuple[SegmentationNetwork, Encoding, int]:
    """The cell's network, its encoding, and the side of its chips in pixels.

    Args:
        cell: What it is.
        setup: What all cells share.
        options: The recipe.

    Raises:
        OptionError: The method is not known, or its weights are not there.
    """
    change = variant(cell.variant)
    if change is not None:
        path = encoder_path(change, setup.encoder_path, setup.fold_encoders, setup.work)
        encoder, encoding = build_encoder(change, path, setup.encoder_path)
        head = UperNetHead(HeadOptions(features=encoder.width, channels=encoding.channels))
        return HeadOnEncoder(encoder, head, feature_dropout=options.feature_dropout), encoding, encoder.options.tile
    encoder, encoding, _, digest = load_encoder(setup.encoder_for(cell))
    if cell.method == "unet":
        return WholeNetwork(build_unet(encoding.channels)), encoding, encoder.options.tile
    if cell.method == "unet-minmax":
        return WholeNetwork(build_unet(1)), MinMaxEncoding(), encoder.options.tile
    if cell.method == "random":
        # The same architecture with the weights it is born with.
        encoder = Encoder(encoder.options)
    elif cell.method not in ("mae", "imagenet"):
        raise OptionError(f"There is no method '{cell.method}'.", f"Choose among {', '.join(METHODS)}.")
    head = new_head(encoder, encoding, setup.start_for(cell), digest)
    return HeadOnEncoder(encoder, head, feature_dropout=options.feature_dropout), encoding, encoder.options.tile


def stored(cell: Cell, setup: Setup) -> Result | None:
    """The figures of a cell that has been run before, on the same weights.

    Where only a table of stored figures is wanted, weights that are gone cannot be compared: the figures are taken.
    """
    path = setup.work / "results" / f"{cell.key}.json"
    if not path.is_file():
        return None
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    result = Result(**{**values, "cell": Cell(**values["cell"])})
    try:
        same = result.weights == setup.weights(cell)
    except DemSegmenterError:
        if not setup.stored_only:
            raise
        same = True
    return result if same else None


def take_up(table: Path, work: Path) -> None:
    """Keep the figures of a table that an earlier benchmark wrote, so that what it holds is not run again.

    Args:
        table: ``.csv``, as `tables.write_csv` writes it; nothing happens where there is none.
        work: Figures that are there already stay.
    """
    if not table.is_file():
        return
    with open(table, newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            cell = Cell(**_typed(Cell, row))
            if not (work / "results" / f"{cell.key}.json").is_file():
                store(Result(cell, **_typed(Result, row)), work)


def _typed(kind: type, row: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a dataclass that a row of text has."""
    types: dict[str, Any] = {"int": int, "float": float, "str": str}
    return {f.name: types[str(f.type)](row[f.name]) for f in fields(kind) if str(f.type) in types and f.name in row}


def store(result: Result, work: Path) -> None:
    """Keep the figures of a cell."""
    path = work / "results" / f"{result.cell.key}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(result), indent=1), encoding="utf-8")
    runtime.replace_file(partial, path)
    _checkpoint(result.cell, work).unlink(missing_ok=True)


def _checkpoint(cell: Cell, work: Path) -> Path:
    return work / "checkpoints" / f"{cell.key}.pt"
