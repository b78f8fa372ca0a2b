"""The floor makes the products of the NumPy model, by as many processes."""

import sys

import numpy as np
import pytest

import numpy_model
from harness.bench.contenders import Turns
from harness.bench.plan import NUMPY, Workload
from harness.bench.products import SINGLE_STEPS, ProductTurns, SideBySide, make, record_products, shares_of
from numpy_model.engine.deferred import CAPACITY

needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="the floor's processes are forks")


def multiplications(products):
    """Return how many multiplications of two numbers are made in these products."""
    return sum(out.size * left.shape[-1] for _, left, _, out in products)


def shapes(products):
    return [(left.shape, right.shape) for _, left, right, _ in products]


@pytest.mark.parametrize("batch_size", [1, 2])
def test_the_floor_makes_the_multiplications_of_a_training_step(batch_size):
    turns = ProductTurns(Workload("train", batch_size))
    (products,) = turns.products
    convolutions = 28 * 28 * 25 * 6 * 2 + 28 * 28 * 150 * 6 * 3  # forward and backward; the first layer without inputs
    dense = (1176 * 100 + 100 * 10) * 3
    # More, as cells are computed that nobody reads, biases, and zeros up to whole tiles of BLAS.
    assert 1 < multiplications(products) / turns.n_images / (convolutions + dense) < 1.3  # measured 1.21 and 1.15


@pytest.mark.parametrize(("batch_size", "n_steps"), [(1, SINGLE_STEPS), (2, 2)])
def test_the_floor_hears_each_step_once(batch_size, n_steps):
    (products,) = ProductTurns(Workload("train", batch_size)).products
    assert sum(out.size == batch_size * 10 for *_, out in products) == n_steps


def test_a_large_kernel_is_rewritten_a_whole_number_of_times_in_the_single_steps():
    assert SINGLE_STEPS % CAPACITY == 0


@needs_fork
@pytest.mark.parametrize(("batch_size", "threads", "shares"), [(1, 2, [1]), (4, 2, [4]), (32, 2, [16, 16])])
def test_the_floor_has_the_processes_of_the_model(batch_size, threads, shares):
    numpy_model.config.set_threads(threads)
    assert shares_of(Workload("train", batch_size)) == shares
    assert len(ProductTurns(Workload("train", batch_size)).products) == len(shares)


@needs_fork
@pytest.mark.parametrize(("batch_size", "threads"), [(1, 2), (32, 1), (32, 2), (49, 3)])
def test_each_process_of_the_floor_makes_the_products_of_one_of_the_model(batch_size, threads):
    numpy_model.config.set_threads(threads)
    turns = ProductTurns(Workload("train", batch_size))
    with record_products() as heard:
        model = Turns(NUMPY, Workload("train", batch_size, turns.n_images))
        heard.clear()
        model.take()
    assert shapes(heard) == shapes(turns.products[0])  # what the caller's process makes, while workers share the batch
    per_image = [
        multiplications(products) / share
        for products, share in zip(turns.products, shares_of(Workload("train", batch_size)), strict=True)
    ]
    # All workers do as much for an image, but for cells that nobody reads.
    assert max(per_image) / min(per_image) < 1.05  # measured 1


@needs_fork
def test_the_time_of_the_floor_ends_when_its_slowest_process_does():
    square = np.ones((300, 300), np.float32)
    few, many = ([(np.matmul, square, square, np.empty_like(square))] * count for count in (1, 1_000))
    alike, apart = SideBySide([few, few]), SideBySide([few, many])
    assert apart.time(1) > 10 * min(alike.time(1) for _ in range(5))


@pytest.mark.parametrize("batch_size", [1, 2])
def test_products_that_are_made_again_and_again_neither_overflow_nor_vanish(batch_size):
    products, *_ = ProductTurns(Workload("train", batch_size, network="two_stacks")).products
    with np.errstate(all="raise"):
        make(products, 300)
