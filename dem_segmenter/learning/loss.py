"""What training makes small: a weighted loss of pixels, some of which count more than others."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
from torch.nn import functional

from .scenes import UNKNOWN

#: Objects of so many pixels and more are not small: about 400 m² at 0.7 m per pixel.
LARGE = 800

#: So many times a pixel of the smallest objects counts.
MOST = 5.0

#: Pixels beside an object that count as its own do.
BESIDE = 3


def segmentation_loss(
    logits: torch.Tensor, target: torch.Tensor, class_weight: torch.Tensor, robust: float = 0.0, small: float = 0.0
) -> torch.Tensor:
    """Mean over pixels, weighted by class.

    Args:
        logits: ``(B, classes, T, T)``.
        target: ``(B, T, T) int64``, 255 unknown.
        class_weight: ``(classes,) float32``.
        robust: Exponent q of the generalised cross-entropy, ``(1 - p**q) / q`` (Zhang and Sabuncu 2018, arXiv
            1805.07836); 0 for cross-entropy, its limit.
        small: As `object_weights`. What small objects weigh more is not taken from the others.
    """
    if not robust and not small:
        return functional.cross_entropy(logits.float(), target, class_weight, ignore_index=UNKNOWN)
    known = target != UNKNOWN
    truth = torch.where(known, target, torch.zeros_like(target))
    weight = class_weight[truth] * known
    if robust:
        right = torch.softmax(logits.float(), 1).gather(1, truth[:, None])[:, 0].clamp_min(1e-6)
        each = (1.0 - right**robust) / robust
    else:
        each = functional.cross_entropy(logits.float(), truth, reduction="none")
    if small:
        each = each * torch.from_numpy(object_weights(target.cpu().numpy(), small)).to(each.device)
    return (weight * each).sum() / weight.sum()


def object_weights(target: np.ndarray, power: float) -> np.ndarray:
    """How much pixels count, by the size of the object that they are part of or next to.

    Counted alike, a block of houses weighs as much as thirty cottages, and a head learns little of cottages.

    Args:
        target: ``(B, T, T)`` integers: 1 the class.
        power: Of the inverse of the area: 0.5 for the square root.

    Returns:
        ``(B, T, T) float32``: 1 away from objects and on objects of `LARGE` pixels and more, at most `MOST`.
    """
    weights = np.ones(target.shape, np.float32)
    for chip, weight in zip(target, weights, strict=True):
        objects, count = ndimage.label(chip == 1)
        if count:
            each = np.clip((LARGE / np.maximum(np.bincount(objects.ravel()), 1)) ** power, 1.0, MOST).astype(np.float32)
            each[0] = 1.0
            # What is beside a small object tells where it ends, and counts as much.
            weight[:] = ndimage.grey_dilation(each[objects], size=(2 * BESIDE + 1, 2 * BESIDE + 1))
    return weights
