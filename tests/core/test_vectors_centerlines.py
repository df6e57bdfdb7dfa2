"""Centrelines: place, length, width, junctions, seams."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine, from_origin
from scipy import ndimage

from dem_segmenter.errors import OptionError
from dem_segmenter.vectors.centerlines import Centerline, centerlines, write_centerlines
from dem_segmenter.vectors.footprints import footprints

PIXELS = Affine.identity()


def write_roads(path: Path, roads: shapely.Geometry, shape: tuple[int, int], noise: float = 0.0) -> Path:
    """Draw polygons, metres and y down, as a mask of 1 m pixels; ``noise`` is the share of edge pixels to flip."""
    mask = rasterize([roads], shape, transform=PIXELS).astype(bool)
    if noise:
        edge = ndimage.binary_dilation(mask) & ~ndimage.binary_erosion(mask, border_value=1)
        mask ^= edge & (np.random.default_rng(0).random(shape) < noise)
    with rasterio.open(
        path, "w", driver="GTiff", width=shape[1], height=shape[0], count=1, dtype="uint8", nodata=255,
        crs="EPSG:32633", transform=from_origin(1000.0, 1000.0, 1.0, 1.0),
    ) as dataset:  # fmt: skip
        dataset.write(mask.astype("uint8"), 1)
    return path


def as_pixels(geometry: shapely.Geometry) -> shapely.Geometry:
    """From the mask's CRS back to metres and y down."""
    return shapely.transform(geometry, lambda points: (points - 1000.0) * (1, -1))


def nodes(lines: list[Centerline]) -> Counter:
    """How many lines end at each point."""
    return Counter(point for line in lines for point in (line.geometry.coords[0], line.geometry.coords[-1]))


def curve(rows: int = 400) -> shapely.LineString:
    """A winding road that runs off the raster at the top and at the bottom."""
    y = np.linspace(-20, rows + 20, 500)
    return shapely.LineString(np.stack([100 + 50 * np.sin(y / 60), y], axis=1))


@pytest.mark.parametrize("noise", [0.0, 0.2])
@pytest.mark.parametrize("strip_rows", [16, 1000])
def test_a_curved_road(tmp_path, strip_rows, noise):
    path = write_roads(tmp_path / "m.tif", curve().buffer(4.0), (400, 200), noise)
    truth = curve().intersection(shapely.box(0, 0, 200, 400))
    (line,) = centerlines(path, strip_rows=strip_rows)
    points = np.asarray(as_pixels(line.geometry).segmentize(1.0).coords)
    away = shapely.distance(truth, shapely.points(points))
    inside = (points[:, 1] > 8) & (points[:, 1] < 392)  # what is cut obliquely by the raster's edge ends askew
    assert away[inside].max() < 1.0 + 2 * noise
    assert away.max() < 2.0 + 5 * noise
    assert line.length_m == pytest.approx(truth.length, rel=0.03)
    assert line.width_m == pytest.approx(8.0, abs=0.5 + 5 * noise)  # bites into the edge make it narrower
    assert line.class_name == "road"


def test_a_dead_end_reaches_the_end_of_the_road(tmp_path):
    road = shapely.LineString([(30, 25.5), (170, 25.5)]).buffer(5.0, cap_style="flat")
    (line,) = centerlines(write_roads(tmp_path / "m.tif", road, (50, 200)))
    assert line.length_m == pytest.approx(140.0, abs=2.0)
    assert shapely.bounds(as_pixels(line.geometry)) == pytest.approx([30, 25.5, 170, 25.5], abs=1.5)


@pytest.mark.parametrize("strip_rows", [10, 64, 1000])
def test_a_t_junction_is_three_lines_with_one_node(tmp_path, strip_rows):
    roads = shapely.union_all(
        [
            shapely.LineString([(-10, 80), (210, 80)]).buffer(3.5),
            shapely.LineString([(100, 80), (100, 210)]).buffer(3.5),
        ]
    )
    found = list(centerlines(write_roads(tmp_path / "m.tif", roads, (200, 200)), strip_rows=strip_rows))
    assert len(found) == 3
    ((node, count),) = [(node, count) for node, count in nodes(found).items() if count > 1]
    assert count == 3
    assert math.dist(node, (1100, 920)) < 3.0
    assert sum(line.length_m for line in found) == pytest.approx(200 + 120, rel=0.03)


def test_a_crossing_is_four_lines_with_one_node(tmp_path):
    roads = shapely.union_all(
        [
            shapely.LineString([(-10, 60), (210, 130)]).buffer(4),
            shapely.LineString([(60, -10), (130, 210)]).buffer(4),
        ]
    )
    found = list(centerlines(write_roads(tmp_path / "m.tif", roads, (200, 200))))
    assert sorted(nodes(found).values()) == [1, 1, 1, 1, 4]


def grid_of_roads(size: int) -> shapely.Geometry:
    lines = [shapely.LineString([(-20, at), (size + 20, at + 35)]) for at in range(30, size, 70)]
    lines += [shapely.LineString([(at, -20), (at - 35, size + 20)]) for at in range(40, size, 80)]
    return shapely.union_all(shapely.buffer(lines, 3.0))


@pytest.mark.parametrize("strip_rows", [5, 33, 100])
def test_strips_do_not_show_in_a_network(tmp_path, strip_rows):
    path = write_roads(tmp_path / "m.tif", grid_of_roads(300), (300, 300), noise=0.1)
    whole = list(centerlines(path, strip_rows=1000))
    strips = list(centerlines(path, strip_rows=strip_rows))
    assert Counter(nodes(strips).values()) == Counter(nodes(whole).values())
    assert sum(line.length_m for line in strips) == pytest.approx(sum(line.length_m for line in whole), rel=1e-3)
    apart = shapely.hausdorff_distance(
        shapely.union_all([line.geometry for line in strips]), shapely.union_all([line.geometry for line in whole])
    )
    assert apart < 2.0


def test_gaps_are_closed_only_where_roads_face_each_other(tmp_path):
    roads = shapely.union_all(
        [
            shapely.box(10, 20, 98, 26),
            shapely.box(101, 20, 190, 26),
            shapely.box(10, 60, 90, 66),
            shapely.box(10, 69, 90, 75),
        ]
    )
    path = write_roads(tmp_path / "m.tif", roads, (100, 200))
    lengths = sorted(round(line.length_m, -1) for line in centerlines(path, max_gap=12.0))
    assert lengths == [80, 80, 180]
    assert len(list(centerlines(path, max_gap=0.0))) == 4


def test_rings_and_short_pieces(tmp_path):
    roads = shapely.union_all([shapely.Point(60, 60).buffer(40).exterior.buffer(3), shapely.box(150, 50, 156, 55)])
    path = write_roads(tmp_path / "m.tif", roads, (120, 200))
    for strip_rows in (20, 1000):
        (ring,) = centerlines(path, strip_rows=strip_rows)
        assert ring.length_m == pytest.approx(2 * math.pi * 40, rel=0.03)
        assert shapely.is_ring(ring.geometry)


def test_empty_and_wrong(tmp_path):
    path = write_roads(tmp_path / "m.tif", shapely.Point(-50, -50).buffer(1), (40, 40))
    assert list(centerlines(path)) == []
    assert write_centerlines(path, tmp_path / "out.gpkg").count == 0
    with pytest.raises(OptionError):
        list(centerlines(path, min_length=-1.0))


def test_road_polygons_follow_the_road(tmp_path):
    path = write_roads(tmp_path / "m.tif", curve().buffer(4.0), (400, 200))
    (road,) = footprints(path, class_name="road", right_angles=False)
    truth = curve().buffer(4.0).intersection(shapely.box(0, 0, 200, 400))
    shape = as_pixels(road.geometry)
    assert shape.intersection(truth).area / shape.union(truth).area > 0.95
    assert road.class_name == "road"
