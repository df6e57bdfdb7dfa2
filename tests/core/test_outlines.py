"""Outlines that follow the surface's edges."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from segmenting import FakeModel, card, read, run_segmenter, write_dem

from dem_segmenter.inference import outlines
from dem_segmenter.inference.outlines import ALL_ALONG_RADIUS, LIKE_ELEVATION, SPREAD, UNLIKE, OutlineFilter, neighbours

RNG = np.random.default_rng(0)
ROUGH = RNG.normal(0.0, 1.0, (23, 19)).astype(np.float32)
VALUES = RNG.random((2, 23, 19)).astype(np.float32)
KNOWN = RNG.random((23, 19)) > 0.1


def one_by_one(values: np.ndarray, radius: float, size_x: float, size_y: float) -> np.ndarray:
    """The filter's definition, pixel by pixel, where every pixel within the radius counts."""
    out = values.copy()
    for row, col in zip(*np.nonzero(KNOWN), strict=True):
        total = weights = 0.0
        for y, x in zip(*np.nonzero(KNOWN), strict=True):
            square = (size_y * (y - row)) ** 2 + (size_x * (x - col)) ** 2
            if square > (1.02 * radius) ** 2:
                continue
            if square == 0.0:
                total, weights = total + float(values[y, x]), weights + 1.0
                continue
            step = float(ROUGH[y, x] - ROUGH[row, col])
            weight = (math.exp(-0.5 * (step / LIKE_ELEVATION) ** 2) + UNLIKE) * math.exp(
                -0.5 * square / (SPREAD * radius) ** 2
            )
            total, weights = total + weight * float(values[y, x]), weights + weight
        out[row, col] = total / weights
    return out


@pytest.mark.parametrize("size", [(1.0, 1.0), (0.5, 1.0), (1.0, 2.0), (2.0, 2.0)])
def test_each_pixel_becomes_the_mean_of_those_like_it_around(size: tuple[float, float]) -> None:
    out, known, _ = OutlineFilter([3.0, 0.0], size).push(VALUES, KNOWN, ROUGH, last=True)
    np.testing.assert_array_equal(known, KNOWN)
    np.testing.assert_allclose(out[0][KNOWN], one_by_one(VALUES[0], 3.0, *size)[KNOWN], atol=1e-6)
    np.testing.assert_array_equal(out[1], VALUES[1])


@pytest.mark.parametrize("cuts", [(0,), (1, 1, 9, 11), tuple(range(23)), (22,)])
def test_what_comes_out_does_not_depend_on_how_rows_come(cuts: tuple[int, ...]) -> None:
    whole, whole_known, _ = OutlineFilter([3.0, 1.0], (1.0, 1.0)).push(VALUES, KNOWN, ROUGH, last=True)
    streamed, parts, edges = OutlineFilter([3.0, 1.0], (1.0, 1.0)), [], [0, *cuts, 23]
    for start, stop in itertools.pairwise(edges):
        parts.append(streamed.push(VALUES[:, start:stop], KNOWN[start:stop], ROUGH[start:stop]))
    parts.append(streamed.push(VALUES[:, :0], KNOWN[:0], ROUGH[:0], last=True))
    np.testing.assert_array_equal(np.concatenate([known for _, known, _ in parts]), whole_known)
    np.testing.assert_array_equal(np.concatenate([elevation for *_, elevation in parts]), ROUGH)
    out = np.concatenate([values for values, *_ in parts], axis=1)
    np.testing.assert_array_equal(out[:, KNOWN], whole[:, KNOWN])
    assert parts[-1][0].shape[1] == 3  # only rows within the radius wait


def test_unknown_pixels_have_no_say() -> None:
    odd = np.where(KNOWN, VALUES, 1e6).astype(np.float32)
    heights = np.where(KNOWN, ROUGH, 0.0).astype(np.float32)
    a, *_ = OutlineFilter([3.0, 3.0], (1.0, 1.0)).push(VALUES, KNOWN, ROUGH, last=True)
    b, *_ = OutlineFilter([3.0, 3.0], (1.0, 1.0)).push(odd, KNOWN, heights, last=True)
    np.testing.assert_allclose(a[:, KNOWN], b[:, KNOWN], rtol=1e-5)


def test_a_constant_stays_and_classes_still_add_up() -> None:
    shares = np.stack([VALUES[0], 1.0 - VALUES[0]])
    out, *_ = OutlineFilter([2.0, 2.0], (0.5, 0.5)).push(shares, KNOWN, ROUGH, last=True)
    np.testing.assert_allclose(out.sum(0)[KNOWN], 1.0, atol=1e-5)


def test_coarse_rasters_are_left_alone_and_fine_ones_cost_little() -> None:
    assert neighbours(3.0, (3.5, 3.5)) == []
    assert neighbours(0.0, (0.5, 0.5)) == []
    assert [(row, col) for row, col, _ in neighbours(1.0, (1.0, 1.0))] == [(0, 1), (1, 0)]
    for size in (0.5, 0.1, 0.01):
        found = neighbours(3.0, (size, size))
        most = max(math.hypot(row, col) * size for row, col, _ in found)
        assert 2.5 < most <= 3.06
        assert len(found) <= 2 * (ALL_ALONG_RADIUS + 2) ** 2
        # Chains of neighbours reach every pixel: none belongs to a grid of its own.
        assert {(0, 1), (1, 0), (1, 1), (1, -1)} <= {(row, col) for row, col, _ in found}


@pytest.mark.parametrize("radius", [0.0, 3.0])
def test_an_outline_moves_to_the_wall(tmp_path: Path, radius: float) -> None:
    """A network that sees through blurred eyes: the outline lies beside the wall, and on it with the filter."""
    z = np.full((96, 96), 100.0, np.float32)
    house = np.zeros(z.shape, bool)
    house[34:58, 30:60] = True
    z[house] += 6.0
    z += np.random.default_rng(1).normal(0.0, 0.05, z.shape).astype(np.float32)
    dem = write_dem(tmp_path / "dem.tif", z)
    model = FakeModel(card(edge_radius=radius, threshold=0.3), blur=2, reach=24)
    _, mask, _ = run_segmenter(dem, tmp_path, model, overlap=0.5)
    found = read(mask) == 1
    wrong = np.count_nonzero(found != house)
    assert wrong < 5 if radius else wrong > 80  # without, most of a rim of one pixel


def test_classes_of_two_heads_keep_their_own_radius(tmp_path: Path) -> None:
    dem = write_dem(tmp_path / "dem.tif", np.random.default_rng(2).normal(100.0, 2.0, (96, 96)).astype(np.float32))
    sharp, plain = card("sharp", ["a"], edge_radius=3.0), card("plain", ["b"], first_value=2)
    _, _, both = run_segmenter(dem, tmp_path, FakeModel(sharp, plain))
    bands = [read(both, band) for band in (1, 2)]
    _, _, unfiltered = run_segmenter(dem, tmp_path, FakeModel(card("x", ["a"]), plain))
    before = [read(unfiltered, band) for band in (1, 2)]
    np.testing.assert_array_equal(bands[1], before[1])
    assert np.abs(bands[0] - before[0]).max() > 0.05


def test_columns_are_cut_where_nobody_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, *_ = OutlineFilter([3.0, 1.0], (1.0, 1.0)).push(VALUES, KNOWN, ROUGH, last=True)
    monkeypatch.setattr(outlines, "BLOCK", 5)
    cut, *_ = OutlineFilter([3.0, 1.0], (1.0, 1.0)).push(VALUES, KNOWN, ROUGH, last=True)
    np.testing.assert_array_equal(cut[:, KNOWN], whole[:, KNOWN])
