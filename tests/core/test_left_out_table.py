"""What leaving families out found, as figures and as tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from dem_segmenter.learning.left_out_table import measure, rows_of_earlier_run, write_table
from dem_segmenter.learning.metrics import THRESHOLDS
from dem_segmenter.learning.scenes import Scene


def village() -> Scene:
    """Houses of 6 m in rows on a plain, 1 m pixels, well labelled; none in the lowest rows."""
    label = np.zeros((200, 200), np.uint8)
    for row in range(10, 180, 40):
        for col in range(10, 180, 40):
            label[row : row + 12, col : col + 14] = 1
    z = (100 + 6 * label).astype(np.float32)
    return Scene("village", "villages", z, np.ones(z.shape, bool), 1.0, {"target": label}, quality="A")


def test_the_threshold_is_chosen_on_left_out_families_only(tmp_path: Path) -> None:
    scene = village()
    good = np.where(scene.labels["target"] == 1, 0.62, 0.41).astype(np.float32)
    shipped = replace(scene, name="yardstick")
    rows = measure("buildings", [("one", scene, good), ("shipped", shipped, 1 - good)], 0.5)
    assert rows[0].threshold in THRESHOLDS
    assert 0.41 < rows[0].threshold <= 0.62
    assert rows[0].iou == 1.0
    assert rows[1].iou < 0.2
    assert {row.threshold for row in measure("buildings", [("one", scene, good)], 0.5, fixed=0.7)} == {0.7}
    write_table(rows, tmp_path / "t.csv")
    assert "yardstick" in (tmp_path / "t.csv").read_text()
    assert "mean over families 1.000" in (tmp_path / "t.md").read_text()


def test_places_without_trees_do_not_flatter_the_means(tmp_path: Path) -> None:
    scene, bare = village(), replace(village(), name="no-trees")
    good = scene.labels["target"].astype(np.float32)
    half = np.where(np.arange(200) < 95, good, 0)
    rows = measure("buildings", [("one", scene, half), ("one", bare, good)], 0.5, fixed=0.5)
    other = replace(rows[0], family="towns", iou=0.9, unet=0.7)
    alone = rows[0].iou
    assert alone < 0.6
    write_table([*rows, other], tmp_path / "t.csv", treeless=["no-trees", "elsewhere"])
    text = (tmp_path / "t.md").read_text()
    assert "A or B, without no-trees, where no tree stands: mean IoU over places" in text
    assert f"mean IoU over places {(alone + 0.9) / 2:.3f}, mean over families {(alone + 0.9) / 2:.3f}, " in text
    assert f"lowest family {alone:.3f} (villages)" in text
    write_table([*rows, other], tmp_path / "t.csv")
    text = (tmp_path / "t.md").read_text()
    assert f"lowest family {(alone + 1.0) / 2:.3f} (villages)" in text
    assert "no tree" not in text.splitlines()[-1]


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    scene = village()
    good = scene.labels["target"].astype(np.float32)
    assert rows_of_earlier_run(tmp_path / "t.csv") == []
    rows = measure("buildings", [("one", scene, good)], 0.5, baseline={scene.name: 0.5 * good})
    rows.append(replace(rows[0], fold="shipped", scene="elsewhere", unet=float("nan"), threshold=0.4))
    write_table(rows, tmp_path / "t.csv")
    first, second = rows_of_earlier_run(tmp_path / "t.csv")
    assert replace(first, classical=0.0, classical_rough=0.0) == replace(rows[0], classical=0.0, classical_rough=0.0)
    assert abs(first.classical - rows[0].classical) < 1e-4
    assert (second.fold, second.scene, second.threshold, np.isnan(second.unet)) == ("shipped", "elsewhere", 0.4, True)
    text = (tmp_path / "t.md").read_text()
    assert f"Threshold {rows[0].threshold:.2f} (one). Threshold 0.40 (shipped)." in text
    write_table([first, second], tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "t.csv").read_bytes()


def test_objects_that_are_sure_nowhere_are_not_measured() -> None:
    scene = village()
    guessed = np.where(scene.labels["target"] == 1, 0.9, 0.1).astype(np.float32)
    guessed[190:] = 0.6  # no house is so far down
    (plain,) = measure("buildings", [("one", scene, guessed)], 0.5, fixed=0.5)
    (sure,) = measure("buildings", [("one", scene, guessed)], 0.5, fixed=0.5, object_threshold=0.8)
    assert plain.iou < 0.7
    assert sure.iou == 1.0
    assert (plain.object_threshold, sure.object_threshold) == (0.0, 0.8)


def test_objects_too_small_for_the_head_are_not_measured() -> None:
    scene = village()
    found = scene.labels["target"].astype(np.float32)
    found[195, 5:15] = 1  # a fence
    (plain,) = measure("buildings", [("one", scene, found)], 0.5, fixed=0.5)
    (cleaned,) = measure("buildings", [("one", scene, found)], 0.5, fixed=0.5, min_area=12.0)
    assert plain.precision < 1.0
    assert cleaned.iou == 1.0


def test_ground_too_wide_for_the_head_is_not_measured() -> None:
    scene = village()
    found = scene.labels["target"].astype(np.float32)
    found[130:] = 1  # a field of 70 m
    (plain,) = measure("buildings", [("one", scene, found)], 0.5, fixed=0.5)
    (cleaned,) = measure("buildings", [("one", scene, found)], 0.5, fixed=0.5, max_width=50.0)
    assert plain.false_positive_rate > 0.3
    assert cleaned.false_positive_rate < 0.05


def test_objects_without_the_walls_that_the_head_asks_for_are_not_measured() -> None:
    scene = village()
    scene.labels["target"][120:] = 0
    scene.elevation[120:] = 100.0
    found = scene.labels["target"].astype(np.float32)
    found[130:] = 1  # a field
    (plain,) = measure("buildings", [("one", scene, found)], 0.5, fixed=0.5)
    (cleaned,) = measure("buildings", [("one", scene, found)], 0.5, fixed=0.5, walled=0.4)
    assert plain.false_positive_rate > 0.3
    assert cleaned.false_positive_rate == 0.0
    assert cleaned.recall == plain.recall == 1.0


def test_a_place_without_the_class_has_false_alarms_and_no_iou(tmp_path: Path) -> None:
    scene = village()
    forest = replace(scene, name="forest", labels={"target": np.zeros((200, 200), np.uint8)}, quality="D")
    guessed = np.zeros((200, 200), np.float32)
    guessed[:20] = 0.9
    good = scene.labels["target"].astype(np.float32)
    rows = measure("buildings", [("one", scene, good), ("one", forest, guessed)], 0.5)
    assert rows[1].false_positive_rate == 0.1
    assert np.isnan(rows[1].iou)
    assert rows[0].false_positive_rate == 0.0
    write_table(rows, tmp_path / "t.csv")
    text = (tmp_path / "t.md").read_text()
    assert "nan" not in text
    assert "mean over families 1.000" in text  # of labels that are not ours
