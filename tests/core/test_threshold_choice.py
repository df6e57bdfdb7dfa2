"""A raster's walls choose the threshold, where they surely say another one than the card's."""

from __future__ import annotations

import csv
import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from scipy import ndimage
from segmenting import CancelAt, FakeModel, MemoryReporter, card, read, run_segmenter, town, write_dem

from dem_segmenter.elevation.source import DemSource
from dem_segmenter.errors import CancelledError
from dem_segmenter.inference.classes import MASK_NODATA, object_threshold_for, output_classes
from dem_segmenter.inference.cleanup import outline
from dem_segmenter.inference.mask_rows import MaskRows
from dem_segmenter.inference.outputs import Outputs
from dem_segmenter.inference.run import Options, segment_raster, statistics
from dem_segmenter.inference.threshold_choice import LOOK, Alternative, Outlines, alternatives, choose
from dem_segmenter.inference.walls import walls
from dem_segmenter.learning.left_out_table import measure, rows_of_earlier_run, write_table
from dem_segmenter.learning.scenes import Scene


def houses(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Elevation, and where the houses are; 1 m a pixel."""
    z = np.full((height, width), 50.0, np.float32)
    for top, left in itertools.product(range(6, height - 14, 24), range(6, width - 14, 24)):
        z[top : top + 10, left : left + 12] += 5.0
    return z, z > 52.0


def grown(mask: np.ndarray, by: int) -> np.ndarray:
    return ndimage.binary_dilation(mask, np.ones((3, 3)), by)


def outlines(z: np.ndarray, values: np.ndarray, known: np.ndarray, **fields: object) -> list[Outlines]:
    classes = output_classes([card(**fields)])
    made = [Alternative(some, (1.0, 1.0)) for some in alternatives(classes)]
    for one in made:
        one.push(values[None], known, z, last=True)
    return [one.outlines for one in made]


def chosen(*others: Outlines, own: Outlines, threshold: float = 0.7) -> int:
    return choose([(0.5, own), *((threshold, other) for other in others)])


def test_the_share_must_be_surely_larger() -> None:
    own = Outlines(1000.0, 600.0)
    assert chosen(own=own) == 0
    assert chosen(Outlines(1000.0, 550.0), Outlines(900.0, 610.0), own=own) == 0
    assert chosen(Outlines(900.0, 880.0), Outlines(800.0, 720.0), own=own) == 1
    assert chosen(Outlines(800.0, 720.0), Outlines(900.0, 880.0), own=own) == 2
    few, sides = Outlines(5 * LOOK, 3 * LOOK), Outlines(5 * LOOK, 4.5 * LOOK)
    assert chosen(sides, own=few) == 0, "five sides of houses tell nothing"
    assert chosen(Outlines(900.0, 880.0), own=Outlines()) == 0, "where nothing is found, no share is larger"
    assert chosen(Outlines(), own=own) == 0
    assert (Outlines().share, own.share) == (0.0, 0.6)


def test_a_few_sure_houses_are_no_better_answer() -> None:
    own = Outlines(30_000.0, 12_500.0)
    assert chosen(Outlines(2_000.0, 2_000.0), own=own) == 0
    assert chosen(Outlines(9_000.0, 8_000.0), own=own) == 1


def test_more_is_found_only_where_nearly_all_is_built() -> None:
    grove, town = Outlines(9_000.0, 6_300.0), Outlines(9_000.0, 8_100.0)
    for threshold, wanted in ((0.7, [1, 1]), (0.4, [0, 1])):
        assert [chosen(o, own=Outlines(8_000.0, 4_800.0), threshold=threshold) for o in (grove, town)] == wanted


def test_only_classes_that_allow_it_move() -> None:
    asked = [
        card(threshold=0.5, object_threshold=0.75, other_thresholds=(0.7, 0.4)),
        card("roads", ["road"], first_value=2, threshold=0.5),
    ]
    made = alternatives(output_classes(asked))
    assert [[c.threshold for c in classes] for classes in made] == [[0.5, 0.5], [0.7, 0.5], [0.4, 0.5]]
    assert [classes[0].object_threshold for classes in made] == [
        0.75,
        *(object_threshold_for(asked[0], t) for t in (0.7, 0.4)),
    ]
    assert len(alternatives(output_classes(asked, 0.6))) == 1, "the user's own threshold is not moved"
    assert len(alternatives(output_classes(asked, None, 0.0))) == 1, "nor where nothing is to be dropped"
    assert len(alternatives(output_classes(asked, None, 5.0))) == 3


@pytest.mark.parametrize("walled", [0.0, 0.4])
@pytest.mark.parametrize("cuts", [(), (1, 1, 2, 9, 60), tuple(range(150)), (149,)])
def test_outlines_are_those_of_the_mask_however_rows_come(cuts: tuple[int, ...], walled: float) -> None:
    z, inside = houses(150, 110)
    rng = np.random.default_rng(0)
    values = np.where(inside, 0.97, np.where(grown(inside, 2), 0.55, rng.uniform(0.0, 0.6, z.shape))).astype(np.float32)
    values[70:74, :4] = 0.85  # sure nowhere
    known = np.ones(z.shape, bool)
    known[40:60, 30:50] = False
    classes = output_classes([card(other_thresholds=(0.8,), min_area=20.0, walled=walled, object_threshold=0.85)])
    for there in alternatives(classes):
        whole = MaskRows(there, (1.0, 1.0)).push(values[None], known, z, last=True)
        rim, wall = outline(whole, 1), walls(whole == 1, z, known, (1.0, 1.0))
        streamed, edges = Alternative(there, (1.0, 1.0)), [0, *cuts, 150]
        parts = [streamed.push(values[None, a:b], known[a:b], z[a:b]) for a, b in itertools.pairwise(edges)]
        parts.append(streamed.push(values[None, :0], known[:0], z[:0], last=True))
        np.testing.assert_array_equal(np.concatenate(parts), whole)
        assert streamed.outlines.length == np.count_nonzero(rim) > 0
        # Walls are looked for before objects are dropped; those of one dropped nearby do not reach the others here.
        assert streamed.outlines.wall == np.count_nonzero(rim & wall)
        assert streamed.pixels == {int(v): int(n) for v, n in zip(*np.unique(whole, return_counts=True), strict=True)}
        assert streamed.pixels[1] < streamed.reached == np.count_nonzero((values >= there[0].threshold) & known)


def test_metres_count_and_not_pixels() -> None:
    z, inside = houses(120, 120)
    sides = []
    for size in (0.5, 2.0):
        one = Alternative(output_classes([card(other_thresholds=(0.8,))]), (size, size))
        one.push(inside.astype(np.float32)[None], np.ones(z.shape, bool), z, last=True)
        sides.append(one.outlines)
    assert sides[1].length == 4 * sides[0].length
    assert sides[1].share == sides[0].share == 1.0


class Sure(FakeModel):
    """Too sure on this ground: gardens of houses are likely, houses nearly certain."""

    def predict(self, channels: np.ndarray) -> list[np.ndarray]:
        self.batches.append(len(channels))
        inside = channels[:, 0] > 1.5
        p = np.stack([np.where(i, 0.95, np.where(grown(i, 3), 0.6, 0.05)) for i in inside])
        return [np.stack([1.0 - p, p], axis=1).astype(np.float32)]


class Twice(Sure):
    """The same of two heads, the second half as sure."""

    def predict(self, channels: np.ndarray) -> list[np.ndarray]:
        (one,) = super().predict(channels)
        return [one, np.stack([1.0 - one[:, 1] / 2, one[:, 1] / 2], axis=1)]


HEAD = {"threshold": 0.5, "object_threshold": 0.75, "other_thresholds": (0.4, 0.8), "min_area": 10.0, "overlap": 0.5}


def test_a_run_at_the_chosen_threshold_is_a_run_with_that_threshold(tmp_path: Path) -> None:
    z, inside = houses(220, 200)
    dem = write_dem(tmp_path / "dem.tif", z)
    reporter = MemoryReporter()
    done, mask, probability = run_segmenter(dem, tmp_path, Sure(card(**HEAD), reach=30), reporter=reporter)
    chosen, p = read(mask), read(probability)
    assert [c.threshold for c in done.classes] == [0.8]
    np.testing.assert_array_equal(chosen == 1, inside)
    assert done.summary.pixels == {0: int((~inside).sum()), 1: int(inside.sum())}
    with rasterio.open(mask) as opened:
        assert opened.tags()["THRESHOLDS"] == "0.8"
    assert any(message.startswith("building: threshold 0.8 instead of 0.5") for message in reporter.logs)
    assert not list(tmp_path.glob("*partial*")), "masks that are not kept go with the scratch folder"

    done, mask, probability = run_segmenter(dem, tmp_path, Sure(card(**HEAD), reach=30), threshold=0.8)
    np.testing.assert_array_equal(read(mask), chosen)
    np.testing.assert_array_equal(read(probability), p)
    done, mask, _ = run_segmenter(dem, tmp_path, Sure(card(**HEAD), reach=30), threshold=0.5)
    assert [c.threshold for c in done.classes] == [0.5]
    assert np.count_nonzero(read(mask) == 1) > 1.5 * inside.sum()
    done, mask, _ = run_segmenter(dem, tmp_path, Sure(card(**HEAD), reach=30), min_area=0.0)
    assert [c.threshold for c in done.classes] == [0.5]
    np.testing.assert_array_equal(read(mask) == 1, p >= 0.5)


def test_a_head_that_is_right_is_left_alone(tmp_path: Path) -> None:
    dem = write_dem(tmp_path / "dem.tif", town(150, 160))
    reporter = MemoryReporter()
    fixed = {**HEAD, "other_thresholds": ()}
    done, mask, _ = run_segmenter(dem, tmp_path, FakeModel(card(**fixed), reach=30))
    before = read(mask)
    done, mask, _ = run_segmenter(dem, tmp_path, FakeModel(card(**HEAD), reach=30), reporter=reporter)
    np.testing.assert_array_equal(read(mask), before)
    assert done.summary.kept == 0
    assert not any("instead of" in message for message in reporter.logs)


def test_a_place_is_measured_as_it_would_be_run() -> None:
    z, inside = houses(180, 200)
    scene = Scene("a", "b", z, np.ones(z.shape, bool), 1.0, {"target": inside.astype(np.uint8)}, quality="A")
    sure = np.where(inside, 0.95, np.where(grown(inside, 3), 0.6, 0.05)).astype(np.float32)
    given = {"fixed": 0.5, "object_threshold": 0.75, "min_area": 12.0}
    (own,) = measure("buildings", [("one", scene, sure)], 0.5, **given)
    (chosen,) = measure("buildings", [("one", scene, sure)], 0.5, **given, other_thresholds=(0.8,))
    assert (own.threshold, own.object_threshold, own.chosen) == (0.5, 0.75, 0.0)
    assert (chosen.threshold, chosen.object_threshold, chosen.chosen) == (0.5, 0.75, 0.8)
    assert own.iou < 0.9 < chosen.iou == 1.0
    assert own.by_threshold == chosen.by_threshold
    (smooth,) = measure("buildings", [("one", scene, sure)], 0.5, **given, other_thresholds=(0.8,), smooth=[scene.name])
    assert (smooth.chosen, smooth.iou) == (0.0, own.iou)
    (unet,) = measure(
        "buildings", [("one", scene, sure)], 0.5, **given, other_thresholds=(0.8,), baseline={scene.name: sure}
    )
    assert unet.unet == max(own.by_threshold), "the UNet has the best of all thresholds"


def test_unknown_ground_has_no_outline() -> None:
    z, inside = houses(100, 100)
    known = np.ones(z.shape, bool)
    known[:, 12:] = False
    (found, _) = outlines(z, inside.astype(np.float32), known, other_thresholds=(0.8,))
    classes = output_classes([card()])
    mask = MaskRows(classes, (1.0, 1.0)).push(inside.astype(np.float32)[None], known, z, last=True)
    assert (mask[:, 12:] == MASK_NODATA).all()
    assert found.length == np.count_nonzero(outline(mask, 1)) < np.count_nonzero(outline(np.where(inside, 1, 0), 1)) / 4
    assert replace(found, wall=0.0).share == 0.0


def test_a_table_says_where_walls_chose(tmp_path: Path) -> None:
    z, inside = houses(180, 200)
    scene = Scene("a", "b", z, np.ones(z.shape, bool), 1.0, {"target": inside.astype(np.uint8)}, quality="A")
    sure = np.where(inside, 0.95, np.where(grown(inside, 3), 0.6, 0.05)).astype(np.float32)
    right = np.where(inside, 0.95, 0.05).astype(np.float32)
    found = [("one", scene, sure), ("two", replace(scene, name="other"), right)]
    rows = measure("buildings", found, 0.5, fixed=0.5, other_thresholds=(0.8,))
    write_table(rows, tmp_path / "t.csv")
    text = (tmp_path / "t.md").read_text(encoding="utf-8")
    assert "Threshold 0.50. The walls chose another one: 0.80 in a." in text
    assert [row.chosen for row in rows_of_earlier_run(tmp_path / "t.csv")] == [0.8, 0.0]
    # A table from before has no such column.
    with open(tmp_path / "t.csv", newline="", encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    for line in lines:
        del line["chosen"]
    with open(tmp_path / "t.csv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    earlier = rows_of_earlier_run(tmp_path / "t.csv")
    assert [(row.threshold, row.chosen) for row in earlier] == [(0.5, 0.0), (0.5, 0.0)]


def test_of_two_classes_with_a_choice_none_is_given_it(tmp_path: Path) -> None:
    z, inside = houses(150, 140)
    dem = write_dem(tmp_path / "dem.tif", z)
    second = {**HEAD, "name": "sheds", "classes": ["shed"], "first_value": 2}
    both = [card(**HEAD), card(**second)]
    assert len(alternatives(output_classes(both))) == 1
    one = [card(**HEAD), card(**{**second, "other_thresholds": ()})]
    reporter = MemoryReporter()
    done, mask, _ = run_segmenter(dem, tmp_path, Twice(*one, reach=30), reporter=reporter)
    assert [c.threshold for c in done.classes] == [0.8, 0.5]
    np.testing.assert_array_equal(read(mask) == 1, inside)
    with rasterio.open(mask) as opened:
        assert (opened.tags()["THRESHOLDS"], opened.tags()["OBJECT_THRESHOLDS"]) == ("0.8, 0.5", "0.9, 0.75")
    figures = statistics(done)
    assert (figures["thresholds"], figures["chosen_by_walls"]) == ([0.8, 0.5], True)
    assert figures["classes"]["building"]["area_m2"] == inside.sum()
    assert sum("instead of" in message for message in reporter.logs) == 1
    done, _, _ = run_segmenter(dem, tmp_path, Twice(*both, reach=30))
    assert [c.threshold for c in done.classes] == [0.5, 0.5]
    assert statistics(done)["chosen_by_walls"] is False


@pytest.mark.parametrize("at", [20.0, 86.0])
def test_a_cancel_leaves_none_of_the_masks(tmp_path: Path, at: float) -> None:
    dem = write_dem(tmp_path / "dem.tif", houses(150, 140)[0])
    with pytest.raises(CancelledError):
        run_segmenter(dem, tmp_path, Sure(card(**HEAD), reach=30), reporter=CancelAt(at))
    assert [path.name for path in tmp_path.iterdir()] == ["dem.tif"]


def test_outputs_may_be_called_anything(tmp_path: Path) -> None:
    dem = write_dem(tmp_path / "dem.tif", houses(150, 140)[0])
    paths = {"mask": (tmp_path / "a.tif", "raster"), "probability": (tmp_path / "0-a.tif", "raster")}
    with DemSource(dem) as source, Outputs(paths, source.files, MemoryReporter()) as outputs:
        segment_raster(Sure(card(**HEAD), reach=30), source, None, outputs, Options(), MemoryReporter())
        outputs.publish()
    assert set(np.unique(read(tmp_path / "a.tif"))) == {0, 1}


def test_walls_choose_nothing_on_smooth_surfaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dem_segmenter.inference.run.is_smooth", lambda *_: True)
    dem = write_dem(tmp_path / "dem.tif", houses(150, 140)[0])
    reporter = MemoryReporter()
    done, _, _ = run_segmenter(dem, tmp_path, Sure(card(**HEAD), reach=30), reporter=reporter)
    assert (done.smooth, [c.threshold for c in done.classes]) == (True, [0.5])
    assert not any("walls choose" in message or "instead of" in message for message in reporter.logs)
