"""What a training loop asks of a network, and the two it is asked of: a head on a frozen encoder, and a UNet."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import nn
from torch.nn import functional

from .encoder import Encoder
from .upernet import AuxiliaryHead, UperNetHead


class SegmentationNetwork(nn.Module, ABC):
    """Channels to class logits.

    Attributes:
        kept: The part that is trained and kept: what averaging, checkpoints and files are about.
        auxiliary: A part that only helps training; None where there is none.
    """

    kept: nn.Module
    auxiliary: nn.Module | None

    @abstractmethod
    def forward(self, channels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Logits for training.

        Args:
            channels: ``(B, C, H, W) float32``.

        Returns:
            ``(B, classes, H, W)`` logits, and those of the auxiliary part, if there is one.
        """

    @abstractmethod
    def logits(self, channels: torch.Tensor, kept: nn.Module) -> torch.Tensor:
        """``(B, classes, H, W)`` logits with other weights of the kept part, such as averaged ones."""

    def trained(self) -> list[nn.Parameter]:
        """Parameters for the optimiser."""
        parts = [self.kept] + ([self.auxiliary] if self.auxiliary is not None else [])
        return [p for part in parts for p in part.parameters()]


class HeadOnEncoder(SegmentationNetwork):
    """A head, to be trained, on an encoder that stays as it is."""

    kept: UperNetHead

    def __init__(
        self, encoder: Encoder, head: UperNetHead, *, auxiliary: bool = True, feature_dropout: float = 0.0
    ) -> None:
        """Put them together.

        Args:
            encoder: Is frozen here.
            head: To be trained.
            auxiliary: Whether to train the reference recipe's auxiliary head beside it.
            feature_dropout: Probability that a channel of the encoder's features is dropped, for a chip and a map, in
                training (Tompson et al. 2015, arXiv 1411.4280). What a frozen encoder makes of ground it was not shown
                is arbitrary: a head must not lean on few of its channels.
        """
        super().__init__()
        self.encoder = encoder.freeze()
        self.kept = head
        self.feature_dropout = feature_dropout
        options = head.options
        self.auxiliary = AuxiliaryHead(options.features, options.width, options.classes) if auxiliary else None

    def train(self, mode: bool = True) -> HeadOnEncoder:
        """Training mode for all but the encoder."""
        super().train(mode)
        self.encoder.eval()
        return self

    def forward(self, channels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        with torch.no_grad():
            features = self.encoder(channels)
            features = [functional.dropout2d(f, self.feature_dropout, self.training) for f in features]
        side = self.auxiliary(features, channels.shape[-2:]) if self.auxiliary is not None else None
        return self.kept(features, channels), side

    def logits(self, channels: torch.Tensor, kept: nn.Module) -> torch.Tensor:
        logits: torch.Tensor = kept(self.encoder(channels), channels)
        return logits


class WholeNetwork(SegmentationNetwork):
    """A network that is trained whole, from channels to logits."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.kept = network
        self.auxiliary = None

    def forward(self, channels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        return self.kept(channels), None

    def logits(self, channels: torch.Tensor, kept: nn.Module) -> torch.Tensor:
        logits: torch.Tensor = kept(channels)
        return logits
