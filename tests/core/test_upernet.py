"""The UperNet head, part by part, against numpy written from the papers' formulas and never from our code."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d
from scipy.special import erf
from torch import nn

from dem_segmenter.network.upernet import (
    AuxiliaryHead,
    ConvBlock,
    FeaturePyramid,
    HeadOptions,
    PyramidPooling,
    UperNetHead,
    pooled_by_products,
)

FEATURES, WIDTH = 6, 4


def randomise(module: nn.Module, seed: int = 0) -> nn.Module:
    """Random weights and batch statistics, evaluation mode."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in module.state_dict().items():
        if value.is_floating_point():
            noise = torch.rand(value.shape, generator=generator)
            value.copy_(noise + 0.5 if "running_var" in name else noise - 0.5)
    return module.eval()


def arrays(module: nn.Module) -> dict[str, np.ndarray]:
    return {k: v.double().numpy() for k, v in module.state_dict().items()}


def convolve(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None, stride: int = 1) -> np.ndarray:
    pad = weight.shape[-1] // 2
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    out = np.stack([sum(correlate2d(c, k, mode="valid") for c, k in zip(x, w, strict=True)) for w in weight])
    out = out[:, ::stride, ::stride]
    return out if bias is None else out + bias[:, None, None]


def batch_norm(x: np.ndarray, p: dict[str, np.ndarray], prefix: str) -> np.ndarray:
    scale = p[prefix + "weight"] / np.sqrt(p[prefix + "running_var"] + 1e-5)
    return (x - p[prefix + "running_mean"][:, None, None]) * scale[:, None, None] + p[prefix + "bias"][:, None, None]


def conv_block(x: np.ndarray, p: dict[str, np.ndarray], prefix: str, stride: int = 1) -> np.ndarray:
    return np.maximum(batch_norm(convolve(x, p[prefix + "0.weight"], stride=stride), p, prefix + "1."), 0)


def transposed(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Stride 2, kernel 2: each pixel becomes a 2 x 2 block."""
    out = np.einsum("ihw,iokl->ohkwl", x, weight)
    o, h, _, w, _ = out.shape
    return out.reshape(o, 2 * h, 2 * w) + bias[:, None, None]


def bilinear(x: np.ndarray, height: int, width: int) -> np.ndarray:
    """Pixel edges aligned: output pixel i looks at (i + 0.5) * in / out - 0.5, held at the border."""

    def axis(size: int, new: int) -> np.ndarray:
        at = np.clip((np.arange(new) + 0.5) * size / new - 0.5, 0, size - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, size - 1)
        weights = np.zeros((new, size))
        np.add.at(weights, (np.arange(new), low), 1 - (at - low))
        np.add.at(weights, (np.arange(new), high), at - low)
        return weights

    return np.einsum("yh,chw,xw->cyx", axis(x.shape[1], height), x, axis(x.shape[2], width))


def pooled(x: np.ndarray, scale: int) -> np.ndarray:
    """Mean over cells from floor(i * n / s) to ceil((i + 1) * n / s)."""
    c, h, w = x.shape
    out = np.zeros((c, scale, scale))
    for i in range(scale):
        for j in range(scale):
            rows = slice(i * h // scale, -(-(i + 1) * h // scale))
            cols = slice(j * w // scale, -(-(j + 1) * w // scale))
            out[:, i, j] = x[:, rows, cols].mean((1, 2))
    return out


def pyramid_in_numpy(maps: list[np.ndarray], p: dict[str, np.ndarray], prefix: str = "") -> list[np.ndarray]:
    up = transposed(maps[0], p[prefix + "up4.0.weight"], p[prefix + "up4.0.bias"])
    up = batch_norm(up, p, prefix + "up4.1.")
    up = 0.5 * up * (1 + erf(up / np.sqrt(2)))
    up = transposed(up, p[prefix + "up4.3.weight"], p[prefix + "up4.3.bias"])
    c, h, w = maps[3].shape
    down = maps[3].reshape(c, h // 2, 2, w // 2, 2).max((2, 4))
    return [up, transposed(maps[1], p[prefix + "up2.weight"], p[prefix + "up2.bias"]), maps[2], down]


def pooling_in_numpy(x: np.ndarray, p: dict[str, np.ndarray], scales: tuple[int, ...], prefix: str = "") -> np.ndarray:
    parts = [x]
    for i, scale in enumerate(scales):
        parts.append(bilinear(conv_block(pooled(x, scale), p, f"{prefix}branches.{i}."), *x.shape[1:]))
    return conv_block(np.concatenate(parts), p, prefix + "bottleneck.")


def fused_in_numpy(maps: list[np.ndarray], p: dict[str, np.ndarray], scales: tuple[int, ...]) -> np.ndarray:
    levels = pyramid_in_numpy(maps, p, "pyramid.")
    tops = [conv_block(level, p, f"laterals.{i}.") for i, level in enumerate(levels[:3])]
    tops.append(pooling_in_numpy(levels[3], p, scales, "pooling."))
    for i in (2, 1, 0):
        tops[i] = tops[i] + bilinear(tops[i + 1], *tops[i].shape[1:])
    smooth = [conv_block(top, p, f"smooths.{i}.") for i, top in enumerate(tops[:3])] + [tops[3]]
    size = smooth[0].shape[1:]
    return conv_block(np.concatenate([bilinear(s, *size) for s in smooth]), p, "fuse.")


@pytest.fixture
def maps() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.standard_normal((FEATURES, 4, 6)) for _ in range(4)]


def as_torch(arrays_: list[np.ndarray]) -> list[torch.Tensor]:
    return [torch.from_numpy(a[None]).float() for a in arrays_]


@torch.no_grad()
def test_pyramid(maps: list[np.ndarray]) -> None:
    module = randomise(FeaturePyramid(FEATURES))
    got = module(as_torch(maps))
    assert [tuple(g.shape[-2:]) for g in got] == [(16, 24), (8, 12), (4, 6), (2, 3)]
    for g, e in zip(got, pyramid_in_numpy(maps, arrays(module)), strict=True):
        np.testing.assert_allclose(g[0].numpy(), e, atol=1e-4)


@torch.no_grad()
def test_pooling() -> None:
    module = randomise(PyramidPooling(FEATURES, WIDTH, (1, 2, 3, 6)))
    x = np.random.default_rng(0).standard_normal((FEATURES, 7, 9))
    got = module(torch.from_numpy(x[None]).float())[0].numpy()
    np.testing.assert_allclose(got, pooling_in_numpy(x, arrays(module), (1, 2, 3, 6)), atol=1e-4)


@torch.no_grad()
def test_plain_head_is_the_reference_recipe(maps: list[np.ndarray]) -> None:
    options = HeadOptions(features=FEATURES, width=WIDTH, classes=3, detail=0, channels=2)
    head = randomise(UperNetHead(options))
    p = arrays(head)
    fused = fused_in_numpy(maps, p, options.pool_scales)
    expected = bilinear(convolve(fused, p["classify.weight"], p["classify.bias"]), 64, 96)
    got = head(as_torch(maps), torch.zeros(1, 2, 64, 96))[0].numpy()
    np.testing.assert_allclose(got, expected, atol=2e-4)


@torch.no_grad()
def test_head_with_detail_path(maps: list[np.ndarray]) -> None:
    options = HeadOptions(features=FEATURES, width=WIDTH, classes=2, detail=3, channels=2)
    head = randomise(UperNetHead(options))
    p = arrays(head)
    channels = np.random.default_rng(8).standard_normal((2, 64, 96))
    # Space to depth: each 2 x 2 block becomes four channels, row first.
    packed = channels.reshape(2, 32, 2, 48, 2).transpose(0, 2, 4, 1, 3).reshape(8, 32, 48)
    half = conv_block(conv_block(packed, p, "detail.at_half.1."), p, "detail.at_half.2.")
    quarter = conv_block(conv_block(half, p, "detail.at_quarter.0.", stride=2), p, "detail.at_quarter.1.")
    fused = fused_in_numpy(maps, p, options.pool_scales)
    x = conv_block(np.concatenate([bilinear(fused, 16, 24), quarter]), p, "detail.merge_quarter.")
    x = conv_block(np.concatenate([bilinear(x, 32, 48), half]), p, "detail.merge_half.")
    logits = convolve(x, p["classify.0.weight"], p["classify.0.bias"])
    expected = logits.reshape(2, 2, 2, 32, 48).transpose(0, 3, 1, 4, 2).reshape(2, 64, 96)
    got = head(as_torch(maps), torch.from_numpy(channels[None]).float())[0].numpy()
    np.testing.assert_allclose(got, expected, atol=2e-4)


def reference_parameters(features: int, width: int, classes: int, scales: int = 4) -> int:
    """Counted on paper: convolutions without bias, two numbers a channel of batch normalisation."""
    pyramid = 3 * (4 * features * features + features) + 2 * features
    pooling = scales * (features * width + 2 * width) + 9 * (features + scales * width) * width + 2 * width
    laterals = 3 * (features * width + 2 * width)
    smooths = 3 * (9 * width * width + 2 * width)
    fuse = 9 * 4 * width * width + 2 * width
    return pyramid + pooling + laterals + smooths + fuse + width * classes + classes


@pytest.mark.parametrize(("features", "width", "classes"), [(192, 64, 2), (768, 512, 2), (384, 128, 5)])
def test_parameter_count(features: int, width: int, classes: int) -> None:
    head = UperNetHead(HeadOptions(features=features, width=width, classes=classes, detail=0))
    assert sum(p.numel() for p in head.parameters()) == reference_parameters(features, width, classes)


def test_parameter_count_of_the_detail_path() -> None:
    f, w, d, c = 192, 64, 32, 6
    head = UperNetHead(HeadOptions(features=f, width=w, detail=d, channels=c))

    def block(i: int, o: int) -> int:
        return 9 * i * o + 2 * o

    detail = block(4 * c, d) + block(d, d) + block(d, 2 * d) + block(2 * d, 2 * d)
    detail += block(w + 2 * d, 2 * d) + block(3 * d, d)
    classify = d * 8 + 8
    expected = reference_parameters(f, w, 2) - (w * 2 + 2) + detail + classify
    assert sum(p.numel() for p in head.parameters()) == expected


@torch.no_grad()
def test_auxiliary_head_reads_the_third_map(maps: list[np.ndarray]) -> None:
    head = randomise(AuxiliaryHead(FEATURES, WIDTH, 2))
    p = arrays(head)
    x = conv_block(maps[2], p, "body.0.")
    expected = bilinear(convolve(x, p["body.2.weight"], p["body.2.bias"]), 32, 48)
    np.testing.assert_allclose(head(as_torch(maps), torch.Size((32, 48)))[0].numpy(), expected, atol=1e-4)


@torch.no_grad()
def test_conv_block_halves_with_stride_two() -> None:
    module = randomise(ConvBlock(3, 5, 3, stride=2))
    x = np.random.default_rng(1).standard_normal((3, 8, 10))
    got = module(torch.from_numpy(x[None]).float())[0].numpy()
    np.testing.assert_allclose(got, conv_block(x, arrays(module), "", stride=2), atol=1e-5)


def test_the_fourth_level_is_asked_for() -> None:
    with pytest.raises(ValueError, match="four levels"):
        UperNetHead(HeadOptions(levels=3))


@pytest.mark.parametrize("cells", [1, 2, 3, 6])
@pytest.mark.parametrize("size", [(7, 7), (9, 14), (6, 12)])
def test_pooling_by_products_is_adaptive_pooling(cells: int, size: tuple[int, int]) -> None:
    x = torch.randn(2, 5, *size, generator=torch.Generator().manual_seed(0))
    expected = torch.nn.functional.adaptive_avg_pool2d(x, cells)
    torch.testing.assert_close(pooled_by_products(x, cells), expected, rtol=1e-5, atol=1e-6)
