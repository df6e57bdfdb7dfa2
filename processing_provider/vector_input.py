"""From a QGIS vector layer to something the engine can open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsAbstractFeatureSource,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsFields,
    QgsProcessingFeedback,
    QgsProviderRegistry,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QCoreApplication

from ..dem_segmenter.errors import CancelledError, DemSegmenterError, OptionError, OutputError
from . import scratch

#: Formats that every build of GDAL reads, by the name GDAL gives them; layers of any other are written out.
_COMMON_FORMATS = ("GPKG", "ESRI Shapefile", "GeoJSON", "FlatGeobuf", "OpenFileGDB", "SQLite", "MapInfo File")

#: Parts of a layer's source that only QGIS knows how to follow.
_PARTS_OF_QGIS = ("subset", "geometryType", "layerId", "openOptions")


class VectorOpenError(DemSegmenterError, OSError):
    """The vector layer cannot be read."""


class FeaturesError(DemSegmenterError, ValueError):
    """The vector layer can be read, but its features are of no use (none, no geometry, the wrong kind)."""


@dataclass
class VectorInput:
    """A checked vector layer. Made in the layer's own thread; usable in any other.

    Attributes:
        name: The layer's name.
        source: What the engine can open, or None when the features must be written out first.
        table: The layer within the source; empty for its only one.
        file: The file that the source reads, or None when it is no plain file.
        crs: The layer's CRS; may be invalid.
        kind: Kind of geometry, multiple and straight.
        fields: The fields that are written out.
        features: A snapshot of the layer, edits included.
        request: The features that are wanted, and the fields of each.
        transforms: The project's choice of datum shifts.
    """

    name: str
    source: str | None
    table: str
    file: Path | None
    crs: QgsCoordinateReferenceSystem
    kind: QgsWkbTypes.Type
    fields: QgsFields
    features: QgsAbstractFeatureSource
    request: QgsFeatureRequest
    transforms: QgsCoordinateTransformContext

    @property
    def is_lines(self) -> bool:
        """Whether the features are lines."""
        return QgsWkbTypes.geometryType(self.kind) == QgsWkbTypes.GeometryType.LineGeometry

    @contextmanager
    def opened(self, option: str, feedback: QgsProcessingFeedback) -> Iterator[list[str]]:
        """The engine's arguments for this layer, with the temporary copy, if one is needed, removed afterwards.

        Args:
            option: The engine's option, such as ``--labels``.
            feedback: Shows progress and says when to stop.

        Yields:
            The option with the source, and the one with the layer's name in it.

        Raises:
            OutputError: The temporary copy cannot be written.
            CancelledError: The user cancelled while it was written.
        """
        if self.source is not None:
            table = [f"{option}-layer={self.table}"] if self.table else []
            yield [f"{option}={self.source}", *table]
            return
        # A GeoPackage cannot say that there is no CRS: whoever opens it finds "undefined" degrees.
        driver, suffix = ("GPKG", ".gpkg") if self.crs.isValid() else ("FlatGeobuf", ".fgb")
        copy = scratch.file_name(self.name, suffix)
        try:
            feedback.setProgressText(
                QCoreApplication.translate("DemSegmenter", "Writing the layer {name} to a temporary file").format(
                    name=self.name
                )
            )
            self._write(copy, driver, feedback)
            yield [f"{option}={copy}"]
        finally:
            scratch.remove([copy, os.path.dirname(copy)])

    def _write(self, path: str, driver: str, feedback: QgsProcessingFeedback) -> None:
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName = driver
        writer = QgsVectorFileWriter.create(path, self.fields, self.kind, self.crs, self.transforms, options)
        try:
            if writer.hasError():
                raise self._not_written(path, writer.errorMessage())
            for original in self.features.getFeatures(self.request):
                if feedback.isCanceled():
                    raise CancelledError("Cancelled.")
                geometry = original.geometry()
                if geometry.isEmpty():
                    continue
                geometry.convertToStraightSegment()
                geometry.convertToMultiType()
                feature = QgsFeature(self.fields)
                feature.setGeometry(geometry)
                feature.setAttributes([original[field.name()] for field in self.fields])
                if not writer.addFeature(feature, QgsFeatureSink.Flag.FastInsert):
                    raise self._not_written(path, writer.errorMessage())
            if not writer.flushBuffer():
                raise self._not_written(path, writer.errorMessage())
        finally:
            del writer  # closes the file

    def _not_written(self, path: str, reason: str) -> OutputError:
        return OutputError(
            QCoreApplication.translate(
                "DemSegmenter", "The layer {name} could not be written to a temporary file in {folder} ({reason})."
            ).format(name=self.name, folder=os.path.dirname(path), reason=reason or "?"),
            QCoreApplication.translate(
                "DemSegmenter", "Free some space there, or save the layer as a GeoPackage and use that."
            ),
        )


def read_vector(
    layer: QgsVectorLayer,
    transforms: QgsCoordinateTransformContext,
    request: QgsFeatureRequest | None = None,
    field: str = "",
) -> VectorInput:
    """Check a layer and note how the engine will get at it.

    Args:
        layer: The user's choice.
        transforms: The project's choice of datum shifts.
        request: The features that are wanted; all if None.
        field: The one field that the engine is to read; none if empty.

    Raises:
        VectorOpenError: The layer is broken.
        FeaturesError: It has no features, or they are neither polygons nor lines.
        OptionError: It has no such field, or the field holds no numbers.
    """
    provider = layer.dataProvider()
    if not layer.isValid() or provider is None:
        raise VectorOpenError(
            QCoreApplication.translate("DemSegmenter", "The layer {name} cannot be read.").format(name=layer.name()),
            QCoreApplication.translate("DemSegmenter", "Check that its file is still where it was."),
        )
    _check_geometry(layer)
    fields = _fields(layer, field)
    everything = request is None
    request = QgsFeatureRequest() if request is None else QgsFeatureRequest(request)
    request.setSubsetOfAttributes(fields.names(), layer.fields())
    features = QgsVectorLayerFeatureSource(layer)
    if not _has_any(features, request):
        raise FeaturesError(
            QCoreApplication.translate("DemSegmenter", "The layer {name} has no features.").format(name=layer.name())
            if everything
            else QCoreApplication.translate(
                "DemSegmenter", "Nothing is selected in the layer {name}, or nothing that has a geometry."
            ).format(name=layer.name()),
            QCoreApplication.translate(
                "DemSegmenter", "Choose another layer, or draw or select something in this one."
            ),
        )
    source, table = _engine_source(layer, field) if everything else (None, "")
    path = QgsProviderRegistry.instance().decodeUri(provider.name(), layer.source()).get("path")
    return VectorInput(
        name=layer.name(),
        source=source,
        table=table,
        file=Path(os.path.abspath(path)) if path and os.path.exists(path) else None,
        crs=layer.crs(),
        kind=QgsWkbTypes.multiType(QgsWkbTypes.linearType(layer.wkbType())),
        fields=fields,
        features=features,
        request=request,
        transforms=transforms,
    )


def open_source(source: str) -> QgsVectorLayer | None:
    """Open what is no plain file: a member of a zip, a file on the web.

    Args:
        source: Anything that GDAL reads.

    Returns:
        The layer, or None if GDAL cannot read it.
    """
    name = os.path.splitext(os.path.basename(source.partition("|")[0]))[0]
    layer = QgsVectorLayer(source, name, "ogr")
    return layer if layer.isValid() else None


def _check_geometry(layer: QgsVectorLayer) -> None:
    kinds = QgsWkbTypes.GeometryType
    kind = QgsWkbTypes.geometryType(layer.wkbType())
    if kind in (kinds.PolygonGeometry, kinds.LineGeometry, kinds.UnknownGeometry):
        return
    if kind == kinds.NullGeometry and layer.featureCount() == 0:
        return  # an empty layer for any kind of geometry looks like this; that it is empty is said elsewhere
    if kind == kinds.PointGeometry:
        message = QCoreApplication.translate("DemSegmenter", "The layer {name} holds points.")
    else:
        message = QCoreApplication.translate("DemSegmenter", "The layer {name} is a table without a geometry.")
    raise FeaturesError(
        message.format(name=layer.name()),
        QCoreApplication.translate("DemSegmenter", "Choose a layer with polygons or lines."),
    )


def _fields(layer: QgsVectorLayer, name: str) -> QgsFields:
    """The one field, or none."""
    found = QgsFields()
    if not name:
        return found
    index = layer.fields().lookupField(name)
    if index < 0:
        raise OptionError(
            QCoreApplication.translate("DemSegmenter", "The layer {layer} has no field {name}.").format(
                layer=layer.name(), name=name
            ),
            QCoreApplication.translate("DemSegmenter", "Choose one of its fields."),
        )
    field = layer.fields().at(index)
    if not field.isNumeric():
        raise OptionError(
            QCoreApplication.translate(
                "DemSegmenter", "The field {name} of the layer {layer} holds no numbers."
            ).format(layer=layer.name(), name=name),
            QCoreApplication.translate("DemSegmenter", "Choose a field with numbers in it."),
        )
    found.append(field)
    return found


def _has_any(features: QgsAbstractFeatureSource, request: QgsFeatureRequest) -> bool:
    """Whether there is a feature with a geometry among those asked for."""
    return any(not feature.geometry().isEmpty() for feature in features.getFeatures(request))


def _engine_source(layer: QgsVectorLayer, field: str) -> tuple[str | None, str]:
    """Source and layer name where the engine's own GDAL can open it and sees the same features; None otherwise."""
    provider = layer.dataProvider()
    if provider.name() != "ogr" or provider.storageType() not in _COMMON_FORMATS:
        return None, ""
    if layer.isModified() or layer.subsetString() or layer.crs() != provider.crs():
        return None, ""
    if QgsWkbTypes.isCurvedType(layer.wkbType()):
        return None, ""
    if field:
        index = layer.fields().lookupField(field)
        if layer.fields().fieldOrigin(index) != QgsFields.FieldOrigin.OriginProvider:
            return None, ""
    source = layer.source()
    parts = QgsProviderRegistry.instance().decodeUri("ogr", source)
    if any(parts.get(part) not in (None, "") for part in _PARTS_OF_QGIS) or "authcfg=" in source:
        return None, ""
    path = source.partition("|")[0]
    if not (os.path.exists(path) or path.startswith("/vsi")) or "/vsimem/" in path:
        return None, ""
    return os.path.abspath(path) if os.path.exists(path) else path, str(parts.get("layerName") or "")
