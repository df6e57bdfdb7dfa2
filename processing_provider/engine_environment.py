"""Finding the engine's Python, and the environment variables it is started with."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QCoreApplication

from ..dem_segmenter.errors import DemSegmenterError
from . import settings
from .paths import PLUGIN_FOLDER, user_folder

ENVIRONMENT_VARIABLE = "DEM_SEGMENTER_PYTHON"

#: Seconds within which a healthy Python answers, even from a cold network drive.
ANSWER_TIME = 60.0

#: Dropped: they belong to the Python, PROJ, GDAL and Qt that QGIS runs with, and would be taken for the engine's own.
_FOREIGN_PREFIXES = ("PYTHON", "PROJ_", "GDAL_", "OGR_", "LD_", "DYLD_", "QT_", "QML", "QGIS_", "CONDA_")
_FOREIGN = {
    "GEOTIFF_CSV",
    "GISBASE",
    "GRASS_PYTHON",
    "OSGEO4W_ROOT",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
    "PLUGINSDIR",
}

#: Kept although they begin with ``GDAL_``: how to reach rasters on the web, not where a library keeps its files.
#: Credentials (AWS_*, GS_*, AZURE_*, OSS_*, SWIFT_*, CPL_*, VSI*, *_PROXY) match none of the prefixes above.
_WANTED_PREFIXES = ("GDAL_HTTP_", "GDAL_PROXY", "GDAL_DISABLE_READDIR_ON_OPEN", "GDAL_INGESTED_BYTES_AT_OPEN")


class EngineEnvironmentError(DemSegmenterError, OSError):
    """The engine's Python is missing or broken."""


@dataclass(frozen=True)
class EngineEnvironment:
    """The Python that runs the engine.

    Attributes:
        python: Its executable.
        origin: Where the choice comes from, for people.
    """

    python: Path
    origin: str


def advice() -> str:
    """What to do about a missing or broken engine, with the command."""
    if (PLUGIN_FOLDER / "Makefile").exists():
        command = f"make engine -C {shlex.quote(str(PLUGIN_FOLDER))}"
    else:
        # Installed from the zip. Any Python from 3.11 on will do; QGIS's own Python may have no venv module.
        python = next(made_by_set_up())
        requirements = PLUGIN_FOLDER / "requirements-engine.txt"
        if sys.platform == "win32":
            # Two lines that the command prompt and PowerShell both take; they differ in how a quoted program is started
            # and in what joins two commands. Windows has no "python3"; its launcher finds Python 3.11.
            folder = python.parents[1]
            command = f'py -3.11 -m venv "{folder}"\npy -3.11 -m pip --python "{folder}" install -r "{requirements}"\n'
        else:
            command = f'{_python3()} -m venv "{python.parents[1]}" && "{python}" -m pip install -r "{requirements}"'
    return QCoreApplication.translate(
        "DemSegmenter",
        "Run this in a terminal to make it: {command}  Or give a Python that has the engine's packages, in the "
        "environment variable {variable} or in Settings > Options > Processing > Providers > DEM Segmenter.",
    ).format(command=command, variable=ENVIRONMENT_VARIABLE)


def _python3() -> str:
    """What to call a Python that the engine can be made with: on Linux, QGIS runs on the one called ``python3``."""
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return "python3" if fits and sys.platform.startswith("linux") else "python3.11"


def broken(reason: str) -> EngineEnvironmentError:
    """An error that names the reason and the mending command."""
    return EngineEnvironmentError(reason, advice())


def find() -> EngineEnvironment:
    """Find the engine's Python; the first hit wins, and a hit that is wrong is never skipped in silence.

    Raises:
        EngineEnvironmentError: None is there, or the one that was asked for does not exist.
    """
    chosen = (
        (os.environ.get(ENVIRONMENT_VARIABLE, "").strip(), f"the environment variable {ENVIRONMENT_VARIABLE}"),
        (
            settings.engine_python(),
            QCoreApplication.translate("DemSegmenter", "the setting in Processing > Providers > DEM Segmenter"),
        ),
    )
    for value, origin in chosen:
        if not value:
            continue
        # An absolute path is not resolved: a virtual environment's python is a link that must be kept.
        python = shutil.which(os.path.expanduser(value))
        if python is None:
            raise broken(
                QCoreApplication.translate(
                    "DemSegmenter", "The engine's Python was not found: {origin} names {python}."
                ).format(origin=origin, python=value)
            )
        return EngineEnvironment(Path(os.path.abspath(python)), origin)
    for python in made_by_set_up():
        if python.exists():
            return EngineEnvironment(python, QCoreApplication.translate("DemSegmenter", "its usual folder"))
    raise broken(QCoreApplication.translate("DemSegmenter", "DEM Segmenter's engine is not set up yet."))


def made_by_set_up() -> Iterator[Path]:
    """Where set-up puts the engine's Python: a place that outlives an update of the plugin, or a checkout.

    On Windows one with a short path, for the files of torch have names so long that they do not fit below a profile
    (260 characters are all there may be), and not in what is synchronised between computers.
    """
    inside = Path("Scripts", "python.exe") if sys.platform == "win32" else Path("bin", "python")
    local = os.environ.get("LOCALAPPDATA", "") if sys.platform == "win32" else ""
    if local:
        yield Path(local) / "demsegmenter" / "engine" / inside
    yield user_folder() / "engine" / inside
    yield PLUGIN_FOLDER / ".venv-engine" / inside


def validate(environment: EngineEnvironment) -> None:
    """Check that the Python starts and is new enough; its packages are the engine's own business.

    Args:
        environment: What `find` found.

    Raises:
        EngineEnvironmentError: It does not start, or is older than 3.11.
    """
    try:
        answer = subprocess.run(
            [str(environment.python), "-I", "-c", "import sys; print(sys.version_info >= (3, 11))"],
            env=clean_variables(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ANSWER_TIME,
            check=False,
            creationflags=creation_flags(),
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise broken(
            QCoreApplication.translate(
                "DemSegmenter", "The engine's Python does not start ({python}: {reason})."
            ).format(python=environment.python, reason=getattr(error, "strerror", None) or type(error).__name__)
        ) from error
    said = answer.stdout.strip()
    if answer.returncode != 0 or said not in (b"True", b"False"):
        raise broken(
            QCoreApplication.translate(
                "DemSegmenter", "The engine's Python does not work ({python}, exit status {status})."
            ).format(python=environment.python, status=answer.returncode)
        )
    if said == b"False":
        raise broken(
            QCoreApplication.translate(
                "DemSegmenter", "The engine needs Python 3.11 or newer, and {python} is older."
            ).format(python=environment.python)
        )


def creation_flags() -> int:
    """Flags for `subprocess` that keep Windows from opening a console window; 0 elsewhere."""
    return getattr(subprocess, "CREATE_NO_WINDOW", 0)


def proxy_variables() -> dict[str, str]:
    """QGIS's proxy (Settings > Options > Network) as environment variables; empty where none is set.

    QGIS tells the GDAL of its own process only, where rasters on the web would then open that the engine cannot reach.
    """
    options = QgsSettings()
    if not options.value("proxy/proxyEnabled", False, type=bool):
        return {}
    host, port, user, password = (
        str(options.value(f"proxy/proxy{name}", "") or "") for name in ("Host", "Port", "User", "Password")
    )
    if not host:
        return {}
    place = f"{host}:{port}" if port else host
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    # The last one for what is downloaded without GDAL: published encoders.
    found = {"GDAL_HTTP_PROXY": place, "HTTPS_PROXY": f"http://{login}{place}"}
    return {**found, "GDAL_HTTP_PROXYUSERPWD": f"{user}:{password}"} if user else found


def clean_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Environment variables for the engine, without what QGIS needs for itself.

    Args:
        variables: QGIS's own, such as ``os.environ``.

    Returns:
        A copy without the foreign ones. Temporary folder, home, proxies and cloud credentials stay.
    """
    kept = {}
    for name, value in variables.items():
        upper = name.upper()
        foreign = upper in _FOREIGN or upper.startswith(_FOREIGN_PREFIXES)
        if not foreign or upper.startswith(_WANTED_PREFIXES):
            kept[name] = value
    if sys.platform == "win32" and "OSGEO4W_ROOT" in variables:
        # DLLs are searched along PATH: those of QGIS must not be found there.
        root = os.path.normcase(os.path.abspath(variables["OSGEO4W_ROOT"]))
        folders = [f for f in kept.get("PATH", "").split(os.pathsep) if f and not os.path.normcase(f).startswith(root)]
        kept["PATH"] = os.pathsep.join(folders)
    return kept
