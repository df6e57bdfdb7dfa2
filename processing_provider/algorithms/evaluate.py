"""How good a mask or a head is, measured against labels."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBand,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
)
from qgis.PyQt.QtCore import QCoreApplication

from .. import destinations, engine_client, heads, results, styles
from ..raster_input import RasterInput, read_layer
from . import labels, names, parameters, training_parameters
from .base import Values
from .engine_algorithm import EngineAlgorithm
from .parameters import chosen

_DOUBLES = {names.THRESHOLD: "--threshold", names.TOLERANCE: "--tolerance"}
_INTEGERS = {names.CLASS_VALUE: "--class-value", names.BATCH_SIZE: "--batch-size"}
_CHOICES = {names.KIND: "--kind", names.VERTICAL_UNIT: "--vertical-unit"}

#: Number outputs and the engine's word for each; those that do not apply to the labels are left out.
_SHARES = {
    names.IOU: "iou",
    names.F1: "f1",
    names.PRECISION: "precision",
    names.RECALL: "recall",
    names.BOUNDARY_F1: "boundary_f1",
    names.LENGTH_FOUND: "length_found",
    names.LENGTH_MISSED: "length_missed",
    names.LENGTH_INVENTED: "length_invented",
}
_COUNTS = {
    names.OBJECTS_FOUND: "objects_found",
    names.OBJECTS_MISSED: "objects_missed",
    names.OBJECTS_INVENTED: "objects_invented",
}


@dataclass
class Request:
    """Everything a run needs, read from the parameters.

    Attributes:
        raster: The mask, or the DEM for the head.
        dem: Name and id of the DEM layer that it was made from, or its own.
        head: What is judged; the mask if None.
        labels: What is really there.
        options: Further arguments of the engine.
    """

    raster: RasterInput
    dem: tuple[str, str]
    head: heads.Head | None
    labels: labels.Labels
    options: list[str]

    @property
    def files(self) -> list[Path]:
        """The files that are read, which no output may overwrite."""
        own = [self.raster.file, self.head.path if self.head is not None else None]
        return [*(file for file in own if file is not None), *self.labels.files]


class Evaluate(EngineAlgorithm):
    """``demsegmenter:evaluate``."""

    NAME = "evaluate"
    ICON = "evaluate"

    def __init__(self) -> None:
        super().__init__()
        self._request: Request | None = None

    def displayName(self) -> str:
        """Name in the Toolbox."""
        return QCoreApplication.translate("DemSegmenter", "Evaluate a mask or a head")

    def group(self) -> str:
        """Group in the Toolbox."""
        return training_parameters.group()

    def groupId(self) -> str:
        """Id of the group."""
        return training_parameters.GROUP_ID

    def shortDescription(self) -> str:
        """One line for the Toolbox's tooltip."""
        return QCoreApplication.translate("DemSegmenter", "Measures how well a mask or a head agrees with labels.")

    def shortHelpString(self) -> str:
        """Help beside the dialog."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "<p>Compares what was found with what is really there, and says how good it is.</p><p>Step by step:</p>"
            "<ol><li>Label some ground that the head was <i>not</i> trained on: every building or road in it. Draw a "
            "polygon around it in a second layer.</li><li>Choose what is to be judged: a mask raster, whoever made "
            "it, with no head; or an elevation raster with a head, which is then run.</li><li>Choose the labels and "
            "the polygon, and run.</li><li>Read the report, and look at the map of errors in the project: what was "
            "found, what was missed and what was invented.</li></ol><p>The figures: <b>precision</b> is the share of "
            "the found area that is right; <b>recall</b> is the share of the real area that was found; <b>F1</b> is "
            "their harmonic mean, low where either is low; <b>IoU</b> is the area in both divided by the area in "
            "either. <b>Boundary F1</b> is the same for the outlines, within a pixel. Buildings are also counted one "
            "by one, and roads by their length. All are outputs, so that a model can go on with them.</p>",
        )

    def tags(self) -> list[str]:
        """Words to search for."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "evaluate,accuracy,validation,quality,confusion,iou,f1,precision,recall,errors,labels,mask,head",
        ).split(",")

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        del configuration
        for parameter in [*self._inputs(), *labels.advanced_parameters(), *self._options(), *_files()]:
            self.addParameter(parameter)
        for name, description in (
            (names.IOU, QCoreApplication.translate("DemSegmenter", "IoU (0 to 1)")),
            (names.F1, QCoreApplication.translate("DemSegmenter", "F1 (0 to 1)")),
            (names.PRECISION, QCoreApplication.translate("DemSegmenter", "Precision (0 to 1)")),
            (names.RECALL, QCoreApplication.translate("DemSegmenter", "Recall (0 to 1)")),
            (names.BOUNDARY_F1, QCoreApplication.translate("DemSegmenter", "Boundary F1 (0 to 1)")),
            (names.OBJECTS_FOUND, QCoreApplication.translate("DemSegmenter", "Objects found")),
            (names.OBJECTS_MISSED, QCoreApplication.translate("DemSegmenter", "Objects missed")),
            (names.OBJECTS_INVENTED, QCoreApplication.translate("DemSegmenter", "Objects invented")),
            (names.LENGTH_FOUND, QCoreApplication.translate("DemSegmenter", "Length found (m)")),
            (names.LENGTH_MISSED, QCoreApplication.translate("DemSegmenter", "Length missed (m)")),
            (names.LENGTH_INVENTED, QCoreApplication.translate("DemSegmenter", "Length invented (m)")),
        ):
            self.addOutput(QgsProcessingOutputNumber(name, description))

    def _inputs(self) -> list[parameters.Definition]:
        return [
            parameters.with_help(
                QgsProcessingParameterRasterLayer(
                    names.INPUT, QCoreApplication.translate("DemSegmenter", "Mask, or elevation raster for the head")
                ),
                QCoreApplication.translate(
                    "DemSegmenter",
                    "Without a head, a mask: 0 where nothing was found, another value where something was, no data "
                    "where it is unknown; or probabilities from 0 to 1. With a head, the elevation raster (DEM) to "
                    "run it on.",
                ),
            ),
            parameters.with_help(
                parameters.head_or_none(
                    names.HEAD,
                    QCoreApplication.translate("DemSegmenter", "Head"),
                    QCoreApplication.translate("DemSegmenter", "none: the raster is a mask"),
                ),
                QCoreApplication.translate(
                    "DemSegmenter",
                    "The head to judge: the name of an installed one, or the path of a head file (.safetensors). Leave "
                    "it empty to judge a mask.",
                ),
            ),
            *labels.parameters(
                QCoreApplication.translate(
                    "DemSegmenter",
                    "Polygons around the ground on which you have labelled everything. Only what is inside them is "
                    "judged. Without them, all of the raster counts as labelled, and whatever was found where there "
                    "is no label counts as wrong.",
                )
            ),
        ]

    def _options(self) -> list[parameters.Definition]:
        return [
            parameters.with_help(
                parameters.choice(names.KIND, QCoreApplication.translate("DemSegmenter", "What is counted")),
                QCoreApplication.translate(
                    "DemSegmenter",
                    "objects: one by one, as for buildings. lines: by their length, as for roads. auto: lines where "
                    "the labels are lines or the class is a road, otherwise objects.",
                ),
                advanced=True,
            ),
            parameters.with_help(
                parameters.number(
                    names.TOLERANCE,
                    QCoreApplication.translate("DemSegmenter", "Tolerance for lines (metres)"),
                    3.0,
                    minimum=0.0,
                ),
                QCoreApplication.translate(
                    "DemSegmenter",
                    "A piece of road counts as found if there is one in the mask no farther away than this.",
                ),
                advanced=True,
            ),
            parameters.with_help(
                parameters.optional_number(
                    names.CLASS_VALUE,
                    QCoreApplication.translate("DemSegmenter", "Value of the class in the mask"),
                    whole=True,
                ),
                QCoreApplication.translate(
                    "DemSegmenter",
                    "For a head that finds several classes, or a mask that names several: the value of the one that "
                    "the labels show. For any other mask: if it is not set, every value but 0 counts.",
                ),
                advanced=True,
            ),
            parameters.threshold(),
            parameters.with_help(
                QgsProcessingParameterBand(
                    names.BAND,
                    QCoreApplication.translate("DemSegmenter", "Band of the raster"),
                    1,
                    names.INPUT,
                    optional=True,
                ),
                QCoreApplication.translate(
                    "DemSegmenter", "The band that holds the mask or the heights, counted from 1."
                ),
                advanced=True,
            ),
            parameters.vertical_unit(),
            *parameters.machine(),
        ]

    def collect(self, parameters: Values, context: QgsProcessingContext) -> None:
        """Read and check the inputs."""
        layer = self.raster_layer(parameters, names.INPUT, context)
        raster = read_layer(layer, self.parameterAsInt(parameters, names.BAND, context), context.transformContext())
        text = self.parameterAsString(parameters, names.HEAD, context).strip()
        head = heads.resolve(text) if text else None
        options = [f"--head={head.path}"] if head is not None else []
        options += self.numbers_told(parameters, context, _DOUBLES, _INTEGERS)
        options += [f"{option}={chosen(parameters, name)}" for name, option in _CHOICES.items()]
        options += self.machine_told(parameters, context)
        dem = results.dem_behind(layer)
        self._request = Request(
            raster, (dem.name(), dem.id()), head, labels.read(self, parameters, context, [layer]), options
        )

    def execute(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Run the engine and hand back what it made."""
        request = self._request
        if request is None:
            self.collect(parameters, context)
            request = self._request
        assert request is not None
        wanted = {
            names.REPORT: self.file(parameters, names.REPORT, context, ".html"),
            names.METRICS: self.file(parameters, names.METRICS, context, ".json"),
            names.ERRORS: self.raster_file(parameters, names.ERRORS, context),
        }
        final = {name: path for name, path in wanted.items() if path is not None}
        destinations.check(final, *request.files)
        arguments = [*request.options, *(f"--{name.lower()}={path}" for name, path in final.items())]
        with ExitStack() as stack:
            source = stack.enter_context(request.raster.opened(None, feedback))
            told = stack.enter_context(request.labels.opened(feedback))
            protected = [*final.values(), *request.files]
            answer = engine_client.run("evaluate", [*source, *told, *arguments], feedback, protected)
        outputs: Values = {name: str(path) for name, path in final.items()}
        if names.ERRORS in outputs:
            self._arrange(outputs[names.ERRORS], parameters, context, request)
        return {**outputs, **_numbers(answer.statistics)}

    def _arrange(self, errors: str, parameters: Values, context: QgsProcessingContext, request: Request) -> None:
        """Name, style and group the map of errors."""
        named_by_model = getattr(parameters.get(names.ERRORS), "destinationName", "")
        title = QCoreApplication.translate("DemSegmenter", "Errors - {layer}").format(layer=request.raster.name)
        look = results.ResultPostProcessor(
            styles.style_mask, styles.error_classes(), 0, *request.dem, (self.id(), names.ERRORS)
        )
        results.prepare_layer(context, errors, None if named_by_model else title, look)


def _files() -> list[parameters.Definition]:
    """The outputs."""
    return [
        parameters.with_help(
            QgsProcessingParameterFileDestination(
                names.REPORT,
                QCoreApplication.translate("DemSegmenter", "Evaluation report"),
                QCoreApplication.translate("DemSegmenter", "HTML files (*.html)"),
                optional=True,
                createByDefault=True,
            ),
            QCoreApplication.translate("DemSegmenter", "A web page in one file with all figures and with pictures."),
        ),
        parameters.with_help(
            QgsProcessingParameterFileDestination(
                names.METRICS,
                QCoreApplication.translate("DemSegmenter", "Figures for programs"),
                QCoreApplication.translate("DemSegmenter", "JSON files (*.json)"),
                optional=True,
                createByDefault=False,
            ),
            QCoreApplication.translate("DemSegmenter", "All figures in a file for other programs."),
        ),
        parameters.with_help(
            QgsProcessingParameterRasterDestination(
                names.ERRORS,
                QCoreApplication.translate("DemSegmenter", "Map of errors"),
                optional=True,
                createByDefault=True,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "A GeoTIFF on the raster's own pixel grid: what was found, what was missed and what was invented.",
            ),
        ),
    ]


def _numbers(statistics: Mapping[str, Any]) -> Values:
    """Number outputs from the engine's statistics."""
    values: Values = {}
    for names_of, number in ((_SHARES, float), (_COUNTS, int)):
        for name, key in names_of.items():
            if statistics.get(key) is not None:
                values[name] = number(statistics[key])
    return values
