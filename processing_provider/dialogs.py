"""Opening an algorithm's dialog from the menu."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsRasterLayer

from .algorithms import names


def open_for_layer(algorithm_id: str, layer: QgsRasterLayer) -> Any:
    """Open the dialog with the layer filled in.

    Args:
        algorithm_id: Such as ``demsegmenter:segmentbuildings``.
        layer: The DEM.

    Returns:
        The dialog.
    """
    # Imported here: the Processing plugin is only there where there is a window.
    import processing

    dialog = processing.createAlgorithmDialog(algorithm_id, {names.INPUT: layer.id()})
    dialog.show()
    return dialog
