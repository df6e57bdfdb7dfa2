"""Labels and the ground they are complete on: their parameters, and how they are told to the engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from qgis.core import (
    QgsFeatureRequest,
    QgsMapLayer,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterMapLayer,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QCoreApplication

from ...dem_segmenter.errors import OptionError
from ..destinations import is_set
from ..raster_input import RasterInput, read_layer
from ..vector_input import VectorInput, VectorOpenError, read_vector
from . import names
from .base import Values
from .engine_algorithm import EngineAlgorithm
from .parameters import Definition, numeric_field, optional_number, with_help

_OPTION = "--labels"
_AREA_OPTION = "--area"


@dataclass
class Labels:
    """Checked labels; made in their layers' own thread, usable in any other.

    Attributes:
        layer: The labels.
        area: Where they are complete; everywhere if None.
        options: Further arguments of the engine.
    """

    layer: VectorInput | RasterInput
    area: VectorInput | None
    options: list[str] = field(default_factory=list)

    @property
    def files(self) -> list[Path]:
        """The files that are read, which no output may overwrite."""
        return [each.file for each in (self.layer, self.area) if each is not None and each.file is not None]

    @contextmanager
    def opened(self, feedback: QgsProcessingFeedback) -> Iterator[list[str]]:
        """The engine's arguments, with temporary copies, if any are needed, removed afterwards.

        Args:
            feedback: Shows progress and says when to stop.

        Yields:
            Options with their values.

        Raises:
            OutputError: A temporary copy cannot be written.
            CancelledError: The user cancelled while it was written.
        """
        with ExitStack() as stack:
            if isinstance(self.layer, RasterInput):
                told = [f"{_OPTION}={stack.enter_context(self.layer.as_file(feedback))}"]
            else:
                told = stack.enter_context(self.layer.opened(_OPTION, feedback))
            area = stack.enter_context(self.area.opened(_AREA_OPTION, feedback)) if self.area is not None else []
            yield [*told, *area, *self.options]


def parameters(area_help: str) -> list[Definition]:
    """The labels, what makes areas of lines, and where labelling is complete.

    Args:
        area_help: What it means that there are polygons for that, or none.
    """
    return [
        with_help(
            QgsProcessingParameterMapLayer(
                names.LABELS,
                QCoreApplication.translate("DemSegmenter", "Labels (polygons, lines or a raster)"),
                types=[
                    QgsProcessing.SourceType.TypeVectorPolygon,
                    QgsProcessing.SourceType.TypeVectorLine,
                    QgsProcessing.SourceType.TypeRaster,
                ],
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "What is really there, drawn by hand or taken from a survey: polygons around the things, lines along "
                "them (with a width, below), or a raster in which their pixels have a value. Any CRS.",
            ),
        ),
        with_help(
            optional_number(
                names.BUFFER,
                QCoreApplication.translate("DemSegmenter", "Width on each side of lines (metres)"),
                minimum=0.0,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "For labels that are lines: how far the thing reaches to the left and to the right of its line. A "
                "road that is 6 metres wide has 3. Polygons and rasters do not need it.",
            ),
        ),
        with_help(
            numeric_field(
                names.WIDTH_FIELD,
                QCoreApplication.translate("DemSegmenter", "Field with the full width of lines (metres)"),
                names.LABELS,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "For labels that are lines of different widths: the field that holds the width of each from edge to "
                "edge. Where it is empty, the width on each side from above is used.",
            ),
        ),
        area(QCoreApplication.translate("DemSegmenter", "Area where labelling is complete"), area_help),
    ]


def advanced_parameters() -> list[Definition]:
    """What is seldom needed."""
    return [
        with_help(
            QgsProcessingParameterBoolean(
                names.SELECTED_ONLY,
                QCoreApplication.translate("DemSegmenter", "Only the selected features of the labels"),
                False,
            ),
            QCoreApplication.translate(
                "DemSegmenter", "Takes only what is selected in the label layer. Meaningless for a raster."
            ),
            advanced=True,
        ),
        with_help(
            optional_number(
                names.LABEL_VALUE,
                QCoreApplication.translate("DemSegmenter", "Value of the labels in a raster"),
                whole=True,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "For labels that are a raster: the value of the pixels where the thing is, such as a class of a land "
                "cover map. If it is not set, every value but 0 counts. Pixels without data, or of 255, are unknown.",
            ),
            advanced=True,
        ),
    ]


def area(description: str, text: str, name: str = names.AREA) -> Definition:
    """Polygons that may be left out.

    Args:
        description: The parameter's title.
        text: Its help.
        name: Its name.
    """
    return with_help(
        QgsProcessingParameterFeatureSource(
            name, description, [QgsProcessing.SourceType.TypeVectorPolygon], None, optional=True
        ),
        text,
    )


def read(
    algorithm: EngineAlgorithm, values: Values, context: QgsProcessingContext, rasters: Sequence[QgsRasterLayer]
) -> Labels:
    """Read and check the labels, in the layers' own thread.

    Args:
        algorithm: Has the parameters.
        values: Their values.
        context: The run's context.
        rasters: What the labels are of.

    Raises:
        OptionError: No labels were given, or lines without a width.
        VectorOpenError: What was given is no layer.
        FeaturesError: The labels or the area have no features, or the wrong kind.
    """
    layer = algorithm.layer(values, names.LABELS, context)
    if layer is None:
        raise _no_labels(values.get(names.LABELS))
    told = algorithm.numbers_told(values, context, {names.BUFFER: "--buffer"}, {names.LABEL_VALUE: "--label-value"})
    width = algorithm.parameterAsString(values, names.WIDTH_FIELD, context).strip()
    labels: VectorInput | RasterInput
    if isinstance(layer, QgsRasterLayer):
        # QGIS fills in the active layer, which is the DEM more often than not.
        if any(layer.source() == raster.source() for raster in rasters):
            raise OptionError(
                QCoreApplication.translate("DemSegmenter", "{name} is given as the raster and as its labels.").format(
                    name=layer.name()
                ),
                QCoreApplication.translate(
                    "DemSegmenter", "As labels, choose the layer that shows where the things are."
                ),
            )
        labels = read_layer(layer, 1, context.transformContext())
    else:
        request = None
        if algorithm.parameterAsBoolean(values, names.SELECTED_ONLY, context):
            request = QgsFeatureRequest().setFilterFids(layer.selectedFeatureIds())
        labels = read_vector(layer, context.transformContext(), request, width)
        if labels.is_lines and not width and algorithm.parameterAsDouble(values, names.BUFFER, context) <= 0:
            raise OptionError(
                QCoreApplication.translate(
                    "DemSegmenter", "The labels in {name} are lines, and it is not said how wide they are."
                ).format(name=layer.name()),
                QCoreApplication.translate(
                    "DemSegmenter", "Give the width on each side in metres, or the field that holds the width."
                ),
            )
        if width:
            told.append(f"--width-field={labels.fields.at(0).name()}")
    return Labels(labels, algorithm.vector(values, names.AREA, context), told)


def _no_labels(value: object) -> OptionError | VectorOpenError:
    if not is_set(value):
        return OptionError(
            QCoreApplication.translate("DemSegmenter", "No labels were given."),
            QCoreApplication.translate("DemSegmenter", "Choose a layer with polygons or lines, or a raster."),
        )
    name = value.name() if isinstance(value, QgsMapLayer) else value
    return VectorOpenError(
        QCoreApplication.translate("DemSegmenter", "{name} is not a layer that QGIS can open.").format(name=name),
        QCoreApplication.translate("DemSegmenter", "Choose a layer with polygons or lines, or a raster."),
    )
