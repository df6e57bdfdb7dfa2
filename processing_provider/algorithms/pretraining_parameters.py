"""Parameters of pre-training."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QCoreApplication

from . import names
from .parameters import (
    Definition,
    device,
    encoder_or_none,
    free_choice,
    number,
    optional_number,
    vertical_unit,
    with_help,
)

#: timm's names, small to large; the first is the engine's own default.
ARCHITECTURES = [
    "vit_tiny_patch16_224",
    "vit_small_patch16_224",
    "vit_base_patch16_224",
    "vit_large_patch16_224",
]


def of_the_data() -> list[Definition]:
    """What is learned from."""
    return [
        with_help(
            QgsProcessingParameterMultipleLayers(
                names.DEMS,
                QCoreApplication.translate("DemSegmenter", "Elevation rasters (DEM)"),
                QgsProcessing.SourceType.TypeRaster,
                None,
                True,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "Rasters whose pixels are heights, in any CRS and resolution. A mosaic (virtual raster, VRT) of many "
                "tiles is better than the tiles: what lies across their edges is then seen too.",
            ),
        ),
        with_help(
            QgsProcessingParameterFile(
                names.FOLDER,
                QCoreApplication.translate("DemSegmenter", "Folder with elevation rasters"),
                QgsProcessingParameterFile.Behavior.Folder,
                "",
                None,
                True,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "All rasters in this folder and in the folders inside it, besides those chosen above. Thousands of "
                "tiles will do: they are read piece by piece. Broken ones are named and skipped.",
            ),
        ),
        with_help(
            encoder_or_none(
                QCoreApplication.translate("DemSegmenter", "Encoder to start from"),
                QCoreApplication.translate("DemSegmenter", "none: from nothing"),
                names.START_FROM,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "An encoder that is to learn on, such as the plugin's own or an imported one: its size and the way it "
                "reads elevation are kept, and far fewer steps are needed. If it is not set, learning starts from "
                "nothing.",
            ),
        ),
        with_help(
            free_choice(
                names.ARCHITECTURE, QCoreApplication.translate("DemSegmenter", "Size of the network"), ARCHITECTURES
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "tiny runs well on any computer, small takes four times and base sixteen times as long, in learning "
                "and in every later use; large wants a graphics card. Any other name of a plain vision transformer of "
                "the timm library can be written here. Not used if there is an encoder to start from.",
            ),
        ),
    ]


def of_the_run() -> list[Definition]:
    """How long and how it learns."""
    return [
        with_help(
            number(
                names.MASK_RATIO,
                QCoreApplication.translate("DemSegmenter", "Share of the ground that is hidden (0.05 to 0.95)"),
                0.75,
                minimum=0.05,
                maximum=0.95,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "The network is shown the rest and has to draw what is hidden. 0.75 is what the method's authors "
                "found best; less makes the task easier and each step slower.",
            ),
        ),
        with_help(
            number(
                names.ITERATIONS,
                QCoreApplication.translate("DemSegmenter", "Training steps"),
                1500,
                minimum=1,
                maximum=100000000,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "How many times the network looks at some chips and is corrected. More is better for a very long "
                "time: the default shows whether all is well, and a thorough run takes a hundred times as many.",
            ),
        ),
        with_help(
            number(
                names.SYNTHETIC,
                QCoreApplication.translate("DemSegmenter", "Synthetic places mixed in"),
                0,
                minimum=0,
                maximum=10000,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "So many invented places, towns, farmland and mountains, are made and learned from besides, with 30 % "
                "of the chips. Useful if there is little ground or it is all of one kind. 70 are plenty.",
            ),
        ),
        with_help(
            QgsProcessingParameterBoolean(
                names.KEEP, QCoreApplication.translate("DemSegmenter", "Keep the encoder so far if I cancel"), True
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "After a cancel, what was learned so far is written to the output file. It takes a few seconds to "
                "stop. In either case the run can go on later where it was.",
            ),
        ),
        with_help(
            number(
                names.BATCH_SIZE,
                QCoreApplication.translate("DemSegmenter", "Chips a step"),
                48,
                minimum=1,
                maximum=65536,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "How many chips (square pieces of the raster) are looked at together in a step. Lower it if memory "
                "runs out.",
            ),
            advanced=True,
        ),
        with_help(
            QgsProcessingParameterBoolean(
                names.NORMALIZE, QCoreApplication.translate("DemSegmenter", "Draw hidden patches normalised"), True
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "Each hidden patch is to be drawn with its own contrast, so that small forms count as much as large "
                "ones. Without this, large heights decide.",
            ),
            advanced=True,
        ),
        with_help(
            optional_number(
                names.GROUND_RESOLUTION,
                QCoreApplication.translate("DemSegmenter", "Ground resolution (metres per pixel)"),
                minimum=0.05,
                maximum=100.0,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "The pixel size that the encoder and its heads work at; rasters of other sizes are brought to it. "
                "If it is not set: 0.75, or that of the encoder to start from.",
            ),
            advanced=True,
        ),
        with_help(
            optional_number(
                names.TILE,
                QCoreApplication.translate("DemSegmenter", "Side of a chip (pixels)"),
                whole=True,
                minimum=32,
                maximum=2048,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "A multiple of the patches that the network cuts chips into (16 for most). If it is not set: 224, or "
                "that of the encoder to start from.",
            ),
            advanced=True,
        ),
        with_help(
            optional_number(
                names.DECODER_WIDTH,
                QCoreApplication.translate("DemSegmenter", "Width of the decoder"),
                whole=True,
                minimum=32,
                maximum=4096,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "The decoder draws what is hidden and is thrown away afterwards. A multiple of 32; chosen by the size "
                "of the network if not set.",
            ),
            advanced=True,
        ),
        with_help(
            number(
                names.DECODER_DEPTH,
                QCoreApplication.translate("DemSegmenter", "Blocks of the decoder"),
                2,
                minimum=1,
                maximum=32,
            ),
            QCoreApplication.translate(
                "DemSegmenter", "More blocks draw better and take longer. The method's authors use 8 for large runs."
            ),
            advanced=True,
        ),
        with_help(
            number(
                names.LEARNING_RATE,
                QCoreApplication.translate("DemSegmenter", "Learning rate"),
                0.0008,
                minimum=1e-8,
                maximum=1.0,
                decimals=8,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "How far each step corrects the network. Lower it (to 0.0002) if the loss jumps up and down or a run "
                "stops because of it; it then goes on where it was.",
            ),
            advanced=True,
        ),
        with_help(
            optional_number(
                names.WARMUP, QCoreApplication.translate("DemSegmenter", "Steps to warm up"), whole=True, minimum=0
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
            QCoreApplication.translate("DemSegmenter", "Keeps the network simple. Higher is stricter."),
            advanced=True,
        ),
        with_help(
            number(names.SEED, QCoreApplication.translate("DemSegmenter", "Seed"), 0, minimum=0, maximum=2147483647),
            QCoreApplication.translate(
                "DemSegmenter",
                "Everything that is left to chance follows from this number: on one computer, the same number gives "
                "the same encoder.",
            ),
            advanced=True,
        ),
        with_help(
            QgsProcessingParameterString(
                names.TITLE, QCoreApplication.translate("DemSegmenter", "Title of the encoder"), optional=True
            ),
            QCoreApplication.translate(
                "DemSegmenter", "A few words for the people who will use it, such as: Aargau, lidar 2024."
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


def outputs() -> list[Definition]:
    """The encoder file and the report."""
    return [
        with_help(
            QgsProcessingParameterFileDestination(
                names.OUTPUT,
                QCoreApplication.translate("DemSegmenter", "Encoder file"),
                QCoreApplication.translate("DemSegmenter", "Encoder files (*.safetensors)"),
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "The file for what was learned. Give it a name and a place of its own: a temporary file is gone when "
                "QGIS is closed.",
            ),
        ),
        with_help(
            QgsProcessingParameterFileDestination(
                names.REPORT,
                QCoreApplication.translate("DemSegmenter", "Pre-training report"),
                QCoreApplication.translate("DemSegmenter", "HTML files (*.html)"),
                optional=True,
                createByDefault=True,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "A web page in one file: how learning went, and relief as it is, with most of it hidden, and as the "
                "network rebuilt it.",
            ),
        ),
    ]
