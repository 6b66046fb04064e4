"""The files on this computer: where they lie, who may write there, and what is refused."""

import gzip
import os
import shutil
import socket
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from lab.data import cache, download
from lab.data.cache import DamagedError
from lab.data.sources import SOURCES
from tests.lab.data.mirror_server import (
    BIG,
    FILES,
    GZIPPED,
    ONCE,
    PAYLOADS,
    QUICK,
    Mirror,
    assert_whole,
    drop,
    fails,
    names,
    parts,
)

pytestmark = pytest.mark.usefixtures("home")


def test_nothing_is_fetched_unless_asked(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for name in SOURCES:
        assert cache.find(name) is None
        assert cache.state(name).where is None
    assert not home.parent.exists()


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / BIG).write_bytes(gzip.compress(bytes(30_000_000)))
    tracemalloc.start()
    try:
        with pytest.raises(DamagedError, match="unpacks to more"):
            cache.unwrap(tmp_path / BIG, FILES[0])
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no /dev/full to stand for a full disk"
)
def test_a_full_disk(mirror: Mirror, home: Path) -> None:
    mirror.queues[BIG] = [drop]
    fails(mirror.url, patience=ONCE)
    (part,) = parts(home)
    part.unlink()
    part.symlink_to("/dev/full")
    message = fails(mirror.url)
    assert message.startswith("the disk is full: delete something")
    assert str(home) in message
    assert names(home) == []


def test_a_cache_that_cannot_be_made(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    message = fails(mirror.url)
    assert message.startswith("nothing can be kept in")
    assert "GLASSBOX_DATA_DIR" in message
    assert mirror.requests == []


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="this system has no users to change to")
@pytest.mark.parametrize("mode", [0o555, 0o000], ids=["read-only", "closed"])
@pytest.mark.parametrize("exists", [True, False], ids=["there", "not there"])
def test_a_cache_that_may_not_be_written_to(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, exists: bool, mode: int
) -> None:
    outside = Path(tempfile.mkdtemp())  # pytest's own folders are closed to anybody else
    cache = outside / "glassbox"
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda _: cache)
    try:
        (cache / "tiny" if exists else outside).mkdir(parents=True, exist_ok=True)
        for folder in (cache / "tiny", cache, outside):
            if folder.exists():
                folder.chmod(mode)
        with nobody():
            message = fails(mirror.url)
        assert message.startswith(f"nothing can be kept in {cache / 'tiny'} (Permission denied)")
        assert mirror.requests == []
    finally:
        for folder in (outside, cache, cache / "tiny"):
            if folder.exists():
                folder.chmod(0o755)
        shutil.rmtree(outside)


@contextmanager
def nobody() -> Iterator[None]:
    """Permissions mean nothing to root, so for a moment we are somebody else."""
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(65534)
    except OSError as error:
        pytest.skip(f"root here may not become somebody else: {error}")
    try:
        yield
    finally:
        os.seteuid(0)


def test_the_data_directory_goes_first_and_is_never_written_to(
    mirror: Mirror, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "given"
    (given / "tiny").mkdir(parents=True)
    monkeypatch.setenv("GLASSBOX_DATA_DIR", str(given))
    for file in FILES[:3]:
        (given / "tiny" / file.gzipped).write_bytes(GZIPPED[file.gzipped])
    assert cache.find("tiny") is None

    assert (
        download.download("tiny", mirrors=[mirror.url], patience=QUICK) == home
    )  # all four, into the cache
    assert_whole(home)
    assert len(names(given / "tiny")) == 3

    (given / "tiny" / FILES[3].name).write_bytes(
        PAYLOADS[FILES[3].name]
    )  # a plain file counts as well
    assert cache.find("tiny") == given / "tiny"
    assert download.download("tiny") == given / "tiny"
    assert not cache.is_ours(given / "tiny")
    assert cache.is_ours(home)


def test_a_data_directory_that_is_the_cache_is_not_written_to_either(
    mirror: Mirror, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLASSBOX_DATA_DIR", str(home.parent))
    assert fails(mirror.url).startswith("GLASSBOX_DATA_DIR names Glassbox's own cache")
    assert not home.exists()
