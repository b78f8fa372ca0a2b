"""The layers of Keras, and one that it has not."""

import keras
from keras.layers import *  # noqa: F403 - whatever Keras has


@keras.saving.register_keras_serializable("keras_model")
class PixelBias(keras.layers.Layer):
    """A bias for each pixel, and an activation: activation(inputs + bias). Its twin is `numpy_model.layers.PixelBias`.

    Args:
        activation: as in every layer of Keras; default `None`.
        bias_initializer: likewise; default `"zeros"`.
        kwargs: such as `name` and `dtype`.

    Input and output shape: (N, H, W, C), height and width known.
    Weights: `bias` (H, W, C).
    """

    def __init__(
        self,
        activation: str | None = None,
        bias_initializer: str | keras.initializers.Initializer = "zeros",
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the bias."""
        self.bias = self.add_weight(name="bias", shape=input_shape[1:], initializer=self.bias_initializer)
        self.input_spec = keras.layers.InputSpec(shape=(None, *input_shape[1:]))

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """Return the outputs."""
        return self.activation(keras.ops.add(inputs, self.bias))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, object]:
        """Return the arguments that make the layer again."""
        return super().get_config() | {
            "activation": keras.activations.serialize(self.activation),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }
