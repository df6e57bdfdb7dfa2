"""A published file of weights, by timm's name of it: from this computer's cache, or from the network."""

from __future__ import annotations

import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from ..errors import DownloadError
from ..events import Reporter
from ..runtime import import_timm

#: Files that a repository of weights holds, the one that cannot carry code first.
FILES = ("model.safetensors", "pytorch_model.bin")
#: Seconds without an answer after which the network counts as missing.
PATIENCE = 20.0
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Published:
    """Where weights are published.

    Attributes:
        name: timm's, with tag.
        repository: On the Hugging Face hub.
    """

    name: str
    repository: str

    def url(self, file: str) -> str:
        """Address of one of its files; ``HF_ENDPOINT`` names a mirror, as for every program that uses the hub."""
        endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"
        return f"{endpoint}/{self.repository}/resolve/main/{file}"


def published(name: str) -> Published:
    """Where a model's weights are.

    Args:
        name: timm's, checked; without a tag, timm's own choice of weights is meant.

    Raises:
        DownloadError: timm knows no file of weights for it.
    """
    import_timm()
    from timm.models import get_pretrained_cfg

    config = get_pretrained_cfg(name)
    if config is None or not config.hf_hub_id:
        raise DownloadError(
            f"timm names no weights for '{name}' that can be downloaded.",
            "Choose a name with a tag, such as vit_base_patch16_224.mae, or give a file of weights.",
        )
    tagged = name if "." in name or not config.tag else f"{name}.{config.tag}"
    # Where timm names no repository outright, it is that of the model.
    repository = config.hf_hub_id if not config.hf_hub_id.endswith("/") else config.hf_hub_id + tagged
    return Published(tagged, repository)


def cached(source: Published) -> Path | None:
    """The file in the hub's cache on this computer, if another program has brought it already."""
    from huggingface_hub import try_to_load_from_cache

    for file in FILES:
        found = try_to_load_from_cache(source.repository, file)
        if isinstance(found, str) and Path(found).is_file():
            return Path(found)
    return None


def download(
    source: Published, target: Path, reporter: Reporter, *, room: Callable[[int], None], until: float
) -> tuple[Path, str]:
    """Bring the file.

    Args:
        source: Where it is.
        target: What it is to be called here; the ending is the file's own.
        reporter: Progress and cancelling.
        room: Called with the file's bytes before it is written; raises where the disk is too small.
        until: Percent of the job at the end.

    Returns:
        The file and its address.

    Raises:
        DownloadError: There is no network, no such file, or the connection broke off.
    """
    context = ssl.create_default_context()
    try:
        import certifi

        # Beside the system's own: Pythons for macOS come without any.
        context.load_verify_locations(certifi.where())
    except (ImportError, OSError):
        pass
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))
    missing: Exception | None = None
    for file in FILES:
        url = source.url(file)
        reporter.progress(0, f"Asking for {url}")
        try:
            with opener.open(url, timeout=PATIENCE) as answer:
                path = target.with_suffix(Path(file).suffix)
                _receive(answer, path, url, reporter, room, until)
                return path, url
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise _refused(url, error.code) from error
            missing = error
        except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
            reason = getattr(error, "reason", None) or error
            raise DownloadError(
                f"'{source.name}' could not be downloaded from {url}: {reason}.",
                "Check the network and, behind a proxy, HTTPS_PROXY. Without a network: download the file on another "
                "computer, and give it as input with the model's name.",
            ) from error
    raise DownloadError(
        f"There is no file of weights at {source.url(FILES[0])}.", "Give a file of weights instead."
    ) from missing


def _receive(
    answer: HTTPResponse, path: Path, url: str, reporter: Reporter, room: Callable[[int], None], until: float
) -> None:
    size = int(answer.headers.get("Content-Length") or 0)
    room(size)
    done = 0
    with open(path, "wb") as stream:
        while block := answer.read(_BLOCK):
            stream.write(block)
            done += len(block)
            of = f" of {size / 1e6:.0f}" if size else ""
            reporter.progress(until * done / max(size, done), f"Downloading, {done / 1e6:.0f}{of} MB")
    if size and done != size:
        raise DownloadError(f"The connection broke off after {done:,} of {size:,} bytes of {url}.", "Try again.")


def _refused(url: str, code: int) -> DownloadError:
    if code in (401, 403):
        return DownloadError(
            f"{url} wants you to sign in or to accept a licence first (HTTP {code}).",
            "Do so in a browser, download the file there, and give it as input with the model's name.",
        )
    return DownloadError(f"{url} could not be downloaded (HTTP {code}).", "Try again later, or give a file of weights.")
