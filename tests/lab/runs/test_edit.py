"""One number set by hand."""

import numpy as np
import pytest

from engine import Dense, ReLU
from lab.runs.edit import Edit
from lab.runs.presets import recommended
from lab.runs.run import Run


def test_an_edit_sets_one_number_and_is_remembered() -> None:
    run = Run(recommended("spiral").changed(layers=(Dense(4, ReLU()),)))
    run.work(1e9, steps=3)
    run.edit(Edit("1.W", (1, 2), 0.25))
    assert run.network.names["1.W"][1, 2] == np.float32(0.25)
    assert run.record()["changes"][-1] == {
        "step": 3,
        "epoch": 1,
        "edit": {"name": "1.W", "index": [1, 2], "value": 0.25},
    }
    for name, index in (("1.W", (2, 0)), ("1.W", (0,)), ("9.W", (0, 0)), ("1.b", (0, 0)), ("", ())):
        with pytest.raises(ValueError, match="no weight"):
            run.edit(Edit(name, index, 1.0))
