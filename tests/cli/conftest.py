"""Real runs of qgis_process with the plugin enabled in a scratch profile."""

from __future__ import annotations

import importlib.util
import json
import os
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from demsegmenter.dem_segmenter.modelfiles import card as cards

CHECKOUT = Path(__file__).resolve().parents[2]

spec = importlib.util.spec_from_file_location("qgis_scratch", CHECKOUT / "scripts" / "qgis_scratch.py")
qgis_scratch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(qgis_scratch)


@dataclass
class Answer:
    """What one run said."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def results(self):
        return self.json["results"]

    @property
    def said(self):
        return self.out + self.err


class QgisProcess:
    """Runs qgis_process."""

    def __init__(self, program, environment):
        self.program = program
        self.environment = environment

    def __call__(self, *arguments, environment=None, status=0, timeout=300, cwd=None):
        done = subprocess.run(
            [self.program, *arguments],
            env={**self.environment, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            cwd=cwd,
        )
        answer = Answer(done.returncode, done.stdout, done.stderr)
        if status is not None:
            assert (done.returncode == 0) == (status == 0), answer.said
        return answer

    def run(self, algorithm, *, options=(), **parameters):
        """Run one algorithm with JSON output; keyword ``options`` go before the parameters."""
        keys = {k: parameters.pop(k) for k in ("environment", "status", "timeout", "cwd") if k in parameters}
        values = []
        for name, value in parameters.items():
            values += [f"{name}={each}" for each in (value if isinstance(value, list) else [value])]
        return self("--json", "run", f"demsegmenter:{algorithm}", *options, "--", *values, **keys)


@pytest.fixture(scope="session")
def qgis_process():
    """qgis_process with the plugin enabled, and an engine if this machine has one."""
    with qgis_scratch.scratch_qgis() as environment:
        chosen = os.environ.get("DEM_SEGMENTER_PYTHON")
        if chosen:
            environment["DEM_SEGMENTER_PYTHON"] = chosen
        program = os.environ.get("QGIS_PROCESS") or qgis_scratch.find_qgis_process()
        process = QgisProcess(program, environment)
        process("plugins", "enable", "demsegmenter")
        yield process


@pytest.fixture(scope="session")
def harlem():
    """Folder of the New York scene: dem.tif and buildings.tif on one grid."""
    return CHECKOUT / "tests" / "data" / "nyc_harlem"


@pytest.fixture
def head(tmp_path):
    """A file that has a head's card, and no network in it: enough for what is checked before the engine starts."""
    card = cards.Card(
        kind="head",
        name="sheds",
        title="Sheds",
        classes=(cards.ClassInfo("building", 1, "#d73027"),),
        encoder_sha256="0",
    )
    header = json.dumps({"__metadata__": {"stac_item": json.dumps(cards.to_stac_item(card))}}).encode()
    path = tmp_path / "sheds.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    return path


@pytest.fixture
def in_qgis(qgis_process):
    """Run a Python script in a process of its own that has QGIS loaded; gives back the last line that it printed."""

    def run(script, *arguments):
        head = "import sys\nfrom qgis.core import *\napplication = QgsApplication([], False)\napplication.initQgis()\n"
        done = subprocess.run(
            [sys.executable, "-c", head + script, *map(str, arguments)],
            env=qgis_process.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip().rpartition("\n")[2]

    return run
