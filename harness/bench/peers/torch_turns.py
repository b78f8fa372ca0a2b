"""Training and prediction in PyTorch, as its users write them.

Each call is given arrays in `use(x, y, batch_size)`, and takes them through the network whenever it is called.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional

from harness.base.text import message_of, one_line
from harness.bench.peers.torch_networks import TorchNetwork
from harness.bench.unavailable import UnavailableError
from numpy_model import Sequential


class Training:
    """An epoch of plain descent. Returns the mean loss and accuracy over it.

    Args:
        module: the network, which returns logits.
        learning_rate: above 0.
        compiled: whether `torch.compile` translates network and loss. Default `False`.
        memory_format: of kernels and images; default `torch.contiguous_format`, channels first.
    """

    waiting = 0.0

    def __init__(
        self,
        module: nn.Module,
        learning_rate: float,
        compiled: bool = False,
        memory_format: torch.memory_format = torch.contiguous_format,
    ) -> None:
        self._module = module.to(memory_format=memory_format)
        self._memory_format = memory_format
        self._optimizer = optim.SGD(module.parameters(), lr=learning_rate)
        # With fullgraph, what cannot be translated is an error; else it would run as it is written, and not be seen.
        self._compare = torch.compile(self._compare, dynamic=False, fullgraph=True) if compiled else self._compare
        self._compiled = compiled

    def use(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Train on these arrays from now on: (N, H, W, C), (N,), and samples a step."""
        images = images_of(x, self._memory_format)
        self._batches = list(zip(images.split(batch_size), torch.from_numpy(y).split(batch_size), strict=True))
        if self._compiled:
            compile_now(partial(self._step, *self._batches[0]))

    def __call__(self) -> tuple[float, float]:
        loss, n_correct, n_samples = 0.0, 0, 0
        for x, y in self._batches:
            step_loss, step_correct = self._step(x, y)
            loss += step_loss.item() * len(x)
            n_correct += step_correct.item()
            n_samples += len(x)
        return loss / n_samples, n_correct / n_samples

    def _step(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        self._optimizer.zero_grad()
        loss, n_correct = self._compare(x, y)
        loss.backward()
        self._optimizer.step()
        return loss, n_correct

    def _compare(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the mean loss of a batch, and how many of its images are classified rightly."""
        logits = self._module(x)
        return functional.cross_entropy(logits, y), (logits.argmax(dim=1) == y).sum()


class Prediction:
    """The probabilities of all classes, (N, F), one batch after the other.

    Args:
        module: the network, which returns logits.
        learning_rate: not looked at.
        compiled: whether `torch.compile` translates the network. Default `False`.
        memory_format: of kernels and images; default `torch.contiguous_format`, channels first.
    """

    waiting = 0.0

    def __init__(
        self,
        module: nn.Module,
        learning_rate: float,
        compiled: bool = False,
        memory_format: torch.memory_format = torch.contiguous_format,
    ) -> None:
        module.to(memory_format=memory_format)
        self._memory_format = memory_format
        self._module = torch.compile(module, dynamic=False, fullgraph=True) if compiled else module
        self._compiled = compiled

    def use(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        """Predict these images from now on: (N, H, W, C), and samples a step. The labels are not looked at."""
        self._batches = images_of(x, self._memory_format).split(batch_size)
        if self._compiled:
            compile_now(self)

    @torch.inference_mode()
    def __call__(self) -> np.ndarray:
        return torch.cat([functional.softmax(self._module(batch), dim=1) for batch in self._batches]).numpy()


CALLS = {"train": Training, "predict": Prediction}
# By the words that tables use.
WAYS = {
    "eager": {},
    "channels_last": {"memory_format": torch.channels_last},
    "torch.compile": {"compiled": True},
}


def make_call(model: Sequential, learning_rate: float, task: str, way: str) -> tuple[TorchNetwork, Callable]:
    """Return the network of a NumPy model in PyTorch, and what takes all images through it.

    Args:
        model: a `numpy_model.Sequential`.
        learning_rate: above 0.
        task: `"train"` or `"predict"`.
        way: one of `WAYS`.
    """
    network = TorchNetwork(model)
    return network, CALLS[task](network.module, learning_rate, **WAYS[way])


def images_of(x: np.ndarray, memory_format: torch.memory_format) -> torch.Tensor:
    """Return images (N, H, W, C) as PyTorch has them, (N, C, H, W)."""
    return torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(memory_format=memory_format)


def compile_now(call: Callable) -> None:
    """Call what is translated when it is first called.

    Raises:
        UnavailableError: if it cannot be translated, as without a C++ compiler.
    """
    try:
        call()
    except RuntimeError as error:
        raise UnavailableError(one_line(message_of(error))) from error
