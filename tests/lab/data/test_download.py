"""Downloads from real servers on this machine, which serve, break off, lie and stall; and the files
left by each.
"""

import errno
import gzip
import hashlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import filelock
import pooch
import pytest

from lab.data import cache, download
from lab.data.cache import DamagedError, DownloadError
from lab.data.mirror import DownloadCancelled, Patience
from lab.data.progress import Progress
from lab.data.sources import NAMES, SOURCES, DataFile, Source

ROOT = Path(__file__).parents[3]
QUICK = Patience(pauses=(0.01, 0.01), connect=2.0, read=1.0)
ONCE = Patience(pauses=(), connect=2.0, read=1.0)

# Random, so that gzip makes nothing smaller and half a file is many chunks; the first is the big
# one.
PAYLOADS = {
    f"file-{i}": random.Random(i).randbytes(size)
    for i, size in enumerate((300_000, 500, 20_000, 100))
}
GZIPPED = {f"{name}.gz": gzip.compress(payload, mtime=0) for name, payload in PAYLOADS.items()}
FILES = tuple(
    DataFile(name, len(payload), hashlib.sha256(payload).hexdigest(), len(payload) + 50)
    for name, payload in PAYLOADS.items()
)
BIG = "file-0.gz"


# --- a mirror -------------------------------------------------------------------------------------

Behaviour = Callable[["Handler", bytes], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    mirror: "Mirror"

    def do_GET(self) -> None:
        file = self.path.rsplit("/", 1)[-1]
        self.close_connection = True
        with self.mirror.lock:
            self.mirror.requests.append((file, self.headers.get("Range")))
            queue = self.mirror.queues.get(file, [])
            behaviour = queue.pop(0) if queue else self.mirror.always.get(file, serve)
        behaviour(self, GZIPPED[file])

    def head(self, status: int, length: int | None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Connection", "close")
        for name, value in (
            {} if length is None else {"Content-Length": str(length)} | headers
        ).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def begin(self) -> int:
        """Where the client wants to begin."""
        return int(
            (self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").removesuffix("-")
        )

    def log_message(self, *_: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        if not isinstance(
            sys.exc_info()[1], ConnectionError
        ):  # a client that was cancelled hangs up: that is the test
            raise


class Mirror:
    """`always` and, before it, `queues` say how each file is answered; `requests` is what was
    asked.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, str | None]] = []
        self.queues: dict[str, list[Behaviour]] = {}
        self.always: dict[str, Behaviour] = {}
        self.lock = threading.Lock()
        self.server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"mirror": self}))
        self.url = f"http://127.0.0.1:{self.server.server_port}/set/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def count(self, file: str) -> int:
        return [name for name, _ in self.requests].count(file)


def serve(handler: Handler, body: bytes) -> None:
    begin = handler.begin()
    if begin and begin >= len(body):
        handler.head(416, 0, Content_Range=f"bytes */{len(body)}")
    elif begin:
        handler.head(
            206, len(body) - begin, Content_Range=f"bytes {begin}-{len(body) - 1}/{len(body)}"
        )
        handler.wfile.write(body[begin:])
    else:
        handler.head(200, len(body))
        handler.wfile.write(body)


def drop(handler: Handler, body: bytes) -> None:
    """Announces everything, sends half of what is left, hangs up."""
    begin = handler.begin()
    handler.head(
        206 if begin else 200,
        len(body) - begin,
        Content_Range=f"bytes {begin}-{len(body) - 1}/{len(body)}",
    )
    handler.wfile.write(body[begin : (begin + len(body)) // 2])


def ignore_range(handler: Handler, body: bytes) -> None:
    handler.head(200, len(body))
    handler.wfile.write(body)


def wrong_range(handler: Handler, body: bytes) -> None:
    if handler.begin():
        handler.head(206, len(body), Content_Range=f"bytes 0-{len(body) - 1}/{len(body)}")
        handler.wfile.write(body)
    else:
        serve(handler, body)


def without_length(handler: Handler, body: bytes) -> None:
    handler.head(200, None)
    handler.wfile.write(body)


def labelled_gzip(handler: Handler, body: bytes) -> None:
    """As some stores do, which invites clients to unpack what should stay packed."""
    handler.head(200, len(body), Content_Encoding="gzip", Content_Type="application/octet-stream")
    handler.wfile.write(body)


def slow(handler: Handler, body: bytes) -> None:
    handler.head(200, len(body))
    for start in range(0, len(body), 16_384):
        handler.wfile.write(body[start : start + 16_384])
        time.sleep(0.02)


def stall(handler: Handler, body: bytes) -> None:
    handler.head(200, len(body))
    handler.wfile.write(body[: len(body) // 2])
    time.sleep(1.5)


def portal(handler: Handler, _body: bytes) -> None:
    page = b"<!doctype html><title>Welcome</title>Please log in to the school's network"
    handler.head(200, len(page), Content_Type="text/html; charset=utf-8")
    handler.wfile.write(page)


def disguised_portal(handler: Handler, _body: bytes) -> None:
    page = b"\n <html>Please log in</html>"
    handler.head(200, len(page), Content_Type="application/x-gzip")
    handler.wfile.write(page)


def circle(handler: Handler, _body: bytes) -> None:
    handler.head(302, 0, Location=handler.path)


def status(number: int) -> Behaviour:
    return lambda handler, _body: handler.head(number, 0)


def sends(content: bytes) -> Behaviour:
    def send(handler: Handler, _body: bytes) -> None:
        serve(handler, content)

    return send


def gate(opened: threading.Event) -> Behaviour:
    """Sends half, then waits to be opened."""

    def half(handler: Handler, body: bytes) -> None:
        handler.head(200, len(body))
        handler.wfile.write(body[: len(body) // 2])
        opened.wait(12)
        handler.wfile.write(body[len(body) // 2 :])

    return half


# --- what every test has --------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no data directory, and a set of four small files called "tiny"; returns where
    they would be.
    """
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("GLASSBOX_DATA_DIR", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    monkeypatch.setitem(SOURCES, "tiny", Source((), FILES))
    return tmp_path / "cache" / "glassbox" / "tiny"


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with a_mirror() as one:
        yield one


@contextmanager
def a_mirror() -> Iterator[Mirror]:
    one = Mirror()
    try:
        yield one
    finally:
        one.close()


def names(folder: Path, pattern: str = "*") -> list[str]:
    return sorted(path.name for path in folder.glob(pattern) if path.name != ".lock")


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.part"))


def assert_whole(folder: Path) -> None:
    """Exactly the four files, each with the right content."""
    assert names(folder) == sorted(GZIPPED)
    for file in FILES:
        assert cache.unwrap(folder / file.gzipped, file) == PAYLOADS[file.name]


def fails(*mirrors: str, patience: Patience = QUICK) -> str:
    with pytest.raises(DownloadError) as caught:
        download.download("tiny", mirrors=mirrors, patience=patience)
    return str(caught.value)


# --- when all goes well ---------------------------------------------------------------------------


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


def test_only_what_is_missing_is_fetched(mirror: Mirror, home: Path) -> None:
    home.mkdir(parents=True)
    (home / BIG).write_bytes(GZIPPED[BIG])
    download.download("tiny", mirrors=[mirror.url], patience=QUICK)
    assert_whole(home)
    assert mirror.count(BIG) == 0


@pytest.mark.parametrize(
    "behaviour", [without_length, labelled_gzip, slow, sends(gzip.compress(PAYLOADS["file-0"], 1))]
)
def test_other_ways_to_serve(mirror: Mirror, home: Path, behaviour: Behaviour) -> None:
    mirror.always[BIG] = behaviour
    said: list[Progress] = []
    download.download("tiny", said.append, mirrors=[mirror.url], patience=QUICK)
    assert (
        said[-1].done
        == said[-1].total
        == sum((home / file.gzipped).stat().st_size for file in FILES)
    )
    for file in FILES:
        assert cache.unwrap(home / file.gzipped, file) == PAYLOADS[file.name]


def test_nothing_is_fetched_unless_asked(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for name in SOURCES:
        assert cache.find(name) is None
        assert cache.state(name).where is None
    assert not home.parent.exists()


def test_the_table() -> None:
    assert NAMES == ("mnist", "fashion-mnist")
    assert str(cache.state("mnist")) == "not downloaded (11.6 MB)"
    assert str(cache.state("fashion-mnist")) == "not downloaded (30.9 MB)"


# --- going on -------------------------------------------------------------------------------------


def test_a_dropped_connection_is_taken_up_again(mirror: Mirror, home: Path) -> None:
    mirror.queues[BIG] = [drop, drop]
    download.download("tiny", mirrors=[mirror.url], patience=QUICK)
    assert_whole(home)
    begins = [asked for name, asked in mirror.requests if name == BIG]
    assert begins[0] is None
    assert begins[1] == f"bytes={len(GZIPPED[BIG]) // 2}-"
    assert len(begins) == 3


def test_a_dropped_download_goes_on_the_next_time(mirror: Mirror, home: Path) -> None:
    mirror.queues[BIG] = [drop]
    message = fails(mirror.url, patience=ONCE)
    assert "broke" in message
    held = len(GZIPPED[BIG]) // 2
    assert [part.stat().st_size for part in parts(home)] == [held]
    assert str(cache.state("tiny")).startswith("partly downloaded (0.2 of 0.3 MB)")
    assert cache.find("tiny") is None

    said: list[Progress] = []
    download.download("tiny", said.append, mirrors=[mirror.url], patience=ONCE)
    assert_whole(home)
    assert mirror.requests[1] == (BIG, f"bytes={held}-")
    assert said[0].done > held
    assert said[-1].done == said[-1].total == sum(map(len, GZIPPED.values()))


@pytest.mark.parametrize("behaviour", [ignore_range, wrong_range])
def test_a_server_that_cannot_go_on_starts_over(
    mirror: Mirror, home: Path, behaviour: Behaviour
) -> None:
    mirror.queues[BIG] = [drop]
    mirror.always[BIG] = behaviour
    download.download("tiny", mirrors=[mirror.url], patience=QUICK)
    assert_whole(home)


def left_by_an_earlier_download(mirror: Mirror, home: Path, content: bytes) -> Path:
    """Replaces the beginning that a dropped download has left by `content`."""
    mirror.queues[BIG] = [drop]
    fails(mirror.url, patience=ONCE)
    mirror.requests.clear()
    (part,) = parts(home)
    part.write_bytes(content)
    return part


def test_a_beginning_that_does_not_fit_is_dropped_and_fetched_once_more(
    mirror: Mirror, home: Path
) -> None:
    left_by_an_earlier_download(mirror, home, b"\x1f\x8b" + bytes(100_000))
    download.download("tiny", mirrors=[mirror.url], patience=QUICK)
    assert_whole(home)
    assert mirror.requests[:2] == [(BIG, "bytes=100002-"), (BIG, None)]


def test_it_starts_over_only_once(mirror: Mirror, home: Path) -> None:
    left_by_an_earlier_download(mirror, home, b"\x1f\x8b" + bytes(100_000))
    mirror.always[BIG] = sends(gzip.compress(PAYLOADS["file-0"][::-1], mtime=0))
    assert "checksum" in fails(mirror.url)
    assert mirror.count(BIG) == 2
    assert names(home) == []


def test_a_beginning_that_is_the_whole_needs_only_a_check(mirror: Mirror, home: Path) -> None:
    left_by_an_earlier_download(mirror, home, GZIPPED[BIG])
    download.download("tiny", mirrors=[mirror.url], patience=QUICK)
    assert_whole(home)
    assert mirror.count(BIG) == 1


@pytest.mark.parametrize("behaviour", [portal, disguised_portal])
def test_a_login_page_does_not_cost_what_came_before(
    mirror: Mirror, home: Path, behaviour: Behaviour
) -> None:
    half = GZIPPED[BIG][:150_000]
    part = left_by_an_earlier_download(mirror, home, half)
    mirror.queues[BIG] = [behaviour]
    assert "log in" in fails(mirror.url)
    assert part.read_bytes() == half
    download.download("tiny", mirrors=[mirror.url], patience=QUICK)
    assert_whole(home)


def test_another_mirror_starts_from_the_beginning(mirror: Mirror, home: Path) -> None:
    with a_mirror() as second:
        mirror.always[BIG] = drop
        said: list[Progress] = []
        download.download("tiny", said.append, mirrors=[mirror.url, second.url], patience=ONCE)
        assert_whole(home)
        assert second.requests[0] == (BIG, None)
        assert len(second.requests) == 4
        assert {p.mirror for p in said} == {m.url.split("/")[2] for m in (mirror, second)}


# --- cancelling -----------------------------------------------------------------------------------


def test_cancelled_between_chunks_and_taken_up_again(mirror: Mirror, home: Path) -> None:
    mirror.queues[BIG] = [slow]
    stop = threading.Event()
    with pytest.raises(DownloadCancelled):
        download.download("tiny", lambda _: stop.set(), stop.is_set, [mirror.url], QUICK)
    (part,) = parts(home)
    held = part.stat().st_size
    assert 0 < held < len(GZIPPED[BIG])
    assert names(home) == [part.name]

    download.download("tiny", mirrors=[mirror.url], patience=QUICK)
    assert_whole(home)
    assert mirror.requests[1] == (BIG, f"bytes={held}-")


def test_cancelled_before_it_begins(mirror: Mirror, home: Path) -> None:
    with pytest.raises(DownloadCancelled):
        download.download("tiny", cancelled=lambda: True, mirrors=[mirror.url])
    assert mirror.requests == []


def test_cancelled_between_attempts(mirror: Mirror) -> None:
    mirror.always[BIG] = status(503)
    begun = time.monotonic()
    with pytest.raises(DownloadCancelled):
        download.download(
            "tiny",
            cancelled=lambda: time.monotonic() - begun > 0.2,
            mirrors=[mirror.url],
            patience=Patience(pauses=(60.0,)),
        )
    assert time.monotonic() - begun < 3


def test_an_error_in_the_report_is_the_callers(mirror: Mirror, home: Path) -> None:
    def closed_pipe(_: Progress) -> None:
        raise BrokenPipeError(errno.EPIPE, "nobody listens")

    with pytest.raises(BrokenPipeError):
        download.download("tiny", closed_pipe, mirrors=[mirror.url])
    download.download("tiny", mirrors=[mirror.url])  # the lock is free again
    assert_whole(home)


# --- what can be wrong, each with its own sentence ------------------------------------------------

BROKEN: dict[str, tuple[Behaviour, str]] = {
    "a login page": (portal, "a web page came instead"),
    "a login page called gzip": (disguised_portal, "a web page came instead"),
    "login required": (status(511), "a web page came instead"),
    "redirects in a circle": (circle, "led nowhere"),
    "gone": (status(404), "does not have file-0.gz any more (404)"),
    "forbidden": (status(403), "refused"),
    "overloaded": (status(503), "is busy or out of order (503)"),
    "too many requests": (status(429), "is busy or out of order (429)"),
    "cut short": (sends(GZIPPED[BIG][:-5000]), "is cut short"),
    "empty": (sends(b""), "too short"),
    "half, without a length": (lambda h, body: without_length(h, body[:150_000]), "is cut short"),
    "other bytes": (
        sends(gzip.compress(PAYLOADS["file-0"][::-1])),
        "does not have the right checksum",
    ),
    "fewer bytes": (sends(gzip.compress(b"few")), "is too short"),
    "not gzip": (sends(bytes(1000)), "is not a gzip file"),
    "broken inside": (
        sends(GZIPPED[BIG][:1000] + bytes(100) + GZIPPED[BIG][1100:]),
        "broken inside",
    ),
    "a bomb": (sends(gzip.compress(bytes(30_000_000))), "unpacks to more than the 300,000 bytes"),
    "endless": (sends(random.Random(9).randbytes(500_000)), "larger than it should be"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_is_said_and_nothing_is_left(mirror: Mirror, home: Path, case: str) -> None:
    mirror.always[BIG], sentence = BROKEN[case]
    message = fails(mirror.url)
    assert sentence in message
    assert mirror.url.split("/")[2] in message
    assert ": " in message  # what is wrong: what to do
    assert "\n" not in message
    assert names(home) == []
    assert cache.find("tiny") is None
    download.download("tiny", mirrors=[broken_no_more(mirror)], patience=QUICK)
    assert_whole(home)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / BIG).write_bytes(gzip.compress(bytes(30_000_000)))
    tracemalloc.start()
    try:
        with pytest.raises(DamagedError, match="unpacks to more"):
            cache.unwrap(tmp_path / BIG, FILES[0])
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


def broken_no_more(mirror: Mirror) -> str:
    mirror.always.clear()
    return mirror.url


def test_only_what_may_pass_is_tried_again(mirror: Mirror) -> None:
    for number, requests in ((404, 1), (403, 1), (500, 3), (429, 3)):
        mirror.requests.clear()
        mirror.always[BIG] = status(number)
        fails(mirror.url)
        assert mirror.count(BIG) == requests


def test_a_server_that_falls_silent(mirror: Mirror, home: Path) -> None:
    mirror.always[BIG] = stall
    assert "stopped answering" in fails(mirror.url, patience=ONCE)
    assert names(home) == names(home, "*.part")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_no_network_at_all(home: Path) -> None:
    first, second = (f"http://127.0.0.1:{free_port()}/" for _ in range(2))
    with pytest.raises(
        DownloadError, match="cannot be reached: see whether this computer is online"
    ) as caught:
        download.download("tiny", mirrors=[first, second], patience=QUICK)
    assert first.split("/")[2] in str(caught.value)
    assert second.split("/")[2] in caught.value.__notes__[0]
    assert names(home) == []


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "cannot be reached" in fails("http://mirror.invalid/", patience=ONCE)


def test_no_secure_connection(mirror: Mirror) -> None:
    assert "no secure connection" in fails(mirror.url.replace("http:", "https:"), patience=ONCE)


def test_the_next_mirror_takes_over(mirror: Mirror, home: Path) -> None:
    with a_mirror() as second:
        mirror.always["file-2.gz"] = portal
        download.download("tiny", mirrors=[mirror.url, second.url], patience=QUICK)
        assert_whole(home)
        assert [name for name, _ in second.requests] == ["file-2.gz", "file-3.gz"]


def test_all_sentences_differ(mirror: Mirror) -> None:
    messages = []
    for behaviour in (portal, circle, status(404), status(403), status(503), drop, stall):
        mirror.always[BIG] = behaviour
        messages.append(fails(mirror.url, patience=ONCE))
    assert len(set(messages)) == len(messages)


# --- the disk -------------------------------------------------------------------------------------


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
    monkeypatch.setattr(pooch, "os_cache", lambda _: cache)
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


# --- GLASSBOX_DATA_DIR ----------------------------------------------------------------------------


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


# --- many at once ---------------------------------------------------------------------------------

ASK = """
import json, sys
from pathlib import Path

import pooch

from lab.data import download
from lab.data.sources import SOURCES, DataFile, Source

cache, mirror, files = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
pooch.os_cache = lambda project: Path(cache) / project
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
