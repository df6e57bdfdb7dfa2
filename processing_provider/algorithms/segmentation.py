"""What the segmentation algorithms share: reading their parameters, running the engine, handing back results."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingUtils, QgsRasterLayer
from qgis.PyQt.QtCore import QCoreApplication

from ...dem_segmenter.errors import DemSegmenterError, OptionError, RasterOpenError
from ...dem_segmenter.modelfiles.card import ClassInfo
from .. import destinations, engine_client, heads, results, scratch, styles, vector_results
from ..raster_input import Extent, RasterInput, open_source, read_layer
from . import names
from .base import DemSegmenterAlgorithm, Values
from .parameters import CHOICES, DEVICE_CHOICES, chosen

#: Numbers that are passed on only where they are set, and the engine's option for each.
_NUMBERS = {names.THRESHOLD: "--threshold", names.MIN_AREA: "--min-area", names.OVERLAP: "--overlap"}
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


class SegmentationAlgorithm(DemSegmenterAlgorithm):
    """Base class. A subclass declares its outputs, and names their layers in `layer_name`."""

    VECTORS: Sequence[VectorOutput] = ()

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
        layer = self._layer(parameters, context)
        if layer is None:
            raise _no_raster(parameters.get(names.INPUT))
        band = self.parameterAsInt(parameters, names.BAND, context)
        raster = read_layer(layer, band, context.transformContext())
        request = Request(raster, self.chosen_heads(parameters, context), self._extent(parameters, context, layer))
        for name, option in _NUMBERS.items():
            if destinations.is_set(parameters.get(name)):
                request.options.append(f"{option}={self.parameterAsDouble(parameters, name, context)!r}")
        if destinations.is_set(parameters.get(names.BATCH_SIZE)):
            request.options.append(f"--batch-size={self.parameterAsInt(parameters, names.BATCH_SIZE, context)}")
        request.options += [f"{option}={chosen(parameters, name)}" for name, option in _CHOICES.items()]
        request.options.append(f"--device={self._device(parameters, context)}")
        request.options += [f"--models-dir={folder}" for folder in heads.model_folders()]
        self._request = request

    def checkParameterValues(self, parameters: Values, context: QgsProcessingContext) -> tuple[bool, str]:
        """Say what is wrong before a run; ``qgis_process help`` offers choices by number, so numbers are taken too."""
        values = dict(parameters)
        try:
            values.update({name: chosen(parameters, name) for name in CHOICES if name in parameters})
            if self.parameterAsRasterLayer(parameters, names.INPUT, context) is None:
                layer = self._layer(parameters, context)
                if layer is not None:
                    values[names.INPUT] = layer.id()
        except DemSegmenterError as error:
            return False, str(error)
        return super().checkParameterValues(values, context)

    def execute(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Run the engine and hand back what it made."""
        request = self._request
        if request is None:
            self.collect(parameters, context)
            request = self._request
        assert request is not None
        rasters = self._raster_destinations(parameters, context)
        vectors = [vector for vector in self.VECTORS if destinations.is_set(parameters.get(vector.name))]
        final = {**rasters, **{v.name: f for v in vectors if (f := self._vector_file(parameters, v.name, context))}}
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
        self._arrange(outputs, parameters, context, request)
        outputs.update(self.numbers(answer.statistics))
        return outputs

    def numbers(self, statistics: Mapping[str, Any]) -> Values:
        """Number outputs from the engine's statistics."""
        found = dict(statistics.get("classes") or {})
        return {names.AREA: sum(float(each.get("area_m2", 0.0)) for each in found.values())}

    def _raster_destinations(self, parameters: Values, context: QgsProcessingContext) -> dict[str, Path]:
        """The raster outputs that are wanted, and their files."""
        files = {}
        for name in (names.OUTPUT, names.PROBABILITY):
            if name == names.OUTPUT or destinations.is_set(parameters.get(name)):
                path = self.parameterAsOutputLayer(parameters, name, context)
                if path:
                    destinations.check_raster_suffix(name, path)
                    files[name] = Path(os.path.abspath(path))
        if names.OUTPUT not in files:
            raise OptionError(QCoreApplication.translate("DemSegmenter", "No output file was given for the mask."))
        return files

    def _vector_file(self, parameters: Values, name: str, context: QgsProcessingContext) -> Path | None:
        """The file a vector output will be written to; None if it is no plain file."""
        value = parameters[name]
        text = value.sink.staticValue() if hasattr(value, "sink") else value
        if not isinstance(text, str) or text.startswith(("memory:", "ogr:", "postgres:")) or ":" in text[2:]:
            return None
        return None if text.upper() == "TEMPORARY_OUTPUT" else Path(os.path.abspath(text))

    def _layer(self, parameters: Values, context: QgsProcessingContext) -> QgsRasterLayer | None:
        """The DEM layer: one of the project's, a file, or anything else that GDAL reads."""
        layer = self.parameterAsRasterLayer(parameters, names.INPUT, context)
        value = parameters.get(names.INPUT)
        if layer is None and isinstance(value, str) and value.strip():
            layer = open_source(value.strip())
            if layer is not None:
                context.temporaryLayerStore().addMapLayer(layer)  # keeps it as long as the run
        return layer

    def _extent(self, parameters: Values, context: QgsProcessingContext, layer: QgsRasterLayer) -> Extent | None:
        if not destinations.is_set(parameters.get(names.EXTENT)):
            return None
        rectangle = self.parameterAsExtent(parameters, names.EXTENT, context)
        if rectangle.isNull():
            return None
        crs = self.parameterAsExtentCrs(parameters, names.EXTENT, context)
        return Extent(rectangle, crs if crs.isValid() else layer.crs())

    def _device(self, values: Values, context: QgsProcessingContext) -> str:
        return self.parameterAsString(values, names.DEVICE, context).strip() or DEVICE_CHOICES[0]

    def _arrange(self, outputs: Values, parameters: Values, context: QgsProcessingContext, request: Request) -> None:
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
                None if named_by_model else self.layer_name(name, request.raster.name),
                results.ResultPostProcessor(
                    style, request.classes, rank, request.raster.name, request.raster.layer_id, (self.id(), name)
                ),
            )


def _no_raster(value: Any) -> DemSegmenterError:
    name = value.name() if hasattr(value, "name") else str(value or "").strip()
    if not name:
        return OptionError(QCoreApplication.translate("DemSegmenter", "No elevation raster was given."))
    return RasterOpenError(
        QCoreApplication.translate("DemSegmenter", "{name} is not a raster that QGIS can open.").format(name=name),
        QCoreApplication.translate("DemSegmenter", "Choose an elevation raster (DEM, DSM), such as a GeoTIFF."),
    )
