"""An encoder from elevation alone: it learns what ground looks like, from any pile of DEMs, without labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber
from qgis.PyQt.QtCore import QCoreApplication

from ...dem_segmenter.errors import CancelledError, DemSegmenterError, OptionError, RasterOpenError
from ...dem_segmenter.modelfiles.card import SUFFIX
from .. import destinations, encoders, engine_client, heads, scratch
from ..raster_input import RasterInput, read_layer
from . import kept, names, pretraining_parameters, training_parameters
from .base import Values
from .engine_algorithm import EngineAlgorithm
from .parameters import chosen

#: Seconds that a cancelled run may take to end its step and save the encoder so far.
SAVING_TIME = 60.0

#: More rasters than this are told to the engine in a file: a command line has its limits.
MOST_ARGUMENTS = 50

_DOUBLES = {
    names.MASK_RATIO: "--mask-ratio",
    names.LEARNING_RATE: "--learning-rate",
    names.WEIGHT_DECAY: "--weight-decay",
    names.GROUND_RESOLUTION: "--ground-resolution",
}
_INTEGERS = {
    names.BAND: "--band",
    names.ITERATIONS: "--iterations",
    names.BATCH_SIZE: "--batch-size",
    names.SYNTHETIC: "--synthetic",
    names.TILE: "--tile",
    names.DECODER_WIDTH: "--decoder-width",
    names.DECODER_DEPTH: "--decoder-depth",
    names.WARMUP: "--warmup",
    names.SEED: "--seed",
}


@dataclass
class Request:
    """Everything a run needs, read from the parameters.

    Attributes:
        rasters: The DEMs.
        folder: Where there are more.
        start: File of the encoder to start from.
        options: Further arguments of the engine.
    """

    rasters: list[RasterInput]
    folder: Path | None
    start: Path | None
    options: list[str]

    @property
    def files(self) -> list[Path]:
        """The files that are read, which no output may overwrite."""
        files = [raster.file for raster in self.rasters if raster.file is not None]
        return [*files, *([self.start] if self.start else [])]


class PretrainEncoder(EngineAlgorithm):
    """``demsegmenter:pretrainencoder``."""

    NAME = "pretrainencoder"
    ICON = "pretrain"

    def __init__(self) -> None:
        super().__init__()
        self._request: Request | None = None

    def displayName(self) -> str:
        """Name in the Toolbox."""
        return QCoreApplication.translate("DemSegmenter", "Pre-train an encoder")

    def group(self) -> str:
        """Group in the Toolbox."""
        return training_parameters.group()

    def groupId(self) -> str:
        """Id of the group."""
        return training_parameters.GROUP_ID

    def shortDescription(self) -> str:
        """One line for the Toolbox's tooltip."""
        return QCoreApplication.translate(
            "DemSegmenter", "Learns what ground looks like from elevation alone, without labels."
        )

    def shortHelpString(self) -> str:
        """Help beside the dialog."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "<p>An <i>encoder</i> is the large model that reads the terrain; heads for buildings, roads or mounds are "
            "small and are trained on it. The plugin brings one. Make your own where your ground or your sensor is "
            "unlike others, and you have much elevation but few labels.</p><p>Nothing has to be labelled: most of a "
            "piece of ground is hidden, and the network learns to draw it from the rest (a masked autoencoder). Give "
            "it everything you have: single rasters, virtual mosaics, a folder with thousands of tiles. They are read "
            "piece by piece, so their size does not matter for memory.</p><p>It takes long. On two processor cores, "
            "count hours for the smallest network; a graphics card is many times faster. You may cancel, or QGIS may "
            "be closed: run it again with the same layers, settings and output file, and it goes on where it was. "
            "To adapt an encoder instead, choose it as the one to start from and take fewer steps.</p><p>Then choose "
            "the new encoder in <i>Train a head from labels</i>. Heads work only with the encoder that they were "
            "trained on. An encoder saved in <code>{folder}</code> is offered by name.</p>",
        ).format(folder=heads.own_folder())

    def tags(self) -> list[str]:
        """Words to search for."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "pre-train,pretraining,self-supervised,masked autoencoder,mae,encoder,backbone,foundation model,unlabelled,"
            "dem,dsm,dtm,lidar,elevation,deep learning",
        ).split(",")

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        del configuration
        for parameter in [
            *pretraining_parameters.of_the_data(),
            *pretraining_parameters.of_the_run(),
            *pretraining_parameters.outputs(),
        ]:
            self.addParameter(parameter)
        for name, description in (
            (names.LOSS, QCoreApplication.translate("DemSegmenter", "Loss at the end")),
            (names.HELD_OUT_LOSS, QCoreApplication.translate("DemSegmenter", "Loss in the places kept aside")),
            (names.STEPS, QCoreApplication.translate("DemSegmenter", "Number of steps")),
            (names.CHIPS_SEEN, QCoreApplication.translate("DemSegmenter", "Number of chips seen")),
            (names.DEMS_USED, QCoreApplication.translate("DemSegmenter", "Number of rasters learned from")),
            (names.DEMS_SKIPPED, QCoreApplication.translate("DemSegmenter", "Number of rasters skipped")),
        ):
            self.addOutput(QgsProcessingOutputNumber(name, description))

    def collect(self, parameters: Values, context: QgsProcessingContext) -> None:
        """Read and check the inputs."""
        rasters = []
        if destinations.is_set(parameters.get(names.DEMS)) and parameters[names.DEMS] != []:
            band = self.parameterAsInt(parameters, names.BAND, context)
            layers = self.raster_layers(parameters, names.DEMS, context)
            rasters = [read_layer(layer, band, context.transformContext()) for layer in layers]
        folder = self._folder(parameters, context)
        if not rasters and folder is None and not self.parameterAsInt(parameters, names.SYNTHETIC, context):
            raise OptionError(
                QCoreApplication.translate("DemSegmenter", "There is no elevation to learn from."),
                QCoreApplication.translate(
                    "DemSegmenter", "Choose elevation rasters or a folder of them, or ask for synthetic places."
                ),
            )
        options = self.numbers_told(parameters, context, _DOUBLES, _INTEGERS)
        text = self.parameterAsString(parameters, names.START_FROM, context).strip()
        start = encoders.resolve(text).path if text else None
        if start is not None:
            options.append(f"--start-from={start}")
        else:
            name = self.parameterAsString(parameters, names.ARCHITECTURE, context).strip()
            options.append(f"--architecture={name or pretraining_parameters.ARCHITECTURES[0]}")
        title = self.parameterAsString(parameters, names.TITLE, context).strip()
        if title:
            options.append(f"--title={title}")
        if not self.parameterAsBoolean(parameters, names.NORMALIZE, context):
            options.append("--raw-target")
        if self.parameterAsBoolean(parameters, names.KEEP, context):
            options.append("--keep")
        options.append(f"--vertical-unit={chosen(parameters, names.VERTICAL_UNIT)}")
        options += self.machine_told(parameters, context)
        self._request = Request(rasters, folder, start, options)

    def execute(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Run the engine and hand back what it made."""
        request = self._request
        if request is None:
            self.collect(parameters, context)
            request = self._request
        assert request is not None
        encoder = self.file(parameters, names.OUTPUT, context, SUFFIX)
        if encoder is None:
            raise OptionError(QCoreApplication.translate("DemSegmenter", "No output file was given for the encoder."))
        report = self.file(parameters, names.REPORT, context, ".html")
        heads.make_own_folder(encoder.parent)
        final = {names.OUTPUT: encoder, **({names.REPORT: report} if report is not None else {})}
        destinations.check(final, *request.files)
        arguments = [*request.options, f"--output={encoder}"]
        if report is not None:
            arguments.append(f"--report={report}")
        before = kept.state(encoder)
        protected = [*final.values(), kept.checkpoint(encoder), *request.files]
        if request.folder is not None:
            protected.append(request.folder)
        try:
            with _sources(request, feedback) as sources:
                answer = engine_client.run(
                    "pretrain",
                    [*sources, *arguments],
                    feedback,
                    protected,
                    patience=SAVING_TIME if "--keep" in request.options else 0.0,
                )
        except DemSegmenterError as error:
            if isinstance(error, CancelledError) and kept.state(encoder) not in (None, before):
                feedback.pushInfo(
                    QCoreApplication.translate("DemSegmenter", "Cancelled. The encoder so far is in {path}.").format(
                        path=encoder
                    )
                )
                kept.warn_if_temporary(encoder, feedback)
            kept.say_how_to_go_on(encoder, feedback)
            raise
        encoders.say_how_to_use(encoder, feedback)
        kept.warn_if_temporary(encoder, feedback)
        return {**{name: str(path) for name, path in final.items()}, **_numbers(answer.statistics)}

    def _folder(self, parameters: Values, context: QgsProcessingContext) -> Path | None:
        """The folder that is to be searched.

        Raises:
            RasterOpenError: It does not exist.
        """
        text = self.parameterAsString(parameters, names.FOLDER, context).strip()
        if not text:
            return None
        folder = Path(text).expanduser()
        if not folder.is_dir():
            raise RasterOpenError(
                QCoreApplication.translate("DemSegmenter", "The folder {folder} does not exist.").format(folder=text),
                QCoreApplication.translate("DemSegmenter", "Choose a folder with elevation rasters."),
            )
        return folder.absolute()


@contextmanager
def _sources(request: Request, feedback: QgsProcessingFeedback) -> Iterator[list[str]]:
    """The engine's arguments for what is learned from; very many of them in a file."""
    with ExitStack() as stack:
        told = [stack.enter_context(raster.as_file(feedback)) for raster in request.rasters]
        if request.folder is not None:
            told.append(str(request.folder))
        if len(told) <= MOST_ARGUMENTS:
            yield told
            return
        path = Path(scratch.file_name("rasters", ".txt"))
        path.write_text("\n".join(told) + "\n", encoding="utf-8")
        stack.callback(scratch.remove, [str(path)])
        yield [f"--list={path}"]


def _numbers(statistics: Mapping[str, Any]) -> Values:
    """Number outputs from the engine's statistics; those that are not known are left out."""
    numbers: Values = {}
    for name, key in {names.LOSS: "loss", names.HELD_OUT_LOSS: "held_out_loss"}.items():
        if statistics.get(key) is not None:
            numbers[name] = float(statistics[key])
    for name, key in {
        names.STEPS: "iterations",
        names.CHIPS_SEEN: "chips",
        names.DEMS_USED: "dems",
        names.DEMS_SKIPPED: "dems_skipped",
    }.items():
        if statistics.get(key) is not None:
            numbers[name] = int(statistics[key])
    return numbers
