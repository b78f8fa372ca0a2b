"""The penalties of regularized parameters, beside the loss of a batch."""


def penalty_of(layers):
    """Return the sum of all penalties, as a number."""
    return sum(regularizer(layer.params[name]) for layer in layers for name, regularizer in layer.regularizers.items())


def add_gradients(layers):
    """Add the gradients of all penalties to those of the loss, in place."""
    for layer in layers:
        for name, regularizer in layer.regularizers.items():
            layer.grads[name] += regularizer.gradient(layer.params[name])
