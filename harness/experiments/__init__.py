"""What is trained on what: networks, optimizers, recipes, the catalogue of experiments, and a run's configuration."""

from harness.experiments.catalog import EXPERIMENTS, Experiment, Published, Recipe, published_of
from harness.experiments.model_names import MODELS
from harness.experiments.run_config import RunConfig

__all__ = ["EXPERIMENTS", "MODELS", "Experiment", "Published", "Recipe", "RunConfig", "published_of"]
