"""Buildings in a DEM: mask, probability, footprints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qgis.core import QgsProcessing, QgsProcessingOutputNumber, QgsProcessingParameterFeatureSink
from qgis.PyQt.QtCore import QCoreApplication

from .. import styles
from . import names, parameters
from .base import Values
from .segmentation import SegmentationAlgorithm, VectorOutput


class SegmentBuildings(SegmentationAlgorithm):
    """``demsegmenter:segmentbuildings``."""

    NAME = "segmentbuildings"
    ICON = "buildings"
    CLASS = "building"
    VECTORS = (VectorOutput(names.FOOTPRINTS, "--footprints", styles.style_polygons),)

    def displayName(self) -> str:
        """Name in the Toolbox."""
        return QCoreApplication.translate("DemSegmenter", "Segment buildings")

    def shortDescription(self) -> str:
        """One line for the Toolbox's tooltip."""
        return QCoreApplication.translate("DemSegmenter", "Finds buildings in an elevation raster.")

    def shortHelpString(self) -> str:
        """Help beside the dialog."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "<p>Finds the buildings in an elevation raster and draws them as a mask, as probabilities and as "
            "footprint polygons.</p><p>Roofs must be in the raster: use a surface model (DSM, first returns), not a "
            "bare-earth terrain model. About 0.5 to 1 m per pixel is best. Any size works: the raster is read piece "
            "by piece.</p><p>The plugin's own head leaves out objects of 150 m² and more that do not end in walls, "
            "such as embankments, terraces and woods. On surfaces computed from drone or satellite photographs, tree "
            "crowns are as smooth as roofs: it then goes by shape alone, and some trees come out as buildings.</p>"
            "<p>Results lie on the DEM's own pixel grid and come into the project above it, in a group of their "
            "own.</p>",
        )

    def tags(self) -> list[str]:
        """Words to search for."""
        return QCoreApplication.translate(
            "DemSegmenter", "buildings,footprints,houses,roofs,dem,dsm,lidar,elevation,mask,deep learning"
        ).split(",")

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        del configuration
        for parameter in [
            *parameters.raster_inputs(),
            parameters.head("buildings", "building"),
            *parameters.options(),
            parameters.mask(QCoreApplication.translate("DemSegmenter", "Buildings")),
            parameters.probability(QCoreApplication.translate("DemSegmenter", "Building probability")),
            parameters.with_help(
                QgsProcessingParameterFeatureSink(
                    names.FOOTPRINTS,
                    QCoreApplication.translate("DemSegmenter", "Footprints"),
                    QgsProcessing.SourceType.TypeVectorPolygon,
                    optional=True,
                    createByDefault=True,
                ),
                QCoreApplication.translate(
                    "DemSegmenter",
                    "One polygon for each building, or for several that touch, along the outline in the mask.",
                ),
            ),
        ]:
            self.addParameter(parameter)
        self.addOutput(
            QgsProcessingOutputNumber(
                names.COUNT,
                QCoreApplication.translate("DemSegmenter", "Number of buildings (where footprints are drawn)"),
            )
        )
        self.addOutput(
            QgsProcessingOutputNumber(names.AREA, QCoreApplication.translate("DemSegmenter", "Area of buildings (m²)"))
        )

    def numbers(self, statistics: Mapping[str, Any]) -> Values:
        """Number outputs; buildings are counted where footprints are drawn."""
        values = super().numbers(statistics)
        if "footprints_count" in statistics:
            values[names.COUNT] = int(statistics["footprints_count"])
        return values

    def layer_name(self, output: str, dem: str) -> str:
        """Name of a result layer."""
        if output == names.PROBABILITY:
            return QCoreApplication.translate("DemSegmenter", "Building probability - {layer}").format(layer=dem)
        if output == names.FOOTPRINTS:
            return QCoreApplication.translate("DemSegmenter", "Footprints - {layer}").format(layer=dem)
        return QCoreApplication.translate("DemSegmenter", "Buildings - {layer}").format(layer=dem)
