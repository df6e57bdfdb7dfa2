"""Everything that can go wrong, as one tree.

A message gives the value, the reason and, in ``advice``, what to do. The provider and the command line show
``message`` and ``advice`` as they are, so both are written for the person in front of QGIS.
"""

from __future__ import annotations


class DemSegmenterError(Exception):
    """Root of every error raised on purpose.

    Attributes:
        message: What is wrong, with the value that is wrong.
        advice: What to do about it; empty where the message says it all.
    """

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    @property
    def kind(self) -> str:
        """Class name, as the worker protocol reports it."""
        return type(self).__name__

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class ElevationError(DemSegmenterError, ValueError):
    """The raster can be read but is no usable DEM (colours, no CRS, all nodata, too small, ...)."""


class RasterOpenError(DemSegmenterError, OSError):
    """The raster cannot be opened or read."""


class ExtentError(DemSegmenterError, ValueError):
    """The extent asked for is unusable or does not touch the raster."""


class OptionError(DemSegmenterError, ValueError):
    """An option has a value that makes no sense."""


class ModelFileError(DemSegmenterError, ValueError):
    """A head or encoder file is damaged, has no card, or does not fit."""


class DownloadError(DemSegmenterError, OSError):
    """A file cannot be downloaded (no network, not there, refused, broken off)."""


class DeviceError(DemSegmenterError, ValueError):
    """The device asked for is not there or ran out of memory."""


class OutputError(DemSegmenterError, OSError):
    """An output cannot be written (folder, permission, full disk, would overwrite the input)."""


class TrainingError(DemSegmenterError, ValueError):
    """Training cannot start or go on (no labels, one class only, a loss that is not a number)."""


class LabelError(DemSegmenterError, ValueError):
    """Labels cannot be read or do not fit (empty, elsewhere, points, lines without a width, ...).

    Attributes:
        elsewhere: Whether all that is wrong is that they lie beside the raster.
    """

    elsewhere = False


class CancelledError(DemSegmenterError):
    """The user cancelled."""
