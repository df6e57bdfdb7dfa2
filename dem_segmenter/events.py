"""How a job tells what it is doing: JSON lines for QGIS, a progress bar for people at a terminal.

The protocol is described in ``docs/architecture.md``.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from .errors import CancelledError, DemSegmenterError

#: Seconds between two progress events; QGIS redraws its dialog at each.
PROGRESS_INTERVAL = 0.1


class Reporter(ABC):
    """What every job is handed to report with."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._last_progress = (-1.0, "")
        self._last_time = 0.0

    def cancel(self) -> None:
        """Ask the job to stop at its next `check_cancelled`; safe in signal handlers and threads."""
        self._cancelled.set()

    def check_cancelled(self) -> None:
        """Raise `CancelledError` when the user has cancelled. Call it inside every long loop."""
        if self._cancelled.is_set():
            raise CancelledError("Cancelled; nothing was written.")

    def progress(self, percent: float, phase: str) -> None:
        """Report progress; cheap enough for inner loops (throttled) and also a cancellation point.

        Args:
            percent: 0..100 over the whole job.
            phase: What is being done, for people, such as "Segmenting".
        """
        self.check_cancelled()
        now = time.monotonic()
        shown = (round(min(max(percent, 0.0), 100.0), 1), phase)
        if shown == self._last_progress:
            return
        if now - self._last_time < PROGRESS_INTERVAL and phase == self._last_progress[1] and percent < 100:
            return
        self._last_progress, self._last_time = shown, now
        self._emit_progress(*shown)

    @abstractmethod
    def _emit_progress(self, percent: float, phase: str) -> None: ...

    @abstractmethod
    def start(self, job: str, **facts: Any) -> None:
        """Say that the job runs; ``facts`` are `device`, `device_name`, ..."""

    @abstractmethod
    def scratch(self, path: str | os.PathLike[str]) -> None:
        """Name a file or folder that must not survive if this process is killed."""

    @abstractmethod
    def log(self, message: str) -> None:
        """Something worth a line in the log."""

    @abstractmethod
    def warning(self, message: str) -> None:
        """Something the user must know although the job goes on."""

    @abstractmethod
    def result(self, outputs: Mapping[str, Path], statistics: Mapping[str, Any]) -> None:
        """The job is done. Called once, by the command line."""

    @abstractmethod
    def error(self, error: DemSegmenterError) -> None:
        """The job has failed. Called once, by the command line."""


class JsonReporter(Reporter):
    """Line-delimited JSON on a stream."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._lock = threading.Lock()

    def _emit(self, event: str, **keys: Any) -> None:
        line = json.dumps({"event": event, **keys}, ensure_ascii=True, default=_jsonable)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()

    def _emit_progress(self, percent: float, phase: str) -> None:
        self._emit("progress", percent=percent, phase=phase)

    def start(self, job: str, **facts: Any) -> None:
        self._emit("start", job=job, **facts)

    def scratch(self, path: str | os.PathLike[str]) -> None:
        self._emit("scratch", path=os.fspath(path))

    def log(self, message: str) -> None:
        self._emit("log", message=message)

    def warning(self, message: str) -> None:
        self._emit("warning", message=message)

    def result(self, outputs: Mapping[str, Path], statistics: Mapping[str, Any]) -> None:
        self._emit("result", outputs={name: os.fspath(path) for name, path in outputs.items()}, statistics=statistics)

    def error(self, error: DemSegmenterError) -> None:
        self._emit("error", kind=error.kind, message=error.message, advice=error.advice)


class ConsoleReporter(Reporter):
    """A progress bar and plain sentences on standard error; results on standard output."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: Any = None

    def _emit_progress(self, percent: float, phase: str) -> None:
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=100.0, bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}")
        self._bar.set_description(phase, refresh=False)
        self._bar.update(percent - self._bar.n)

    def _say(self, message: str) -> None:
        if self._bar is not None:
            self._bar.clear()
        print(message, file=sys.stderr, flush=True)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def start(self, job: str, **facts: Any) -> None:
        if "device" in facts:
            self._say(f"{job}: running on {facts.get('device_name', facts['device'])}")

    def scratch(self, path: str | os.PathLike[str]) -> None:
        del path

    def log(self, message: str) -> None:
        self._say(message)

    def warning(self, message: str) -> None:
        self._say(f"Warning: {message}")

    def result(self, outputs: Mapping[str, Path], statistics: Mapping[str, Any]) -> None:
        self._close()
        for name, path in outputs.items():
            print(f"{name}: {os.fspath(path)}")
        for name, value in statistics.items():
            if isinstance(value, (dict, list)):
                value = json.dumps(value, default=_jsonable)
            print(f"{name}: {value}")

    def error(self, error: DemSegmenterError) -> None:
        self._close()
        self._say(f"Error: {error}")


class SilentReporter(Reporter):
    """Says nothing, for processes that help another one; what went wrong goes to standard error for developers."""

    def _emit_progress(self, percent: float, phase: str) -> None: ...

    def start(self, job: str, **facts: Any) -> None: ...

    def scratch(self, path: str | os.PathLike[str]) -> None: ...

    def log(self, message: str) -> None: ...

    def warning(self, message: str) -> None: ...

    def result(self, outputs: Mapping[str, Path], statistics: Mapping[str, Any]) -> None: ...

    def error(self, error: DemSegmenterError) -> None:
        print(f"Process {os.environ.get('RANK', '?')}: {error}", file=sys.stderr, flush=True)


def _jsonable(value: Any) -> Any:
    """Numpy scalars, paths and the like as plain JSON."""
    if hasattr(value, "item"):
        return value.item()
    return os.fspath(value) if hasattr(value, "__fspath__") else str(value)


def watch_parent(on_gone: Callable[[], None]) -> None:
    """Call ``on_gone`` from a thread once standard input is closed: QGIS has gone or has cancelled."""

    def wait() -> None:
        # Not sys.stdin.buffer: its lock, held by this thread, would abort the interpreter on its way out.
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        on_gone()

    if os.name == "nt":
        # On Windows, a library whose Fortran runtime asks what standard input is waits for as long as a thread reads
        # from it (numpy issue 24290): load those before.
        import scipy.ndimage  # noqa: F401
    threading.Thread(target=wait, name="parent-watch", daemon=True).start()
