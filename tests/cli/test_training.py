"""qgis_process and the real engine: train, evaluate, suggest. The encoder has random weights and the runs are short."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr, osr

gdal.UseExceptions()

MAKE_MODELS = Path(__file__).with_name("untrained_models.py")
LEFT, TOP, SIDE = 500000.0, 5600000.0, 200
#: The western part of the town is labelled; the east is for suggestions.
LABELLED = 130


@pytest.fixture(scope="module")
def python(qgis_process):
    """The engine's Python; `make test` makes one, so that it is not usable is a failure."""
    results = qgis_process.run("engineinfo").results
    if not results["READY"]:
        pytest.fail(results["MESSAGE"])
    return qgis_process.environment["DEM_SEGMENTER_PYTHON"]


@pytest.fixture(scope="module")
def encoder(python, tmp_path_factory):
    """An encoder that nobody has trained."""
    folder = tmp_path_factory.mktemp("encoder")
    subprocess.run([python, "-I", str(MAKE_MODELS), str(folder)], check=True, capture_output=True)
    return folder / "untrained.safetensors"


def rectangle(column, row, width, height):
    x, y = LEFT + column, TOP - row
    corners = [(x, y), (x + width, y), (x + width, y - height), (x, y - height), (x, y)]
    return "POLYGON((" + ",".join(f"{a} {b}" for a, b in corners) + "))"


def write_layer(path, wkts, epsg=25832, fields=()):
    """A vector file of geometries given in UTM, in any CRS."""
    utm, crs = osr.SpatialReference(), osr.SpatialReference()
    utm.ImportFromEPSG(25832)
    crs.ImportFromEPSG(epsg)
    for each in (utm, crs):
        each.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    there = osr.CoordinateTransformation(utm, crs)
    driver = {".gpkg": "GPKG", ".geojson": "GeoJSON"}[path.suffix]
    dataset = ogr.GetDriverByName(driver).CreateDataSource(str(path))
    table = dataset.CreateLayer(path.stem, crs, ogr.wkbUnknown)
    for name in fields:
        table.CreateField(ogr.FieldDefn(name, ogr.OFTReal))
    for wkt in wkts:
        geometry = ogr.CreateGeometryFromWkt(wkt)
        geometry.Transform(there)
        feature = ogr.Feature(table.GetLayerDefn())
        feature.SetGeometry(geometry)
        for name in fields:
            feature.SetField(name, 6.0)
        table.CreateFeature(feature)
    feature = table = dataset = None
    return path


def write_raster(path, values, kind):
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), values.shape[1], values.shape[0], 1, kind)
    dataset.SetGeoTransform((LEFT, 1.0, 0, TOP, 0, -1.0))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(25832)
    dataset.SetProjection(crs.ExportToWkt())
    dataset.GetRasterBand(1).WriteArray(values)
    dataset = None
    return path


class Town:
    """Houses of 12 m on a plain at 1 m per pixel, with a lane; a DEM, and labels of every kind."""

    def __init__(self, folder):
        rng = np.random.default_rng(3)
        z = rng.normal(20.0, 0.02, (SIDE, SIDE)).astype(np.float32)
        truth = np.zeros((SIDE, SIDE), np.uint8)
        self.houses = []
        for row in range(6, SIDE - 20, 24):
            for column in range(6, SIDE - 20, 24):
                z[row : row + 12, column : column + 12] += 5.0
                truth[row : row + 12, column : column + 12] = 1
                self.houses.append(rectangle(column, row, 12, 12))
        self.dem = write_raster(folder / "town.tif", z, gdal.GDT_Float32)
        self.mask = write_raster(folder / "truth.tif", truth, gdal.GDT_Byte)
        self.labels = write_layer(folder / "houses.gpkg", self.houses)
        self.area = write_layer(folder / "area.geojson", [rectangle(0, 0, LABELLED, SIDE)], epsg=4326)
        lane = f"LINESTRING({LEFT} {TOP - 100},{LEFT + SIDE} {TOP - 100})"
        self.lane = write_layer(folder / "lane.gpkg", [lane], fields=["width"])


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return Town(tmp_path_factory.mktemp("town"))


def training(town, encoder, output, **changed):
    """Parameters of a short run."""
    return {
        "DEMS": town.dem,
        "LABELS": town.labels,
        "AREA": town.area,
        "ENCODER": encoder,
        "ITERATIONS": 24,
        "BATCH_SIZE": 2,
        "VALIDATE_EVERY": 12,
        "AUGMENTATION": "dihedral",
        "DEVICE": "cpu",
        "OUTPUT": output,
        **changed,
    }


@pytest.fixture(scope="module")
def trained(qgis_process, town, encoder):
    """The answer of a short training; the head lies beside its encoder."""
    folder = encoder.parent
    output, report = folder / "huts.safetensors", folder / "report.html"
    return qgis_process.run(
        "trainhead", **training(town, encoder, output, CLASS_NAME="hut", COLOR="#00aa55", REPORT=report), timeout=600
    )


def fields_of(path):
    dataset = ogr.Open(str(path))
    layer = dataset.GetLayer(0)
    return [(feature.items(), feature.GetGeometryRef().Clone()) for feature in layer]


def values(path):
    dataset = gdal.Open(str(path))
    return dataset.GetRasterBand(1).ReadAsArray()


def files(folder):
    return sorted(p.name for p in folder.iterdir() if not p.name.endswith(".aux.xml"))


def test_training_gives_a_head_a_report_and_figures(trained, encoder):
    results = trained.results
    assert set(results) == {"OUTPUT", "REPORT", "IOU", "TRAINING_CHIPS", "VALIDATION_CHIPS"}
    assert 0.0 <= results["IOU"] <= 1.0
    assert results["TRAINING_CHIPS"] > results["VALIDATION_CHIPS"] > 0
    assert Path(results["OUTPUT"]).stat().st_size > 10_000
    page = Path(results["REPORT"]).read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "IoU" in page
    assert not [name for name in files(encoder.parent) if name.endswith((".training", ".partial"))]


def test_the_new_head_draws_a_mask(qgis_process, trained, town, tmp_path):
    qgis_process.run("segment", INPUT=town.dem, HEADS=trained.results["OUTPUT"], OUTPUT=tmp_path / "mask.tif")
    found = values(tmp_path / "mask.tif")
    assert found.shape == (SIDE, SIDE)
    assert set(found.flatten().tolist()) <= {0, 1, 255}


def test_a_head_in_the_profile_is_known_by_name(qgis_process, town, encoder, tmp_path):
    profile = Path(qgis_process.environment["QGIS_CUSTOM_CONFIG_PATH"]) / "profiles" / "default" / "demsegmenter"
    folder, made = profile / "models", []
    before = {path: path.exists() for path in (profile, folder)}
    try:
        output = folder / "sheds.safetensors"
        answer = qgis_process.run("trainhead", **training(town, encoder, output, ITERATIONS=2, VALIDATION=0))
        made.append(output)
        assert set(answer.results) == {"OUTPUT", "TRAINING_CHIPS", "VALIDATION_CHIPS"}, "nothing to measure an IoU on"
        made.append(folder / encoder.name)
        made[-1].symlink_to(encoder)
        qgis_process.run("segmentbuildings", INPUT=town.dem, HEAD="sheds", OUTPUT=tmp_path / "mask.tif")
        assert values(tmp_path / "mask.tif").shape == (SIDE, SIDE)
    finally:
        for path in made:
            path.unlink(missing_ok=True)
        for path in (folder, profile):
            if not before[path] and path.is_dir():
                path.rmdir()


def test_evaluating_the_truth_finds_no_fault(qgis_process, town, python, tmp_path):
    del python
    answer = qgis_process.run(
        "evaluate",
        INPUT=town.mask,
        LABELS=town.labels,
        METRICS=tmp_path / "m.json",
        REPORT=tmp_path / "r.html",
        ERRORS=tmp_path / "e.tif",
    )
    results = answer.results
    assert [results[name] for name in ("IOU", "F1", "PRECISION", "RECALL", "BOUNDARY_F1")] == [1.0] * 5
    assert (results["OBJECTS_FOUND"], results["OBJECTS_MISSED"], results["OBJECTS_INVENTED"]) == (
        len(town.houses),
        0,
        0,
    )
    assert "LENGTH_FOUND" not in results
    assert json.loads((tmp_path / "m.json").read_text())["figures"]["iou"] == 1.0
    assert "Evaluation" in (tmp_path / "r.html").read_text(encoding="utf-8")
    errors = values(tmp_path / "e.tif")
    assert ((errors == 1) == (values(town.mask) == 1)).all()
    assert not np.isin(errors, (2, 3)).any()


def test_evaluating_against_half_the_labels_in_an_area(qgis_process, town, python, tmp_path):
    del python
    inside = [wkt for wkt in town.houses if float(wkt.split("((")[1].split()[0]) + 12 < LEFT + LABELLED]
    labels = write_layer(tmp_path / "half.geojson", inside[::2], epsg=4326)
    results = qgis_process.run(
        "evaluate", INPUT=town.mask, LABELS=labels, AREA=town.area, ERRORS=tmp_path / "e.tif"
    ).results
    assert 0.45 < results["PRECISION"] < 0.6
    assert results["RECALL"] > 0.97
    errors = values(tmp_path / "e.tif")
    assert (errors[:, LABELLED + 2 :] == 255).all(), "what is outside the area is not judged"
    assert (errors == 3).sum() > 1000, "houses without a label count as invented"
    assert results["OBJECTS_FOUND"] == len(inside[::2])


def test_lengths_of_lines(qgis_process, town, python, tmp_path):
    del python
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[97:103, :150] = 1
    path = write_raster(tmp_path / "lane.tif", mask, gdal.GDT_Byte)
    results = qgis_process.run("evaluate", INPUT=path, LABELS=town.lane, WIDTH_FIELD="width", KIND="lines").results
    assert abs(results["LENGTH_FOUND"] - 150) < 10
    assert abs(results["LENGTH_MISSED"] - 50) < 10
    assert results["LENGTH_INVENTED"] < 10


def test_evaluating_the_new_head(qgis_process, trained, town, tmp_path):
    answer = qgis_process.run(
        "evaluate",
        INPUT=town.dem,
        HEAD=trained.results["OUTPUT"],
        LABELS=town.labels,
        AREA=town.area,
        DEVICE="cpu",
        METRICS=tmp_path / "m.json",
    )
    figures = json.loads((tmp_path / "m.json").read_text())["figures"]
    for name in ("IOU", "F1", "PRECISION", "RECALL"):
        assert answer.results.get(name) == figures[name.lower()]


def test_suggestions_are_ranked_and_lie_where_nothing_is_labelled(qgis_process, trained, town, tmp_path):
    results = qgis_process.run(
        "suggestlabels",
        INPUT=town.dem,
        HEAD=trained.results["OUTPUT"],
        LABELLED=town.area,
        COUNT=3,
        DEVICE="cpu",
        OUTPUT=tmp_path / "places.gpkg",
    ).results
    places = fields_of(tmp_path / "places.gpkg")
    assert results["SUGGESTED"] == len(places)
    assert 1 <= len(places) <= 3
    assert [items["rank"] for items, _ in places] == list(range(1, len(places) + 1))
    assert [items["score"] for items, _ in places] == sorted((items["score"] for items, _ in places), reverse=True)
    labelled = ogr.CreateGeometryFromWkt(rectangle(0, 0, LABELLED, SIDE))
    for _, geometry in places:
        assert geometry.Intersection(labelled).Area() < 0.3 * geometry.Area()


def test_the_defaults_are_the_engines_own(qgis_process, python):
    """What the dialogs show is what the engine does where nothing is said."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import argparse, json\n"
        "from dem_segmenter.commands import evaluate, suggest, train\n"
        "found = {}\n"
        "for job in (train, evaluate, suggest):\n"
        "    parser = argparse.ArgumentParser()\n"
        "    job.add_arguments(parser)\n"
        "    found[job.__name__.rpartition('.')[2]] = {a.dest: a.default for a in parser._actions}\n"
        "print(json.dumps(found, default=str))\n"
    )
    root = Path(__file__).resolve().parents[2]
    said = subprocess.run([python, "-I", "-c", code, str(root)], check=True, capture_output=True, text=True)
    engine = json.loads(said.stdout)
    names = {
        ("trainhead", "train"): "ITERATIONS BATCH_SIZE VALIDATION VALIDATE_EVERY LEARNING_RATE WEIGHT_DECAY POWER "
        "CLASS_WEIGHT AUGMENTATION SEED BAND VERTICAL_UNIT DEVICE",
        ("evaluate", "evaluate"): "TOLERANCE KIND VERTICAL_UNIT DEVICE",
        ("suggestlabels", "suggest"): "COUNT VERTICAL_UNIT DEVICE",
    }
    for (algorithm, job), parameters in names.items():
        shown = qgis_process("--json", "help", f"demsegmenter:{algorithm}").json["parameters"]
        for name in parameters.split():
            assert shown[name]["default_value"] == engine[job][name.lower()], name


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"LABELS": "{folder}/elsewhere.gpkg"}, ["elsewhere"]),
        ({"LABELS": "{folder}/everything.gpkg", "AREA": ""}, ["only one class"]),
        ({"LABELS": "{folder}/none.gpkg"}, ["none.gpkg is not a layer that QGIS can open"]),
        ({"LABELS": "{folder}/empty.gpkg"}, ["has no features"]),
        ({"LABELS": "{folder}/lane.gpkg"}, ["are lines", "how wide"]),
        ({"OUTPUT": "{folder}/head.txt"}, ["end in .safetensors"]),
        ({"OUTPUT": "{folder}/none/head.safetensors"}, ["none does not exist"]),
        ({"ITERATIONS": 0}, ["ITERATIONS"]),
        ({"CLASS_NAME": ""}, ["not said what the labels show"]),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(qgis_process, town, encoder, tmp_path, changed, words):
    write_layer(tmp_path / "elsewhere.gpkg", [rectangle(9000, 9000, 30, 30)])
    write_layer(tmp_path / "everything.gpkg", [rectangle(-10, -10, SIDE + 20, SIDE + 20)])
    write_layer(tmp_path / "empty.gpkg", [])
    (tmp_path / "lane.gpkg").write_bytes(town.lane.read_bytes())
    before = files(tmp_path)
    given = training(town, encoder, "{folder}/head.safetensors", **changed)
    given = {name: str(value).format(folder=tmp_path) for name, value in given.items()}
    answer = qgis_process.run("trainhead", status=1, **given)
    for word in words:
        assert word in answer.said
    assert "Traceback" not in answer.said
    assert files(tmp_path) == before


def start(qgis_process, parameters):
    command = [qgis_process.program, "run", "demsegmenter:trainhead", "--"]
    command += [f"{name}={value}" for name, value in parameters.items()]
    return subprocess.Popen(command, env=qgis_process.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def engine_of(folder):
    """The process id of the engine that writes into a folder; None if there is none."""
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:
            continue
        if b"train" in words and any(w.startswith(b"--output=" + os.fsencode(folder)) for w in words):
            return int(entry.name)
    return None


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def test_a_run_whose_engine_was_killed_goes_on(qgis_process, town, encoder, tmp_path):
    head = tmp_path / "head.safetensors"
    parameters = training(town, encoder, head, ITERATIONS=300, VALIDATE_EVERY=100)
    process = start(qgis_process, parameters)
    try:
        wait_for((tmp_path / "head.safetensors.training").exists, 300)
        os.kill(engine_of(tmp_path), signal.SIGKILL)
        assert process.wait(60) != 0
    finally:
        process.kill()
        process.wait()
    assert files(tmp_path) == ["head.safetensors.training"]
    answer = qgis_process.run("trainhead", **parameters, timeout=600)
    assert "Going on from step" in answer.said
    assert head.exists()
    assert files(tmp_path) == ["head.safetensors"]


def test_the_best_head_is_kept_when_qgis_goes(qgis_process, town, encoder, tmp_path):
    head = encoder.parent / "kept.safetensors"
    process = start(qgis_process, training(town, encoder, head, ITERATIONS=100000, VALIDATE_EVERY=1000))
    try:
        wait_for(head.with_name("kept.safetensors.training").exists, 450)
    finally:
        process.kill()
        process.wait()
    wait_for(lambda: engine_of(head) is None, 120)
    qgis_process.run("segmentbuildings", INPUT=town.dem, HEAD=head, OUTPUT=tmp_path / "mask.tif")
    assert values(tmp_path / "mask.tif").shape == (SIDE, SIDE)
