"""Which of timm's models can be encoders, where each is tapped, and which of them a file of weights is."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ..errors import ModelFileError, OptionError
from ..runtime import import_timm
from .encoder import EncoderOptions, create_vit, drop_what_follows_the_blocks

#: The blocks tapped of the paper's twelve, counted from 0.
PAPER_BLOCKS, PAPER_DEPTH = (3, 5, 7, 11), 12

#: For messages: the families that `outline` accepts.
SUPPORTED = "plain ViTs: vit_*, deit_*, deit3_*, vit_*_dinov2, vit_*_dinov3, beit_*, beitv2_*, eva_* and eva02_*"

#: Models that files without a name are compared with: width, blocks and patch side of each.
KNOWN: Mapping[str, tuple[int, int, int]] = {
    **{f"vit_{s}_patch16_224": (w, d, 16) for s, w, d in (("tiny", 192, 12), ("small", 384, 12), ("base", 768, 12))},
    "vit_large_patch16_224": (1024, 24, 16),
    "vit_huge_patch14_224": (1280, 32, 14),
    "vit_small_patch8_224": (384, 12, 8),
    "vit_base_patch8_224": (768, 12, 8),
    "vit_base_patch32_224": (768, 12, 32),
    **{
        f"vit_{s}_patch14{reg}_dinov2": (w, d, 14)
        for reg in ("", "_reg4")
        for s, w, d in (("small", 384, 12), ("base", 768, 12), ("large", 1024, 24), ("giant", 1536, 40))
    },
    **{f"deit_{s}_distilled_patch16_224": (w, 12, 16) for s, w in (("tiny", 192), ("small", 384), ("base", 768))},
    **{
        name.format(s): (w, d, 16)
        for name in ("vit_{}_patch16_dinov3", "deit3_{}_patch16_224")
        for s, w, d in (("small", 384, 12), ("base", 768, 12), ("large", 1024, 24))
    },
    "beit_base_patch16_224": (768, 12, 16),
    "beit_large_patch16_224": (1024, 24, 16),
    **{
        f"eva02_{s}_patch14_224": (w, d, 14)
        for s, w, d in (("tiny", 192, 12), ("small", 384, 12), ("base", 768, 12), ("large", 1024, 24))
    },
}  # fmt: skip

#: Tensors whose size goes with the tile's, by the end of their name.
POSITIONS = ("pos_embed", "relative_position_bias_table")


@dataclass(frozen=True)
class Outline:
    """A model without its weights.

    Attributes:
        model: timm name without tag.
        shapes: Every tensor up to the last block.
        width: Channels of the features.
        depth: Blocks.
        patch: Patch side, pixels.
        tile: Side of the model's own input, pixels.
        prefix: Entries of ``pos_embed`` before those of the patches.
    """

    model: str
    shapes: Mapping[str, tuple[int, ...]]
    width: int
    depth: int
    patch: int
    tile: int
    prefix: int


def known_models() -> list[str]:
    """Every model of timm's, and every set of weights as ``model.tag``."""
    import_timm()
    import timm

    return [*timm.list_models(), *timm.list_models(pretrained=True)]


def check_name(name: str) -> str:
    """The architecture of a timm name, with or without tag.

    Raises:
        OptionError: timm has no such model; near names are suggested.
    """
    model = name.partition(".")[0]
    every = known_models()
    if name in every:
        return model
    near = difflib.get_close_matches(name, every, 4, 0.6)
    if model in every:
        near = [n for n in every if n.startswith(model + ".")][:8] or near
    near = near or [n for n in every if name.lower() in n][:4] or ["vit_base_patch16_224.mae"]
    raise OptionError(f"timm knows no model '{name}'.", f"Choose for example {', '.join(near)}.")


def skeleton(model: str, *, channels: int = 3, tile: int | None = None) -> Any:
    """A timm model that can be an encoder, without memory for its weights.

    Args:
        model: timm name without tag.
        channels: Of the input.
        tile: Side of the input in pixels; the model's own by default.

    Raises:
        OptionError: There is no such model, it is not one of those that can be an encoder, or the tile does not suit
            its patches.
    """
    check_name(model)
    from timm.layers import PatchEmbed
    from timm.models.beit import Beit
    from timm.models.eva import Eva
    from timm.models.vision_transformer import VisionTransformer

    kind = ""
    try:
        with torch.device("meta"):
            vit = create_vit(model, channels=channels, tile=tile)
        kind = f" (timm's class {type(vit).__name__})"
        plain = isinstance(vit, (VisionTransformer, Eva, Beit)) and type(vit.patch_embed) is PatchEmbed
    except Exception:  # a model of another kind refuses a ViT's arguments in its own way
        plain = False
    if not plain:
        raise OptionError(
            f"'{model}' cannot be an encoder: it is not a plain vision transformer{kind}.",
            f"Choose one of timm's {SUPPORTED}.",
        )
    patch, grid = vit.patch_embed.patch_size, vit.patch_embed.grid_size
    if patch[0] != patch[1] or grid[0] != grid[1] or len(vit.blocks) < len(PAPER_BLOCKS):
        raise OptionError(
            f"'{model}' cannot be an encoder: its patches or tiles are not square, or it has fewer than "
            f"{len(PAPER_BLOCKS)} blocks.",
            "Choose vit_base_patch16_224 or one of its kind.",
        )
    if tile is not None and (tile % patch[0] or tile < 2 * patch[0]):
        raise OptionError(
            f"A tile of {tile} pixels cannot be cut into the patches of {patch[0]} pixels of '{model}'.",
            f"Use a multiple of {patch[0]}, such as {usual_tile(patch[0])}.",
        )
    return vit


def usual_tile(patch: int) -> int:
    """The multiple of a patch's side that is nearest to the paper's 224 pixels."""
    return max(2, round(224 / patch)) * patch


def outline(model: str) -> Outline:
    """What a model's tensors are; raises as `skeleton`.

    Args:
        model: timm name without tag.
    """
    vit = drop_what_follows_the_blocks(skeleton(model))
    patch, grid, positions = int(vit.patch_embed.patch_size[0]), int(vit.patch_embed.grid_size[0]), vit.pos_embed
    return Outline(
        model=model,
        shapes={k: tuple(v.shape) for k, v in vit.state_dict().items()},
        width=int(vit.embed_dim),
        depth=len(vit.blocks),
        patch=patch,
        tile=patch * grid,
        prefix=0 if positions is None else int(positions.shape[1]) - grid**2,
    )


def tapped_blocks(depth: int) -> tuple[int, ...]:
    """Blocks at the same shares of another depth: 3, 5, 7 and 11 of 12, 7, 11, 15 and 23 of 24.

    Args:
        depth: Blocks of the transformer, at least 4.
    """
    blocks: list[int] = []
    for block in PAPER_BLOCKS:
        blocks.append(max(round((block + 1) * depth / PAPER_DEPTH) - 1, blocks[-1] + 1 if blocks else 0))
    return tuple(blocks)


def encoder_options(model: str, channels: int, tile: int = 224) -> EncoderOptions:
    """What it takes to build an encoder that is to be pre-trained.

    Args:
        model: timm's name of a plain vision transformer, such as ``vit_small_patch16_224``.
        channels: Channels of the elevation encoding.
        tile: Chip side in pixels.

    Raises:
        OptionError: As `skeleton`, or masked autoencoding does not know what the model does.
    """
    vit = skeleton(model, channels=channels, tile=tile)
    if not can_be_pretrained(vit):
        raise OptionError(
            f"'{model}' cannot be pre-trained: it is not a plain vision transformer with absolute positions.",
            "Choose vit_tiny_patch16_224, vit_small_patch16_224, vit_base_patch16_224 or one of their kind.",
        )
    return EncoderOptions(model=model, channels=channels, tile=tile, blocks=tapped_blocks(len(vit.blocks)))


def can_be_pretrained(vit: Any) -> bool:
    """Whether masked autoencoding knows what a timm model does: a plain vision transformer with absolute positions."""
    from timm.models.vision_transformer import VisionTransformer

    return type(vit) is VisionTransformer and vit.pos_embed is not None


def recognise(shapes: Mapping[str, tuple[int, ...]]) -> Outline:
    """The model that a file's tensors are most like; what still differs is for `modelfiles.foreign.account` to name.

    Args:
        shapes: Of the file's tensors.

    Raises:
        ModelFileError: They are not a vision transformer's, or one of a size that timm has no model of.
    """
    kernel = shapes.get("patch_embed.proj.weight", ())
    blocks = [int(m[1]) for key in shapes if (m := re.match(r"blocks\.(\d+)\.", key))]
    if len(kernel) != 4 or not blocks:
        some = ", ".join(sorted(shapes)[:3])
        raise ModelFileError(
            "The file's tensors are not named as in timm or in the original MAE repository: "
            f"'patch_embed.proj.weight' and 'blocks.0...' are missing; there are {some}, ...",
            "Use timm's file of the model (model.safetensors) or the original MAE checkpoint.",
        )
    size = (kernel[0], max(blocks) + 1, kernel[-1])
    candidates = [outline(name) for name, known in KNOWN.items() if known == size]
    if not candidates:
        raise ModelFileError(
            f"It is not known which model this is: width {size[0]}, {size[1]} blocks, patches of {size[2]} pixels.",
            "Give timm's name of the model as architecture.",
        )
    return min(candidates, key=lambda candidate: _differences(candidate.shapes, shapes))


def _differences(expected: Mapping[str, tuple[int, ...]], found: Mapping[str, tuple[int, ...]]) -> int:
    def sizes(shapes: Mapping[str, tuple[int, ...]]) -> set[tuple[str, tuple[int, ...]]]:
        return {(k, () if k.endswith(POSITIONS) else v) for k, v in shapes.items()}

    return len(sizes(expected) ^ sizes(found))


def grid_of(key: str, shape: tuple[int, ...], prefix: int) -> int | None:
    """Patches a side that a tensor of positions was made for; None if it is not a square's.

    Args:
        key: Its name, which ends in one of `POSITIONS`.
        shape: Its shape.
        prefix: Entries of ``pos_embed`` before those of the patches.
    """
    if key.endswith("pos_embed"):
        count = shape[1] - prefix if len(shape) == 3 else -1
        side = math.isqrt(max(count, 0))
        return side if count > 0 and side * side == count else None
    # One entry for each offset of two patches along both axes, and three for the class token (Bao et al. 2021).
    count = shape[0] - 3 if len(shape) == 2 else -1
    side = math.isqrt(max(count, 0))
    return (side + 1) // 2 if count > 0 and side * side == count and side % 2 else None
