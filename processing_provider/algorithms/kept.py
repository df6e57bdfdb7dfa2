"""What a training leaves behind that did not end: the state it can go on from, and what it has learned so far."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessingFeedback, QgsProcessingUtils
from qgis.PyQt.QtCore import QCoreApplication

#: What the engine keeps beside a model file until it is done, to go on from.
CHECKPOINT_SUFFIX = ".training"


def checkpoint(output: Path) -> Path:
    """Where the state of the training of a model file lies."""
    return output.with_name(output.name + CHECKPOINT_SUFFIX)


def state(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written anew; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def say_how_to_go_on(output: Path, feedback: QgsProcessingFeedback) -> None:
    """After a run that did not end: whether it can go on."""
    if checkpoint(output).exists():
        feedback.pushInfo(
            QCoreApplication.translate(
                "DemSegmenter",
                "To go on where it stopped, run it again with the same layers, settings and output file, {path}.",
            ).format(path=output)
        )


def warn_if_temporary(output: Path, feedback: QgsProcessingFeedback) -> None:
    """Warn of a model file that will be gone with QGIS."""
    if Path(QgsProcessingUtils.tempFolder()).resolve() in output.resolve().parents:
        feedback.pushWarning(
            QCoreApplication.translate(
                "DemSegmenter",
                "{path} is a temporary file, which goes with QGIS: copy it to where you want to keep it.",
            ).format(path=output)
        )
