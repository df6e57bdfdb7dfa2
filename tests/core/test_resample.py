"""The two directions between input grid and model grid."""

from __future__ import annotations

import numpy as np
import pytest

from dem_segmenter.elevation.resample import apply_weights, axis_weights, resample

RATIOS = [0.3, 0.75, 1.0, 1.25, 4.0 / 3.0, 2.0, 3.7]


@pytest.mark.parametrize("ratio", RATIOS)
def test_rows_sum_to_one_and_edges_hold(ratio: float) -> None:
    size = 50
    weights = axis_weights(0, round(size / ratio), ratio, size)
    assert weights.first == 0
    assert weights.last == size
    np.testing.assert_allclose(weights.matrix.sum(axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(weights.matrix @ np.full(size, 321.5, np.float32), 321.5, rtol=1e-6)


def test_same_resolution_is_identity() -> None:
    weights = axis_weights(3, 9, 1.0, 20)
    values = np.arange(weights.first, weights.last, dtype=np.float32)
    np.testing.assert_array_equal(weights.matrix @ values, np.arange(3, 9))


@pytest.mark.parametrize("ratio", RATIOS)
def test_a_slope_stays_a_slope(ratio: float) -> None:
    size = 120
    count = round(size / ratio)
    ramp = np.arange(size, dtype=np.float32) + 0.5
    weights = axis_weights(0, count, ratio, size)
    out = weights.matrix @ ramp
    inner = slice(round(4 / ratio) + 4, -(round(4 / ratio) + 4))
    expected = (np.arange(count) + 0.5) * ratio
    # Triangles sampled at whole pixels are not perfectly balanced when going coarser: a few hundredths of a pixel.
    np.testing.assert_allclose(out[inner], expected[inner], atol=0.05 * max(ratio, 1.0) if ratio > 1 else 1e-4)


@pytest.mark.parametrize("ratio", RATIOS)
def test_windows_agree_with_the_whole(ratio: float) -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(800.0, 5.0, (90, 70)).astype(np.float32)
    rows, cols = round(90 / ratio), round(70 / ratio)
    down, across = axis_weights(0, rows, ratio, 90), axis_weights(0, cols, ratio, 70)
    whole, _ = apply_weights(z, None, down, across)
    for r0, r1, c0, c1 in ((0, rows // 2, 3, cols), (rows // 2, rows, 0, 7), (5, 6, 5, 6)):
        part_down, part_across = axis_weights(r0, r1, ratio, 90), axis_weights(c0, c1, ratio, 70)
        window = z[part_down.first : part_down.last, part_across.first : part_across.last]
        part, _ = apply_weights(window, None, part_down, part_across)
        np.testing.assert_allclose(part, whole[r0:r1, c0:c1], atol=1e-3)


def test_unknown_pixels_carry_no_weight() -> None:
    z = np.full((40, 40), 1500.0, np.float32)
    valid = np.ones((40, 40), bool)
    valid[10:20, 10:20] = False
    z[~valid] = -9999.0
    out, known = resample(z, valid, (20, 20))
    np.testing.assert_allclose(out[known], 1500.0, atol=1e-3)
    assert not known[6:9, 6:9].any()
    assert known[:4].all()
    np.testing.assert_array_equal(out[~known], 0.0)


def test_coarser_averages_and_does_not_alias() -> None:
    checker = (np.indices((64, 64)).sum(axis=0) % 2).astype(np.float32)
    out, _ = resample(checker, None, (16, 16))
    np.testing.assert_allclose(out[1:-1, 1:-1], 0.5, atol=1e-5)
