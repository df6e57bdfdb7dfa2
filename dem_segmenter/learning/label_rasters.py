"""Labels from a raster of any grid and CRS, warped as they are read, each pixel from the nearest one."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from ..elevation.gdal_errors import GDAL_ERRORS
from ..elevation.source import first_line, local_files
from ..errors import LabelError
from .places import Grid, Placed, apply_affine, outside, outward, points_in, show_crs
from .scenes import UNKNOWN

#: Rows and columns looked at to learn which values a raster has.
SAMPLE = 1024


class RasterLabels:
    """Labels from a raster; a context manager.

    Attributes:
        title: File name for people.
        warnings: Sentences for the user.
        files: Local files it is read from.
        extent: Pixels of the grid that it covers, or a few more.
    """

    def __init__(self, grid: Grid, source: str | os.PathLike[str], value: int | None) -> None:
        """Open it and bring it onto the grid.

        Args:
            grid: The raster the labels belong to.
            source: File or GDAL connection string.
            value: Value that is the class; None for every value but 0, 255 and nodata.

        Raises:
            LabelError: It cannot be read or does not touch the grid.
        """
        path = os.fspath(source)
        self._value, self.title = value, Path(path).name
        self.warnings: list[str] = []
        with ExitStack() as stack:
            try:
                dataset = stack.enter_context(rasterio.open(path))
                self.files = local_files(path, dataset.files)
                if dataset.count == 0:
                    raise LabelError(
                        f"'{path}' is a container without a band of its own.",
                        f"Choose one of its rasters: {', '.join(dataset.subdatasets[:4])}.",
                    )
                crs = dataset.crs or grid.crs
                if not dataset.crs:
                    self.warnings.append(
                        f"'{self.title}' has no CRS; it is taken to be in {show_crs(crs)}, the CRS of '{grid.name}'."
                    )
                self.extent = self._extent(dataset, crs, grid)
                self._check_values(dataset)
                self._warped = stack.enter_context(
                    WarpedVRT(
                        dataset,
                        src_crs=crs,
                        crs=grid.crs,
                        transform=grid.transform,
                        width=grid.width,
                        height=grid.height,
                        resampling=Resampling.nearest,
                        # Where it has no nodata of its own, something else must say what lies beyond it.
                        add_alpha=dataset.nodata is None and ColorInterp.alpha not in dataset.colorinterp,
                    )
                )
            except (*GDAL_ERRORS, OSError) as error:
                raise LabelError(
                    f"The labels '{path}' cannot be brought onto '{grid.name}': {first_line(error)}.",
                    "Check the file and its CRS.",
                ) from error
            self._stack = stack.pop_all()

    def _check_values(self, dataset: rasterio.DatasetReader) -> None:
        """Say what will count as unknown though it may be meant otherwise, and refuse what cannot be labels."""
        if dataset.nodata == 0 and self._value != 0:
            self.warnings.append(
                f"'{self.title}' declares 0 as nodata, so that ground without the class counts as unknown. If 0 means "
                "that nothing is there, take the declaration away: save the raster anew without a nodata value."
            )
        if dataset.colorinterp[0] == ColorInterp.red:
            raise LabelError(
                f"'{self.title}' is a picture in colours, not labels.", "Choose a raster of class values, or polygons."
            )
        if self._value is None and np.dtype(dataset.dtypes[0]).kind == "f":
            shape = min(SAMPLE, dataset.height), min(SAMPLE, dataset.width)
            values = dataset.read(1, out_shape=shape, masked=True).compressed()
            values = values[np.isfinite(values)]
            if (values != np.round(values)).any():
                raise LabelError(
                    f"'{self.title}' holds fractions, as probabilities and heights do; all but 0 would be the class.",
                    "Choose the mask, or give the value that is the class.",
                )
        if self._value is None and dataset.nodata != UNKNOWN:
            shape = min(SAMPLE, dataset.height), min(SAMPLE, dataset.width)
            values = dataset.read(1, out_shape=shape)
            if (values == UNKNOWN).any() and not (
                (values != 0) & (values != UNKNOWN) & (values != dataset.nodata)
            ).any():
                self.warnings.append(
                    f"'{self.title}' holds no other values than 0 and 255, and 255 is taken as unknown. If it is the "
                    "class, give 255 as the label value."
                )

    def _extent(self, dataset: rasterio.DatasetReader, crs: CRS, grid: Grid) -> Window:
        xs, ys = points_in(Placed(dataset.width, dataset.height, crs, dataset.transform), grid.crs)
        window = None
        if xs.size:
            columns, rows = apply_affine(~grid.transform, xs, ys)
            # Edges bend between the points.
            spare = 0.0 if crs == grid.crs else 2.0
            low, high = np.array([columns.min(), rows.min()]) - spare, np.array([columns.max(), rows.max()]) + spare
            window = outward(np.concatenate([low, high]), grid)
        if window is None:
            raise outside("labels", self.title, tuple(dataset.bounds), crs, grid)
        return window

    def __enter__(self) -> RasterLabels:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self, window: Window) -> np.ndarray:
        """``(h, w) uint8``: 1 the class, 0 not, 255 unknown; the window lies within the grid."""
        try:
            values = self._warped.read(1, window=window)
            known = self._warped.read_masks(1, window=window) > 0
        except GDAL_ERRORS as error:
            raise LabelError(
                f"The labels '{self.title}' cannot be read: {first_line(error)}.", "The file may be damaged."
            ) from error
        if values.dtype.kind == "f":
            known &= np.isfinite(values)
        if self._value is None:
            known &= values != UNKNOWN
            yes = values != 0
        else:
            yes = values == self._value
            known &= yes | (values != UNKNOWN)
        return np.where(known, yes, UNKNOWN).astype(np.uint8)
