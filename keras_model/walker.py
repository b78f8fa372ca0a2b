"""Single training steps of Keras, looked at layer by layer.

Letters: N samples, H x W pixels, C channels.
"""

import keras
import tensorflow as tf

from keras_model.trainer import KerasTrainer


class KerasWalker:
    """A Keras model that takes one training step at a time and says what it did.

    The step is Keras's own `train_on_batch`. What happens inside is looked at beside it, in graph mode as Keras trains:
    there the gradient of a final softmax comes from its logits.

    Args:
        network: a function of the library that returns a `Sequential`.
        optimizer: a function of the library that returns an optimizer.
        dtype: `"float32"` or `"float64"`.
    """

    def __init__(self, network, optimizer, dtype):
        self._dtype = dtype
        self._trainer = KerasTrainer(network, optimizer, dtype)
        self._model = self._trainer.model
        self._look = tf.function(self._observe)

    def start(self, weights):
        """Set all parameters, and forget all that the optimizer knows."""
        self._trainer.start(weights)

    def step(self, x, y):
        """Take one step, and return what it did, as a dictionary with one entry per layer in every list.

        Args:
            x: (N, H, W, C).
            y: (N,) labels.

        Returns:
            `loss`, of the batch before the step; `outputs`; `grads`, by parameter name; `grad_inputs`, the gradient of
            what the layer was given; `params`, by name, after the step.
        """
        self._trainer.use_dtype()
        loss, outputs, grads, grad_inputs = self._look(tf.constant(x, self._dtype), tf.constant(y))
        self._model.train_on_batch(x, y)
        return {
            "loss": float(loss),
            "outputs": [output.numpy() for output in outputs],
            "grads": [{name: grad.numpy() for name, grad in layer.items()} for layer in grads],
            "grad_inputs": [grad.numpy() for grad in grad_inputs],
            "params": [
                {variable.name: variable.numpy() for variable in layer.trainable_variables}
                for layer in self._model.layers
            ],
        }

    def _observe(self, x, y):
        flow = [x]
        with tf.GradientTape() as tape:
            tape.watch(x)
            for layer in self._model.layers:
                flow.append(layer(flow[-1], training=True))
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, flow[-1]))
        params = [
            {variable.name: variable.value for variable in layer.trainable_variables} for layer in self._model.layers
        ]
        grads, grad_inputs = tape.gradient(loss, (params, flow[:-1]))
        return loss, flow[1:], grads, grad_inputs
