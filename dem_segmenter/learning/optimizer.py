"""The optimiser that everything here is trained with."""

from __future__ import annotations

from collections.abc import Iterable

import torch


def adamw(
    parameters: Iterable[torch.nn.Parameter],
    learning_rate: float,
    weight_decay: float,
    *,
    betas: tuple[float, float] = (0.9, 0.999),
) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter 2019) that lets matrices and kernels decay, and no bias, scale or single vector.

    Args:
        parameters: To be trained.
        learning_rate: Peak.
        weight_decay: Of parameters of two dimensions or more.
        betas: Of the moving averages of the gradient and its square.
    """
    given = list(parameters)
    groups = [
        {"params": [p for p in given if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in given if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=betas)
