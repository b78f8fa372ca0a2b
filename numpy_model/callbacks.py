"""Callbacks of `fit`: objects with some of the methods that Keras's callbacks have."""

from collections.abc import Iterable

METHODS = (
    "set_params",
    "set_model",
    "on_train_begin",
    "on_epoch_begin",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_epoch_end",
    "on_train_end",
)


class CallbackList:
    """Calls each method on those callbacks that have it, in their order.

    Args:
        callbacks: objects with any of `set_params(params)`, `set_model(model)`, `on_train_begin(logs)`,
            `on_epoch_begin(epoch, logs)`, `on_train_batch_begin(batch, logs)`, `on_train_batch_end(batch, logs)`,
            `on_epoch_end(epoch, logs)` and `on_train_end(logs)`; or one such object, or `None`.
        model: the `Sequential` that is trained.

    Raises:
        ValueError: for an object that has none of these methods.

    Reference: https://keras.io/api/callbacks/base_callback/

    Example:
        >>> class Printer:
        ...     def on_epoch_end(self, epoch, logs):
        ...         print(epoch, logs)
        >>> callbacks = CallbackList([Printer()], model=None)
        >>> callbacks.call("on_epoch_begin", 0, {})
        >>> callbacks.call("on_epoch_end", 0, {"loss": 0.5})
        0 {'loss': 0.5}
    """

    def __init__(self, callbacks: Iterable[object] | object | None, model: object) -> None:
        if callbacks is None:
            callbacks = ()
        self._callbacks = tuple(callbacks) if isinstance(callbacks, list | tuple) else (callbacks,)
        for callback in self._callbacks:
            if isinstance(callback, type):
                raise ValueError(f"callbacks has the class {callback.__name__}; give an object: {callback.__name__}()")
            if not any(hasattr(callback, method) for method in METHODS):
                raise ValueError(f"callbacks has {callback!r}; allowed are objects with some of {', '.join(METHODS)}")
        self._model = model

    def __bool__(self) -> bool:
        return bool(self._callbacks)

    @property
    def stopped(self) -> bool:
        """Whether a callback has set `model.stop_training`."""
        return self._model.stop_training

    def call(self, method: str, *arguments: object) -> None:
        """Call the method `method` with these arguments on every callback that has it."""
        for callback in self._callbacks:
            function = getattr(callback, method, None)
            if function is not None:
                function(*arguments)
