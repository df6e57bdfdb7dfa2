"""What the segmentation algorithms share: reading their parameters, running the engine, handing back results."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingUtils
from qgis.PyQt.QtCore import QCoreApplication

from ...dem_segmenter.errors import OptionError
from ...dem_segmenter.modelfiles.card import ClassInfo
from .. import destinations, engine_client, heads, results, scratch, styles, vector_results
from ..raster_input import Extent, RasterInput, read_layer
from . import names
from .base import Values
from .engine_algorithm import EngineAlgorithm
from .parameters import chosen

#: Numbers that are passed on only where they are set, and the engine's option for each.
_NUMBERS = {names.THRESHOLD: "--threshold", names.MIN_AREA: "--min-area", names.OVERLAP: "--overlap"}
#: Classes that an algorithm is called after.
_WITH_ALGORITHMS = frozenset({"building", "road"})
_CHOICES = {names.TTA: "--tta", names.VERTICAL_UNIT: "--vertical-unit"}


@dataclass(frozen=True)
class VectorOutput:
    """A vector that the engine can make.

    Attributes:
        name: The sink parameter.
        option: The engine's option.
        style: Gives the layer its look.
    """

    name: str
    option: str
    style: results.Style


@dataclass
class Request:
    """Everything a run needs, read from the parameters.

    Attributes:
        raster: The DEM.
        heads: What to run on it.
        extent: The part that is wanted; all if None.
        options: Further arguments of the engine.
    """

    raster: RasterInput
    heads: list[heads.Head]
    extent: Extent | None
    options: list[str] = field(default_factory=list)

    @property
    def classes(self) -> list[ClassInfo]:
        """The classes of all heads with their values in the mask, by the engine's rule (`inference/classes.py`)."""
        classes = [c for head in self.heads for c in head.classes]
        values = [c.value for c in classes]
        if len(classes) == 1 or len(set(values)) < len(values):
            return [ClassInfo(c.name, number, c.color) for number, c in enumerate(classes, start=1)]
        return classes


class SegmentationAlgorithm(EngineAlgorithm):
    """Base class. A subclass declares its outputs, and names their layers in `layer_name`."""

    VECTORS: Sequence[VectorOutput] = ()
    #: What the algorithm says it finds; None where any class will do.
    CLASS: str | None = None

    def __init__(self) -> None:
        super().__init__()
        self._request: Request | None = None

    def group(self) -> str:
        """Group in the Toolbox."""
        return QCoreApplication.translate("DemSegmenter", "Segmentation")

    def groupId(self) -> str:
        """Id of the group."""
        return "segmentation"

    @abstractmethod
    def layer_name(self, output: str, dem: str) -> str:
        """Name of a result layer.

        Args:
            output: The output's name.
            dem: The DEM layer's name.
        """

    def chosen_heads(self, parameters: Values, context: QgsProcessingContext) -> list[heads.Head]:
        """The heads to run."""
        return [heads.resolve(self.parameterAsString(parameters, names.HEAD, context))]

    def collect(self, parameters: Values, context: QgsProcessingContext) -> None:
        """Read and check the inputs."""
        layer = self.raster_layer(parameters, names.INPUT, context)
        band = self.parameterAsInt(parameters, names.BAND, context)
        raster = read_layer(layer, band, context.transformContext())
        request = Request(raster, self.chosen_heads(parameters, context), self.extent(parameters, context, layer))
        request.options += self.numbers_told(parameters, context, _NUMBERS, {names.BATCH_SIZE: "--batch-size"})
        request.options += [f"{option}={chosen(parameters, name)}" for name, option in _CHOICES.items()]
        request.options += self.machine_told(parameters, context)
        self._request = request

    def execute(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Run the engine and hand back what it made."""
        request = self._request
        if request is None:
            self.collect(parameters, context)
            request = self._request
        assert request is not None
        self._warn_of_other_class(request.heads, feedback)
        rasters = self._raster_destinations(parameters, context)
        vectors = [vector for vector in self.VECTORS if destinations.is_set(parameters.get(vector.name))]
        final = {**rasters, **{v.name: f for v in vectors if (f := self.vector_file(parameters, v.name))}}
        destinations.check(final, request.raster.file)

        geopackages = {v.name: Path(QgsProcessingUtils.generateTempFilename(f"{v.name.lower()}.gpkg")) for v in vectors}
        arguments = [f"--head={head.path}" for head in request.heads]
        arguments += [f"--output={rasters[names.OUTPUT]}", *request.options]
        if names.PROBABILITY in rasters:
            arguments.append(f"--probability={rasters[names.PROBABILITY]}")
        arguments += [f"{v.option}={geopackages[v.name]}" for v in vectors]
        try:
            with request.raster.opened(request.extent, feedback) as source:
                protected = [*final.values(), *([request.raster.file] if request.raster.file else [])]
                answer = engine_client.run("segment", [*source, *arguments], feedback, protected)
            outputs: Values = {name: str(path) for name, path in rasters.items()}
            for vector in vectors:
                copied = vector_results.copy(self, parameters, vector.name, geopackages[vector.name], context, feedback)
                outputs[vector.name] = copied.destination
        finally:
            scratch.remove(str(path.parent) for path in geopackages.values())
        self._arrange(outputs, parameters, context, request, answer.statistics)
        outputs.update(self.numbers(answer.statistics))
        return outputs

    def _warn_of_other_class(self, chosen_heads: Sequence[heads.Head], feedback: QgsProcessingFeedback) -> None:
        """Say so where a head finds what another algorithm is for; users' own names of classes are left to them."""
        for head in chosen_heads:
            found = {c.name.lower() for c in head.classes}
            if self.CLASS and self.CLASS not in found and found & _WITH_ALGORITHMS:
                feedback.pushWarning(
                    QCoreApplication.translate(
                        "DemSegmenter",
                        "The head '{head}' finds '{found}', which is not what this algorithm is called after: its "
                        "result is drawn and named as if it were '{wanted}'.",
                    ).format(head=head.title, found=", ".join(sorted(found)), wanted=self.CLASS)
                )

    def numbers(self, statistics: Mapping[str, Any]) -> Values:
        """Number outputs from the engine's statistics."""
        found = dict(statistics.get("classes") or {})
        return {names.AREA: sum(float(each.get("area_m2", 0.0)) for each in found.values())}

    def _raster_destinations(self, parameters: Values, context: QgsProcessingContext) -> dict[str, Path]:
        """The raster outputs that are wanted, and their files."""
        files = {}
        for name in (names.OUTPUT, names.PROBABILITY):
            if name == names.OUTPUT or destinations.is_set(parameters.get(name)):
                path = self.raster_file(parameters, name, context)
                if path is not None:
                    files[name] = path
        if names.OUTPUT not in files:
            raise OptionError(QCoreApplication.translate("DemSegmenter", "No output file was given for the mask."))
        return files

    def _told_apart(
        self, output: str, name: str, parameters: Values, context: QgsProcessingContext, statistics: Mapping[str, Any]
    ) -> str:
        """A layer's name with the threshold where it is not the head's: thresholds are tried one after the other."""
        thresholds = list(statistics.get("thresholds") or [])
        if destinations.is_set(parameters.get(names.THRESHOLD)):
            value = self.parameterAsDouble(parameters, names.THRESHOLD, context)
        elif statistics.get("chosen_by_walls") and len(thresholds) == 1 and output != names.PROBABILITY:
            value = float(thresholds[0])
        else:
            return name
        return QCoreApplication.translate("DemSegmenter", "{name} (threshold {value})").format(
            name=name, value=f"{value:g}"
        )

    def _arrange(
        self,
        outputs: Values,
        parameters: Values,
        context: QgsProcessingContext,
        request: Request,
        statistics: Mapping[str, Any],
    ) -> None:
        """Name, style and group the results that QGIS will load."""
        looks: dict[str, results.Style] = {vector.name: vector.style for vector in self.VECTORS}
        looks[names.OUTPUT] = styles.style_mask
        looks[names.PROBABILITY] = styles.style_probability
        for rank, (name, style) in enumerate(looks.items()):
            if name not in outputs:
                continue
            named_by_model = getattr(parameters.get(name), "destinationName", "")
            results.prepare_layer(
                context,
                outputs[name],
                None
                if named_by_model
                else self._told_apart(
                    name, self.layer_name(name, request.raster.name), parameters, context, statistics
                ),
                results.ResultPostProcessor(
                    style, request.classes, rank, request.raster.name, request.raster.layer_id, (self.id(), name)
                ),
            )
