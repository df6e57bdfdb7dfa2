"""qgis_process and the real engine. The networks have random weights here: what is tested is the way through."""

import os
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import pytest
from osgeo import gdal, ogr, osr

gdal.UseExceptions()

MAKE_MODELS = Path(__file__).with_name("untrained_models.py")
#: A quarter of the scene, so that a run takes seconds; in degrees, so that the CRS matters.
CORNER = "-73.9506,-73.9480,40.8192,40.8210 [EPSG:4326]"


@pytest.fixture(scope="module")
def engine(qgis_process):
    """The engine's Python; `make test` makes one, so that it is not usable is a failure."""
    results = qgis_process.run("engineinfo").results
    if not results["READY"]:
        pytest.fail(results["MESSAGE"])
    return results


@pytest.fixture(scope="module")
def models(engine, qgis_process, tmp_path_factory):
    """Untrained models, installed in the profile of the QGIS under test."""
    folder = tmp_path_factory.mktemp("models")
    python = qgis_process.environment["DEM_SEGMENTER_PYTHON"]
    subprocess.run([python, "-I", str(MAKE_MODELS), str(folder)], check=True, capture_output=True)
    profile = Path(qgis_process.environment["QGIS_CUSTOM_CONFIG_PATH"]) / "profiles" / "default" / "demsegmenter"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "models").symlink_to(folder, target_is_directory=True)
    yield folder
    (profile / "models").unlink()


@pytest.fixture(scope="module")
def dem(harlem):
    return harlem / "dem.tif"


def write_dem(path, values=None, *, bands=1, kind=gdal.GDT_Float32, epsg=32618, size=(80, 80), nodata=None):
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), size[1], size[0], bands, kind)
    dataset.SetGeoTransform((588000.0, 1.0, 0, 4519000.0, 0, -1.0))
    if epsg:
        crs = osr.SpatialReference()
        crs.ImportFromEPSG(epsg)
        dataset.SetProjection(crs.ExportToWkt())
    for number in range(1, bands + 1):
        if nodata is not None:
            dataset.GetRasterBand(number).SetNoDataValue(nodata)
        dataset.GetRasterBand(number).Fill(12.0 if values is None else values)
    dataset.FlushCache()
    return path


def grid(path):
    dataset = gdal.Open(str(path))
    return dataset.RasterXSize, dataset.RasterYSize, dataset.GetGeoTransform()


def values(path, band=1):
    dataset = gdal.Open(str(path))
    return dataset.GetRasterBand(band).ReadAsArray()


def files(folder):
    return sorted(p.name for p in folder.iterdir() if not p.name.endswith(".aux.xml"))


def test_engine_information(engine):
    assert engine["VERSION"]
    assert "torch" in engine["PACKAGES"]
    assert engine["DEVICES"].startswith("cpu")
    assert "Traceback" not in engine["MESSAGE"]


def test_buildings_with_everything(qgis_process, models, dem, tmp_path):
    answer = qgis_process.run(
        "segmentbuildings",
        INPUT=dem,
        HEAD="my-buildings",
        EXTENT=CORNER,
        MIN_AREA=0,
        THRESHOLD=0.5,
        OUTPUT=tmp_path / "mask.tif",
        PROBABILITY=tmp_path / "p.tif",
        FOOTPRINTS=tmp_path / "f.gpkg",
    )
    assert set(answer.results) == {"OUTPUT", "PROBABILITY", "FOOTPRINTS", "AREA", "COUNT"}
    assert files(tmp_path) == ["f.gpkg", "mask.tif", "p.tif"]
    width, height, transform = grid(tmp_path / "mask.tif")
    assert (width, height, transform) == grid(tmp_path / "p.tif")
    whole_width, whole_height, whole = grid(dem)
    assert 100 < width < whole_width
    assert 100 < height < whole_height
    for offset, size in ((transform[0] - whole[0], whole[1]), (transform[3] - whole[3], whole[5])):
        assert abs(offset / size - round(offset / size)) < 1e-6, "on the DEM's own grid"
    mask = values(tmp_path / "mask.tif")
    probability = values(tmp_path / "p.tif")
    known = mask != 255
    assert set(mask[known].tolist()) <= {0, 1}
    assert ((probability[known] >= 0.5) == (mask[known] == 1)).mean() > 0.99
    assert abs((mask == 1).sum() - answer.results["AREA"]) / max(1, (mask == 1).sum()) < 0.01
    layer = ogr.Open(str(tmp_path / "f.gpkg"))
    assert layer.GetLayer(0).GetFeatureCount() == answer.results["COUNT"]


def test_roads_with_everything(qgis_process, models, dem, tmp_path):
    answer = qgis_process.run(
        "segmentroads",
        INPUT=dem,
        HEAD=models / "my-roads.safetensors",
        EXTENT=CORNER,
        OUTPUT=tmp_path / "mask.tif",
        PROBABILITY=tmp_path / "p.tif",
        CENTERLINES=tmp_path / "c.geojson",
        POLYGONS=tmp_path / "p.shp",
    )
    assert set(answer.results) == {"OUTPUT", "PROBABILITY", "CENTERLINES", "POLYGONS", "AREA"}
    assert ogr.Open(str(tmp_path / "c.geojson")).GetLayer(0).GetFeatureCount() >= 0
    assert ogr.Open(str(tmp_path / "p.shp")).GetLayer(0).GetFeatureCount() >= 0


def test_several_heads(qgis_process, models, dem, tmp_path):
    qgis_process.run(
        "segment",
        INPUT=dem,
        HEADS=["my-buildings", str(models / "my-roads.safetensors")],
        EXTENT=CORNER,
        OUTPUT=tmp_path / "classes.tif",
        PROBABILITY=tmp_path / "p.tif",
    )
    classes = values(tmp_path / "classes.tif")
    assert set(classes[classes != 255].tolist()) <= {0, 1, 2}
    assert gdal.Open(str(tmp_path / "p.tif")).RasterCount == 2


@pytest.mark.parametrize("kind", ["gpkg", "zip", "vrt"])
def test_any_source_that_gdal_reads(qgis_process, models, tmp_path, kind):
    folder = tmp_path / "in"
    folder.mkdir()
    plain = write_dem(folder / "dem.tif")
    source = folder / f"dem.{kind}"
    if kind == "gpkg":
        gdal.Translate(str(source), str(plain), format="GPKG", creationOptions=["RASTER_TABLE=heights"])
        source = f"GPKG:{source}:heights"
    elif kind == "zip":
        with zipfile.ZipFile(source, "w") as archive:
            archive.write(plain, "inside/dem.tif")
        source = f"/vsizip/{source}/inside/dem.tif"
    else:
        gdal.Translate(str(source), str(plain), format="VRT")
    qgis_process.run("segmentbuildings", INPUT=source, HEAD="my-buildings", OUTPUT=tmp_path / "out.tif")
    assert grid(tmp_path / "out.tif")[:2] == (80, 80)


BAD = {
    "no CRS": ({"epsg": None}, "CRS"),
    "all nodata": ({"values": -9999.0, "nodata": -9999.0}, "nodata"),
    "tiny": ({"size": (3, 3)}, "3"),
    "picture": ({"bands": 3, "kind": gdal.GDT_Byte}, "colour"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_dems_are_one_sentence_and_write_nothing(qgis_process, models, tmp_path, case):
    options, word = BAD[case]
    bad = write_dem(tmp_path / "bad.tif", **options)
    answer = qgis_process.run("segmentbuildings", INPUT=bad, HEAD="my-buildings", OUTPUT=tmp_path / "out.tif", status=1)
    assert word in answer.said
    assert "'bad'" in answer.said
    assert "Traceback" not in answer.said
    assert files(tmp_path) == ["bad.tif"]


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"EXTENT": "0,10,0,10 [EPSG:4326]"}, "extent"),
        ({"DEVICE": "cuda"}, "cuda"),
        ({"DEVICE": "toaster"}, "toaster"),
        ({"OUTPUT": "/proc/out.tif"}, "/proc"),
    ],
)
def test_bad_parameters_are_one_sentence_and_write_nothing(qgis_process, models, tmp_path, parameters, word):
    if parameters.get("DEVICE") == "cuda" and Path("/dev/nvidia0").exists():
        pytest.skip("this machine has a graphics card")
    source = write_dem(tmp_path / "dem.tif")
    given = {"INPUT": source, "HEAD": "my-buildings", "OUTPUT": tmp_path / "out.tif", **parameters}
    answer = qgis_process.run("segmentbuildings", status=1, **given)
    assert word in answer.said.lower()
    assert "Traceback" not in answer.said
    assert files(tmp_path) == ["dem.tif"]


def test_a_head_without_its_encoder_is_refused(qgis_process, models, tmp_path, head):
    source = write_dem(tmp_path / "dem.tif")
    before = files(tmp_path)
    answer = qgis_process.run("segmentbuildings", INPUT=source, HEAD=head, OUTPUT=tmp_path / "out.tif", status=1)
    assert "encoder" in answer.said
    assert "Traceback" not in answer.said
    assert files(tmp_path) == before


def test_the_engine_goes_when_qgis_is_killed(qgis_process, models, tmp_path):
    source = write_dem(tmp_path / "dem.tif", size=(3000, 3000))
    command = [qgis_process.program, "run", "demsegmenter:segmentbuildings", "--", f"INPUT={source}"]
    command += ["HEAD=my-buildings", "TTA=dihedral", f"OUTPUT={tmp_path / 'out.tif'}"]
    process = subprocess.Popen(
        command, env=qgis_process.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(lambda: any(p.name.endswith(".partial") for p in tmp_path.iterdir()), 90)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    wait_for(lambda: files(tmp_path) == ["dem.tif"], 30)
    wait_for(lambda: not engines(tmp_path), 30)


def engines(folder):
    """Processes of the engine that work on a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"dem_segmenter" in words and os.fsencode(folder) in words:
                found.append(int(entry.name))
    return found


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


def test_a_model_runs_headless(qgis_process, models, in_qgis, dem, tmp_path):
    model = tmp_path / "houses.model3"
    # How QGIS calls the output depends on its version.
    result = in_qgis(
        """
from qgis.analysis import QgsNativeAlgorithms
QgsApplication.processingRegistry().addProvider(QgsNativeAlgorithms())
source = QgsProcessingModelChildParameterSource
model = QgsProcessingModelAlgorithm("Houses", "Mine")
model.addModelParameter(QgsProcessingParameterRasterLayer("dem"), QgsProcessingModelParameter("dem"))
first = QgsProcessingModelChildAlgorithm("demsegmenter:segmentbuildings")
first.setChildId("buildings")
first.addParameterSources("INPUT", [source.fromModelParameter("dem")])
first.addParameterSources("HEAD", [source.fromStaticValue("my-buildings")])
first.addParameterSources("EXTENT", [source.fromStaticValue(sys.argv[2])])
model.addChildAlgorithm(first)
second = QgsProcessingModelChildAlgorithm("native:reclassifybytable")
second.setChildId("follow")
for name, value in {"RASTER_BAND": 1, "TABLE": [-0.5, 0.5, 41, 0.5, 1.5, 42], "RANGE_BOUNDARIES": 2}.items():
    second.addParameterSources(name, [source.fromStaticValue(value)])
second.addParameterSources("INPUT_RASTER", [source.fromChildOutput("buildings", "OUTPUT")])
final = QgsProcessingModelOutput("Result", "Result")
final.setChildId("follow")
final.setChildOutputName("OUTPUT")
second.setModelOutputs({"Result": final})
model.addChildAlgorithm(second)
assert model.toFile(sys.argv[1])
print(model.destinationParameterDefinitions()[0].name())
""",
        model,
        CORNER,
    )
    qgis_process("run", str(model), "--", f"dem={dem}", f"{result}={tmp_path / 'out.tif'}")
    assert set(values(tmp_path / "out.tif").flatten().tolist()) <= {41.0, 42.0, -9999.0, 255.0}
