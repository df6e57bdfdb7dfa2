"""Running a job of the engine and passing on what it says. The protocol is in ``docs/architecture.md``."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qgis.core import Qgis, QgsMessageLog, QgsProcessingFeedback
from qgis.PyQt.QtCore import QCoreApplication

from ..dem_segmenter.errors import CancelledError, DemSegmenterError
from . import engine_environment, scratch
from .engine_process import EngineProcess
from .paths import ENGINE_PROGRAM

#: Seconds between two looks at the cancel button, and between two redraws of the progress bar.
POLL_TIME = 0.1

#: Seconds between two texts that differ only in what follows the first comma: QGIS keeps every one in its log.
NEWS_TIME = 10.0

LOG_TAB = "DEM Segmenter"


class EngineError(DemSegmenterError, OSError):
    """The engine reported an error, or ended without a word."""


@dataclass(frozen=True)
class EngineResult:
    """What a job handed back.

    Attributes:
        outputs: Name of each output and its path.
        statistics: Numbers and short texts.
    """

    outputs: Mapping[str, Path] = field(default_factory=dict)
    statistics: Mapping[str, Any] = field(default_factory=dict)


def run(
    job: str,
    arguments: Sequence[str],
    feedback: QgsProcessingFeedback,
    protected: Iterable[Path] = (),
    program: Path | None = None,
    patience: float = 0.0,
) -> EngineResult:
    """Run one job to its end.

    Args:
        job: Sub-command of the engine, such as ``segment``.
        arguments: Its arguments.
        feedback: Shows progress and says when to stop.
        protected: Input and output files, which removing scratch files must never touch.
        program: What the engine's Python runs; the plugin's own engine by default.
        patience: Seconds that a cancelled job may take to save what it has.

    Returns:
        The job's outputs and statistics.

    Raises:
        EngineEnvironmentError: The engine is missing or broken.
        EngineError: The engine reported an error or crashed.
        CancelledError: The user cancelled; the process is gone and its scratch files are removed.
    """
    environment = engine_environment.find()
    engine_environment.validate(environment)
    command = [
        str(environment.python),
        "-I",
        "-X",
        "utf8",
        str(program or ENGINE_PROGRAM),
        job,
        *arguments,
        "--events",
        "json",
    ]
    try:
        process = EngineProcess(command)
    except OSError as error:
        raise engine_environment.broken(
            QCoreApplication.translate("DemSegmenter", "The engine does not start ({reason}).").format(
                reason=error.strerror or error
            )
        ) from error
    listener = _Listener(feedback)
    finished = False
    try:
        _follow(process, listener, feedback)
        status = process.finish()
        # A result is final: some libraries crash while they unload, after everything is written.
        finished = listener.result is not None
    finally:
        if not finished:
            listener.silent = True
            if patience and feedback.isCanceled():
                feedback.setProgressText(
                    QCoreApplication.translate("DemSegmenter", "Stopping, and saving what there is so far")
                )
            for line in process.stop(patience if feedback.isCanceled() else 0.0):
                listener.hear(line)
            scratch.remove(listener.scratch, protected)
    if not finished:
        raise _failure(listener, status, process.log())
    assert listener.result is not None
    return listener.result


def _follow(process: EngineProcess, listener: _Listener, feedback: QgsProcessingFeedback) -> None:
    """Pass on events until the engine has said its last word."""
    ended_at = None
    while not listener.is_over:
        if feedback.isCanceled():
            raise CancelledError("Cancelled.")
        try:
            line = process.next_line(POLL_TIME)
        except queue.Empty:
            # Pipes can outlive the process in the hands of a grandchild; do not wait for those.
            if process.has_exited:
                ended_at = ended_at or time.monotonic()
                if time.monotonic() - ended_at > 10 * POLL_TIME:
                    return
            continue
        if line is None:
            return
        listener.hear(line)


class _Listener:
    """Turns events into feedback and remembers how the run ended."""

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        self.result: EngineResult | None = None
        self.error: dict[str, Any] | None = None
        self.scratch: list[str] = []
        self.silent = False
        self._feedback = feedback
        self._percent = -1
        self._phase = ""
        self._title = ""
        self._told_at = 0.0
        self._shown_at = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the one event that ends a run has come."""
        return self.result is not None or self.error is not None

    def hear(self, line: bytes) -> None:
        """Take in one line; one that is no event is what some library printed, and goes to the log."""
        text = line.decode("utf-8", errors="replace").strip()
        try:
            event = json.loads(text)
            handler = getattr(self, f"_on_{event['event']}")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            if text and not self.silent:
                self._feedback.pushDebugInfo(text[:500])
            return
        if self.silent and handler != self._on_scratch:
            return
        try:
            handler(event)
        except (TypeError, ValueError, AttributeError):
            self._feedback.pushDebugInfo(text[:500])

    def _on_start(self, event: Mapping[str, Any]) -> None:
        device = event.get("device_name") or event.get("device")
        if device:
            self._feedback.pushInfo(
                QCoreApplication.translate("DemSegmenter", "Engine {version}, running on {device}").format(
                    version=event.get("version", ""), device=device
                )
            )

    def _on_scratch(self, event: Mapping[str, Any]) -> None:
        self.scratch.append(str(event.get("path", "")))

    def _on_progress(self, event: Mapping[str, Any]) -> None:
        try:
            percent = int(float(event.get("percent", 0)))
        except (TypeError, ValueError, OverflowError):
            return
        phase = str(event.get("phase", ""))
        now = time.monotonic()
        title = phase.partition(",")[0]
        if phase and phase != self._phase and (title != self._title or now - self._told_at >= NEWS_TIME):
            self._phase, self._title, self._told_at = phase, title, now
            self._feedback.setProgressText(phase)
        if percent != self._percent and (now - self._shown_at >= POLL_TIME or percent >= 100):
            self._percent, self._shown_at = percent, now
            self._feedback.setProgress(min(max(percent, 0), 100))

    def _on_log(self, event: Mapping[str, Any]) -> None:
        self._feedback.pushInfo(str(event.get("message", "")))

    def _on_warning(self, event: Mapping[str, Any]) -> None:
        self._feedback.pushWarning(str(event.get("message", "")))

    def _on_result(self, event: Mapping[str, Any]) -> None:
        outputs = event.get("outputs") or {}
        self.result = EngineResult({str(k): Path(v) for k, v in outputs.items()}, event.get("statistics") or {})

    def _on_error(self, event: Mapping[str, Any]) -> None:
        self.error = dict(event)


def _failure(listener: _Listener, status: int, log: str) -> DemSegmenterError:
    """What went wrong in a run that was not cancelled, as one sentence with an advice."""
    if log:
        QgsMessageLog.logMessage(log, LOG_TAB, Qgis.MessageLevel.Warning, False)
    message = str((listener.error or {}).get("message", ""))
    missing = _missing_package(message if listener.error else log)
    if missing:
        return engine_environment.broken(
            QCoreApplication.translate("DemSegmenter", "The engine is incomplete: {package} is not installed.").format(
                package=missing
            )
        )
    if listener.error is not None:
        return EngineError(
            message or QCoreApplication.translate("DemSegmenter", "The engine failed."),
            str(listener.error.get("advice", "")),
        )
    where = QCoreApplication.translate(
        "DemSegmenter", "What it said last is in View > Panels > Log Messages, tab DEM Segmenter."
    )
    if status == -9:
        return EngineError(
            QCoreApplication.translate("DemSegmenter", "The engine was killed, most likely because memory ran out."),
            QCoreApplication.translate(
                "DemSegmenter", "Lower the number of tiles or chips at once, or close other programs."
            ),
        )
    return EngineError(
        QCoreApplication.translate("DemSegmenter", "The engine stopped unexpectedly (exit status {status}).").format(
            status=status
        ),
        where,
    )


def _missing_package(text: str) -> str:
    """Name of the package that an import error in ``text`` is about; empty if there is none."""
    _, found, rest = text.rpartition("No module named ")
    return rest.split()[0].strip("'\"").rstrip("'\".,") if found and rest.strip() else ""
