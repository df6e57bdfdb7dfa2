"""Writing features as they come: batches appended to a scratch file that becomes the output when it is complete."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
from rasterio.crs import CRS

from .. import runtime
from ..errors import OptionError, OutputError
from ..events import Reporter

#: Features of a batch: each costs an opening of the file.
BATCH = 5000

_DRIVERS = {
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".fgb": "FlatGeobuf",
    ".sqlite": "SQLite",
    ".gml": "GML",
    ".kml": "KML",
    ".csv": "CSV",
    ".parquet": "Parquet",
}
_WRITE_ERRORS = (CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError, OSError)


@dataclass(frozen=True)
class VectorSummary:
    """What was written.

    Attributes:
        count: Features.
        area_m2: Their area, m2; 0 for lines.
        length_m: Their length, metres; 0 for polygons.
    """

    count: int = 0
    area_m2: float = 0.0
    length_m: float = 0.0


class VectorWriter:
    """A layer that is being written. Use it in a ``with`` block: an error inside leaves no output.

    The scratch file is a GeoPackage, because that can be appended to; any other format is made from it at the end,
    feature by feature.
    """

    def __init__(
        self,
        output_path: str | os.PathLike[str],
        *,
        layer: str,
        geometry_type: str,
        fields: Mapping[str, str],
        crs: CRS | None,
        reporter: Reporter | None = None,
    ) -> None:
        """Begin a layer.

        Args:
            output_path: The file, replaced if it is there; its extension says the format.
            layer: Name of the layer, where the format has names.
            geometry_type: "Polygon" or "LineString".
            fields: Name to numpy dtype ("int64", "float64") or "str".
            crs: CRS of the coordinates.
            reporter: Told the scratch folder.

        Raises:
            OptionError: No vector format has this extension.
            OutputError: The folder is not there or cannot be written to.
        """
        self._output = Path(output_path)
        self._driver = _driver(self._output)
        self._layer, self._geometry_type, self._fields = layer, geometry_type, dict(fields)
        self._crs = crs.to_wkt() if crs else None
        # A folder, because some formats are several files.
        self._folder = self._output.parent / f"{self._output.stem}.partial-{os.getpid()}"
        self._scratch = self._folder / (self._output.stem + ".gpkg")
        self._geometries: list[np.ndarray] = []
        self._columns: dict[str, list[np.ndarray]] = {name: [] for name in fields}
        self._pending = 0
        self._started = False
        if not self._output.parent.is_dir():
            raise OutputError(f"The folder {self._output.parent} does not exist.", "Choose another place to save to.")
        if reporter is not None:
            reporter.scratch(self._folder)
        try:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir()
        except OSError as error:
            raise self._failed(error) from error

    def __enter__(self) -> VectorWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, geometries: np.ndarray, columns: Mapping[str, np.ndarray]) -> None:
        """Append features.

        Args:
            geometries: ``(N,)`` of shapely geometries.
            columns: Each field's ``(N,)`` values; NaN is written as NULL.

        Raises:
            OutputError: The disk is full, or the like.
        """
        self._geometries.append(geometries)
        for name, values in self._columns.items():
            values.append(np.asarray(columns[name]))
        self._pending += len(geometries)
        if self._pending >= BATCH:
            self._flush()

    def _flush(self) -> None:
        geometries = np.concatenate([np.empty(0, dtype=object), *self._geometries])
        data, masks = [], []
        for name, dtype in self._fields.items():
            kind = np.dtype(object if dtype == "str" else dtype)
            values = np.concatenate([np.empty(0, dtype=kind), *self._columns[name]]).astype(kind)
            data.append(values)
            masks.append(np.isnan(values) if kind.kind == "f" else None)
            self._columns[name].clear()
        self._geometries.clear()
        self._pending = 0
        try:
            pyogrio.raw.write(
                self._scratch,
                geometry=shapely.to_wkb(geometries),
                field_data=data,
                field_mask=masks,
                fields=list(self._fields),
                layer=self._layer,
                driver="GPKG",
                geometry_type=self._geometry_type,
                crs=self._crs,
                append=self._started,
            )
        except _WRITE_ERRORS as error:
            raise self._failed(error) from error
        self._started = True

    def _finish(self) -> None:
        """Write the rest, turn it into the format asked for, and put it where it belongs."""
        if self._pending or not self._started:
            self._flush()
        try:
            if self._driver != "GPKG":
                final = self._folder / "converted" / self._output.name
                final.parent.mkdir()
                with pyogrio.raw.open_arrow(self._scratch, use_pyarrow=False) as (meta, stream):
                    pyogrio.raw.write_arrow(
                        stream,
                        final,
                        layer=self._layer,
                        driver=self._driver,
                        geometry_name=meta["geometry_name"] or "geom",
                        geometry_type=self._geometry_type,
                        crs=self._crs,
                    )
            else:
                final = self._scratch.rename(self._folder / self._output.name)
                # What an earlier file of this name has left would be taken for this one's journal.
                for suffix in ("-wal", "-shm", "-journal"):
                    self._output.with_name(self._output.name + suffix).unlink(missing_ok=True)
            for part in sorted(final.parent.glob("*")):
                # A GeoPackage is the scratch file itself.
                if part.is_file() and (part == final or part != self._scratch):
                    runtime.replace_file(part, self._output.parent / part.name)
        except _WRITE_ERRORS as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> OutputError:
        """The error in words for people, by what the disk says about itself."""
        folder = self._output.parent
        with contextlib.suppress(OSError):
            if shutil.disk_usage(folder).free < 1_000_000 or "full" in str(error).lower():
                return OutputError(f"{self._output} cannot be written: the disk is full.", "Free some space.")
        if isinstance(error, PermissionError) or not os.access(folder, os.W_OK):
            return OutputError(
                f"{self._output} cannot be written: no permission.",
                "Choose another folder; if the file is open in QGIS or another program, close it there first.",
            )
        return OutputError(f"{self._output} cannot be written: {error}", "Try another folder or another format.")


def _driver(path: Path) -> str:
    """Name of the OGR driver for a path's extension."""
    driver = _DRIVERS.get(path.suffix.lower())
    if driver is None or "w" not in pyogrio.list_drivers().get(driver, ""):
        known = " ".join(sorted(suffix for suffix in _DRIVERS if suffix != ".parquet"))
        raise OptionError(f"No vector format is known for {path.name}.", f"Use one of {known}")
    return driver
