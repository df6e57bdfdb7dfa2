"""Dropping what is too wide to be of its class."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from segmenting import FakeModel, card, read, run_segmenter, write_dem

from dem_segmenter.inference import widths
from dem_segmenter.inference.classes import output_classes
from dem_segmenter.inference.widths import RIM, WidthFilter, too_wide


def blobs(seed: int, shape: tuple[int, int] = (40, 36)) -> np.ndarray:
    """Islands of all sizes, ``(H, W) bool``."""
    from scipy import ndimage

    return np.asarray(ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 3.0) > -0.03)


def one_by_one(mask: np.ndarray, max_width: float, size_x: float, size_y: float) -> np.ndarray:
    """The definition, pixel by pixel: what is near the middle of a disk within the mask, and hangs together with it."""
    rows, cols = np.mgrid[-1 : mask.shape[0] + 1, -1 : mask.shape[1] + 1]
    inside = np.pad(mask, 1)
    off = np.stack([rows[~inside] * size_y, cols[~inside] * size_x], 1)
    on = np.stack([rows[inside] * size_y, cols[inside] * size_x], 1)
    depth = np.sqrt(((on[:, None] - off[None]) ** 2).sum(2)).min(1) - max(size_x, size_y) / 2
    cores = on[depth > max_width / 2]
    out = np.zeros(inside.shape, bool)
    if len(cores):
        far = (0.5 + RIM) * max_width
        near = np.zeros(inside.shape, bool)
        near[inside] = np.sqrt(((on[:, None] - cores[None]) ** 2).sum(2)).min(1) <= far
        out[inside] = depth > max_width / 2
        for _ in range(math.ceil(math.sqrt(2.0) * far / min(size_x, size_y))):
            grown = out.copy()
            grown[1:] |= out[:-1]
            grown[:-1] |= out[1:]
            grown[:, 1:] |= out[:, :-1]
            grown[:, :-1] |= out[:, 1:]
            out = grown & near
    return out[1:-1, 1:-1]


@pytest.mark.parametrize("size", [(1.0, 1.0), (0.5, 0.5), (1.0, 2.0), (2.0, 1.0)])
@pytest.mark.parametrize("width", [5.0, 8.0, 11.0])
def test_what_a_disk_fits_into_is_too_wide(size: tuple[float, float], width: float) -> None:
    size_x, size_y = size
    for seed in range(6):
        mask = blobs(seed)
        found = too_wide(mask, width, (size_y, size_x))
        expected = one_by_one(mask, width, size_x, size_y)
        np.testing.assert_array_equal(np.zeros_like(mask) if found is None else found, expected)


def test_the_test_above_saw_masks_that_are_and_are_not_too_wide() -> None:
    shares = [one_by_one(blobs(seed), width, 1.0, 1.0).mean() for seed in range(6) for width in (5.0, 8.0, 11.0)]
    assert min(shares) == 0.0
    assert max(shares) > 0.2


@pytest.mark.parametrize("cuts", [(), (1, 1, 9, 11, 60), tuple(range(90)), (89,), (50,)])
def test_what_comes_out_does_not_depend_on_how_rows_come(cuts: tuple[int, ...]) -> None:
    shape = (90, 36)
    mask = np.where(blobs(3, shape), 2, np.where(blobs(4, shape), 1, 0)).astype(np.uint8)
    mask[5:9, :7] = 255
    sure = blobs(5, shape)
    limits = {1: 7.0, 2: 11.0, 3: 0.0}
    whole, whole_sure = WidthFilter(limits, (1.0, 1.0)).push(mask, sure, last=True)
    for value, width in ((1, 7.0), (2, 11.0)):
        np.testing.assert_array_equal(whole == value, (mask == value) & ~one_by_one(mask == value, width, 1.0, 1.0))
    assert ((whole != mask) <= (whole == 0)).all()
    streamed, parts, edges = WidthFilter(limits, (1.0, 1.0)), [], [0, *cuts, 90]
    for start, stop in itertools.pairwise(edges):
        parts.append(streamed.push(mask[start:stop], sure[start:stop]))
    parts.append(streamed.push(mask[:0], sure[:0], last=True))
    np.testing.assert_array_equal(np.concatenate([rows for rows, _ in parts]), whole)
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in parts]), whole_sure)
    assert len(parts[-1][0]) <= 26  # no more wait than what decides about a pixel


def test_roads_stay_and_the_field_they_lead_into_goes() -> None:
    mask = np.zeros((120, 120), bool)
    mask[:, 10:18] = True  # a road of 8 m
    mask[50:110, 40:110] = True  # a field of 60 m by 70 m
    mask[76:84, 18:40] = True  # from the road to the field
    mask[0:15, 30:] = True  # a road of 15 m, cut by the raster's edge, and so perhaps wider
    mask[50:110, 112:116] = True  # a track that runs along the field
    found = too_wide(mask, 40.0, (1.0, 1.0))
    assert found is not None
    assert not found[:, :33].any()
    assert not found[:15].any()
    assert not found[:, 111:].any()
    assert found[60:100, 50:100].all()
    # Corners, too, are within the rim; the road is where it leaves the field.
    assert np.count_nonzero(mask[50:110, 40:110] & ~found[50:110, 40:110]) < 0.03 * 60 * 70


def test_only_what_is_around_wide_parts_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Distances of a whole row of tiles would cost as much as the network where nothing is too wide."""
    seen: list[tuple[int, ...]] = []
    measured = widths.ndimage.distance_transform_edt

    def counted(mask: np.ndarray, **options: object) -> np.ndarray:
        seen.append(mask.shape)
        return np.asarray(measured(mask, **options))

    monkeypatch.setattr(widths.ndimage, "distance_transform_edt", counted)
    mask = np.zeros((200, 900), bool)
    mask[90:100] = True
    assert too_wide(mask, 20.0, (1.0, 1.0)) is None
    assert seen == []
    mask[80:120, 400:440] = True
    assert too_wide(mask, 20.0, (1.0, 1.0)) is not None
    assert max(shape[1] for shape in seen) < 120


def test_pixels_nearly_as_wide_as_that_are_left_alone() -> None:
    mask, sure = np.ones((50, 50), np.uint8), np.ones((50, 50), bool)
    out, _ = WidthFilter({1: 40.0}, (20.0, 20.0)).push(mask, sure)
    np.testing.assert_array_equal(out, mask)
    out, _ = WidthFilter({1: 40.0}, (2.0, 2.0)).push(mask, sure, last=True)
    assert out.mean() < 0.1


@pytest.mark.parametrize("limit", [0.0, 20.0])
def test_a_run_drops_it_from_the_mask_and_not_from_the_probabilities(tmp_path: Path, limit: float) -> None:
    z = np.full((150, 130), 100.0, np.float32)
    z[10:140, 5:13] += 6.0
    z[40:100, 60:110] += 6.0
    dem = write_dem(tmp_path / "dem.tif", z)
    _, mask, probability = run_segmenter(dem, tmp_path, FakeModel(card(max_width=limit), reach=60), overlap=0.5)
    found = read(mask) == 1
    assert found[20:130, 7:11].all()
    assert found[50:90, 70:100].all() == (limit == 0.0)
    assert found[50:90, 70:100].any() == (limit == 0.0)
    assert (read(probability)[50:90, 70:100] > 0.9).all()


def test_the_user_can_have_everything() -> None:
    head = card(max_width=40.0)
    assert output_classes([head])[0].max_width == 40.0
    assert output_classes([head], min_area=5.0)[0].max_width == 40.0
    assert output_classes([head], min_area=0.0)[0].max_width == 0.0
