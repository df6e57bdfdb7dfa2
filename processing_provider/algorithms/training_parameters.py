"""Parameters of training."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterColor,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QCoreApplication

from . import names
from .parameters import (
    Definition,
    choice,
    device,
    encoder_or_none,
    head_or_none,
    number,
    optional_number,
    vertical_unit,
    with_help,
)

GROUP_ID = "training"

#: The word, the engine's too, for a head that starts from nothing.
START_FROM_NOTHING = "none"


def group() -> str:
    """Group in the Toolbox of everything that has to do with one's own heads."""
    return QCoreApplication.translate("DemSegmenter", "Own heads: train and evaluate")


def rasters() -> Definition:
    """One or more DEMs."""
    parameter = QgsProcessingParameterMultipleLayers(
        names.DEMS,
        QCoreApplication.translate("DemSegmenter", "Elevation rasters (DEM)"),
        QgsProcessing.SourceType.TypeRaster,
    )
    parameter.setMinimumNumberInputs(1)
    return with_help(
        parameter,
        QCoreApplication.translate(
            "DemSegmenter",
            "One or more rasters whose pixels are heights and on which there are labels. Use the kind of raster that "
            "the head is to work on later: the same sensor, about the same pixel size. Each needs a CRS.",
        ),
    )


def of_the_head() -> list[Definition]:
    """What the head finds, and what it builds on."""
    return [
        with_help(
            QgsProcessingParameterString(
                names.CLASS_NAME,
                QCoreApplication.translate("DemSegmenter", "What the labels show"),
                defaultValue="building",
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "One word, singular, such as building, road or mound. Masks made with the head carry it in their "
                "legend. building and road also make the head one that the dialogs for buildings and roads offer.",
            ),
        ),
        with_help(
            head_or_none(
                names.START_FROM,
                QCoreApplication.translate("DemSegmenter", "Head to start from"),
                QCoreApplication.translate("DemSegmenter", "automatic: what comes with the encoder"),
                START_FROM_NOTHING,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "A head that already finds something similar, such as buildings, and is to be fitted to your labels: "
                "it then needs fewer of them. If it is not set, learning starts from what comes with the encoder for "
                "this, where there is such a thing. none: starts from nothing.",
            ),
        ),
        with_help(
            QgsProcessingParameterString(
                names.TITLE, QCoreApplication.translate("DemSegmenter", "Title of the head"), optional=True
            ),
            QCoreApplication.translate(
                "DemSegmenter", "A few words for the people who will use it, such as: Houses of Aargau, lidar 2024."
            ),
            advanced=True,
        ),
        with_help(
            QgsProcessingParameterColor(
                names.COLOR,
                QCoreApplication.translate("DemSegmenter", "Colour on the map"),
                None,
                False,
                True,
            ),
            QCoreApplication.translate(
                "DemSegmenter", "The colour that masks made with the head have. Chosen by itself if not set."
            ),
            advanced=True,
        ),
        with_help(
            encoder_or_none(
                QCoreApplication.translate("DemSegmenter", "Encoder"),
                QCoreApplication.translate("DemSegmenter", "automatic: the plugin's own"),
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "The large model that reads the terrain and stays as it is; the head only learns to interpret it. The "
                "name of an installed encoder or the path of an encoder file (.safetensors). If it is not set: that of "
                "the head to start from, otherwise the one that comes with the plugin.",
            ),
            advanced=True,
        ),
    ]


def of_the_run() -> list[Definition]:
    """How long and how it learns. The defaults are those of the published method."""
    return [
        with_help(
            number(
                names.ITERATIONS,
                QCoreApplication.translate("DemSegmenter", "Training steps"),
                3000,
                minimum=1,
                maximum=1000000,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "How many times the head looks at some chips and is corrected. 3000 is thorough; 500 show quickly "
                "whether the labels are of use.",
            ),
        ),
        with_help(
            number(
                names.VALIDATION,
                QCoreApplication.translate("DemSegmenter", "Share kept aside to check (0 to 0.9)"),
                0.2,
                minimum=0.0,
                maximum=0.9,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "This share of the labelled ground is not learned from. It shows how good the head is on ground that "
                "it has not seen, and which state of it was the best. 0 learns from everything and checks nothing.",
            ),
        ),
        with_help(
            QgsProcessingParameterBoolean(
                names.KEEP_BEST, QCoreApplication.translate("DemSegmenter", "Keep the best head if I cancel"), True
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "After a cancel, the best head so far is written to the output file. It takes a few seconds to stop.",
            ),
        ),
        with_help(
            number(
                names.BATCH_SIZE, QCoreApplication.translate("DemSegmenter", "Chips a step"), 8, minimum=2, maximum=1024
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "How many chips (square pieces of the raster) are looked at together in a step. Lower it if memory "
                "runs out.",
            ),
            advanced=True,
        ),
        with_help(
            number(
                names.VALIDATE_EVERY,
                QCoreApplication.translate("DemSegmenter", "Check every so many steps"),
                150,
                minimum=1,
                maximum=1000000,
            ),
            QCoreApplication.translate(
                "DemSegmenter", "After so many steps, the head is tried on the ground that was kept aside."
            ),
            advanced=True,
        ),
        with_help(
            optional_number(
                names.CHIPS,
                QCoreApplication.translate("DemSegmenter", "Largest number of chips to learn from"),
                whole=True,
                minimum=1,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "Learns from so many chips at most, to see how far few labels lead. 450 if it is not set.",
            ),
            advanced=True,
        ),
        with_help(
            choice(names.AUGMENTATION, QCoreApplication.translate("DemSegmenter", "Vary the chips")),
            QCoreApplication.translate(
                "DemSegmenter",
                "Shows each chip in many ways, so that few labels go further. full: turned, mirrored, larger and "
                "smaller, rougher and smoother. dihedral: turned and mirrored. none: as it is.",
            ),
            advanced=True,
        ),
        with_help(
            number(
                names.CLASS_WEIGHT,
                QCoreApplication.translate("DemSegmenter", "Weight of what is rare (0 to 1)"),
                0.5,
                minimum=0.0,
                maximum=1.0,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "Where the thing covers little ground, its pixels count for more. 0: all pixels count the same. 1: "
                "the thing counts as much as everything else together. Higher finds more and is wrong more often.",
            ),
            advanced=True,
        ),
        with_help(
            number(
                names.LEARNING_RATE,
                QCoreApplication.translate("DemSegmenter", "Learning rate"),
                0.001,
                minimum=1e-8,
                maximum=1.0,
                decimals=8,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "How far each step corrects the head. Lower it (to 0.0003) if the loss jumps up and down.",
            ),
            advanced=True,
        ),
        with_help(
            number(
                names.POWER,
                QCoreApplication.translate("DemSegmenter", "Fall of the learning rate (power)"),
                1.0,
                minimum=0.0,
                maximum=10.0,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "The learning rate falls to zero over the steps: 1 evenly, higher faster at first. 0 keeps it.",
            ),
            advanced=True,
        ),
        with_help(
            optional_number(
                names.WARMUP,
                QCoreApplication.translate("DemSegmenter", "Steps to warm up"),
                whole=True,
                minimum=0,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "Over so many first steps, the learning rate rises from nothing. Chosen by itself if not set.",
            ),
            advanced=True,
        ),
        with_help(
            number(
                names.WEIGHT_DECAY,
                QCoreApplication.translate("DemSegmenter", "Weight decay"),
                0.05,
                minimum=0.0,
                maximum=10.0,
                decimals=4,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "Keeps the head simple, so that it does not learn the labels by heart. Higher is stricter.",
            ),
            advanced=True,
        ),
        with_help(
            number(names.SEED, QCoreApplication.translate("DemSegmenter", "Seed"), 0, minimum=0, maximum=2147483647),
            QCoreApplication.translate(
                "DemSegmenter",
                "Everything that is left to chance follows from this number: the same number gives the same split of "
                "the ground and nearly the same head. Try others to see how much chance matters.",
            ),
            advanced=True,
        ),
        with_help(
            number(
                names.BAND,
                QCoreApplication.translate("DemSegmenter", "Band with the elevation"),
                1,
                minimum=1,
                maximum=10000,
            ),
            QCoreApplication.translate(
                "DemSegmenter", "The band that holds the heights, counted from 1; the same in all rasters."
            ),
            advanced=True,
        ),
        vertical_unit(),
        device(),
    ]


def head_file() -> Definition:
    """Where the head goes."""
    return with_help(
        QgsProcessingParameterFileDestination(
            names.OUTPUT,
            QCoreApplication.translate("DemSegmenter", "Head file"),
            QCoreApplication.translate("DemSegmenter", "Head files (*.safetensors)"),
        ),
        QCoreApplication.translate(
            "DemSegmenter",
            "The file for what was learned. Give it a name and a place of its own: a temporary file is gone when QGIS "
            "is closed.",
        ),
    )
