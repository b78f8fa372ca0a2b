"""What is trained on what: networks, optimizers, recipes, the catalogue of experiments, and a run's configuration."""

from harness.experiments.catalog import EXPERIMENTS, Experiment, Published, Recipe, base_of, published_of
from harness.experiments.model_names import MODELS
from harness.experiments.run_config import RunConfig

__all__ = ["EXPERIMENTS", "MODELS", "Experiment", "Published", "Recipe", "RunConfig", "base_of", "published_of"]
