"""What is said of a download while it goes on, and while one waits for another's."""

import errno
import threading
from pathlib import Path

import filelock
import pytest

from lab.data import cache, download
from lab.data.mirror import DownloadCancelled
from lab.data.progress import Progress
from tests.lab.data.mirror_server import GZIPPED, PAYLOADS, QUICK, Mirror, assert_whole

pytestmark = pytest.mark.usefixtures("home")


def test_it_brings_every_file_once_and_says_how_far_it_is(mirror: Mirror, home: Path) -> None:
    said: list[Progress] = []
    assert cache.find("tiny") is None
    assert str(cache.state("tiny")) == "not downloaded (0.3 MB)"

    assert download.download("tiny", said.append, mirrors=[mirror.url], patience=QUICK) == home

    assert_whole(home)
    assert mirror.requests == [(name, None) for name in GZIPPED]
    total = sum(map(len, GZIPPED.values()))
    assert said[-1].done == total
    assert said[-1].total == total  # not the table's guess: what Content-Length said
    assert [p.done for p in said] == sorted(p.done for p in said)
    assert {p.file for p in said} == set(PAYLOADS)
    assert all(
        p.per_second > 0 and p.mirror.startswith("127.0.0.1:") and not p.waiting for p in said
    )

    assert cache.find("tiny") == home
    assert str(cache.state("tiny")) == f"ready in {home}"
    assert download.download("tiny", mirrors=[mirror.url]) == home
    assert len(mirror.requests) == 4


def test_an_error_in_the_report_is_the_callers(mirror: Mirror, home: Path) -> None:
    def closed_pipe(_: Progress) -> None:
        raise BrokenPipeError(errno.EPIPE, "nobody listens")

    with pytest.raises(BrokenPipeError):
        download.download("tiny", closed_pipe, mirrors=[mirror.url])
    download.download("tiny", mirrors=[mirror.url])  # the lock is free again
    assert_whole(home)


def test_waiting_reports_and_can_be_cancelled(mirror: Mirror, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "file-1.gz").write_bytes(GZIPPED["file-1.gz"])
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with filelock.FileLock(home / ".lock"):
            held.set()
            release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(5)
        said: list[Progress] = []
        with pytest.raises(DownloadCancelled):
            download.download("tiny", said.append, lambda: len(said) == 2, [mirror.url])
    finally:
        release.set()
        holder.join()
    assert [p.waiting for p in said] == [True, True]
    assert said[0].done == len(GZIPPED["file-1.gz"])
    assert said[0].total > 300_000
    assert mirror.requests == []
