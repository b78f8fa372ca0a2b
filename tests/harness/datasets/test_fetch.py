import contextlib
import gzip
import re
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from harness.base.errors import DataError
from harness.datasets import cache, download, fetch, load
from harness.datasets.catalog import CATALOG
from harness.datasets.download import Downloader

ROOT = Path(__file__).parents[3]


@pytest.fixture
def dead_url():
    """An address of this machine at which nothing listens; it is held, so that no other test comes to listen there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{probe.getsockname()[1]}/"


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_the_four_files_are_fetched_into_the_cache_and_used_from_there(register, server, machine):
    tiny = register("fashion", mirrors=(server.url,))
    tiny.write(server.folder, ".gz")
    lines = []
    dataset = load("fashion", report=lines.append)
    folder = machine.cache / "fashion"
    np.testing.assert_array_equal(dataset.x_train[..., 0], tiny.arrays["x_train"])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == tiny.contents
    assert str(folder) in dataset.source
    assert lines == [f"fetching Fashion-MNIST from {server.url}"]
    load("fashion")
    assert len(server.requests) == 4


def test_the_npz_file_is_fetched_and_kept_as_idx_files(register, server, machine):
    tiny = register("mnist", npz_url=f"{server.url}mnist.npz")
    np.savez_compressed(server.folder / "mnist.npz", **tiny.arrays)
    np.testing.assert_array_equal(load("mnist").y_test, tiny.arrays["y_test"])
    assert {path.name: path.read_bytes() for path in (machine.cache / "mnist").iterdir()} == tiny.contents


def test_an_altered_download_is_refused_and_the_next_mirror_is_tried(register, server, machine):
    tiny = register("fashion", mirrors=(f"{server.url}first/", f"{server.url}second/"))
    other = register("mnist")
    other.write(server.folder / "first", ".gz")
    tiny.write(server.folder / "second", ".gz")
    lines = []
    load("fashion", report=lines.append)
    assert "failed: " in lines[1]
    assert "expected Fashion-MNIST's train-images" in lines[1]
    assert "found MNIST's train-images" in lines[1]


@pytest.mark.parametrize("content", [b"<html>log in first</html>", b"", b"\x1f\x8b", b"x" * 100_000])
def test_what_is_not_the_file_never_enters_the_cache(register, server, machine, content):
    tiny = register("fashion", mirrors=(server.url,))
    tiny.write(server.folder, ".gz")
    (server.folder / "train-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(DataError, match="could not be fetched"):
        load("fashion")
    assert files_in(machine.cache / "fashion") == []


def test_a_broken_connection_leaves_nothing_and_the_next_mirror_is_tried(register, server, machine):
    tiny = register("fashion", mirrors=(f"{server.url}first/", f"{server.url}second/"))
    tiny.write(server.folder / "first", ".gz")
    tiny.write(server.folder / "second", ".gz")
    (server.folder / "first/t10k-images-idx3-ubyte.gz.broken").touch()
    lines = []
    load("fashion", report=lines.append)
    assert "the connection ended after" in lines[1]
    assert files_in(machine.cache / "fashion") == sorted(tiny.contents)
    # The second mirror is asked only for what the first did not give.
    assert [path for path in server.requests if "second" in path] == [
        "/second/t10k-images-idx3-ubyte.gz",
        "/second/t10k-labels-idx1-ubyte.gz",
    ]


def test_a_fetch_that_was_cut_off_goes_on_with_the_missing_files(register, server, machine):
    tiny = register("fashion", mirrors=(server.url,))
    tiny.write(server.folder, ".gz")
    folder = machine.cache / "fashion"
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte").write_bytes(tiny.contents["train-images-idx3-ubyte"])
    load("fashion")
    assert len(server.requests) == 3


def test_a_bad_file_of_the_cache_is_replaced_only_by_a_verified_one(register, server, machine):
    tiny = register("fashion", mirrors=(server.url,))
    path = tiny.write(machine.cache / "fashion") / "train-images-idx3-ubyte"
    path.write_bytes(b"spoiled")
    with pytest.raises(DataError, match="404"):
        load("fashion")
    assert path.read_bytes() == b"spoiled"
    tiny.write(server.folder, ".gz")
    load("fashion")
    assert path.read_bytes() == tiny.contents[path.name]


def test_an_interrupted_download_leaves_nothing_in_the_cache(register, server, machine, monkeypatch):
    tiny = register("fashion", mirrors=(server.url,))
    tiny.write(server.folder, ".gz")

    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "_read", interrupt)
    with pytest.raises(KeyboardInterrupt):
        load("fashion")
    assert files_in(machine.cache / "fashion") == []


def test_a_process_that_is_killed_while_it_writes_leaves_no_file_under_the_final_name(tmp_path):
    code = (
        "import os, signal; from pathlib import Path; from harness.datasets import cache;"
        "cache.os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL);"
        f"cache.publish(b'content', Path({str(tmp_path / 'file')!r}))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == -9
    assert not (tmp_path / "file").exists()
    cache.publish(b"again", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"again"


def test_two_that_fetch_at_once_both_end_well(register, server, machine):
    tiny = register("fashion", mirrors=(server.url,))
    tiny.write(server.folder, ".gz")
    with ThreadPoolExecutor(4) as pool:
        datasets = list(pool.map(load, ["fashion"] * 4))
    assert all(dataset.sha256 == datasets[0].sha256 for dataset in datasets)
    assert files_in(machine.cache / "fashion") == sorted(tiny.contents)


def test_a_host_that_does_not_answer_is_asked_once(dead_url):
    downloader = Downloader()
    with pytest.raises(DataError, match="first: Connection refused"):
        downloader.get(f"{dead_url}first", 10)
    with pytest.raises(DataError, match=r"second: not tried, .* did not answer before"):
        downloader.get(f"{dead_url}second", 10)


def test_a_host_that_lacks_one_file_is_asked_for_the_next(server):
    (server.folder / "second").write_bytes(b"here")
    downloader = Downloader()
    with pytest.raises(DataError, match="first: HTTP Error 404"):
        downloader.get(f"{server.url}first", 10)
    assert downloader.get(f"{server.url}second", 10) == b"here"


@pytest.mark.processor
def test_a_host_that_says_nothing_is_not_waited_for_long():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(DataError, match="timed out"):
            Downloader(timeout=0.1).get(f"http://127.0.0.1:{silent.getsockname()[1]}/file", 10)
        assert time.monotonic() - start < 8  # by itself it waits for 10


def test_more_bytes_than_expected_are_not_taken(server):
    (server.folder / "file").write_bytes(bytes(11))
    with pytest.raises(DataError, match="file: 11 bytes, expected 10 at most"):
        Downloader().get(f"{server.url}file", 10)


def test_without_a_copy_or_a_source_the_error_lists_places_sources_and_ways_out(register, dead_url, machine):
    register("fashion", mirrors=(dead_url,), debian_package="dataset-fashion-mnist")
    with pytest.raises(DataError) as refusal:
        load("fashion")
    message = str(refusal.value)
    assert f"Searched:\n  {machine.cache / 'fashion'}\n" in message
    assert f"{machine.home / '.keras/datasets/fashion-mnist'}\n" in message
    assert f"Tried:\n  {dead_url}: train-images-idx3-ubyte.gz: Connection refused\n" in message
    assert "the Debian package dataset-fashion-mnist: apt-get is not installed\n" in message
    assert "1. Copy train-images-idx3-ubyte, train-labels-idx1-ubyte, " in message
    assert "2. On Debian or Ubuntu, install the package: sudo apt-get install dataset-fashion-mnist\n" in message
    assert "--data-dir DIR" in message


def test_without_a_place_to_write_the_error_says_so(register, monkeypatch, server, machine):
    register("fashion", mirrors=(server.url,))
    (machine.home / ".cache").write_text("in the way")
    (machine.temporary / f"{cache.FOLDER}-{cache.os.getuid()}").write_text("in the way")
    with pytest.raises(DataError, match="no cache folder can be written"):
        load("fashion")
    assert server.requests == []


@pytest.fixture
def rude_url():
    """A function that serves one answer, given as pieces with a pause after each, and returns its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        listener.settimeout(5)
        is_over = threading.Event()

        def answer(pieces):
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):  # whoever asked may be gone
                connection.recv(4096)
                for piece in pieces:
                    connection.sendall(piece)
                    if is_over.wait(0.05):
                        return

        def serve(*pieces):
            pool.submit(answer, pieces)
            return f"http://127.0.0.1:{listener.getsockname()[1]}/file"

        yield serve
        is_over.set()


@pytest.mark.processor
def test_a_host_that_sends_a_byte_now_and_then_is_not_waited_for_without_end(rude_url):
    url = rude_url(b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n", *[b"a"] * 400)
    start = time.monotonic()
    with pytest.raises(DataError, match=r"file: only \d+ bytes came in 0.2 seconds"):
        Downloader(patience=0.2).get(url, 1000)
    assert time.monotonic() - start < 10  # the answer takes 20


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.processor
@pytest.mark.parametrize(
    "pieces",
    [[b"0"] * 90, [b"5\r\nhello\r\n", *[b"0"] * 90], [b"5;", *[b"x"] * 90], [b"0\r\n", *[b"A: b\r\n"] * 90]],
    ids=["length", "second length", "extension", "trailer"],
)
def test_a_mirror_that_drips_what_frames_its_chunks_is_left_for_the_next(
    register, server, rude_url, pieces, monkeypatch
):
    monkeypatch.setattr(fetch, "Downloader", partial(Downloader, patience=0.2))
    slow = rude_url(CHUNKED, *pieces)
    tiny = register("fashion", mirrors=(slow.removesuffix("file"), server.url))
    tiny.write(server.folder, ".gz")
    start, lines = time.monotonic(), []
    load("fashion", report=lines.append)
    assert time.monotonic() - start < 3  # the answer takes 4.5
    assert re.search(r"train-images-idx3-ubyte.gz: only [05] bytes came in 0.2 seconds", lines[1])
    assert len(server.requests) == 4


def test_content_in_chunks_is_put_together(rude_url):
    url = rude_url(CHUNKED + b"5\r\nhello\r\n1", b"\r\n!\r\n0\r\n\r\n")
    assert Downloader().get(url, 10) == b"hello!"


@pytest.mark.processor
def test_a_host_whose_file_is_too_long_is_read_no_further(rude_url):
    before = threading.active_count()
    url = rude_url(b"HTTP/1.0 200 OK\r\n\r\n", *[b"a" * 1000] * 100)
    with pytest.raises(DataError, match="more than the 500 bytes expected"):
        Downloader().get(url, 500)
    ends = time.monotonic() + 4
    while threading.active_count() > before + 1 and time.monotonic() < ends:  # one is the server's
        time.sleep(0.01)
    assert threading.active_count() <= before + 1


@pytest.mark.processor
@pytest.mark.parametrize(
    "pieces", [[b"a"] * 400, [b"HTTP/1.0 200 OK\r\n", *[b"A: b\r\n"] * 90]], ids=["line", "headers"]
)
def test_a_host_that_begins_its_answer_letter_by_letter_is_not_waited_for_without_end(rude_url, pieces):
    downloader, url = Downloader(start=0.2), rude_url(*pieces)
    start = time.monotonic()
    with pytest.raises(DataError, match=r"file: no answer in 0.2 seconds"):
        downloader.get(url, 100)
    assert time.monotonic() - start < 3  # the answer takes 4.5 or more
    with pytest.raises(DataError, match=r"not tried, .* did not answer before"):
        downloader.get(url, 100)


@pytest.mark.parametrize("length", ["-5", "many", "9" * 5000])
def test_a_length_that_is_none_is_an_error_of_the_host_or_passed_over(rude_url, length):
    url = rude_url(f"HTTP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\n".encode(), b"abc")
    with contextlib.suppress(DataError):
        assert Downloader().get(url, 10) == b"abc"


def test_what_a_host_says_comes_to_the_terminal_short_and_printable(rude_url):
    url = rude_url(b"HTTP/1.0 404 \x1b]0;owned\x07" + b"long" * 1000 + b"\r\n\r\n")
    with pytest.raises(DataError, match="404") as refusal:
        Downloader().get(url, 10)
    assert str(refusal.value).isprintable() and len(str(refusal.value)) < 300


def test_every_source_is_an_address_or_a_package_of_the_catalog_and_every_file_has_a_hash():
    addresses = [url for entry in CATALOG.values() for url in (entry.npz_url, *entry.mirrors) if url]
    assert all(url.startswith(("https://", "http://")) for url in addresses) and len(addresses) == 6
    packages = [name for entry in CATALOG.values() for name in (entry.debian_package, entry.npm_package) if name]
    assert not any(name.startswith("-") for name in packages)
    for entry in CATALOG.values():
        assert all(len(file.sha256) == len(file.array_sha256) == 64 for file in entry.files)


def test_an_unverified_copy_is_refused_wherever_it_comes_from(register, server, machine):
    tiny = register("mnist", npz_url=f"{server.url}mnist.npz", mirrors=(server.url,))
    np.savez(server.folder / "mnist.npz", **{key: array ^ 1 for key, array in tiny.arrays.items()})
    for name, content in tiny.contents.items():
        (server.folder / f"{name}.gz").write_bytes(gzip.compress(content[:-1] + bytes([content[-1] ^ 1])))
    with pytest.raises(DataError, match=r"(?s)expected MNIST's .*expected MNIST's "):
        load("mnist")
    assert files_in(machine.cache / "mnist") == []
