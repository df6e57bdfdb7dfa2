"""Pixels, outlines, objects and lines: the streamed figures against plain computations on whole arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from rasterio.windows import Window
from scipy import ndimage
from segmenting import METRE_GRID, UTM, write_dem

from dem_segmenter.errors import OptionError
from dem_segmenter.evaluation import pixels
from dem_segmenter.evaluation.lines import LineCounts, compare_lines, mask_lines, pieces
from dem_segmenter.evaluation.masks import MaskSource
from dem_segmenter.evaluation.objects import ObjectCounts, ObjectMatcher
from dem_segmenter.evaluation.pixels import BoundaryCounts, Comparer, boundary_counts, error_map, place_edges


def blobs(shape: tuple[int, int], seed: int, unknown: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Two masks that partly agree, ``uint8`` 0, 1 and 255."""
    rng = np.random.default_rng(seed)
    base = ndimage.gaussian_filter(rng.normal(size=shape), 2.5)
    masks = []
    for _ in range(2):
        mask = (base + 0.5 * ndimage.gaussian_filter(rng.normal(size=shape), 2.5) > 0.09).astype(np.uint8)
        if unknown:
            mask[ndimage.gaussian_filter(rng.normal(size=shape), 4) > 0.06] = 255
        masks.append(mask)
    return masks[0], masks[1]


def compared(mask: np.ndarray, label: np.ndarray) -> Comparer:
    height, width = mask.shape
    return Comparer(width, height, lambda w: (mask[w.toslices()], label[w.toslices()]))


# Pixels and outlines


@pytest.mark.parametrize("rows", [1, 3, 17, 400])
def test_pixels_and_error_map_do_not_depend_on_strips(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    mask, label = blobs((150, 130), 1, unknown=True)
    monkeypatch.setattr(pixels, "STRIP_ROWS", (rows, rows))
    comparer = compared(mask, label)
    errors = np.concatenate([errors for *_, errors in comparer.strips()])
    known = (mask < 255) & (label < 255)
    want = np.full(mask.shape, 255)
    want[known] = 0
    want[known & (mask == 1) & (label == 1)] = 1
    want[known & (mask == 0) & (label == 1)] = 2
    want[known & (mask == 1) & (label == 0)] = 3
    assert (errors == want).all()
    found = comparer.result
    assert [found.counts.rest, found.counts.hit, found.counts.missed, found.counts.invented] == [
        int((want == value).sum()) for value in range(4)
    ]
    assert found.boundary == boundary_counts(mask, label, slice(None))


def test_outlines_against_a_plain_count() -> None:
    mask, label = blobs((60, 70), 2, unknown=True)
    known = (mask < 255) & (label < 255)

    def edge(values: np.ndarray) -> set[tuple[int, int]]:
        found = set()
        for row, col in np.argwhere(known & (values == 1)).tolist():
            for r, c in ((row - 1, col), (row + 1, col), (row, col - 1), (row, col + 1)):
                if 0 <= r < 60 and 0 <= c < 70 and known[r, c] and values[r, c] == 0:
                    found.add((row, col))
        return found

    def near(some: set[tuple[int, int]], others: set[tuple[int, int]]) -> int:
        return sum(any((r - y) ** 2 + (c - x) ** 2 <= 1 for y, x in others) for r, c in some)

    found, truth = edge(mask), edge(label)
    counts = boundary_counts(mask, label, slice(None))
    assert counts == BoundaryCounts(len(truth), near(truth, found), len(found), near(found, truth))
    precision, recall = near(found, truth) / len(found), near(truth, found) / len(truth)
    assert counts.f1 == pytest.approx(2 * precision * recall / (precision + recall))


@pytest.mark.parametrize(("shift", "f1"), [(0, 1.0), (1, 1.0), (3, None), (30, 0.0)])
def test_boundary_f1_of_a_shifted_square(shift: int, f1: float | None) -> None:
    label = np.zeros((60, 80), np.uint8)
    label[20:40, 10:30] = 1
    counts = boundary_counts(np.roll(label, shift, axis=1), label, slice(None))
    assert counts.labelled == counts.found == 4 * 20 - 4
    if f1 is None:  # what overlaps of top and bottom, one pixel beyond it, and one below its end, on the side
        assert counts.labelled_near == counts.found_near == 2 * (20 - shift + 1 + 1)
    else:
        assert counts.f1 == f1


def test_boundary_f1_without_outlines() -> None:
    nothing, all_of_it = np.zeros((9, 9), np.uint8), np.ones((9, 9), np.uint8)
    square = nothing.copy()
    square[3:6, 3:6] = 1
    assert np.isnan(boundary_counts(nothing, all_of_it, slice(None)).f1)  # the edge of the raster is no outline
    assert boundary_counts(nothing, square, slice(None)).f1 == 0.0
    assert boundary_counts(square, nothing, slice(None)).f1 == 0.0


def test_the_worst_places_are_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "STRIP_ROWS", (37, 37))
    monkeypatch.setattr(pixels, "PLACES", 3)
    label, mask = np.zeros((2, 560, 700), np.uint8)
    mask[230:240, 0:5] = 1  # 50 invented in the square at row 224
    label[0:4, 230:240] = 1  # 40 missed
    mask[440:452, 690:695] = 1  # 40 invented there, 20 in the square below
    label[300, 300] = 1
    comparer = compared(mask, label)
    for _ in comparer.strips():
        pass
    worst = comparer.result.worst
    assert [(p.wrong, p.row, p.col, p.rows, p.cols) for p in worst] == [
        (50, 224, 0, 224, 224), (40, 0, 224, 224, 224), (40, 224, 448, 224, 252),
    ]  # fmt: skip
    assert worst[0].counts.invented == 50
    assert sum(p.rows * p.cols for p in worst) == sum(
        p.counts.rest + p.counts.hit + p.counts.missed + p.counts.invented for p in worst
    )


@pytest.mark.parametrize("size", [1, 10, 223, 224, 225, 335, 336, 337, 1000])
def test_squares_cover_all_and_none_is_a_sliver(size: int) -> None:
    edges = place_edges(size)
    assert edges[0] == 0
    assert edges[-1] == size
    lengths = np.diff(edges)
    assert (lengths > 0).all()
    assert len(lengths) == 1 or (lengths >= pixels.PLACE // 2).all()
    assert (lengths < 1.5 * pixels.PLACE).all()


def test_error_map_values() -> None:
    mask, label = np.array([[1, 0, 1, 0, 255, 1]], np.uint8), np.array([[1, 1, 0, 0, 1, 255]], np.uint8)
    assert error_map(mask, label).tolist() == [[1, 2, 3, 0, 255, 255]]


# Objects


def plain_objects(mask: np.ndarray, label: np.ndarray) -> ObjectCounts:
    """Components of whole arrays, every pair looked at."""
    (found, n), (truth, m) = ndimage.label(mask), ndimage.label(label)
    matched: set[int] = set()
    for i in range(1, m + 1):
        for j in np.unique(found[truth == i]):
            both, either = ((truth == i) & (found == j)).sum(), ((truth == i) | (found == j)).sum()
            if j > 0 and both / either >= 0.5 and j not in matched:
                matched.add(int(j))
                break
    return ObjectCounts(m, n, len(matched))


def streamed_objects(mask: np.ndarray, label: np.ndarray, rows: int) -> ObjectCounts:
    matcher = ObjectMatcher(mask.shape[1])
    for start in range(0, len(mask), rows):
        part = slice(start, start + rows)
        matcher.add(label[part], mask[part], last=start + rows >= len(mask))
    return matcher.counts


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rows", [1, 2, 7, 64, 500])
def test_objects_against_a_plain_count(seed: int, rows: int) -> None:
    mask, label = (m == 1 for m in blobs((120, 110), seed))
    want = plain_objects(mask, label)
    assert want.found > 5
    assert want.missed > 2
    assert want.invented > 2
    assert streamed_objects(mask, label, rows) == want


@pytest.mark.parametrize("rows", [1, 5, 40])
def test_objects_that_wind_through_many_strips(rows: int) -> None:
    """Combs that are one object only at their last row, and a ring around others."""
    label = np.zeros((40, 60), bool)
    label[2:38, 2:30:4] = True
    label[37, 2:30] = True
    label[2:38, 35:58] = True
    label[5:35, 38:55] = False
    label[10:20, 42:50] = True
    mask = label.copy()
    mask[37, 2:30] = False  # the comb falls into seven teeth
    assert streamed_objects(mask, label, rows) == plain_objects(mask, label) == ObjectCounts(3, 9, 2)


def test_an_iou_of_one_half_is_enough_and_only_once() -> None:
    label = np.zeros((4, 30), bool)
    label[1, 0:2] = label[1, 10:12] = label[1, 20:25] = True
    mask = np.zeros_like(label)
    mask[1, 0:4] = True  # 2 of 4
    mask[1, 10:15] = True  # 2 of 5
    mask[1, 20:22] = mask[1, 23:25] = True  # 2 of 5 each
    assert streamed_objects(mask, label, 1) == ObjectCounts(3, 4, 1)
    halves = np.zeros_like(label)
    halves[0, 0:2] = halves[0, 3:5] = True
    whole = np.zeros_like(label)
    whole[0, 0:2] = whole[1, 0:2] = True
    assert streamed_objects(whole, halves, 2) == ObjectCounts(2, 1, 1)


def test_objects_of_noise_and_of_nothing() -> None:
    rng = np.random.default_rng(0)
    mask, label = rng.random((2, 90, 80)) > 0.45
    assert streamed_objects(mask, label, 7) == plain_objects(mask, label)
    nothing = np.zeros_like(mask)
    assert streamed_objects(nothing, nothing, 7) == ObjectCounts()
    assert streamed_objects(nothing, label, 7) == ObjectCounts(ndimage.label(label)[1], 0, 0)


def test_closed_objects_are_forgotten() -> None:
    """What is kept does not grow with the raster."""
    matcher = ObjectMatcher(40)
    rng = np.random.default_rng(0)
    kept = []
    for _ in range(60):
        rows = np.kron(rng.random((4, 10)) > 0.5, np.ones((4, 4), bool))
        rows[-1] = False
        matcher.add(rows, np.roll(rows, 1, axis=1), last=False)
        kept.append(len(matcher._pairs) + sum(len(side.areas) for side in matcher._sides))
    assert kept == [0] * 60
    assert matcher.counts.labelled > 300


# Lines


@pytest.fixture
def grid(tmp_path: Path) -> MaskSource:
    return MaskSource(write_dem(tmp_path / "grid.tif", np.zeros((300, 400), np.uint8)))


def compare(grid: MaskSource, tmp_path: Path, labelled: list, predicted: list, tolerance: float = 3.0,
            errors: np.ndarray | None = None) -> LineCounts:  # fmt: skip
    path = write_dem(tmp_path / "errors.tif", np.zeros((300, 400), np.uint8) if errors is None else errors)
    sets = (np.array([shapely.LineString(line) for line in lines], dtype=object) for lines in (labelled, predicted))
    return compare_lines(*sets, path, grid, tolerance, lambda: None)


def test_parallel_lines_within_and_beyond_the_tolerance(grid: MaskSource, tmp_path: Path) -> None:
    labelled = [[(50, 100), (350, 100)], [(50, 200), (350, 200)]]
    predicted = [[(100, 102), (300, 102)], [(50, 205), (350, 205)]]
    found = compare(grid, tmp_path, labelled, predicted)
    # Beyond its ends a line reaches as far as the tolerance goes at 2 m beside it.
    reach = 200 + 2 * np.sqrt(9 - 4)
    assert found.labelled == pytest.approx(600)
    assert found.found == pytest.approx(reach, abs=2)
    assert found.predicted == pytest.approx(500)
    assert found.right == pytest.approx(200)
    assert found.missed == pytest.approx(600 - reach, abs=2)
    assert found.invented == pytest.approx(300)
    assert found.completeness == pytest.approx(reach / 600, abs=0.005)
    assert found.correctness == pytest.approx(200 / 500)
    assert found.quality == pytest.approx(200 / (500 + 600 - reach), abs=0.005)
    assert found.rms == pytest.approx(2.0)
    wide = compare(grid, tmp_path, labelled, predicted, tolerance=1e6)
    assert (wide.found, wide.right) == (pytest.approx(600), pytest.approx(500))
    none = compare(grid, tmp_path, labelled, predicted, tolerance=0.0)
    assert (none.found, none.right) == (0, 0)


def test_lines_where_something_is_unknown_do_not_count(grid: MaskSource, tmp_path: Path) -> None:
    errors = np.zeros((300, 400), np.uint8)
    errors[:, 200:] = 255
    found = compare(grid, tmp_path, [[(50, 100), (350, 100)]], [[(150, 100), (500, 100)]], errors=errors)
    assert found.labelled == pytest.approx(150)
    assert found.predicted == pytest.approx(50)
    assert found.found == pytest.approx(53, abs=1)


def test_lines_do_not_depend_on_strips(grid: MaskSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    lines = [rng.uniform(-20, 320, (5, 2)).tolist() for _ in range(20)]
    near = [(np.array(line) + rng.normal(0, 2, (5, 2))).tolist() for line in lines]
    whole = compare(grid, tmp_path, lines, near)
    monkeypatch.setattr(pixels, "STRIP_ROWS", (7, 7))
    parts = compare(grid, tmp_path, lines, near)
    assert vars(parts) == pytest.approx(vars(whole))
    inside = sum(shapely.intersection(shapely.LineString(line), shapely.box(0, 0, 400, 300)).length for line in lines)
    assert whole.labelled == pytest.approx(inside, rel=0.005)


def test_no_lines_at_all(grid: MaskSource, tmp_path: Path) -> None:
    line = [(50, 100), (350, 100)]
    assert compare(grid, tmp_path, [line], []).completeness == 0.0
    assert np.isnan(compare(grid, tmp_path, [line], []).correctness)
    assert compare(grid, tmp_path, [], [line]).quality == 0.0
    assert np.isnan(compare(grid, tmp_path, [], []).quality)


def test_pieces_keep_the_length() -> None:
    line = shapely.LineString([(0, 0), (10, 0), (10, 7.5)])
    middles, lengths = pieces(np.array([line, line]), 1.0)
    assert lengths.sum() == pytest.approx(35)
    assert lengths.max() <= 1.0
    assert middles[0].tolist() == [0.5, 0]
    assert len(pieces(np.empty(0, dtype=object), 1.0)[1]) == 0


def test_centrelines_of_a_mask_lie_in_pixels(tmp_path: Path) -> None:
    values = np.zeros((100, 200), np.uint8)
    values[48:53, :] = 1
    path = write_dem(tmp_path / "road.tif", values)
    with MaskSource(path) as mask:
        said: list[float] = []
        lines = mask_lines(path, mask, said.append)
    assert len(lines) == 1
    assert lines[0].length == pytest.approx(200, abs=2)
    assert np.abs(shapely.get_coordinates(lines)[:, 1] - 50.5).max() < 0.6
    assert said
    empty = write_dem(tmp_path / "none.tif", np.zeros((100, 200), np.uint8))
    with MaskSource(empty) as mask:
        assert len(mask_lines(empty, mask, said.append)) == 0


# Masks


def read_mask(path: Path, **options: object) -> tuple[np.ndarray, MaskSource]:
    with MaskSource(path, **options) as mask:  # type: ignore[arg-type]
        return mask.read(Window(0, 0, mask.width, mask.height)), mask


def test_masks_of_classes(tmp_path: Path) -> None:
    path = write_dem(tmp_path / "m.tif", np.array([[0, 1, 2, 7, 255]], np.uint8), nodata=7)
    assert read_mask(path)[0].tolist() == [[0, 1, 1, 255, 255]]
    assert read_mask(path, value=2)[0].tolist() == [[0, 0, 1, 255, 255]]
    assert read_mask(path, value=255)[0].tolist() == [[0, 0, 0, 255, 1]]
    assert read_mask(path)[1].undeclared == 1
    signed = write_dem(tmp_path / "s.tif", np.array([[0, -1, 300, -9999]], np.int16), nodata=-9999)
    assert read_mask(signed)[0].tolist() == [[0, 1, 1, 255]]


def test_masks_of_probabilities(tmp_path: Path) -> None:
    values = np.array([[0.0, 0.49, 0.5, 1.0, np.nan, -9999]], np.float32)
    path = write_dem(tmp_path / "p.tif", values, nodata=-9999)
    found, mask = read_mask(path)
    assert found.tolist() == [[0, 0, 1, 1, 255, 255]]
    assert mask.threshold == 0.5
    assert read_mask(path, threshold=0.4)[0].tolist() == [[0, 1, 1, 1, 255, 255]]
    classes = write_dem(tmp_path / "c.tif", np.array([[0.0, 1.0, 2.0, 0.2]], np.float32))
    found, mask = read_mask(classes)
    assert found.tolist() == [[0, 1, 1, 1]]
    assert mask.threshold is None


def test_elevation_is_no_mask(tmp_path: Path) -> None:
    heights = np.random.default_rng(0).normal(100.0, 20.0, (1, 40)).astype(np.float32)
    with pytest.raises(OptionError, match=r"is no mask: it has values such as .* as elevation has"):
        read_mask(write_dem(tmp_path / "z.tif", heights))
    assert read_mask(write_dem(tmp_path / "r.tif", np.round(heights)))[0].all()


def test_scaled_probabilities(tmp_path: Path) -> None:
    import rasterio

    path = write_dem(tmp_path / "p.tif", np.array([[0, 100, 127, 254, 255]], np.uint8), nodata=255)
    with rasterio.open(path, "r+") as dataset:
        dataset.scales = (1 / 254,)
    found, mask = read_mask(path)
    assert mask.threshold == 0.5
    assert found.tolist() == [[0, 0, 1, 1, 255]]


def test_class_names_of_our_own_masks(tmp_path: Path) -> None:
    import rasterio

    path = write_dem(tmp_path / "m.tif", np.zeros((3, 3), np.uint8), crs=UTM, transform=METRE_GRID)
    with rasterio.open(path, "r+") as dataset:
        dataset.update_tags(CLASS_1="building", CLASS_2="road", CLASSES="2")
    assert read_mask(path)[1].classes == {1: "building", 2: "road"}
