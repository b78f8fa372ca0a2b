"""Where the time of a NumPy training step goes: microseconds by layer, forward and backward."""

from collections import Counter

import numpy_model
from harness.base.markdown import markdown
from harness.bench.contenders import Turns
from harness.bench.plan import NUMPY, SIMPLE_CNN, Workload
from harness.bench.products import ProductTurns


def profile(batch_size: int, n_steps: int = 2_000, network: str = SIMPLE_CNN) -> str:
    """Return a table of microseconds an image by layer, forward and backward, of training with one thread.

    Layers are timed within whole steps, so that each finds the caches as the others leave them.

    Args:
        batch_size: images a step.
        n_steps: steps that are timed.
        network: as flags name it.
    """
    numpy_model.config.set_threads(1)
    workload = Workload("train", batch_size, n_steps * batch_size, network=network)
    turns = Turns(NUMPY, workload)
    seconds = Counter()
    with turns.model.timed(seconds):
        turn = turns.take()
    total = turn.microseconds_per_image
    floor = ProductTurns(workload, turn.seconds).take().microseconds_per_image

    each = {section: 1e6 * value / (n_steps * batch_size) for section, value in seconds.items()}
    rows = [("µs an image", "forward", "backward")]
    for name in [*(layer.name for layer in turns.model.layers), "loss"]:
        rows.append((name, f"{each.get((name, 'forward'), 0):.1f}", f"{each[name, 'backward']:.1f}"))
    rest = total - sum(each.values())
    lines = markdown(rows)
    lines += ["", f"optimizer and the loop: {rest:.1f} µs; together {total:.1f} µs an image"]
    lines.append(f"matrix products alone: {floor:.1f} µs, {floor / total:.0%}")
    return "\n".join(lines)
