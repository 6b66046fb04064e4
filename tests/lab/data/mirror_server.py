"""A mirror on this machine: it serves four small files, breaks off, lies and stalls as it is told.

And what must be true of the files that a download leaves.
"""

import gzip
import hashlib
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lab.data import cache, download
from lab.data.cache import DownloadError
from lab.data.mirror import Patience
from lab.data.sources import DataFile

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
