import gzip
import io
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.base.errors import DataError
from harness.datasets.idx import read_idx, write_idx

IMAGES = np.arange(3 * 4 * 4, dtype=np.uint8).reshape(3, 4, 4)
RAW = write_idx(IMAGES)
BOTH = pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["raw", "gzip"])


def read(content: bytes, max_bytes: int = 10_000) -> np.ndarray:
    return read_idx(io.BytesIO(content), len(content), "somewhere/images", max_bytes).to_array()


@BOTH
@pytest.mark.parametrize("array", [IMAGES, np.array([3, 1, 2], np.uint8)], ids=["images", "labels"])
def test_what_is_written_is_read(pack, array):
    np.testing.assert_array_equal(read(pack(write_idx(array))), array)


def test_the_header_is_the_published_one():
    assert write_idx(IMAGES)[:16].hex() == "00000803000000030000000400000004"
    assert write_idx(IMAGES[0, 0])[:8].hex() == "0000080100000004"


@BOTH
@pytest.mark.parametrize("length", [0, 3, 4, 10, 16, len(RAW) - 1])
def test_a_truncated_file_is_refused(pack, length):
    with pytest.raises(DataError, match=r"somewhere/images: (truncated|not an IDX file).*Replace the file"):
        read(pack(RAW[:length]))


@BOTH
def test_trailing_bytes_are_refused(pack):
    with pytest.raises(DataError, match="bytes trail behind the 64"):
        read(pack(RAW + b"\0"))


@pytest.mark.parametrize("length", [1, 2, 9, 15, -9, -1])
def test_a_truncated_gzip_file_is_refused(length):
    with pytest.raises(DataError, match="Replace the file"):
        read(gzip.compress(RAW)[:length])


def test_a_gzip_file_with_a_wrong_checksum_is_refused():
    content = bytearray(gzip.compress(RAW))
    content[-8] ^= 1
    with pytest.raises(DataError, match=r"damaged or unreadable .*incorrect data check"):
        read(bytes(content))


def test_trailing_bytes_behind_a_gzip_stream_are_refused():
    with pytest.raises(DataError, match="damaged or unreadable"):
        read(gzip.compress(RAW) + b"more")


@BOTH
@pytest.mark.parametrize("start", ["00000d03", "00000802", "00000804", "01000803", "3c68746d"])
def test_another_type_or_format_is_refused_with_its_first_bytes(pack, start):
    with pytest.raises(DataError, match=f"first bytes are {start}; expected 00000803"):
        read(pack(bytes.fromhex(start) + RAW[4:]))


@BOTH
@pytest.mark.parametrize("max_bytes", [10_000, 2**62], ids=["a limit", "no limit"])
def test_a_header_that_promises_two_billion_images_is_refused_before_memory_is_taken(pack, max_bytes):
    content = pack(struct.pack(">HBB3I", 0, 8, 3, 2**31, 28, 28) + bytes(1000))
    tracemalloc.start()
    with pytest.raises(DataError, match="promises shape"):
        read(content, max_bytes)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_gzip_bomb_is_refused_without_unpacking_it():
    bomb = gzip.compress(write_idx(np.zeros((1, 20_000, 1_000), np.uint8)))
    tracemalloc.start()
    with pytest.raises(DataError, match=r"too large.*at most 10000 are read"):
        read(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_gzip_bomb_behind_an_honest_image_is_refused_without_unpacking_it():
    bomb = gzip.compress(RAW + bytes(20_000_000))
    tracemalloc.start()
    with pytest.raises(DataError, match="bytes trail"):
        read(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_random_bytes_are_refused(content):
    with pytest.raises(DataError):
        read(content)


@settings(deadline=None)
@given(content=st.sampled_from([RAW, gzip.compress(RAW, mtime=0)]), data=st.data())
def test_a_mutated_file_is_refused_or_read_as_it_lies(content, data):
    position = data.draw(st.integers(0, len(content) - 1))
    n_removed = data.draw(st.integers(0, 3))
    mutated = content[:position] + data.draw(st.binary(max_size=3)) + content[position + n_removed :]
    try:
        array = read(mutated)
    except DataError:
        return
    unpacked = gzip.decompress(mutated) if mutated[:2] == b"\x1f\x8b" else mutated
    assert write_idx(array) == unpacked
