"""Which of timm's vision transformers can be an encoder, and how each is tapped."""

from __future__ import annotations

from typing import Any

import torch

from ..errors import OptionError
from ..runtime import import_timm
from .encoder import EncoderOptions

#: The blocks tapped of the paper's twelve, counted from 0.
PAPER_BLOCKS, PAPER_DEPTH = (3, 5, 7, 11), 12


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
    """What it takes to build an encoder of a timm model.

    Args:
        model: timm's name of a plain vision transformer, such as ``vit_small_patch16_224``.
        channels: Channels of the elevation encoding.
        tile: Chip side in pixels.

    Raises:
        OptionError: There is no such model, it is no plain vision transformer, or the tile does not suit its patches.
    """
    import_timm()
    import timm

    if not timm.is_model(model):
        alike = timm.list_models(f"{model.split('_patch')[0]}*patch*")[:3]
        raise OptionError(
            f"timm knows no model '{model}'.",
            f"Choose for example {', '.join(alike or ['vit_tiny_patch16_224', 'vit_base_patch16_224'])}.",
        )
    try:
        with torch.device("meta"):  # its shape is all that is wanted
            vit: Any = timm.create_model(model, pretrained=False, num_classes=0, img_size=tile, dynamic_img_size=True)
    except (TypeError, AssertionError, NotImplementedError, ValueError, RuntimeError) as error:
        raise _not_plain(model) from error
    if not is_plain(vit) or vit.pos_embed.shape[1] != vit.patch_embed.num_patches + vit.num_prefix_tokens:
        raise _not_plain(model)
    patch = int(vit.patch_embed.patch_size[0])
    if tile % patch or tile < 2 * patch:
        raise OptionError(
            f"A tile of {tile} pixels cannot be cut into the patches of {patch} pixels of '{model}'.",
            f"Use a multiple of {patch}, such as {max(2, round(224 / patch)) * patch}.",
        )
    return EncoderOptions(model=model, channels=channels, tile=tile, blocks=tapped_blocks(len(vit.blocks)))


def is_plain(vit: Any) -> bool:
    """Whether masked autoencoding knows what a timm model does: a plain vision transformer with absolute positions."""
    from timm.models.vision_transformer import VisionTransformer

    return type(vit) is VisionTransformer and vit.pos_embed is not None and len(vit.blocks) >= len(PAPER_BLOCKS)


def _not_plain(model: str) -> OptionError:
    return OptionError(
        f"'{model}' is not a plain vision transformer with positions, which is what an encoder has to be.",
        "Choose vit_tiny_patch16_224, vit_small_patch16_224, vit_base_patch16_224 or one of their kind.",
    )
