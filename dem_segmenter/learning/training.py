"""The training loop, after the paper's recipe: for a head on a frozen encoder and for the UNet alike."""

from __future__ import annotations

import copy
import hashlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from .. import runtime
from ..errors import TrainingError
from ..events import Reporter
from ..network.segmentation import SegmentationNetwork
from .checkpoints import load_whole, make_way, read_state, states_of, write_state
from .loss import segmentation_loss
from .metrics import ProbabilityCounts
from .optimizer import adamw
from .pretrain import scene_weights
from .scenes import UNKNOWN, Scene


@dataclass(frozen=True)
class TrainOptions:
    """The recipe. The paper's is 3000 iterations of 8, AdamW, weight decay 0.05, polynomial decay, weighted loss.

    Attributes:
        iterations: Optimiser steps.
        batch_size: Chips a step.
        learning_rate: Peak. Not stated by the paper; the reference recipe's 1e-4 is for much longer runs.
        warmup: Steps of linear warm-up.
        power: Of the polynomial decay.
        cycles: The decay is run this many times over equal shares of the steps, each from half the peak before it (warm
            restarts, Loshchilov and Hutter 2017).
        weight_decay: AdamW's.
        auxiliary: Weight of the auxiliary head's loss (reference recipe: 0.4).
        feature_dropout: Probability that a head in training is not given a channel of the encoder's features.
        class_weight: Weight of the class is its rarity to this power: 0 none, 1 the full inverse frequency.
        robust: How little a pixel counts that contradicts what was learned, 0 (cross-entropy) to 1 (mean absolute
            error): the exponent q of the generalised cross-entropy (Zhang and Sabuncu 2018, arXiv 1805.07836).
        small: How much more the pixels of small objects count: as the inverse of the object's area to this power, up to
            `loss.MOST` times, from `loss.LARGE` pixels down. 0: all pixels count alike, a block as much as ten houses.
        average: Decay of the moving average of weights, which is what is kept (Polyak and Juditsky 1992).
        validate_every: Steps between looks at the validation chips, where there are any.
        synthetic_share: Share of chips from synthetic scenes, where both kinds are given.
        noisy_weight: How often a scene of quality C is drawn, relative to A and B.
        seed: Of everything.
    """

    iterations: int = 3000
    batch_size: int = 8
    learning_rate: float = 1e-3
    warmup: int = 100
    power: float = 1.0
    cycles: int = 1
    weight_decay: float = 0.05
    auxiliary: float = 0.4
    feature_dropout: float = 0.5
    class_weight: float = 0.5
    robust: float = 0.0
    small: float = 0.0
    average: float = 0.995
    validate_every: int = 150
    synthetic_share: float = 0.3
    noisy_weight: float = 0.4
    seed: int = 0


class BatchSource(Protocol):
    """Where batches come from, endlessly."""

    def next(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Channels ``(B, C, T, T) float32``, target ``(B, T, T) uint8``, valid ``(B, T, T) bool``."""

    def close(self) -> None:
        """No more are needed."""


@dataclass(frozen=True)
class Validation:
    """One look at the validation chips.

    Attributes:
        step: Steps taken before it.
        loss: Mean training loss since the last look.
        iou: Intersection over union at the best threshold.
        threshold: That threshold.
    """

    step: int
    loss: float
    iou: float
    threshold: float


Batch = tuple[np.ndarray, np.ndarray]


class Training:
    """One run: it can be cut off at any step and gone on with, and has its best weights at hand at any time.

    Attributes:
        network: What is trained.
        average: Its kept part with averaged weights.
        losses: Training loss of every step so far.
        history: Every look at the validation chips so far.
        best: The best of them; None before the first.
        put_aside: Where the state of another run was moved that lay in the way; None if there was none.
    """

    def __init__(
        self,
        network: SegmentationNetwork,
        options: TrainOptions,
        class_weight: torch.Tensor,
        *,
        checkpoint: Path | None,
        validation: Sequence[Batch] = (),
        device: torch.device | None = None,
        identity: str = "",
        validate_start: bool = False,
    ) -> None:
        """Prepare a run, or read back one that was cut off.

        Args:
            network: To be trained.
            options: The recipe.
            class_weight: ``(classes,) float32``.
            checkpoint: File for the state of the run; none is written where None.
            validation: Batches of channels ``(B, C, T, T) float32`` and target ``(B, T, T) uint8``.
            device: Where to compute; CPU by default.
            identity: What the run is about (`run_identity`); the state of another run is put aside, not gone on with.
            validate_start: Whether the weights that the run begins with are a candidate for the best ones.
        """
        self.options, self.device, self._checkpoint = options, device or torch.device("cpu"), checkpoint
        # Convolutions on a CPU are a sixth faster with channels last.
        self.network = network.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(network.kept).requires_grad_(False).eval()
        self.losses: list[float] = []
        self.history: list[Validation] = []
        self.best: Validation | None = None
        self._best_weights: dict[str, torch.Tensor] | None = None
        self._class_weight = class_weight.to(self.device)
        self._validation, self._identity, self._validate_start = list(validation), identity, validate_start
        self._optimizer = adamw(network.trained(), options.learning_rate, options.weight_decay)
        self.put_aside: Path | None = None
        self.resumed = self._take_up()

    def run(
        self,
        batches: Callable[[int], BatchSource],
        reporter: Reporter,
        *,
        save_every: int = 150,
        progress: tuple[float, float] = (0.0, 100.0),
    ) -> torch.nn.Module:
        """Take the steps that are left.

        Args:
            batches: Makes the source of batches, from a seed.
            reporter: Progress and cancelling.
            save_every: Steps between checkpoints.
            progress: Percent at the beginning and at the end.

        Returns:
            The kept part with averaged weights, in evaluation mode: those of the best look at the validation chips,
            the last ones where there are no such chips.

        Raises:
            TrainingError: The loss or its gradient is no longer a number; the state before that step is on disk.
            CancelledError: Cancelled; `best_weights` has the best so far.
        """
        if self.resumed:
            reporter.log(f"Going on from step {len(self.losses)}.")
        if self.put_aside is not None:
            reporter.warning(
                "Beside the output there was the state of a run with other settings, labels or models, or a damaged "
                f"one; it was put aside as '{self.put_aside}'. To go on with that run, start it with its own settings."
            )
        options = self.options
        source = batches(options.seed * 1_000_003 + len(self.losses))
        self.network.train()
        if self._validation and self._validate_start and not self.losses:
            self._validate(reporter)
        began, first = time.monotonic(), len(self.losses)
        try:
            while len(self.losses) < options.iterations:
                self._step(source)
                done = len(self.losses)
                last = done == options.iterations
                if self._validation and (last or done % options.validate_every == 0):
                    self._validate(reporter)
                if last or done % save_every == 0:
                    self._write_checkpoint()
                    spent = (time.monotonic() - began) / (done - first)
                    reporter.log(f"step {done}: loss {np.mean(self.losses[-save_every:]):.4f}, {spent:.2f} s a step")
                left = (time.monotonic() - began) / (done - first) * (options.iterations - done)
                reporter.progress(
                    progress[0] + (progress[1] - progress[0]) * done / options.iterations, self._phase(left)
                )
        finally:
            source.close()
        self.average.load_state_dict(self.best_weights())
        return self.average.eval()

    def best_weights(self) -> dict[str, torch.Tensor]:
        """The kept part's best weights so far: by validation, else the averaged ones of the last step."""
        return self._best_weights or self.average.state_dict()

    def predict(self, channels: np.ndarray) -> np.ndarray:
        """Probability of every class with the averaged weights.

        Args:
            channels: ``(B, C, T, T) float32``.

        Returns:
            ``(B, classes, T, T) float32``.
        """
        x = torch.from_numpy(channels).to(self.device, memory_format=torch.channels_last)
        with torch.inference_mode(), runtime.mixed_precision(self.device):
            logits = self.network.logits(x, self.average)
        return torch.softmax(logits.float(), 1).cpu().numpy()

    def _step(self, source: BatchSource) -> None:
        options, step = self.options, len(self.losses)
        for group in self._optimizer.param_groups:
            group["lr"] = options.learning_rate * learning_rate_factor(step, options)
        channels, target, _ = source.next()
        x = torch.from_numpy(channels).to(self.device, memory_format=torch.channels_last)
        y = torch.from_numpy(target).to(self.device).long()
        if not (y != UNKNOWN).any():
            self.losses.append(self.losses[-1] if self.losses else math.log(2))
            return
        with runtime.mixed_precision(self.device):
            logits, side = self.network(x)
        loss = self._loss(logits, y)
        value = float(loss.detach())
        if side is not None:
            loss = loss + options.auxiliary * self._loss(side, y)
        if not math.isfinite(float(loss.detach())):
            self._give_up(step)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        # A finite loss may have a gradient that is not, and one such step would spoil every weight.
        norm = torch.nn.utils.clip_grad_norm_(self.network.trained(), 5.0)
        if not math.isfinite(float(norm)):
            self._give_up(step)
        self._optimizer.step()
        self.losses.append(value)
        _average(
            self.average, self.network.kept, min(options.average, (1 + len(self.losses)) / (10 + len(self.losses)))
        )

    def _give_up(self, step: int) -> None:
        """Stop before a step that would spoil the weights."""
        tensors = [*self.network.kept.state_dict().values(), *self.average.state_dict().values()]
        # Batch statistics are of the forward pass, and may be spoilt already: then the state on disk is the better one.
        if self.losses and all(bool(torch.isfinite(t).all()) for t in tensors if t.is_floating_point()):
            self._write_checkpoint()
        there = self._checkpoint is not None and self._checkpoint.is_file()
        raise TrainingError(
            f"The loss is no longer a number at step {step + 1}."
            + (f" The last good state is in '{self._checkpoint}'." if there else ""),
            f"Lower the learning rate (it is {self.options.learning_rate:g}) and run it again with the same settings "
            "otherwise" + (": it goes on from there." if there else "."),
        )

    def _loss(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return segmentation_loss(logits, target, self._class_weight, self.options.robust, self.options.small)

    def _validate(self, reporter: Reporter) -> None:
        counts = ProbabilityCounts()
        for channels, target in self._validation:
            reporter.check_cancelled()
            counts.add(self.predict(channels)[:, 1], target)
        since = self.history[-1].step if self.history else 0
        threshold, iou = counts.best()
        loss = float(np.mean(self.losses[since:])) if self.losses else math.nan
        found = Validation(len(self.losses), loss, iou, threshold)
        self.history.append(found)
        if self.best is None or found.iou > self.best.iou:
            self.best = found
            self._best_weights = {k: v.detach().clone() for k, v in self.average.state_dict().items()}

    def _phase(self, seconds_left: float) -> str:
        parts = [f"Training, loss {np.mean(self.losses[-20:]):.3f}"]
        if self.history:
            parts.append(f"validation IoU {self.history[-1].iou:.2f}")
        minutes = seconds_left / 60
        parts.append(f"{minutes:.0f} min left" if minutes >= 1 else "less than a minute left")
        return ", ".join(parts)

    def _modules(self) -> dict[str, torch.nn.Module]:
        """All that a state holds weights of."""
        auxiliary = self.network.auxiliary
        found = {"kept": self.network.kept, "average": self.average}
        return found if auxiliary is None else {**found, "auxiliary": auxiliary}

    def _write_checkpoint(self) -> None:
        if self._checkpoint is None:
            return
        state = {
            "identity": self._identity,
            **{name: module.state_dict() for name, module in self._modules().items()},
            "optimizer": self._optimizer.state_dict(),
            "losses": self.losses,
            "history": [(v.step, v.loss, v.iou, v.threshold) for v in self.history],
            "best": self._best_weights or {},
        }
        write_state(self._checkpoint, state)

    def _take_up(self) -> bool:
        """Read back the state of this run, also one that was put aside; one of another run is put aside."""
        if self._checkpoint is None:
            return False
        found = next((path for path in states_of(self._checkpoint) if self._read(path)), None)
        self.put_aside = make_way(self._checkpoint, found)
        return found is not None

    def _read(self, path: Path) -> bool:
        """Take up the state in a file; false where it is none of this run."""
        state = read_state(path, self._identity, self.device)
        if state is None or not load_whole(state, self._modules(), self._optimizer):
            return False
        self.losses = list(state["losses"])
        self.history = [Validation(*values) for values in state["history"]]
        self.best = max(self.history, key=lambda v: v.iou, default=None)
        self._best_weights = state["best"] or None
        return True


def run_identity(options: TrainOptions, *about: object) -> str:
    """What makes a run this run. The learning rate is no part of it: lowering it is what helps a run that failed.

    Args:
        options: The recipe.
        about: What else counts: architecture, encoding, augmentation, fingerprints of weights and data; its ``repr``.
    """
    recipe = {k: v for k, v in asdict(options).items() if k != "learning_rate"}
    return hashlib.sha256(repr((recipe, about)).encode()).hexdigest()


def sampling_weights(scenes: Sequence[Scene], options: TrainOptions) -> list[float]:
    """How often to draw each scene: by the root of its area, noisy ones less, synthetic ones with their share."""
    weights = np.array(scene_weights(scenes))
    weights *= [options.noisy_weight if s.quality == "C" else 1.0 for s in scenes]
    made = np.array([s.quality == "S" for s in scenes])
    if made.any() and not made.all():
        weights[made] *= options.synthetic_share / weights[made].sum()
        weights[~made] *= (1.0 - options.synthetic_share) / weights[~made].sum()
    return list(weights)


def class_weights(scenes: Sequence[Scene], weights: Sequence[float], power: float, classes: int = 2) -> torch.Tensor:
    """``(classes,) float32``, mean 1 over pixels: the rarity of each class, background first, to a power.

    Raises:
        TrainingError: The labels hold only one class.
    """
    shares = np.zeros(classes)
    for scene, weight in zip(scenes, weights, strict=True):
        known = scene.labels["target"][(scene.labels["target"] != UNKNOWN) & scene.valid]
        if known.size:
            shares += weight * np.bincount(known, minlength=classes)[:classes] / known.size
    shares /= max(float(shares.sum()), 1e-12)
    if (shares > 0).sum() < 2:
        raise TrainingError(
            "The labels hold only one class: " + ("nothing" if shares[0] else "everything") + " is labelled.",
            "Label some ground with the class and some without.",
        )
    rarity = np.where(shares > 0, np.maximum(shares, 1e-12) ** -power, 0.0)
    return torch.tensor(rarity / (rarity * shares).sum(), dtype=torch.float32)


def learning_rate_factor(step: int, options: TrainOptions) -> float:
    """Linear warm-up, then polynomial decay to zero, restarted if asked for: factor on the peak learning rate."""
    length = options.iterations // options.cycles
    cycle = min(step // length, options.cycles - 1)
    step -= cycle * length
    peak = 0.5**cycle
    if step < options.warmup:
        return peak * (step + 1) / options.warmup
    return peak * max(0.0, 1.0 - (step - options.warmup) / max(1, length - options.warmup)) ** options.power


def _average(average: torch.nn.Module, current: torch.nn.Module, decay: float) -> None:
    """Move the averaged weights (and batch statistics) towards the current ones."""
    with torch.no_grad():
        for mean, value in zip(average.state_dict().values(), current.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(value, 1.0 - decay)
            else:
                mean.copy_(value)
