"""Roads in a DEM: mask, probability, centrelines, polygons."""

from __future__ import annotations

from qgis.core import QgsProcessing, QgsProcessingOutputNumber, QgsProcessingParameterFeatureSink
from qgis.PyQt.QtCore import QCoreApplication

from .. import styles
from . import names, parameters
from .segmentation import SegmentationAlgorithm, VectorOutput


class SegmentRoads(SegmentationAlgorithm):
    """``demsegmenter:segmentroads``."""

    NAME = "segmentroads"
    ICON = "roads"
    CLASS = "road"
    VECTORS = (
        VectorOutput(names.CENTERLINES, "--centerlines", styles.style_lines),
        VectorOutput(names.POLYGONS, "--polygons", styles.style_polygons),
    )

    def displayName(self) -> str:
        """Name in the Toolbox."""
        return QCoreApplication.translate("DemSegmenter", "Segment roads")

    def shortDescription(self) -> str:
        """One line for the Toolbox's tooltip."""
        return QCoreApplication.translate("DemSegmenter", "Finds roads in an elevation raster.")

    def shortHelpString(self) -> str:
        """Help beside the dialog."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "<p>Finds the roads in an elevation raster and draws them as a mask, as probabilities, as centrelines and "
            "as polygons.</p><p>Works on surface models (DSM, with roofs and trees) and on bare-earth terrain models "
            "(DTM), where roads show as benches, banks and ditches; of the streets of a town, hardly any does. About "
            "0.5 to 1 m per pixel is best. Any size works: the raster is read piece by piece.</p><p>The plugin's own "
            "head leaves out what is wider than 40 m, such as fields, squares and lakes.</p><p>Results lie on the "
            "DEM's own pixel grid and come into the project above it, in a group of their own.</p>",
        )

    def tags(self) -> list[str]:
        """Words to search for."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "roads,streets,tracks,centrelines,centerlines,dem,dsm,dtm,lidar,elevation,mask,deep learning",
        ).split(",")

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        del configuration
        for parameter in [
            *parameters.raster_inputs(),
            parameters.head("roads", "road"),
            *parameters.options(),
            parameters.mask(QCoreApplication.translate("DemSegmenter", "Roads")),
            parameters.probability(QCoreApplication.translate("DemSegmenter", "Road probability")),
            parameters.with_help(
                QgsProcessingParameterFeatureSink(
                    names.CENTERLINES,
                    QCoreApplication.translate("DemSegmenter", "Road centrelines"),
                    QgsProcessing.SourceType.TypeVectorLine,
                    optional=True,
                    createByDefault=True,
                ),
                QCoreApplication.translate("DemSegmenter", "Lines along the middle of the roads."),
            ),
            parameters.with_help(
                QgsProcessingParameterFeatureSink(
                    names.POLYGONS,
                    QCoreApplication.translate("DemSegmenter", "Road polygons"),
                    QgsProcessing.SourceType.TypeVectorPolygon,
                    optional=True,
                    createByDefault=False,
                ),
                QCoreApplication.translate("DemSegmenter", "The roads' areas, along their outlines in the mask."),
            ),
        ]:
            self.addParameter(parameter)
        self.addOutput(
            QgsProcessingOutputNumber(names.AREA, QCoreApplication.translate("DemSegmenter", "Area of roads (m²)"))
        )

    def layer_name(self, output: str, dem: str) -> str:
        """Name of a result layer."""
        if output == names.PROBABILITY:
            return QCoreApplication.translate("DemSegmenter", "Road probability - {layer}").format(layer=dem)
        if output == names.CENTERLINES:
            return QCoreApplication.translate("DemSegmenter", "Road centrelines - {layer}").format(layer=dem)
        if output == names.POLYGONS:
            return QCoreApplication.translate("DemSegmenter", "Road polygons - {layer}").format(layer=dem)
        return QCoreApplication.translate("DemSegmenter", "Roads - {layer}").format(layer=dem)
