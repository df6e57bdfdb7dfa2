"""Labels of any kind, CRS and state of repair come out as pixels of a DEM's grid."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio.warp
import shapely
from affine import Affine
from labelling import ALL, X, Y, box, drawn, expected, labels, moved, refused, write_layer
from rasterio.windows import Window
from segmenting import UTM, write_dem

from dem_segmenter.errors import OptionError


@pytest.fixture
def dem(tmp_path: Path) -> Path:
    return write_dem(tmp_path / "dem.tif", np.zeros((50, 60), np.float32))


# What is labelled


def test_without_area_the_bounding_box_is_known(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [box(5, 10, 9, 15), box(20, 30, 30, 40)])
    with labels(dem, source) as truth:
        assert truth.kind == "polygons"
        assert (truth.read(ALL) == expected((5, 10, 9, 15), (20, 30, 30, 40), known=(5, 10, 30, 40))).all()
        assert truth.places() == [Window(5, 10, 25, 30)]
        assert len(truth.warnings) == 1
        assert "only the bounding box" in truth.warnings[0]
        assert source in truth.files


def test_a_value_is_refused_for_drawn_shapes(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [box(5, 5, 12, 12), box(20, 20, 30, 28)], kind=[1, 2])
    with pytest.raises(OptionError, match="2 would be a value of a raster") as caught, labels(dem, source, value=2):
        pass
    chosen = caught.value.advice.split("'")[1].replace("FILE", str(source)).replace("NAME", "l")
    values = drawn(dem, chosen.replace("FIELD=VALUE", "kind=2"))
    assert values[24, 25] == 1
    assert values[8, 8] != 1


def test_complete_labels_make_all_the_rest_background(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [box(5, 10, 9, 15)])
    with labels(dem, source, complete=True) as truth:
        assert (truth.read(ALL) == expected((5, 10, 9, 15))).all()
        assert truth.places() == [ALL]
        assert "all of 'dem' counts as labelled" in truth.warnings[0]


def test_outside_of_the_area_is_unknown(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [box(5, 10, 15, 20), box(40, 40, 45, 45)])
    area = write_layer(tmp_path / "a.gpkg", [box(0, 0, 10, 30)])
    with labels(dem, source, area=area) as truth:
        assert (truth.read(ALL) == expected((5, 10, 10, 20), known=(0, 0, 10, 30))).all()
        assert truth.places() == [Window(0, 0, 10, 30)]
        assert truth.warnings == []
        assert set(truth.files) == {source, area}


def test_areas_that_touch_are_one_place(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [box(2, 2, 4, 4)])
    area = write_layer(
        tmp_path / "a.gpkg",
        [box(0, 0, 10, 10), box(10, 5, 20, 12), box(15, 8, 18, 30), box(40.5, 20, 70, 30), box(30, 40, 35, 45)],
    )
    with labels(dem, source, area=area) as truth:
        assert truth.places() == [Window(0, 0, 20, 30), Window(40, 20, 20, 10), Window(30, 40, 5, 5)]


def test_an_area_with_a_hole_that_is_invalid_is_repaired(dem: Path, tmp_path: Path) -> None:
    bow = shapely.Polygon([(X, Y - 20), (X + 20, Y), (X + 20, Y - 20), (X, Y)])
    source = write_layer(tmp_path / "l.gpkg", [box(0, 0, 20, 20)])
    area = write_layer(tmp_path / "a.gpkg", [bow])
    with labels(dem, source, area=area) as truth:
        assert any("1 invalid geometry of 'a.gpkg' repaired" in w for w in truth.warnings)
        label = truth.read(ALL)
    assert label[10, 2] == label[10, 18] == 1
    assert label[2, 10] == label[18, 10] == 255


def test_windows_show_no_seams_and_may_reach_beyond(dem: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    polygons = [shapely.Point(X + x, Y - y).buffer(r) for x, y, r in rng.uniform((0, 0, 2), (60, 50, 6), (30, 3))]
    source = write_layer(tmp_path / "l.gpkg", polygons)
    with labels(dem, source, complete=True) as truth:
        whole = truth.read(Window(-7, -5, 80, 70))
        assert (whole[5:55, 7:67] == truth.read(ALL)).all()
        assert (np.delete(np.delete(whole, np.s_[5:55], 0), np.s_[7:67], 1) == 255).all()
        assert (whole[:5] == 255).all()
        for row in range(0, 50, 17):
            for col in range(0, 60, 13):
                part = truth.read(Window(col, row, 13, 17))
                height, width = min(17, 50 - row), min(13, 60 - col)
                assert (part[:height, :width] == whole[5 + row : 5 + row + height, 7 + col : 7 + col + width]).all()
                assert (part[height:] == 255).all()
        assert (truth.read(Window(100, 100, 5, 5)) == 255).all()


def test_pixels_belong_to_the_class_by_their_centre(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [box(5.4, 5.4, 9.6, 9.6), box(20.6, 5, 30.4, 10)])
    label = drawn(dem, source, complete=True)
    assert (label == expected((5, 5, 10, 10), (21, 5, 30, 10))).all()


# CRS and ground


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:25833", "EPSG:3035"])
def test_labels_and_area_in_another_crs(dem: Path, tmp_path: Path, crs: str) -> None:
    source = write_layer(tmp_path / "l.gpkg", [moved(box(5, 10, 9, 15), crs), moved(box(20, 30, 30, 40), crs)], crs)
    area = write_layer(tmp_path / "a.gpkg", [moved(box(0, 0, 25, 50), crs)], crs)
    assert (drawn(dem, source, area=area) == expected((5, 10, 9, 15), (20, 30, 25, 40), known=(0, 0, 25, 50))).all()


def test_labels_without_a_crs_are_in_the_dems(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.shp", [box(5, 10, 9, 15)], crs=None)
    with labels(dem, source, complete=True) as truth:
        assert (truth.read(ALL) == expected((5, 10, 9, 15))).all()
        assert any("has no CRS" in w and "EPSG:25832" in w for w in truth.warnings)


@pytest.mark.parametrize(
    ("crs", "transform", "pixel"),
    [
        (UTM, Affine(2.0, 0, X, 0, -2.0, Y), 2.0),
        ("EPSG:4326", Affine(1 / 111_412 / math.cos(math.radians(50)), 0, 9, 0, -1 / 111_230, 50), 1.0),
        ("EPSG:2263", Affine(3.28083333, 0, 990_000, 0, -3.28083333, 200_000), 1.0),
        (UTM, Affine(0.6, 0.8, X, 0.8, -0.6, Y), 1.0),
    ],
)
def test_the_buffer_is_in_metres_on_the_ground(tmp_path: Path, crs: str, transform: Affine, pixel: float) -> None:
    dem = write_dem(tmp_path / "dem.tif", np.zeros((100, 120), np.float32), crs=crs, transform=transform)
    ends = [transform * (20, 50.0), transform * (100, 50.0)]
    source = write_layer(tmp_path / "l.gpkg", [shapely.LineString(ends)], crs)
    with labels(dem, source, buffer=6.0, complete=True) as truth:
        assert truth.kind == "lines"
        across = (truth.read(Window(0, 0, 120, 100))[:, 60] == 1).sum() * pixel
    assert across == pytest.approx(12.0, abs=pixel)


def test_a_width_field_wins_over_the_buffer(dem: Path, tmp_path: Path) -> None:
    lines = [shapely.LineString([(X + 5, Y - y), (X + 55, Y - y)]) for y in (5, 15, 25, 35, 45)]
    source = write_layer(tmp_path / "l.gpkg", lines, width=["8", "4.0 m", "broad", "-3", ""])
    with labels(dem, source, buffer=1.0, width_field="width", complete=True) as truth:
        widths = (truth.read(ALL)[:, 30] == 1).reshape(5, 10).sum(axis=1)
        assert any("3 lines of 'l.gpkg' without a width in 'width' got the buffer of 1 m" in w for w in truth.warnings)
        assert len(truth.lines(ALL)) == 5
    assert widths.tolist() == [8, 4, 2, 2, 2]
    with labels(dem, source, width_field="width", complete=True) as truth:
        widths = (truth.read(ALL)[:, 30] == 1).reshape(5, 10).sum(axis=1)
        assert any("3 lines of 'l.gpkg' without a width in 'width' were left out" in w for w in truth.warnings)
    assert widths.tolist() == [8, 4, 0, 0, 0]


def test_numeric_widths_with_nulls(dem: Path, tmp_path: Path) -> None:
    lines = [shapely.LineString([(X + 5, Y - y), (X + 55, Y - y)]) for y in (5, 15)]
    source = write_layer(tmp_path / "l.gpkg", lines, width=[6.0, np.nan])
    assert (drawn(dem, source, buffer=1.0, width_field="width")[:, 30] == 1).sum() == 8


def test_lines_wider_than_the_way_to_the_dem_reach_into_it(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [shapely.LineString([(X - 3, Y), (X - 3, Y - 50)])])
    assert (drawn(dem, source, buffer=5.0, complete=True) == expected((0, 0, 2, 50))).all()


def test_lines_are_looked_up_by_window(dem: Path, tmp_path: Path) -> None:
    lines = [shapely.LineString([(X - 20, Y - y), (X + 100, Y - y)]) for y in (10, 30)]
    source = write_layer(tmp_path / "l.gpkg", lines)
    with labels(dem, source, buffer=2.0) as truth:
        found = truth.lines(Window(10, 5, 20, 20))
        assert len(found) == 1
        assert shapely.equals(found[0], shapely.LineString([(-20, 10), (100, 10)]))
        assert len(truth.lines(Window(10, 15, 20, 10))) == 0
        assert len(truth.lines(ALL)) == 2


def test_thin_lines_are_warned_about(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [shapely.LineString([(X, Y - 10), (X + 50, Y - 20)])])
    with labels(dem, source, buffer=0.2) as truth:
        assert any("less than a pixel" in w for w in truth.warnings)


def test_lines_need_a_width(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [shapely.LineString([(X, Y - 10), (X + 50, Y - 20)])], width=[0.0])
    assert "buffer" in refused(dem, source, "are lines, whose width is not known").advice
    assert "buffer" in refused(dem, source, "No line of .* has a width", width_field="width").advice
    assert "fields are width" in refused(dem, source, "no field 'breadth'", width_field="breadth").advice


@pytest.mark.parametrize("buffer", [0.0, -1.0, math.nan, math.inf])
def test_a_buffer_that_is_none(dem: Path, tmp_path: Path, buffer: float) -> None:
    source = write_layer(tmp_path / "l.gpkg", [box(5, 10, 9, 15)])
    with pytest.raises(OptionError, match="buffer of"), labels(dem, source, buffer=buffer):
        pass


# Geometries


def test_every_kind_of_geometry(dem: Path, tmp_path: Path) -> None:
    """Multi, Z, M, curves and collections; a TIN and an empty one are left out; CSV, too."""

    def ring(left: float, top: float, right: float, bottom: float, more: str = "") -> str:
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        return "(" + ",".join(f"{X + x} {Y - y}{more}" for x, y in corners) + ")"

    x, y = X + 40, Y - 30
    rows = [
        f"MULTIPOLYGON(({ring(1, 1, 5, 5)}),({ring(7, 1, 9, 5)}))",
        f"POLYGON ZM({ring(11, 1, 15, 5, ' 7 8')})",
        f"POLYGON M({ring(17, 1, 20, 5, ' 7')})",
        f"GEOMETRYCOLLECTION(POLYGON({ring(22, 1, 25, 5)}),GEOMETRYCOLLECTION(POLYGON({ring(27, 1, 30, 5)})))",
        f"CURVEPOLYGON(CIRCULARSTRING({x - 6} {y},{x} {y + 6},{x + 6} {y},{x} {y - 6},{x - 6} {y}))",
        "POLYGON EMPTY",
        "",
    ]
    source = tmp_path / "l.csv"
    source.write_text("id,WKT\n" + "".join(f'{i},"{text}"\n' for i, text in enumerate(rows)))
    with labels(dem, source, complete=True) as truth:
        label = truth.read(ALL)
        assert any("2 features of 'l.csv' without a geometry left out" in w for w in truth.warnings)
    flat = expected((1, 1, 5, 5), (7, 1, 9, 5), (11, 1, 15, 5), (17, 1, 20, 5), (22, 1, 25, 5), (27, 1, 30, 5))
    assert (label[:20] == flat[:20]).all()
    assert (label[20:] == 1).sum() == pytest.approx(math.pi * 36, rel=0.03)


def test_invalid_geometries_are_repaired_and_counted(dem: Path, tmp_path: Path) -> None:
    bow = shapely.Polygon([(X, Y - 20), (X + 20, Y), (X + 20, Y - 20), (X, Y)])
    double = shapely.MultiPolygon([box(30, 0, 40, 10), box(35, 5, 45, 15)])
    source = write_layer(tmp_path / "l.gpkg", [shapely.MultiPolygon([bow]), double, box(50, 40, 52, 42)])
    with labels(dem, source, complete=True) as truth:
        assert any("2 invalid geometries of 'l.gpkg' repaired" in w for w in truth.warnings)
        label = truth.read(ALL)
    assert label[10, 2] == label[10, 18] == 1
    assert label[2, 10] == 0
    assert (label[:15, 30:45] == expected((30, 0, 40, 10), (35, 5, 45, 15))[:15, 30:45]).all()


def test_features_without_geometry_are_counted(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [box(5, 10, 9, 15), None, None, shapely.Polygon()])
    with labels(dem, source, complete=True) as truth:
        assert any("3 features of 'l.gpkg' without a geometry left out" in w for w in truth.warnings)
        assert (truth.read(ALL) == expected((5, 10, 9, 15))).all()


def test_points_are_refused(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [shapely.Point(X + 5, Y - 5), shapely.Point(X + 9, Y - 5)])
    assert "buffer" in refused(dem, source, "are points").advice
    mixed = write_layer(tmp_path / "m.gpkg", [shapely.Point(X + 5, Y - 5), box(5, 10, 9, 15)])
    with labels(dem, mixed) as truth:
        assert any("1 point of 'm.gpkg' left out" in w for w in truth.warnings)


@pytest.mark.parametrize("geometries", [[], [None, None], [shapely.Polygon()]])
def test_a_layer_with_nothing_in_it(dem: Path, tmp_path: Path, geometries: list[Any]) -> None:
    source = write_layer(tmp_path / "l.gpkg", geometries or [box(0, 0, 1, 1)])
    refused(dem, f"{source}|subset=fid < 0" if not geometries else source, "no features with a geometry")


def test_labels_elsewhere_say_where_both_are(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [moved(box(500, 500, 510, 510), "EPSG:4326")], "EPSG:4326")
    error = refused(dem, source, "do not touch 'dem'")
    assert "EPSG:4326 (9.0" in error.message
    assert "EPSG:25832 (500000, 5599950, 500060, 5600000)" in error.message
    assert "in that CRS: (" in error.message
    beside = write_layer(tmp_path / "b.gpkg", [box(60, 10, 70, 20)])
    refused(dem, beside, "do not touch 'dem'")


def test_an_area_elsewhere(dem: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [box(5, 10, 9, 15)])
    area = write_layer(tmp_path / "a.gpkg", [box(500, 500, 510, 510)])
    refused(dem, source, "area 'a.gpkg' does not touch 'dem'", area=area)
    lines = write_layer(tmp_path / "b.gpkg", [shapely.LineString([(X, Y), (X + 50, Y - 50)])])
    refused(dem, source, "holds no polygons", area=lines)
    refused(dem, source, "no file .* for the area", area=tmp_path / "nothing.gpkg")


# Files and layers


def test_layers_are_named_as_in_qgis(dem: Path, tmp_path: Path) -> None:
    path = write_layer(tmp_path / "two.gpkg", [box(5, 10, 9, 15), box(1, 1, 2, 2)], layer="houses", kind=["a", "b"])
    write_layer(path, [box(0, 0, 30, 30)], layer="limits")
    whole = expected((5, 10, 9, 15), (1, 1, 2, 2), known=(0, 0, 30, 30))
    assert (drawn(dem, path, layer="houses", area=f"{path}|layername=limits") == whole).all()
    assert (drawn(dem, f"{path}|layername=houses", area=path, area_layer="limits") == whole).all()
    one = drawn(dem, f"{path}|layername=houses|subset=\"kind\" = 'a'", complete=True)
    assert (one == expected((5, 10, 9, 15))).all()
    assert "houses" in refused(dem, path, "does not say which layer").message
    assert "limits" in refused(dem, path, "no layer 'sheds'", layer="sheds").advice


def test_files_that_are_no_labels(dem: Path, tmp_path: Path) -> None:
    refused(dem, tmp_path / "nothing.gpkg", "There is no file")
    (tmp_path / "notes.txt").write_text("These are notes.")
    refused(dem, tmp_path / "notes.txt", "cannot be opened as labels")


def test_an_edge_that_bends_in_the_rasters_crs_is_followed(tmp_path: Path, dem: Path) -> None:
    """A rectangle in degrees whose corners are far away: its edge is a parallel, and no straight line in UTM."""
    west, south = (float(v[0]) for v in rasterio.warp.transform(UTM, "EPSG:4326", [X + 30], [Y - 25]))
    area = write_layer(tmp_path / "area.gpkg", [shapely.box(west - 1.5, south - 1, west + 1.5, south)], "EPSG:4326")
    houses = write_layer(tmp_path / "houses.gpkg", [box(0, 0, 60, 50)])
    known = drawn(dem, houses, area=str(area)) != 255
    assert known.mean() == pytest.approx(0.5, abs=0.03)
    assert known[30:].all()
    assert not known[:20].any()


def test_probabilities_are_no_labels(tmp_path: Path, dem: Path) -> None:
    p = np.random.default_rng(0).random((50, 60)).astype(np.float32)
    path = write_dem(tmp_path / "p.tif", p)
    refused(dem, path, "'p.tif' holds fractions, as probabilities")
    write_dem(tmp_path / "classes.tif", np.round(p))
    assert np.array_equal(drawn(dem, tmp_path / "classes.tif"), np.round(p).astype(np.uint8))


def test_a_picture_is_no_label(tmp_path: Path, dem: Path) -> None:
    path = write_dem(tmp_path / "map.tif", np.full((3, 50, 60), 90, np.uint8), photometric="RGB")
    refused(dem, path, "is a picture in colours")


def test_an_area_around_the_world_holds_the_raster(tmp_path: Path, dem: Path) -> None:
    area = write_layer(tmp_path / "area.gpkg", [shapely.box(-180, -90, 180, 90)], "EPSG:4326")
    houses = write_layer(tmp_path / "houses.gpkg", [box(5, 5, 20, 20)])
    assert np.array_equal(drawn(dem, houses, area=str(area)), expected((5, 5, 20, 20)))
