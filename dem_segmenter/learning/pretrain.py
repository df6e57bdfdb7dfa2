"""Pre-training an encoder without labels: masked autoencoding of elevation chips."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from .. import runtime
from ..elevation.encoding import ReliefEncoding
from ..errors import TrainingError
from ..events import Reporter
from ..modelfiles.card import Card
from ..modelfiles.store import save_model
from ..network.encoder import Encoder, EncoderOptions
from ..network.masked_autoencoder import MaskedAutoencoder
from .chips import AugmentOptions, ChipPool
from .scenes import Scene


@dataclass(frozen=True)
class PretrainOptions:
    """The recipe.

    Attributes:
        iterations: Optimiser steps.
        batch_size: Chips a step.
        learning_rate: Peak; cosine decay to zero after the warm-up.
        warmup: Steps of linear warm-up.
        weight_decay: AdamW's.
        mask_ratio: Share of patches hidden.
        seed: Of everything.
    """

    iterations: int = 1500
    batch_size: int = 48
    learning_rate: float = 8e-4
    warmup: int = 100
    weight_decay: float = 0.05
    mask_ratio: float = 0.75
    seed: int = 0


def scene_weights(scenes: Sequence[Scene]) -> list[float]:
    """How often to draw each scene: the root of its ground area, so that large ones do not drown the rest."""
    return [math.sqrt(float(s.valid.sum())) * s.resolution for s in scenes]


def pretrain(
    scenes: Sequence[Scene],
    checkpoint: Path,
    options: PretrainOptions,
    reporter: Reporter,
    *,
    encoder_options: EncoderOptions | None = None,
    encoding: ReliefEncoding | None = None,
    device: torch.device | None = None,
    save_every: int = 100,
) -> tuple[Encoder, list[float]]:
    """Pre-train, or go on with a run that was cut off.

    Args:
        scenes: Where chips come from; labels are not looked at.
        checkpoint: File for the state of the run; if it is there, the run goes on from it.
        options: The recipe.
        reporter: Progress and cancelling.
        encoder_options: The architecture.
        encoding: Elevation to channels.
        device: Where to compute; CPU by default.
        save_every: Steps between checkpoints.

    Returns:
        The encoder and the loss of every step.

    Raises:
        TrainingError: No scenes, or the loss is no longer a number (the last good state is kept in `checkpoint`).
    """
    if not scenes:
        raise TrainingError("There is no elevation to learn from.", "Give at least one folder of DEMs.")
    device = device or torch.device("cpu")
    encoding = encoding or ReliefEncoding()
    torch.manual_seed(options.seed)
    model = MaskedAutoencoder(
        Encoder(encoder_options or EncoderOptions(channels=encoding.channels)), mask_ratio=options.mask_ratio
    ).to(device)
    decay = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    rest = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": options.weight_decay}, {"params": rest, "weight_decay": 0.0}],
        lr=options.learning_rate,
        betas=(0.9, 0.95),
    )
    losses: list[float] = []
    if checkpoint.is_file():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        losses = list(state["losses"])
        reporter.log(f"Going on from step {len(losses)}.")

    def save() -> None:
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        partial = checkpoint.with_suffix(".partial")
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "losses": losses}, partial)
        os.replace(partial, checkpoint)

    pool = ChipPool(
        scenes,
        scene_weights(scenes),
        encoding,
        tile=model.encoder.options.tile,
        batch_size=options.batch_size,
        # A resumed run draws other chips than its beginning did.
        seed=options.seed * 1_000_003 + len(losses),
        options=AugmentOptions(),
        chips_per_view=16,
        positive_share=0.0,
    )
    model.train()
    began = time.monotonic()
    first = len(losses)
    try:
        while len(losses) < options.iterations:
            step = len(losses)
            for group in optimizer.param_groups:
                group["lr"] = options.learning_rate * schedule(step, options.warmup, options.iterations)
            channels, _, valid = pool.next()
            x = torch.from_numpy(channels).to(device)
            with runtime.mixed_precision(device):
                out = model(x, torch.from_numpy(valid).to(device))
            value = float(out.loss.detach())
            if not math.isfinite(value):
                raise TrainingError(
                    f"The loss is no longer a number at step {step}.", f"The last good state is in '{checkpoint}'."
                )
            optimizer.zero_grad(set_to_none=True)
            out.loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(value)
            if len(losses) % save_every == 0 or len(losses) == options.iterations:
                save()
                recent = float(np.mean(losses[-save_every:]))
                rate = (len(losses) - first) * options.batch_size / (time.monotonic() - began)
                reporter.log(f"step {len(losses)}: loss {recent:.4f}, {rate:.0f} chips/s")
            reporter.progress(100.0 * len(losses) / options.iterations, f"Pre-training, loss {value:.3f}")
    finally:
        pool.close()
    return model.encoder.freeze(), losses


def schedule(step: int, warmup: int, total: int) -> float:
    """Linear warm-up, then half a cosine to zero (Loshchilov and Hutter 2017): factor on the peak learning rate."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1.0 + math.cos(math.pi * (step - warmup) / max(1, total - warmup)))


def save_encoder(
    path: Path, encoder: Encoder, encoding: ReliefEncoding, *, title: str, training_data: Sequence[dict], recipe: dict
) -> str:
    """Write an encoder file in half precision.

    Returns:
        Its fingerprint.
    """
    tensors = {k: v.half() for k, v in encoder.vit.state_dict().items()}
    card = Card(
        kind="encoder",
        name=path.stem,
        title=title,
        description="Vision transformer pre-trained as a masked autoencoder on elevation, without labels; frozen.",
        architecture={
            "type": "ViT",
            **encoder.options.to_json(),
            "parameters": sum(p.numel() for p in encoder.parameters()),
        },
        encoding=encoding.to_json(),
        tile=encoder.options.tile,
        training_data=tuple(training_data),
        recipe=recipe,
    )
    return save_model(path, tensors, card)


def recipe_json(options: PretrainOptions, scenes: Sequence[Scene], losses: Sequence[float]) -> dict:
    """The recipe as the card stores it."""
    return {
        **asdict(options),
        "augmentation": asdict(AugmentOptions()),
        "scenes": [s.name for s in scenes if s.quality != "S" or not s.name.startswith("synthetic-")],
        "synthetic_scenes": sum(s.name.startswith("synthetic-") for s in scenes),
        "final_loss": round(float(np.mean(losses[-100:])), 4) if losses else None,
    }
