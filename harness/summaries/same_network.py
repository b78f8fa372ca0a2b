"""Whether the models of a run are one network, as it was proved before they were trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.base.numbers import at_most_text
from harness.base.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.results.proof import ModelProof

HEADING = ("proof", "same network", "steps", "precision", "largest difference")
ANSWERS = {True: "yes", False: "no", None: "not known"}


def proof_text(proof: ModelProof) -> str:
    """Return one sentence that says what was proved of a model."""
    model, against = one_line(proof.model, 40), one_line(proof.against, 40)
    if proof.same is None:
        return f"It was not proved that {model} and {against} are the same network: {proof.words}."
    if not proof.same:
        return f"Not the same network: {model} and {against} differ in {proof.precision}: {proof.words}."
    steps = f"{proof.steps} step{'' if proof.steps == 1 else 's'}"
    return (
        f"Same network: after {steps} in {proof.precision} no parameter of {model} and {against} differs by more than "
        f"{at_most_text(proof.difference)}."
    )


def network_verdict(proofs: Sequence[ModelProof]) -> str:
    """Return in a few words whether the models are one network; "" if it is not known of one of them."""
    if any(proof.same is False for proof in proofs):
        return "Not the same network"
    return "The same network" if proofs and all(proof.same for proof in proofs) else ""


def proof_rows(proofs: Sequence[ModelProof]) -> list[tuple[str, ...]]:
    """Return a row for each proof, as text."""
    return [
        (
            f"{proof.model}, {proof.against}",
            ANSWERS[proof.same],
            str(proof.steps),
            proof.precision if proof.steps else "-",
            "-" if proof.difference is None else at_most_text(proof.difference),
        )
        for proof in proofs
    ]
