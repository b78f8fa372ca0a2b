"""Tiny data sets in the place of the published ones, and a machine without network, cache or copies."""

import dataclasses
import functools
import gzip
import hashlib
import http.server
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from harness.datasets import catalog
from harness.datasets.catalog import CATALOG, CatalogEntry, IdxFile
from harness.datasets.idx import write_idx


class Tiny:
    """A tiny data set: its catalog entry, its arrays by key and its file contents by name."""

    def __init__(self, name: str, seed: int, **fields):
        rng = np.random.default_rng(seed)
        self.arrays = {
            "x_train": rng.integers(0, 256, (12, 4, 4), dtype=np.uint8),
            "y_train": rng.integers(0, 10, 12, dtype=np.uint8),
            "x_test": rng.integers(0, 256, (5, 4, 4), dtype=np.uint8),
            "y_test": rng.integers(0, 10, 5, dtype=np.uint8),
        }
        published = CATALOG[name]
        names = {file.array: file.name for file in published.files}
        self.contents = {names[key]: write_idx(array) for key, array in self.arrays.items()}
        files = tuple(
            IdxFile(key, names[key], array.shape, _sha256(self.contents[names[key]]), _sha256(array.tobytes()))
            for key, array in self.arrays.items()
        )
        self.entry: CatalogEntry = dataclasses.replace(
            published, files=files, system_folders=(), npz_url=None, mirrors=(), debian_package=None, npm_package=None
        )
        self.entry = dataclasses.replace(self.entry, **fields)

    def write(self, folder: Path, suffix: str = "", dotted: bool = False) -> Path:
        """Write the four files, raw or as .gz, as images-idx3-ubyte or images.idx3-ubyte; return the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.contents.items():
            name = name.replace("-idx", ".idx") if dotted else name
            (folder / f"{name}{suffix}").write_bytes(gzip.compress(content) if suffix else content)
        return folder


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """A machine of its own for each test: home, current folder and temporary folder are new, no program is on PATH."""
    folders = SimpleNamespace(**{name: tmp_path / name for name in ("home", "current", "temporary", "programs")})
    for folder in vars(folders).values():
        folder.mkdir()
    for name in ("XDG_CACHE_HOME", "KERAS_HOME", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folders.home))
    monkeypatch.setenv("PATH", str(folders.programs))
    monkeypatch.setattr("tempfile.tempdir", str(folders.temporary))
    monkeypatch.chdir(folders.current)
    folders.cache = folders.home / ".cache" / "keras-numpy-harness"
    return folders


@pytest.fixture
def register(monkeypatch):
    """A function that puts a tiny data set in the place of the published one: register(name, **catalog_fields)."""

    def put(name: str, **fields) -> Tiny:
        tiny = Tiny(name, seed=catalog.DATASETS.index(name), **fields)
        monkeypatch.setitem(CATALOG, name, tiny.entry)
        return tiny

    return put


@pytest.fixture
def tiny(register):
    """A tiny Fashion-MNIST, beside a tiny MNIST; neither can be fetched."""
    register("mnist")
    return register("fashion")


@pytest.fixture
def tiny_mnist(register, tiny):
    """A tiny MNIST, beside a tiny Fashion-MNIST; neither can be fetched."""
    return register("mnist")


@pytest.fixture
def server(tmp_path):
    """A web server on this machine: `folder` is served at `url`, `requests` are the paths asked for."""
    folder = tmp_path / "served"
    folder.mkdir()
    requests = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.path)
            path = folder / self.path[1:]
            if Path(f"{path}.broken").exists():  # promise the whole file, send half of it
                content = path.read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2])
                return
            super().do_GET()

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder)) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield SimpleNamespace(folder=folder, url=f"http://127.0.0.1:{httpd.server_port}/", requests=requests)
        httpd.shutdown()
        thread.join()


@pytest.fixture
def snapshot():
    """A function that returns each file below a folder with its bytes and its time of change."""

    def take(folder: Path) -> dict:
        return {
            str(path): (path.read_bytes() if path.is_file() else None, path.stat().st_mtime_ns)
            for path in sorted(folder.rglob("*"))
        }

    return take
