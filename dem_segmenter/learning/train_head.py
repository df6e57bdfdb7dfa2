"""Training from whole scenes, as the embedded heads are made: a head on a frozen encoder, or a network whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from ..elevation.encoding import Encoding
from ..errors import TrainingError
from ..events import Reporter
from ..modelfiles.store import fingerprint
from ..network.encoder import Encoder
from ..network.segmentation import HeadOnEncoder, SegmentationNetwork
from ..network.upernet import HeadOptions, UperNetHead, start_from
from .augmentation import AugmentOptions
from .chips import ChipPool
from .scenes import Scene, scenes_fingerprint
from .training import Training, TrainOptions, class_weights, run_identity, sampling_weights


def train_head(
    encoder: Encoder,
    encoding: Encoding,
    scenes: Sequence[Scene],
    head_options: HeadOptions,
    options: TrainOptions,
    reporter: Reporter,
    *,
    checkpoint: Path,
    start: UperNetHead | None = None,
    augment: AugmentOptions | None = None,
    device: torch.device | None = None,
    save_every: int = 150,
    progress: tuple[float, float] = (0.0, 100.0),
) -> tuple[UperNetHead, list[float]]:
    """Train a head, or go on with a run that was cut off.

    Args:
        encoder: Frozen.
        encoding: Elevation to channels.
        scenes: With a label ``target`` each.
        head_options: Architecture.
        options: The recipe.
        reporter: Progress and cancelling.
        checkpoint: File for the state of the run.
        start: Head to begin with, of the same architecture; random weights where None.
        augment: Augmentation; the default's where None.
        device: Where to compute; CPU by default.
        save_every: Steps between checkpoints.
        progress: Percent at the beginning and at the end.

    Returns:
        The head with averaged weights, and the loss of every step.

    Raises:
        TrainingError: No scenes, one class only, or a loss that is not a number.
    """
    torch.manual_seed(options.seed)
    head = UperNetHead(head_options)
    if start is not None:
        start_from(head, start)
    about = (head_options, fingerprint(encoder.state_dict()), fingerprint(start.state_dict()) if start else "")
    network = HeadOnEncoder(encoder, head, auxiliary=bool(options.auxiliary), feature_dropout=options.feature_dropout)
    trained, losses = train_on_scenes(
        network,
        encoding,
        encoder.options.tile,
        scenes,
        options,
        reporter,
        checkpoint=checkpoint,
        about=about,
        classes=head_options.classes,
        augment=augment,
        device=device,
        save_every=save_every,
        progress=progress,
    )
    assert isinstance(trained, UperNetHead)
    return trained, losses


def train_on_scenes(
    network: SegmentationNetwork,
    encoding: Encoding,
    tile: int,
    scenes: Sequence[Scene],
    options: TrainOptions,
    reporter: Reporter,
    *,
    checkpoint: Path,
    about: Sequence[object] = (),
    classes: int = 2,
    augment: AugmentOptions | None = None,
    device: torch.device | None = None,
    save_every: int = 150,
    progress: tuple[float, float] = (0.0, 100.0),
) -> tuple[nn.Module, list[float]]:
    """Train any network on chips of whole scenes, or go on with a run that was cut off.

    Args:
        network: To be trained.
        encoding: Elevation to channels.
        tile: Side of the chips, pixels.
        scenes: With a label ``target`` each.
        options: The recipe.
        reporter: Progress and cancelling.
        checkpoint: File for the state of the run.
        about: What makes the network this network, for a run that is gone on with: its options, what it begins with.
        classes: Background included.
        augment: Augmentation; the default's where None.
        device: Where to compute; CPU by default.
        save_every: Steps between checkpoints.
        progress: Percent at the beginning and at the end.

    Returns:
        The network's kept part with averaged weights, and the loss of every step.

    Raises:
        TrainingError: As `train_head`.
    """
    if not scenes:
        raise TrainingError("There are no labelled scenes to learn from.", "Give at least one DEM with labels.")
    draw = sampling_weights(scenes, options)
    weight = class_weights(scenes, draw, options.class_weight, classes)
    augment = augment or AugmentOptions()
    identity = run_identity(options, *about, encoding, tile, augment, scenes_fingerprint(scenes))
    training = Training(network, options, weight, checkpoint=checkpoint, device=device, identity=identity)

    def batches(seed: int) -> ChipPool:
        return ChipPool(
            scenes, draw, encoding, tile=tile, batch_size=options.batch_size, seed=seed, options=augment
        )  # fmt: skip

    return training.run(batches, reporter, save_every=save_every, progress=progress), training.losses
