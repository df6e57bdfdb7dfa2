"""The plugin: its provider, its menu and its toolbar buttons."""

from __future__ import annotations

from typing import Any

from qgis.core import Qgis, QgsApplication, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QCoreApplication, QTranslator
from qgis.PyQt.QtWidgets import QAction

from ..dem_segmenter.errors import DemSegmenterError
from . import icons, results, translation
from .dialogs import open_for_layer
from .provider import PROVIDER_ID, PROVIDER_NAME, DemSegmenterProvider
from .raster_input import read_layer


class DemSegmenterPlugin:
    """What QGIS holds while the plugin is enabled."""

    def __init__(self, iface: Any) -> None:
        """Only remember the window.

        Args:
            iface: QGIS's window, or None in ``qgis_process``.
        """
        self._iface = iface
        self._provider: DemSegmenterProvider | None = None
        self._translator: QTranslator | None = translation.install()
        self._actions: list[QAction] = []

    def initProcessing(self) -> None:
        """Add the provider; all that ``qgis_process`` asks for."""
        if self._provider is None:
            self._provider = DemSegmenterProvider()
            QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self) -> None:
        """Add the provider, the menu and the buttons."""
        self.initProcessing()
        for icon, text, algorithm in (
            (
                "buildings",
                QCoreApplication.translate("DemSegmenter", "Segment buildings in the active DEM"),
                "segmentbuildings",
            ),
            ("roads", QCoreApplication.translate("DemSegmenter", "Segment roads in the active DEM"), "segmentroads"),
        ):
            action = QAction(icons.icon(icon), text, self._iface.mainWindow())
            action.setObjectName(f"DemSegmenter_{algorithm}")
            action.triggered.connect(lambda checked=False, name=algorithm: self._open(name))
            self._iface.addPluginToRasterMenu(PROVIDER_NAME, action)
            # Not the raster toolbar: QGIS hides that one until it is asked for.
            self._iface.addToolBarIcon(action)
            self._actions.append(action)

    def unload(self) -> None:
        """Take everything away again."""
        for action in self._actions:
            self._iface.removePluginRasterMenu(PROVIDER_NAME, action)
            self._iface.removeToolBarIcon(action)
            action.deleteLater()
        self._actions.clear()
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
            self._translator = None

    def _open(self, algorithm: str) -> None:
        layer = self._iface.activeLayer()
        # After a run its result is the active layer, and the next one is often of the same DEM.
        layer = results.dem_behind(layer) if layer is not None else None
        if not isinstance(layer, QgsRasterLayer):
            self._say(
                QCoreApplication.translate(
                    "DemSegmenter", "The active layer is not a raster. Select your DEM in the Layers panel first."
                )
            )
            return
        try:
            read_layer(layer, 1, QgsProject.instance().transformContext())
        except DemSegmenterError as error:
            self._say(str(error))
            return
        open_for_layer(f"{PROVIDER_ID}:{algorithm}", layer)

    def _say(self, message: str) -> None:
        self._iface.messageBar().pushMessage(PROVIDER_NAME, message, Qgis.MessageLevel.Warning)
