"""What is recommended, and what the presets are."""

import pytest

from engine import (
    ReLU,
    Sigmoid,
)
from lab.data.menu import DATASETS
from lab.runs.presets import presets, recommended


@pytest.mark.parametrize("name", DATASETS)
def test_what_is_recommended_is_legal(name: str) -> None:
    experiment = recommended(name)
    assert experiment.to_dict()["dataset"]["name"] == name
    assert experiment.network().output.units == experiment.output_units


def test_two_classes_need_one_output_and_presets_start_with_one_neuron() -> None:
    assert recommended("circles").sizes == (2, 16, 16, 1)
    assert recommended("spiral").sizes == (2, 16, 16, 3)
    single = [preset for name, preset in presets().items() if name.startswith("0 or not")]
    assert [preset.sizes for preset in single] == [(784, 1), (784, 1)]
    assert [type(preset.output) for preset in single] == [ReLU, Sigmoid]
