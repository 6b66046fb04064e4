from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from lab.data.sources import SOURCES, Source
from tests.lab.data.mirror_server import FILES, Mirror, a_mirror


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no data directory, and a set of four small files called "tiny"; returns where
    they would be.
    """
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("GLASSBOX_DATA_DIR", raising=False)
    monkeypatch.setattr(
        platformdirs, "user_cache_dir", lambda project: tmp_path / "cache" / project
    )
    monkeypatch.setitem(SOURCES, "tiny", Source((), FILES))
    return tmp_path / "cache" / "glassbox" / "tiny"


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with a_mirror() as one:
        yield one
