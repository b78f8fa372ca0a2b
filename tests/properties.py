"""How many examples the property tests try."""

from hypothesis import settings


def examples(n_examples: int) -> int:
    """Return how many of a test's examples are tried: the share of a hundred that the profile in use has.

    Profiles are in `conftest.py`; `--hypothesis-profile all` tries all.
    """
    return max(1, n_examples * settings().max_examples // 100)
