"""Whether the engine works, where it lives and what it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qgis.core import (
    QgsMessageOutput,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputBoolean,
    QgsProcessingOutputString,
)
from qgis.PyQt.QtCore import QCoreApplication

from ...dem_segmenter.errors import CancelledError, DemSegmenterError
from .. import engine_client, engine_environment, heads
from . import names
from .base import DemSegmenterAlgorithm, Values


class EngineInfo(DemSegmenterAlgorithm):
    """``demsegmenter:engineinfo``."""

    NAME = "engineinfo"
    ICON = "engine"

    def displayName(self) -> str:
        """Name in the Toolbox."""
        return QCoreApplication.translate("DemSegmenter", "Engine information")

    def group(self) -> str:
        """Group in the Toolbox."""
        return QCoreApplication.translate("DemSegmenter", "Engine")

    def groupId(self) -> str:
        """Id of the group."""
        return "engine"

    def shortDescription(self) -> str:
        """One line for the Toolbox's tooltip."""
        return QCoreApplication.translate("DemSegmenter", "Says whether the engine works and what it has.")

    def shortHelpString(self) -> str:
        """Help beside the dialog."""
        return QCoreApplication.translate(
            "DemSegmenter",
            "<p>The neural network runs outside QGIS, in a Python environment of its own: the engine. This says "
            "whether the engine works, where it is, which versions, devices (processor, graphics cards) and models it "
            "has, and, if it does not work, what to do.</p>",
        )

    def tags(self) -> list[str]:
        """Words to search for."""
        return QCoreApplication.translate("DemSegmenter", "engine,version,device,gpu,cuda,python,models,problem").split(
            ","
        )

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare outputs; there are no parameters."""
        del configuration
        self.addOutput(
            QgsProcessingOutputBoolean(names.READY, QCoreApplication.translate("DemSegmenter", "The engine works"))
        )
        for name, description in (
            (names.MESSAGE, QCoreApplication.translate("DemSegmenter", "Message")),
            (names.VERSION, QCoreApplication.translate("DemSegmenter", "Version of the engine")),
            (names.PYTHON, QCoreApplication.translate("DemSegmenter", "Version of its Python")),
            (names.EXECUTABLE, QCoreApplication.translate("DemSegmenter", "Where its Python is")),
            (names.PACKAGES, QCoreApplication.translate("DemSegmenter", "Packages")),
            (names.DEVICES, QCoreApplication.translate("DemSegmenter", "Devices")),
            (names.MODELS, QCoreApplication.translate("DemSegmenter", "Models")),
        ):
            self.addOutput(QgsProcessingOutputString(name, description))

    def collect(self, parameters: Values, context: QgsProcessingContext) -> None:
        """Nothing to read."""

    def execute(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Ask the engine. One that does not work is an answer here and no failure."""
        try:
            environment = engine_environment.find()
            statistics = engine_client.run(
                "info", [f"--models-dir={folder}" for folder in heads.model_folders()], _WithoutProgress(feedback)
            ).statistics
        except CancelledError:
            raise
        except DemSegmenterError as error:
            feedback.pushWarning(str(error))
            self._show([str(error)], feedback)
            return {names.READY: False, names.MESSAGE: str(error)}
        ready = bool(statistics.get("ready", True))
        message = (
            QCoreApplication.translate(
                "DemSegmenter", "The engine works. Its Python was found through {origin}."
            ).format(origin=environment.origin)
            if ready
            else QCoreApplication.translate("DemSegmenter", "The engine is not complete.")
            + " "
            + engine_environment.advice()
        )
        values: Values = {
            names.READY: ready,
            names.MESSAGE: message,
            names.VERSION: str(statistics.get("version", "")),
            names.PYTHON: str(statistics.get("python", "")),
            names.EXECUTABLE: str(statistics.get("executable", environment.python)),
            names.PACKAGES: ", ".join(f"{k} {v}" for k, v in dict(statistics.get("packages") or {}).items()),
            names.DEVICES: "; ".join(_device(d) for d in statistics.get("devices") or []),
            names.MODELS: "; ".join(_model(m) for m in statistics.get("models") or []),
        }
        lines = [
            f"{definition.description()}: {values[definition.name()]}"
            for definition in self.outputDefinitions()
            if definition.name() != names.READY and values.get(definition.name())
        ]
        for line in lines:
            feedback.pushInfo(line)
        self._show(lines, feedback)
        return values

    def _show(self, lines: Sequence[str], feedback: QgsProcessingFeedback) -> None:
        """Show the answer in a window, where QGIS has opened none: it does not for algorithms without parameters."""
        try:
            from processing.gui.MessageBarProgress import MessageBarProgress
        except ImportError:  # without a display
            return
        if isinstance(feedback, MessageBarProgress):
            shown = QgsMessageOutput.createMessageOutput()
            shown.setTitle(self.displayName())
            shown.setMessage("\n\n".join(lines), QgsMessageOutput.MessageType.MessageText)
            shown.showMessage()


class _WithoutProgress(QgsProcessingFeedback):
    """Hands on what is said, not how far it is: the bar that QGIS shows without a dialog fails on fractions."""

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        super().__init__(False)
        self._feedback = feedback

    def isCanceled(self) -> bool:
        return bool(self._feedback.isCanceled())

    def pushInfo(self, info: str) -> None:
        self._feedback.pushInfo(info)

    def pushWarning(self, warning: str) -> None:
        self._feedback.pushWarning(warning)

    def pushDebugInfo(self, info: str) -> None:
        self._feedback.pushDebugInfo(info)

    def pushConsoleInfo(self, info: str) -> None:
        self._feedback.pushConsoleInfo(info)

    def reportError(self, error: str, fatalError: bool = False) -> None:
        self._feedback.reportError(error, fatalError)


def _device(device: dict[str, Any]) -> str:
    memory = device.get("memory_mb")
    return f"{device.get('id')}: {device.get('name')}" + (f" ({memory:.0f} MB)" if memory else "")


def _model(model: dict[str, Any]) -> str:
    return f"{model.get('name')} ({model.get('kind')}): {model.get('title')}"
