"""A model whose weights are not all trained."""

import numpy as np
import pytest

import numpy_model as nn


@pytest.fixture
def model():
    chain = [nn.layers.BatchNormalization(), nn.layers.Dense(3, activation="softmax")]
    model = nn.Sequential([nn.Input((4,)), *chain])
    model.compile("adam")
    model.fit(np.random.default_rng(0).normal(2, 3, (64, 4)), np.arange(64) % 3, verbose=0, seed=0)
    return model


def test_the_weights_are_those_of_each_layer_and_after_them_its_state(model):
    names = ["gamma", "beta", "moving_mean", "moving_variance"]
    assert list(model.weights) == [*(f"batch_normalization/{name}" for name in names), "dense/kernel", "dense/bias"]
    assert [weight.shape for weight in model.get_weights()] == [(4,)] * 4 + [(4, 3), (3,)]
    assert len(model.params) == 4


def test_a_file_of_weights_holds_the_state(model, tmp_path):
    x = np.ones((5, 4))
    expected = model.predict(x)
    model.save_weights(tmp_path / "weights.npz")
    model.initialize(1)
    assert not np.allclose(model.predict(x), expected)
    model.load_weights(tmp_path / "weights.npz")
    np.testing.assert_array_equal(model.predict(x), expected)


def test_the_summary_counts_what_is_not_trained(model):
    lines = []
    model.summary(print_fn=lines.append)
    text = "\n".join(lines)
    assert "Total params: 31 (0.12 KB)" in text
    assert "Trainable params: 23 (0.09 KB)" in text
    assert "Non-trainable params: 8 (0.03 KB)" in text
    assert model.count_params() == 31
