"""Weights from elsewhere: read without running any code that a file may carry, every tensor accounted for."""

from __future__ import annotations

import argparse
import os
import pickle
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from ..errors import ModelFileError
from ..network.architectures import POSITIONS, Outline, grid_of
from .card import SUFFIX, read_header, read_header_metadata

_GET_AGAIN = "Get the file again, or choose another."
#: Where checkpoints keep the weights, beside the state of their training.
_WRAPPERS = ("model", "state_dict", "model_state_dict", "module", "teacher")
#: What may lie beside them; none of it is part of the encoder.
_TRAINING_STATE = re.compile(
    r"optimizer.*|lr_scheduler|scheduler|scaler|loss_scaler|epoch|iter|iteration|step|args|config|cfg|meta|model_ema"
    r"|.*loss|best.*|arch"
)

#: What is left out on purpose, and why: patterns of whole names.
LEFT_OUT: Mapping[str, str] = {
    "the masked autoencoder's decoder": r"decoder_.*|decoder\..*|mask_token|lm_head\..*",
    "the classifier and what else follows the last block": r"(norm|fc_norm|head|head_dist|attn_pool|pre_logits)\..*",
    "tables that are computed again": r".*relative_position_index|rope\.(?!freqs).*",
}


#: How deep weights may lie in what holds them.
MOST_WRAPPERS = 8


@dataclass(frozen=True)
class ForeignWeights:
    """A file of weights, read.

    Attributes:
        tensors: By name.
        beside: What else the file held (the state of a training), by name.
        original_mae: Whether the file is laid out as the original MAE repository's pre-trained models.
    """

    tensors: Mapping[str, torch.Tensor]
    beside: Sequence[str] = ()
    original_mae: bool = False


@dataclass(frozen=True)
class Accounted:
    """The tensors of a file, sorted.

    Attributes:
        kept: Those of the encoder.
        left_out: Why others are left out, and their names.
        tile: Side of the input that the kept positions are for, pixels.
    """

    kept: Mapping[str, torch.Tensor]
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tile: int = 224


def read_weights(path: Path) -> ForeignWeights:
    """Read a ``.safetensors``, or a ``.pth`` or the like as torch writes it.

    Raises:
        ModelFileError: Not a file of weights, cut short, holding code, or already an encoder or a head.
    """
    if not path.is_file():
        raise ModelFileError(f"There is no file '{path}'.", "Check the path.")
    try:
        with open(path, "rb") as stream:
            start = stream.read(16)
    except OSError as error:
        raise ModelFileError(
            f"'{path}' cannot be read: {error.strerror or error}.", "Check its permissions."
        ) from error
    if path.suffix.lower() == SUFFIX or start[8:9] == b"{":
        return ForeignWeights(_checked(_read_safetensors(path), path))
    content = _read_pickle(path)
    tensors, beside, wrapped = _unwrap(content, path)
    # DeiT's are wrapped too, and have a classifier.
    original = wrapped and {"cls_token", "pos_embed"} <= set(tensors) and "head.weight" not in tensors
    return ForeignWeights(_checked(tensors, path), beside, original)


def _read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    read_header(path)
    if "stac_item" in read_header_metadata(path):
        raise ModelFileError(
            f"'{path}' is an encoder or head of DEM Segmenter already.", "It can be used as it is; nothing to import."
        )
    try:
        return dict(load_file(os.fspath(path)))
    except (SafetensorError, OSError) as error:
        raise ModelFileError(f"'{path}' cannot be read: {error}.", _GET_AGAIN) from error


def _read_pickle(path: Path) -> Any:
    """What torch wrote; only tensors and plain values are built, whatever the file asks for."""
    try:
        # Checkpoints of the original repository hold their command line: names and plain values.
        with torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # Any other complaint is about bytes that are no pickle, or about one of a kind that torch never writes.
        if found := re.search(r"GLOBAL ([\w.]+)|Unsupported class ([\w.]+)", str(error)):
            raise ModelFileError(
                f"'{path}' holds more than weights: loading it would run code ({found[1] or found[2]}). "
                "It was not loaded.",
                "Use a file from a publisher you trust that holds tensors only, best of all a .safetensors.",
            ) from error
        raise _no_weights(path) from error
    except (RuntimeError, EOFError, ValueError, KeyError, AttributeError, UnicodeDecodeError, OSError) as error:
        with open(path, "rb") as stream:
            torn = stream.read(4) == b"PK\x03\x04" and not zipfile.is_zipfile(path)
        if torn or isinstance(error, EOFError):
            raise ModelFileError(f"'{path}' is cut short or damaged.", "Get the file again.") from error
        raise _no_weights(path) from error


def _no_weights(path: Path) -> ModelFileError:
    return ModelFileError(
        f"'{path}' is not a file of weights: neither safetensors nor what torch saves, or damaged.",
        "Choose a .safetensors, or a .pth of the original MAE repository.",
    )


def _unwrap(content: Any, path: Path) -> tuple[dict[str, torch.Tensor], list[str], bool]:
    """Tensors, what lay beside them, and whether they were wrapped."""
    beside: list[str] = []
    wrapped = False
    for _ in range(MOST_WRAPPERS):
        if not isinstance(content, Mapping) or any(isinstance(v, torch.Tensor) for v in content.values()):
            break
        inner = next((k for k in _WRAPPERS if isinstance(content.get(k), Mapping)), None)
        if inner is None:
            break
        for key, value in content.items():
            if key == inner:
                continue
            if not _TRAINING_STATE.fullmatch(str(key)) and _holds_tensors(value):
                raise ModelFileError(
                    f"'{path}' holds weights under '{inner}' and more under '{key}': it is not clear which are meant.",
                    "Save the ones you want alone.",
                )
            beside.append(str(key))
        content, wrapped = content[inner], True
    tensors = {str(k): v for k, v in content.items()} if isinstance(content, Mapping) else {}
    others = [k for k, v in tensors.items() if not isinstance(v, torch.Tensor)]
    if not tensors or others:
        what = f"'{others[0]}' is not a tensor" if others else "there are no named tensors in it"
        raise ModelFileError(f"'{path}' is not a file of weights: {what}.", _GET_AGAIN)
    if all(k.startswith("module.") for k in tensors):
        tensors = {k[len("module.") :]: v for k, v in tensors.items()}
    return tensors, beside, wrapped


def _holds_tensors(value: Any, depth: int = 0) -> bool:
    if isinstance(value, torch.Tensor):
        return True
    if depth > MOST_WRAPPERS:  # a file may hold something that holds itself
        return False
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return any(_holds_tensors(part, depth + 1) for part in parts)


def _checked(tensors: Mapping[str, torch.Tensor], path: Path) -> Mapping[str, torch.Tensor]:
    for key, tensor in tensors.items():
        if _is_whole_float(tensor) and not bool(torch.isfinite(tensor).all()):
            raise ModelFileError(f"'{path}' is damaged: '{key}' holds values that are not numbers.", "Get it again.")
    return tensors


def _is_whole_float(tensor: torch.Tensor) -> bool:
    """Whether it holds floating-point numbers of 16 bits or more; those of 8 bits are a kind of quantisation."""
    return tensor.is_floating_point() and tensor.element_size() > 1


def without_left_out(names: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Names in order, parted into the encoder's and those left out, by why."""
    kept: list[str] = []
    left: dict[str, list[str]] = {}
    for name in names:
        reason = next((why for why, pattern in LEFT_OUT.items() if re.fullmatch(pattern, name)), None)
        if reason is None:
            kept.append(name)
        else:
            left.setdefault(reason, []).append(name)
    return kept, left


def account(tensors: Mapping[str, torch.Tensor], model: Outline, path: Path | str) -> Accounted:
    """Match a file's tensors with a model's, one by one.

    Args:
        tensors: From `read_weights`.
        model: What they should be.
        path: For messages.

    Raises:
        ModelFileError: Tensors are missing, left over, of another shape or quantised; each message names them.
    """
    names, left = without_left_out(list(tensors))
    advice = "If the file is of another model, give timm's name of it as architecture; else get the file again."
    missing = [k for k in model.shapes if k not in names]
    over = [k for k in names if k not in model.shapes]
    if missing or over:
        parts = [
            f"{what}: {_named(keys)}"
            for what, keys in (("missing from the file", missing), ("in the file but not in the model", over))
            if keys
        ]
        raise ModelFileError(f"'{path}' does not fit {model.model}; {'; '.join(parts)}.", advice)
    whole = [k for k in names if not _is_whole_float(tensors[k])]
    if whole:
        raise ModelFileError(
            f"'{path}' holds quantised weights, which cannot be used: {_named(whole)} "
            f"({str(tensors[whole[0]].dtype).removeprefix('torch.')}).",
            "Get the file in float32 or half precision.",
        )
    grids: dict[str, int] = {}
    for key in names:
        shape, wanted = tuple(tensors[key].shape), model.shapes[key]
        if key.endswith(POSITIONS) and len(shape) == len(wanted) and shape[-1] == wanted[-1]:
            grid = grid_of(key, shape, model.prefix)
            if grid is not None:
                grids[key] = grid
                continue
        if shape == wanted:
            continue
        if (
            key == "patch_embed.proj.weight"
            and len(shape) == 4
            and (*shape[:1], *shape[2:]) == (wanted[0], *wanted[2:])
        ):
            raise ModelFileError(
                f"'{path}' reads {shape[1]} channels ('{key}' is {shape}), not the three of a picture.",
                "Choose weights of a model that reads pictures of three channels.",
            )
        raise ModelFileError(f"'{path}' does not fit {model.model}: '{key}' is {shape} and not {wanted}.", advice)
    if len(set(grids.values())) > 1:
        raise ModelFileError(f"'{path}' is damaged: its positions are for tiles of different sides ({grids}).", advice)
    tile = next(iter(grids.values())) * model.patch if grids else model.tile
    return Accounted({k: tensors[k] for k in names}, left, tile)


def _named(keys: Sequence[str], most: int = 6) -> str:
    rest = f" and {len(keys) - most} more" if len(keys) > most else ""
    return ", ".join(f"'{k}'" for k in keys[:most]) + rest
