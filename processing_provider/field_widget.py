"""The widget for a field of another parameter's layer, which may also be a raster.

QGIS's own field parameter crashes QGIS 3.22 when a raster is chosen in the parameter it hangs on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qgis.core import QgsMapLayer, QgsProcessingContext, QgsProcessingUtils, QgsProject, QgsVectorLayer
from qgis.PyQt.QtWidgets import QWidget

from .head_widgets import ChoiceWidget


class NumericFieldWidget(ChoiceWidget):
    """The fields with numbers in them of the layer that is chosen in another parameter."""

    def createWidget(self, parent: str = "", **kwargs: Any) -> QWidget:
        """Make the drop-down list.

        Args:
            parent: Name of the parameter with the layer.
            kwargs: What else Processing passes on.
        """
        del kwargs
        self._parent = parent
        widget = super().createWidget()
        self._combo.setEditText("")
        return widget

    def postInitialize(self, wrappers: Sequence[Any]) -> None:
        """Called by Processing once the widgets of all parameters are there."""
        for wrapper in wrappers:
            if wrapper.parameterDefinition().name() == self._parent:
                wrapper.widgetValueHasChanged.connect(self._show_fields)
                self._show_fields(wrapper)

    def _show_fields(self, wrapper: Any) -> None:
        chosen = self.value()
        fields = _numeric_fields(wrapper.parameterValue())
        self._combo.clear()
        self._combo.addItems(["", *fields])
        self._combo.setEditText(chosen if chosen in fields else "")


def _numeric_fields(value: Any) -> list[str]:
    """Names of the fields with numbers of a layer, or of what means one; none for a raster."""
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    layer = value if isinstance(value, QgsMapLayer) else None
    if isinstance(value, str) and value:
        layer = QgsProcessingUtils.mapLayerFromString(value, context)
    return [f.name() for f in layer.fields() if f.isNumeric()] if isinstance(layer, QgsVectorLayer) else []
