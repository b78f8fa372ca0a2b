"""What the loops share: activations row by row, and arrays to start with."""

import math

import numpy as np


def start(layer, inputs):
    """Check the inputs, and return an array for the outputs."""
    layer.check_input(inputs)
    return np.empty((len(inputs), *layer.output_shape), layer.dtype)


def clear(grads):
    """Set all gradients to zero."""
    for grad in grads.values():
        grad[...] = 0


def activate(activation, logits):
    """Return the outputs of an activation for one row of logits."""
    name = kind_of(activation)
    if name == "Relu":
        return [logit if logit > 0 else 0 for logit in logits]
    if name == "Softmax":
        largest = max(logits)
        exponentials = [math.exp(logit - largest) for logit in logits]
        total = sum(exponentials)
        return [exponential / total for exponential in exponentials]
    return list(logits)


def activate_backward(activation, grad_outputs, outputs):
    """Return the gradient of one row of logits."""
    name = kind_of(activation)
    if name == "Relu":
        return [grad if output > 0 else 0 for grad, output in zip(grad_outputs, outputs, strict=True)]
    if name == "Softmax":
        # d output_i / d logit_j is output_i * ((i == j) - output_j).
        return [
            sum(grad_outputs[i] * outputs[i] * ((i == j) - outputs[j]) for i in range(len(outputs)))
            for j in range(len(outputs))
        ]
    return list(grad_outputs)


def kind_of(activation):
    """Return the name of an activation, or raise `ValueError` for one that is not spelled out here."""
    name = type(activation).__name__
    if name not in ("Linear", "Relu", "Softmax"):
        raise ValueError(f"activation {name} is not written out in plain loops; use linear, relu or softmax")
    return name


def backward_rows(activation, grad_outputs, outputs):
    """Return the gradient of the logits, row by row along the last axis."""
    grad_logits = np.empty_like(grad_outputs)
    for index in np.ndindex(grad_outputs.shape[:-1]):
        grad_logits[index] = activate_backward(activation, grad_outputs[index], outputs[index])
    return grad_logits
