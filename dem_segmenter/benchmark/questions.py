"""What the paper leaves open, asked one change at a time on the low-label benchmark.

Every trial is a cell of the benchmark with a *variant*: the frozen encoder is another one, is tapped elsewhere, or
reads elevation otherwise. Heads start from random weights in all of them, so that nothing but the variant differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ..elevation.encoding import Encoding, MinMaxEncoding, ReliefEncoding
from ..errors import OptionError
from ..events import Reporter
from ..learning.embed import PRETRAINED_FILE
from ..learning.pretrain import PretrainOptions, pretrain, recipe_json, save_encoder
from ..learning.recipe import Recipe
from ..modelfiles.loading import load_encoder
from ..modelfiles.store import load_tensors
from ..network.encoder import Encoder


@dataclass(frozen=True)
class Variant:
    """One change to a cell.

    Attributes:
        title: What a table calls it.
        encoder: Where the encoder's weights are from: ``shipped``, ``masked`` (pre-trained and not fine-tuned),
            ``untrained``, or ``ratio`` (a short pre-training of its own).
        blocks: Transformer blocks tapped, counted from 0; None: the encoder's own.
        encoding: Elevation to channels; None: the encoder's own. Another one needs an untrained encoder.
        mask_ratio: Share of patches hidden in the pre-training of its own.
    """

    title: str
    encoder: str = "shipped"
    blocks: tuple[int, ...] | None = None
    encoding: Encoding | None = None
    mask_ratio: float | None = None


#: The relief encoding of the first encoders.
TANH = ReliefEncoding(scaling="tanh", fine_scale=0.4, broad_scale=2.5, planar_window=0.0)


def _blocks(*blocks: int) -> Variant:
    return Variant(", ".join(map(str, blocks)), blocks=blocks)


#: Question -> variants that answer it, by name. A variant's name is part of its cell's.
QUESTIONS: Mapping[str, Mapping[str, Variant]] = {
    "pretraining": {
        "no-start": Variant("as shipped: masked autoencoder on elevation, then fine-tuned"),
        "masked-only": Variant("masked autoencoder on elevation only", encoder="masked"),
        "untrained": Variant("not trained", encoder="untrained"),
    },
    "blocks": {
        "no-start": Variant("3, 5, 7, 11 (the paper's)"),
        "blocks-2-5-8-11": _blocks(2, 5, 8, 11),
        "blocks-0-1-2-3": _blocks(0, 1, 2, 3),
        "blocks-8-9-10-11": _blocks(8, 9, 10, 11),
        "blocks-11": _blocks(11, 11, 11, 11),
    },
    "encoding": {
        "untrained": Variant("relief in metres, log scale (ours)", encoder="untrained"),
        "encoding-tanh": Variant("relief in metres, tanh scale", encoder="untrained", encoding=TANH),
        "encoding-minmax": Variant("chip's min-max (the paper's)", encoder="untrained", encoding=MinMaxEncoding()),
    },
    "masking": {
        f"mask-{round(100 * ratio)}": Variant(f"{ratio:.2f}", encoder="ratio", mask_ratio=ratio)
        for ratio in (0.25, 0.5, 0.75, 0.9)
    },
}  # fmt: skip
#: Steps of pre-training for the masking ratio; a few, as there are four.
RATIO_STEPS = 100


def variant(name: str) -> Variant | None:
    """A variant by name; None where a cell's variant is none of these."""
    return next((found[name] for found in QUESTIONS.values() if name in found), None)


def encoder_path(change: Variant, shipped: Path, embed_work: Path | None, work: Path) -> Path | None:
    """File of the variant's encoder; None where it is not trained.

    Args:
        change: The variant.
        shipped: The embedded encoder.
        embed_work: The folder that ``embed`` worked in.
        work: The benchmark's.

    Raises:
        OptionError: ``embed``'s folder was not named, or the file is not in it.
    """
    if change.encoder == "untrained":
        return None
    if change.encoder == "ratio":
        assert change.mask_ratio is not None
        return work / f"encoder-mask-{round(100 * change.mask_ratio)}.safetensors"
    if change.encoder == "shipped":
        return shipped
    path = embed_work / PRETRAINED_FILE if embed_work else None
    if path is None or not path.is_file():
        raise OptionError(
            "The encoder as masked pre-training left it is not here.",
            "Run embed, and name its --work folder with --fold-encoders.",
        )
    return path


def build_encoder(change: Variant, path: Path | None, shipped: Path) -> tuple[Encoder, Encoding]:
    """The variant's encoder and what it reads.

    Args:
        change: The variant.
        path: From `encoder_path`.
        shipped: The embedded encoder, whose architecture an untrained one has.
    """
    encoder, encoding, _, _ = load_encoder(path or shipped)
    encoding = change.encoding or encoding
    options = replace(encoder.options, channels=encoding.channels, blocks=change.blocks or encoder.options.blocks)
    if path is None:
        return Encoder(options), encoding
    if options != encoder.options:
        _, tensors, _ = load_tensors(path)
        encoder = Encoder(options)
        encoder.vit.load_state_dict({k: v.float() for k, v in tensors.items()})
    return encoder.freeze(), encoding


def pretrain_with_ratio(
    ratio: float,
    recipe: Recipe,
    folders: list[Path],
    embed_work: Path,
    output: Path,
    reporter: Reporter,
    device: torch.device,
) -> None:
    """A short masked pre-training on the recipe's scenes, all the same but for the masking ratio.

    Args:
        ratio: Share of patches hidden.
        recipe: Its scenes, architecture and pre-training.
        folders: Folders of scenes.
        embed_work: Keeps the synthetic ones.
        output: Encoder file.
        reporter: Progress and cancelling.
        device: Where to compute.
    """
    options: PretrainOptions = replace(
        recipe.pretrain, mask_ratio=ratio, iterations=RATIO_STEPS, warmup=min(recipe.pretrain.warmup, RATIO_STEPS // 5)
    )
    scenes = recipe.scenes(folders, embed_work / "synthetic-pretrain", "pretrain")
    reporter.log(f"Pre-training with {ratio:.0%} hidden, {RATIO_STEPS} steps.")
    encoder, losses = pretrain(
        scenes, output.with_suffix(".pt"), options, reporter, encoder_options=recipe.encoder, encoding=recipe.encoding,
        device=device,
    )  # fmt: skip
    save_encoder(
        output, encoder, recipe.encoding, title=f"{ratio:.0%} hidden", training_data=[],
        recipe=recipe_json(options, scenes, losses),
    )  # fmt: skip
    output.with_suffix(".pt").unlink(missing_ok=True)
