"""One run of the engine as a child process: started, read without blocking, and stopped for certain."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import IO, cast

from .engine_environment import clean_variables, creation_flags, proxy_variables

#: Seconds a cancelled engine gets to stop by itself before it is killed.
PATIENCE = 0.8
#: Seconds to wait for the pipes once the process is gone; only a grandchild that keeps them open makes this pass.
DRAIN_TIME = 0.3
#: Seconds a finished engine may take to unload its libraries.
FAREWELL = 5.0
#: Lines of standard error that are kept, and the longest line that is read in one piece.
STDERR_LINES = 200
LONGEST_LINE = 1 << 20


class EngineProcess:
    """The running engine.

    Two threads read its pipes, so that neither can fill up and nothing here ever blocks for long.
    """

    def __init__(self, command: Sequence[str]) -> None:
        """Start the process.

        Args:
            command: Executable and arguments.

        Raises:
            OSError: The executable cannot be started.
        """
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,  # the lifeline: it closes when QGIS goes, and the engine then stops
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**proxy_variables(), **clean_variables(os.environ)},
            start_new_session=os.name == "posix",  # a group of its own, so that its children can be killed with it
            creationflags=creation_flags(),
        )
        self._lines: queue.Queue[bytes | None] = queue.Queue(maxsize=1000)
        self._log: deque[bytes] = deque(maxlen=STDERR_LINES)
        self._readers = [
            threading.Thread(target=self._read_events, name="dem-segmenter-events", daemon=True),
            threading.Thread(target=self._read_log, name="dem-segmenter-log", daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_events(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in _lines_of(cast(IO[bytes], self._process.stdout)):
                self._lines.put(line)
        self._lines.put(None)

    def _read_log(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in _lines_of(cast(IO[bytes], self._process.stderr)):
                self._log.append(line)

    def next_line(self, timeout: float) -> bytes | None:
        """The next line of standard output.

        Args:
            timeout: Seconds to wait for one.

        Returns:
            The line, or None at the end of the output.

        Raises:
            queue.Empty: No line came within the time.
        """
        return self._lines.get(timeout=timeout)

    @property
    def has_exited(self) -> bool:
        """Whether the process is gone (its output may still have to be read)."""
        return self._process.poll() is not None

    def log(self) -> str:
        """The last lines of standard error."""
        return b"".join(list(self._log)).decode("utf-8", errors="replace").strip()

    def finish(self) -> int:
        """Wait for a process that has said its last word, and kill it if it stays.

        Returns:
            The exit status; negative for a signal.
        """
        try:
            self._process.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            self._kill()
        self._readers[1].join(DRAIN_TIME)
        self._close_input()
        return self._process.wait()

    def stop(self, patience: float = 0.0) -> list[bytes]:
        """End the process now, within about a second.

        Args:
            patience: Seconds it may take before that to end by itself, once its standard input is closed.

        Returns:
            The lines of standard output that nobody has read yet: they may name scratch files.
        """
        self._close_input()
        if os.name == "nt":
            patience = max(patience, PATIENCE)  # what follows is a kill there, not a request
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        if not self.has_exited:
            with contextlib.suppress(OSError):
                self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE)
        self._kill()
        rest: list[bytes] = []
        with contextlib.suppress(queue.Empty):
            while (line := self._lines.get(timeout=DRAIN_TIME)) is not None:
                rest.append(line)
        return rest

    def _close_input(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def _kill(self) -> None:
        """Kill the process, and on POSIX what it may have started and left with the pipes open."""
        if self.has_exited and not any(reader.is_alive() for reader in self._readers):
            return
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)


def _lines_of(pipe: IO[bytes]) -> Iterator[bytes]:
    """Lines until the pipe ends; closes it."""
    with pipe:
        while line := pipe.readline(LONGEST_LINE):
            yield line
