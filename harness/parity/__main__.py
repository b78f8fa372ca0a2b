"""`python -m harness.parity`: are two models the same, and if not, where do they part?"""

import argparse
import sys
from functools import partial

from harness.base.checks import check_name, check_whole
from harness.base.command import ELSEWHERE, exit_code_of, flag_of, given_flags, warn
from harness.base.environment import use_one_blas_thread
from harness.base.errors import UsageError
from harness.experiments.networks import NETWORKS
from harness.experiments.optimizers import chosen_learning_rate
from harness.parity.config import ParityConfig


def parse(arguments):
    """Return the parsed flags."""
    defaults = ParityConfig()
    parser = argparse.ArgumentParser(
        prog="python -m harness.parity",
        description="Step a NumPy model, or your own, and its Keras twin through the same training, from equal "
        "weights, and name the first difference with its layer.",
        epilog="Exit codes: 0 the models are the same, 1 they differ, 2 wrong usage, 3 data, 4 a model failed.",
    )
    parser.add_argument(
        "--model",
        default=defaults.model,
        metavar="{numpy,FILE.py,MODULE:FUNCTION}",
        help="what is compared with Keras (default: numpy); a file's make_model() or the function returns a model of "
        "your own, for which that code is run",
    )
    parser.add_argument(
        "--template",
        nargs="*",
        metavar="WORD",
        help="print a file for --model to start from: one-image or batches, labels or one-hot, train-step or backward "
        "(the first of each unless named)",
    )
    parser.add_argument(
        "--gallery",
        action="store_true",
        help="prove twelve networks from scratch, each with a mistake that public ones have, and show what is found",
    )
    parser.add_argument(
        "--backends",
        action="store_true",
        help="compare the NumPy model in float64 with Keras on TensorFlow, JAX and PyTorch, where they are installed",
    )
    parser.add_argument(
        "--vocabulary",
        action="store_true",
        help="prove every layer, activation, loss, regularizer, optimizer, schedule and initializer, each in a small "
        "network, and print a table; takes a minute or two",
    )
    parser.add_argument(
        "--network",
        default=defaults.network,
        metavar="{NAME,FILE.py,FILE.py:FUNCTION,MODULE:FUNCTION}",
        help=f"one of {', '.join(NETWORKS)} (default: {defaults.network}), or a function of nn that returns "
        "nn.Sequential([...]), whose code is run; a model of your own may name another",
    )
    parser.add_argument(
        "--inject", metavar="NAME", help="plant a typical mistake in the NumPy model; list prints the names"
    )
    parser.add_argument(
        "--optimizer",
        metavar="{NAME,NAME:ARGUMENTS,FILE.py:FUNCTION}",
        help="as in harness.run (default: sgd, or what the bug needs)",
    )
    parser.add_argument("--loss", default=defaults.loss, metavar="{NAME,FILE.py:FUNCTION}", help="as in harness.run")
    parser.add_argument("--learning-rate", type=float, help="default: 0.005")
    parser.add_argument("--steps", type=int, default=defaults.steps, help="default: 100")
    parser.add_argument(
        "--every",
        type=int,
        metavar="N",
        help="train the NumPy and the Keras model in both precisions, and NumPy from nudged weights too; look at the "
        "weights every N steps only, and show how long they stay together",
    )
    parser.add_argument(
        "--batch-size", type=int, help="default: 1, what the bug needs, or 4 for a model of your own that takes batches"
    )
    parser.add_argument("--seed", type=int, default=defaults.seed, help="of weights and order (default: 0)")
    parser.add_argument("--dataset", default=defaults.dataset, metavar="{fashion,mnist,PATH.npz}")
    parser.add_argument("--data-dir", metavar="DIR", help="look for the data set here first")
    parser.add_argument("--out", default="results", metavar="DIR", help="where the folder is made (default: results)")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser.parse_args(arguments)


def config_from(flags):
    """Return the `ParityConfig` that the flags ask for."""
    from harness.parity.bugs import BUGS, NO_BUG

    if flags.inject:
        check_name("bug", flags.inject, BUGS)
    bug = BUGS[flags.inject] if flags.inject else NO_BUG
    return ParityConfig(
        network=flags.network,
        model=flags.model,
        inject=flags.inject,
        steps=flags.steps,
        batch_size=bug.batch_size if flags.inject and flags.batch_size is None else flags.batch_size,
        optimizer=bug.optimizer if flags.optimizer is None else flags.optimizer,
        loss=flags.loss,
        learning_rate=chosen_learning_rate(flags.optimizer, flags.learning_rate) or ParityConfig.learning_rate,
        seed=flags.seed,
        dataset=flags.dataset,
    )


def print_bugs():
    """Print the names of all bugs, one a line."""
    from harness.parity.bugs import BUGS

    print("\n".join(BUGS))
    return 0


def print_template(words):
    """Print a user's model, to start from."""
    from harness.user_models.variants import template_text

    print(template_text(words), end="")
    return 0


def print_gallery():
    """Prove all networks of the gallery, and print a table; return 0 if every mistake is found for what it is."""
    from harness.parity import gallery

    findings = gallery.prove_all(progress)
    print(gallery.table(findings))
    return 0 if all(finding.is_right for finding in findings) else 1


def print_backends(flags):
    """Compare Keras's backends with the NumPy model, and print a table; return 0 if nothing differs."""
    from harness.parity import backends
    from harness.parity.pairs import make_samples

    config = config_from(flags)
    rows, missing = backends.compare(config, make_samples(config, flags.data_dir, warn), progress)
    for line in missing:
        warn(line)
    print(backends.table(rows, config.steps))
    return 0 if all(row.is_same for row in rows) else 1


def print_vocabulary():
    """Prove the whole vocabulary, and print a table; return 0 if nothing differs."""
    from harness.parity.vocabulary import initializers, proof

    rows, drawn = proof.prove_all(progress), initializers.prove_all()
    print(f"{proof.table(rows)}\n\n{initializers.table(drawn)}")
    return 0 if all(row.is_same for row in [*rows, *drawn]) else 1


def run(flags):
    """Compare, print, and return the exit code: 0 if the models are the same, 1 if not."""
    config = config_from(flags)
    from harness.parity import proof

    if flags.every is not None:
        check_whole("every", flags.every, 1)
        text, folder = proof.watch_them_part(config, flags.every, flags.out, flags.data_dir, warn, progress)
        same = True
    else:
        same, text, folder = proof.prove(config, flags.out, flags.data_dir, warn, progress)
    print(f"{text}\n\nresults: {folder.path}")
    return 0 if same else 1


def progress(batches):
    """Show the steps on a terminal."""
    from tqdm import tqdm

    return iter(tqdm(batches, desc="parity", unit="step", leave=False, disable=not sys.stderr.isatty()))


def check_together(flags):
    """Raise `UsageError` for flags that another one leaves without effect."""
    given = {*given_flags(flags, parse([]))} - {"debug"}
    left_out = dict.fromkeys(("template", "gallery", "vocabulary"), given)
    left_out["backends"] = {"model", "inject", "every", "out", "template", "gallery", "vocabulary"}
    for mode, names in left_out.items():
        others = sorted((given & names) - {mode}) if mode in given else []
        if others:
            named = ", ".join(map(flag_of, others))
            raise UsageError(f"beside --{mode} there is no effect of {named}; leave out one or the other")


def work_of(flags):
    """Do what the flags ask for, and return the exit code."""
    check_together(flags)
    # Threads are read when NumPy is imported, and nothing heavy is imported before this point.
    use_one_blas_thread()
    if flags.template is not None:
        return print_template(flags.template)
    if flags.gallery:
        return print_gallery()
    if flags.backends:
        return print_backends(flags)
    if flags.vocabulary:
        return print_vocabulary()
    return print_bugs() if flags.inject == "list" else run(flags)


def main(arguments=None):
    """Parse, call, print; return the exit code."""
    flags = parse(arguments)
    return exit_code_of(partial(work_of, flags), flags.debug, "nothing was proved", ELSEWHERE)


if __name__ == "__main__":
    sys.exit(main())
