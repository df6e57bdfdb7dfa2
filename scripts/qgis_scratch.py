"""A QGIS that knows this checkout's plugin and nothing of the user's profile. Standard library only."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
ENGINE_PYTHON = CHECKOUT / ".venv-engine" / "bin" / "python"

# Left over from an activated environment or a desktop session, these would change what QGIS loads.
_UNWANTED = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "QGIS_PREFIX_PATH", "GDAL_DATA", "PROJ_LIB", "PROJ_DATA")


@contextmanager
def scratch_qgis() -> Iterator[dict[str, str]]:
    """Environment variables for a QGIS with an empty profile and this checkout as plugin `demsegmenter`.

    QGIS calls a plugin what its folder is called, and a checkout may be called anything: a link gives it the name.
    """
    with tempfile.TemporaryDirectory(prefix="demsegmenter-") as folder:
        scratch = Path(folder)
        for name in ("plugins", "profile", "home", "runtime"):
            (scratch / name).mkdir(mode=0o700)
        (scratch / "plugins" / "demsegmenter").symlink_to(CHECKOUT, target_is_directory=True)
        environment = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
        environment.update(
            QT_QPA_PLATFORM="offscreen",
            QGIS_PLUGINPATH=str(scratch / "plugins"),
            QGIS_CUSTOM_CONFIG_PATH=str(scratch / "profile"),
            HOME=str(scratch / "home"),
            XDG_CACHE_HOME=str(scratch / "home" / ".cache"),
            XDG_CONFIG_HOME=str(scratch / "home" / ".config"),
            XDG_DATA_HOME=str(scratch / "home" / ".local" / "share"),
            XDG_RUNTIME_DIR=str(scratch / "runtime"),
            DEM_SEGMENTER_PYTHON=str(ENGINE_PYTHON),
        )
        yield environment


def find_qgis_process() -> str:
    """Path of a qgis_process that works.

    Raises:
        FileNotFoundError: None does; the message says what to install.
    """
    found = subprocess.run([CHECKOUT / "scripts" / "find-qgis-process"], capture_output=True, text=True, check=False)
    if found.returncode:
        raise FileNotFoundError(found.stderr.strip())
    return found.stdout.strip()
