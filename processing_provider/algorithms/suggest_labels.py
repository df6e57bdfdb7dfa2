"""Which ground to label next."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingUtils,
)
from qgis.PyQt.QtCore import QCoreApplication

from .. import destinations, engine_client, heads, results, scratch, styles, vector_results
from ..raster_input import RasterInput, read_layer
from ..vector_input import VectorInput
from . import labels, names, parameters, training_parameters
from .base import Values
from .engine_algorithm import EngineAlgorithm
from .parameters import chosen

_DOUBLES = {names.CHIP_SIZE: "--chip-size"}
_INTEGERS = {names.COUNT: "--count", names.BATCH_SIZE: "--batch-size"}


@dataclass
class Request:
    """Everything a run needs, read from the parameters.

    Attributes:
        raster: The DEM.
        head: The head that is to become better.
        labelled: Where there are labels already; nowhere if None.
        options: Further arguments of the engine.
    """

    raster: RasterInput
    head: heads.Head
    labelled: VectorInput | None
    options: list[str]

    @property
    def files(self) -> list[Path]:
        """The files that are read, which no output may overwrite."""
        own = [self.raster.file, self.head.path, self.labelled.file if self.labelled is not None else None]
        return [file for file in own if file is not None]


class SuggestLabels(EngineAlgorithm):
    """``demsegmenter:suggestlabels``."""

    NAME = "suggestlabels"
    ICON = "suggest"

    def __init__(self) -> None:
        super().__init__()
        self._request: Request | None = None

    def displayName(self) -> str:
        """Name in the Toolbox."""
        return QCoreApplication.translate("DemSegmenter", "Suggest where to label next")

    def group(self) -> str:
        """Group in the Toolbox."""
        return training_parameters.group()

    def groupId(self) -> str:
        """Id of the group."""
        return training_parameters.GROUP_ID

    def shortDescription(self) -> str:
        """One line for the Toolbox's tooltip."""
        return QCoreApplication.translate(
            "DemSegmenter", "Finds the places in an elevation raster whose labels would teach a head most."
        )

    def shortHelpString(self) -> str:
        """Help beside the dialog."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "<p>Labelling takes time, and not all ground teaches a head the same. This runs a head on an elevation "
            "raster and marks the squares that it would learn most from: where it is unsure, and where the ground "
            "looks unlike what is labelled already.</p><p>Step by step:</p><ol><li>Choose the elevation raster, the "
            "head that is to become better, and the polygons of what you have labelled so far.</li><li>Run. The "
            "squares come into the project with their rank; 1 is to be labelled first.</li><li>Label everything in "
            "the first few squares, and add the squares to your layer of completely labelled areas.</li><li>Run "
            "<i>Train a head from labels</i> again, with the old head to start from if you like, and come back here "
            "with the new one.</li></ol><p>To begin with, when there is no head of your own yet, use the one that is "
            "nearest to what you want to find.</p>",
        )

    def tags(self) -> list[str]:
        """Words to search for."""
        return QCoreApplication.translate(
            "DemSegmenter", "suggest,labels,active learning,sampling,uncertainty,train,head,dem,dsm,elevation"
        ).split(",")

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        del configuration
        raster, band, unit = parameters.raster_inputs()
        for parameter in [
            raster,
            parameters.head("buildings", ""),
            labels.area(
                QCoreApplication.translate("DemSegmenter", "Already labelled areas"),
                QCoreApplication.translate(
                    "DemSegmenter",
                    "Polygons around the ground that is labelled already. It is not suggested again, and ground that "
                    "looks like it comes last.",
                ),
                names.LABELLED,
            ),
            parameters.with_help(
                parameters.number(
                    names.COUNT,
                    QCoreApplication.translate("DemSegmenter", "Number of places"),
                    10,
                    minimum=1,
                    maximum=10000,
                ),
                QCoreApplication.translate("DemSegmenter", "How many squares to suggest. There may be fewer."),
            ),
            parameters.with_help(
                parameters.optional_number(
                    names.CHIP_SIZE,
                    QCoreApplication.translate("DemSegmenter", "Side of a place (metres)"),
                    minimum=20.0,
                    maximum=5000.0,
                ),
                QCoreApplication.translate(
                    "DemSegmenter",
                    "Length of a square's side. If it is not set: as much ground as the head sees at once.",
                ),
            ),
            parameters.extent(),
            band,
            unit,
            *parameters.machine(),
            parameters.with_help(
                QgsProcessingParameterFeatureSink(
                    names.OUTPUT,
                    QCoreApplication.translate("DemSegmenter", "Places to label"),
                    QgsProcessing.SourceType.TypeVectorPolygon,
                ),
                QCoreApplication.translate(
                    "DemSegmenter",
                    "Squares with their rank (1: label this first), a score, and what it is made of: how unsure the "
                    "head is, and how new the ground is to it.",
                ),
            ),
        ]:
            self.addParameter(parameter)
        self.addOutput(
            QgsProcessingOutputNumber(
                names.SUGGESTED, QCoreApplication.translate("DemSegmenter", "Number of places suggested")
            )
        )

    def collect(self, parameters: Values, context: QgsProcessingContext) -> None:
        """Read and check the inputs."""
        layer = self.raster_layer(parameters, names.INPUT, context)
        raster = read_layer(layer, self.parameterAsInt(parameters, names.BAND, context), context.transformContext())
        head = heads.resolve(self.parameterAsString(parameters, names.HEAD, context))
        options = [f"--head={head.path}", *self.numbers_told(parameters, context, _DOUBLES, _INTEGERS)]
        options.append(f"--vertical-unit={chosen(parameters, names.VERTICAL_UNIT)}")
        options += self.machine_told(parameters, context)
        extent = self.extent(parameters, context, layer)
        if extent is not None:
            options += extent.arguments()
        labelled = self.vector(parameters, names.LABELLED, context)
        self._request = Request(raster, head, labelled, options)

    def execute(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Run the engine and hand back what it made."""
        request = self._request
        if request is None:
            self.collect(parameters, context)
            request = self._request
        assert request is not None
        file = self.vector_file(parameters, names.OUTPUT)
        final = {names.OUTPUT: file} if file is not None else {}
        destinations.check(final, *request.files)
        geopackage = Path(QgsProcessingUtils.generateTempFilename("suggestions.gpkg"))
        try:
            with ExitStack() as stack:
                # Whole, whatever the extent: what is labelled may lie outside it.
                source = stack.enter_context(request.raster.opened(None, feedback))
                told = []
                if request.labelled is not None:
                    told = stack.enter_context(request.labelled.opened("--labelled", feedback))
                arguments = [*source, *told, *request.options, f"--output={geopackage}"]
                engine_client.run("suggest", arguments, feedback, [*final.values(), *request.files])
            copied = vector_results.copy(self, parameters, names.OUTPUT, geopackage, context, feedback)
        finally:
            scratch.remove([str(geopackage.parent)])
        self._arrange(copied.destination, parameters, context, request)
        return {names.OUTPUT: copied.destination, names.SUGGESTED: copied.count}

    def _arrange(self, places: str, parameters: Values, context: QgsProcessingContext, request: Request) -> None:
        """Name, style and group the places."""
        raster = request.raster
        named_by_model = getattr(parameters.get(names.OUTPUT), "destinationName", "")
        title = QCoreApplication.translate("DemSegmenter", "Places to label - {layer}").format(layer=raster.name)
        look = results.ResultPostProcessor(
            styles.style_suggestions,
            request.head.classes,
            0,
            raster.name,
            raster.layer_id,
            (self.id(), names.OUTPUT),
        )
        results.prepare_layer(context, places, None if named_by_model else title, look)
