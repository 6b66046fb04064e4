"""What it costs when one of two servers is killed: real servers, a real PostgreSQL and a real
Caddy, set up as in deploy/.

Clients train by way of the proxy, kill -9 hits one server after the other, and it is told how soon
those who were on it see their runs train on.

`python -m benchmarks.failover --clients 30 --times 3`
"""

import argparse
import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import websockets

from benchmarks.client import UNSOLVED, User
from benchmarks.own_postgres import own_postgres
from benchmarks.serving import CHROMIUM, ROOT, Server, browser, free_port
from benchmarks.survival import recovery
from lab.frames.protocol import unpack
from lab.frames.squeeze import expand

STICKY = "glassbox_server"
RETRY = 0.5  # seconds until a board connects again
PATIENCE = 30.0  # seconds after which a run counts as lost
SETTLE = 5.0  # seconds of training before each kill


class Visitor(User):
    """A user whose board connects again when its connection breaks, as assets/js/socket.js does.

    broke: when that was last
    went_on: when it saw its run make a step, after that
    """

    broke = went_on = 0.0
    step = -1  # the last that it saw on this connection

    async def follow(self) -> None:
        """Watch the run by way of the proxy, for as long as it takes."""
        while True:
            with contextlib.suppress(OSError, websockets.WebSocketException):
                async with self.live() as live:
                    self._stick(live)
                    await live.send("ready")
                    async for frame in live:
                        assert isinstance(frame, bytes)
                        self._take(frame)
                        await asyncio.sleep(1 / 15)
                        await live.send("ready")
            if self.went_on >= self.broke:
                self.broke = time.monotonic()
            self.step = -1
            await asyncio.sleep(RETRY)

    def _take(self, frame: bytes) -> None:
        header, _ = unpack(expand(frame))
        if 0 <= self.step < header["step"] and self.went_on <= self.broke:
            self.went_on = time.monotonic()
        self.frames, self.step = self.frames + 1, header["step"]

    def _stick(self, live: websockets.ClientConnection) -> None:
        """Keep the cookie of the server that has answered, as browsers do."""
        assert live.response
        for cookie in live.response.headers.get_all("Set-Cookie"):
            if cookie.startswith(STICKY):
                self.cookie = {"Cookie": f"{self.visit}; {cookie.partition(';')[0]}"}

    async def __aenter__(self) -> "Visitor":
        await super().__aenter__()
        self._watcher.cancel()  # `follow` watches
        return self

    def _cookie(self, path: str, headers: object) -> str:
        """The cookies that come with a page: the visit's, and the proxy's."""
        with urllib.request.urlopen(self.url + path) as answer:
            cookies = answer.headers.get_all("Set-Cookie")
        pairs = [cookie.partition(";")[0] for cookie in cookies]
        self.visit = next(pair for pair in pairs if not pair.startswith(STICKY))
        return "; ".join(pairs)


@contextlib.contextmanager
def cluster() -> Iterator[tuple[str, list[Server]]]:
    """The address of a proxy, and the two servers behind it."""
    caddy = shutil.which("caddy")
    if caddy is None:
        raise SystemExit("this benchmark needs caddy, as Debian has it")
    with own_postgres() as place, tempfile.TemporaryDirectory() as folder:
        ports = [free_port(), free_port(), free_port()]
        environment = {"GLASSBOX_STORE": place.format("postgres")}
        servers = [
            Server(f"http://127.0.0.1:{port}", _command(port), environment) for port in ports[1:]
        ]
        options = {
            "GLASSBOX_SITE": f"http://127.0.0.1:{ports[0]}",
            "GLASSBOX_SERVERS": " ".join(f"127.0.0.1:{port}" for port in ports[1:]),
            "HOME": folder,
        }
        for server in servers:
            server.start()
        proxy = subprocess.Popen(
            [caddy, "run", "--adapter", "caddyfile", "--config", ROOT / "deploy" / "Caddyfile"],
            env=os.environ | options,
            stdout=subprocess.DEVNULL,
            stderr=(Path(folder) / "log").open("w"),
        )
        try:
            url = f"http://127.0.0.1:{ports[0]}"
            _wait_for(url)
            yield url, servers
        finally:
            proxy.terminate()
            proxy.wait()
            for server in servers:
                server.end()


def _command(port: int) -> list[str]:
    words = ["--server.port", str(port), "--server.headless", "true"]
    return [sys.executable, "-m", "streamlit", "run", "app.py", *words]


def _wait_for(url: str) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("the proxy does not answer")


async def kills(url: str, servers: list[Server], clients: int, times: int) -> dict[str, float]:
    """Kill one server after the other, so many times in all, while clients train."""
    waits: list[float] = []
    lost = 0
    async with contextlib.AsyncExitStack() as stack:
        people = []
        for _ in range(clients):
            person = await stack.enter_async_context(Visitor(url, "playground", UNSOLVED))
            await person.click("Train")
            people.append(person)
        watching = [asyncio.create_task(person.follow()) for person in people]
        for number in range(times):
            await asyncio.sleep(SETTLE)
            victim, before = servers[number % len(servers)], time.monotonic()
            victim.kill()
            await asyncio.sleep(1)
            hit = [person for person in people if person.broke >= before]
            while _waiting(hit) and time.monotonic() - before < PATIENCE:
                await asyncio.sleep(0.02)
            lost += len(_waiting(hit))
            found = [person.went_on - before for person in hit if person not in _waiting(hit)]
            waits += found
            print(
                f"{len(hit)} of {clients} hit; back within {max(found, default=0):.2f} s",
                flush=True,
            )
            await asyncio.to_thread(victim.start)
        for task in watching:
            task.cancel()
    ordered = sorted(waits) or [0.0]
    return {
        "kills": times,
        "hit": len(waits) + lost,
        "lost": lost,
        "median_s": ordered[len(ordered) // 2],
        "worst_s": ordered[-1],
    }


def kills_under_a_page(url: str, servers: list[Server], times: int) -> dict[str, float]:
    """Kill the server that a page in Chromium is on, so many times."""
    waits = []
    with browser() as chromium:
        page = chromium.new_page()
        page.goto(f"{url}/playground")
        page.get_by_role("combobox", name="Speed").click()
        page.keyboard.type("1,000 steps")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Train", exact=True).first.click()
        page.wait_for_timeout(1000 * SETTLE)
        for _ in range(times):
            victim = next(server for server in servers if _watched(server))
            seconds, _ = recovery(page, victim.kill)
            print(f"the page trains on after {seconds:.2f} s", flush=True)
            waits.append(seconds)
            victim.start()
    return {"page_median_s": sorted(waits)[len(waits) // 2], "page_worst_s": max(waits)}


def _watched(server: Server) -> bool:
    """Whether a page watches a run there, as its figures say."""
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        return re.search(rb"^glassbox_viewers 0\.0$", answer.read(), re.MULTILINE) is None


def _waiting(people: list[Visitor]) -> list[Visitor]:
    """Those whose runs do not train on yet."""
    return [person for person in people if person.went_on < person.broke]


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=30)
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args(arguments)
    with cluster() as (url, servers):
        figures = kills_under_a_page(url, servers, asked.times) if CHROMIUM else {}
        figures |= asyncio.run(kills(url, servers, asked.clients, asked.times))
    print("  ".join(f"{name} {value:.2f}" for name, value in figures.items()))
    return figures


if __name__ == "__main__":
    main()
