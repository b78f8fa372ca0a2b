"""The table of how a step grows shorter with more processes."""

from collections.abc import Collection, Mapping

from harness.base.markdown import markdown
from harness.bench.scaling.plan import ScalingPlan
from harness.bench.scaling.simulation import Exchange, simulated_step

EXPLANATION = """\
A step of `simple_cnn`, in µs: medians over the rounds. `own share` is what one process takes alone for the images of
each. `simulated` is worked out from it and from the exchange, for as many cores as processes; what cores take from each
other, of caches and memory, is not in it. `measured` is the step itself, where this machine has the cores and the model
shares such a batch. `against one` is the step of one process divided by the simulated one. `shared` is whether the
model shares a batch like that, if it may have so many processes."""


def report_of(
    steps: Mapping[tuple[int, int], float],
    plan: ScalingPlan,
    shared: Collection[tuple[int, int]],
    exchange: Exchange,
) -> str:
    """Return the table, and what it was worked out from.

    Args:
        steps: µs of the steps that were measured, by batch size and number of processes.
        plan: a `ScalingPlan`.
        shared: pairs of batch size and number of processes that the model works with.
        exchange: with one worker.
    """
    heading = ("batch size", "processes", "own share", "simulated", "measured", "against one", "shared")
    lines = [heading]
    for batch_size, n_processes in plan.shares():
        part, whole = steps[batch_size // n_processes, 1], steps[batch_size, 1]
        simulated = simulated_step(part, n_processes, exchange)
        measured = steps.get((batch_size, n_processes))
        lines.append(
            (
                f"{batch_size}",
                f"{n_processes}",
                f"{part:,.0f}",
                f"{simulated:,.0f}",
                f"{measured:,.0f}" if measured else "",
                f"{whole / simulated:.2f}x",
                "yes" if n_processes == 1 or (batch_size, n_processes) in shared else "no",
            )
        )
    return "\n\n".join(["\n".join(markdown(lines)), EXPLANATION, exchange_sentence(exchange)])


def exchange_sentence(exchange: Exchange) -> str:
    """Return what the exchange with one worker takes."""
    return (
        f"The exchange with one worker takes {exchange.total:,.0f} µs a step: {exchange.handing_over:,.0f} to hand the "
        f"parameters over, {exchange.adding:,.0f} to add the gradients up, and {exchange.waking:,.0f} for the rest, "
        "mostly until both processes are awake."
    )
