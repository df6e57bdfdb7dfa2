"""Any heads on a DEM: one raster of classes."""

from __future__ import annotations

from qgis.core import QgsProcessingContext, QgsProcessingOutputNumber
from qgis.PyQt.QtCore import QCoreApplication

from .. import heads
from . import names, parameters
from .base import Values
from .segmentation import SegmentationAlgorithm


class Segment(SegmentationAlgorithm):
    """``demsegmenter:segment``."""

    NAME = "segment"
    ICON = "segment"

    def displayName(self) -> str:
        """Name in the Toolbox."""
        return QCoreApplication.translate("DemSegmenter", "Segment with any heads")

    def shortDescription(self) -> str:
        """One line for the Toolbox's tooltip."""
        return QCoreApplication.translate("DemSegmenter", "Runs one or more heads on an elevation raster.")

    def shortHelpString(self) -> str:
        """Help beside the dialog."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "<p>Runs one or more trained heads on an elevation raster and draws what they find as one raster of "
            "classes. Where several classes claim a pixel, the one that exceeds its threshold by most wins.</p><p>A "
            "single class has the value 1. Several keep the values of their heads; where two share one, all are "
            "numbered 1, 2, ... in the heads' order.</p><p>Any size works: the raster is read piece by piece. Results "
            "lie on the DEM's own pixel grid and come into the project above it, in a group of their own.</p>",
        )

    def tags(self) -> list[str]:
        """Words to search for."""
        return QCoreApplication.translate(
            "DemSegmenter", "segmentation,classes,heads,buildings,roads,dem,dsm,lidar,elevation,mask,deep learning"
        ).split(",")

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        del configuration
        for parameter in [
            *parameters.raster_inputs(),
            parameters.heads(),
            *parameters.options(),
            parameters.mask(QCoreApplication.translate("DemSegmenter", "Classes")),
            parameters.probability(QCoreApplication.translate("DemSegmenter", "Class probabilities")),
        ]:
            self.addParameter(parameter)
        self.addOutput(
            QgsProcessingOutputNumber(
                names.AREA, QCoreApplication.translate("DemSegmenter", "Area of all classes (m²)")
            )
        )

    def chosen_heads(self, parameters: Values, context: QgsProcessingContext) -> list[heads.Head]:
        """The heads to run."""
        return heads.resolve_all(self.parameterAsFileList(parameters, names.HEADS, context))

    def layer_name(self, output: str, dem: str) -> str:
        """Name of a result layer."""
        if output == names.PROBABILITY:
            return QCoreApplication.translate("DemSegmenter", "Class probabilities - {layer}").format(layer=dem)
        return QCoreApplication.translate("DemSegmenter", "Classes - {layer}").format(layer=dem)
