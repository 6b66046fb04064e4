import pytest

from lab.runs import model_file
from lab.runs.presets import recommended
from lab.runs.run import Run


@pytest.fixture(scope="module")
def content() -> bytes:
    run = Run(recommended("moons"))
    run.step_epoch()
    return model_file.to_bytes(run)
