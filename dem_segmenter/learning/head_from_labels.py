"""A head from a user's labels: chips in, head file out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import ndimage

from ..elevation.encoding import Encoding
from ..errors import OptionError, TrainingError
from ..events import Reporter
from ..modelfiles.card import Card, ClassInfo, installed_models, read_card, read_header_metadata
from ..modelfiles.loading import load_encoder, load_head
from ..modelfiles.store import save_model
from ..network.encoder import Encoder
from ..network.segmentation import HeadOnEncoder
from ..network.upernet import HeadOptions, UperNetHead, start_from
from .augmentation import PLAIN, SURVEYED, AugmentOptions, lies_level
from .chips import ChipPool, View, cut_labelled_chip
from .cutting import plain_batches
from .placed_chips import PlacedChip
from .scenes import UNKNOWN, Scene, scenes_fingerprint
from .training import BatchSource, Training, TrainOptions, class_weights, run_identity

#: What `HeadRequest.augmentation` may be.
AUGMENTATIONS: Mapping[str, AugmentOptions] = {
    "none": PLAIN,
    "dihedral": PLAIN,
    "full": SURVEYED,
}
#: Name of the head that new heads start from where none of their encoder's installed heads finds the same.
START_HEAD = "height"
#: Smallest object of a new head: this share of the size that all but the smallest twentieth of the labels have ...
MIN_AREA_SHARE = 0.5
#: ... but no more than this, square metres.
MOST_MIN_AREA = 20.0


@dataclass(frozen=True)
class HeadRequest:
    """What is to be trained.

    Attributes:
        class_name: What is labelled, singular: ``building``.
        title: Name for people.
        color: ``#rrggbb`` of the class.
        encoder: Encoder file.
        start: Head file to start from; None for random weights.
        augmentation: A key of `AUGMENTATIONS`.
        options: The recipe.
        kind: Of the labels: ``polygons``, ``lines`` or ``raster``.
        sources: Name of each DEM.
    """

    class_name: str
    title: str
    color: str
    encoder: Path
    start: Path | None
    augmentation: str
    options: TrainOptions
    kind: str
    sources: Sequence[str] = ()


@dataclass
class TrainedHead:
    """A head in the making, and what is known of it.

    Attributes:
        request: What was asked for.
        training: The run.
        encoder: Frozen.
        encoding: Elevation to channels.
        encoder_card: The encoder's card.
        encoder_sha256: Its fingerprint.
        chips: To train on.
        validation: To validate on.
    """

    request: HeadRequest
    training: Training
    encoder: Encoder
    encoding: Encoding
    encoder_card: Card
    encoder_sha256: str
    chips: Sequence[PlacedChip]
    validation: Sequence[PlacedChip]
    validation_batches: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    @property
    def threshold(self) -> float:
        """The best on the validation chips; one half where there are none."""
        return self.training.best.threshold if self.training.best else 0.5

    def run(self, reporter: Reporter, progress: tuple[float, float]) -> None:
        """Take the steps that are left; raises as `Training.run`."""
        scenes = [chip.scene for chip in self.chips]
        low, high = AUGMENTATIONS[self.request.augmentation].resolution
        # The numbers are for the embedded encoder's resolution.
        scale = self.encoder_card.ground_resolution / PLAIN.resolution[0]
        augment = replace(AUGMENTATIONS[self.request.augmentation], resolution=(low * scale, high * scale))
        if augment.level and lies_level(scenes):
            augment = replace(augment, level=0.0)
        turned = self.request.augmentation != "none"
        tile, options = self.encoder.options.tile, self.request.options

        def cut(view: View, side: int, rng: np.random.Generator) -> View:
            return cut_labelled_chip(view, side, rng, augment=turned)

        def batches(seed: int) -> BatchSource:
            return ChipPool(
                scenes, [1.0] * len(scenes), self.encoding, tile=tile, batch_size=options.batch_size, seed=seed,
                options=augment, views=48, chips_per_view=16, cut=cut,
            )  # fmt: skip

        self.training.run(batches, reporter, save_every=options.validate_every, progress=progress)

    def save(self, path: Path) -> None:
        """Write the head with the best weights so far, in half precision."""
        best = self.training.best_weights()
        tensors = {k: v.half() if v.is_floating_point() else v for k, v in best.items()}
        save_model(path, tensors, self.card(path.stem))

    def card(self, name: str) -> Card:
        """The head's card."""
        request, best, options = self.request, self.training.best, self.request.options
        network = self.training.average
        metrics: list[dict[str, Any]] = []
        if best is not None:
            metrics.append(
                {
                    "place": f"{len(self.validation)} validation chips of the same DEMs, which also chose the weights",
                    "iou": round(best.iou, 4),
                    "threshold": best.threshold,
                }
            )
        assert isinstance(network, UperNetHead)
        start = read_card(request.start) if request.start else None
        same = start if start and _alike(start.classes[0].name, request.class_name) else None
        return Card(
            kind="head",
            name=name,
            title=request.title,
            description=f"Trained on {len(self.chips)} labelled chips of {', '.join(request.sources)}.",
            licence="unknown",
            architecture={
                "type": "UperNet",
                **network.options.to_json(),
                "parameters": sum(p.numel() for p in network.parameters()),
            },
            encoder_sha256=self.encoder_sha256,
            encoder_name=self.encoder_card.name,
            classes=(ClassInfo(request.class_name, 1, request.color),),
            ground_resolution=self.encoder_card.ground_resolution,
            ground_resolution_range=self.encoder_card.ground_resolution_range,
            tile=self.encoder_card.tile,
            overlap=0.5,
            # What is found still has edges of that kind.
            edge_radius=start.edge_radius if start else 0.0,
            right_angles_bonus=same.right_angles_bonus if same else 0.0,
            threshold=self.threshold,
            min_area=smallest_object(self.chips),
            max_width=same.max_width if same else 0.0,
            walled=same.walled if same else 0.0,
            # A head is of no use without its encoder: whoever passes it on has to know that one's licence.
            training_data=(
                *({"name": source, "licence": "unknown"} for source in request.sources),
                {"name": f"the encoder {self.encoder_card.name}", "licence": self.encoder_card.licence},
            ),
            metrics=tuple(metrics),
            recipe={
                **asdict(options),
                "augmentation": request.augmentation,
                "start_from": start.name if start else "",
                "steps_taken": len(self.training.losses),
                "best_step": best.step if best else len(self.training.losses),
                "chips": [list(np.round(chip.bounds, 6)) for chip in self.chips],
            },
        )


def prepare(
    request: HeadRequest,
    chips: Sequence[PlacedChip],
    validation: Sequence[PlacedChip],
    *,
    checkpoint: Path | None,
    device: torch.device,
) -> TrainedHead:
    """Put encoder, new head and chips together; a run that was cut off is taken up.

    Args:
        request: What is to be trained.
        chips: To train on.
        validation: To validate on.
        checkpoint: File for the state of the run.
        device: Where to compute.

    Raises:
        TrainingError: The training chips hold only one class.
        ModelFileError: The encoder or the head to start from cannot be read or do not belong together.
        OptionError: The augmentation is not known.
    """
    if request.augmentation not in AUGMENTATIONS:
        raise OptionError(
            f"There is no augmentation '{request.augmentation}'.", f"Use one of {', '.join(AUGMENTATIONS)}."
        )
    encoder, encoding, card, digest = load_encoder(request.encoder)
    torch.manual_seed(request.options.seed)
    head = new_head(encoder, encoding, request.start, digest)
    scenes = [chip.scene for chip in chips]
    weight = class_weights(scenes, [1.0] * len(scenes), request.options.class_weight)
    batches = list(
        plain_batches([c.scene for c in validation], encoding, encoder.options.tile, resolution=card.ground_resolution)
    )
    training = Training(
        HeadOnEncoder(
            encoder, head, auxiliary=bool(request.options.auxiliary), feature_dropout=request.options.feature_dropout
        ),
        request.options,
        weight,
        checkpoint=checkpoint,
        validation=batches,
        device=device,
        # A head that already finds the class may be better than what few labels make of it.
        validate_start=request.start is not None,
        identity=identity(request, digest, [*scenes, *(c.scene for c in validation)]),
    )
    return TrainedHead(request, training, encoder, encoding, card, digest, chips, validation, batches)


def new_head(encoder: Encoder, encoding: Encoding, start: Path | None, encoder_sha256: str) -> UperNetHead:
    """A head for background and one class.

    Args:
        encoder: What it reads.
        encoding: What the encoder reads.
        start: Head file whose weights it begins with.
        encoder_sha256: The encoder's fingerprint.

    Raises:
        TrainingError: The head to start from belongs to another encoder.
    """
    if start is None:
        return UperNetHead(HeadOptions(features=encoder.width, channels=encoding.channels))
    card = read_card(start)
    if card.encoder_sha256 != encoder_sha256:
        raise TrainingError(
            f"The head to start from, '{card.name}', was trained on another encoder, '{card.encoder_name}'.",
            "Choose a head of this encoder, or start from none.",
        )
    other = load_head(start)
    head = UperNetHead(replace(other.options, classes=2))
    start_from(head, other)
    return head


def _alike(one: str, other: str) -> bool:
    """Whether two names of classes mean the same, however they are written."""
    return one.strip().casefold() == other.strip().casefold()


def default_start(encoder_sha256: str, folders: Sequence[Path], class_name: str) -> Path | None:
    """The installed head that new heads of an encoder start from.

    It is one of that encoder that finds just the same class, so that few labels only have to fit it to a place; where
    there is none, the head that tells height above ground.

    Args:
        encoder_sha256: The encoder's fingerprint.
        folders: Where heads are installed; of several that would do, the first is taken.
        class_name: What the new head is to find.
    """
    otherwise = None
    for path in installed_models(folders):
        card = read_card(path)
        if card.kind != "head" or card.encoder_sha256 != encoder_sha256:
            continue
        if len(card.classes) == 1 and _alike(card.classes[0].name, class_name):
            return path
        if card.name == START_HEAD:
            otherwise = otherwise or path
    return otherwise


def identity(request: HeadRequest, encoder_sha256: str, scenes: Sequence[Scene]) -> str:
    """What makes a run this run: a state of another one is not gone on with."""
    start = read_header_metadata(request.start).get("sha256") if request.start else ""
    return run_identity(
        request.options, encoder_sha256, request.class_name, start, request.augmentation, scenes_fingerprint(scenes)
    )


def smallest_object(chips: Sequence[PlacedChip]) -> float:
    """Area below which a new head drops objects, square metres: well below the smallest that was labelled."""
    areas: list[float] = []
    for chip in chips:
        target = chip.scene.labels["target"]
        objects, _ = ndimage.label(target == 1)
        # Objects that the chip's edge cuts would look smaller than they are.
        cut = np.unique(objects[ndimage.binary_dilation(target == UNKNOWN)])
        sizes = np.bincount(objects.ravel())
        sizes[np.union1d(cut, [0])] = 0
        areas += list(sizes[sizes > 0] * chip.scene.resolution**2)
    if not areas:
        return 0.0
    return round(min(MOST_MIN_AREA, MIN_AREA_SHARE * float(np.quantile(areas, 0.05))), 1)


def keep_on_cancel(trained: TrainedHead, output: Path, reporter: Reporter) -> bool:
    """After a cancel, write the best head so far; false where there is none yet."""
    if not trained.training.losses:
        return False
    trained.save(output)
    reporter.log(f"The best head so far, of step {_best_step(trained)}, was kept in '{output}'.")
    return True


def _best_step(trained: TrainedHead) -> int:
    return trained.training.best.step if trained.training.best else len(trained.training.losses)
