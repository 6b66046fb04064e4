"""The real application on a free port of this machine, and a real browser on it.

For benchmarks and browser tests.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# the shell is the same browser without windows of its own, which take half of its time
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

BOARD = """() => {
  const look = (root) => {
    for (const e of root.querySelectorAll('*')) {
      if (e.dataset.frames !== undefined) return {...e.dataset};
      const inside = e.shadowRoot && look(e.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  return look(document);
}"""  # what the painted board says of itself


@dataclass
class Server:
    """A running server."""

    url: str
    pid: int

    def children(self) -> list[int]:
        """Process ids of its workers."""
        import psutil

        return [child.pid for child in psutil.Process(self.pid).children(recursive=True)]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextlib.contextmanager
def serving(
    script: Path | str = "app.py", log: Path | None = None, **environment: str
) -> Iterator[Server]:
    """`streamlit run script` until the block ends, with options in `environment` too.

    It has a store of its own, unless GLASSBOX_STORE is among them.
    """
    with tempfile.TemporaryDirectory(prefix="glassbox-store-") as folder:
        environment = {"GLASSBOX_STORE": str(Path(folder, "store.db"))} | environment
        with _serving(script, log, environment) as server:
            yield server


@contextlib.contextmanager
def _serving(script: Path | str, log: Path | None, environment: dict[str, str]) -> Iterator[Server]:
    port = free_port()
    base_path = environment.get("STREAMLIT_SERVER_BASE_URL_PATH", "")
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script),
        "--server.port",
        str(port),
        "--server.headless",
        "true",
        "--server.address",
        "127.0.0.1",
        "--browser.gatherUsageStats",
        "false",
    ]
    with open(log or os.devnull, "wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=out, env=os.environ | environment
        )
        try:
            url = f"http://127.0.0.1:{port}/{base_path}".rstrip("/")
            _wait_until_healthy(url, process)
            yield Server(url, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it answered")
        try:
            with urllib.request.urlopen(url + "/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not answer within 30 seconds")


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium, by way of Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()
