"""Inflates a gzip stream, a bounded piece at a time, whatever its header, its padding or its number of members.

`gzip.GzipFile` reads names and padding a byte at a time in Python: 20 MB of either keep it busy for ten seconds.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO

CHUNK = 1 << 16
# One is usual; programs that compress in parallel write one for each 64 kB or more.
MAX_MEMBERS = 10_000
GZIP_WINDOW = 31  # zlib's word for a gzip header and checksum around the largest window


class Gunzip:
    """The inflated content of a gzip stream.

    Args:
        stream: binary stream at the start of the first member.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._stored = b""  # read from the stream and not yet inflated
        self._inflater = None
        self._n_members = 0

    def read(self, size: int) -> bytes:
        """The next `size` bytes, or as many as there are.

        Raises:
            EOFError: the stream ends inside a member.
            OSError: it has too many members.
            zlib.error: it is damaged.
        """
        content = bytearray()
        while len(content) < size and (piece := self._inflate(size - len(content))):
            content += piece
        return bytes(content)

    def _inflate(self, size: int) -> bytes:
        """At least one of the next bytes, and at most `size`; none at the end."""
        while self._inflater is not None or self._begin_member():
            self._stored = self._stored or self._stream.read(CHUNK)
            is_at_end = not self._stored
            content = self._inflater.decompress(self._stored, size)
            self._stored = self._inflater.unconsumed_tail
            if self._inflater.eof:
                self._stored, self._inflater = self._inflater.unused_data, None
            elif is_at_end and not content:
                raise EOFError("the gzip stream ends before its end mark")
            if content:
                return content
        return b""

    def _begin_member(self) -> bool:
        """Prepare for the next member; False at the end of the stream."""
        while True:
            if self._n_members:
                self._stored = self._stored.lstrip(b"\0")  # behind a member, zeros pad
            if self._stored:
                break
            self._stored = self._stream.read(CHUNK)
            if not self._stored:
                return False
        if self._n_members == MAX_MEMBERS:
            raise OSError(f"more than {MAX_MEMBERS} gzip members")
        self._n_members += 1
        self._inflater = zlib.decompressobj(GZIP_WINDOW)
        return True
