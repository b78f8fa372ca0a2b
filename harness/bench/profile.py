"""Where the time of a NumPy training step goes: microseconds by layer, forward and backward."""

import time
from collections import defaultdict

import numpy as np

import numpy_model
from harness.bench.contenders import Turns
from harness.bench.plan import NUMPY, Workload
from harness.bench.products import ProductTurns
from harness.tables.markdown import markdown
from numpy_model import ops


def profile(batch_size, n_steps=2_000):
    """Return a table of microseconds an image by layer, forward and backward, of training with one thread.

    Layers are timed within whole steps, so that each finds the caches as the others leave them.

    Args:
        batch_size: images a step.
        n_steps: steps that are timed.
    """
    numpy_model.config.set_threads(1)
    workload = Workload("train", batch_size, n_steps * batch_size)
    seconds = defaultdict(lambda: np.zeros(2))

    def time_layers(model):
        for layer in model.layers:
            for name, column in (("forward", 0), ("backward", 1), ("backward_logits", 1)):
                if hasattr(layer, name):
                    setattr(layer, name, timed(getattr(layer, name), seconds[layer.name], column))

    turns = Turns(NUMPY, workload, prepare=time_layers)
    for pair in seconds.values():
        pair[:] = 0
    turn = turns.take()
    total = turn.microseconds_per_image
    floor = ProductTurns(workload, turn.seconds).take().microseconds_per_image

    rows = [("µs an image", "forward", "backward")]
    for name, pair in seconds.items():
        forward, backward = 1e6 * pair / (n_steps * batch_size)
        rows.append((name, f"{forward:.1f}", f"{backward:.1f}"))
    rest = total - sum(1e6 * pair.sum() / (n_steps * batch_size) for pair in seconds.values())
    lines = markdown(rows)
    lines += ["", f"optimizer, loss and the loop: {rest:.1f} µs; together {total:.1f} µs an image"]
    lines.append(f"matrix products alone: {floor:.1f} µs, {floor / total:.0%}")
    return "\n".join(lines)


def timed(function, seconds, column):
    """Return `function` with its time added to `seconds[column]`, at each call and whenever its recording is played."""

    def start():
        seconds[column] -= time.perf_counter()

    def stop():
        seconds[column] += time.perf_counter()

    def call(*arguments, **options):
        ops.run(start)
        result = function(*arguments, **options)
        ops.run(stop)
        return result

    return call
