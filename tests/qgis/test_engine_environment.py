"""Where the engine's Python is found, and what is said when there is none."""

import os
import sys
from pathlib import Path

import pytest
from qgis.core import QgsSettings

from demsegmenter.processing_provider import engine_environment, settings
from demsegmenter.processing_provider.engine_environment import EngineEnvironmentError

pytestmark = pytest.mark.usefixtures("qgis_app")

SETTING = "Processing/Configuration/DEM_SEGMENTER_PYTHON"


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch, tmp_path):
    """No variable, no setting, no environment made by set-up."""
    monkeypatch.delenv("DEM_SEGMENTER_PYTHON", raising=False)
    monkeypatch.setattr(engine_environment, "PLUGIN_FOLDER", tmp_path / "plugin")
    monkeypatch.setattr(engine_environment, "user_folder", lambda: tmp_path / "profile" / "demsegmenter")
    QgsSettings().remove(SETTING)
    yield
    QgsSettings().remove(SETTING)


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_none_is_explained_with_the_command(tmp_path):
    with pytest.raises(EngineEnvironmentError) as caught:
        engine_environment.find()
    said = str(caught.value)
    assert "not set up yet" in said
    # Installed from the zip there is no Makefile: both commands are told.
    assert "-m venv" in said
    assert f'-m pip install -r "{tmp_path / "plugin" / "requirements-engine.txt"}"' in said
    assert "DEM_SEGMENTER_PYTHON" in said
    assert "Settings > Options > Processing > Providers > DEM Segmenter" in said


@pytest.mark.parametrize(
    ("version", "platform", "program"),
    [
        ((3, 11, 2), "linux", "python3"),
        ((3, 13, 0), "linux", "python3"),
        ((3, 10, 12), "linux", "python3.11"),
        ((3, 14, 0), "linux", "python3.11"),
        ((3, 12, 0), "darwin", "python3.11"),
    ],
)
def test_the_command_names_a_python_that_will_do(monkeypatch, tmp_path, version, platform, program):
    monkeypatch.setattr(engine_environment, "PLUGIN_FOLDER", tmp_path)
    monkeypatch.setattr(engine_environment.sys, "version_info", version)
    monkeypatch.setattr(engine_environment.sys, "platform", platform)
    assert f" {program} -m venv " in engine_environment.advice()


def test_windows_gets_commands_of_its_own_and_a_short_place(monkeypatch, tmp_path):
    monkeypatch.setattr(engine_environment.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "J\u00fcrgen M\u00fcller" / "Local"))
    place = tmp_path / "J\u00fcrgen M\u00fcller" / "Local" / "demsegmenter" / "engine"
    said = engine_environment.advice()
    assert f'py -3.11 -m venv "{place}"\n' in said
    assert f'py -3.11 -m pip --python "{place}" install -r "' in said
    assert "&&" not in said
    script(place / "Scripts" / "python.exe", "")
    assert engine_environment.find().python == place / "Scripts" / "python.exe"


def test_in_a_checkout_the_command_is_make(tmp_path):
    (tmp_path / "plugin").mkdir(exist_ok=True)
    (tmp_path / "plugin" / "Makefile").touch()
    assert f"make engine -C {tmp_path / 'plugin'}" in engine_environment.advice()


def test_first_hit_wins(monkeypatch, tmp_path):
    checkout = script(tmp_path / "plugin" / ".venv-engine" / "bin" / "python", "")
    assert engine_environment.find().python == checkout
    profile = script(tmp_path / "profile" / "demsegmenter" / "engine" / "bin" / "python", "")
    assert engine_environment.find().python == profile
    chosen = script(tmp_path / "chosen", "")
    QgsSettings().setValue(SETTING, str(chosen))
    assert engine_environment.find().python == chosen
    variable = script(tmp_path / "variable", "")
    monkeypatch.setenv("DEM_SEGMENTER_PYTHON", str(variable))
    assert engine_environment.find().python == variable


def test_a_choice_that_does_not_exist_is_not_skipped(monkeypatch, tmp_path):
    script(tmp_path / "plugin" / ".venv-engine" / "bin" / "python", "")
    monkeypatch.setenv("DEM_SEGMENTER_PYTHON", "/nowhere/python")
    with pytest.raises(EngineEnvironmentError, match="environment variable DEM_SEGMENTER_PYTHON names /nowhere/python"):
        engine_environment.find()


def test_a_link_into_a_virtual_environment_is_kept(monkeypatch, tmp_path):
    link = tmp_path / "python"
    link.symlink_to(sys.executable)
    monkeypatch.setenv("DEM_SEGMENTER_PYTHON", str(link))
    assert engine_environment.find().python == link


def test_a_name_on_the_path_will_do(monkeypatch):
    monkeypatch.setenv("DEM_SEGMENTER_PYTHON", "python3")
    found = engine_environment.find()
    assert found.python.is_absolute()
    engine_environment.validate(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("exit 3", "does not work"),
        ("echo False", "needs Python 3.11"),
        ("kill -9 $$", "does not work"),
        ("echo something else", "does not work"),
    ],
)
def test_a_python_that_does_not_work_is_said(tmp_path, text, words):
    python = script(tmp_path / "python", text)
    with pytest.raises(EngineEnvironmentError, match=words) as caught:
        engine_environment.validate(engine_environment.EngineEnvironment(python, "test"))
    assert "requirements-engine.txt" in str(caught.value)


def test_a_file_that_is_no_program_is_said(tmp_path):
    python = tmp_path / "python"
    python.write_bytes(b"\x00\x01 no program")
    python.chmod(0o755)
    with pytest.raises(EngineEnvironmentError, match="does not start"):
        engine_environment.validate(engine_environment.EngineEnvironment(python, "test"))


def test_settings_appear_in_the_options_and_go_again(provider):
    from processing.core.ProcessingConfig import ProcessingConfig

    group = ProcessingConfig.getSettings()["DEM Segmenter"]
    assert [each.name for each in group] == ["DEM_SEGMENTER_PYTHON", "DEM_SEGMENTER_MODELS"]
    ProcessingConfig.setSettingValue("DEM_SEGMENTER_PYTHON", sys.executable)
    assert settings.engine_python() == sys.executable
    ProcessingConfig.setSettingValue("DEM_SEGMENTER_PYTHON", "")
    provider.unload()
    assert "DEM Segmenter" not in ProcessingConfig.getSettings()


def test_the_plugins_folder_is_the_checkout():
    from demsegmenter.processing_provider import paths

    assert Path(os.path.realpath(__file__)).parents[2] == paths.PLUGIN_FOLDER
    assert paths.ENGINE_PROGRAM.is_file()
