"""`python -m harness.run`: train models, write the run's folder, print the accuracy table."""

import argparse
import sys

from harness.command import exit_code_of, warn
from harness.environment import use_one_blas_thread
from harness.errors import ModelError, UsageError
from harness.experiments import MODELS, RunConfig


def parse(arguments):
    """Return the parsed flags; argparse ends the program with exit code 2 for a wrong one."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.run",
        description="Train identically configured NumPy and Keras models, and compare them.",
    )
    parser.add_argument(
        "--dataset",
        metavar="{fashion,mnist,PATH.npz}",
        help="data set, or a file with x_train, y_train, x_test and y_test (default: the experiment's, mostly fashion)",
    )
    parser.add_argument(
        "--experiment",
        default="identical",
        metavar="NAME",
        help="what is trained, and how; --list tells the names (default: identical)",
    )
    parser.add_argument(
        "--list", action="store_true", help="list data sets, experiments, networks and models, and train nothing"
    )
    parser.add_argument(
        "--models",
        nargs="+",
        default=["numpy", "keras"],
        metavar="MODEL",
        help=f"some of {', '.join(MODELS)}, in the order of training (default: numpy keras); also FILE.py with "
        "make_model(), or MODULE:FUNCTION, for a model of your own, for which that code is run",
    )
    parser.add_argument(
        "--seeds", nargs="+", type=int, default=[0], metavar="SEED", help="repeat with each (default: 0)"
    )
    parser.add_argument("--epochs", type=int, help="default: the experiment's")
    parser.add_argument("--batch-size", type=int, help="images a step (default: the experiment's)")
    parser.add_argument("--learning-rate", type=float, help="default: the experiment's")
    parser.add_argument("--limit", type=int, metavar="N", help="train on N images an epoch, and score N test images")
    parser.add_argument("--out", default="results", metavar="DIR", help="where run folders are made (default: results)")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of each library (default: one per core)")
    parser.add_argument("--data-dir", metavar="DIR", help="look for the data set here first")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser.parse_args(arguments)


def config_from(flags):
    """Return the `RunConfig` that the flags ask for."""
    return RunConfig(
        dataset=flags.dataset,
        experiment=flags.experiment,
        models=tuple(flags.models),
        seeds=tuple(flags.seeds),
        epochs=flags.epochs,
        batch_size=flags.batch_size,
        learning_rate=flags.learning_rate,
        limit=flags.limit,
        threads=flags.threads,
    )


def compare(config, out, data_dir):
    """Train, write and draw; return the exit code."""
    # Threads are read when NumPy is imported, and Keras takes seconds: nothing heavy is imported before this point.
    use_one_blas_thread()
    from harness import datasets
    from harness.progress import line_of_epoch, progress_bar
    from harness.results import create_run_folder
    from harness.results.studies import study_of
    from harness.runner import run_experiment
    from harness.tables import tables_of

    dataset = datasets.load(config.dataset, data_dir, report=warn)
    folder = create_run_folder(out, dataset.name, config.experiment)
    try:
        run_experiment(
            config,
            dataset,
            folder,
            watch=progress_bar,
            on_epoch=lambda record: print(line_of_epoch(record), flush=True),
        )
        exit_code = 0
    except UsageError:
        folder.path.rmdir()  # nothing was written
        raise
    except ModelError as error:
        if error.epochs is None:
            folder.path.rmdir()
            raise
        warn(f"error: {error}")
        exit_code = error.exit_code
    tables = tables_of(study_of(folder.path))
    folder.write_text("table.md", tables + "\n")
    print(f"\n{tables}\n")
    from harness import plots  # 30 MB, which training can do without

    drawing = plots.draw_all(folder.path)
    for problem in drawing.gaps + drawing.failures:
        warn(f"warning: {problem}")
    print(f"results: {folder.path}")
    return exit_code


def main(arguments=None):
    """Parse, call, print; return the exit code."""
    flags = parse(arguments)
    if flags.list:
        from harness.listing import listing

        print(listing())
        return 0
    return exit_code_of(
        lambda: compare(config_from(flags).filled(), flags.out, flags.data_dir),
        flags.debug,
        kept=f"finished epochs are kept below {flags.out}",
    )


if __name__ == "__main__":
    sys.exit(main())
