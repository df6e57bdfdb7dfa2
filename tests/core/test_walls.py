"""Large objects without walls are no buildings: embankments, dams, spoil heaps."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from segmenting import FakeModel, card, read, run_segmenter, write_dem

from dem_segmenter.inference.classes import MASK_NODATA, decide, output_classes, surely
from dem_segmenter.inference.cleanup import ObjectFilter, ObjectRule, pixels_for
from dem_segmenter.inference.mask_rows import MaskRows
from dem_segmenter.inference.walls import walls


def ridge(shape: tuple[int, int], size: tuple[float, float], height: float, slope: float) -> np.ndarray:
    """From top to bottom, 15 m to each side level, then as steep as said; ``(H, W) float32, metres``."""
    across = np.abs((np.arange(shape[1]) + 0.5) * size[0] - shape[1] * size[0] / 2)
    return np.tile(height - np.clip((across - 15.0) * slope, 0.0, height), (shape[0], 1)).astype(np.float32)


def outline_share(mask: np.ndarray, z: np.ndarray, size: tuple[float, float], known: np.ndarray | None = None) -> float:
    """Share of a mask's left and right edges that is wall."""
    wall = walls(mask, z, np.ones(z.shape, bool) if known is None else known, size)
    assert not (wall & ~mask).any()
    return float(wall[mask & ~ndimage.binary_erosion(mask, [[1, 1, 1]])].mean())


@pytest.mark.parametrize("size", [(0.25, 0.25), (0.5, 0.5), (1.0, 1.0), (2.0, 2.0), (1.0, 1.6), (1.6, 1.0)])
def test_walls_are_told_from_banks(size: tuple[float, float]) -> None:
    shape = round(40 / size[1]), round(80 / size[0])
    wall = ridge(shape, size, 4.0, 1e6)
    for high in (3.9, 0.1):
        assert outline_share(wall > high, wall, size) == 1.0
    wider = ndimage.binary_dilation(wall > 2.0, [[1, 1, 1]])
    assert outline_share(wider, wall, size) == 1.0, "an outline need not be right to the pixel"
    for height in (4.0, 12.0):
        bank = ridge(shape, size, height, 0.7)
        for high in (0.99, 0.5, 0.1):
            assert outline_share(bank > high * height, bank, size) == 0.0
    assert outline_share(wall > 0.1, wall * 0.35, size) == 0.0, "a kerb, a terrace of 1.4 m"


def test_where_trees_hide_the_ground_there_is_no_wall() -> None:
    z = ridge((40, 80), (1.0, 1.0), 4.0, 0.6)
    top = z > 3.9
    overgrown = z + 6.0 * (~top & (np.indices(z.shape).sum(0) % 4 < 3))
    assert outline_share(top, overgrown.astype(np.float32), (1.0, 1.0)) == 0.0, "what is higher outside is no wall"
    # From a crown's edge to the next, lower one is no wall where the ground is much lower.
    crowns = np.full((40, 80), 100.0, np.float32)
    crowns[:, 20:60] += 15.0
    crowns[:, 60:64] += 10.0
    crowns[:, 16:20] += 10.0
    inner = np.zeros(z.shape, bool)
    inner[:, 20:60] = True
    assert outline_share(inner, crowns, (1.0, 1.0)) == 0.0


def test_what_is_unknown_is_no_wall() -> None:
    z = ridge((40, 80), (1.0, 1.0), 4.0, 0.5)
    known = np.ones(z.shape, bool)
    known[10:20, 20:60] = False
    assert outline_share(z > 3.9, np.where(known, z, 1e4).astype(np.float32), (1.0, 1.0), known) == 0.0
    assert outline_share(z > 3.9, np.where(known, z, -1e4).astype(np.float32), (1.0, 1.0), known) == 0.0
    assert not walls(z > 3.9, z, np.zeros_like(known), (1.0, 1.0)).any()


def web(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A mask of two classes and unknown places, and where there are walls: along some outlines, not along others."""
    rng = np.random.default_rng(seed)

    def smooth(*spread: float) -> np.ndarray:
        return np.asarray(ndimage.gaussian_filter(rng.normal(size=(150, 60)), spread))

    mask = (smooth(6, 2) > 0.03).astype(np.uint8)
    mask[smooth(6, 2) > 0.08] = 2
    mask[40:50, 20:24] = MASK_NODATA
    return mask, smooth(5, 5) > 0


def cleaned(mask: np.ndarray, wall: np.ndarray, rule: ObjectRule) -> np.ndarray:
    """The definition, object by object."""
    out = mask.copy()
    for value in (1, 2):
        labels, count = ndimage.label(mask == value)
        for number in range(1, count + 1):
            pixels = np.argwhere(labels == number)
            if len(pixels) < max(rule.min_pixels, 1):
                out[labels == number] = 0
            if len(pixels) < rule.large_pixels:
                continue
            rim = []
            for row, col in pixels:
                around = [(row - 1, col), (row + 1, col), (row, col - 1), (row, col + 1)]
                inside = [(r, c) for r, c in around if 0 <= r < mask.shape[0] and 0 <= c < mask.shape[1]]
                if any(mask[place] not in (value, MASK_NODATA) for place in inside):
                    rim.append(wall[row, col])
            if sum(rim) < rule.walled * len(rim):
                out[labels == number] = 0
    return out


@pytest.mark.parametrize("chunk", [1, 4, 9, 64, 150])
@pytest.mark.parametrize("rule", [ObjectRule(walled=0.5, large_pixels=40), ObjectRule(20, 0, 0.35, 100)])
def test_objects_without_walls_go_as_if_the_whole_were_there(chunk: int, rule: ObjectRule) -> None:
    mask, wall = web(chunk)
    expected = cleaned(mask, wall, rule)
    large = cleaned(mask, np.ones_like(wall), rule)
    assert np.count_nonzero(expected) < np.count_nonzero(large)
    assert (expected == 1).any()
    assert (expected == 2).any()
    cleaner = ObjectFilter({1: rule, 2: rule})
    parts = [cleaner.push(mask[row : row + chunk], walls=wall[row : row + chunk]) for row in range(0, len(mask), chunk)]
    parts.append(cleaner.push(mask[:0], walls=wall[:0], last=True))
    np.testing.assert_array_equal(np.concatenate(parts), expected)


def test_objects_do_not_wait_for_their_walls_for_ever() -> None:
    cleaner = ObjectFilter({1: ObjectRule(walled=0.5, large_pixels=40)}, most_waiting=50 * 40)
    tall, wall = np.zeros((10, 50), np.uint8), np.zeros((10, 50), bool)
    tall[:, 5:20] = 1
    bare = [cleaner.push(tall, walls=wall) for _ in range(30)]
    assert sum(map(len, bare)) >= 300 - 40
    assert not np.concatenate(bare).any()
    cleaner = ObjectFilter({1: ObjectRule(walled=0.5, large_pixels=40)}, most_waiting=50 * 40)
    walled = [cleaner.push(tall, walls=~wall) for _ in range(30)]
    assert sum(map(len, walled)) >= 300 - 40
    out = np.concatenate([*walled, cleaner.push(tall[:0], walls=wall[:0], last=True)])
    assert (out[:, 5:20] == 1).all()


@pytest.mark.parametrize("cuts", [(), (1, 1, 9, 11, 60), tuple(range(150)), (149,)])
def test_the_mask_does_not_depend_on_how_rows_come(cuts: tuple[int, ...]) -> None:
    rng = np.random.default_rng(2)
    values = ndimage.gaussian_filter(rng.normal(size=(2, 150, 60)), (0, 4, 3)).astype(np.float32)
    values = 0.5 + values / values.std() / 8
    known = ndimage.gaussian_filter(rng.normal(size=(150, 60)), 3) > -0.15
    elevation = (8.0 * (ndimage.gaussian_filter(rng.normal(size=(150, 60)), 3) > 0.0)).astype(np.float32)
    asked = [card(name="one", walled=0.4, min_area=30.0), card(name="two", max_width=9.0, object_threshold=0.6)]
    classes = output_classes(asked)
    whole = MaskRows(classes, (1.0, 2.0)).push(values, known, elevation, last=True)
    for value, other in ((1, 2), (2, 1)):
        plain = decide(values, known, classes)
        assert 0 < np.count_nonzero(whole == value) < np.count_nonzero(plain == value)
        assert not ((whole == value) & (plain == other)).any()
    assert surely(values, whole, classes).any()
    streamed, edges = MaskRows(classes, (1.0, 2.0)), [0, *cuts, 150]
    parts = [
        streamed.push(values[:, start:stop], known[start:stop], elevation[start:stop])
        for start, stop in itertools.pairwise(edges)
    ]
    parts.append(streamed.push(values[:, :0], known[:0], elevation[:0], last=True))
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_a_run_drops_a_dam_and_keeps_the_hall_beside_it(tmp_path: Path, share: float) -> None:
    z = np.full((150, 160), 100.0, np.float32)
    z[:, :70] += ridge((150, 70), (1.0, 1.0), 6.0, 0.6)
    z[40:100, 100:140] += 6.0  # a hall
    rows, cols = np.mgrid[:150, :160]
    z += np.clip(4.0 - 0.6 * np.hypot(rows - 20, cols - 120), 0.0, None).astype(np.float32)  # small: left alone
    dem = write_dem(tmp_path / "dem.tif", z)
    _, mask, probability = run_segmenter(dem, tmp_path, FakeModel(card(walled=share), reach=60), overlap=0.5)
    found = read(mask) == 1
    assert found[40:100, 100:140].all()
    assert found[18:23, 118:123].all()
    assert found[:, 25:45].any() == (share == 0.0)
    assert (read(probability)[:, 25:45] > 0.9).all()


def test_the_user_can_have_everything() -> None:
    head = card(walled=0.35)
    assert output_classes([head])[0].walled == 0.35
    assert output_classes([head], min_area=5.0)[0].walled == 0.35
    assert output_classes([head], min_area=0.0)[0].walled == 0.0
    assert ObjectRule.for_class(12.0, 0.75, 0.25, 0.35) == ObjectRule(48, 16, 0.35, pixels_for(150.0, 0.25))
