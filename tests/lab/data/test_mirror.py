"""A file from a mirror that breaks off, lies, stalls: taken up again, or refused in a sentence."""

import gzip
import random
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from lab.data import cache, download
from lab.data.cache import DownloadError
from lab.data.mirror import DownloadCancelled, Patience
from lab.data.progress import Progress
from tests.lab.data.mirror_server import (
    BIG,
    FILES,
    GZIPPED,
    ONCE,
    PAYLOADS,
    QUICK,
    Behaviour,
    Mirror,
    assert_whole,
    circle,
    disguised_portal,
    drop,
    fails,
    ignore_range,
    labelled_gzip,
    names,
    parts,
    portal,
    sends,
    slow,
    stall,
    status,
    without_length,
    wrong_range,
)

pytestmark = pytest.mark.usefixtures("home")


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


def test_all_sentences_differ(mirror: Mirror) -> None:
    messages = []
    for behaviour in (portal, circle, status(404), status(403), status(503), drop, stall):
        mirror.always[BIG] = behaviour
        messages.append(fails(mirror.url, patience=ONCE))
    assert len(set(messages)) == len(messages)
