"""Run the test suites, each in its own Python, and close with one line for all of them.

run_tests.py [core] [qgis] [cli] [-- arguments for pytest]
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from qgis_scratch import CHECKOUT, find_qgis_process, scratch_qgis


@dataclass(frozen=True)
class Suite:
    """One folder under tests/ and what it runs with."""

    python: str
    options: tuple[str, ...]
    in_qgis: bool
    limit: int  # seconds; a QGIS that hangs on its way out must not hold up a build machine


NO_QGIS_PLUGIN = ("-p", "no:pytest_qgis")
SUITES = {
    "core": Suite(".venv-engine/bin/python", NO_QGIS_PLUGIN, False, 1200),
    "qgis": Suite(".venv-qgis/bin/python", (), True, 600),
    "cli": Suite(".venv-qgis/bin/python", NO_QGIS_PLUGIN, True, 900),
}


# pytest-qgis keeps QGIS's settings here from run to run; a test must not see what an earlier one left.
PYTEST_QGIS_PROFILE = CHECKOUT / ".qgis-settings"


@dataclass
class Counts:
    """What pytest counted; errors in a fixture are failures too."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def read_report(path: Path) -> Counts:
    """Counts from pytest's JUnit file."""
    counts = Counts()
    for case in ElementTree.parse(path).iter("testcase"):
        outcomes = {child.tag for child in case}
        if outcomes & {"failure", "error"}:
            counts.failed += 1
        elif "skipped" in outcomes:
            counts.skipped += 1
        else:
            counts.passed += 1
    return counts


def run_suite(name: str, pytest_arguments: list[str], environment: dict[str, str]) -> Counts:
    """Run one suite, its output passed through.

    A run that crashes, hangs or finds no test counts as one failure, whatever its tests said.
    """
    suite = SUITES[name]
    shutil.rmtree(PYTEST_QGIS_PROFILE, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [str(CHECKOUT / suite.python), "-m", "pytest", f"tests/{name}", *suite.options]
        command += [f"--junitxml={report}", *pytest_arguments]
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            status: object = process.wait(suite.limit)
        except subprocess.TimeoutExpired:
            status = f"stopped after {suite.limit} seconds"
            # As Ctrl-C: pytest says where it was, and reports the tests that had ended.
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
        finally:
            # Whatever ended the run, no engine or QGIS that it started stays behind.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            shutil.rmtree(PYTEST_QGIS_PROFILE, ignore_errors=True)
        counts = read_report(report) if report.exists() else Counts()
    # 0: all passed, 1: some failed. Anything else is trouble of the run itself, unless it shows as a failure already.
    if status not in (0, 1) or (status == 1 and not counts.failed):
        print(f"tests/{name}: pytest ended abnormally ({status})", flush=True)
        counts.failed += 1
    return counts


def main(arguments: list[str]) -> int:
    """Run the suites that are named, or all."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    names, pytest_arguments = arguments[:split] or list(SUITES), arguments[split + 1 :]
    if unknown := set(names) - set(SUITES):
        print(f"Unknown suite: {', '.join(sorted(unknown))}. There are: {', '.join(SUITES)}.", file=sys.stderr)
        return 2
    total = Counts()
    started = time.monotonic()
    with scratch_qgis() as qgis_environment:
        qgis_environment["QGIS_PROCESS"] = find_qgis_process()
        for name in names:
            print(f"\n===== tests/{name} =====", flush=True)
            environment = qgis_environment if SUITES[name].in_qgis else dict(os.environ)
            counts = run_suite(name, pytest_arguments, environment)
            total.passed += counts.passed
            total.failed += counts.failed
            total.skipped += counts.skipped
    print(f"\nAll suites, in {time.monotonic() - started:.0f} s:\n{total}", flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
