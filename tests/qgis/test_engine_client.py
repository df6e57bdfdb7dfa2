"""The engine client against a stand-in that behaves in every way an engine can."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from qgis.core import QgsSettings

from demsegmenter.dem_segmenter.errors import CancelledError
from demsegmenter.processing_provider import engine_client, engine_environment, scratch
from demsegmenter.processing_provider.engine_process import EngineProcess

pytestmark = pytest.mark.usefixtures("qgis_app")


def run(tmp_path, feedback, **keys):
    return engine_client.run("segment", ["dem.tif", f"--output={tmp_path / 'mask.tif'}"], feedback, **keys)


def cancel_once_running(feedback):
    """Cancel a moment after the first progress; the list will hold the time."""
    times = []

    def cancel():
        times.append(time.monotonic())
        feedback.cancel()

    def start(*_):
        feedback.progressChanged.disconnect(start)
        threading.Timer(0.3, cancel).start()

    feedback.progressChanged.connect(start)
    return times


def leftovers(tmp_path):
    return [p.name for p in tmp_path.iterdir() if ".fake.partial" in p.name]


def test_progress_messages_and_result_arrive(engine, tmp_path, feedback):
    answer = run(tmp_path, feedback)
    assert (tmp_path / "mask.tif").exists()
    assert answer.outputs == {"mask": tmp_path / "mask.tif"}
    assert answer.statistics["classes"]["building"]["area_m2"] == 640.0
    assert "Engine 9.9, running on Some processor" in feedback.infos
    assert "A line for the log" in feedback.infos
    assert feedback.warnings == ["This looks like a bare-earth model."]
    assert feedback.phases == ["Segmenting", "Drawing footprints"]
    assert feedback.percents == sorted(set(feedback.percents))
    assert feedback.percents[-1] == 100


def test_progress_is_throttled(engine, tmp_path, feedback):
    run(tmp_path, feedback)  # 21 events in about 0.2 s
    assert 2 <= len(feedback.percents) <= 6


def test_numbers_that_change_at_every_step_are_told_now_and_then(engine, tmp_path, feedback, monkeypatch):
    engine.mode("numbers")  # 30 steps with their loss, within about 0.6 s
    run(tmp_path, feedback)
    assert feedback.phases == ["Training, loss 0.30", "Writing the report"]
    feedback.phases.clear()
    monkeypatch.setattr(engine_client, "NEWS_TIME", 0.2)
    run(tmp_path, feedback)
    assert feedback.phases[0] == "Training, loss 0.30"
    assert 3 <= len(feedback.phases) <= 6


def test_the_engine_gets_a_clean_environment(engine, tmp_path, feedback, monkeypatch):
    for name in ("PYTHONHOME_X", "PROJ_LIB", "GDAL_DATA", "LD_LIBRARY_PATH", "QT_PLUGIN_PATH", "QGIS_PREFIX_PATH"):
        monkeypatch.setenv(name, "/nowhere")
    for name in ("AWS_SECRET_ACCESS_KEY", "GDAL_HTTP_USERPWD", "CPL_VSIL_CURL_CHUNK_SIZE", "https_proxy"):
        monkeypatch.setenv(name, "kept")
    run(tmp_path, feedback)
    seen = engine.told["environment"]
    assert not {n for n, v in seen.items() if v == "/nowhere"}
    assert len([n for n, v in seen.items() if v == "kept"]) == 4
    assert engine.told["isolated"]
    assert engine.told["argv"][0] == "segment"
    assert engine.told["argv"][-2:] == ["--events", "json"]


def test_the_engine_gets_the_proxy_of_qgis(engine, tmp_path, feedback, monkeypatch):
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    monkeypatch.delenv("GDAL_HTTP_PROXY", raising=False)
    run(tmp_path, feedback)
    assert "GDAL_HTTP_PROXY" not in engine.told["environment"]
    options = {"Enabled": True, "Host": "proxy.example", "Port": "8080", "User": "anna", "Password": "p@ss"}
    try:
        for name, value in options.items():
            QgsSettings().setValue(f"proxy/proxy{name}", value)
        run(tmp_path, feedback)
        seen = engine.told["environment"]
        assert seen["GDAL_HTTP_PROXY"] == "proxy.example:8080"
        assert seen["GDAL_HTTP_PROXYUSERPWD"] == "anna:p@ss"
        assert seen["HTTPS_PROXY"] == "http://anna:p%40ss@proxy.example:8080"
        monkeypatch.setenv("HTTPS_PROXY", "http://another:1")  # somebody's own comes first
        run(tmp_path, feedback)
        assert engine.told["environment"]["HTTPS_PROXY"] == "http://another:1"
        QgsSettings().setValue("proxy/proxyEnabled", False)
        run(tmp_path, feedback)
        assert "GDAL_HTTP_PROXY" not in engine.told["environment"]
    finally:
        for name in options:
            QgsSettings().remove(f"proxy/proxy{name}")


def test_windows_drops_the_folders_of_qgis_from_the_path(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    root = os.path.abspath("/OSGeo4W")
    path = os.pathsep.join([os.path.join(root, "bin"), "/elsewhere"])
    kept = engine_environment.clean_variables({"OSGEO4W_ROOT": root, "PATH": path, "Path_x": "y"})
    assert kept == {"PATH": "/elsewhere", "Path_x": "y"}


@pytest.mark.parametrize("mode", ["slow", "stubborn", "grandchild"])
def test_cancel_ends_the_engine_within_two_seconds_and_leaves_nothing(engine, tmp_path, feedback, mode):
    engine.mode(mode)
    cancelled_at = cancel_once_running(feedback)
    with pytest.raises(CancelledError):
        run(tmp_path, feedback)
    assert time.monotonic() - cancelled_at[0] < 2.0
    assert leftovers(tmp_path) == []
    assert not (tmp_path / "mask.tif").exists()
    table = subprocess.run(["ps", "-eo", "stat,args"], capture_output=True, text=True, check=True).stdout
    assert not [row for row in table.splitlines() if str(tmp_path) in row and not row.startswith("Z")]


def test_scratch_announced_after_the_cancel_is_removed_too(engine, tmp_path, feedback):
    engine.mode("slow")
    feedback.cancel()
    with pytest.raises(CancelledError):
        run(tmp_path, feedback)
    assert leftovers(tmp_path) == []


def test_inputs_and_outputs_are_never_taken_for_scratch(tmp_path):
    dem = tmp_path / "data" / "dem.tif"
    dem.parent.mkdir()
    dem.write_text("elevation")
    partial = tmp_path / "data" / "x.partial"
    partial.mkdir()
    scratch.remove([str(dem), str(dem.parent), "/", str(Path.home()), "relative", str(partial)], protected=[dem])
    assert dem.read_text() == "elevation"
    assert not partial.exists()


def test_a_link_announced_as_scratch_loses_only_the_link(tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    (target / "file").write_text("x")
    link = tmp_path / "link"
    link.symlink_to(target, target_is_directory=True)
    scratch.remove([str(link)])
    assert not link.is_symlink()
    assert (target / "file").exists()


def test_closing_the_pipe_tells_the_engine_that_qgis_is_gone(engine, tmp_path):
    engine.mode("lifeline")
    record = tmp_path / "fake" / "record.json"
    process = EngineProcess([sys.executable, "-I", str(engine_client.ENGINE_PROGRAM), "segment"])
    process.next_line(10)
    process._close_input()
    assert process.finish() == 0
    assert record.read_text() == "closed"


def test_garbage_between_the_events_does_no_harm(engine, tmp_path, feedback):
    engine.mode("garbage")
    answer = run(tmp_path, feedback)
    assert (tmp_path / "mask.tif").exists()
    assert answer.outputs
    assert any("not json" in line for line in feedback.debug)
    assert max(map(len, feedback.debug)) <= 500


def test_a_full_standard_error_does_not_block(engine, tmp_path, feedback):
    engine.mode("chatty")
    assert run(tmp_path, feedback).outputs


@pytest.mark.parametrize(
    ("mode", "kind", "words"),
    [
        ("error", engine_client.EngineError, ["'dem.tif' has no CRS.", "Assign one."]),
        ("crash", engine_client.EngineError, ["stopped unexpectedly", "exit status -6"]),
        ("killed", engine_client.EngineError, ["memory", "tiles or chips at once"]),
        ("traceback", engine_client.EngineError, ["stopped unexpectedly", "exit status 1"]),
        ("silent", engine_client.EngineError, ["stopped unexpectedly", "exit status 0"]),
        ("package", engine_environment.EngineEnvironmentError, ["rasterio is not installed", "make engine"]),
    ],
)
def test_failures_are_one_sentence_and_an_advice(engine, tmp_path, feedback, mode, kind, words):
    engine.mode(mode)
    with pytest.raises(kind) as caught:
        run(tmp_path, feedback)
    for word in words:
        assert word in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert leftovers(tmp_path) == []


def test_an_engine_that_lingers_after_its_result_is_ended(engine, tmp_path, feedback, monkeypatch):
    monkeypatch.setattr("demsegmenter.processing_provider.engine_process.FAREWELL", 0.5)
    engine.mode("lingers")
    started = time.monotonic()
    assert run(tmp_path, feedback).outputs
    assert time.monotonic() - started < 5


def test_the_engines_last_words_go_to_the_message_log(engine, tmp_path, feedback, qgis_app):
    engine.mode("crash")
    heard = []
    qgis_app.messageLog().messageReceived.connect(lambda *message: heard.append(message))
    with pytest.raises(engine_client.EngineError):
        run(tmp_path, feedback)
    assert any("Fatal Python error" in str(message[0]) and message[1] == "DEM Segmenter" for message in heard)
