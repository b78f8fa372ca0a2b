"""Which runs cannot be compared at all, and what to keep in mind with those that can."""

from harness.base.errors import UsageError
from harness.compare.metrics import GATED, SECONDS
from harness.compare.settings import MISSING, flatten, text_of

TRAINING = ("epochs", "batch_size", "learning_rate")
MACHINE = ("cpu", "cores", "system")
THREADS_OF_KERAS = ("keras: intra_op_threads", "keras: inter_op_threads")
VERSIONS = ("keras: keras", "keras: tensorflow", "keras: backend")


def check_comparable(a, b, gated):
    """Raise `UsageError` unless two `Side`s were scored on the same images, and there is something to compare.

    Args:
        a: a `Side`.
        b: another.
        gated: the `Metric`s of `--fail`, if it is given. Then it is B's failure, and no wrong usage, if it has finished
            nothing.
    """
    check_same("data sets", a, b, "dataset", "train one of them again with the other's --dataset")
    check_same_arrays(a, b)
    check_same("limits", a, b, "limit", "train one of them again with the other's --limit, or without one")
    check_same("numbers of test images", a, b, "n_test", "train one of them again with the other's data and --limit")
    for side in (a, b):
        if SECONDS in gated and not side.is_timed:
            raise UsageError(
                f"--fail seconds is for runs that were trained alone, and {side.name}, {side.folder}, was trained "
                "beside others; leave it out, or train it again with harness.run"
            )
    for side in [a] if gated else [a, b]:
        if not side.finished_models():
            raise UsageError(
                f"no training of {side.name}, {side.folder}, is complete: {'; '.join(partial_texts(side))}; allowed "
                "are runs with a complete training; wait until one is, or name another run"
            )


def check_same(what, a, b, key, mend):
    """Raise `UsageError` if a value of the configuration is known of both runs, and differs."""
    in_a, in_b = a.config.get(key, MISSING), b.config.get(key, MISSING)
    if MISSING not in (in_a, in_b) and in_a != in_b:
        raise UsageError(
            f"the {what} differ: {text_of(in_a)} of A, {a.folder}, and {text_of(in_b)} of B, {b.folder}; "
            f"allowed are two runs with the same; name others, or {mend}"
        )


def check_same_arrays(a, b):
    """Raise `UsageError` if data sets of one name are known to hold different arrays."""
    in_a, in_b = a.config.get("sha256") or {}, b.config.get("sha256") or {}
    names = [name for name in in_a if name in in_b and in_a[name] != in_b[name]]
    if names:
        sums = ", ".join(f"{name} {text_of(in_a[name])} of A and {text_of(in_b[name])} of B" for name in names)
        raise UsageError(
            f"the data sets of the name {a.config['dataset']} differ in sha256: {sums}; allowed are two runs on the "
            "same arrays; name others, or train one of them again on the other's data"
        )


def partial_texts(side):
    """Return a line for every training that is left out because it is not complete."""
    return [
        f"{model} with seed {seed} finished {finished} of {side.config['epochs']} epochs"
        for model, seed, finished in side.study.partial_trainings()
    ]


def warnings_of(a, b):
    """Return what makes a comparison less than fair, one line each."""
    lines = []
    for side in (a, b):
        if not side.environment:
            lines.append(f"{side.name} has no readable environment.json: its machine and versions are unknown")
        if not side.config.get("sha256"):
            lines.append(f"{side.name} does not tell the sha256 of its data: its images may be others")
        if not side.is_timed:
            lines.append(f"{side.name} was trained beside other runs: seconds are left out")
    for model in a.finished_models():
        kept = [metric for metric in GATED.values() if metric is not SECONDS or a.is_timed]
        lost = [metric.title for metric in kept if a.values(model, metric).isna().any()]
        if lost:
            lines.append(f"A's {', '.join(lost)} of {model} is not finite: nothing that B does is worse")
    in_a, in_b = flatten(a.environment), flatten(b.environment)
    found = {
        "different experiments": different(a.config, b.config, ["experiment"]),
        "different training": different(a.config, b.config, TRAINING),
        "wall times are not comparable, because the machines differ": different(in_a, in_b, MACHINE),
        "wall times are not comparable, because the threads differ": [
            *different(a.config, b.config, ["threads"]),
            *different_variables(in_a, in_b),
            *different(in_a, in_b, THREADS_OF_KERAS),
        ],
        "different versions of Keras or TensorFlow": different(in_a, in_b, VERSIONS),
    }
    return lines + [f"{what}: {'; '.join(pairs)}" for what, pairs in found.items() if pairs]


def different(in_a, in_b, names):
    """Return, in words, those of the named values that both have, and that differ."""
    return [
        f"{name.split(': ')[-1]} is {text_of(in_a[name])} in A and {text_of(in_b[name])} in B"
        for name in names
        if name in in_a and name in in_b and in_a[name] != in_b[name]
    ]


def different_variables(in_a, in_b):
    """Return, in words, the variables for threads that differ, or that one environment lacks, if both are known."""
    names = [name for name in in_a | in_b if name.startswith("threads: ")] if in_a and in_b else []
    unset = dict.fromkeys(names)
    return different(unset | in_a, unset | in_b, names)
