"""What is compared, and for how long."""

from dataclasses import dataclass

from harness.base.checks import check_learning_rate, check_whole
from harness.base.errors import UsageError
from harness.experiments import MODELS
from harness.experiments.losses import LOSS, check_loss
from harness.experiments.model_names import check_model
from harness.experiments.optimizers import check_optimizer
from harness.experiments.own_networks import check_network


@dataclass(frozen=True)
class ParityConfig:
    """Everything that a comparison needs to know, as written to its `config.json`.

    Attributes:
        network: as in `RunConfig`; a user's model may name another one.
        model: `"numpy"`, or a user's model, as a file or `module:function`.
        inject: the name of a bug to plant in the NumPy model, or `None`.
        steps: at least 1.
        batch_size: at least 1; `None` for 1, or more for a user's model that takes batches.
        optimizer: as in `RunConfig`.
        loss: as in `RunConfig`.
        learning_rate: above 0.
        seed: a whole number from 0, for weights and order.
        dataset: `"fashion"`, `"mnist"` or the path of an npz file.

    Raises:
        UsageError: for a value out of range.
    """

    network: str = "simple_cnn"
    model: str = "numpy"
    inject: str | None = None
    steps: int = 100
    batch_size: int | None = None
    optimizer: str = "sgd"
    loss: str = LOSS
    learning_rate: float = 0.005
    seed: int = 0
    dataset: str = "fashion"

    def __post_init__(self):
        check_network(self.network)
        check_optimizer(self.optimizer)
        check_loss(self.loss)
        check_whole("steps", self.steps, 1)
        if self.batch_size is not None:
            check_whole("batch_size", self.batch_size, 1)
        check_whole("seed", self.seed, 0)
        check_learning_rate(self.learning_rate)
        check_model(self.model, own=("numpy",), taken=MODELS)
        if self.model != "numpy" and self.optimizer != "sgd":
            raise UsageError(
                f"{self.model} is compared with plain SGD, for it takes its steps itself; leave out "
                f"--optimizer {self.optimizer}"
            )
        if self.model != "numpy" and self.loss != LOSS:
            raise UsageError(f"{self.model} names its loss itself, in an attribute; leave out --loss {self.loss}")
        if self.inject and self.model != "numpy":
            raise UsageError("a bug can be planted in the NumPy model only; leave out --model or --inject")
