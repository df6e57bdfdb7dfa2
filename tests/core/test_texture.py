"""What a head is told of the surface beside the encoder's features: its texture, and where it is a plane."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage

from dem_segmenter.elevation.encoding import ReliefEncoding
from dem_segmenter.network.texture import PLANE_WINDOW, SurfaceTexture, planarity
from dem_segmenter.network.upernet import HeadOptions, UperNetHead, start_from

RESOLUTION = 0.75


def texture(z: np.ndarray, window: int = 9) -> np.ndarray:
    channels = ReliefEncoding().encode(z.astype(np.float32), np.ones(z.shape, bool), RESOLUTION)
    return SurfaceTexture(window)(torch.from_numpy(channels)[None])[0].numpy()


def flat(z: np.ndarray) -> np.ndarray:
    channels = ReliefEncoding().encode(z.astype(np.float32), np.ones(z.shape, bool), RESOLUTION)
    return planarity(torch.from_numpy(channels)[None])[0, 0].numpy()


def house(rng: np.random.Generator) -> np.ndarray:
    """A gabled roof of 14 by 20 m on level ground, measured to 3 cm."""
    z = np.zeros((96, 96))
    across = np.abs(np.arange(18) - 8.5)
    z[30:57, 40:58] = 6.0 - 0.5 * across * RESOLUTION
    return z + rng.normal(0, 0.03, z.shape)


def test_it_is_the_capped_laplacian_of_fine_relief_and_its_mean() -> None:
    rng = np.random.default_rng(0)
    z = 80.0 + ndimage.gaussian_filter(rng.normal(0, 6, (80, 90)), 1.0) + house(rng)[:80, :90]
    fine = z - ndimage.gaussian_filter(z, ReliefEncoding().fine_sigma / RESOLUTION, truncate=3.0)
    broken = np.minimum(np.abs(ndimage.laplace(fine, mode="nearest")), 1.0)
    got = texture(z)
    assert np.allclose(got[0], broken, atol=2e-3)
    inside = np.s_[4:-4, 4:-4]
    assert np.allclose(got[1][inside], ndimage.uniform_filter(broken, 9)[inside], atol=2e-3)
    assert 0.0 < broken.mean() < 1.0


def test_a_crown_is_broken_and_a_gabled_roof_is_not() -> None:
    rng = np.random.default_rng(1)
    roof = texture(house(rng))[1]
    crown = texture(8.0 + rng.normal(0, 1.0, (96, 96)))[1]
    assert roof[36:50, 44:54].max() < 0.4
    assert crown[36:50, 44:54].min() > 0.7


def test_a_plane_is_the_least_deviation_over_all_windows_with_the_pixel() -> None:
    rng = np.random.default_rng(2)
    z = 80.0 + ndimage.gaussian_filter(rng.normal(0, 2, (60, 70)), 1.5) + house(rng)[:60, :70]
    broad = z - ndimage.gaussian_filter(z, ReliefEncoding().broad_sigma / RESOLUTION, truncate=3.0)
    half = PLANE_WINDOW // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1].reshape(2, -1)
    plane = np.stack([np.ones_like(x), y, x], axis=1).astype(float)
    deviation = np.full(z.shape, np.inf)
    for row in range(half, 60 - half):
        for column in range(half, 70 - half):
            seen = broad[row - half : row + half + 1, column - half : column + half + 1].ravel()
            left = seen - plane @ np.linalg.lstsq(plane, seen, rcond=None)[0]
            deviation[row, column] = np.sqrt((left**2).mean())
    inside = np.s_[2 * half : -2 * half, 2 * half : -2 * half]  # windows that lie whole on the raster
    least = ndimage.minimum_filter(deviation, PLANE_WINDOW)[inside]
    expected = 1.0 - np.minimum(np.log1p(least / 0.05) / np.log1p(0.35 / 0.05), 1.0)
    assert expected.min() < 0.3
    assert expected.max() > 0.6
    assert np.allclose(flat(z)[inside], expected, atol=5e-3)


def test_both_sides_of_a_roof_are_planes_and_smooth_crowns_are_not() -> None:
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:96, :96] * RESOLUTION
    crowns = 8.0 + 3.0 * np.sin(x * 2 * np.pi / 8.0) * np.sin(y * 2 * np.pi / 8.0)  # domes, no leaf
    crown = flat(crowns)[30:57, 40:58]
    roof = flat(house(rng))[30:57, 40:58]
    assert np.quantile(roof, 0.02) > 0.6  # eaves and ridge with it
    assert crown.mean() < 0.2
    assert crown.max() < 0.5


def test_a_head_that_is_told_of_texture_begins_as_one_that_is_not() -> None:
    torch.manual_seed(0)
    plain = UperNetHead(HeadOptions(features=8, width=8, detail=8)).eval()
    told = UperNetHead(replace(plain.options, texture=9)).eval()
    start_from(told, plain)
    features, channels = [torch.randn(1, 8, 4, 4) for _ in range(4)], torch.randn(1, 7, 64, 64)
    before = plain(features, channels)
    assert torch.equal(told(features, channels), before)
    told(features, channels).sum().backward()
    gradient = told.detail.at_half[1][0].weight.grad  # the zeros it begins with can be learned from
    assert gradient is not None
    assert gradient[:, 4 * 7 :].abs().max() > 0
    with pytest.raises(ValueError, match="differ"):
        start_from(plain, told)
    assert HeadOptions.from_json(told.options.to_json()) == told.options
    assert HeadOptions.from_json({k: v for k, v in told.options.to_json().items() if k != "texture"}).texture == 0


def test_a_window_has_a_middle() -> None:
    with pytest.raises(ValueError, match="odd"):
        SurfaceTexture(8)
