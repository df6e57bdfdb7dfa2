"""The provider in qgis_process: there, explained, quiet on standard output, and clear about bad input."""

import shutil
import subprocess
from urllib.parse import quote

import pytest

ALGORITHMS = (
    "segmentbuildings",
    "segmentroads",
    "segment",
    "trainhead",
    "evaluate",
    "suggestlabels",
    "pretrainencoder",
    "importencoder",
    "engineinfo",
)


def test_the_provider_and_its_algorithms_are_listed(qgis_process):
    providers = qgis_process("--json", "list").json["providers"]
    assert set(providers["demsegmenter"]["algorithms"]) == {f"demsegmenter:{name}" for name in ALGORITHMS}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_help_explains_every_parameter(qgis_process, name):
    content = qgis_process("--json", "help", f"demsegmenter:{name}").json
    assert content["algorithm_details"]["short_description"]
    for parameter in content["parameters"].values():
        assert len(parameter["help"]) > 20


def test_engine_information_without_an_engine_is_an_answer(qgis_process):
    answer = qgis_process.run("engineinfo", environment={"DEM_SEGMENTER_PYTHON": "/nowhere/python"})
    assert answer.results["READY"] is False
    assert "/nowhere/python" in answer.results["MESSAGE"]
    assert "make engine" in answer.results["MESSAGE"]
    assert "Traceback" not in answer.said


def check_refused(answer, *words):
    for word in words:
        assert word in answer.said
    assert "Traceback" not in answer.said


def files(folder):
    # QGIS itself keeps the statistics of a raster it has loaded beside it.
    return sorted(p.name for p in folder.iterdir() if not p.name.endswith(".aux.xml"))


@pytest.fixture
def dem(harlem, tmp_path):
    """A copy that a fault could spoil."""
    return shutil.copy(harlem / "dem.tif", tmp_path / "dem.tif")


def test_a_missing_engine(qgis_process, dem, head, tmp_path):
    before = files(tmp_path)
    answer = qgis_process.run(
        "segmentbuildings",
        INPUT=dem,
        HEAD=head,
        OUTPUT=tmp_path / "out.tif",
        environment={"DEM_SEGMENTER_PYTHON": "/nowhere/python"},
        status=1,
    )
    check_refused(answer, "engine's Python was not found", "/nowhere/python", "make engine")
    assert files(tmp_path) == before


def test_an_engine_without_its_packages(qgis_process, dem, head, tmp_path):
    before = files(tmp_path)
    # Debian's own Python starts, and has no rasterio.
    assert subprocess.run(["/usr/bin/python3", "-I", "-c", "import rasterio"], capture_output=True).returncode
    answer = qgis_process.run(
        "segmentbuildings",
        INPUT=dem,
        HEAD=head,
        OUTPUT=tmp_path / "out.tif",
        environment={"DEM_SEGMENTER_PYTHON": "/usr/bin/python3"},
        status=1,
    )
    check_refused(answer, "engine is incomplete", "not installed", "make engine")
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"INPUT": "{folder}/text.tif"}, ["text.tif is not a raster that QGIS can open"]),
        ({"INPUT": "{folder}/none.tif"}, ["none.tif is not a raster that QGIS can open"]),
        ({"BAND": 5}, ["no band 5; it has 1"]),
        ({"HEAD": "nosuchhead"}, ["There is no head called nosuchhead"]),
        ({"HEAD": "{folder}/none.safetensors"}, ["none.safetensors does not exist"]),
        ({"HEAD": "{folder}/text.tif"}, ["text.tif' is not a safetensors file"]),
        ({"OUTPUT": "{folder}/dem.tif"}, ["OUTPUT would overwrite the input"]),
        ({"PROBABILITY": "{folder}/dem.tif"}, ["PROBABILITY would overwrite the input"]),
        ({"OUTPUT": "{folder}/none/out.tif"}, ["none does not exist"]),
        ({"OUTPUT": "{folder}/out.jpg"}, ["jpg"]),
        ({"THRESHOLD": 7}, ["THRESHOLD"]),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(qgis_process, dem, head, tmp_path, changed, words):
    (tmp_path / "text.tif").write_text("no raster at all")
    before, content = files(tmp_path), (tmp_path / "dem.tif").read_bytes()
    values = {"INPUT": str(dem), "HEAD": str(head), "OUTPUT": "{folder}/out.tif", **changed}
    values = {k: v.format(folder=tmp_path) if isinstance(v, str) else v for k, v in values.items()}
    check_refused(qgis_process.run("segmentbuildings", status=1, **values), *words)
    assert files(tmp_path) == before
    assert (tmp_path / "dem.tif").read_bytes() == content


def test_a_map_service_is_refused(qgis_process, in_qgis, head, tmp_path):
    project = tmp_path / "map.qgs"
    tiles = "type=xyz&url=" + quote("http://127.0.0.1:9/{z}/{x}/{y}.png") + "&zmax=19&zmin=0"
    in_qgis(
        "layer = QgsRasterLayer(sys.argv[1], 'Streets', 'wms')\n"
        "assert QgsProject.instance().addMapLayer(layer)\nassert QgsProject.instance().write(sys.argv[2])\n",
        tiles,
        project,
    )
    answer = qgis_process.run(
        "segmentbuildings",
        options=[f"--PROJECT_PATH={project}"],
        INPUT="Streets",
        HEAD=head,
        OUTPUT=tmp_path / "out.tif",
        status=1,
    )
    check_refused(answer, "these are colours, not elevations")
    assert not (tmp_path / "out.tif").exists()
