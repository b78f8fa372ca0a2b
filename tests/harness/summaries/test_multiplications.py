"""Multiplications are those of matrix products, and a network of dense layers has one for each weight."""

from harness.experiments.networks import dense_only, simple_cnn
from harness.summaries.multiplications import multiplications


def test_a_dense_network_takes_one_for_each_weight():
    assert multiplications(dense_only) == 784 * 150 + 150 * 10


def test_a_convolution_takes_its_kernel_at_each_pixel():
    convolutions = 28 * 28 * (5 * 5 * 1 * 6 + 5 * 5 * 6 * 6)
    assert multiplications(simple_cnn) == convolutions + 14 * 14 * 6 * 100 + 100 * 10
    assert multiplications(simple_cnn, (14, 14, 1), 2) == convolutions // 4 + 7 * 7 * 6 * 100 + 100 * 2
