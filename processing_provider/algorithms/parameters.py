"""Parameters that the segmentation algorithms share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBand,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QCoreApplication

from ...dem_segmenter.errors import OptionError
from ..destinations import is_set
from . import names

#: Where Processing finds the widgets. Named and not imported: they need a window.
_WIDGETS = __package__.rpartition(".")[0] + ".head_widgets"

TTA_CHOICES = ["none", "flips", "dihedral"]
VERTICAL_UNIT_CHOICES = ["auto", "metre", "foot"]
DEVICE_CHOICES = ["auto", "cpu", "cuda", "mps"]

#: Parameters that are a choice of words.
CHOICES = {names.TTA: TTA_CHOICES, names.VERTICAL_UNIT: VERTICAL_UNIT_CHOICES}

Definition = QgsProcessingParameterDefinition


def with_help(parameter: Definition, text: str, advanced: bool = False) -> Definition:
    """Give a parameter its help text.

    Args:
        parameter: To be changed.
        text: What it does, in plain words, with its unit.
        advanced: Whether it is hidden under "Advanced parameters".

    Returns:
        The same parameter.
    """
    parameter.setHelp(text)
    if advanced:
        parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
    return parameter


def head(default: str, class_name: str) -> Definition:
    """One head: an installed one by name, or any head file by path.

    Args:
        default: Name of the head that comes with the plugin.
        class_name: Only installed heads that find this are offered.
    """
    parameter = QgsProcessingParameterString(
        names.HEAD, QCoreApplication.translate("DemSegmenter", "Head"), defaultValue=default
    )
    parameter.setMetadata({"widget_wrapper": {"class": f"{_WIDGETS}.HeadWidget", "class_name": class_name}})
    return with_help(
        parameter,
        QCoreApplication.translate(
            "DemSegmenter",
            "The trained model that draws the mask: the name of an installed head, or the path of a head file "
            "(.safetensors), such as one that a colleague has sent.",
        ),
    )


def heads() -> Definition:
    """One or more heads."""
    parameter = QgsProcessingParameterMultipleLayers(
        names.HEADS,
        QCoreApplication.translate("DemSegmenter", "Heads"),
        QgsProcessing.SourceType.TypeFile,
        ["buildings", "roads"],
    )
    parameter.setMinimumNumberInputs(1)
    parameter.setMetadata({"widget_wrapper": {"class": f"{_WIDGETS}.HeadsWidget"}})
    return with_help(
        parameter,
        QCoreApplication.translate(
            "DemSegmenter",
            "The trained models to run together: names of installed heads, or paths of head files (.safetensors). "
            "They share most of the work, so two heads take little longer than one. They must have been trained on "
            "the same encoder.",
        ),
    )


def raster_inputs() -> list[Definition]:
    """The DEM and its band."""
    return [
        with_help(
            QgsProcessingParameterRasterLayer(
                names.INPUT, QCoreApplication.translate("DemSegmenter", "Elevation raster (DEM)")
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "A raster whose pixels are heights. Best is a surface model (DSM) from lidar, with roofs and trees in "
                "it, at 0.5 to 1 m per pixel. It needs a CRS.",
            ),
        ),
        with_help(
            # Optional, since QGIS ignores a band's default value otherwise and insists on one.
            QgsProcessingParameterBand(
                names.BAND,
                QCoreApplication.translate("DemSegmenter", "Band with the elevation"),
                1,
                names.INPUT,
                optional=True,
            ),
            QCoreApplication.translate("DemSegmenter", "The band that holds the heights, counted from 1."),
            advanced=True,
        ),
        with_help(
            QgsProcessingParameterEnum(
                names.VERTICAL_UNIT,
                QCoreApplication.translate("DemSegmenter", "Unit of the elevation"),
                VERTICAL_UNIT_CHOICES,
                False,
                VERTICAL_UNIT_CHOICES[0],
                True,
                True,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "What the heights are measured in. auto: what the file says, otherwise metres. Choose foot if heights "
                "in feet are not declared in the file.",
            ),
            advanced=True,
        ),
    ]


def options() -> list[Definition]:
    """What can be tuned. Where nothing is set, the head's card decides."""
    number = QgsProcessingParameterNumber
    return [
        with_help(
            QgsProcessingParameterExtent(
                names.EXTENT, QCoreApplication.translate("DemSegmenter", "Only within this extent"), optional=True
            ),
            QCoreApplication.translate(
                "DemSegmenter", "Limits the work to a rectangle, in any CRS. The whole raster if it is left empty."
            ),
        ),
        with_help(
            number(
                names.THRESHOLD,
                QCoreApplication.translate("DemSegmenter", "Probability threshold (0 to 1)"),
                number.Type.Double,
                None,
                True,
                0.01,
                0.99,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "Pixels at least this probable are in the mask. Lower finds more and is wrong more often; higher "
                "finds less and is surer. If it is not set, the head's own value is used.",
            ),
            advanced=True,
        ),
        with_help(
            number(
                names.MIN_AREA,
                QCoreApplication.translate("DemSegmenter", "Smallest object (m²)"),
                number.Type.Double,
                None,
                True,
                0.0,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "Objects smaller than this, in square metres on the ground, are left out. If it is not set, the "
                "head's own value is used.",
            ),
            advanced=True,
        ),
        with_help(
            number(
                names.OVERLAP,
                QCoreApplication.translate("DemSegmenter", "Overlap of tiles (0 to 0.9)"),
                number.Type.Double,
                None,
                True,
                0.0,
                0.9,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "The raster is worked through in tiles that overlap by this share and are blended. More is smoother "
                "and slower. If it is not set, the head's own value is used.",
            ),
            advanced=True,
        ),
        with_help(
            QgsProcessingParameterEnum(
                names.TTA,
                QCoreApplication.translate("DemSegmenter", "Look several times (test-time augmentation)"),
                TTA_CHOICES,
                False,
                TTA_CHOICES[0],
                True,
                True,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "Runs the head on mirrored and turned copies of each tile and takes the mean, which is a little "
                "better and much slower. none: once. flips: 4 times. dihedral: 8 times.",
            ),
            advanced=True,
        ),
        with_help(
            _device(),
            QCoreApplication.translate(
                "DemSegmenter",
                "Where the network runs. auto: the fastest there is. cpu: the processor. cuda, or cuda:0, cuda:1, ... "
                ": an NVIDIA graphics card. mps: Apple's. The log says what was really used.",
            ),
            advanced=True,
        ),
        with_help(
            number(
                names.BATCH_SIZE,
                QCoreApplication.translate("DemSegmenter", "Tiles at once"),
                number.Type.Integer,
                None,
                True,
                1,
                1024,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "How many tiles are run together. Lower it if memory runs out. Chosen by itself if not set.",
            ),
            advanced=True,
        ),
    ]


def mask(description: str) -> Definition:
    """The mask raster."""
    return with_help(
        QgsProcessingParameterRasterDestination(names.OUTPUT, description),
        QCoreApplication.translate(
            "DemSegmenter",
            "A GeoTIFF on the DEM's own pixel grid: 0 where there is nothing, the class's value (1 for a single "
            "class) where something was found, 255 where the elevation is unknown.",
        ),
    )


def probability(description: str) -> Definition:
    """The probability raster."""
    return with_help(
        QgsProcessingParameterRasterDestination(names.PROBABILITY, description, optional=True, createByDefault=False),
        QCoreApplication.translate(
            "DemSegmenter",
            "A GeoTIFF on the DEM's own pixel grid with the probability of each class, 0 to 1, a band each.",
        ),
    )


def chosen(values: Mapping[str, Any], name: str) -> str:
    """The word that was chosen.

    Args:
        values: Parameter values; a word, its number, or nothing for the default.
        name: One of `CHOICES`.

    Raises:
        OptionError: There is no such choice.
    """
    choices = CHOICES[name]
    value = values.get(name)
    text = str(value).strip() if is_set(value) else choices[0]
    if text.isdigit() and int(text) < len(choices):
        text = choices[int(text)]
    if text not in choices:
        raise OptionError(
            QCoreApplication.translate("DemSegmenter", "{name} cannot be {value}.").format(name=name, value=text),
            QCoreApplication.translate("DemSegmenter", "Choose one of: {choices}.").format(choices=", ".join(choices)),
        )
    return text


def _device() -> Definition:
    parameter = QgsProcessingParameterString(
        names.DEVICE,
        QCoreApplication.translate("DemSegmenter", "Device"),
        defaultValue=DEVICE_CHOICES[0],
        optional=True,
    )
    parameter.setMetadata({"widget_wrapper": {"class": f"{_WIDGETS}.ChoiceWidget", "choices": DEVICE_CHOICES}})
    return parameter
