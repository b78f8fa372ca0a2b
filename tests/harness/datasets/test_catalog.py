import subprocess
import sys
from pathlib import Path

import pytest

from harness.datasets.catalog import CATALOG, DATASETS, largest_file, recognise

ROOT = Path(__file__).parents[3]


def test_naming_the_data_sets_loads_neither_numpy_nor_tqdm():
    code = "import sys, harness.datasets; assert not {'numpy', 'tqdm'} & set(sys.modules); harness.datasets.load"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_the_two_data_sets_are_fashion_and_mnist():
    assert DATASETS == ("fashion", "mnist")


@pytest.mark.parametrize("name", DATASETS)
def test_each_data_set_has_four_files_of_the_published_sizes_and_ten_class_names(name):
    entry = CATALOG[name]
    assert [file.n_bytes for file in entry.files] == [47040016, 60008, 7840016, 10008]
    assert len(set(entry.class_names)) == 10


def test_no_two_files_share_a_hash_and_each_is_recognised():
    hashes = [
        sha256 for entry in CATALOG.values() for file in entry.files for sha256 in (file.sha256, file.array_sha256)
    ]
    assert len(set(hashes)) == 16
    assert all(len(bytes.fromhex(sha256)) == 32 for sha256 in hashes)
    assert recognise(CATALOG["mnist"].files[2].sha256) == "MNIST's t10k-images-idx3-ubyte"
    assert recognise("0" * 64) is None


def test_nothing_longer_than_the_training_images_is_read():
    assert largest_file() == 16 + 60000 * 28 * 28
