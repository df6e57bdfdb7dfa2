"""Which of timm's models can be encoders, what their tensors are called, and which of them a file of weights is."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from ..errors import ModelFileError
from ..runtime import import_timm
from .encoder import create_vit, drop_what_follows_the_blocks

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
    **{f"vit_{s}_patch16_dinov3": (w, d, 16) for s, w, d in (("small", 384, 12), ("base", 768, 12), ("large", 1024, 24))},
    **{f"deit_{s}_distilled_patch16_224": (w, 12, 16) for s, w in (("tiny", 192), ("small", 384), ("base", 768))},
    **{f"deit3_{s}_patch16_224": (w, d, 16) for s, w, d in (("small", 384, 12), ("base", 768, 12), ("large", 1024, 24))},
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
        ModelFileError: timm has no such model; near names are suggested.
    """
    model = name.partition(".")[0]
    every = known_models()
    if name in every:
        return model
    near = difflib.get_close_matches(name, every, 4, 0.6)
    if model in every:
        near = [n for n in every if n.startswith(model + ".")][:8] or near
    near = near or [n for n in every if name.lower() in n][:4]
    raise ModelFileError(
        f"timm has no model '{name}', and there is no such file.",
        f"Did you mean {' or '.join(near)}?" if near else "Give a weights file, or a name such as vit_base_patch16_224.mae.",
    )


def outline(model: str) -> Outline:
    """What a model's tensors are.

    Args:
        model: timm name without tag.

    Raises:
        ModelFileError: It is not one of the models that can be an encoder.
    """
    import_timm()
    from timm.layers import PatchEmbed
    from timm.models.beit import Beit
    from timm.models.eva import Eva
    from timm.models.vision_transformer import VisionTransformer

    kind = "unknown"
    try:
        with torch.device("meta"):
            vit = create_vit(model, channels=3)
        kind = type(vit).__name__
        supported = isinstance(vit, (VisionTransformer, Eva, Beit)) and type(vit.patch_embed) is PatchEmbed
    except Exception:  # a model of another kind refuses a ViT's arguments in its own way
        supported = False
    if not supported:
        raise ModelFileError(
            f"'{model}' cannot be an encoder: it is not a plain vision transformer{_of_kind(kind)}.",
            f"Choose one of timm's {SUPPORTED}.",
        )
    patch, grid = vit.patch_embed.patch_size, vit.patch_embed.grid_size
    if patch[0] != patch[1] or grid[0] != grid[1]:
        raise ModelFileError(f"'{model}' cannot be an encoder: its patches or tiles are not square.")
    drop_what_follows_the_blocks(vit)
    positions = vit.pos_embed
    return Outline(
        model=model,
        shapes={k: tuple(v.shape) for k, v in vit.state_dict().items()},
        width=int(vit.embed_dim),
        depth=len(vit.blocks),
        patch=int(patch[0]),
        tile=int(patch[0] * grid[0]),
        prefix=0 if positions is None else int(positions.shape[1]) - int(grid[0] * grid[1]),
    )


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


def _of_kind(kind: str) -> str:
    return "" if kind == "unknown" else f" (timm's class {kind})"


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
