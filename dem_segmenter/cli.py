"""The engine's command line: one sub-command a job."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence

from . import __version__, runtime
from .commands import JOBS, JobResult
from .errors import CancelledError, DemSegmenterError, DeviceError, OutputError
from .events import ConsoleReporter, JsonReporter, Reporter, SilentReporter, watch_parent

EXIT_OK, EXIT_ERROR, EXIT_CANCELLED = 0, 1, 130


class UnexpectedError(DemSegmenterError, RuntimeError):
    """A fault in the engine itself."""


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="python -m dem_segmenter", description="Building footprints and roads from elevation rasters."
    )
    parser.add_argument("--version", action="version", version=__version__)
    jobs = parser.add_subparsers(dest="job", required=True, metavar="JOB")
    for name, module_name in JOBS.items():
        module = importlib.import_module(f".commands.{module_name}", __package__)
        sub = jobs.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(sub)
        sub.add_argument(
            "--events",
            choices=("console", "json"),
            default="console",
            help="how to report: for people (default) or as JSON lines for programs",
        )
        sub.set_defaults(run=module.run)
    return parser


def explain(error: Exception) -> DemSegmenterError:
    """Turn any exception into one sentence and an advice."""
    if isinstance(error, DemSegmenterError):
        return error
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return OutputError(
            f"The disk is full{f' ({error.filename})' if error.filename else ''}.",
            "Free some space or choose an output folder on another disk.",
        )
    if type(error).__name__ == "OutOfMemoryError":
        return DeviceError(
            "The graphics card ran out of memory.",
            "Lower the number of tiles or chips at once, or choose the CPU as device.",
        )
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and runtime.out_of_memory(error)):
        return DeviceError(
            "The computer ran out of memory.", "Lower the number of tiles or chips at once, or close other programs."
        )
    return UnexpectedError(
        f"Unexpected fault in the engine: {type(error).__name__}: {error}",
        "Please report it with the log; the full trace is on standard error.",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one job.

    Args:
        argv: Arguments without the program's name; the process's own by default.

    Returns:
        Exit status: 0 done, 1 failed, 130 cancelled.
    """
    args = build_parser().parse_args(argv)
    runtime.keep_memory()
    reporter: Reporter
    if int(os.environ.get("RANK", "0")) > 0:
        # One of several processes on one run (torchrun): only the first speaks.
        reporter = SilentReporter()
    elif args.events == "json":
        # Libraries that print must not get between the events.
        stream = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
        sys.stdout = sys.stderr
        reporter = JsonReporter(stream)
        if "WORLD_SIZE" not in os.environ:  # torchrun ends what it started, and gives it no standard input
            watch_parent(reporter.cancel)
    else:
        reporter = ConsoleReporter()
    # Signals can only be handled in the main thread; tests call main() from others.
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows knows no SIGHUP, which says that the terminal was closed
            # Under nohup it is ignored: such a run is to outlive its terminal.
            if number is not None and (name != "SIGHUP" or signal.getsignal(number) is not signal.SIG_IGN):
                signal.signal(number, lambda *_: reporter.cancel())
    try:
        result: JobResult = args.run(args, reporter)
    except CancelledError as error:
        reporter.error(error)
        return EXIT_CANCELLED
    except Exception as error:  # the one place where every failure becomes a sentence
        if not isinstance(error, DemSegmenterError):
            traceback.print_exc(file=sys.stderr)
        reporter.error(explain(error))
        return EXIT_ERROR
    reporter.result(result.outputs, result.statistics)
    return EXIT_OK
