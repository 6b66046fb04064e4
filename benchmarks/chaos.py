"""What people notice while the worst happens.

Thirty train and click while, in an order drawn from a seed, workers die and hang, files of the
worst kinds come, sockets flood and stall, heavy networks begin, the store's disk fills and a
client's clock is wrong.

`python -m benchmarks.chaos --seconds 120 --users 30 --seed 0`
"""

import argparse
import asyncio
import contextlib
import functools
import io
import json
import multiprocessing
import os
import random
import signal
import statistics
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import websockets
from PIL import Image, ImageDraw

from benchmarks.client import User
from benchmarks.serving import Server, serving

if sys.platform == "linux":
    import resource

USERS, SECONDS, SEED = 30, 120.0, 0
CALM = 40.0  # seconds after the last attack, in which memory comes back
EVERY = 4.0  # seconds from one attack to the next, on average
PATIENCE = 30.0  # seconds for a click, after which it counts as an error
HEAVY = {  # one within the budget, one far beyond, and one that only many rows make heavy
    "heavy": "layers=Conv2D(32,3,padding=1),Conv2D(32,3,padding=1),Flatten&batch_size=128",
    "monstrous": "layers=Conv2D(256,15,padding=7),Conv2D(8,15,padding=7),Flatten&batch_size=256",
    "wide": "layers=Dense(512),Dense(512)&batch_size=10000",
}


@dataclass
class Attack:
    """Those who attack the server at `url`, the process `pid`, from a process of their own.

    done: how often each attack came to its end
    """

    url: str
    pid: int
    rng: random.Random
    done: Counter[str] = field(default_factory=Counter)
    ended: bool = False

    def _worker(self) -> int | None:
        children = psutil.Process(self.pid).children(recursive=True)
        return self.rng.choice([child.pid for child in children] or [0]) or None

    async def kill_a_worker(self) -> None:
        """A worker is ended at any moment."""
        if pid := self._worker():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def stop_a_worker(self) -> None:
        """A worker hangs: it lives, and does nothing."""
        if pid := self._worker():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    async def flood(self) -> None:
        """One client sends wishes as fast as it can, reads nothing, and goes."""
        async with User(self.url, "playground") as user, user.live() as live:
            wishes = ["ready", '{"view": {"diagram": true}}', '{"edit": {}}', "[" * 400]
            until = time.monotonic() + 4
            with contextlib.suppress(TimeoutError):
                while time.monotonic() < until and not self.ended:
                    for _ in range(200):
                        await asyncio.wait_for(live.send(self.rng.choice(wishes)), 1)
                    await asyncio.sleep(0)

    async def press(self) -> None:
        """One client presses a button a hundred times a second."""
        async with User(self.url, "playground") as user:
            for _ in range(300):
                await user.press("Train")
                await asyncio.sleep(0.01)

    async def stall(self) -> None:
        """Slow readers: they ask for much, and read nothing of it."""
        async with User(self.url, "digits") as user:
            await user.click("Train")
            sockets = [user.live() for _ in range(10)]
            async with contextlib.AsyncExitStack() as stack:
                for socket in sockets:
                    live = await stack.enter_async_context(socket)
                    for _ in range(20):
                        await live.send("ready")
                await asyncio.sleep(5)

    async def train_a_heavy_network(self) -> None:
        """Somebody opens the address of a large network, and trains it if the page lets them."""
        query = "dataset=MNIST&" + self.rng.choice(list(HEAVY.values()))
        async with User(self.url, "digits", quote(query, safe="=&,()")) as user:
            if "Train" in user.buttons:
                await user.click("Train")
            await asyncio.sleep(8)

    async def upload_the_worst(self) -> None:
        """Somebody brings files of the worst kinds to where a saved network is taken."""
        async with User(self.url, "playground") as user:
            worst = self.rng.choice(worst_models())
            await user.upload("A model that was saved here", "worst.safetensors", worst)
            await asyncio.sleep(1)

    async def open_a_page_of_print(self) -> None:
        """Somebody brings a picture with ten thousand specks to Draw."""
        async with User(self.url, "draw") as user:
            await user.choose("Picture", "Upload")
            label = "A picture of digits: PNG, JPEG, WebP, GIF or BMP"
            await user.upload(label, "specks.png", specks())
            await asyncio.sleep(1)

    async def paste_too_long_an_address(self) -> None:
        """Somebody opens an address of a hundred thousand letters."""
        query = "dataset=Spiral&regularizers=" + "1," * 20_000
        with contextlib.suppress(OSError, websockets.WebSocketException):
            async with User(self.url, "playground", query[:60_000]):
                await asyncio.sleep(0.5)

    async def fill_the_disk(self) -> None:
        """For some seconds no file of the server's may grow, as on a full disk."""
        if sys.platform != "linux":  # where nobody can forbid another process that
            return
        pid = self.pid
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
        try:
            await asyncio.sleep(6)
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

    async def come_from_another_century(self) -> None:
        """A browser whose clock is wrong opens a page, and trains."""
        date = self.rng.choice(["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 2099 23:59:59 GMT"])
        headers = {"Date": date, "If-Modified-Since": date}
        async with User(self.url, "playground", headers=headers) as user:
            await user.click("Train")
            await asyncio.sleep(2)

    @property
    def attacks(self) -> list[Callable[[], Awaitable[None]]]:
        """All of them."""
        return [
            self.kill_a_worker,
            self.stop_a_worker,
            self.flood,
            self.press,
            self.stall,
            self.train_a_heavy_network,
            self.upload_the_worst,
            self.open_a_page_of_print,
            self.paste_too_long_an_address,
            self.fill_the_disk,
            self.come_from_another_century,
        ]

    async def attack(self, seconds: float) -> None:
        """Make attacks in random order, each as often as the others, some at the same time."""
        worst_models(), specks()  # made before they are needed
        until, running = time.monotonic() + seconds, set[asyncio.Task[None]]()
        order: list[Callable[[], Awaitable[None]]] = []
        while time.monotonic() < until:
            if not order:
                order = self.rng.sample(self.attacks, len(self.attacks))
            act = order.pop()
            task = asyncio.ensure_future(self._endure(act))
            running.add(task)
            task.add_done_callback(running.discard)
            await asyncio.sleep(self.rng.uniform(0.5, 2 * EVERY - 0.5))
        self.ended = True
        await asyncio.gather(*running)

    async def _endure(self, act: Callable[[], Awaitable[None]]) -> None:
        """An attacker may be thrown out, or kept waiting: that is what is hoped for."""
        with contextlib.suppress(
            TimeoutError, OSError, websockets.WebSocketException, asyncio.CancelledError
        ):
            await asyncio.wait_for(act(), 40)
            self.done[act.__name__] += 1


def attack(url: str, pid: int, seconds: float, seed: int) -> dict[str, int]:
    """Attack a server for so many seconds; returns what was done."""
    attackers = Attack(url, pid, random.Random(seed))
    asyncio.run(attackers.attack(seconds))
    return dict(attackers.done)


@dataclass
class Crowd:
    """The people at a server, and what they notice.

    clicks: seconds each; slips: clicks without an answer, and errors on pages; rates: frames a
    second; lost: who found their run gone or broken
    """

    server: Server
    clicks: list[float] = field(default_factory=list)
    slips: list[str] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    lost: int = 0

    async def person(self, number: int, begin: asyncio.Barrier, end: asyncio.Event) -> None:
        """Somebody who trains, looks, and clicks now and then."""
        await asyncio.sleep(number * 0.25)
        rng = random.Random(number)
        async with User(self.server.url, "playground") as user:
            await user.click("Train")
            await begin.wait()
            user.frames, start = 0, time.perf_counter()
            while not end.is_set():
                await asyncio.sleep(rng.uniform(1, 4))
                for label in (rng.choice(["Pause", "Train", "Train"]), "Train"):
                    try:
                        self.clicks.append(await asyncio.wait_for(user.click(label), PATIENCE))
                    except (TimeoutError, websockets.WebSocketException) as slip:
                        self.slips.append(f"{label}: {slip!r}")
            self.rates.append(user.frames / (time.perf_counter() - start))
            self.slips += user.errors
            self.lost += user.gone or user.status == "lost"


@functools.cache
def worst_models() -> tuple[bytes, ...]:
    """Files that are small, and mean a great deal of work to whoever believes them."""
    figures = json.dumps({str(number): 0 for number in range(100_000)})
    metadata = {"format": "glassbox-1", "figures": figures}
    headers = (
        json.dumps({str(number): 0 for number in range(220_000)}).encode(),  # names
        b"[" * 1_000_000,  # nesting
        json.dumps({"__metadata__": metadata}).encode(),
        b'{"' + b"x" * 2_900_000 + b'":0}',  # a single name
    )
    return tuple(struct.pack("<Q", len(header)) + header for header in headers)


@functools.cache
def specks() -> bytes:
    """A picture of ten thousand pieces of ink."""
    image = Image.new("L", (1600, 1600), 255)
    brush = ImageDraw.Draw(image)
    for y in range(0, 1600, 16):
        for x in range(0, 1600, 16):
            brush.rectangle([x, y, x + 6, y + 6], fill=0)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def memory(server: Server) -> tuple[float, float]:
    """Megabytes that the server has, and its workers; what processes share is shared out."""
    sizes = []
    for pid in (server.pid, *server.children()):
        with contextlib.suppress(psutil.Error):
            sizes.append(psutil.Process(pid).memory_full_info().pss / 1e6)
    return sizes[0], sum(sizes[1:])


async def endure(server: Server, users: int, seconds: float, seed: int) -> dict[str, Any]:
    """Everybody trains and clicks while the worst happens; what was seen."""
    crowd, loop = Crowd(server), asyncio.get_running_loop()
    begin, end = asyncio.Barrier(users + 1), asyncio.Event()
    # what the first ones load stays, in both workers
    async with User(server.url, "digits") as first, User(server.url, "digits") as second:
        await asyncio.gather(first.click("Train"), second.click("Train"))
        await asyncio.sleep(3)
    people = asyncio.gather(*(crowd.person(number, begin, end) for number in range(users)))
    await begin.wait()
    await asyncio.sleep(2)
    before = await asyncio.to_thread(memory, server)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as elsewhere:
        done = await loop.run_in_executor(elsewhere, attack, server.url, server.pid, seconds, seed)
    clicks = len(crowd.clicks)
    await asyncio.sleep(CALM if seconds > CALM else seconds)
    after = await asyncio.to_thread(memory, server)
    end.set()
    await people
    ordered = sorted(crowd.clicks[:clicks])
    return {
        "users": users,
        "clicks": clicks,
        "click_p50_ms": 1000 * statistics.median(ordered),
        "click_p95_ms": 1000 * ordered[int(0.95 * len(ordered))],
        "click_worst_ms": 1000 * ordered[-1],
        "frames_min": min(crowd.rates),
        "frames_median": statistics.median(crowd.rates),
        "errors": len(crowd.slips),
        "runs_lost": crowd.lost,
        "server_before_mb": before[0],
        "server_after_mb": after[0],
        "workers_before_mb": before[1],
        "workers_after_mb": after[1],
        "attacks": done,
        "what_went_wrong": crowd.slips[:5],
    }


@contextlib.contextmanager
def victim() -> Iterator[tuple[Server, Path]]:
    """A server with a log."""
    with tempfile.TemporaryDirectory(prefix="glassbox-chaos-") as folder:
        log = Path(folder, "log.txt")
        with serving(log=log) as server:
            yield server, log


def run(
    users: int = USERS, seconds: float = SECONDS, seed: int = SEED, keep: Path | None = None
) -> dict[str, Any]:
    """Measure, and count what the log has to tell, which may be kept."""
    with victim() as (server, log):
        figures = asyncio.run(endure(server, users, seconds, seed))
        said = log.read_text(encoding="utf-8", errors="replace")
    figures["tracebacks"] = said.count("Traceback (most recent call last)")
    figures["last_traceback"] = said.rpartition("Traceback (most recent call last)")[2][-1500:]
    if keep:
        keep.write_text(said, encoding="utf-8")
    return figures


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--log", type=Path, help="where to keep what the server has said")
    given = parser.parse_args([] if arguments is None else arguments)
    figures = run(given.users, given.seconds, given.seed, given.log)
    for name, value in figures.items():
        print(f"{name:18} {value:.4g}" if isinstance(value, float) else f"{name:18} {value}")
    return figures


if __name__ == "__main__":
    main(sys.argv[1:])
