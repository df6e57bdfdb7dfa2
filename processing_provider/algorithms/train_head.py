"""A head from labels: what the user draws in QGIS becomes a model that finds the same elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
)
from qgis.PyQt.QtCore import QCoreApplication

from ...dem_segmenter.errors import CancelledError, DemSegmenterError, OptionError
from ...dem_segmenter.modelfiles.card import SUFFIX
from .. import destinations, encoders, engine_client, heads
from ..raster_input import RasterInput, read_layer
from . import kept, labels, names, parameters, training_parameters
from .base import Values
from .engine_algorithm import EngineAlgorithm
from .parameters import chosen

#: Seconds that a cancelled training may take to end its step and save the best head: a step can be long on a CPU.
SAVING_TIME = 60.0

_DOUBLES = {
    names.VALIDATION: "--validation",
    names.LEARNING_RATE: "--learning-rate",
    names.WEIGHT_DECAY: "--weight-decay",
    names.POWER: "--power",
    names.CLASS_WEIGHT: "--class-weight",
}
_INTEGERS = {
    names.BAND: "--band",
    names.ITERATIONS: "--iterations",
    names.BATCH_SIZE: "--batch-size",
    names.VALIDATE_EVERY: "--validate-every",
    names.CHIPS: "--chips",
    names.WARMUP: "--warmup",
    names.SEED: "--seed",
}
_CHOICES = {names.AUGMENTATION: "--augmentation", names.VERTICAL_UNIT: "--vertical-unit"}


@dataclass
class Request:
    """Everything a run needs, read from the parameters.

    Attributes:
        rasters: The DEMs.
        labels: What is on them.
        models: Files of the encoder and of the head to start from, where they were chosen.
        options: Further arguments of the engine.
    """

    rasters: list[RasterInput]
    labels: labels.Labels
    models: list[Path]
    options: list[str]

    @property
    def files(self) -> list[Path]:
        """The files that are read, which no output may overwrite."""
        return [*(r.file for r in self.rasters if r.file is not None), *self.labels.files, *self.models]


class TrainHead(EngineAlgorithm):
    """``demsegmenter:trainhead``."""

    NAME = "trainhead"
    ICON = "train"

    def __init__(self) -> None:
        super().__init__()
        self._request: Request | None = None

    def displayName(self) -> str:
        """Name in the Toolbox."""
        return QCoreApplication.translate("DemSegmenter", "Train a head from labels")

    def group(self) -> str:
        """Group in the Toolbox."""
        return training_parameters.group()

    def groupId(self) -> str:
        """Id of the group."""
        return training_parameters.GROUP_ID

    def shortDescription(self) -> str:
        """One line for the Toolbox's tooltip."""
        return QCoreApplication.translate(
            "DemSegmenter", "Learns to find what you have labelled in an elevation raster."
        )

    def shortHelpString(self) -> str:
        """Help beside the dialog."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "<p>Learns from examples that you draw to find the same things elsewhere: buildings as they look in your "
            "county, roads, terraces, ditches, burial mounds. What it has learned is one small file, a <i>head</i>, "
            "that the segmentation algorithms use and that you can send to a colleague.</p><p>Step by step:</p><ol>"
            "<li>Open an elevation raster. Draw everything of one kind in a few places as polygons, or as lines along "
            "roads. Ten places of about 170 x 170 metres are a first try for a new kind of thing; to better the "
            "plugin's own heads for buildings or roads, plan on fifty or more. Choose places that differ.</li><li>Draw "
            "a polygon around each place in a second layer: here labelling is complete. Include ground without the "
            "thing, for that is learned from too.</li><li>Choose the three layers here, name the thing, and run. "
            "3000 steps take about 20 minutes on two processor cores and a few on a graphics card.</li><li>Read the "
            "report: it shows what was found and missed in places that were kept aside, and where to label more."
            "</li><li>Run <i>Segment buildings</i> or <i>Segment roads</i> with the new head if it finds these, and "
            "get footprints or centrelines; <i>Segment with any heads</i> otherwise, and <i>Polygonize</i> on its "
            "result if you need polygons.</li><li>If it is not good enough, "
            "let <i>Suggest where to label next</i> choose places, label them, and train again.</li></ol><p>A head "
            "saved in <code>{folder}</code> is offered by name in all dialogs at once; others are chosen as files."
            "</p><p>If you cancel, the best head so far is kept, and training cannot go on from there: to train "
            "longer, choose that head as the one to start from. If the run is cut off by something else, run it again "
            "with the same layers, settings and output file, and it goes on where it was.</p>",
        ).format(folder=heads.own_folder())

    def tags(self) -> list[str]:
        """Words to search for."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "train,training,learn,labels,head,model,fine-tune,few-shot,dem,dsm,lidar,elevation,deep learning",
        ).split(",")

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        del configuration
        for parameter in [
            training_parameters.rasters(),
            *labels.parameters(
                QCoreApplication.translate(
                    "DemSegmenter",
                    "Polygons around the ground on which you have labelled everything. Ground outside them counts as "
                    "unknown and is not learned from. Without them, the smallest rectangle around the labels counts "
                    "as completely labelled.",
                )
            ),
            *labels.advanced_parameters(),
            *training_parameters.of_the_head(),
            *training_parameters.of_the_run(),
            training_parameters.head_file(),
            parameters.with_help(
                QgsProcessingParameterFileDestination(
                    names.REPORT,
                    QCoreApplication.translate("DemSegmenter", "Training report"),
                    QCoreApplication.translate("DemSegmenter", "HTML files (*.html)"),
                    optional=True,
                    createByDefault=True,
                ),
                QCoreApplication.translate(
                    "DemSegmenter",
                    "A web page in one file: how learning went, what is right and wrong in the places kept aside, "
                    "with pictures, and what to label next.",
                ),
            ),
        ]:
            self.addParameter(parameter)
        for name, description in (
            (
                names.IOU,
                QCoreApplication.translate("DemSegmenter", "IoU in the places kept aside (0 to 1, overlap by union)"),
            ),
            (names.TRAINING_CHIPS, QCoreApplication.translate("DemSegmenter", "Number of chips learned from")),
            (names.VALIDATION_CHIPS, QCoreApplication.translate("DemSegmenter", "Number of chips kept aside")),
        ):
            self.addOutput(QgsProcessingOutputNumber(name, description))

    def collect(self, parameters: Values, context: QgsProcessingContext) -> None:
        """Read and check the inputs."""
        band = self.parameterAsInt(parameters, names.BAND, context)
        layers = self.raster_layers(parameters, names.DEMS, context)
        rasters = [read_layer(layer, band, context.transformContext()) for layer in layers]
        options, models = self._models(parameters, context)
        for name, option in {names.CLASS_NAME: "--class-name", names.TITLE: "--title"}.items():
            text = self.parameterAsString(parameters, name, context).strip()
            if text:
                options.append(f"{option}={text}")
            elif name == names.CLASS_NAME:
                raise OptionError(
                    QCoreApplication.translate("DemSegmenter", "It is not said what the labels show."),
                    QCoreApplication.translate("DemSegmenter", "Give it a name, such as building."),
                )
        if destinations.is_set(parameters.get(names.COLOR)):
            options.append(f"--color={self.parameterAsColor(parameters, names.COLOR, context).name()}")
        options += self.numbers_told(parameters, context, _DOUBLES, _INTEGERS)
        options += [f"{option}={chosen(parameters, name)}" for name, option in _CHOICES.items()]
        if self.parameterAsBoolean(parameters, names.KEEP_BEST, context):
            options.append("--keep-best")
        options += self.machine_told(parameters, context)
        self._request = Request(rasters, labels.read(self, parameters, context, layers), models, options)

    def execute(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Run the engine and hand back what it made."""
        request = self._request
        if request is None:
            self.collect(parameters, context)
            request = self._request
        assert request is not None
        head = self.file(parameters, names.OUTPUT, context, SUFFIX)
        if head is None:
            raise OptionError(QCoreApplication.translate("DemSegmenter", "No output file was given for the head."))
        report = self.file(parameters, names.REPORT, context, ".html")
        heads.make_own_folder(head.parent)
        final = {names.OUTPUT: head, **({names.REPORT: report} if report is not None else {})}
        destinations.check(final, *request.files)
        arguments = [*request.options, f"--output={head}"]
        if report is not None:
            arguments.append(f"--report={report}")
        kept.warn_if_temporary(head, feedback)
        keep_best = "--keep-best" in request.options
        before = kept.state(head)
        try:
            with ExitStack() as stack:
                dems = [stack.enter_context(raster.as_file(feedback)) for raster in request.rasters]
                told = stack.enter_context(request.labels.opened(feedback))
                answer = engine_client.run(
                    "train",
                    [*dems, *told, *arguments],
                    feedback,
                    [*final.values(), kept.checkpoint(head), *request.files],
                    patience=SAVING_TIME if keep_best else 0.0,
                )
        except DemSegmenterError as error:
            _say_what_is_kept(head, before, isinstance(error, CancelledError), feedback)
            raise
        numbers = _numbers(answer.statistics)
        _say_how_to_use(head, feedback)
        kept.warn_if_temporary(head, feedback)
        return {**{name: str(path) for name, path in final.items()}, **numbers}

    def _models(self, parameters: Values, context: QgsProcessingContext) -> tuple[list[str], list[Path]]:
        """The engine's arguments for the encoder and the head to start from, and their files."""
        text = self.parameterAsString(parameters, names.ENCODER, context).strip()
        encoder = encoders.resolve(text).path if text else None
        text = self.parameterAsString(parameters, names.START_FROM, context).strip()
        if not text or text == training_parameters.START_FROM_NOTHING:
            files, start = [], text
        else:
            path = heads.resolve(text).path
            files, start = [path], str(path)
            encoder = encoder or encoders.of_head(path)
        if encoder is not None:
            files.append(encoder)
        told = {"--encoder": encoder, "--start-from": start}
        return [f"{option}={value}" for option, value in told.items() if value], files


def _say_what_is_kept(head: Path, before: object, cancelled: bool, feedback: QgsProcessingFeedback) -> None:
    """After a run that did not end: whether there is a head, and whether it can go on."""
    if cancelled and kept.state(head) not in (None, before):
        feedback.pushInfo(
            QCoreApplication.translate("DemSegmenter", "Cancelled. The best head so far is in {path}.").format(
                path=head
            )
        )
    kept.say_how_to_go_on(head, feedback)


def _numbers(statistics: Mapping[str, Any]) -> Values:
    """Number outputs from the engine's statistics; without chips kept aside there is no IoU."""
    numbers: Values = {}
    if statistics.get("iou") is not None:
        numbers[names.IOU] = float(statistics["iou"])
    for name, key in {names.TRAINING_CHIPS: "training_chips", names.VALIDATION_CHIPS: "validation_chips"}.items():
        if statistics.get(key) is not None:
            numbers[name] = int(statistics[key])
    return numbers


def _say_how_to_use(head: Path, feedback: QgsProcessingFeedback) -> None:
    installed = {each.path.resolve(): each.name for each in heads.installed_heads()}
    name = installed.get(head.resolve())
    if name is not None:
        feedback.pushInfo(
            QCoreApplication.translate(
                "DemSegmenter", "The new head is installed: choose {name} wherever a head is asked for."
            ).format(name=name)
        )
    else:
        feedback.pushInfo(
            QCoreApplication.translate(
                "DemSegmenter",
                "To use the new head, choose the file {path} wherever a head is asked for. Saved in {folder}, it would "
                "be offered by name.",
            ).format(path=head, folder=heads.own_folder())
        )
