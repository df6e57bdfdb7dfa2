"""The engine's GeoPackages into whatever destination the user chose."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsFeature,
    QgsFeatureSink,
    QgsFields,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProviderRegistry,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication

from ..dem_segmenter.errors import CancelledError, OutputError

#: The GeoPackage's row number: each format makes its own.
_ROW_NUMBER = "fid"


@dataclass(frozen=True)
class CopiedVector:
    """A vector output that was written.

    Attributes:
        destination: Its layer id or path.
        count: Number of features.
    """

    destination: str
    count: int


def copy(
    algorithm: QgsProcessingAlgorithm,
    parameters: Mapping[str, Any],
    name: str,
    geopackage: Path,
    context: QgsProcessingContext,
    feedback: QgsProcessingFeedback,
) -> CopiedVector:
    """Copy features one by one into a feature sink.

    Args:
        algorithm: Has the sink parameter.
        parameters: Its parameter values.
        name: The sink parameter's name.
        geopackage: What the engine wrote.
        context: The run's context.
        feedback: Says when to stop.

    Raises:
        OutputError: The destination cannot be written.
        CancelledError: The user cancelled; a file that was begun is removed.
    """
    source = QgsVectorLayer(str(geopackage), name, "ogr")
    if not source.isValid():
        raise OutputError(
            QCoreApplication.translate("DemSegmenter", "The engine's result {path} cannot be read.").format(
                path=geopackage
            )
        )
    fields = QgsFields()
    kept = [i for i, field in enumerate(source.fields()) if field.name() != _ROW_NUMBER]
    for index in kept:
        fields.append(source.fields().at(index))
    sink, destination = algorithm.parameterAsSink(
        dict(parameters), name, context, fields, source.wkbType(), source.crs()
    )
    if sink is None:
        raise OutputError(
            QCoreApplication.translate("DemSegmenter", "{name} cannot be written.").format(name=name),
            QCoreApplication.translate("DemSegmenter", "Choose another file or folder for it."),
        )
    count = 0
    try:
        for original in source.getFeatures():
            if feedback.isCanceled():
                raise CancelledError("Cancelled.")
            feature = QgsFeature(fields)
            feature.setGeometry(original.geometry())
            values = original.attributes()
            feature.setAttributes([values[i] for i in kept])
            _add(sink, feature, name)
            count += 1
        # The last features are still in a buffer; a full disk shows only here.
        if not sink.flushBuffer():
            raise _not_written(sink, name)
    except (CancelledError, OutputError):
        del sink
        _remove_partial(destination)
        raise
    return CopiedVector(destination, count)


def _add(sink: QgsFeatureSink, feature: QgsFeature, name: str) -> None:
    if not sink.addFeature(feature, QgsFeatureSink.Flag.FastInsert):
        raise _not_written(sink, name)


def _not_written(sink: QgsFeatureSink, name: str) -> OutputError:
    return OutputError(
        QCoreApplication.translate("DemSegmenter", "{name} could not be written ({reason}).").format(
            name=name, reason=sink.lastError() or "?"
        ),
        QCoreApplication.translate("DemSegmenter", "Free some space or choose another file or folder for it."),
    )


def _remove_partial(destination: str) -> None:
    """Remove a vector file that was begun; layers in databases and in memory are left to their owners."""
    path = Path(QgsProviderRegistry.instance().decodeUri("ogr", destination).get("path") or "")
    if not path.is_file() or str(path) != destination:
        return
    if path.suffix.lower() == ".shp":
        QgsVectorFileWriter.deleteShapeFile(str(path))
    with contextlib.suppress(OSError):
        path.unlink()
