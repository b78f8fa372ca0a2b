"""Every mistake of the gallery is found where it was made, and without a mistake none is found."""

import functools
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

import keras_model
import numpy_model
from harness.networks import NETWORKS, simple_cnn
from harness.optimizers import OPTIMIZERS
from harness.parity import __main__ as command
from harness.parity.bugs import BUGS, library_with
from harness.parity.compare import sentence
from harness.parity.numpy_walker import NumpyWalker
from harness.parity.pairs import take_step
from harness.parity.walk import walk
from tests.numpy_model.cases import fashion_excerpt

N_STEPS = 2
LEARNING_RATE = 0.005


def optimizer_named(name):
    """Return an optimizer as a function of the library."""
    return partial(OPTIMIZERS[name], learning_rate=LEARNING_RATE)


def numpy_walker(optimizer="sgd", library=numpy_model, dtype="float64"):
    """Return a NumPy walker of `simple_cnn`."""
    return NumpyWalker(simple_cnn, optimizer_named(optimizer), dtype, library)


@functools.cache
def keras_walker(optimizer):
    """Return the Keras walker of `simple_cnn`, which takes a second to build and serves many tests."""
    return keras_model.KerasWalker(simple_cnn, optimizer_named(optimizer), "float64")


@functools.cache
def weights_of(seed):
    """Return parameters of `simple_cnn` drawn from a seed in float32, as a comparison draws them."""
    return numpy_walker(dtype="float32").initialize(seed)


def batches_of(batch_size, seed=0):
    """Return the batches of a few steps, of real images."""
    x, y = fashion_excerpt(200)
    order = np.random.default_rng(seed).permutation(len(x))[: N_STEPS * batch_size]
    return [(x[batch], y[batch]) for batch in np.split(order, N_STEPS)]


@functools.cache
def keras_traces(optimizer, batch_size, logits_scale):
    """Return what Keras does in each step with the settings of some bugs."""
    bug = next(bug for bug in BUGS.values() if settings_of(bug) == (optimizer, batch_size, logits_scale))
    walker = keras_walker(optimizer)
    walker.start(bug.scaled(weights_of(0)))
    names = numpy_walker().names
    return [take_step(walker, names, x.astype("float64"), y) for x, y in batches_of(batch_size)]


def settings_of(bug):
    """Return what else, besides the mistake, a walk with this bug depends on."""
    return bug.optimizer, bug.batch_size, bug.logits_scale


def walk_with(bug, library):
    """Return the `Walk` in float64 of a NumPy model made with `library`, with the settings of the bug."""
    # The first update with large logits makes parameters of 1e9, whose rounding is beyond a tolerance for small ones.
    n_steps = N_STEPS if bug.logits_scale == 1 else bug.step
    ours = numpy_walker(bug.optimizer, library)
    ours.start(bug.scaled(weights_of(0)))
    recorded = iter(keras_traces(*settings_of(bug)))
    pair = partial(take_step, ours, ours.names), lambda x, y: next(recorded)
    return walk({"float64": pair}, batches_of(bug.batch_size)[:n_steps])["float64"]


def test_there_are_at_least_twelve():
    assert len(BUGS) >= 12


@pytest.mark.processor
@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_mistake_is_found_where_it_was_made(bug):
    found = walk_with(bug, bug.library)
    divergence = found.divergence
    assert divergence is not None
    assert (divergence.layer, divergence.quantity, divergence.step) == (bug.layer, bug.quantity, bug.step)
    text = sentence(divergence, found.around)
    assert text.startswith(f"step {bug.step}, layer {bug.layer}: ")
    assert f"{bug.quantity} " in text


@pytest.mark.processor
@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_without_the_mistake_the_same_steps_show_no_difference(bug):
    assert walk_with(bug, numpy_model).divergence is None


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_mistake_has_a_library_of_its_own_and_is_told_in_one_sentence(bug):
    assert bug.library is not numpy_model
    assert bug.mistake[0].isupper() and bug.mistake.endswith(".") and ". " not in bug.mistake
    assert bug.name == bug.name.lower() and " " not in bug.name


@pytest.mark.processor
def test_twenty_seeds_without_a_mistake_raise_no_alarm():
    ours, theirs = numpy_walker(), keras_walker("sgd")
    pair = tuple(partial(take_step, walker, ours.names) for walker in (ours, theirs))
    for seed in range(20):
        for walker in (ours, theirs):
            walker.start(weights_of(seed))
        divergence = walk({"float64": pair}, batches_of(batch_size=1, seed=seed))["float64"].divergence
        assert divergence is None, f"seed {seed}: {divergence}"


def test_a_library_gives_its_layers_the_names_of_the_right_ones():
    library = library_with(Dense=type("Odd", (numpy_model.layers.Dense,), {}))
    assert [layer.name for layer in simple_cnn(library).layers] == numpy_walker().names


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_every_network_can_be_made_with_a_library(network):
    names = [layer.name for layer in network(numpy_model).layers]
    assert [layer.name for layer in network(library_with()).layers] == names


def test_a_library_refuses_a_class_that_stands_in_for_none():
    with pytest.raises(ValueError, match="Danse"):
        library_with(Danse=numpy_model.layers.Dense)


def test_the_command_exits_1_and_says_where_an_injected_mistake_is(excerpt_path, tmp_path):
    arguments = ["--inject", "unrotated-kernel", "--steps", "2", "--dataset", excerpt_path, "--out", tmp_path]
    process = subprocess.run(
        [sys.executable, "-m", "harness.parity", *map(str, arguments)], capture_output=True, text=True, timeout=120
    )
    assert process.returncode == 1, process.stderr
    assert "step 1, layer conv2d_1: output equal, gradient of its inputs differs by" in process.stdout


def test_the_command_lists_the_mistakes_one_a_line(capsys):
    assert command.main(["--inject", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == list(BUGS)


def test_the_command_refuses_an_unknown_mistake_and_names_the_allowed(capsys):
    assert command.main(["--inject", "no-such-mistake"]) == 2
    message = capsys.readouterr().err
    assert "no-such-mistake" in message and all(name in message for name in BUGS)
