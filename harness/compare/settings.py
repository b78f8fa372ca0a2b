"""What differs in the configuration and the environment of two runs."""

import re

from harness.base.markdown import markdown

TITLES = {"n_train": "training images", "n_test": "test images", "n_parameters": "parameters"}

# The format is one that this version reads, or the run would have been refused; what was published follows from
# experiment and data set.
NOT_COMPARED = ("format", "published")
MISSING = object()


def settings_text(a, b):
    """Return what differs in the settings of two `Side`s, as tables or the word that nothing does."""
    parts = {"configuration": (a.config, b.config), "environment": (a.environment, b.environment)}
    return "\n\n".join(differences_text(what, differences(*both)) for what, both in parts.items())


def differences_text(what, different):
    """Return differences by name under a line that says of what they are."""
    if not different:
        return f"Different in {what}: nothing."
    rows = [("what", "A", "B"), *((name, text_of(in_a), text_of(in_b)) for name, (in_a, in_b) in different.items())]
    return "\n".join([f"Different in {what}:", "", *markdown(rows, n_names=3)])


def differences(in_a, in_b):
    """Return the values that differ in two dictionaries, nested or not, as pairs by readable name."""
    flat_a, flat_b = flatten(in_a), flatten(in_b)
    pairs = {name: (flat_a.get(name, MISSING), flat_b.get(name, MISSING)) for name in flat_a | flat_b}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def flatten(values):
    """Return the values of nested dictionaries by readable name, such as "sha256: x_train"."""
    flat = {}
    for key, value in values.items():
        name = TITLES.get(key, key.replace("_", " "))
        if key in NOT_COMPARED:
            continue
        if isinstance(value, dict):
            flat |= {f"{name}: {inner}": leaf for inner, leaf in leaves(value)}
        else:
            flat[name] = value
    return flat


def leaves(values):
    """Yield name and value of everything in nested dictionaries; names stay as they were written."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from ((f"{key}: {inner}", leaf) for inner, leaf in leaves(value))
        else:
            yield key, value


def text_of(value):
    """Return a value of a JSON file as text; of checksums and commits the first twelve digits."""
    if value is MISSING:
        return "-"
    if value is None:
        return "none"
    if isinstance(value, list):
        return ", ".join(map(text_of, value))
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28,}\b", r"\1…", str(value))
