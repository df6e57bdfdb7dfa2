"""The plugin's icons."""

from __future__ import annotations

from qgis.PyQt.QtGui import QIcon

from ..paths import icon_path


def icon(name: str) -> QIcon:
    """One of the SVG files beside this one.

    Args:
        name: File name without ``.svg``.
    """
    return QIcon(icon_path(name))
