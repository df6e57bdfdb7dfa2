"""Walls at right angles: what is built is told from what grew, whatever it looks like from within."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from scipy import ndimage
from segmenting import METRE_GRID, FakeModel, card, read, run_segmenter, write_dem

from dem_segmenter.elevation.encoding import ReliefEncoding
from dem_segmenter.inference.right_angles import margin, right_angles, with_evidence
from dem_segmenter.modelfiles.card import Card


def houses(side: int = 160, resolution: float = 0.5, turned: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Flat roofs of 8 x 12 m in a row, turned by degrees: elevation, metres, and where they are."""
    rows, cols = (np.indices((side, side)) + 0.5) * resolution
    angle, middle = np.radians(turned), side * resolution / 2
    x = (cols - middle) * np.cos(angle) + (rows - middle) * np.sin(angle)
    y = (rows - middle) * np.cos(angle) - (cols - middle) * np.sin(angle)
    inside = (np.abs(y) < 4) & (np.abs((x + 10) % 20 - 10) < 6) & (np.abs(x) < 27)
    return (100.0 + 5.0 * inside).astype(np.float32), inside


def crowns(side: int = 160, resolution: float = 0.5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Smooth domes of 6 to 12 m: elevation, metres, and where they are."""
    rng = np.random.default_rng(seed)
    rows, cols = (np.indices((side, side)) + 0.5) * resolution
    z = np.zeros((side, side))
    for _ in range(40):
        radius, (row, col) = rng.uniform(3, 6), rng.uniform(15, side * resolution - 15, 2)
        z = np.maximum(z, 1.3 * np.sqrt(np.maximum(radius**2 - (rows - row) ** 2 - (cols - col) ** 2, 0.0)))
    return (100.0 + z).astype(np.float32), z > 2.0


def evidence(z: np.ndarray, resolution: float = 0.5, pixel: float = 0.5, valid: np.ndarray | None = None) -> np.ndarray:
    known = np.ones(z.shape, bool) if valid is None else valid
    return right_angles(z, known, np.maximum(z - 100.0, 0.0), resolution, pixel)


@pytest.mark.parametrize("turned", [0.0, 20.0, 45.0])
@pytest.mark.parametrize("resolution", [0.5, 0.75])
def test_houses_gain_and_crowns_lose(turned: float, resolution: float) -> None:
    side = round(80 / resolution)
    z, inside = houses(side, resolution, turned)
    built = evidence(z, resolution, resolution)
    assert np.median(built[ndimage.binary_erosion(inside, iterations=3)]) > 0.3
    z, inside = crowns(side, resolution)
    assert np.median(evidence(z, resolution, resolution)[inside]) < -0.1


def test_a_house_among_trees_is_told_from_them() -> None:
    z, inside = houses()
    trees, grown = crowns(seed=1)
    both = np.where(ndimage.binary_dilation(inside, iterations=3), z, np.maximum(z, trees))
    found = evidence(both.astype(np.float32))
    apart = grown & ~ndimage.binary_dilation(inside, iterations=24)
    assert apart.sum() > 1000
    assert np.median(found[inside]) > np.median(found[apart]) + 0.15


def test_ground_and_the_middle_of_a_large_roof_gain_and_lose_nothing() -> None:
    z, inside = houses()
    low = right_angles(z, np.ones(z.shape, bool), np.where(inside, 5.0, 0.9).astype(np.float32), 0.5, 0.5)
    assert not low[~inside].any()
    slope = (0.3 * np.arange(160, dtype=np.float32))[None].repeat(160, 0) + 120.0
    assert evidence(slope).max() < 0.01, "a hillside or a bank has no opposite side"
    roof = np.full((400, 400), 100.0, np.float32)
    roof[40:360, 40:360] = 112.0
    found = evidence(roof)
    assert abs(found[180:220, 180:220]).max() < 0.01
    assert abs(found[40:60, 180:220]).max() < 0.05, "a wall alone may be a quarry's"
    assert found[45:55, 45:55].min() > 0.2


def test_outlines_do_not_grow_down_their_walls() -> None:
    z, inside = houses()
    ramp = ndimage.uniform_filter(z, 5)
    found = evidence(ramp)
    assert found[ramp > 104.9].min() > 0.2
    assert found[(ramp > 101.0) & (ramp < 102.5)].max() <= 0.0 < inside.sum()


def test_what_is_unknown_has_no_say() -> None:
    z, inside = crowns()
    known = np.ones(z.shape, bool)
    known[60:100, 60:100] = False
    gap = np.where(known, z, -9999.0).astype(np.float32)
    found = evidence(gap, valid=known)
    assert not found[60:100, 60:100].any()
    assert np.median(found[inside & known]) < -0.1, "the straight edges of a gap are no walls"
    np.testing.assert_array_equal(found, evidence(np.where(known, z, 0.0).astype(np.float32), valid=known))


def test_pixels_that_no_return_fell_in_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    for make, sign in ((houses, 1.0), (crowns, -1.0)):
        z, inside = make()
        known = rng.random(z.shape) > 0.15
        whole, holed = evidence(z), evidence(np.where(known, z, -9999.0).astype(np.float32), valid=known)
        inner = ndimage.binary_erosion(inside, iterations=3)
        assert sign * np.median(holed[inner & known]) > 0.8 * sign * np.median(whole[inner]) > 0.0


def test_a_window_with_its_margin_is_as_the_whole() -> None:
    z = np.tile(houses()[0], (3, 3))
    m = margin(0.5, 0.5)
    inner, outer = np.s_[200:280, 170:300], np.s_[200 - m : 280 + m, 170 - m : 300 + m]
    part = evidence(z[outer])[m:-m, m:-m]
    np.testing.assert_allclose(part, evidence(z)[inner], atol=2e-4)


def test_probabilities_are_those_of_logits_that_gained() -> None:
    rng = np.random.default_rng(0)
    logits = [rng.normal(0, 3, (2, k, 8, 9)) for k in (3, 2)]
    found = rng.uniform(-0.35, 0.65, (2, 8, 9)).astype(np.float32)

    def softmax(x: np.ndarray) -> np.ndarray:
        return np.exp(x) / np.exp(x).sum(1, keepdims=True)

    before = np.concatenate([softmax(x)[:, 1:] for x in logits], 1).astype(np.float32)
    moved = logits[0].copy()
    moved[:, 1] += 3.0 * found
    moved[:, 2] += 1.0 * found
    after = with_evidence(before, found, np.array([3.0, 1.0, 0.0], np.float32), np.array([0, 0, 1]))
    np.testing.assert_allclose(after[:, :2], softmax(moved)[:, 1:], rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(after[:, 2], before[:, 2])
    np.testing.assert_array_equal(with_evidence(before[:1] * 0, found[:1], np.ones(3, np.float32), np.zeros(3)), 0.0)
    certain = with_evidence(np.ones((1, 1, 1, 1), np.float32), found[:1, :1, :1], np.ones(1, np.float32), np.zeros(1))
    assert certain == 1.0


class Unsure(FakeModel):
    """Half sure of whatever stands; reads relief as the embedded encoder does."""

    def __init__(self, *cards: Card) -> None:
        super().__init__(*cards)
        self.encoding = ReliefEncoding()

    def predict(self, channels: np.ndarray) -> list[np.ndarray]:
        self.batches.append(len(channels))
        p = np.where(channels[:, 1] > 0.25, 0.5, 0.02)
        return [np.stack([1.0 - p, p], axis=1).astype(np.float32)]


class Scarce(Unsure):
    """Runs out of memory at the first batch; two heads of which the first is as unsure, the second a little surer."""

    def __init__(self, *cards: Card, fails: int = 0) -> None:
        super().__init__(*cards)
        self.fails = fails

    def predict(self, channels: np.ndarray) -> list[np.ndarray]:
        if self.fails:
            self.fails -= 1
            raise MemoryError
        (one,) = super().predict(channels)
        other = np.where(channels[:, 1] > 0.25, 0.6, 0.1).astype(np.float32)
        return [one, np.stack([1.0 - other, other], axis=1)]


def test_each_tile_has_its_own_evidence_and_each_head_its_own_gain(tmp_path: Path) -> None:
    dem = write_dem(tmp_path / "dem.tif", np.tile(houses(200)[0], (1, 2)), transform=METRE_GRID * Affine.scale(0.5))
    asked = card(threshold=0.5, tile=64, overlap=0.5, right_angles_bonus=3.5)
    other = card("sheds", ["shed"], first_value=2, threshold=0.5, tile=64, overlap=0.5)
    found = {}
    for name, fails, batch in (("one", 0, 1), ("retried", 1, 6)):
        (folder := tmp_path / name).mkdir()
        _, _, path = run_segmenter(dem, folder, Scarce(asked, other, fails=fails), batch_size=batch)
        found[name] = np.stack([read(path, 1), read(path, 2)])
    np.testing.assert_allclose(found["retried"], found["one"], atol=1e-3)
    assert found["one"][0].max() > 0.75
    (folder := tmp_path / "without").mkdir()
    _, _, path = run_segmenter(dem, folder, Scarce(replace(asked, right_angles_bonus=0.0), other), batch_size=1)
    np.testing.assert_array_equal(read(path, 2), found["one"][1])


def test_a_run_finds_houses_and_leaves_trees(tmp_path: Path) -> None:
    z, built = houses(240)
    trees, grown = crowns(240, seed=2)
    z = np.concatenate([z, trees], 1)
    inside = np.concatenate([built, np.zeros_like(built)], 1)
    outside = np.concatenate([np.zeros_like(grown), grown], 1)
    dem = write_dem(tmp_path / "dem.tif", z, transform=METRE_GRID * Affine.scale(0.5))
    asked = card(threshold=0.5, min_area=0.0, tile=64, overlap=0.5)
    masks = {}
    for gain in (0.0, 3.0):
        (folder := tmp_path / f"{gain}").mkdir()
        _, mask, _ = run_segmenter(dem, folder, Unsure(replace(asked, right_angles_bonus=gain)))
        masks[gain] = read(mask) == 1
    assert masks[0.0][inside].mean() > 0.9
    assert masks[0.0][outside].mean() > 0.9
    assert masks[3.0][inside].mean() > 0.9
    assert masks[3.0][outside].mean() < 0.1
