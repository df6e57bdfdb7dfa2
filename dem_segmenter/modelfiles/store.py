"""Tensors and card to one safetensors file and back."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .. import runtime
from ..errors import ModelFileError, OutputError
from .card import Card, read_card, read_header_metadata, to_stac_item

if TYPE_CHECKING:
    import torch


def fingerprint(tensors: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 over names, shapes, types and bytes of tensors, in order of name.

    A fingerprint of the tensors, not of the file: rewriting a card does not part heads from their encoder.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        digest.update(tensor.reshape(-1).view(_byte()).numpy().tobytes())
    return digest.hexdigest()


def _byte() -> torch.dtype:
    import torch

    return torch.uint8


def save_model(path: Path | str, tensors: Mapping[str, torch.Tensor], card: Card) -> str:
    """Write a model file; it appears under its name only when complete.

    Args:
        path: ``*.safetensors``.
        tensors: Weights, in the precision to store.
        card: Its card.

    Returns:
        The tensors' fingerprint.

    Raises:
        OutputError: The file cannot be written.
    """
    from safetensors.torch import save

    path = Path(path)
    digest = fingerprint(tensors)
    metadata = {"format": "pt", "sha256": digest, "stac_item": json.dumps(to_stac_item(card), ensure_ascii=False)}
    partial = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:8]}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not safetensors' save_file, whose files only their owner can read.
        partial.write_bytes(save({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, metadata))
        runtime.flush_file(partial)  # what a training was for: its state is deleted next
        runtime.replace_file(partial, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise OutputError(
            f"The model file '{path}' cannot be written: {error}.", "Check the folder and disk."
        ) from error
    return digest


def load_tensors(path: Path | str) -> tuple[Card, dict[str, torch.Tensor], str]:
    """Read a model file whole.

    Returns:
        Card, tensors as stored, and their fingerprint, which was checked against the file's own.

    Raises:
        ModelFileError: As `read_card`, or the tensors are not those the card was written for.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    card = read_card(path)
    try:
        tensors = load_file(os.fspath(path))
    except (SafetensorError, OSError) as error:
        raise ModelFileError(f"'{path}' cannot be read: {error}.", "Get the file again, or choose another.") from error
    digest = fingerprint(tensors)
    if read_header_metadata(path).get("sha256") != digest:
        raise ModelFileError(f"'{path}' is damaged: its tensors changed after it was written.", "Get the file again.")
    return card, tensors, digest
