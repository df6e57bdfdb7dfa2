"""An encoder from weights that were published elsewhere: read, matched, brought to the tile, checked, with a card."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..elevation.encoding import ColourEncoding, Encoding, MinMaxEncoding
from ..errors import ModelFileError, OptionError
from ..network.architectures import (
    POSITIONS,
    Outline,
    check_name,
    outline,
    recognise,
    skeleton,
    tapped_blocks,
    usual_tile,
)
from ..network.encoder import Encoder, EncoderOptions
from ..runtime import import_timm
from .card import Card
from .foreign import Accounted, ForeignWeights, account, read_weights

#: The ways a network for pictures can be shown elevation.
ENCODINGS = ("colours", "minmax")
#: What a card says where nobody said under which licence weights are.
UNKNOWN_LICENCE = "unknown"
#: Weights that have the layout of the original repository's, and nothing of a classifier, are taken for these.
ORIGINAL_MAE = ".mae"
#: SPDX's spelling of timm's names.
_SPDX = {"apache-2.0": "Apache-2.0", "mit": "MIT", "bsd-3-clause": "BSD-3-Clause", "cc-by-nc-4.0": "CC-BY-NC-4.0"}
_NOT_FREE = re.compile(r"-nc\b|noncommercial|non-commercial", re.IGNORECASE)


@dataclass(frozen=True)
class Wishes:
    """What the user said of an import; what is None is chosen by the weights.

    Attributes:
        architecture: timm's name of the model, with or without tag.
        encoding: One of `ENCODINGS`.
        tile: Side of the input, pixels.
        blocks: Blocks tapped, counted from 0.
        ground_resolution: Metres per pixel.
        licence: SPDX name of the weights' licence.
        title: For people.
    """

    architecture: str | None = None
    encoding: str = ENCODINGS[0]
    tile: int | None = None
    blocks: tuple[int, ...] | None = None
    ground_resolution: float = 0.75
    licence: str | None = None
    title: str | None = None


@dataclass(frozen=True)
class Imported:
    """An encoder that is ready to be written.

    Attributes:
        tensors: In the precision they were published in, positions brought to the tile.
        card: Its card.
        account: What became of each tensor of the file, for people: a line each.
        not_commercial: Whether the licence forbids commercial use.
    """

    tensors: Mapping[str, torch.Tensor]
    card: Card
    account: Sequence[str]
    not_commercial: bool


def import_encoder(path: Path, wishes: Wishes, *, name: str, origin: str) -> Imported:
    """Make an encoder of a file of weights.

    Args:
        path: ``.safetensors`` with timm's names, or a ``.pth`` in the original MAE repository's layout.
        wishes: What the user said.
        name: The encoder's short name.
        origin: Where the file is from, for the card.

    Raises:
        ModelFileError: The file is damaged, holds code, or a tensor is missing, left over or of another shape.
        OptionError: The architecture cannot be an encoder, or a wish does not suit it.
    """
    weights = read_weights(path)
    shapes = {k: tuple(v.shape) for k, v in weights.tensors.items()}
    if wishes.architecture:
        model = outline(check_name(wishes.architecture))
    else:
        model = recognise(shapes)
    published = _published_as(wishes.architecture, weights, model)
    accounted = account(weights.tensors, model, path)
    options = EncoderOptions(
        model=model.model, channels=3, tile=wishes.tile or usual_tile(model.patch), blocks=_blocks(wishes, model),
        imported=True,
    )  # fmt: skip
    tensors = fit_positions(accounted.kept, model, options.tile)
    encoder = _filled(options, tensors, path)
    facts = _facts(published or model.model)
    licence = _licence(wishes.licence, facts if published else None)
    lines = _account_lines(weights, accounted, options.tile)
    card = Card(
        kind="encoder",
        name=name,
        title=wishes.title or published or model.model,
        description=f"{published or model.model}, trained on pictures elsewhere; imported and frozen.",
        licence=licence,
        architecture={
            "type": "ViT",
            **options.to_json(),
            "parameters": sum(p.numel() for p in encoder.parameters()),
        },
        encoding=_encoding(wishes.encoding, facts).to_json(),
        ground_resolution=wishes.ground_resolution,
        ground_resolution_range=(wishes.ground_resolution, wishes.ground_resolution),
        tile=options.tile,
        training_data=({"name": f"Weights: {origin}", "licence": licence},),
        recipe={
            "imported_from": origin,
            "file_sha256": _sha256(path),
            "tensors_kept": len(tensors),
            "left_out": {why: list(names) for why, names in accounted.left_out.items()},
            "beside_the_weights": list(weights.beside),
            "positions": [accounted.tile, options.tile],
        },
    )
    return Imported(
        tensors, card, [f"The model is {published or model.model}.", *lines], bool(_NOT_FREE.search(licence))
    )


def fit_positions(tensors: Mapping[str, torch.Tensor], model: Outline, tile: int) -> dict[str, torch.Tensor]:
    """Bring a model's positions to another tile, as timm does.

    ``pos_embed`` is interpolated bicubically (Dosovitskiy et al. 2021, section 3.2), BEiT's table of relative ones on
    geometrically growing distances (Bao et al. 2021, the authors' code).

    Args:
        tensors: Those that `account` kept.
        model: What they are.
        tile: Side of the input, pixels.

    Returns:
        The tensors, only those of positions changed, each in its own precision.

    Raises:
        OptionError: The tile cannot be cut into the model's patches.
    """
    shapes = {k: tuple(v.shape) for k, v in skeleton(model.model, tile=tile).state_dict().items()}
    from timm.layers import resample_abs_pos_embed, resize_rel_pos_bias_table

    grid = (tile // model.patch, tile // model.patch)
    fitted: dict[str, torch.Tensor] = {}
    for key, tensor in tensors.items():
        if key.endswith(POSITIONS) and tuple(tensor.shape) != shapes[key]:
            moved = (
                resample_abs_pos_embed(tensor, list(grid), num_prefix_tokens=model.prefix)
                if key.endswith("pos_embed")
                else resize_rel_pos_bias_table(tensor.float(), new_window_size=grid, new_bias_shape=shapes[key])
            )
            tensor = moved.to(tensor.dtype)
        fitted[key] = tensor
    return fitted


def _blocks(wishes: Wishes, model: Outline) -> tuple[int, ...]:
    """Blocks to tap.

    Raises:
        OptionError: There are not four of them in rising order within the model.
    """
    blocks = wishes.blocks or tapped_blocks(model.depth)
    if len(blocks) != 4 or list(blocks) != sorted(set(blocks)) or blocks[0] < 0 or blocks[-1] >= model.depth:
        raise OptionError(
            f"The blocks {' '.join(map(str, blocks))} cannot be tapped: {model.model} has {model.depth}, from 0 on.",
            f"Give four of them in rising order, such as {' '.join(map(str, tapped_blocks(model.depth)))}.",
        )
    return blocks


def _published_as(architecture: str | None, weights: ForeignWeights, model: Outline) -> str:
    """The name with tag, in timm, of what the weights are; empty where only the architecture is known."""
    if architecture:
        return architecture if "." in architecture else ""
    if weights.original_mae:
        import_timm()
        from timm.models import get_pretrained_cfg

        with contextlib.suppress(RuntimeError):  # timm has no such weights: the layout in another size
            if get_pretrained_cfg(model.model + ORIGINAL_MAE, allow_unregistered=False):
                return model.model + ORIGINAL_MAE
    return ""


def _facts(name: str) -> Any:
    """What timm knows of weights: licence, mean and deviation of the pictures; of its own choice without a tag."""
    import_timm()
    from timm.models import get_pretrained_cfg

    return get_pretrained_cfg(name)


def licence_of(name: str) -> str:
    """SPDX name, where there is one, of the licence of weights that timm names."""
    return _licence(None, _facts(name))


def _licence(wished: str | None, facts: Any) -> str:
    if wished:
        return wished
    named = getattr(facts, "license", None) or UNKNOWN_LICENCE
    return _SPDX.get(named, named)


def _encoding(name: str, facts: Any) -> Encoding:
    """Elevation as the colours of a picture, normalised as the weights' own training data were."""
    if name not in ENCODINGS:
        raise OptionError(f"There is no encoding '{name}' for imported encoders.", f"Use {' or '.join(ENCODINGS)}.")
    mean, std = (
        tuple(float(v) for v in getattr(facts, key, None) or default)
        for key, default in (("mean", ColourEncoding.mean), ("std", ColourEncoding.std))  # ImageNet's
    )
    return ColourEncoding(mean=mean, std=std) if name == "colours" else MinMaxEncoding(mean=mean, std=std)


def _filled(options: EncoderOptions, tensors: Mapping[str, torch.Tensor], path: Path) -> Encoder:
    """The encoder with its weights, after one look at a chip.

    Raises:
        ModelFileError: They do not fit after all, or give features that are not numbers.
    """
    encoder = Encoder(options)
    try:
        encoder.vit.load_state_dict({k: v.float() for k, v in tensors.items()}, strict=True)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ModelFileError(f"'{path}' does not fit {options.model}: {reason}", "Give timm's name of it.") from error
    encoder.freeze()
    slope = torch.linspace(-1.0, 1.0, options.tile).expand(1, options.channels, options.tile, -1)
    with torch.inference_mode():
        if not all(bool(torch.isfinite(features).all()) for features in encoder(slope)):
            raise ModelFileError(f"The features of '{path}' are not numbers: it is damaged.", "Get the file again.")
    return encoder


def _account_lines(weights: ForeignWeights, accounted: Accounted, tile: int) -> list[str]:
    """What became of every tensor, for people."""
    kept = len(accounted.kept)
    lines = [f"{kept} of the file's {len(weights.tensors)} tensors are the encoder's, and every one of it is there."]
    for why, names in accounted.left_out.items():
        lines.append(f"Left out, as {why}: {', '.join(names)}.")
    if weights.beside:
        lines.append(f"Not used, as the state of a training: {', '.join(weights.beside)}.")
    if accounted.tile != tile and any(k.endswith(POSITIONS) for k in accounted.kept):
        lines.append(f"The positions were for tiles of {accounted.tile} pixels and were brought to {tile}.")
    return lines


def _sha256(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
