"""Every mistake of the gallery of networks from scratch is found for what it is, and its page shows what is found."""

from pathlib import Path

import pytest

from harness.parity import __main__ as command
from harness.parity import gallery

PAGE = Path(gallery.__file__).with_name("README.md")


@pytest.fixture(scope="module")
def findings():
    """Return what the proof says of all networks."""
    return gallery.prove_all()


@pytest.mark.parametrize("index", range(len(gallery.MISTAKES)), ids=[mistake.what for mistake in gallery.MISTAKES])
def test_a_mistake_is_found_for_what_it_is(index, findings):
    finding = findings[index]
    assert finding.is_right, f"{finding.words}; expected {finding.mistake.expected}"


def test_there_are_twelve_and_the_page_shows_what_is_said_of_each(findings):
    assert len(findings) == 12
    assert gallery.table(findings) in PAGE.read_text(encoding="utf-8")


def test_a_network_without_a_mistake_is_the_same():
    right = gallery.Mistake("None.", (), "", "", "")
    walker = gallery.import_keras().KerasWalker(
        gallery.simple_cnn, gallery.optimizer_named("sgd"), "float64", is_exact=True
    )
    finding = gallery.Finding(right, gallery.first_difference(right, walker))
    assert finding.words == "same" and not finding.is_right


def test_a_change_of_what_is_not_there_is_refused():
    with pytest.raises(ValueError, match="the template has no"):
        gallery.Mistake("Nothing.", (("no such line", ""),), "", "", "").text()


@pytest.mark.parametrize(("is_found", "code"), [(True, 0), (False, 1)])
def test_the_command_prints_the_table_and_fails_if_a_mistake_is_not_found(
    is_found, code, findings, monkeypatch, capsys
):
    found = findings if is_found else [gallery.Finding(findings[0].mistake, None)]
    monkeypatch.setattr(gallery, "prove_all", lambda progress: found)
    assert command.main(["--gallery"]) == code
    assert capsys.readouterr().out.strip() == gallery.table(found)
