"""From a vector layer to something the engine can open."""

import shutil
import zipfile
from pathlib import Path

import pytest
from conftest import LINE, OTHER, SQUARE
from osgeo import gdal, ogr, osr
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsFeatureRequest,
    QgsField,
    QgsGeometry,
    QgsVectorLayer,
    QgsVectorLayerJoinInfo,
)
from qgis.PyQt.QtCore import QVariant

from demsegmenter.dem_segmenter.errors import CancelledError, OptionError, OutputError
from demsegmenter.processing_provider import scratch
from demsegmenter.processing_provider.vector_input import FeaturesError, VectorOpenError, open_source, read_vector

pytestmark = pytest.mark.usefixtures("qgis_app")


def in_memory(*wkts, kind="Polygon", crs="EPSG:32618", fields=""):
    layer = QgsVectorLayer(f"{kind}?{'crs=' + crs if crs else ''}{fields}", "Drawn", "memory")
    if not crs:
        layer.setCrs(QgsCoordinateReferenceSystem())
    for wkt in wkts:
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        layer.dataProvider().addFeature(feature)
    return layer


def read(layer, request=None, field=""):
    return read_vector(layer, QgsCoordinateTransformContext(), request, field)


class Seen:
    """What the engine would find in the file that it is given."""

    def __init__(self, vector, feedback):
        with vector.opened("--labels", feedback) as arguments:
            self.path = arguments[0].partition("=")[2]
            self.arguments = arguments
            dataset = ogr.Open(self.path)
            assert dataset.GetLayerCount() == 1
            layer = dataset.GetLayer(0)
            self.crs = layer.GetSpatialRef()
            definition = layer.GetLayerDefn()
            self.fields = [definition.GetFieldDefn(i).GetName() for i in range(definition.GetFieldCount())]
            self.geometries, self.values = [], []
            for feature in layer:
                self.geometries.append(feature.GetGeometryRef().Clone())
                self.values.append([feature.GetField(name) for name in self.fields])
        assert not Path(self.path).exists(), "the temporary copy is removed"
        assert not Path(self.path).parent.exists()


def arguments(vector, feedback):
    with vector.opened("--labels", feedback) as told:
        return list(told)


def test_a_file_is_passed_as_it_is(polygons, feedback):
    vector = read(QgsVectorLayer(str(polygons), "Labels"))
    assert arguments(vector, feedback) == [f"--labels={polygons}"]
    assert vector.file == polygons
    assert feedback.phases == []


def test_a_relative_path_is_made_absolute(polygons, feedback, monkeypatch):
    monkeypatch.chdir(polygons.parent)
    assert arguments(read(QgsVectorLayer("labels.gpkg", "Labels")), feedback) == [f"--labels={polygons}"]


def test_the_layers_name_in_its_file_is_kept(polygons, feedback):
    dataset = ogr.Open(str(polygons), 1)
    dataset.CopyLayer(dataset.GetLayer(0), "zweite Lage")
    dataset = None
    layer = QgsVectorLayer(f"{polygons}|layername=zweite Lage", "Labels")
    assert arguments(read(layer), feedback) == [f"--labels={polygons}", "--labels-layer=zweite Lage"]


@pytest.mark.parametrize("ending", ["shp", "geojson", "fgb"])
def test_formats_that_everyone_reads_are_passed_as_they_are(polygons, feedback, ending):
    copy = polygons.with_suffix(f".{ending}")
    gdal.VectorTranslate(str(copy), str(polygons))
    assert arguments(read(QgsVectorLayer(str(copy), "Labels")), feedback) == [f"--labels={copy}"]


def test_a_member_of_a_zip_is_kept_whole(polygons, feedback):
    copy = polygons.with_suffix(".geojson")
    gdal.VectorTranslate(str(copy), str(polygons))
    with zipfile.ZipFile(polygons.parent / "labels.zip", "w") as archive:
        archive.write(copy, "inside/labels.geojson")
    source = f"/vsizip/{polygons.parent}/labels.zip/inside/labels.geojson"
    vector = read(open_source(source))
    assert vector.name == "labels"
    assert arguments(vector, feedback) == [f"--labels={source}"]
    assert vector.file == polygons.parent / "labels.zip"


def test_a_memory_layer_is_written_out_with_its_crs_and_nothing_else(feedback):
    layer = in_memory(SQUARE, OTHER, crs="EPSG:25832", fields="&field=secret:string")
    seen = Seen(read(layer), feedback)
    assert [g.Area() for g in seen.geometries] == [400.0, 100.0]
    assert seen.crs.GetAuthorityCode(None) == "25832"
    assert seen.fields == []
    assert feedback.phases == ["Writing the layer Drawn to a temporary file"]


@pytest.mark.parametrize(
    ("name", "stem"), [("Häuser: 2024/5", "Häuser_ 2024_5"), ("..", "layer"), ("", "layer"), ("x" * 300, "x" * 60)]
)
def test_the_copy_is_called_as_the_layer(feedback, name, stem):
    layer = in_memory(SQUARE)
    layer.setName(name)
    assert Path(Seen(read(layer), feedback).path).stem == stem


def test_a_missing_crs_stays_missing(feedback):
    seen = Seen(read(in_memory(SQUARE, crs="")), feedback)
    assert seen.crs is None
    assert len(seen.geometries) == 1


def test_a_file_without_a_crs_is_passed_as_it_is(tmp_path, feedback):
    path = tmp_path / "plain.shp"
    dataset = ogr.GetDriverByName("ESRI Shapefile").CreateDataSource(str(path))
    table = dataset.CreateLayer("plain", None, ogr.wkbPolygon)
    feature = ogr.Feature(table.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkt(SQUARE))
    table.CreateFeature(feature)
    feature = table = dataset = None
    layer = QgsVectorLayer(str(path), "Plain")
    assert not layer.crs().isValid()
    assert arguments(read(layer), feedback) == [f"--labels={path}"]


def test_the_layers_own_crs_counts_where_it_overrides_the_files(polygons, feedback):
    layer = QgsVectorLayer(str(polygons), "Labels")
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:25832"))
    seen = Seen(read(layer), feedback)
    assert seen.crs.GetAuthorityCode(None) == "25832"
    assert seen.geometries[0].GetEnvelope()[0] == 500020


def test_a_filter_counts(polygons, feedback):
    layer = QgsVectorLayer(str(polygons), "Labels")
    assert layer.setSubsetString('"area_m2" > 100')
    assert [g.Area() for g in Seen(read(layer), feedback).geometries] == [100.0]


def test_unsaved_edits_count(polygons, feedback):
    layer = QgsVectorLayer(str(polygons), "Labels")
    assert layer.startEditing()
    assert arguments(read(layer), feedback) == [f"--labels={polygons}"], "nothing is changed yet"
    layer.deleteFeature(next(layer.getFeatures()).id())
    added = QgsFeature(layer.fields())
    added.setGeometry(QgsGeometry.fromWkt("POLYGON((500000 4499900,500001 4499900,500001 4499901,500000 4499900))"))
    layer.addFeature(added)
    vector = read(layer)
    layer.rollBack()
    assert sorted(g.Area() for g in Seen(vector, feedback).geometries) == [0.5, 100.0], "as when the run began"


def test_a_selection_counts_where_it_is_asked_for(polygons, feedback):
    layer = QgsVectorLayer(str(polygons), "Labels")
    layer.selectByExpression('"area_m2" = 101')
    assert arguments(read(layer), feedback) == [f"--labels={polygons}"]
    request = QgsFeatureRequest().setFilterFids(layer.selectedFeatureIds())
    assert [g.Area() for g in Seen(read(layer, request), feedback).geometries] == [100.0]
    layer.removeSelection()
    with pytest.raises(FeaturesError, match="Nothing is selected in the layer Labels"):
        read(layer, QgsFeatureRequest().setFilterFids(layer.selectedFeatureIds()))


def test_only_the_width_is_written_out(feedback):
    layer = in_memory(LINE, kind="LineString", fields="&field=note:string&field=breite:double")
    layer.dataProvider().changeAttributeValues({1: {0: "x", 1: 6.5}})
    vector = read(layer, field="breite")
    assert vector.is_lines
    seen = Seen(vector, feedback)
    assert (seen.fields, seen.values) == (["breite"], [[6.5]])


def test_a_width_in_the_file_is_read_from_the_file(polygons, feedback):
    assert arguments(read(QgsVectorLayer(str(polygons), "L"), field="area_m2"), feedback) == [f"--labels={polygons}"]


@pytest.mark.parametrize("kind", ["virtual", "joined"])
def test_a_width_that_only_qgis_knows_is_written_out(polygons, feedback, project, kind):
    layer = QgsVectorLayer(str(polygons), "Labels")
    if kind == "virtual":
        layer.addExpressionField('"area_m2" / 10', QgsField("width", QVariant.Double))
        name, expected = "width", [[10.0], [10.1]]
    else:
        table = QgsVectorLayer("NoGeometry?field=key:double&field=width:double", "Widths", "memory")
        for key, width in ((100.0, 4.0), (101.0, 5.0)):
            row = QgsFeature(table.fields())
            row.setAttributes([key, width])
            table.dataProvider().addFeature(row)
        project.addMapLayers([layer, table])
        join = QgsVectorLayerJoinInfo()
        join.setJoinLayer(table)
        join.setJoinFieldName("key")
        join.setTargetFieldName("area_m2")
        join.setPrefix("")
        join.setUsingMemoryCache(True)
        layer.addJoin(join)
        name, expected = "width", [[4.0], [5.0]]
    seen = Seen(read(layer, field=name), feedback)
    assert (seen.fields, seen.values) == ([name], expected)


@pytest.mark.parametrize(("field", "message"), [("nichts", "no field nichts"), ("note", "holds no numbers")])
def test_a_width_that_is_none(polygons, field, message):
    with pytest.raises(OptionError, match=message):
        read(QgsVectorLayer(str(polygons), "Labels"), field=field)


def test_curves_are_written_out_straight(tmp_path, feedback):
    path = tmp_path / "round.gpkg"
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32618)
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    table = dataset.CreateLayer("round", crs, ogr.wkbCurvePolygon)
    feature = ogr.Feature(table.GetLayerDefn())
    circle = "CURVEPOLYGON(CIRCULARSTRING(0 0,5 5,10 0,5 -5,0 0))"
    feature.SetGeometry(ogr.CreateGeometryFromWkt(circle))
    table.CreateFeature(feature)
    feature = table = dataset = None
    seen = Seen(read(QgsVectorLayer(str(path), "Round")), feedback)
    assert seen.geometries[0].GetGeometryName() == "MULTIPOLYGON"
    assert abs(seen.geometries[0].Area() - 78.54) < 0.1


def test_what_only_this_process_can_open_is_written_out(polygons, feedback):
    gdal.FileFromMemBuffer("/vsimem/labels.gpkg", polygons.read_bytes())
    assert len(Seen(read(QgsVectorLayer("/vsimem/labels.gpkg", "Labels")), feedback).geometries) == 2


def test_features_without_a_geometry_are_left_out(feedback):
    layer = in_memory(SQUARE)
    layer.dataProvider().addFeature(QgsFeature(layer.fields()))
    assert len(Seen(read(layer), feedback).geometries) == 1


def test_many_features_come_whole(feedback):
    layer = in_memory(*[SQUARE] * 3000)
    assert len(Seen(read(layer), feedback).geometries) == 3000


@pytest.mark.parametrize("layer", ["empty", "no geometries", "any kind"])
def test_an_empty_layer(tmp_path, layer):
    made = in_memory()
    if layer == "no geometries":
        made.dataProvider().addFeature(QgsFeature(made.fields()))
    if layer == "any kind":
        dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(tmp_path / "any.gpkg"))
        dataset.CreateLayer("any", None, ogr.wkbUnknown)
        dataset = None
        made = QgsVectorLayer(str(tmp_path / "any.gpkg"), "Drawn")
    with pytest.raises(FeaturesError, match=r"layer Drawn has no features\. Choose another layer"):
        read(made)


@pytest.mark.parametrize(("kind", "message"), [("Point", "holds points"), ("NoGeometry", "table without a geometry")])
def test_what_is_no_area_and_no_line(kind, message):
    layer = in_memory(kind=kind)
    layer.dataProvider().addFeature(QgsFeature(layer.fields()))
    with pytest.raises(FeaturesError, match=f"Drawn .*{message}.*Choose a layer with polygons or lines"):
        read(layer)


def test_a_layer_whose_file_has_gone(polygons):
    moved = polygons.with_name("moved.gpkg")
    shutil.move(polygons, moved)
    with pytest.raises(VectorOpenError, match="cannot be read"):
        read(QgsVectorLayer(str(polygons), "Gone"))


def test_cancel_while_writing_out(feedback):
    vector = read(in_memory(SQUARE))
    feedback.cancel()
    with pytest.raises(CancelledError), vector.opened("--labels", feedback):
        pass


def test_a_disk_that_cannot_be_written(feedback, monkeypatch):
    monkeypatch.setattr(scratch, "file_name", lambda layer, suffix: f"/proc/{layer}{suffix}")
    with (
        pytest.raises(OutputError, match=r"layer Drawn could not be written to a temporary file in /proc"),
        read(in_memory(SQUARE)).opened("--labels", feedback),
    ):
        pass
