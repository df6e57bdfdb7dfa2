"""Training a head on a frozen encoder, after the paper's recipe."""

from __future__ import annotations

import copy
import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from .. import runtime
from ..elevation.encoding import ReliefEncoding
from ..errors import TrainingError
from ..events import Reporter
from ..network.encoder import Encoder
from ..network.upernet import AuxiliaryHead, HeadOptions, UperNetHead
from .chips import AugmentOptions, ChipPool
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
        class_weight: Weight of the class is its rarity to this power: 0 none, 1 the full inverse frequency.
        average: Decay of the moving average of weights, which is what is kept (Polyak and Juditsky 1992).
        synthetic_share: Share of chips from synthetic scenes, where both kinds are given.
        noisy_weight: How often a scene of quality C is drawn, relative to A and B.
        seed: Of everything.
    """

    iterations: int = 1500
    batch_size: int = 8
    learning_rate: float = 1e-3
    warmup: int = 100
    power: float = 1.0
    cycles: int = 1
    weight_decay: float = 0.05
    auxiliary: float = 0.4
    class_weight: float = 0.5
    average: float = 0.995
    synthetic_share: float = 0.3
    noisy_weight: float = 0.4
    seed: int = 0


def sampling_weights(scenes: Sequence[Scene], options: TrainOptions) -> list[float]:
    """How often to draw each scene: by the root of its area, noisy ones less, synthetic ones with their share."""
    weights = np.array(scene_weights(scenes))
    weights *= [options.noisy_weight if s.quality == "C" else 1.0 for s in scenes]
    made = np.array([s.quality == "S" for s in scenes])
    if made.any() and not made.all():
        weights[made] *= options.synthetic_share / weights[made].sum()
        weights[~made] *= (1.0 - options.synthetic_share) / weights[~made].sum()
    return list(weights)


def class_weights(scenes: Sequence[Scene], weights: Sequence[float], power: float) -> torch.Tensor:
    """``(2,) float32``, mean 1 over pixels: rarity of background and class to a power.

    Raises:
        TrainingError: The labels hold only one of the two.
    """
    share = 0.0
    for scene, weight in zip(scenes, weights, strict=True):
        known = (scene.labels["target"] != UNKNOWN) & scene.valid
        if known.any():
            share += weight * float((scene.labels["target"][known] == 1).mean())
    share /= float(np.sum(weights))
    if not 0.0 < share < 1.0:
        raise TrainingError(
            "The labels hold only one class: " + ("everything" if share else "nothing") + " is labelled.",
            "Label some ground with the class and some without.",
        )
    both = torch.tensor([(1 - share) ** -power, share**-power], dtype=torch.float32)
    return both / (both[0] * (1 - share) + both[1] * share)


def train_head(
    encoder: Encoder,
    encoding: ReliefEncoding,
    scenes: Sequence[Scene],
    head_options: HeadOptions,
    options: TrainOptions,
    reporter: Reporter,
    *,
    checkpoint: Path,
    augment: AugmentOptions | None = None,
    device: torch.device | None = None,
    save_every: int = 150,
    progress: tuple[float, float] = (0.0, 100.0),
) -> tuple[UperNetHead, list[float]]:
    """Train a head for two classes, or go on with a run that was cut off.

    Args:
        encoder: Frozen.
        encoding: Elevation to channels.
        scenes: With a label ``target`` each.
        head_options: Architecture.
        options: The recipe.
        reporter: Progress and cancelling.
        checkpoint: File for the state of the run.
        augment: Augmentation; the default's where None.
        device: Where to compute; CPU by default.
        save_every: Steps between checkpoints.
        progress: Percent at the beginning and at the end.

    Returns:
        The head with averaged weights, and the loss of every step.

    Raises:
        TrainingError: No scenes, one class only, or a loss that is not a number.
    """
    if not scenes:
        raise TrainingError("There are no labelled scenes to learn from.", "Give at least one DEM with labels.")
    device = device or torch.device("cpu")
    torch.manual_seed(options.seed)
    draw = sampling_weights(scenes, options)
    weight = class_weights(scenes, draw, options.class_weight).to(device)
    encoder = encoder.freeze().to(device)
    head = UperNetHead(head_options).to(device)
    auxiliary = AuxiliaryHead(head_options.features, head_options.width, head_options.classes).to(device)
    average = copy.deepcopy(head).requires_grad_(False)
    parameters = [*head.parameters(), *(auxiliary.parameters() if options.auxiliary else [])]
    decay, rest = [p for p in parameters if p.ndim > 1], [p for p in parameters if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": options.weight_decay}, {"params": rest, "weight_decay": 0.0}],
        lr=options.learning_rate,
    )
    losses: list[float] = []
    if checkpoint.is_file():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        for module, key in ((head, "head"), (auxiliary, "auxiliary"), (average, "average"), (optimizer, "optimizer")):
            module.load_state_dict(state[key])
        losses = list(state["losses"])
        reporter.log(f"Going on from step {len(losses)}.")

    def save() -> None:
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        partial = checkpoint.with_suffix(".partial")
        torch.save(
            {
                "head": head.state_dict(),
                "auxiliary": auxiliary.state_dict(),
                "average": average.state_dict(),
                "optimizer": optimizer.state_dict(),
                "losses": losses,
            },
            partial,
        )
        os.replace(partial, checkpoint)

    pool = ChipPool(
        scenes,
        draw,
        encoding,
        tile=encoder.options.tile,
        batch_size=options.batch_size,
        seed=options.seed * 1_000_003 + len(losses),
        options=augment or AugmentOptions(),
    )
    head.train()
    auxiliary.train()
    began, first = time.monotonic(), len(losses)
    try:
        while len(losses) < options.iterations:
            step = len(losses)
            for group in optimizer.param_groups:
                group["lr"] = options.learning_rate * learning_rate_factor(step, options)
            channels, target, _ = pool.next()
            x = torch.from_numpy(channels).to(device)
            y = torch.from_numpy(target).to(device).long()
            if not (y != UNKNOWN).any():
                losses.append(losses[-1] if losses else math.log(2))
                continue
            with runtime.mixed_precision(device):
                with torch.no_grad():
                    features = encoder(x)
                logits = head(features, x)
                side = auxiliary(features, y.shape[-2:]) if options.auxiliary else None
            loss = functional.cross_entropy(logits.float(), y, weight, ignore_index=UNKNOWN)
            value = float(loss.detach())
            if side is not None:
                loss = loss + options.auxiliary * functional.cross_entropy(
                    side.float(), y, weight, ignore_index=UNKNOWN
                )
            if not math.isfinite(float(loss.detach())):
                raise TrainingError(
                    f"The loss is no longer a number at step {step}.", f"The last good state is in '{checkpoint}'."
                )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 5.0)
            optimizer.step()
            losses.append(value)
            _average(average, head, min(options.average, (1 + len(losses)) / (10 + len(losses))))
            if len(losses) % save_every == 0 or len(losses) == options.iterations:
                save()
                spent = (time.monotonic() - began) / (len(losses) - first)
                reporter.log(f"step {len(losses)}: loss {np.mean(losses[-save_every:]):.4f}, {spent:.2f} s a step")
            reporter.progress(
                progress[0] + (progress[1] - progress[0]) * len(losses) / options.iterations,
                f"Training, loss {value:.3f}",
            )
    finally:
        pool.close()
    return average.eval(), losses


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
