"""Parameters that several algorithms share."""

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
_PACKAGE = __package__.rpartition(".")[0]
_WIDGETS = f"{_PACKAGE}.head_widgets"

TTA_CHOICES = ["none", "flips", "dihedral"]
VERTICAL_UNIT_CHOICES = ["auto", "metre", "foot"]
AUGMENTATION_CHOICES = ["full", "dihedral", "none"]
KIND_CHOICES = ["auto", "objects", "lines"]
ENCODING_CHOICES = ["colours", "minmax"]
DEVICE_CHOICES = ["auto", "cpu", "cuda", "mps"]

#: Parameters that are a choice of words; the first is the default.
CHOICES = {
    names.TTA: TTA_CHOICES,
    names.VERTICAL_UNIT: VERTICAL_UNIT_CHOICES,
    names.AUGMENTATION: AUGMENTATION_CHOICES,
    names.KIND: KIND_CHOICES,
    names.ENCODING: ENCODING_CHOICES,
}

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


def head_or_none(name: str, description: str, empty: str, also: str = "") -> Definition:
    """One head that may be left out.

    Args:
        name: The parameter's name.
        description: Its title.
        empty: What it means that none is given; shown in the empty field.
        also: A word that is offered besides the heads.
    """
    parameter = QgsProcessingParameterString(name, description, optional=True)
    parameter.setMetadata({"widget_wrapper": {"class": f"{_WIDGETS}.HeadWidget", "empty": empty, "also": also}})
    return parameter


def encoder_or_none(description: str, empty: str, name: str = names.ENCODER) -> Definition:
    """One encoder that may be left out; see `head_or_none`."""
    parameter = QgsProcessingParameterString(name, description, optional=True)
    parameter.setMetadata({"widget_wrapper": {"class": f"{_WIDGETS}.EncoderWidget", "empty": empty}})
    return parameter


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
                "it, at 0.5 to 1 m per pixel. For roads and earthworks in forest and open country, bare earth (DTM) is "
                "as good; in a DTM of a town hardly any street is found, and no building anywhere. It needs a CRS.",
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
        vertical_unit(),
    ]


def vertical_unit() -> Definition:
    """Metres or feet."""
    return with_help(
        choice(names.VERTICAL_UNIT, QCoreApplication.translate("DemSegmenter", "Unit of the elevation")),
        QCoreApplication.translate(
            "DemSegmenter",
            "What the heights are measured in. auto: what the file says, otherwise metres. Choose foot if heights "
            "in feet are not declared in the file.",
        ),
        advanced=True,
    )


def extent() -> Definition:
    """A part of the raster."""
    return with_help(
        QgsProcessingParameterExtent(
            names.EXTENT, QCoreApplication.translate("DemSegmenter", "Only within this extent"), optional=True
        ),
        QCoreApplication.translate(
            "DemSegmenter", "Limits the work to a rectangle, in any CRS. The whole raster if it is left empty."
        ),
    )


def threshold() -> Definition:
    """The probability from which a pixel counts."""
    return with_help(
        optional_number(
            names.THRESHOLD,
            QCoreApplication.translate("DemSegmenter", "Probability threshold (0 to 1)"),
            minimum=0.0,
            maximum=1.0,
        ),
        QCoreApplication.translate(
            "DemSegmenter",
            "Pixels at least this probable are in the mask. Lower finds more and is wrong more often; higher "
            "finds less and is surer. If it is not set, the head's own value is used (0.5 for the heads that come with "
            "the plugin); buildings get another one if clearly more of their outlines are walls then. The log says "
            "which. Set it to have the same on several rasters. Some heads also ask that an object is more "
            "probable than that somewhere; this moves along.",
        ),
        advanced=True,
    )


def machine() -> list[Definition]:
    """Where the network runs, and on how much at once."""
    return [
        device(),
        with_help(
            optional_number(
                names.BATCH_SIZE,
                QCoreApplication.translate("DemSegmenter", "Tiles at once"),
                whole=True,
                minimum=1,
                maximum=1024,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "How many tiles are run together. Lower it if memory runs out. Chosen by itself if not set.",
            ),
            advanced=True,
        ),
    ]


def free_choice(name: str, description: str, choices: list[str]) -> Definition:
    """One of some words, the first of them if nothing is said, or any other text."""
    parameter = QgsProcessingParameterString(name, description, defaultValue=choices[0], optional=True)
    parameter.setMetadata({"widget_wrapper": {"class": f"{_WIDGETS}.ChoiceWidget", "choices": choices}})
    return parameter


def device() -> Definition:
    """Where the network runs."""
    return with_help(
        free_choice(names.DEVICE, QCoreApplication.translate("DemSegmenter", "Device"), DEVICE_CHOICES),
        QCoreApplication.translate(
            "DemSegmenter",
            "Where the network runs. auto: an NVIDIA graphics card if the engine can use one, or the processor. cpu: "
            "the processor. cuda, or cuda:0, cuda:1, ... : an NVIDIA graphics card. mps: Apple's, which nobody has "
            "tried yet. The log says what was really used.",
        ),
        advanced=True,
    )


def options() -> list[Definition]:
    """What can be tuned. Where nothing is set, the head's card decides."""
    return [
        extent(),
        threshold(),
        with_help(
            optional_number(
                names.MIN_AREA, QCoreApplication.translate("DemSegmenter", "Smallest object (m²)"), minimum=0.0
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "Objects smaller than this, in square metres on the ground, are left out. If it is not set, the "
                "head's own value is used. With 0 nothing is left out, however small, wide, unsure or without walls it "
                "is.",
            ),
            advanced=True,
        ),
        with_help(
            optional_number(
                names.OVERLAP,
                QCoreApplication.translate("DemSegmenter", "Overlap of tiles (0 to 0.9)"),
                minimum=0.0,
                maximum=0.9,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "The raster is worked through in tiles that overlap by this share and are blended. More is smoother "
                "and slower. If it is not set, the head's own value is used.",
            ),
            advanced=True,
        ),
        with_help(
            choice(
                names.TTA, QCoreApplication.translate("DemSegmenter", "Look several times (test-time augmentation)")
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "Runs the head on mirrored and turned copies of each tile and takes the mean, which is a little "
                "better and much slower. none: once. flips: 4 times. dihedral: 8 times.",
            ),
            advanced=True,
        ),
        *machine(),
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


def optional_number(
    name: str,
    description: str,
    *,
    whole: bool = False,
    minimum: float | None = None,
    maximum: float | None = None,
    decimals: int = 2,
) -> Definition:
    """A number that may be left out."""
    kind = QgsProcessingParameterNumber.Type
    parameter = QgsProcessingParameterNumber(
        name, description, kind.Integer if whole else kind.Double, defaultValue=None, optional=True
    )
    _limit(parameter, minimum, maximum, decimals)
    return parameter


def number(
    name: str,
    description: str,
    default: float,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    decimals: int = 2,
) -> Definition:
    """A number; whole where the default is."""
    kind = QgsProcessingParameterNumber.Type
    parameter = QgsProcessingParameterNumber(
        name, description, kind.Integer if isinstance(default, int) else kind.Double, defaultValue=default
    )
    _limit(parameter, minimum, maximum, decimals)
    return parameter


def _limit(
    parameter: QgsProcessingParameterNumber, minimum: float | None, maximum: float | None, decimals: int
) -> None:
    if parameter.dataType() == QgsProcessingParameterNumber.Type.Double:
        parameter.setMetadata({"widget_wrapper": {"decimals": decimals}})
    if minimum is not None:
        parameter.setMinimum(minimum)
    if maximum is not None:
        parameter.setMaximum(maximum)


def numeric_field(name: str, description: str, parent: str) -> Definition:
    """A field of a layer that may be left out.

    Args:
        name: The parameter's name.
        description: Its title.
        parent: Name of the parameter with the layer, which may also be a raster.
    """
    parameter = QgsProcessingParameterString(name, description, optional=True)
    parameter.setMetadata(
        {"widget_wrapper": {"class": f"{_PACKAGE}.field_widget.NumericFieldWidget", "parent": parent}}
    )
    return parameter


def choice(name: str, description: str) -> Definition:
    """One of the words in `CHOICES`."""
    words = CHOICES[name]
    return QgsProcessingParameterEnum(name, description, words, False, words[0], True, True)


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
