"""The default floating-point type."""

import pytest

import numpy_model
from numpy_model import config, layers
from tests.numpy_model.cases import tiny_data, tiny_network


def test_layers_compute_in_float32_unless_told_otherwise():
    assert config.floatx() == "float32"
    assert layers.Dense(2).dtype == "float32"
    assert layers.Dense(2, dtype="float64").dtype == "float64"


def test_a_new_default_holds_for_layers_made_from_now_on():
    before = layers.Dense(2)
    config.set_floatx("float64")
    after = layers.Dense(2)
    for layer in (before, after):
        layer.build((3,))
    assert (before.params["kernel"].dtype, after.params["kernel"].dtype) == ("float32", "float64")


@pytest.mark.parametrize("dtype", ["float16", "int32", None, "double"])
def test_other_types_are_refused_and_the_default_stays(dtype):
    with pytest.raises(ValueError, match="allowed are 'float32' and 'float64'"):
        config.set_floatx(dtype)
    assert config.floatx() == "float32"


@pytest.mark.parametrize("dtype", config.FLOAT_TYPES)
def test_a_model_keeps_its_type_whatever_the_data(dtype):
    config.set_floatx(dtype)
    model = tiny_network(numpy_model)
    assert model.dtype == dtype
    assert {param.dtype.name for param in model.params.values()} == {dtype}
    assert {model.predict(tiny_data(2, data)[0]).dtype.name for data in ("float32", "float64", "int64")} == {dtype}


def test_a_layer_for_which_there_is_no_memory_is_refused_before_any_is_taken(monkeypatch):
    monkeypatch.setattr(config, "available_memory", lambda: 10**9)
    with pytest.raises(MemoryError, match=r"layer dense: kernel of shape \(9000000, 100\) needs 14.40 GB of memory"):
        layers.Dense(100).build((9_000_000,))
    layers.Dense(100).build((50_000,))


def test_memory_is_asked_for_in_words_that_the_system_may_lack(monkeypatch):
    assert config.available_memory() is None or config.available_memory() > 10**6
    monkeypatch.setattr(config, "available_memory", lambda: None)
    config.check_memory(2**60, "anything", "nothing")
