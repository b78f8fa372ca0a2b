"""Where copies of a data set may lie on this machine, and reading the first good one. Nothing is changed or made."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from harness.base.errors import DataError
from harness.base.text import printable
from harness.datasets.cache import cache_roots, home
from harness.datasets.catalog import CatalogEntry, IdxFile
from harness.datasets.verify import open_regular, read_verified_file, verified_arrays


def places(entry: CatalogEntry, data_dir: str | os.PathLike | None = None) -> list[Path]:
    """The folders that may hold a copy, in the order they are searched.

    Args:
        entry: the data set.
        data_dir: searched first, with its usual subfolders. Default None.

    Raises:
        DataError: data_dir is not a folder.
    """
    folders = []
    if data_dir is not None:
        if not os.path.isdir(data_dir):
            raise DataError(f"--data-dir {printable(data_dir)}: no such folder. Name an existing one, or leave it out.")
        folders += _with_subfolders(Path(data_dir), entry)
    folders += [root / entry.name for root in cache_roots()]
    keras_home = os.environ.get("KERAS_HOME")
    if keras_home:
        folders.append(Path(keras_home, "datasets", entry.keras_folder))
    elif home():
        folders.append(home() / ".keras" / "datasets" / entry.keras_folder)
    folders += _with_subfolders(Path("data"), entry)  # where torchvision's examples keep their data
    if home():
        folders += _with_subfolders(home() / "data", entry)
    folders += [Path(folder) for folder in entry.system_folders]
    if entry.npm_folder:
        folders.append(Path(entry.npm_folder))
    return list(dict.fromkeys(Path(os.path.abspath(folder)) for folder in folders))


def _with_subfolders(root: Path, entry: CatalogEntry) -> list[Path]:
    return [root, *(root / subfolder for subfolder in entry.subfolders)]


def read_folder(entry: CatalogEntry, folder: Path, refuse: Callable[[str], None]) -> tuple[dict, str] | None:
    """Read the first verified copy in a folder.

    Args:
        entry: the data set.
        folder: the folder, which need not exist.
        refuse: called with one line for each file that is there and not good.

    Returns:
        The uint8 arrays by key and where they were read from, in words; None where the folder holds no good copy.
    """
    arrays = _read_idx_files(entry, folder, refuse)
    if arrays is not None:
        return arrays, f"the IDX files in {printable(folder)}"
    if entry.npz_name and os.path.lexists(folder / entry.npz_name):
        try:
            return _read_npz(entry, folder / entry.npz_name), f"the file {printable(folder / entry.npz_name)}"
        except DataError as error:
            refuse(str(error))
    return None


def candidates_in(folder: Path, file: IdxFile) -> list[Path]:
    """The paths under which one IDX file is known: images-idx3-ubyte or images.idx3-ubyte, raw or gzipped."""
    stems = (file.name, file.name.replace("-idx", ".idx"))
    paths = [folder / f"{stem}{suffix}" for suffix in ("", ".gz") for stem in stems]
    return [path for path in paths if os.path.lexists(path)]


def _read_idx_files(entry: CatalogEntry, folder: Path, refuse: Callable[[str], None]) -> dict | None:
    candidates = {file: candidates_in(folder, file) for file in entry.files}
    if not any(candidates.values()):
        return None
    missing = [file.name for file, paths in candidates.items() if not paths]
    if missing:
        refuse(f"{printable(folder)}: incomplete, no {', '.join(missing)}. Add what is missing, raw or as .gz.")
        return None
    arrays = {}
    for file, paths in candidates.items():
        for path in paths:
            try:
                arrays[file.array] = read_verified_file(path, entry, file).to_array()
                break
            except DataError as error:
                refuse(str(error))
        else:
            return None  # the other files would be read in vain
    return arrays


def _read_npz(entry: CatalogEntry, path: Path) -> dict:
    from harness.datasets.npz import read_npz

    with open_regular(path) as stream:
        return verified_arrays(entry, read_npz(stream, printable(path), max_bytes=entry.n_bytes), printable(path))
