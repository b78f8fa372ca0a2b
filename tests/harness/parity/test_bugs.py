"""Every mistake of the gallery is found where it was made, and without a mistake none is found."""

from dataclasses import replace

import pytest

import numpy_model
from harness.experiments.networks import NETWORKS, simple_cnn
from harness.parity import __main__ as command
from harness.parity.bugs import BUGS, library_with
from harness.parity.report import words_of
from tests.harness.parity.sides import numpy_walker, walk_with_bug


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_mistake_is_found_where_it_was_made(bug):
    found = walk_with_bug(bug, ("float64",))["float64"].divergences[0]
    difference = found.difference
    assert (difference.layer, difference.quantity, difference.step) == (bug.layer, bug.quantity, bug.step)
    text = words_of(found)
    assert text.startswith(f"step {bug.step}, layer {bug.layer}: ")
    assert f"{bug.quantity} " in text


@pytest.mark.processor
@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_mistake_is_found_in_float32_alone_in_the_same_step(bug):
    found = walk_with_bug(bug, ("float32",))["float32"].divergences[0]
    kind = found.difference.kind
    assert (found.difference.step, kind) == (bug.step, kind_of(bug.quantity))
    # The smallest is measured with Adam's epsilon in another place, 1e-4 where 1e-6 is allowed.
    assert max(other.counts / other.tolerance for other in found.around if other.kind == kind) > 10


def kind_of(quantity):
    """Return the kind of a `Difference` with a quantity."""
    if quantity.startswith("gradient"):
        return "gradient"
    return "output" if quantity == "output" else "update"


# Of mistakes that are looked for in the same steps, one: without the mistake they are one comparison.
STEPS = {(bug.optimizer, bug.batch_size, bug.logits_scale): bug for bug in BUGS.values()}


@pytest.mark.parametrize("bug", STEPS.values(), ids=[bug.name for bug in STEPS.values()])
def test_without_the_mistake_the_same_steps_show_no_difference(bug):
    walks = walk_with_bug(replace(bug, library=numpy_model))
    assert [walk.divergences for walk in walks.values()] == [[], []]


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_mistake_has_a_library_of_its_own_and_is_told_in_one_sentence(bug):
    assert bug.library is not numpy_model
    assert bug.mistake[0].isupper() and bug.mistake.endswith(".") and ". " not in bug.mistake
    assert bug.name == bug.name.lower() and " " not in bug.name


def test_a_library_gives_its_layers_the_names_of_the_right_ones():
    library = library_with(Dense=type("Odd", (numpy_model.layers.Dense,), {}))
    assert [layer.name for layer in simple_cnn(library).layers] == numpy_walker("simple_cnn").names


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_every_network_can_be_made_with_a_library(network):
    names = [layer.name for layer in network(numpy_model).layers]
    assert [layer.name for layer in network(library_with()).layers] == names


def test_a_library_refuses_a_class_that_stands_in_for_none():
    with pytest.raises(ValueError, match="Danse"):
        library_with(Danse=numpy_model.layers.Dense)


def test_the_command_exits_1_and_says_where_an_injected_mistake_is(excerpt_path, tmp_path, capsys):
    arguments = ["--inject", "unrotated-kernel", "--steps", "2", "--dataset", excerpt_path, "--out", tmp_path]
    assert command.main(list(map(str, arguments))) == 1
    assert "step 1, layer conv2d_1: output equal, gradient of its inputs differs by" in capsys.readouterr().out


def test_the_command_lists_the_mistakes_one_a_line(capsys):
    assert command.main(["--inject", "list"]) == 0
    assert BUGS, "a test for each of none would be no test"
    assert capsys.readouterr().out.splitlines() == list(BUGS)


def test_the_command_refuses_an_unknown_mistake_and_names_the_allowed(capsys):
    assert command.main(["--inject", "no-such-mistake"]) == 2
    message = capsys.readouterr().err
    assert "no-such-mistake" in message and all(name in message for name in BUGS)
