"""Downloads of a whole set: from several mirrors, and by several who ask at once."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.data import download
from lab.data.mirror import DownloadCancelled
from lab.data.progress import Progress
from tests.lab.data.mirror_server import (
    BIG,
    FILES,
    GZIPPED,
    ONCE,
    QUICK,
    Mirror,
    a_mirror,
    assert_whole,
    drop,
    gate,
    parts,
    portal,
    slow,
)

pytestmark = pytest.mark.usefixtures("home")

ROOT = Path(__file__).parents[3]


def test_only_what_is_missing_is_fetched(mirror: Mirror, home: Path) -> None:
    home.mkdir(parents=True)
    (home / BIG).write_bytes(GZIPPED[BIG])
    download.download("tiny", mirrors=[mirror.url], patience=QUICK)
    assert_whole(home)
    assert mirror.count(BIG) == 0


def test_another_mirror_starts_from_the_beginning(mirror: Mirror, home: Path) -> None:
    with a_mirror() as second:
        mirror.always[BIG] = drop
        said: list[Progress] = []
        download.download("tiny", said.append, mirrors=[mirror.url, second.url], patience=ONCE)
        assert_whole(home)
        assert second.requests[0] == (BIG, None)
        assert len(second.requests) == 4
        assert {p.mirror for p in said} == {m.url.split("/")[2] for m in (mirror, second)}


def test_cancelled_before_it_begins(mirror: Mirror, home: Path) -> None:
    with pytest.raises(DownloadCancelled):
        download.download("tiny", cancelled=lambda: True, mirrors=[mirror.url])
    assert mirror.requests == []


def test_the_next_mirror_takes_over(mirror: Mirror, home: Path) -> None:
    with a_mirror() as second:
        mirror.always["file-2.gz"] = portal
        download.download("tiny", mirrors=[mirror.url, second.url], patience=QUICK)
        assert_whole(home)
        assert [name for name, _ in second.requests] == ["file-2.gz", "file-3.gz"]


ASK = """
import json, sys
from pathlib import Path

import platformdirs

from lab.data import download
from lab.data.sources import SOURCES, DataFile, Source

cache, mirror, files = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
platformdirs.user_cache_dir = lambda project: Path(cache) / project
SOURCES["tiny"] = Source((mirror,), tuple(DataFile(*row) for row in files))
said = set()

def report(progress):
    word = "waiting" if progress.waiting else "downloading"
    if word not in said:
        said.add(word)
        print(word, flush=True)

print("found", download.download("tiny", report), flush=True)
"""


class Asking:
    """A process that asks for the set; `said` is what it has printed so far."""

    def __init__(self, home: Path, mirror: Mirror) -> None:
        rows = [[f.name, f.payload, f.sha256, f.travelling] for f in FILES]
        self.process = subprocess.Popen(
            [sys.executable, "-c", ASK, str(home.parents[1]), mirror.url, json.dumps(rows)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line.strip())

    def end(self) -> int:
        code = self.process.wait(15)
        self.reader.join()
        assert self.process.stdout
        self.process.stdout.close()
        return code


def wait_until(true: Callable[[], bool], seconds: float = 12) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_six_processes_make_one_download(mirror: Mirror, home: Path) -> None:
    everybody_waits = threading.Event()
    mirror.queues[BIG] = [gate(everybody_waits)]
    asking = [Asking(home, mirror) for _ in range(6)]
    try:
        wait_until(lambda: sum("waiting" in one.said for one in asking) == 5)
    finally:
        everybody_waits.set()
        codes = [one.end() for one in asking]
    assert codes == [0] * 6
    assert all(one.said[-1] == f"found {home}" for one in asking)
    assert sum("downloading" in one.said for one in asking) == 1
    assert sorted(mirror.requests) == sorted((name, None) for name in GZIPPED)
    assert_whole(home)


def test_when_the_one_that_downloads_is_killed_the_next_goes_on(mirror: Mirror, home: Path) -> None:
    never = threading.Event()
    mirror.queues[BIG] = [gate(never)]
    first = Asking(home, mirror)
    wait_until(lambda: "downloading" in first.said and bool(parts(home)))
    second = Asking(home, mirror)
    try:
        wait_until(lambda: "waiting" in second.said)
        wait_until(lambda: parts(home)[0].stat().st_size > 100_000)
    finally:
        first.process.kill()
        first.end()
        never.set()
    assert second.end() == 0
    assert second.said == ["waiting", "downloading", f"found {home}"]
    begins = [asked for name, asked in mirror.requests if name == BIG]
    assert begins[0] is None
    assert begins[1] is not None
    assert begins[1].startswith("bytes=1")  # it went on where the dead one had stopped
    assert_whole(home)  # and swept up after it


def test_threads_of_one_process_share_a_download_too(mirror: Mirror, home: Path) -> None:
    mirror.queues[BIG] = [slow]
    found: list[Path] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(download.download("tiny", mirrors=[mirror.url]))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [home] * 4
    assert len(mirror.requests) == 4
