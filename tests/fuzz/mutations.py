"""Damages good files: flips, cuts, repeats, splices, other lengths, other values."""

import re

# What programs trip over as a length, an offset or a count, written over whatever stands there.
LENGTHS = (0, 1, 2, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1)
# What programs trip over as a value, in JSON, CSV and in the header of an array.
VALUES = (
    b"", b"0", b"-1", b"-0", b"0.5", b"9" * 30, b"9" * 5000, b"1e999", b"NaN", b"Infinity", b"nan", b"null", b"true",
    b"True", b"None", b"[]", b"{}", b"()", b"''", b'""', b"[" * 2000, b'{"a":' * 2000, b"(" * 500, b"-" * 900, b"1,",
    b"|O", b"|V0", b"<U0", b"<U1000000000", b">f8", b"|b1", b"<c16", b"<M8[s]", b"[('a', '|u1')]", b"\0", b'"', b"'",
    b"\n", b"\r", b",", b",,,,", b"\xff", b"\xef\xbb\xbf", b"\\ud800", b"\\u0000", b"\x1b[2J", b"(0, 0)",
    b"(1000000000000,)", b"(2, -2, -2)", b"(True, True)",
)  # fmt: skip
WORD = re.compile(rb"[\w.+-]+|\([^()]*\)|\"[^\"]*\"|'[^']*'")
MOST_REPEATS = 64
MOST_BYTES = 1 << 20


def mutate(content, choose, other):
    """Return a damaged copy of a file.

    Args:
        content: bytes of a good file.
        choose: a function (n) that returns a whole number from 0 to n - 1, from which all chance comes.
        other: bytes of another good file, to splice.
    """
    for _ in range(1 + choose(1 + choose(4))):
        change = CHANGES[choose(len(CHANGES))]
        content = change(content, choose, other)[:MOST_BYTES]
    return content


def flip(content, choose, other):
    """Turn one bit over."""
    if not content:
        return content
    place = choose(len(content))
    return content[:place] + bytes([content[place] ^ (1 << choose(8))]) + content[place + 1 :]


def cut(content, choose, other):
    """Take a piece out."""
    start, stop = piece(content, choose)
    return content[:start] + content[stop:]


def cut_end(content, choose, other):
    """Take the end off, as when a disk is full or a download breaks off."""
    return content[: choose(len(content) + 1)]


def repeat(content, choose, other):
    """Write a piece several times."""
    start, stop = piece(content, choose)
    return content[:start] + content[start:stop] * choose(MOST_REPEATS) + content[start:]


def splice(content, choose, other):
    """Put a piece of another file in."""
    start, stop = piece(other, choose)
    place = choose(len(content) + 1)
    return content[:place] + other[start:stop] + content[place:]


def overwrite(content, choose, other):
    """Write a length over what stands there."""
    size, order = (1, 2, 4, 8)[choose(4)], ("little", "big")[choose(2)]
    length = LENGTHS[choose(len(LENGTHS))] % 256**size
    place = choose(len(content) + 1)
    return content[:place] + length.to_bytes(size, order) + content[place + size :]


def replace(content, choose, other):
    """Put another value in the place of a word."""
    words = list(WORD.finditer(content))
    if not words:
        return content
    word = words[choose(len(words))]
    return content[: word.start()] + VALUES[choose(len(VALUES))] + content[word.end() :]


def piece(content, choose):
    """Return start and stop of a piece, long or short."""
    start = choose(len(content) + 1)
    longest = len(content) - start
    return start, start + choose((min(longest, 16) if choose(2) else longest) + 1)


CHANGES = (flip, flip, cut, cut_end, repeat, splice, overwrite, replace, replace)
