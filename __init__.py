"""DEM Segmenter, a QGIS plugin that finds buildings and roads in elevation rasters.

This folder is the plugin's package. Importing it needs no QGIS; only `classFactory` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .processing_provider.plugin import DemSegmenterPlugin


def classFactory(iface: Any) -> DemSegmenterPlugin:
    """Make the plugin; QGIS calls this when the plugin is enabled.

    Args:
        iface: QGIS's window, or None in ``qgis_process``.

    Returns:
        The plugin.
    """
    from .processing_provider.plugin import DemSegmenterPlugin

    return DemSegmenterPlugin(iface)
