"""Outputs and scores of layers in a chain.

Letters: N samples, F classes.
"""

import numpy as np

from numpy_model.chain import Chain
from numpy_model.checks import check_only
from numpy_model.data import check_given, check_sample_weight, check_samples
from numpy_model.scores import as_keras_returns, epoch_scores, line_of


class Predictor(Chain):
    """`predict` and `evaluate`: `Sequential` without training, and without the engine that computes.

    Args and attributes are those of `Sequential`.
    """

    def test_on_batch(
        self,
        x: np.ndarray,
        y: np.ndarray | None = None,
        sample_weight: np.ndarray | None = None,
        return_dict: bool = False,
    ) -> float | list[float] | dict[str, float]:
        """Return `loss`, or `[loss, accuracy]`, of one batch; or both by name.

        Args:
            x, y, sample_weight: as in `fit`.
            return_dict: whether to return them by name. Default `False`.

        Raises:
            ValueError: for data that the model cannot take.
        """
        x = self._check_samples(x)
        return self.evaluate(x, y, len(x), 0, sample_weight, return_dict=return_dict)

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns, in its order."""
        return ["loss", *self.metrics]

    def evaluate(
        self,
        x: np.ndarray | None = None,
        y: np.ndarray | None = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: np.ndarray | None = None,
        steps: None = None,
        callbacks: None = None,
        return_dict: bool = False,
    ) -> float | list[float] | dict[str, float]:
        """Return `loss`, or `[loss, accuracy]`, over all samples; or both by name.

        Args:
            x, y, batch_size, sample_weight: as in `fit`.
            verbose: 1 and 2 print a line, 0 and `"auto"` (the default) nothing.
            steps: `None`, the default: all samples are seen.
            callbacks: `None`, the default.
            return_dict: whether to return them by name. Default `False`.

        Raises:
            ValueError: for data that the model cannot take.
        """
        check_only("verbose", verbose, "auto", 0, 1, 2, False, True)
        check_only("steps", steps, None)
        check_only("callbacks", callbacks, None, [])
        check_only("return_dict", return_dict, False, True)
        x, targets, weights = self._check_data(x, y, sample_weight)
        with self._lock:
            logits = self._outputs(x, batch_size, as_logits=True)
            scores = self._scores(logits, targets, weights, self._penalty(), return_dict=True)
        if verbose in (1, 2):
            print(line_of(scores))
        return scores if return_dict else as_keras_returns(scores)

    def predict(
        self,
        x: np.ndarray,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: None = None,
        callbacks: None = None,
    ) -> np.ndarray:
        """Return the outputs for all samples, (N, *output_shape).

        Args:
            x: (N, *input_shape).
            batch_size: samples at a time, at most. Default 32, also for `None`.
            verbose: 1 and 2 print how many samples were predicted, 0 and `"auto"` (the default) nothing.
            steps: `None`, the default: all samples are predicted.
            callbacks: `None`, the default.

        Raises:
            ValueError: for data that the model cannot take.
        """
        check_only("verbose", verbose, "auto", 0, 1, 2, False, True)
        check_only("steps", steps, None)
        check_only("callbacks", callbacks, None, [])
        x = self._check_samples(x)
        outputs = self._outputs(x, batch_size)
        if verbose in (1, 2):
            print(f"predicted {len(x)} samples")
        return outputs

    def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
        """Return the outputs for one batch, (N, *output_shape)."""
        x = self._check_samples(x)
        return self.predict(x, batch_size=len(x))

    def __call__(self, inputs: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the outputs for one batch, as `forward` does, whatever the type of its numbers."""
        with self._lock:
            return self.forward(self._check_samples(inputs), training)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the outputs of the last layer for one batch (N, *input_shape), layer by layer as they are written."""
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def _scores(
        self, logits: np.ndarray, targets: np.ndarray, weights: np.ndarray | None, penalty: float, return_dict: bool
    ) -> float | list[float] | dict[str, float]:
        scored = self.loss, self.loss.forward(logits, targets), logits, targets
        scores = epoch_scores(*scored, self.metrics, weights, penalty)
        return scores if return_dict else as_keras_returns(scores)

    def _check_layers(self) -> None:
        if not self.layers:
            raise RuntimeError(f"{self.name} has no layers; add an Input and layers first")

    def _check_compiled(self) -> None:
        if self.optimizer is None:
            raise RuntimeError(f"{self.name} is not compiled; call compile(optimizer, loss) first")

    def _check_samples(self, x: object) -> np.ndarray:
        self._check_layers()
        return check_samples(self.name, x, self.input_shape, self.dtype)

    def _check_data(
        self, x: object, y: object, sample_weight: object
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return samples, targets (N, F) and weights (N,) as arrays of the model's type."""
        self._check_compiled()
        x = self._check_samples(x)
        check_given(y)
        targets = self.loss.encode(y, self.output_shape[-1], self.dtype)
        if len(x) != len(targets):
            raise ValueError(f"{self.name} received {len(x)} samples and {len(targets)} labels")
        return x, targets, check_sample_weight(sample_weight, len(x), self.dtype)
