"""Where the plugin's own files are."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication

#: The plugin's folder; links are followed, so that a checkout linked into a QGIS profile is found as itself.
PLUGIN_FOLDER = Path(__file__).resolve().parents[1]

#: What the engine's Python runs.
ENGINE_PROGRAM = PLUGIN_FOLDER / "dem_segmenter" / "__main__.py"

ICONS = PLUGIN_FOLDER / "processing_provider" / "icons"
TRANSLATIONS = PLUGIN_FOLDER / "i18n"


def user_folder() -> Path:
    """The plugin's folder in the user's QGIS profile; it may not exist."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "demsegmenter"


def icon_path(name: str) -> str:
    """Path of one of the plugin's SVG icons.

    Args:
        name: File name without ``.svg``.
    """
    return str(ICONS / f"{name}.svg")
