"""What one training step of a model did, layer by layer."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Trace:
    """Everything that can be compared after one step. What a model does not tell is missing from the dictionaries.

    Attributes:
        loss: mean over the batch, before the step; `None` if it is not reported.
        outputs: array by layer, from the first layer to the last.
        grads: gradient by layer and parameter.
        grad_inputs: by layer, the gradient of what the layer was given.
        params: parameter by layer and name, after the step.
        rounding: by layer and parameter, how far the gradient may be off because it was inferred from the step; by
            layer and `"output"`, how far the output may be.
        penalty: what the layers add to the loss, such as an L2 penalty.
    """

    loss: float | None
    outputs: dict
    grads: dict
    grad_inputs: dict
    params: dict
    rounding: dict = field(default_factory=dict)
    penalty: float = 0.0

    @property
    def has_inferred_grads(self):
        """Whether gradients were inferred from the step."""
        return any(gap for of_layer in self.rounding.values() for name, gap in of_layer.items() if name != "output")

    def without_inferred_outputs(self):
        """Return the trace with those outputs alone that the model reported."""
        is_inferred = {layer for layer, of_layer in self.rounding.items() if "output" in of_layer}
        return replace(
            self, outputs={layer: output for layer, output in self.outputs.items() if layer not in is_inferred}
        )


def trace(names, loss, outputs, grads, grad_inputs, params, rounding=None, penalty=0.0):
    """Return a `Trace` from lists with one entry for each layer.

    Args:
        names: of the layers.
        loss, outputs, grads, grad_inputs, params: as a walker's `step` returns them; `None` for what is not reported.
        rounding: of inferred gradients; default none.
        penalty: as of `Trace`.
    """
    by_layer = [
        {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for values in (outputs, grads, grad_inputs, params, rounding or [None for _ in names])
    ]
    return Trace(loss, *by_layer, penalty)
