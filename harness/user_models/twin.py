"""The network that a user's model is compared with."""

from harness.base.errors import UsageError
from harness.base.user_code import call
from harness.experiments.building import compiled_numpy_model
from harness.user_models.interface import fitted_to


def find_twin(loaded, network, optimizer, dtype):
    """Return the network as a function of the library alone, and the same as a compiled `numpy_model.Sequential`.

    Args:
        loaded: a `LoadedModel`.
        network: a function of the library, for the shapes of the data set. It is used if the model names none.
        optimizer: a function of the library that returns an optimizer.
        dtype: `"float32"` or `"float64"`.

    Raises:
        UsageError: if the model's own network cannot be built or is for other images or classes, or the optimizer is
            not plain descent.
        ValueError: if `network` cannot be built.
    """
    twin = compiled_numpy_model(network, optimizer, dtype)
    if getattr(twin.optimizer, "momentum", None) != 0:
        raise UsageError(
            f"{loaded.where}: a model of your own takes plain steps, weights - learning_rate * gradient; "
            f"the optimizer here is {type(twin.optimizer).__name__}, expected sgd"
        )
    if not loaded.interface.network:
        return network, twin
    own_network = fitted_to(loaded.interface.network, twin.input_shape, twin.output_shape[0])
    own_twin = call(loaded.where, "network(nn)", compiled_numpy_model, own_network, optimizer, dtype)
    for what, own, expected in (
        ("takes images", own_twin.input_shape, twin.input_shape),
        ("returns outputs", own_twin.output_shape, twin.output_shape),
    ):
        if own != expected:
            raise UsageError(
                f"{loaded.where}: the network {what} of shape {own}; expected for this data set {expected}"
            )
    return own_network, own_twin
