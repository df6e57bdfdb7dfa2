"""The parts of the segmenter by themselves: tiles, blending, classes, small objects, bare earth, reading ahead."""

from __future__ import annotations

import itertools
import threading
import time

import numpy as np
import pytest
from scipy import ndimage
from segmenting import card, town

from dem_segmenter.errors import OptionError
from dem_segmenter.inference.bare_earth import ReliefStatistics, looks_like_bare_earth
from dem_segmenter.inference.blend import BlendStrip, raised_cosine
from dem_segmenter.inference.classes import decide, output_classes, rounded
from dem_segmenter.inference.cleanup import ObjectFilter, ObjectRule, pixels_for
from dem_segmenter.inference.rasters import overview_count
from dem_segmenter.inference.reader import read_ahead
from dem_segmenter.inference.segmenter import AUGMENTATIONS, _turn, _turn_back, out_of_memory
from dem_segmenter.inference.tiles import TileLayout, tile_starts

# Tiles


@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("size", [1, 31, 32, 33, 47, 64, 65, 200])
def test_tiles_cover_everything_and_stay_inside(size: int, overlap: float) -> None:
    starts = tile_starts(size, 32, overlap)
    assert starts == sorted(set(starts))
    covered = np.zeros(max(size, 32), bool)
    for start in starts:
        covered[start : start + 32] = True
    assert covered.all()
    assert starts[-1] + 32 == max(size, 32)
    assert all(b - a <= 32 - round(32 * overlap) for a, b in itertools.pairwise(starts))


def test_a_raster_of_one_tile_has_one_tile() -> None:
    layout = TileLayout.make(32, 20, 32, 0.5)
    assert len(layout) == 1
    assert layout.finished_rows(0) == 32


def test_groups_are_neighbours() -> None:
    layout = TileLayout.make(32, 200, 32, 0.0)
    assert [len(group) for group in layout.groups(3)] == [3, 3, 1]


# Blending


def test_blending_is_exact() -> None:
    """Against the whole sums in float64, with tiles missing and rows taken early."""
    rng = np.random.default_rng(0)
    layout = TileLayout.make(100, 75, 32, 0.4)
    strip = BlendStrip(2, 75, 32)
    window = np.outer(raised_cosine(32), raised_cosine(32)).astype(np.float64)
    sums, weights = np.zeros((2, 100, 75)), np.zeros((100, 75))
    taken, known = [], []
    for index, row in enumerate(layout.row_starts):
        for col in layout.col_starts:
            if (index, col) == (1, layout.col_starts[1]):
                continue  # a skipped tile
            tile = rng.random((2, 32, 32), dtype=np.float32)
            strip.add(row, col, tile)
            sums[:, row : row + 32, col : col + 32] += tile * window
            weights[row : row + 32, col : col + 32] += window
        values, mask = strip.take(layout.finished_rows(index))
        taken.append(values)
        known.append(mask)
    np.testing.assert_array_equal(np.concatenate(known), weights > 0)
    expected = sums / np.where(weights > 0, weights, 1)
    np.testing.assert_allclose(np.concatenate(taken, axis=1), expected, atol=2e-6)


def test_a_constant_stays_constant_to_the_corner() -> None:
    strip = BlendStrip(1, 20, 32)
    strip.add(0, 0, np.full((1, 32, 32), 0.7, np.float32))
    values, known = strip.take(10)
    assert values.shape == (1, 10, 20)
    assert known.all()
    np.testing.assert_allclose(values, 0.7, rtol=1e-5)


# Classes


def test_a_lone_class_is_one() -> None:
    (only,) = output_classes([card("roads", ["road"], first_value=2)])
    assert (only.value, only.name, only.color) == (1, "road", (0xD7, 0x30, 0x10))


def test_values_of_cards_are_kept_unless_they_collide() -> None:
    apart = output_classes([card(), card("roads", ["road"], first_value=2)])
    assert [c.value for c in apart] == [1, 2]
    clash = output_classes([card(), card("roads", ["road", "track"], first_value=1)])
    assert [(c.value, c.head, c.channel) for c in clash] == [(1, 0, 1), (2, 1, 1), (3, 1, 2)]


def test_the_largest_excess_over_its_threshold_wins() -> None:
    classes = output_classes([card(threshold=0.5), card("roads", ["road"], first_value=2, threshold=0.3)])
    probabilities = np.array([[[0.6, 0.6, 0.4, 0.7, 0.5]], [[0.2, 0.5, 0.29, 0.5, 0.3]]], np.float32)
    known = np.array([[True, True, True, True, True]])
    np.testing.assert_array_equal(decide(probabilities, known, classes), [[1, 2, 0, 1, 1]])


def test_unknown_is_255() -> None:
    classes = output_classes([card()])
    mask = decide(np.ones((1, 1, 2), np.float32), np.array([[True, False]]), classes)
    np.testing.assert_array_equal(mask, [[1, 255]])


def test_rounding_keeps_probabilities() -> None:
    p = np.linspace(0, 1, 999, dtype=np.float32)
    assert np.abs(rounded(p) - p).max() <= 0.5 / 4096 + 1e-7
    assert rounded(np.array([1.01, -0.01, 0.5], np.float32)).tolist() == [1.0, 0.0, 0.5]


@pytest.mark.parametrize("threshold", [0.0, 1.0, float("nan"), -2.0])
def test_thresholds_without_sense(threshold: float) -> None:
    with pytest.raises(OptionError):
        output_classes([card()], threshold)


# Objects that are dropped


@pytest.mark.parametrize("chunk", [1, 3, 7, 64])
@pytest.mark.parametrize("minimum", [1, 5, 30])
def test_small_objects_go_as_if_the_whole_were_there(chunk: int, minimum: int) -> None:
    rng = np.random.default_rng(minimum)
    noise = ndimage.gaussian_filter(rng.normal(size=(120, 90)), 1.6)
    mask = (noise > 0.08).astype(np.uint8)
    mask[ndimage.gaussian_filter(rng.normal(size=mask.shape), 2.0) > 0.15] = 2
    mask[50:55, 20:40] = 255
    expected = mask.copy()
    for value in (1, 2):
        labels, _ = ndimage.label(mask == value)
        small = np.bincount(labels.ravel()) < minimum
        small[0] = False
        expected[small[labels]] = 0
    cleaner = ObjectFilter({1: ObjectRule(minimum), 2: ObjectRule(minimum)})
    parts = [cleaner.push(mask[row : row + chunk]) for row in range(0, 120, chunk)]
    parts.append(cleaner.push(np.zeros((0, 90), np.uint8), last=True))
    np.testing.assert_array_equal(np.concatenate(parts), expected)


def test_rows_do_not_wait_for_large_objects() -> None:
    cleaner = ObjectFilter({1: ObjectRule(10)})
    tall = np.zeros((4, 50), np.uint8)
    tall[:, 5:20] = 1
    held = [4 - len(cleaner.push(tall)) for _ in range(50)]
    assert held == [0] * 50


def test_minimum_in_pixels() -> None:
    assert pixels_for(10.0, 1.0) == 10
    assert pixels_for(10.0, 0.3) == 34
    assert pixels_for(0.0, 0.25) == 1
    assert ObjectRule.for_class(12.0, 0.0, 0.25) == ObjectRule(48, 0)
    assert ObjectRule.for_class(0.0, 0.75, 0.25) == ObjectRule(1, 16)


def unsure_web(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A mask of two classes whose objects run over many rows, and the few places where they are sure."""
    rng = np.random.default_rng(seed)
    mask = (ndimage.gaussian_filter(rng.normal(size=(150, 60)), (9, 1.5)) > 0.04).astype(np.uint8)
    mask[ndimage.gaussian_filter(rng.normal(size=mask.shape), (9, 1.5)) > 0.08] = 2
    return mask, (mask > 0) & (rng.random(mask.shape) < 0.02)


@pytest.mark.parametrize("chunk", [1, 4, 9, 64])
@pytest.mark.parametrize("rule", [ObjectRule(1, 1), ObjectRule(1, 3), ObjectRule(40, 2)])
def test_unsure_objects_go_as_if_the_whole_were_there(chunk: int, rule: ObjectRule) -> None:
    mask, sure = unsure_web(chunk)
    expected = mask.copy()
    for value in (1, 2):
        labels, _ = ndimage.label(mask == value)
        kept = (np.bincount(labels.ravel()) >= rule.min_pixels) & (
            np.bincount(labels[sure], minlength=labels.max() + 1) >= rule.min_sure
        )
        kept[0] = True
        expected[~kept[labels]] = 0
    assert 0 < np.count_nonzero(expected) < np.count_nonzero(mask)
    cleaner = ObjectFilter({1: rule, 2: rule})
    parts = [cleaner.push(mask[row : row + chunk], sure[row : row + chunk]) for row in range(0, len(mask), chunk)]
    parts.append(cleaner.push(np.zeros((0, mask.shape[1]), np.uint8), last=True))
    np.testing.assert_array_equal(np.concatenate(parts), expected)


def test_unsure_objects_do_not_wait_for_ever() -> None:
    cleaner = ObjectFilter({1: ObjectRule(1, 1)}, most_waiting=50 * 40)
    tall, unsure = np.zeros((10, 50), np.uint8), np.zeros((10, 50), bool)
    tall[:, 5:20] = 1
    out = [cleaner.push(tall, unsure) for _ in range(30)]
    assert sum(map(len, out)) >= 300 - 40
    assert not np.concatenate(out).any()
    sure = unsure.copy()
    sure[3, 7] = True
    out = [cleaner.push(tall, sure), cleaner.push(np.zeros((0, 50), np.uint8), last=True)]
    assert np.concatenate(out)[-10:].any(), "surer further down: found from there on"


def test_giving_up_an_object_does_not_cut_those_beside_it() -> None:
    mask, sure = np.zeros((200, 50), np.uint8), np.zeros((200, 50), bool)
    mask[:, 5:20] = 1  # unsure all along
    for top in range(4, 190, 12):
        mask[top : top + 9, 30:40] = 1
        sure[top + 8, 35] = True  # sure only at its end
    cleaner = ObjectFilter({1: ObjectRule(1, 1)}, most_waiting=50 * 40)
    parts = [cleaner.push(mask[row : row + 10], sure[row : row + 10]) for row in range(0, 200, 10)]
    out = np.concatenate([*parts, cleaner.push(np.zeros((0, 50), np.uint8), last=True)])
    np.testing.assert_array_equal(out[:, 25:], mask[:, 25:])
    assert not out[:, :25].any()


def test_what_objects_must_reach_moves_along_with_the_threshold() -> None:
    def both(*given: float | None) -> tuple[float, float]:
        (found,) = output_classes([card(threshold=0.4, object_threshold=0.75)], *given)
        return found.threshold, found.object_threshold

    assert both() == both(0.4) == (0.4, 0.75)
    moved = [both(t) for t in (0.01, 0.2, 0.4, 0.7, 0.99)]
    assert moved == sorted(moved)
    assert all(threshold < surely < 1 for threshold, surely in moved)
    assert both(None, 0.0) == (0.4, 0.0), "no object is dropped"
    assert both(None, 3.0) == (0.4, 0.75)
    (plain,) = output_classes([card(threshold=0.4)], 0.7)
    assert plain.object_threshold == 0


# Bare earth


def test_houses_are_no_bare_earth() -> None:
    z = town(200, 200)
    valid = np.ones(z.shape, bool)
    houses, ground = ReliefStatistics(), ReliefStatistics()
    houses.add(z, valid, 1.0)
    steep = np.add.outer(np.arange(200) * 0.8, np.sin(np.arange(200) / 9)).astype(np.float32)
    ground.add(steep, valid, 1.0)
    assert not looks_like_bare_earth(houses)
    assert looks_like_bare_earth(ground)


def test_too_little_says_nothing() -> None:
    few = ReliefStatistics()
    few.add(np.zeros((40, 40), np.float32), np.ones((40, 40), bool), 1.0)
    assert not looks_like_bare_earth(few)


def test_edges_of_nodata_are_no_walls() -> None:
    z = np.full((200, 200), 500.0, np.float32)
    valid = np.ones(z.shape, bool)
    valid[::9] = False
    z[~valid] = 0
    relief = ReliefStatistics()
    relief.add(z, valid, 1.0)
    assert relief.bent == 0


# Small things


@pytest.mark.parametrize("turn", AUGMENTATIONS["dihedral"])
def test_turning_back(turn: tuple[bool, bool, bool]) -> None:
    values = np.arange(2 * 3 * 5 * 5).reshape(2, 3, 5, 5)
    np.testing.assert_array_equal(_turn_back(_turn(values, *turn), *turn), values)


def test_the_eight_orientations_differ() -> None:
    square = np.arange(9).reshape(3, 3)
    assert len({_turn(square, *turn).tobytes() for turn in AUGMENTATIONS["dihedral"]}) == 8


def test_channels_of_the_real_encoding_have_no_direction() -> None:
    """Test-time augmentation turns channels instead of elevations; that is only right for channels like these."""
    from dem_segmenter.elevation.encoding import ReliefEncoding

    z, encoding = town(90, 90), ReliefEncoding()
    valid = np.ones(z.shape, bool)
    plain = encoding.encode(z, valid, 1.0)
    for turn in AUGMENTATIONS["dihedral"]:
        turned = encoding.encode(np.ascontiguousarray(_turn(z, *turn)), valid, 1.0)
        np.testing.assert_allclose(_turn_back(turned, *turn), plain, atol=2e-3)


def test_out_of_memory_is_recognised() -> None:
    assert out_of_memory(RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"))
    assert out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"))
    assert out_of_memory(MemoryError())
    assert not out_of_memory(RuntimeError("shapes do not match"))


def test_overview_counts() -> None:
    assert overview_count(400, 300) == 1
    assert overview_count(1024, 100) == 1
    assert overview_count(4000, 40_000) == 7
    assert overview_count(1, 50) == 0


def test_reading_ahead_keeps_order_and_ends() -> None:
    assert list(read_ahead(lambda: iter(range(50)))) == list(range(50))


def test_reading_ahead_hands_over_errors() -> None:
    def broken() -> object:
        yield 1
        raise ValueError("from the thread")

    items = read_ahead(broken)
    assert next(items) == 1
    with pytest.raises(ValueError, match="from the thread"):
        next(items)


def test_reading_ahead_stops_with_its_consumer() -> None:
    made: list[int] = []

    def endless() -> object:
        for number in itertools.count():
            made.append(number)
            yield number

    items = read_ahead(endless)
    next(items)
    items.close()
    assert not any(thread.name == "read-ahead" for thread in threading.enumerate())
    count = len(made)
    time.sleep(0.2)
    assert len(made) == count <= 4
