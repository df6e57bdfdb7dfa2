"""The Processing provider."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from . import icons, results, settings
from .algorithms.engine_info import EngineInfo
from .algorithms.evaluate import Evaluate
from .algorithms.import_encoder import ImportEncoder
from .algorithms.pretrain_encoder import PretrainEncoder
from .algorithms.segment import Segment
from .algorithms.segment_buildings import SegmentBuildings
from .algorithms.segment_roads import SegmentRoads
from .algorithms.suggest_labels import SuggestLabels
from .algorithms.train_head import TrainHead
from .paths import PLUGIN_FOLDER, icon_path

PROVIDER_ID = "demsegmenter"
PROVIDER_NAME = "DEM Segmenter"

ALGORITHMS = (
    SegmentBuildings,
    SegmentRoads,
    Segment,
    TrainHead,
    Evaluate,
    SuggestLabels,
    PretrainEncoder,
    ImportEncoder,
    EngineInfo,
)


class DemSegmenterProvider(QgsProcessingProvider):
    """``demsegmenter``."""

    def load(self) -> bool:
        """Called when QGIS takes the provider in."""
        settings.register(self.name())
        self.refreshAlgorithms()
        return True

    def unload(self) -> None:
        """Called when QGIS lets the provider go."""
        settings.unregister()
        results.release_all()

    def loadAlgorithms(self) -> None:
        """Add the algorithms."""
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())

    def id(self) -> str:
        """Id; first half of every algorithm's id."""
        return PROVIDER_ID

    def name(self) -> str:
        """Name in the Toolbox."""
        return PROVIDER_NAME

    def versionInfo(self) -> str:
        """The plugin's version."""
        for line in (PLUGIN_FOLDER / "metadata.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("version="):
                return line.partition("=")[2].strip()
        return ""

    def icon(self) -> QIcon:
        """Icon in the Toolbox."""
        return icons.icon("demsegmenter")

    def svgIconPath(self) -> str:
        """Icon in the model designer."""
        return icon_path("demsegmenter")

    def supportedOutputRasterLayerExtensions(self) -> list[str]:
        """The engine writes GeoTIFF."""
        return ["tif", "tiff"]
