"""What the benchmark measures, and which settings of Keras are tried."""

import pytest

from harness.bench.plan import QUICK, Plan, Workload, tuned_candidates


def test_plans_measure_what_the_names_say():
    plan = Plan()
    assert [workload.batch_size for workload in plan.training()] == [1, 8, 32, 128, 256]
    growth = plan.growth()
    assert [workload.side for workload in growth["image side"]] == [28, 56, 80, 112]
    assert [workload.filters for workload in growth["filters"]] == [6, 12, 24, 64]
    assert [workload.n_images for workload in growth["number of images"]] == [4_000, 8_000]
    assert plan.rounds >= 7 and plan.turn_seconds >= 2
    assert QUICK.rounds < plan.rounds


@pytest.mark.parametrize("task", ["train", "predict"])
def test_settings_of_keras_that_are_tried_are_no_two_the_same_program(task):
    candidates = tuned_candidates(Workload(task, 1))
    assert len({candidate.setting for candidate in candidates}) == len(candidates)
    assert not any("jit_compile=False" in candidate.setting for candidate in candidates)


def test_a_setting_is_named_with_all_that_differs_from_the_defaults():
    settings = [candidate.setting for candidate in tuned_candidates(Workload("train", 1))]
    assert "fit(dataset), threads=1, steps_per_execution=100" in settings
    assert "tf.function of an epoch" in settings
