"""What algorithms that give layers to the engine share: reading the parameters, and looking after the results."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsFeatureRequest,
    QgsMapLayer,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterMapLayer,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterRasterLayer,
    QgsProcessingUtils,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication

from ...dem_segmenter.errors import DemSegmenterError, OptionError, RasterOpenError
from .. import destinations, heads, raster_input, vector_input
from ..raster_input import Extent
from ..vector_input import VectorInput, VectorOpenError, read_vector
from . import names
from .base import DemSegmenterAlgorithm, Values
from .parameters import CHOICES, DEVICE_CHOICES, chosen


class EngineAlgorithm(DemSegmenterAlgorithm):
    """Base class."""

    def checkParameterValues(self, parameters: Values, context: QgsProcessingContext) -> tuple[bool, str]:
        """Say what is wrong before a run; ``qgis_process help`` offers choices by number, so numbers are taken too."""
        values = dict(parameters)
        try:
            values.update({name: chosen(parameters, name) for name in CHOICES if name in parameters})
            for definition in self.parameterDefinitions():
                if _takes_layers(definition) and definition.name() in parameters:
                    values[definition.name()] = self._as_ids(parameters, definition.name(), context)
        except DemSegmenterError as error:
            return False, str(error)
        return super().checkParameterValues(values, context)

    def _as_ids(self, parameters: Values, name: str, context: QgsProcessingContext) -> Any:
        """A value with the ids of layers in place of words that mean one: QGIS itself understands fewer words."""
        value = parameters[name]
        if isinstance(value, (list, tuple)):
            return [self._as_ids({name: each}, name, context) for each in value]
        layer = self.layer(parameters, name, context) if isinstance(value, str) else None
        return value if layer is None else layer.id()

    def layer(self, parameters: Values, name: str, context: QgsProcessingContext) -> QgsMapLayer | None:
        """A raster or vector layer: one of the project's, a file, or anything else that GDAL reads."""
        rasters_only = isinstance(
            self.parameterDefinition(name), (QgsProcessingParameterRasterLayer, QgsProcessingParameterMultipleLayers)
        )
        read = self.parameterAsRasterLayer if rasters_only else self.parameterAsLayer
        layer = read(parameters, name, context)
        value = parameters.get(name)
        if layer is None and isinstance(value, str) and value.strip():
            layer = None if rasters_only else vector_input.open_source(value.strip())
            layer = layer or raster_input.open_source(value.strip())
            if layer is not None:
                context.temporaryLayerStore().addMapLayer(layer)  # keeps it as long as the run
        return layer

    def raster_layer(self, parameters: Values, name: str, context: QgsProcessingContext) -> QgsRasterLayer:
        """An elevation raster.

        Raises:
            OptionError: None was given.
            RasterOpenError: What was given is no raster.
        """
        layer = self.layer(parameters, name, context)
        if layer is None:
            raise _no_raster(parameters.get(name))
        return layer

    def raster_layers(self, parameters: Values, name: str, context: QgsProcessingContext) -> list[QgsRasterLayer]:
        """One or more elevation rasters; raises as `raster_layer`."""
        values = list(_flat(parameters.get(name)))
        layers = [self.raster_layer({name: value}, name, context) for value in values if destinations.is_set(value)]
        if not layers:
            raise _no_raster(None)
        return layers

    def vector(
        self, parameters: Values, name: str, context: QgsProcessingContext, field: str = ""
    ) -> VectorInput | None:
        """The features of a vector layer; None if none was given.

        Args:
            parameters: The parameter values.
            name: A feature source parameter.
            context: The run's context.
            field: The one field that the engine is to read.

        Raises:
            VectorOpenError: There is no such layer.
            FeaturesError: It has no features that are of use.
        """
        value = parameters.get(name)
        if not destinations.is_set(value):
            return None
        request = None
        if isinstance(value, QgsProcessingFeatureSourceDefinition):
            definition = value
            value = definition.source.valueAsString(context.expressionContext())[0]
            layer = QgsProcessingUtils.mapLayerFromString(value, context)
            request = _request(definition, layer, context)
        else:
            layer = self.parameterAsVectorLayer(parameters, name, context)
        if layer is None and isinstance(value, str):
            layer = vector_input.open_source(value.strip())
            if layer is not None:
                context.temporaryLayerStore().addMapLayer(layer)
        if not isinstance(layer, QgsVectorLayer):
            raise VectorOpenError(
                QCoreApplication.translate("DemSegmenter", "{name} is not a vector layer that QGIS can open.").format(
                    name=value
                ),
                QCoreApplication.translate("DemSegmenter", "Choose a layer with polygons or lines."),
            )
        return read_vector(layer, context.transformContext(), request, field)

    def extent(self, parameters: Values, context: QgsProcessingContext, layer: QgsRasterLayer) -> Extent | None:
        """The part that is wanted; None for all."""
        if not destinations.is_set(parameters.get(names.EXTENT)):
            return None
        rectangle = self.parameterAsExtent(parameters, names.EXTENT, context)
        if rectangle.isNull():
            return None
        crs = self.parameterAsExtentCrs(parameters, names.EXTENT, context)
        return Extent(rectangle, crs if crs.isValid() else layer.crs())

    def numbers_told(
        self, parameters: Values, context: QgsProcessingContext, doubles: Mapping[str, str], integers: Mapping[str, str]
    ) -> list[str]:
        """The engine's arguments for the numbers that are set.

        Args:
            parameters: The parameter values.
            context: The run's context.
            doubles: Names of parameters and the engine's option for each.
            integers: The same for whole numbers.
        """
        told = []
        for name, option in doubles.items():
            if destinations.is_set(parameters.get(name)):
                told.append(f"{option}={self.parameterAsDouble(parameters, name, context)!r}")
        for name, option in integers.items():
            if destinations.is_set(parameters.get(name)):
                told.append(f"{option}={self.parameterAsInt(parameters, name, context)}")
        return told

    def machine_told(self, parameters: Values, context: QgsProcessingContext) -> list[str]:
        """The engine's arguments for the device and the folders with models."""
        device = self.parameterAsString(parameters, names.DEVICE, context).strip() or DEVICE_CHOICES[0]
        return [f"--device={device}", *(f"--models-dir={folder}" for folder in heads.model_folders())]

    def file(self, parameters: Values, name: str, context: QgsProcessingContext, suffix: str) -> Path | None:
        """Where a file output is to be written; None if it is not wanted.

        Raises:
            OutputError: Its name has another ending.
        """
        if not destinations.is_set(parameters.get(name)):
            return None
        path = self.parameterAsFileOutput(parameters, name, context)
        if not path:
            return None
        destinations.check_suffix(name, path, suffix)
        return Path(os.path.abspath(path))

    def raster_file(self, parameters: Values, name: str, context: QgsProcessingContext) -> Path | None:
        """Where a raster output is to be written; None if it is not wanted.

        Raises:
            OutputError: It is to be no GeoTIFF.
        """
        path = self.parameterAsOutputLayer(parameters, name, context)
        if not path:
            return None
        destinations.check_raster_suffix(name, path)
        return Path(os.path.abspath(path))

    def vector_file(self, parameters: Values, name: str) -> Path | None:
        """The file a vector output will be written to; None if it is no plain file."""
        value = parameters[name]
        text = value.sink.staticValue() if hasattr(value, "sink") else value
        if not isinstance(text, str) or text.startswith(("memory:", "ogr:", "postgres:")) or ":" in text[2:]:
            return None
        return None if text.upper() == "TEMPORARY_OUTPUT" else Path(os.path.abspath(text))


def _takes_layers(definition: QgsProcessingParameterDefinition) -> bool:
    """Whether a parameter's values are rasters, or layers of any kind."""
    if isinstance(definition, QgsProcessingParameterMultipleLayers):
        return definition.layerType() == QgsProcessing.SourceType.TypeRaster
    return isinstance(definition, (QgsProcessingParameterRasterLayer, QgsProcessingParameterMapLayer))


def _flat(value: Any) -> Iterator[Any]:
    """The values in a list, however deep: a model hands on lists of lists."""
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from _flat(each)
    else:
        yield value


def _request(
    definition: QgsProcessingFeatureSourceDefinition, layer: QgsMapLayer | None, context: QgsProcessingContext
) -> QgsFeatureRequest | None:
    """Which features the user's choice narrows a layer down to; None for all."""
    if not isinstance(layer, QgsVectorLayer):
        return None
    request, narrowed = QgsFeatureRequest(), False
    if definition.selectedFeaturesOnly:
        request.setFilterFids(layer.selectedFeatureIds())
        narrowed = True
    elif getattr(definition, "filterExpression", ""):  # QGIS 3.32 and newer
        request.setFilterExpression(definition.filterExpression)
        request.setExpressionContext(context.expressionContext())
        narrowed = True
    if definition.featureLimit >= 0:
        request.setLimit(definition.featureLimit)
        narrowed = True
    return request if narrowed else None


def _no_raster(value: Any) -> DemSegmenterError:
    name = value.name() if callable(getattr(value, "name", None)) else str(value or "").strip()
    if not name:
        return OptionError(QCoreApplication.translate("DemSegmenter", "No elevation raster was given."))
    return RasterOpenError(
        QCoreApplication.translate("DemSegmenter", "{name} is not a raster that QGIS can open.").format(name=name),
        QCoreApplication.translate("DemSegmenter", "Choose an elevation raster (DEM, DSM), such as a GeoTIFF."),
    )
