"""The baseline: a UNet (Ronneberger et al. 2015, arXiv 1505.04597) from segmentation-models-pytorch, from scratch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from ..errors import TrainingError
from ..runtime import import_timm


def build_unet(channels: int, classes: int = 2, encoder: str = "resnet18") -> nn.Module:
    """A UNet with random weights.

    Args:
        channels: Input channels.
        classes: Background included.
        encoder: Name of the contracting path in segmentation-models-pytorch.

    Returns:
        ``(B, channels, H, W)`` to ``(B, classes, H, W)`` logits; H and W multiples of 32.

    Raises:
        TrainingError: The library is not installed.
    """
    import_timm()
    try:
        import segmentation_models_pytorch as smp
    except ImportError as error:
        raise TrainingError(
            "The UNet baseline needs the package segmentation-models-pytorch, which is not installed.",
            "Install it into the engine's Python: make engine-dev, or pip install segmentation-models-pytorch.",
        ) from error
    return smp.Unet(encoder, encoder_weights=None, in_channels=channels, classes=classes)


class InPlaceOfHead(nn.Module):
    """A whole network where a head is expected: it reads the channels, and not what the encoder made of them."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Sequence[torch.Tensor], channels: torch.Tensor) -> torch.Tensor:
        """``(B, C, H, W)`` to ``(B, classes, H, W)`` logits."""
        del features
        logits: torch.Tensor = self.network(channels)
        return logits
