"""An encoder from weights that others have published."""

from __future__ import annotations

import re
from pathlib import Path

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QCoreApplication

from ...dem_segmenter.errors import ModelFileError, OptionError
from ...dem_segmenter.modelfiles.card import SUFFIX
from .. import destinations, encoders, engine_client, heads
from . import kept, names, training_parameters
from .base import Values
from .engine_algorithm import EngineAlgorithm
from .parameters import Definition, choice, chosen, free_choice, optional_number, with_help

#: Offered by name; the first is none.
MODELS = [
    "",
    "vit_base_patch16_224.mae",
    "vit_large_patch16_224.mae",
    "vit_small_patch14_dinov2.lvd142m",
    "vit_base_patch14_dinov2.lvd142m",
    "beitv2_base_patch16_224.in1k_ft_in22k",
    "eva02_base_patch14_224.mim_in22k",
]

_MODEL_NAME = re.compile(r"((hf[-_]hub:)?timm/)?\w[\w.-]*")
#: Ends of the names of files of weights.
_ENDINGS = (SUFFIX, ".pth", ".pt", ".bin", ".ckpt", ".tar")


class ImportEncoder(EngineAlgorithm):
    """``demsegmenter:importencoder``."""

    NAME = "importencoder"
    ICON = "import"

    def displayName(self) -> str:
        """Name in the Toolbox."""
        return QCoreApplication.translate("DemSegmenter", "Import an encoder")

    def group(self) -> str:
        """Group in the Toolbox."""
        return training_parameters.group()

    def groupId(self) -> str:
        """Id of the group."""
        return training_parameters.GROUP_ID

    def shortDescription(self) -> str:
        """One line for the Toolbox's tooltip."""
        return QCoreApplication.translate(
            "DemSegmenter", "Makes an encoder of a large network that others have trained on photographs and published."
        )

    def shortHelpString(self) -> str:
        """Help beside the dialog."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "<p>An <i>encoder</i> is the large model that reads the terrain; heads for buildings, roads or mounds are "
            "small and are trained on it. Large encoders that were trained on millions of photographs are published; "
            "the authors of this plugin's method used one of them, <code>vit_base_patch16_224.mae</code>.</p><p>Give "
            "the file that you have downloaded, or only the model's name, and it is downloaded (about 350 MB for "
            "<i>base</i>). Files may be <code>.safetensors</code> as published for the timm library, or "
            "<code>.pth</code> of the original masked autoencoder. Nothing in a file is ever run as a program, and "
            "each of its tables of numbers is either used or named in the log.</p><p><b>Mind the licence.</b> It is "
            "shown in the log and kept in the encoder's file; that of the masked autoencoder forbids commercial "
            "use.</p><p>Then choose the new encoder in <i>Train a head from labels</i>: heads work only with the "
            "encoder that they were trained on. It is larger than the plugin's own and takes far longer. An encoder "
            "saved in <code>{folder}</code> is offered by name.</p>",
        ).format(folder=heads.own_folder())

    def tags(self) -> list[str]:
        """Words to search for."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "import,download,encoder,backbone,foundation model,weights,checkpoint,timm,hugging face,mae,dinov2,beit,"
            "eva,vision transformer,deep learning",
        ).split(",")

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        del configuration
        for parameter in _parameters():
            self.addParameter(parameter)
        self.addOutput(QgsProcessingOutputString(names.MODEL, QCoreApplication.translate("DemSegmenter", "Model")))
        self.addOutput(
            QgsProcessingOutputString(
                names.LICENCE, QCoreApplication.translate("DemSegmenter", "Licence of the weights")
            )
        )
        for name, description in (
            (
                names.TENSORS_KEPT,
                QCoreApplication.translate("DemSegmenter", "Number of tables of numbers (tensors) used"),
            ),
            (
                names.TENSORS_LEFT_OUT,
                QCoreApplication.translate("DemSegmenter", "Number of tables of numbers (tensors) left out"),
            ),
        ):
            self.addOutput(QgsProcessingOutputNumber(name, description))

    def collect(self, parameters: Values, context: QgsProcessingContext) -> None:
        """Check the inputs."""
        self._arguments(parameters, context)

    def execute(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Run the engine and hand back what it made."""
        source, arguments = self._arguments(parameters, context)
        encoder = self.file(parameters, names.OUTPUT, context, SUFFIX)
        if encoder is None:
            raise OptionError(QCoreApplication.translate("DemSegmenter", "No output file was given for the encoder."))
        heads.make_own_folder(encoder.parent)
        inputs = [source] if isinstance(source, Path) else []
        destinations.check({names.OUTPUT: encoder}, *inputs)
        answer = engine_client.run(
            "importencoder", [str(source), *arguments, f"--output={encoder}"], feedback, [encoder, *inputs]
        )
        encoders.say_how_to_use(encoder, feedback)
        kept.warn_if_temporary(encoder, feedback)
        told = answer.statistics
        return {
            names.OUTPUT: str(encoder),
            names.MODEL: str(told.get("model", "")),
            names.LICENCE: str(told.get("licence", "")),
            names.TENSORS_KEPT: int(told.get("tensors", 0)),
            names.TENSORS_LEFT_OUT: int(told.get("left_out", 0)),
        }

    def _arguments(self, parameters: Values, context: QgsProcessingContext) -> tuple[Path | str, list[str]]:
        """What is imported, a file or a model's name, and the engine's options.

        Raises:
            OptionError: Neither was given, or a name is none.
            ModelFileError: The file does not exist.
        """
        given = self.parameterAsString(parameters, names.INPUT, context).strip()
        model = self.parameterAsString(parameters, names.ARCHITECTURE, context).strip()
        file = Path(given).expanduser() if given else None
        if file is not None and not file.is_file() and (not _MODEL_NAME.fullmatch(given) or file.suffix in _ENDINGS):
            raise ModelFileError(
                QCoreApplication.translate("DemSegmenter", "The file {file} does not exist.").format(file=given),
                QCoreApplication.translate("DemSegmenter", "Choose a file of weights, or give a model's name instead."),
            )
        for name in (model, "" if file is not None and file.is_file() else given):
            if name and not _MODEL_NAME.fullmatch(name):
                raise OptionError(
                    QCoreApplication.translate("DemSegmenter", "{name} is not the name of a model.").format(name=name),
                    QCoreApplication.translate("DemSegmenter", "Give one such as vit_base_patch16_224.mae."),
                )
        source: Path | str = file.absolute() if file is not None and file.is_file() else given or model
        if not source:
            raise OptionError(
                QCoreApplication.translate("DemSegmenter", "There is nothing to import."),
                QCoreApplication.translate("DemSegmenter", "Choose a file of weights, or give a model's name."),
            )
        options = [f"--architecture={model}"] if given and model else []
        options.append(f"--encoding={chosen(parameters, names.ENCODING)}")
        options += self.numbers_told(
            parameters, context, {names.GROUND_RESOLUTION: "--ground-resolution"}, {names.TILE: "--tile"}
        )
        for name, option in ((names.LICENCE, "--licence"), (names.TITLE, "--title")):
            text = self.parameterAsString(parameters, name, context).strip()
            if text:
                options.append(f"{option}={text}")
        return source, options


def _parameters() -> list[Definition]:
    return [
        with_help(
            QgsProcessingParameterFile(
                names.INPUT, QCoreApplication.translate("DemSegmenter", "File of weights"), optional=True
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "The file that you have downloaded: .safetensors as published for the timm library, or .pth of the "
                "original masked autoencoder. Leave it empty to download the model named below.",
            ),
        ),
        with_help(
            free_choice(names.ARCHITECTURE, QCoreApplication.translate("DemSegmenter", "Name of the model"), MODELS),
            QCoreApplication.translate(
                "DemSegmenter",
                "Its name in the timm library, such as vit_base_patch16_224.mae; any plain vision transformer will do. "
                "Without a file, it is downloaded. With a file, it says what the file is and so which licence it has; "
                "if it is empty, that is found out as far as it can be.",
            ),
        ),
        with_help(
            choice(names.ENCODING, QCoreApplication.translate("DemSegmenter", "How elevation is made a picture")),
            QCoreApplication.translate(
                "DemSegmenter",
                "The model knows pictures of red, green and blue. colours: height above the ground around, fine relief "
                "and roughness are the three. minmax: each piece of the raster is stretched from its lowest to its "
                "highest point, in grey, as the method's authors did; roads beside towers vanish then.",
            ),
        ),
        with_help(
            QgsProcessingParameterString(
                names.LICENCE, QCoreApplication.translate("DemSegmenter", "Licence of the weights"), optional=True
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "What the publisher says, such as Apache-2.0. Only needed for a file without a full model name; it is "
                "kept in the encoder's file.",
            ),
            advanced=True,
        ),
        with_help(
            QgsProcessingParameterString(
                names.TITLE, QCoreApplication.translate("DemSegmenter", "Title of the encoder"), optional=True
            ),
            QCoreApplication.translate(
                "DemSegmenter", "A few words for the people who will use it. The model's name if it is not set."
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
                "The pixel size that heads on this encoder work at; rasters of other sizes are brought to it. 0.75 if "
                "it is not set.",
            ),
            advanced=True,
        ),
        with_help(
            optional_number(
                names.TILE,
                QCoreApplication.translate("DemSegmenter", "Side of a chip (pixels)"),
                whole=True,
                minimum=28,
                maximum=2048,
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "How large the pieces are that the model looks at: a multiple of its patches, which are 14 or 16 "
                "pixels wide. 224 if it is not set.",
            ),
            advanced=True,
        ),
        with_help(
            QgsProcessingParameterFileDestination(
                names.OUTPUT,
                QCoreApplication.translate("DemSegmenter", "Encoder file"),
                QCoreApplication.translate("DemSegmenter", "Encoder files (*.safetensors)"),
            ),
            QCoreApplication.translate(
                "DemSegmenter",
                "The file for the encoder. Give it a name and a place of its own: a temporary file is gone when QGIS "
                "is closed.",
            ),
        ),
    ]
