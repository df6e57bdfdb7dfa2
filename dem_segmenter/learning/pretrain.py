"""Pre-training an encoder without labels: masked autoencoding of elevation chips."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..elevation.encoding import Encoding, ReliefEncoding
from ..errors import TrainingError
from ..events import Reporter
from ..modelfiles.card import Card
from ..modelfiles.store import save_model
from ..network.encoder import Encoder, EncoderOptions
from ..network.masked_autoencoder import MaskedAutoencoder
from .augmentation import AugmentOptions
from .chips import SceneViews
from .pretraining import Pretraining, PretrainOptions
from .ranks import Ranks
from .scenes import Scene, elevations_fingerprint

__all__ = ["PretrainOptions", "autoencoder", "identity", "pretrain", "recipe_json", "save_encoder", "scene_weights"]


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
    encoding: Encoding | None = None,
    device: torch.device | None = None,
    save_every: int = 100,
) -> tuple[Encoder, list[float]]:
    """Pre-train on scenes in memory, or go on with a run that was cut off.

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
    encoding = encoding or ReliefEncoding()
    torch.manual_seed(options.seed)
    encoder = Encoder(encoder_options or EncoderOptions(channels=encoding.channels))
    run = Pretraining(
        autoencoder(encoder, options, width=128, depth=2),
        options,
        checkpoint=checkpoint,
        identity=identity(options, encoder, encoding, elevations_fingerprint(scenes)),
        ranks=Ranks(device=device or torch.device("cpu")),
    )
    tell_beginning(run, reporter)
    views = SceneViews(scenes, scene_weights(scenes), encoding, AugmentOptions())
    run.run(views, reporter, save_every=save_every, encoding=encoding)
    return encoder.freeze(), run.losses


def autoencoder(
    encoder: Encoder, options: PretrainOptions, *, width: int | None = None, depth: int = 2
) -> MaskedAutoencoder:
    """An encoder, ready to be trained, and a new decoder.

    Args:
        encoder: Changed in place: what is frozen learns again.
        options: The recipe.
        width: Channels of the decoder, a multiple of 32; by default it grows with the encoder.
        depth: Blocks of the decoder.
    """
    vit = encoder.vit
    vit.requires_grad_(True)
    vit.pos_embed.requires_grad_(False)  # sines and cosines; see `Encoder`
    for name in ("fc_norm", "head", "attn_pool"):  # for classifying, and not on the way to the features
        if isinstance(getattr(vit, name, None), torch.nn.Module):
            getattr(vit, name).requires_grad_(False)
    width = width or (128 if encoder.width <= 192 else 256 if encoder.width <= 384 else 512)
    return MaskedAutoencoder(
        encoder, width=width, depth=depth, heads=width // 32, mask_ratio=options.mask_ratio,
        normalise=options.normalise,
    )  # fmt: skip


def identity(options: PretrainOptions, encoder: Encoder, encoding: Encoding, *about: object) -> str:
    """What makes a run this run. The learning rate is no part of it: lowering it is what helps a run that failed.

    Args:
        options: The recipe.
        encoder: What is trained.
        encoding: Elevation to channels.
        about: What else counts, such as the data; its ``repr`` does.
    """
    recipe = {k: v for k, v in asdict(options).items() if k != "learning_rate"}
    parts = (recipe, encoder.options, encoding, about)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def tell_beginning(run: Pretraining, reporter: Reporter) -> None:
    """Say whether a run goes on or begins."""
    if run.resumed:
        reporter.log(f"Going on from step {len(run.losses)}.")
    if run.put_aside is not None:
        reporter.warning(
            "There was the state of a run with other settings or other DEMs, or a damaged one"
            + (". This run begins anew; " if not run.resumed else "; ")
            + f"the state was put aside as '{run.put_aside}'. To go on with that run, start it with its own settings."
        )


def save_encoder(
    path: Path,
    encoder: Encoder,
    encoding: Encoding,
    *,
    title: str,
    training_data: Sequence[Mapping[str, Any]],
    recipe: Mapping[str, Any],
    ground_resolution: float = 0.75,
    name: str = "",
    licence: str = "GPL-3.0-or-later",
    then: str = "",
) -> str:
    """Write an encoder file in half precision.

    Args:
        path: ``*.safetensors``.
        encoder: Trained.
        encoding: Elevation to channels.
        title: For people.
        training_data: Sources and licences.
        recipe: Everything needed to train it again.
        ground_resolution: Metres per pixel that it was trained around.
        name: Its short name; the file's by default.
        licence: SPDX name of the weights' licence.
        then: What it learned with labels after the pre-training, for the description; empty where nothing.

    Returns:
        Its fingerprint.
    """
    tensors = {k: v.half() for k, v in encoder.vit.state_dict().items()}
    card = Card(
        kind="encoder",
        name=name or path.stem,
        title=title,
        description="Vision transformer pre-trained as a masked autoencoder on elevation, without labels; "
        + (f"then fine-tuned on {then}; frozen." if then else "frozen."),
        licence=licence,
        architecture={
            "type": "ViT",
            **encoder.options.to_json(),
            "parameters": sum(p.numel() for p in encoder.parameters()),
        },
        encoding=encoding.to_json(),
        ground_resolution=ground_resolution,
        ground_resolution_range=(ground_resolution, ground_resolution),
        tile=encoder.options.tile,
        training_data=tuple(training_data),
        recipe=recipe,
    )
    return save_model(path, tensors, card)


def recipe_json(options: PretrainOptions, scenes: Sequence[Scene], losses: Sequence[float]) -> dict[str, Any]:
    """The recipe as the card stores it."""
    return {
        **asdict(options),
        "augmentation": asdict(AugmentOptions()),
        "scenes": [s.name for s in scenes if s.quality != "S" or not s.name.startswith("synthetic-")],
        "elevations": elevations_fingerprint(scenes),
        "synthetic_scenes": sum(s.name.startswith("synthetic-") for s in scenes),
        "final_loss": round(float(np.mean(losses[-100:])), 4) if losses else None,
    }
