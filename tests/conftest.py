import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

import lab  # noqa: F401 - sets the threads of linear algebra before NumPy is imported

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
if "GLASSBOX_DATA_DIR" not in os.environ and SHARED.is_dir():
    os.environ["GLASSBOX_DATA_DIR"] = str(SHARED)

# a store of this test process alone: nothing is to be left in the user's own
_STORE = tempfile.TemporaryDirectory(prefix="glassbox-store-", ignore_cleanup_errors=True)
os.environ["GLASSBOX_STORE"] = str(Path(_STORE.name, "store.db"))

settings.register_profile("glassbox", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=10)  # `make quick` asks for it
settings.load_profile("glassbox")

# the tests in a browser in three groups about as long as one another, each with a server and a
# Chromium of its own; a file that is not named here is in the group of the pages
GROUPS = {
    **dict.fromkeys(("test_network", "test_strip", "test_lessons_seeing"), "training"),
    **dict.fromkeys(("test_visits", "test_sweep", "test_chaos", "test_downloads"), "servers"),
}


class ByFile(LoadScopeScheduling):
    """Hands the tests of a file, and those of a group in a browser, to one worker, which then makes
    what they share once.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return GROUPS.get(Path(file).stem, "pages") if "/browser/" in file else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    config.option.loadscopereorder = False  # browsers first, which wait more than they work
    return ByFile(config, log)


def _needs(name: str) -> None:
    from lab.data import cache

    if cache.find(name) is None:
        pytest.skip(
            f"{name} is not on this machine: set GLASSBOX_DATA_DIR to a directory that has it"
        )


@pytest.fixture(autouse=True)
def _runs_end() -> Iterator[None]:
    """Ends the runs that a page has begun: they would train on behind the tests that follow."""
    yield
    if "lab.workers.pool" in sys.modules:
        from lab.workers import pool

        for token in list(pool._shared.handles) if pool._shared else ():
            pool._shared.drop(token)


@pytest.fixture(autouse=True, scope="session")
def _pool_ends() -> Iterator[None]:
    yield
    if "lab.workers.pool" in sys.modules:
        from lab.workers.pool import close_shared_pool

        close_shared_pool()


@pytest.fixture
def mnist() -> None:
    """Skips where MNIST is not here."""
    _needs("mnist")


@pytest.fixture
def fashion_mnist() -> None:
    """Skips where Fashion-MNIST is not here."""
    _needs("fashion-mnist")
