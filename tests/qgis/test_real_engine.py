"""The real engine inside QGIS: layers in the project, and a cancel in the middle of the work."""

import subprocess
import time
from pathlib import Path

import processing
import pytest
from conftest import write_raster
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsPalettedRasterRenderer,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsRasterLayer,
    QgsSettings,
)
from qgis.PyQt.QtCore import QCoreApplication

from demsegmenter.dem_segmenter.errors import DemSegmenterError
from demsegmenter.processing_provider import engine_environment

ROOT = Path(__file__).resolve().parents[2]
MAKE_MODELS = ROOT / "tests" / "cli" / "untrained_models.py"
HARLEM = ROOT / "tests" / "data" / "nyc_harlem"

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(scope="module")
def python(qgis_app):
    try:
        environment = engine_environment.find()
        engine_environment.validate(environment)
    except DemSegmenterError as error:
        pytest.fail(str(error))
    return environment.python


@pytest.fixture(scope="module")
def untrained(python, tmp_path_factory):
    """Untrained models, in the folder that the user has chosen in the settings."""
    folder = tmp_path_factory.mktemp("models")
    subprocess.run([str(python), "-I", str(MAKE_MODELS), str(folder)], check=True, capture_output=True)
    QgsSettings().setValue("Processing/Configuration/DEM_SEGMENTER_MODELS", str(folder))
    yield folder
    QgsSettings().remove("Processing/Configuration/DEM_SEGMENTER_MODELS")


@pytest.fixture
def dem(project):
    layer = QgsRasterLayer(str(HARLEM / "dem.tif"), "Harlem")
    project.addMapLayer(layer)
    return layer


def test_results_come_into_the_project(untrained, dem, project, context, feedback):
    centre = dem.extent().center()
    extent = f"{centre.x() - 60},{centre.x() + 60},{centre.y() - 50},{centre.y() + 50}"
    processing.runAndLoadResults(
        "demsegmenter:segmentbuildings",
        {
            "INPUT": dem.id(),
            "HEAD": "my-buildings",
            "EXTENT": extent,
            "OUTPUT": "TEMPORARY_OUTPUT",
            "PROBABILITY": "TEMPORARY_OUTPUT",
            "FOOTPRINTS": "TEMPORARY_OUTPUT",
        },
        feedback=feedback,
        context=context,
    )
    group = project.layerTreeRoot().findGroup("Harlem - DEM Segmenter")
    names = [node.name() for node in group.children()]
    assert names == ["Footprints - Harlem", "Buildings - Harlem", "Building probability - Harlem"]
    mask = project.mapLayersByName("Buildings - Harlem")[0]
    assert isinstance(mask.renderer(), QgsPalettedRasterRenderer)
    assert 118 <= mask.width() <= 122
    assert mask.crs() == dem.crs()
    assert feedback.percents[-1] == 100
    assert any("running on" in line for line in feedback.infos)


def test_a_cancel_in_the_toolbox_stops_the_engine_within_two_seconds(untrained, tmp_path, project, feedback):
    dem = write_raster(tmp_path / "big.tif", 1500, 1500, epsg=32618, value=3.0)
    context = QgsProcessingContext()
    context.setProject(project)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("demsegmenter:segmentbuildings")
    parameters = {"INPUT": str(dem), "HEAD": "my-buildings", "TTA": "dihedral", "OUTPUT": str(tmp_path / "out.tif")}
    task = QgsProcessingAlgRunnerTask(algorithm, parameters, context, feedback)
    ended = []
    task.executed.connect(lambda ok, results: ended.append((time.monotonic(), ok, results)))
    QgsApplication.taskManager().addTask(task)
    run_events(lambda: any(p.name.endswith(".partial") for p in tmp_path.iterdir()), 120)
    run_events(lambda: False, 0.5)
    assert not ended
    cancelled_at = time.monotonic()
    task.cancel()
    run_events(lambda: ended, 30)
    assert ended[0][0] - cancelled_at < 2.0
    assert ended[0][1] is False
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.endswith(".aux.xml")) == ["big.tif"]


def run_events(condition, seconds):
    """Let QGIS work until something is so, or the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not condition():
        QCoreApplication.processEvents()
        time.sleep(0.02)


def test_the_embedded_head_finds_the_buildings_of_harlem(python, dem, context, feedback):
    result = processing.run(
        "demsegmenter:segmentbuildings",
        {"INPUT": dem.id(), "OUTPUT": "TEMPORARY_OUTPUT", "FOOTPRINTS": "memory:"},
        feedback=feedback,
        context=context,
    )
    found, truth = (gdal.Open(str(p)) for p in (result["OUTPUT"], HARLEM / "buildings.tif"))
    found, truth = found.ReadAsArray(), truth.ReadAsArray()
    known = (found != 255) & (truth != 255)
    both = ((found == 1) & (truth == 1) & known).sum()
    either = (((found == 1) | (truth == 1)) & known).sum()
    assert both / either > 0.5
    assert result["FOOTPRINTS"].featureCount() == result["COUNT"] > 10
