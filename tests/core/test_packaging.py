"""The zip that users install, and the imports that keep QGIS and the engine apart."""

from __future__ import annotations

import ast
import configparser
import importlib.util
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import dem_segmenter

# Stages of the engine, in the data's order; each may import those before it, see docs/architecture.md.
BASE = ("errors", "events", "runtime")
STAGES = ("elevation", "network", "modelfiles", "inference")
# What QGIS may share with the engine: standard library only.
SHARED = ("demsegmenter.dem_segmenter.errors", "demsegmenter.dem_segmenter.modelfiles.card")
MAY_IMPORT = {stage: {*BASE, *STAGES[: place + 1]} for place, stage in enumerate(STAGES)}
MAY_IMPORT["vectors"] = {*BASE, "elevation", "vectors"}
MAY_IMPORT["scenes"] = {*BASE, "scenes"}
MAY_IMPORT["reports"] = {*BASE, "reports"}
MAY_IMPORT["learning"] = {*BASE, *STAGES, "vectors", "scenes", "reports", "learning"}
MAY_IMPORT["evaluation"] = {*MAY_IMPORT["learning"], "evaluation"}
MAY_IMPORT["benchmark"] = {*MAY_IMPORT["learning"], "benchmark"}


def load_script(checkout: Path, name: str) -> ModuleType:
    """A file of scripts/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, checkout / "scripts" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def imported_modules(file: Path, package: str) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything a file imports, wherever in it.

    `from a import b` counts as `a.b`, as b may be a module.
    """
    parents = package.split(".")
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = parents[: len(parents) - node.level + 1] if node.level else []
            base += [node.module] if node.module else []
            yield from ((node.lineno, ".".join([*base, alias.name])) for alias in node.names)


def files_of(checkout: Path, folder: str) -> list[tuple[Path, str]]:
    """Every Python file below a folder with the package it lies in, the root being `demsegmenter`."""
    return [
        (file, ".".join(["demsegmenter", *file.parent.relative_to(checkout).parts]))
        for file in sorted((checkout / folder).rglob("*.py"))
    ]


@pytest.fixture(scope="module")
def archive(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip of the last commit."""
    return load_script(checkout, "build_plugin").build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip unpacked, as QGIS does it."""
    plugins = tmp_path_factory.mktemp("plugins")
    with zipfile.ZipFile(archive) as content:
        content.extractall(plugins)
    return plugins


@pytest.fixture(scope="module")
def metadata(checkout: Path) -> configparser.SectionProxy:
    """What the plugin manager shows."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(checkout / "metadata.txt", encoding="utf-8")
    return parser["general"]


def test_the_zip_is_what_the_plugin_repository_takes(checkout: Path, archive: Path) -> None:
    assert load_script(checkout, "build_plugin").problems(archive) == []


def test_the_readme_in_the_zip_links_to_what_is_there(
    checkout: Path, installed: Path, metadata: configparser.SectionProxy
) -> None:
    text = (installed / "demsegmenter" / "README.md").read_text(encoding="utf-8")
    before = (checkout / "README.md").read_text(encoding="utf-8")
    link = re.compile(r"\]\(([^()]+)\)")
    assert len(link.findall(text)) == len(link.findall(before)) > 10
    for target in link.findall(text):
        assert target.startswith(("https://", "http://", "#")) or (installed / "demsegmenter" / target).is_file(), (
            target
        )
    assert f"![The dialog]({metadata['repository']}/raw/HEAD/docs/images/dialog.png)" in text
    assert f"{metadata['repository']}/blob/HEAD/docs/training.md)" in text
    assert "[LICENSE](LICENSE)" in text


def test_an_archive_with_faults_is_refused(checkout: Path, tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.zip"
    with zipfile.ZipFile(faulty, "w") as content:
        content.writestr("demsegmenter/metadata.txt", "")
        content.writestr("demsegmenter/tests/core/test_packaging.py", "")
        content.writestr("elsewhere/metadata.txt", "")
    problems = "\n".join(load_script(checkout, "build_plugin").problems(faulty))
    assert "elsewhere/metadata.txt lies outside demsegmenter/" in problems
    assert "__init__.py is missing" in problems
    assert "tests/core/test_packaging.py does not belong into it" in problems
    assert "no model is in it" in problems


def test_the_unpacked_zip_has_an_engine_that_starts(installed: Path) -> None:
    program = installed / "demsegmenter" / "dem_segmenter" / "__main__.py"
    done = subprocess.run(
        [sys.executable, "-I", program, "--version"], capture_output=True, text=True, check=True, cwd=installed
    )
    assert done.stdout.strip() == dem_segmenter.__version__


def test_the_unpacked_zip_can_make_a_report(installed: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(installed / 'demsegmenter')!r})\n"
        "from dem_segmenter.reports import Paragraph, render\n"
        "print('<p>a &lt; b</p>' in render('Title', [Paragraph('a < b')]))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "True\n", done.stderr


def test_what_qgis_reads_needs_nothing_but_the_standard_library(installed: Path) -> None:
    # The plugin's package and the model cards, in a Python that has neither QGIS nor any of the engine's packages.
    program = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition('.')[0]
        if top not in sys.stdlib_module_names and top != 'demsegmenter':
            raise ImportError(f'{{name}} is not in the standard library')
sys.meta_path.insert(0, Refuse())
sys.path.insert(0, {str(installed)!r})
import demsegmenter
import importlib
for shared in {SHARED!r}:
    importlib.import_module(shared)
print(callable(demsegmenter.classFactory))
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "True\n", done.stderr


def test_the_provider_imports_nothing_of_the_engine(checkout: Path) -> None:
    files = [*files_of(checkout, "processing_provider"), (checkout / "__init__.py", "demsegmenter")]
    assert len(files) > 1
    allowed = ("demsegmenter.processing_provider", *SHARED)
    strange = [
        f"{file.relative_to(checkout)}:{line} imports {name}"
        for file, package in files
        for line, name in imported_modules(file, package)
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "qgis", "processing"}
        and not name.startswith(allowed)
    ]
    assert strange == []


def test_the_engine_knows_nothing_of_qgis(checkout: Path) -> None:
    strange = [
        f"{file.relative_to(checkout)}:{line} imports {name}"
        for file, package in files_of(checkout, "dem_segmenter")
        for line, name in imported_modules(file, package)
        if name.startswith(("qgis", "processing", "osgeo", "PyQt", "demsegmenter.processing_provider"))
    ]
    assert strange == []


@pytest.mark.parametrize("stage", MAY_IMPORT)
def test_a_stage_imports_only_the_stages_before_it(checkout: Path, stage: str) -> None:
    inner = re.compile(r"(?:demsegmenter\.)?dem_segmenter\.(\w+)")
    strange = [
        f"{file.relative_to(checkout)}:{line} imports {name}"
        for file, package in files_of(checkout, f"dem_segmenter/{stage}")
        for line, name in imported_modules(file, package)
        if (ours := inner.match(name)) and ours[1] not in {*MAY_IMPORT[stage], "__version__"}
    ]
    assert strange == []


def test_the_metadata_has_what_the_plugin_repository_asks_for(metadata: configparser.SectionProxy) -> None:
    asked = ("description", "about", "author", "email", "repository", "tracker", "homepage", "tags", "icon")
    assert [field for field in asked if not metadata.get(field, "").strip()] == []
    assert metadata["name"] == "DEM Segmenter"
    assert metadata.getboolean("hasProcessingProvider") is True
    assert metadata["qgisMinimumVersion"] == "3.22"
    assert metadata["qgisMaximumVersion"] == "4.99"


def test_the_icon_is_in_the_zip(metadata: configparser.SectionProxy, installed: Path) -> None:
    assert (installed / "demsegmenter" / metadata["icon"]).stat().st_size > 0


def test_one_version_everywhere(checkout: Path, metadata: configparser.SectionProxy) -> None:
    released = re.search(r"^## \[(\d[^\]]*)\]", (checkout / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert released
    assert metadata["version"] == dem_segmenter.__version__ == released[1]


def test_the_lock_agrees_with_the_pins(checkout: Path) -> None:
    def pins(name: str) -> dict[str, str]:
        lines = (checkout / name).read_text(encoding="utf-8").splitlines()
        return dict(line.split("==") for line in lines if line and not line.startswith("#"))

    lock = pins("requirements-lock.txt")
    for name in ("requirements-engine.txt", "requirements-dev.txt", "requirements-qgis.txt"):
        for package, version in pins(name).items():
            # torch and its companion follow the platform's own index, so that the lock leaves them out.
            assert lock.get(package, version) == version, f"{package} in {name}"
