import os
from pathlib import Path

import pytest
from hypothesis import settings

import lab  # noqa: F401 - sets the threads of linear algebra before NumPy is imported

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
if "GLASSBOX_DATA_DIR" not in os.environ and SHARED.is_dir():
    os.environ["GLASSBOX_DATA_DIR"] = str(SHARED)

settings.register_profile("glassbox", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=10)  # `make quick` asks for it
settings.load_profile("glassbox")


def _needs(name: str) -> None:
    from lab.data import cache

    if cache.find(name) is None:
        pytest.skip(
            f"{name} is not on this machine: set GLASSBOX_DATA_DIR to a directory that has it"
        )


@pytest.fixture
def mnist() -> None:
    """Skips where MNIST is not here."""
    _needs("mnist")


@pytest.fixture
def fashion_mnist() -> None:
    """Skips where Fashion-MNIST is not here."""
    _needs("fashion-mnist")
