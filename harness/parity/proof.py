"""One comparison from the data to the files in its folder."""

import contextlib
from dataclasses import asdict, replace

import pandas

from harness.base.environment import describe_environment
from harness.base.errors import UsageError
from harness.base.user_code import short_name
from harness.experiments.losses import LOSS
from harness.parity import pairs, plot, report, together
from harness.parity.walk import walk
from harness.results import create_run_folder
from harness.user_models.loading import load_user_model

# Of a user's model that takes batches: one that is right for a single image may be wrong for several.
BATCH_SIZE = 4


def prove(config, out, data_dir=None, warn=None, progress=iter):
    """Walk both models through all steps, and write tables, rows and plot.

    Args:
        config: a `ParityConfig`.
        out: where the folder is made.
        data_dir: where the data set is looked for first.
        warn: is given a line for whatever is wrong with a copy of the data set.
        progress: is given the list of batches, and returns an iterator over it.

    Returns:
        Whether the models are the same, all tables with the verdict, and the `RunFolder`.
    """
    user_model = load_user_model(config.model) if config.model != "numpy" else None
    samples = pairs.make_samples(config, data_dir, warn)
    use_one_thread()
    config = replace(config, batch_size=batch_size_of(config, user_model))
    try:
        sides, notes = pairs.make_sides(config, samples, user_model)
    except UsageError as error:
        raise explained(error, config, samples, user_model) from error
    name, network, own = config.model, short_name(config.network), {}
    if user_model:
        interface = user_model.interface
        name, network = user_model.name, user_model.network_name(default=network)
        own = {"learning_rate": interface.learning_rate or config.learning_rate}
        own |= {"optimizer": name_of(interface.optimizer or config.optimizer), "loss": name_of(interface.loss)}
    folder = create_run_folder(out, "parity", name if user_model else network)
    write_start(folder, config, network=network, **own)
    try:
        walks = walk(sides, pairs.make_batches(config, samples), progress)
    except UsageError as error:
        raise explained(error, config, samples, user_model) from error
    same, sentence = report.verdict(walks)
    if user_model and report.begins_with_outputs(walks):
        sentence += "".join(f"; {words}" for words in filter(None, [pairs.what_fits(config, samples, user_model)]))
    planted = f" with {config.inject}" if config.inject else ""
    title = f"{network}: {name}{planted} against keras, {settings(config, own.get('optimizer'))}"
    text = "\n\n".join(
        [
            title,
            "The first step",
            report.first_step_table(walks),
            "The largest differences of all steps",
            report.steps_table(walks),
            *([" ".join(notes)] if notes else []),
            sentence,
        ]
    )
    folder.write_text("parity.md", text + "\n")
    for file, columns, rows in (
        ("parity.csv", report.STEP_COLUMNS, report.step_rows(walks)),
        ("first_step.csv", report.FIRST_COLUMNS, report.first_rows(walks)),
    ):
        pandas.DataFrame(rows, columns=columns).to_csv(folder.path / file, index=False)
    plot.draw(walks, title, folder.path / "parity.png")
    return same, text, folder


def explained(error, config, samples, user_model):
    """Return the error of a user's model, with what makes its first outputs right if that is found."""
    words = pairs.what_fits(config, samples, user_model) if user_model else None
    return UsageError(f"{error}; {words}") if words else error


def watch_them_part(config, every, out, data_dir=None, warn=None, progress=iter):
    """Train both libraries in both precisions, comparing the weights every so many steps; write rows, table and plot.

    Args:
        every: steps from one comparison to the next; the others as for `prove`.

    Returns:
        The table, and the `RunFolder`.

    Raises:
        UsageError: for a user's model or a planted bug: those are for `prove`.
    """
    if config.model != "numpy" or config.inject:
        raise UsageError("--every is for the NumPy model as it is; leave out --model and --inject")
    samples = pairs.make_samples(config, data_dir, warn)
    use_one_thread()
    config = replace(config, batch_size=batch_size_of(config))
    models = together.make_trainers(config, samples, every)
    folder = create_run_folder(out, "parity", "together")
    write_start(folder, config, every=every)
    title = f"{short_name(config.network)}, {settings(config)}"
    return together.write_together(models, config, samples, every, title, folder, progress), folder


def batch_size_of(config, user_model=None):
    """Return the batch size that is asked for, or else 1, and for a user's model that takes batches `BATCH_SIZE`."""
    if config.batch_size is not None:
        return config.batch_size
    return BATCH_SIZE if user_model and not user_model.interface.one_image else 1


def use_one_thread():
    """Let TensorFlow use one thread: on steps as small as these a second one only costs time."""
    with contextlib.suppress(RuntimeError):  # it runs already, with as many as it was given
        pairs.import_keras().set_threads(1)


def name_of(setting):
    """Return the name of an optimizer or a loss: a name, or a function's."""
    return setting if isinstance(setting, str) else getattr(setting, "__name__", "of its own")


def settings(config, optimizer=None):
    """Return in words how both models are trained, with the configuration's optimizer or another one."""
    steps = optimizer or config.optimizer
    if config.loss != LOSS:
        steps += f", {short_name(config.loss)}"
    return f"{steps}, batch size {config.batch_size}, seed {config.seed}, {config.dataset}"


def write_start(folder, config, **more):
    """Write what is known before the first step: configuration and environment."""
    import keras_model

    folder.write_json("config", asdict(config) | more)
    folder.write_json("environment", describe_environment() | {"keras": keras_model.describe_environment()})
