"""Heads put on their encoder, ready to predict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from .. import runtime
from ..elevation.encoding import Encoding, ReliefEncoding, encoding_from_json
from ..errors import ModelFileError
from ..network.encoder import Encoder, EncoderOptions
from ..network.texture import planarity
from ..network.upernet import HeadOptions, UperNetHead
from .card import Card, find_encoder, find_head, installed_models, read_card
from .store import load_tensors


@dataclass(frozen=True)
class LoadedHead:
    """A head in memory.

    Attributes:
        card: Its card.
        network: The head itself, in evaluation mode: an `UperNetHead`, or what takes the same and gives the same.
    """

    card: Card
    network: torch.nn.Module


class SegmentationModel:
    """One frozen encoder with one or more heads; several heads share one encoder pass.

    Attributes:
        encoding: Elevation to channels.
        encoder: The frozen encoder.
        heads: In the order asked for.
        device: Where it runs.

    Raises:
        ModelFileError: A head's card asks for what the encoding does not show.
    """

    def __init__(self, encoder: Encoder, encoding: Encoding, heads: Sequence[LoadedHead], device: torch.device) -> None:
        self.encoder = encoder.freeze().to(device)
        self.encoding = encoding
        self.heads: Sequence[LoadedHead] = list(heads)
        self.device = device
        self._smooth = False
        for head in self.heads:
            relief = encoding if isinstance(encoding, ReliefEncoding) else None
            if head.card.planarity_bonus and not (relief and relief.scaling == "log"):
                raise _not_shown(head.card, encoding, "planes in logarithmic relief")
            if head.card.right_angles_bonus and not relief:
                raise _not_shown(head.card, encoding, "walls at right angles in relief")
            head.network.eval().requires_grad_(False).to(device)

    def on_smooth_surface(self) -> SegmentationModel:
        """The same model, for a surface on which crowns of trees are as plane as roofs (`inference.smooth_surface`).

        What is on a plane gains half as much there, and what is on none loses as much.
        """
        model = SegmentationModel(self.encoder, self.encoding, self.heads, self.device)
        model._smooth = True
        return model

    def predict(self, channels: np.ndarray | torch.Tensor) -> list[torch.Tensor]:
        """Class probabilities.

        Args:
            channels: ``(B, C, T, T) float32``, T a multiple of the encoder's patch side.

        Returns:
            One ``(B, K, T, T) float32`` CPU tensor a head: softmax over its classes, background first.
        """
        return self.look(channels)[0]

    def look(self, channels: np.ndarray | torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Class probabilities and what the encoder's last tapped block made of the chips.

        Args:
            channels: As `predict`.

        Returns:
            As `predict`, and ``(B, F, T / patch, T / patch) float32`` features on the CPU.
        """
        x = torch.as_tensor(channels, dtype=torch.float32).to(self.device)
        with torch.inference_mode():
            with runtime.mixed_precision(self.device):
                features = self.encoder(x)
                logits = [head.network(features, x) for head in self.heads]
            bonuses = [head.card.planarity_bonus for head in self.heads]
            # In full precision: it is centimetres beside towers.
            plane = planarity(x) if any(bonuses) else x.new_zeros(1)
            probabilities = []
            for bonus, out in zip(bonuses, logits, strict=True):
                gained = out.float()
                gained[:, 1:] += bonus * (plane - 0.5 if self._smooth else plane)
                probabilities.append(torch.softmax(gained, dim=1).cpu())
            return probabilities, features[-1].float().cpu()


def _not_shown(card: Card, encoding: Encoding, what: str) -> ModelFileError:
    return ModelFileError(
        f"The head '{card.name}' looks for {what}, "
        f"and its encoder does not read elevation as that (but as {encoding.to_json()['name']}).",
        "Choose another head.",
    )


def load_encoder(path: Path | str) -> tuple[Encoder, Encoding, Card, str]:
    """Read an encoder file.

    Returns:
        Encoder (frozen, float32), encoding, card and fingerprint.

    Raises:
        ModelFileError: Not an encoder, or damaged.
    """
    card, tensors, digest = load_tensors(path)
    if card.kind != "encoder":
        raise ModelFileError(f"'{path}' is a {card.kind}, not an encoder.", "Choose an encoder file.")
    encoder = Encoder(_build(EncoderOptions.from_json, card, path))
    _fill_in(encoder.vit, tensors, path)
    return encoder.freeze(), encoding_from_json(card.encoding), card, digest


def load_model(
    heads: Sequence[str | Path], *, device: str | torch.device = "auto", folders: Sequence[Path | str] = ()
) -> SegmentationModel:
    """Heads by name or path, on the encoder they were trained on.

    Args:
        heads: One or more.
        device: As `runtime.pick_device`.
        folders: Where to look for heads and encoders, beside the head's own folder and the embedded models.

    Raises:
        ModelFileError: A head is missing, damaged, without card or without its encoder, or two heads were trained on
            different encoders.
        DeviceError: The device is not there.
    """
    if not heads:
        raise ModelFileError("No head was given.", "Choose at least one head.")
    target = device if isinstance(device, torch.device) else runtime.pick_device(device)
    paths = [find_head(head, folders) for head in heads]
    cards = []
    for path in paths:
        card = read_card(path)
        if card.kind != "head":
            raise ModelFileError(f"'{path}' is an {card.kind}, not a head.", "Choose a head file.")
        cards.append(card)
    first = cards[0]
    for card in cards[1:]:
        if card.encoder_sha256 != first.encoder_sha256:
            raise ModelFileError(
                f"The heads '{first.name}' and '{card.name}' were trained on different encoders "
                f"('{first.encoder_name}' and '{card.encoder_name}') and cannot run together.",
                "Run them one after the other.",
            )
    searched = [*folders, *{p.resolve().parent for p in paths}]
    encoder_path = find_encoder(first, searched)
    if encoder_path is None:
        raise ModelFileError(
            f"The head '{first.name}' was trained on the encoder '{first.encoder_name}' "
            f"(SHA-256 {first.encoder_sha256[:12]}...), which is not installed; "
            "a head only works with its own encoder.",
            f"Put the encoder's file beside the head, or use a head trained on an installed encoder: "
            f"{_encoder_names(searched) or 'none is installed'}.",
        )
    encoder, encoding, _, _ = load_encoder(encoder_path)
    for card, path in zip(cards, paths, strict=True):
        if card.tile % encoder.patch:
            raise ModelFileError(
                f"The card in '{path}' asks for tiles of {card.tile} pixels, and the encoder cuts them into patches of "
                f"{encoder.patch}.",
                "Get the file again.",
            )
    loaded = [LoadedHead(card, load_head(path)) for card, path in zip(cards, paths, strict=True)]
    return SegmentationModel(encoder, encoding, loaded, target)


def load_head(path: Path | str) -> UperNetHead:
    """Read a head file without its encoder.

    Raises:
        ModelFileError: Not a head, or damaged.
    """
    card, tensors, _ = load_tensors(path)
    if card.kind != "head":
        raise ModelFileError(f"'{path}' is an {card.kind}, not a head.", "Choose a head file.")
    network = UperNetHead(_build(HeadOptions.from_json, card, path))
    if network.options.classes != len(card.classes) + 1:
        raise ModelFileError(
            f"The card in '{path}' names {len(card.classes)} classes; the head tells {network.options.classes - 1}.",
            "Get the file again.",
        )
    _fill_in(network, tensors, path)
    return network


def _encoder_names(folders: Sequence[Path | str]) -> str:
    cards = [read_card(p) for p in installed_models(folders)]
    return ", ".join(f"'{c.name}'" for c in cards if c.kind == "encoder")


def _build(make, card: Card, path: Path | str):  # type: ignore[no-untyped-def]
    """Options from a card's architecture, or a clear error."""
    try:
        return make(card.architecture)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(
            f"The architecture in '{path}' is not known to this version ({error}).", "Update DEM Segmenter."
        ) from error


def _fill_in(module: torch.nn.Module, tensors: dict[str, torch.Tensor], path: Path | str) -> None:
    """Load tensors, every one accounted for."""
    try:
        module.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}, strict=True)
    except RuntimeError as error:
        mismatch = str(error).splitlines()[-1].strip()
        raise ModelFileError(
            f"The tensors in '{path}' do not fit the architecture its card names: {mismatch}",
            "Get the file again.",
        ) from error
