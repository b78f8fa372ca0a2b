"""Text that others wrote, such as a name in an archive or a server's answer, made fit to be shown."""

import re

# Controls move a terminal's cursor or set its title, marks of direction show a line in another order, line separators
# break a table, and half of a surrogate pair cannot be written at all.
UNFIT = re.compile("[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def printable(text: object) -> str:
    """Return the text with a space for each line break, and a replacement character for all else that is not fit."""
    return UNFIT.sub(lambda found: " " if found[0].isspace() else REPLACEMENT, str(text))


def message_of(error: BaseException) -> str:
    """Return the message of an error, or the name of its class if it has none, or none that can be read."""
    try:
        return str(error) or type(error).__name__
    except Exception:
        return type(error).__name__


def one_line(text: object, most: int = 200) -> str:
    """Return the text as one printable line of at most so many characters."""
    line = printable(" ".join(str(text).split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"
