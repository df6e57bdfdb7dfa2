"""What the import tests share: published layouts with random tensors, and the job's command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from segmenting import MemoryReporter

from dem_segmenter.commands import JobResult, import_encoder
from dem_segmenter.runtime import import_timm

#: timm's smallest plain ViT: 64 wide, 6 blocks, made for tiles of 160 pixels.
SMALL = "test_vit"


def run(source: object, output: Path, *options: object) -> tuple[JobResult, MemoryReporter]:
    """The job as the command line runs it."""
    parser = argparse.ArgumentParser()
    import_encoder.add_arguments(parser)
    reporter = MemoryReporter()
    args = parser.parse_args([str(source), "-o", str(output), *map(str, options)])
    return import_encoder.run(args, reporter), reporter


def mae_encoder(width: int = 768, depth: int = 12, patch: int = 16, grid: int = 14) -> dict[str, torch.Tensor]:
    """Tensors as He et al.'s repository names and shapes those of its encoder (models_mae.py), random."""
    torch.manual_seed(1)
    shapes: dict[str, tuple[int, ...]] = {
        "cls_token": (1, 1, width),
        "pos_embed": (1, 1 + grid**2, width),
        "patch_embed.proj.weight": (width, 3, patch, patch),
        "patch_embed.proj.bias": (width,),
        "norm.weight": (width,),
        "norm.bias": (width,),
    }
    shapes |= transformer_blocks("blocks", width, depth)
    # Norms around one and small weights, so that the features stay of the order of one, as trained ones do.
    return {
        k: (1.0 if "norm" in k and k.endswith("weight") else 0.0) + 0.03 * torch.randn(shape)
        for k, shape in shapes.items()
    }


def mae_decoder(encoder_width: int = 768, width: int = 512, depth: int = 8, grid: int = 14) -> dict[str, torch.Tensor]:
    """The decoder that lies beside it in the repository's larger files."""
    shapes: dict[str, tuple[int, ...]] = {
        "mask_token": (1, 1, width),
        "decoder_pos_embed": (1, 1 + grid**2, width),
        "decoder_embed.weight": (width, encoder_width),
        "decoder_embed.bias": (width,),
        "decoder_norm.weight": (width,),
        "decoder_norm.bias": (width,),
        "decoder_pred.weight": (768, width),
        "decoder_pred.bias": (768,),
    }
    shapes |= transformer_blocks("decoder_blocks", width, depth)
    # One number each on disk, whatever the shape.
    return {k: torch.zeros(()).expand(shape) for k, shape in shapes.items()}


def transformer_blocks(prefix: str, width: int, depth: int) -> dict[str, tuple[int, ...]]:
    parts = {
        "norm1": (width,), "attn.qkv": (3 * width, width), "attn.proj": (width, width),
        "norm2": (width,), "mlp.fc1": (4 * width, width), "mlp.fc2": (width, 4 * width),
    }  # fmt: skip
    return {
        f"{prefix}.{i}.{part}.{kind}": shape if kind == "weight" else shape[:1]
        for i in range(depth)
        for part, shape in parts.items()
        for kind in ("weight", "bias")
    }


def small_weights() -> dict[str, torch.Tensor]:
    """Tensors of `SMALL`, as timm publishes such models."""
    import_timm()
    import timm

    torch.manual_seed(0)
    return dict(timm.create_model(SMALL).state_dict())


def as_timm_loads(name: str, file: Path, tile: int) -> Any:
    """A model with weights as timm itself reads and resamples them; independent of our reader."""
    import_timm()
    import timm

    made = timm.create_model(
        name, pretrained=True, pretrained_cfg_overlay={"file": str(file)}, img_size=tile, num_classes=0
    )
    return made.eval()
