"""The provider's settings: Settings > Options > Processing > Providers > DEM Segmenter."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QCoreApplication

from . import icons

ENGINE_PYTHON = "DEM_SEGMENTER_PYTHON"
MODELS_FOLDER = "DEM_SEGMENTER_MODELS"


def _value(name: str) -> str:
    # Read where Processing keeps it: qgis_process works without the Processing plugin's own classes.
    value = QgsSettings().value(f"Processing/Configuration/{name}", "")
    return str(value).strip() if value else ""


def engine_python() -> str:
    """The Python the user chose for the engine; empty if none."""
    return _value(ENGINE_PYTHON)


def models_folder() -> Path | None:
    """The user's own folder of heads and encoders, if one is set."""
    value = _value(MODELS_FOLDER)
    return Path(value) if value else None


def register(group: str) -> None:
    """Show the settings in QGIS's options.

    Args:
        group: The provider's name.
    """
    try:
        from processing.core.ProcessingConfig import ProcessingConfig, Setting
    except ImportError:
        return
    ProcessingConfig.settingIcons[group] = icons.icon("demsegmenter")
    ProcessingConfig.addSetting(
        Setting(
            group,
            ENGINE_PYTHON,
            QCoreApplication.translate(
                "DemSegmenter", "Engine Python (blank: the one made with the commands of Engine information)"
            ),
            "",
            valuetype=Setting.FILE,
        )
    )
    ProcessingConfig.addSetting(
        Setting(
            group,
            MODELS_FOLDER,
            QCoreApplication.translate("DemSegmenter", "Folder of my own heads and encoders"),
            "",
            valuetype=Setting.FOLDER,
        )
    )
    ProcessingConfig.readSettings()


def unregister() -> None:
    """Take the settings out of QGIS's options; their values are kept."""
    try:
        from processing.core.ProcessingConfig import ProcessingConfig
    except ImportError:
        return
    for name in (ENGINE_PYTHON, MODELS_FOLDER):
        if name in ProcessingConfig.settings:
            ProcessingConfig.removeSetting(name)
