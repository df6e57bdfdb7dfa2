"""Between pre-training and freezing: the encoder learns, whole, from labels that cost nobody any work.

Masked pre-training alone leaves a tiny encoder little better than a random one for heads (docs/experiments.md).
Intermediate fine-tuning (the term of BEiT, Bao et al. 2021, arXiv 2106.08254) follows it: height above ground, known
wherever a bare-earth model comes with a surface, and the exact labels of synthetic scenes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..elevation.encoding import ReliefEncoding
from ..events import Reporter
from ..network.encoder import Encoder
from ..network.segmentation import WholeNetwork
from ..network.upernet import HeadOptions, UperNetHead
from .chips import AugmentOptions, ChipPool
from .scenes import UNKNOWN, Scene
from .training import BatchSource, Training, TrainOptions, class_weights, sampling_weights


@dataclass(frozen=True)
class Task:
    """One kind of label.

    Attributes:
        scenes: With a label ``target`` each.
        classes: Classes, background included.
        augment: How far views may be from their scenes.
    """

    scenes: Sequence[Scene]
    classes: int
    augment: AugmentOptions


class TasksOnEncoder(nn.Module):
    """Channels to the log-probabilities of several tasks' classes, side by side.

    The cross-entropy of such a stack differs from that of the task a pixel is labelled for by the logarithm of how many
    tasks there are: each task's probabilities sum to one, so the normalisation over all of them is constant.
    """

    def __init__(self, encoder: Encoder, head: UperNetHead, classes: Sequence[int]) -> None:
        super().__init__()
        self.encoder, self.head, self.classes = encoder, head, list(classes)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """``(B, C, H, W)`` to ``(B, sum of classes, H, W)``."""
        logits = self.head(self.encoder(channels), channels).float()
        return torch.cat([torch.log_softmax(part, 1) for part in logits.split(self.classes, 1)], 1)


class InTurn:
    """Batches of several sources in turn, their classes counted on from one another's."""

    def __init__(self, sources: Sequence[BatchSource], classes: Sequence[int]) -> None:
        self._sources = list(sources)
        self._offsets = np.concatenate([[0], np.cumsum(classes)[:-1]])
        self._turn = 0

    def next(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The next batch: channels ``(B, C, T, T) float32``, target ``(B, T, T) uint8``, valid ``(B, T, T) bool``."""
        turn = self._turn % len(self._sources)
        self._turn += 1
        channels, target, valid = self._sources[turn].next()
        counted_on = (target + np.uint8(self._offsets[turn])).astype(np.uint8)
        return channels, np.where(target == UNKNOWN, target, counted_on), valid

    def close(self) -> None:
        """No more are needed."""
        for source in self._sources:
            source.close()


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
) -> tuple[Encoder, list[float]]:
    """Train the encoder whole, with a head that is thrown away afterwards, or go on with a run that was cut off.

    Args:
        encoder: Pre-trained; changed in place.
        encoding: Elevation to channels.
        tasks: What to learn, by name.
        head: The head's architecture. Without a detail path all that is drawn has to go through the encoder.
        options: The recipe; `robust` and `auxiliary` are not used.
        reporter: Progress and cancelling.
        checkpoint: File for the state of the run.
        device: Where to compute; CPU by default.

    Returns:
        The encoder with averaged weights, frozen, and the loss of every step.

    Raises:
        TrainingError: A task has one class only, or the loss is no longer a number.
    """
    torch.manual_seed(options.seed)
    classes = [task.classes for task in tasks.values()]
    draws = {name: sampling_weights(task.scenes, options) for name, task in tasks.items()}
    weight = torch.cat(
        [class_weights(t.scenes, draws[name], options.class_weight, t.classes) for name, t in tasks.items()]
    )
    encoder.vit.requires_grad_(True)
    encoder.vit.pos_embed.requires_grad_(False)  # sine and cosine, as pre-training had them
    network = WholeNetwork(TasksOnEncoder(encoder, UperNetHead(head), classes))
    training = Training(network, options, weight, checkpoint=checkpoint, device=device)

    def batches(seed: int) -> InTurn:
        pools = [
            ChipPool(
                task.scenes, draws[name], encoding, tile=encoder.options.tile, batch_size=options.batch_size,
                seed=seed + i, options=task.augment,
            )
            for i, (name, task) in enumerate(tasks.items())
        ]  # fmt: skip
        return InTurn(pools, classes)

    trained = training.run(batches, reporter)
    assert isinstance(trained, TasksOnEncoder)
    return trained.encoder.freeze(), training.losses
