"""Arrays joined in one vector stay what and where they were for everybody else."""

import numpy as np
import pytest

from numpy_model.engine.parameters import LARGE_SIZE, join


def test_small_arrays_become_views_of_one_vector_with_the_same_numbers():
    rng = np.random.default_rng(0)
    arrays = {"kernel": rng.normal(size=(5, 3)), "bias": rng.normal(size=3)}
    before = {name: array.copy() for name, array in arrays.items()}
    (vector,) = join([arrays])
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, before[name])
        assert np.shares_memory(array, vector)
    vector += 1
    np.testing.assert_array_equal(arrays["bias"], before["bias"] + 1)


@pytest.mark.parametrize("axes", [(0, 1, 2, 3), (1, 2, 0, 3), (3, 2, 1, 0)])
@pytest.mark.parametrize("step", [1, -1])
def test_the_order_in_memory_is_kept(axes, step):
    array = np.arange(120.0).reshape(2, 3, 4, 5).transpose(axes)[:, ::step]
    arrays = {"kernel": array}
    join([arrays])
    np.testing.assert_array_equal(arrays["kernel"], array)
    assert arrays["kernel"].strides == array.strides


def test_large_arrays_stay_by_themselves_behind_the_vector():
    large = np.zeros(LARGE_SIZE + 1)
    layers = [{"kernel": large, "bias": np.ones(2)}, {}, {"kernel": np.ones((2, 2))}]
    vector, other = join(layers)
    assert other is large
    assert layers[0]["kernel"] is large
    assert vector.shape == (6,)


def test_nothing_small_leaves_no_vector():
    large = np.zeros(LARGE_SIZE + 1)
    assert join([{"kernel": large}]) == [large]
    assert join([{}]) == []
