"""What all algorithms share: how they are made, and the one place where errors become QGIS's."""

from __future__ import annotations

import traceback
from abc import abstractmethod
from typing import Any

from qgis.core import (
    Qgis,
    QgsMessageLog,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterNumber,
)
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QIcon

from ...dem_segmenter.errors import CancelledError, DemSegmenterError, OptionError
from .. import icons, results
from ..engine_client import LOG_TAB
from ..paths import icon_path

Values = dict[str, Any]


class DemSegmenterAlgorithm(QgsProcessingAlgorithm):
    """Base class. A subclass has ``NAME``, ``ICON``, `displayName`, `collect` and `execute`.

    What `collect` finds wrong is raised by `processAlgorithm`, since QGIS passes on only what is raised there.
    """

    NAME = ""
    ICON = "demsegmenter"

    def __init__(self) -> None:
        super().__init__()
        self._problem: Exception | None = None

    def createInstance(self) -> DemSegmenterAlgorithm:
        """A fresh algorithm for one run."""
        return type(self)()

    def name(self) -> str:
        """Id within the provider."""
        return self.NAME

    def icon(self) -> QIcon:
        """Icon in the Toolbox."""
        return icons.icon(self.ICON)

    def svgIconPath(self) -> str:
        """Icon in the model designer."""
        return icon_path(self.ICON)

    def helpUrl(self) -> str:
        """Where the Help button leads."""
        return "https://github.com/dem-segmenter/dem-segmenter"

    @abstractmethod
    def collect(self, parameters: Values, context: QgsProcessingContext) -> None:
        """Read and check the inputs, in the layers' own thread. Writes nothing, and may be called more than once.

        Raises:
            DemSegmenterError: Something is wrong with them.
        """

    @abstractmethod
    def execute(self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Values:
        """Do the work, perhaps in a thread of its own.

        Returns:
            The outputs.

        Raises:
            DemSegmenterError: It failed.
        """

    def checkParameterValues(self, parameters: Values, context: QgsProcessingContext) -> tuple[bool, str]:
        """Say what is wrong before a run. QGIS asks for single algorithms, and never for the steps of a model."""
        ok, message = super().checkParameterValues(parameters, context)
        try:
            self._read(parameters, context)
        except DemSegmenterError as error:
            return False, str(error)
        return ok, message

    def prepareAlgorithm(
        self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Read the inputs; a problem is kept for `processAlgorithm`."""
        try:
            self._read(parameters, context)
        except Exception as error:
            self._problem = error
        return True

    def _read(self, parameters: Values, context: QgsProcessingContext) -> None:
        """`collect`, once numbers are numbers."""
        for definition in self.parameterDefinitions():
            _check_number(definition, parameters.get(definition.name()))
        self.collect(parameters, context)

    def processAlgorithm(
        self, parameters: Values, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Values:
        """Run; every failure becomes one sentence with an advice here, and nowhere else.

        Raises:
            QgsProcessingException: The run failed.
        """
        loaded_before = list(context.layersToLoadOnCompletion())
        try:
            if self._problem is not None:
                raise self._problem
            return self.execute(parameters, context, feedback)
        except CancelledError:
            results.forget_layers(context, loaded_before)
            feedback.pushInfo(QCoreApplication.translate("DemSegmenter", "Cancelled."))
            return {}
        except (DemSegmenterError, QgsProcessingException) as error:
            message = str(error)
        except Exception as error:
            QgsMessageLog.logMessage(traceback.format_exc(), LOG_TAB, Qgis.MessageLevel.Critical, False)
            message = QCoreApplication.translate(
                "DemSegmenter",
                "Unexpected fault in the plugin: {kind}: {message}. Please report it with the trace in "
                "View > Panels > Log Messages, tab DEM Segmenter.",
            ).format(kind=type(error).__name__, message=error)
        results.forget_layers(context, loaded_before)
        self._problem = None
        # Raised out here: QGIS keeps the exception, and through its context it would keep open layers.
        raise QgsProcessingException(message)


def _check_number(definition: QgsProcessingParameterDefinition, value: Any) -> None:
    """Refuse words and decimal commas where a number belongs: QGIS takes them for 0, without a word.

    Raises:
        OptionError: It is no number.
    """
    if not isinstance(definition, QgsProcessingParameterNumber) or not isinstance(value, str) or not value.strip():
        return
    try:
        float(value)
    except ValueError as error:
        raise OptionError(
            QCoreApplication.translate("DemSegmenter", "{parameter}: '{value}' is not a number.").format(
                parameter=definition.name(), value=value
            ),
            QCoreApplication.translate("DemSegmenter", "Write it in digits, with a point for fractions: 20.5."),
        ) from error
