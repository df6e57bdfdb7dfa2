"""Between pre-training and freezing: the encoder learns, whole, from the labels there are.

Masked pre-training alone leaves a tiny encoder little better than a random one for heads (docs/experiments.md).
Intermediate fine-tuning (the term of BEiT, Bao et al. 2021, arXiv 2106.08254) follows it, on several tasks at once:
height above ground, known wherever a bare-earth model comes with a surface, and whatever else the recipe names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..elevation.encoding import ReliefEncoding
from ..events import Reporter
from ..modelfiles.store import fingerprint
from ..network.encoder import Encoder
from ..network.segmentation import SegmentationNetwork
from ..network.upernet import AuxiliaryHead, HeadOptions, UperNetHead
from .augmentation import AugmentOptions
from .chips import ChipPool
from .scenes import UNKNOWN, Scene, scenes_fingerprint
from .training import BatchSource, Training, TrainOptions, class_weights, run_identity, sampling_weights


@dataclass(frozen=True)
class Task:
    """One kind of label.

    Attributes:
        scenes: With a label ``target`` each.
        classes: Classes, background included.
        chips: Of each batch.
        augment: How far views may be from their scenes.
        synthetic_share: Share of chips from synthetic scenes, where there are both.
    """

    scenes: Sequence[Scene]
    classes: int
    chips: int
    augment: AugmentOptions
    synthetic_share: float


class TasksOnEncoder(nn.Module):
    """Channels to the log-probabilities of several tasks' classes, side by side.

    The cross-entropy of such a stack differs from that of the task a pixel is labelled for by the logarithm of how many
    tasks there are: each task's probabilities sum to one, so the normalisation over all of them is constant.
    """

    def __init__(self, encoder: Encoder, head: UperNetHead, classes: Sequence[int]) -> None:
        super().__init__()
        self.encoder, self.head, self.classes = encoder, head, list(classes)

    def stacked(self, logits: torch.Tensor) -> torch.Tensor:
        """Each task's part of ``(B, sum of classes, H, W)`` logits as log-probabilities."""
        return torch.cat([torch.log_softmax(part, 1) for part in logits.float().split(self.classes, 1)], 1)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """``(B, C, H, W)`` to ``(B, sum of classes, H, W)``."""
        return self.stacked(self.head(self.encoder(channels), channels))


class WholeWithAuxiliary(SegmentationNetwork):
    """Encoder and head, trained whole, and the reference recipe's auxiliary head.

    The head has a way around the encoder, for outlines; the auxiliary head has none, so that the encoder is asked for
    every class itself.
    """

    kept: TasksOnEncoder
    auxiliary: AuxiliaryHead

    def __init__(self, network: TasksOnEncoder) -> None:
        super().__init__()
        self.kept = network
        options = network.head.options
        self.auxiliary = AuxiliaryHead(options.features, options.width, options.classes)

    def forward(self, channels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        features = self.kept.encoder(channels)
        side = self.kept.stacked(self.auxiliary(features, channels.shape[-2:]))
        return self.kept.stacked(self.kept.head(features, channels)), side

    def logits(self, channels: torch.Tensor, kept: nn.Module) -> torch.Tensor:
        logits: torch.Tensor = kept(channels)
        return logits


class Together:
    """Batches that hold some chips of each task, their classes counted on from one another's.

    Batch normalisation sees the same mixture in every step, as it would not were tasks taken in turn.
    """

    def __init__(self, sources: Sequence[BatchSource], classes: Sequence[int]) -> None:
        self._sources = list(sources)
        self._offsets = np.concatenate([[0], np.cumsum(classes)[:-1]]).astype(np.uint8)

    def next(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The next batch: channels ``(B, C, T, T) float32``, target ``(B, T, T) uint8``, valid ``(B, T, T) bool``."""
        channels, targets, valid = zip(*(source.next() for source in self._sources), strict=True)
        counted_on = [
            np.where(target == UNKNOWN, target, target + offset)
            for target, offset in zip(targets, self._offsets, strict=True)
        ]
        return np.concatenate(channels), np.concatenate(counted_on), np.concatenate(valid)

    def close(self) -> None:
        """No more are needed."""
        for source in self._sources:
            source.close()


def head_of_task(shared: UperNetHead, classes: Sequence[int], task: int) -> UperNetHead:
    """One task's head, cut out of a head of several.

    Args:
        shared: Trained by `fine_tune`.
        classes: Of each task, background included, in the order of training.
        task: Which.
    """
    outputs = 4 if shared.options.detail else 1  # a class: with a detail path, two by two pixels are drawn at once
    first = outputs * sum(classes[:task])
    rows = slice(first, first + outputs * classes[task])
    head = UperNetHead(replace(shared.options, classes=classes[task]))
    head.load_state_dict({k: v[rows] if k.startswith("classify.") else v for k, v in shared.state_dict().items()})
    return head


def fine_tune(
    encoder: Encoder,
    encoding: ReliefEncoding,
    tasks: Mapping[str, Task],
    head: HeadOptions,
    options: TrainOptions,
    reporter: Reporter,
    *,
    checkpoint: Path,
    device: torch.device | None = None,
) -> tuple[Encoder, UperNetHead, list[float]]:
    """Train the encoder whole, with a head of all tasks, or go on with a run that was cut off.

    Args:
        encoder: Pre-trained; changed in place.
        encoding: Elevation to channels.
        tasks: What to learn, by name.
        head: The head's architecture, for the classes of all tasks.
        options: The recipe; how many chips a batch has, and how many of them are synthetic, is each task's.
        reporter: Progress and cancelling.
        checkpoint: File for the state of the run.
        device: Where to compute; CPU by default.

    Returns:
        The encoder with averaged weights, frozen; the head (see `head_of_task`); the loss of every step.

    Raises:
        TrainingError: A task has one class only, or the loss is no longer a number.
    """
    torch.manual_seed(options.seed)
    classes = [task.classes for task in tasks.values()]
    draws = [sampling_weights(t.scenes, replace(options, synthetic_share=t.synthetic_share)) for t in tasks.values()]
    weight = torch.cat(
        [
            class_weights(task.scenes, draw, options.class_weight, task.classes)
            for task, draw in zip(tasks.values(), draws, strict=True)
        ]
    )
    told = [
        (name, task.classes, task.chips, task.augment, task.synthetic_share, scenes_fingerprint(task.scenes))
        for name, task in tasks.items()
    ]
    identity = run_identity(options, head, encoding, encoder.options, fingerprint(encoder.state_dict()), told)
    encoder.vit.requires_grad_(True)
    encoder.vit.pos_embed.requires_grad_(False)  # sine and cosine, as pre-training had them
    network = WholeWithAuxiliary(TasksOnEncoder(encoder, UperNetHead(head), classes))
    training = Training(network, options, weight, checkpoint=checkpoint, device=device, identity=identity)

    def batches(seed: int) -> Together:
        pools = [
            ChipPool(
                task.scenes, draw, encoding, tile=encoder.options.tile, batch_size=task.chips, seed=seed + i,
                options=task.augment,
            )
            for i, (task, draw) in enumerate(zip(tasks.values(), draws, strict=True))
        ]  # fmt: skip
        return Together(pools, classes)

    trained = training.run(batches, reporter)
    assert isinstance(trained, TasksOnEncoder)
    return trained.encoder.freeze(), trained.head, training.losses
