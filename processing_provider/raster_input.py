"""From a QGIS raster layer to something the engine can open."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsProcessingFeedback,
    QgsProviderRegistry,
    QgsRasterBlockFeedback,
    QgsRasterDataProvider,
    QgsRasterFileWriter,
    QgsRasterInterface,
    QgsRasterLayer,
    QgsRasterNuller,
    QgsRasterPipe,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QCoreApplication, Qt

from ..dem_segmenter.errors import (
    CancelledError,
    ElevationError,
    ExtentError,
    OptionError,
    OutputError,
    RasterOpenError,
)
from . import scratch

#: Authorities whose codes any PROJ knows; QGIS's own (USER:100000) mean nothing outside QGIS.
_COMMON_AUTHORITIES = ("EPSG", "ESRI", "IGNF", "OGC", "IAU_2015")

#: QGIS's name for rasters that its raster calculator makes while they are drawn.
_ON_THE_FLY = "virtualraster"


@dataclass(frozen=True)
class Extent:
    """A rectangle and the CRS of its numbers."""

    rectangle: QgsRectangle
    crs: QgsCoordinateReferenceSystem

    def arguments(self) -> list[str]:
        """The engine's options. With ``=``, since a negative number would be taken for an option."""
        r = self.rectangle
        numbers = ",".join(repr(float(v)) for v in (r.xMinimum(), r.yMinimum(), r.xMaximum(), r.yMaximum()))
        return [f"--extent={numbers}", f"--extent-crs={crs_text(self.crs)}"]


@dataclass
class RasterInput:
    """A checked DEM layer. Made in the layer's own thread; usable in any other.

    Attributes:
        name: The layer's name.
        layer_id: Its id, to find it in the project.
        band: Band number, from 1.
        source: What the engine can open, or None when the layer must be written out first.
        file: The file that the source reads, or None when it is no plain file.
        crs: The layer's CRS; may be invalid.
        overrides_crs: Whether that is not the source's own CRS.
        provider: A copy of the layer's data provider, to write it out with.
        transforms: The project's choice of datum shifts.
        owner: The layer that the provider goes with, kept for it; None where it is on its own.
    """

    name: str
    layer_id: str
    band: int
    source: str | None
    file: Path | None
    crs: QgsCoordinateReferenceSystem
    overrides_crs: bool
    provider: QgsRasterInterface | None
    transforms: QgsCoordinateTransformContext
    owner: QgsRasterLayer | None = None

    @contextmanager
    def opened(self, extent: Extent | None, feedback: QgsProcessingFeedback) -> Iterator[list[str]]:
        """The engine's arguments for this raster, with the temporary copy, if one is needed, removed afterwards.

        Args:
            extent: The part that is wanted; all if None.
            feedback: Shows progress and says when to stop.

        Yields:
            Source, band, CRS and extent options.

        Raises:
            ExtentError: The extent does not touch the raster.
            OutputError: The temporary copy cannot be written.
            CancelledError: The user cancelled while it was written.
        """
        options = [f"--band={self.band}"]
        if extent is not None:
            options += extent.arguments()
        if self.source is not None:
            if self.overrides_crs:
                options.append(f"--crs={crs_text(self.crs)}")
            yield [self.source, *options]
            return
        with self._written_out(extent, feedback) as copy:
            if self.crs.isValid():
                options.append(f"--crs={crs_text(self.crs)}")
            yield [copy, *options]

    @contextmanager
    def as_file(self, feedback: QgsProcessingFeedback) -> Iterator[str]:
        """The raster as one source that says everything itself, its CRS too, for jobs with no option for that.

        Args:
            feedback: Shows progress and says when to stop.

        Yields:
            What the engine can open.

        Raises:
            OutputError: The temporary copy cannot be written.
            CancelledError: The user cancelled while it was written.
        """
        if self.source is not None and not self.overrides_crs:
            yield self.source
            return
        with self._written_out(None, feedback) as copy:
            yield copy

    @contextmanager
    def _written_out(self, extent: Extent | None, feedback: QgsProcessingFeedback) -> Iterator[str]:
        copy = scratch.file_name(self.name, ".tif")
        try:
            feedback.setProgressText(
                QCoreApplication.translate("DemSegmenter", "Writing the layer to a temporary GeoTIFF")
            )
            self._write(copy, extent, feedback)
            yield copy
        finally:
            scratch.remove([copy, os.path.dirname(copy)])

    def _write(self, path: str, extent: Extent | None, feedback: QgsProcessingFeedback) -> None:
        provider = self.provider
        assert provider is not None
        columns, rows, window = self._window(extent)
        pipe = QgsRasterPipe()
        if not pipe.set(provider.clone()):
            raise RasterOpenError(
                QCoreApplication.translate("DemSegmenter", "The layer {name} cannot be read.").format(name=self.name)
            )
        nuller = self._nuller(provider)
        if nuller is not None:
            pipe.insert(1, nuller)  # `set` refuses one that is new to the pipe
        writer = QgsRasterFileWriter(path)
        writer.setOutputFormat("GTiff")
        writer.setCreateOptions(["TILED=YES", "COMPRESS=LZW", "BIGTIFF=IF_SAFER"])
        block_feedback = QgsRasterBlockFeedback()
        # A direct connection: this thread is busy writing and runs no event loop.
        feedback.canceled.connect(block_feedback.cancel, Qt.ConnectionType.DirectConnection)
        try:
            outcome = writer.writeRaster(pipe, columns, rows, window, self.crs, self.transforms, block_feedback)
        finally:
            feedback.canceled.disconnect(block_feedback.cancel)
        if feedback.isCanceled():
            raise CancelledError("Cancelled.")
        if outcome != QgsRasterFileWriter.NoError:
            raise OutputError(
                QCoreApplication.translate(
                    "DemSegmenter", "The layer {name} could not be written to a temporary file in {folder}."
                ).format(name=self.name, folder=os.path.dirname(path)),
                QCoreApplication.translate(
                    "DemSegmenter", "Free some space there, or save the layer as a GeoTIFF and use that."
                ),
            )

    def _nuller(self, provider: QgsRasterInterface) -> QgsRasterNuller | None:
        """Turns the layer's additional no-data values into the copy's; without it QGIS writes them unmarked."""
        nuller = None
        for band in range(1, provider.bandCount() + 1):
            ranges = provider.userNoDataValues(band)
            if ranges:
                nuller = nuller or QgsRasterNuller()
                nuller.setNoData(band, ranges)
                # One of these values is sure to fit the data type and to be no elevation.
                ends = [end for each in ranges for end in (each.min(), each.max()) if math.isfinite(end)]
                known = provider.sourceHasNoDataValue(band)
                nuller.setOutputNoDataValue(band, provider.sourceNoDataValue(band) if known or not ends else ends[0])
        return nuller

    def _window(self, extent: Extent | None) -> tuple[int, int, QgsRectangle]:
        """Columns, rows and extent to write: whole pixels of the layer's own grid."""
        provider = self.provider
        assert provider is not None
        full = provider.extent()
        width, height = provider.xSize(), provider.ySize()
        if width <= 0 or height <= 0:
            raise ElevationError(
                QCoreApplication.translate("DemSegmenter", "The layer {name} has no pixel size of its own.").format(
                    name=self.name
                ),
                QCoreApplication.translate("DemSegmenter", "Save it as a GeoTIFF and use that."),
            )
        if extent is None:
            return width, height, full
        rectangle = QgsRectangle(extent.rectangle)
        if extent.crs.isValid() and self.crs.isValid() and extent.crs != self.crs:
            try:
                transform = QgsCoordinateTransform(extent.crs, self.crs, self.transforms)
                rectangle = transform.transformBoundingBox(rectangle)
            except QgsCsException as error:
                raise ExtentError(
                    QCoreApplication.translate("DemSegmenter", "The extent cannot be given in the layer's CRS.")
                ) from error
        rectangle = rectangle.intersect(full)
        if rectangle.isEmpty():
            raise ExtentError(
                QCoreApplication.translate("DemSegmenter", "The extent does not touch the layer {name}.").format(
                    name=self.name
                )
            )
        dx, dy = full.width() / width, full.height() / height
        left = math.floor((rectangle.xMinimum() - full.xMinimum()) / dx + 1e-6)
        right = math.ceil((rectangle.xMaximum() - full.xMinimum()) / dx - 1e-6)
        top = math.floor((full.yMaximum() - rectangle.yMaximum()) / dy + 1e-6)
        bottom = math.ceil((full.yMaximum() - rectangle.yMinimum()) / dy - 1e-6)
        window = QgsRectangle(
            full.xMinimum() + left * dx,
            full.yMaximum() - bottom * dy,
            full.xMinimum() + right * dx,
            full.yMaximum() - top * dy,
        )
        return max(right - left, 1), max(bottom - top, 1), window


def read_layer(layer: QgsRasterLayer, band: int, transforms: QgsCoordinateTransformContext) -> RasterInput:
    """Check a layer and note how the engine will get at it.

    Args:
        layer: The user's choice.
        band: Band number, from 1.
        transforms: The project's choice of datum shifts.

    Raises:
        RasterOpenError: The layer is broken.
        ElevationError: It shows colours.
        OptionError: It has no such band.
    """
    provider = layer.dataProvider()
    if not layer.isValid() or provider is None:
        raise RasterOpenError(
            QCoreApplication.translate("DemSegmenter", "The layer {name} cannot be read.").format(name=layer.name()),
            QCoreApplication.translate("DemSegmenter", "Check that its file is still where it was."),
        )
    if _is_picture(provider):
        raise ElevationError(
            QCoreApplication.translate(
                "DemSegmenter", "The layer {name} is a picture from a map service: these are colours, not elevations."
            ).format(name=layer.name()),
            QCoreApplication.translate("DemSegmenter", "Choose an elevation raster (DEM, DSM), such as a GeoTIFF."),
        )
    count = layer.bandCount()
    if not 1 <= band <= count:
        raise OptionError(
            QCoreApplication.translate("DemSegmenter", "The layer {name} has no band {band}; it has {count}.").format(
                name=layer.name(), band=band, count=count
            )
        )
    source = _engine_source(layer)
    crs = layer.crs()
    overrides_crs = crs.isValid() and crs != provider.crs()
    kept, owner = _own_provider(layer) if source is None or overrides_crs else (None, None)
    return RasterInput(
        name=layer.name(),
        layer_id=layer.id(),
        band=band,
        source=source,
        file=_file(layer),
        crs=crs,
        overrides_crs=overrides_crs,
        provider=kept,
        transforms=transforms,
        owner=owner,
    )


def _own_provider(layer: QgsRasterLayer) -> tuple[QgsRasterInterface, QgsRasterLayer | None]:
    """A data provider that stays as it is, whatever becomes of the layer.

    Returns:
        The provider, and the layer that owns it, if one does.
    """
    if layer.providerType() != _ON_THE_FLY:
        return layer.dataProvider().clone(), None
    # A copy of a copy of such a provider holds nothing but noise (QGIS 3.40), and a second copy is made for writing.
    copy = layer.clone()
    return copy.dataProvider(), copy


def open_source(source: str) -> QgsRasterLayer | None:
    """Open what is no plain file: a GeoPackage table, a member of a zip, a file on the web, a subdataset.

    Processing opens plain files only (QGIS 3.22); for the others a user would have to load the layer first.

    Args:
        source: Anything that GDAL reads.

    Returns:
        The layer, or None if GDAL cannot read it.
    """
    parts = QgsProviderRegistry.instance().decodeUri("gdal", source)
    file = parts.get("vsiSuffix") or parts.get("path") or source
    name = parts.get("layerName") or os.path.splitext(os.path.basename(str(file)))[0]
    layer = QgsRasterLayer(source, name, "gdal")
    return layer if layer.isValid() else None


def crs_text(crs: QgsCoordinateReferenceSystem) -> str:
    """A CRS as the engine reads it: authority and code where they are common knowledge, WKT otherwise."""
    if crs.authid().partition(":")[0].upper() in _COMMON_AUTHORITIES:
        return crs.authid()
    return crs.toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED)


def _is_picture(provider: QgsRasterDataProvider) -> bool:
    """Whether the values are rendered colours (WMS, XYZ, ArcGIS map services)."""
    return provider.dataType(1) in (Qgis.DataType.ARGB32, Qgis.DataType.ARGB32_Premultiplied)


def _engine_source(layer: QgsRasterLayer) -> str | None:
    """The layer's source, whole, where the engine's own GDAL can open it and sees the same pixels; None otherwise."""
    provider = layer.dataProvider()
    source = layer.source()
    if provider.name() != "gdal":
        return None
    parts = QgsProviderRegistry.instance().decodeUri("gdal", source)
    if parts.get("openOptions") or parts.get("authcfg") or source.startswith("<") or "/vsimem/" in source:
        return None
    if any(provider.userNoDataValues(band) for band in range(1, layer.bandCount() + 1)):
        return None  # the layer's "additional no data values", which only QGIS knows of
    return os.path.abspath(source) if os.path.exists(source) else source


def _file(layer: QgsRasterLayer) -> Path | None:
    path = QgsProviderRegistry.instance().decodeUri(layer.dataProvider().name(), layer.source()).get("path")
    return Path(os.path.abspath(path)) if path and os.path.exists(path) else None
