"""Build the plugin's zip from the last commit, and check what the QGIS plugin repository would check.

What stays out is listed as `export-ignore` in .gitattributes.
"""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
NAME = "demsegmenter"
LIMIT = 20_000_000  # bytes; plugins.qgis.org takes 25,000,000
NEEDED = (
    "__init__.py",
    "metadata.txt",
    "LICENSE",
    "README.md",
    "requirements-engine.txt",
    "dem_segmenter/__main__.py",
    "dem_segmenter/reports/page.html",
    "processing_provider/",
    "models/",
)
#: A link or a picture in Markdown: its text, a path within the repository, and an anchor there.
LINK = re.compile(r"(!?\[[^\]]*\])\(([^():#]+)(#[^()]*)?\)")
UNWANTED = ("models/labels/", "tests/", "scripts/", ".", "docs/", "Makefile", "pyproject.toml")


class BuildError(Exception):
    """The zip cannot be made; the message is for people."""


def git(*arguments: str) -> str:
    """Output of a git command in the checkout.

    Raises:
        BuildError: git refused.
    """
    done = subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"The zip is made by git from the last commit, and git says: {done.stderr.strip()}")
    return done.stdout


def build(folder: Path) -> Path:
    """Write the zip of HEAD into a folder, named after the version in metadata.txt."""
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read_string(git("show", "HEAD:metadata.txt"))
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{NAME}-{metadata['general']['version']}.zip"
    exported, partial = archive.with_suffix(".exported"), archive.with_suffix(".partial")
    try:
        git("archive", "--format=zip", "-9", f"--prefix={NAME}/", f"--output={exported}", "HEAD")
        mend_links(exported, partial, metadata["general"]["repository"])
        partial.replace(archive)
    finally:
        exported.unlink(missing_ok=True)
        partial.unlink(missing_ok=True)
    return archive


def mend_links(exported: Path, archive: Path, repository: str) -> None:
    """Copy a zip; what its README links to and is not in it is linked to in the repository instead."""
    with zipfile.ZipFile(exported) as source, zipfile.ZipFile(archive, "w") as target:
        inside = set(source.namelist())

        def absolute(match: re.Match[str]) -> str:
            text, path, anchor = match.groups(default="")
            if f"{NAME}/{path}" in inside:
                return match.group()
            return f"{text}({repository}/{'raw' if text.startswith('!') else 'blob'}/HEAD/{path}{anchor})"

        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == f"{NAME}/README.md":
                content = LINK.sub(absolute, content.decode("utf-8")).encode("utf-8")
            target.writestr(entry, content, compresslevel=9)


def problems(archive: Path) -> list[str]:
    """Everything about a zip that QGIS or its plugin repository would not take."""
    with zipfile.ZipFile(archive) as content:
        names = content.namelist()
    found = [f"{name} lies outside {NAME}/" for name in names if not name.startswith(f"{NAME}/")]
    inner = [name[len(NAME) + 1 :] for name in names]
    found += [f"{name} is missing" for name in NEEDED if name not in inner]
    found += [f"{name} does not belong into it" for name in inner if name.startswith(UNWANTED)]
    found += [f"{name} is compiled" for name in inner if name.endswith((".pyc", ".so", ".dll", ".exe"))]
    if not any(name.startswith("models/") and name.endswith(".safetensors") for name in inner):
        found.append("no model is in it")
    if (size := archive.stat().st_size) >= LIMIT:
        found.append(f"it has {size:,} bytes, the limit is {LIMIT:,}")
    return found


def main() -> int:
    """Build, check, and say what came out."""
    archive = build(CHECKOUT / "dist")
    found = problems(archive)
    for problem in found:
        print(f"{archive.name}: {problem}", file=sys.stderr)
    print(f"dist/{archive.name}: {archive.stat().st_size / 1e6:.1f} MB (limit {LIMIT / 1e6:.0f} MB)")
    if git("status", "--porcelain"):
        print("Note: the zip holds the last commit; this checkout has changes that are not committed.")
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BuildError as error:
        sys.exit(f"make plugin: {error}")
