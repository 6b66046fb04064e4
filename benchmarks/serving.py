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
    """A server, which may be ended and started again at the same address.

    environment: options that it has besides those of this process
    """

    url: str
    command: list[str]
    environment: dict[str, str]
    log: Path | None = None

    def start(self, cwd: Path = ROOT) -> None:
        """Start it in a folder, and wait until it answers."""
        with open(self.log or os.devnull, "ab") as out:
            self.process = subprocess.Popen(
                self.command, cwd=cwd, stdout=out, stderr=out, env=os.environ | self.environment
            )
        for _ in range(600):
            if self.process.poll() is not None:
                code = self.process.returncode
                raise RuntimeError(f"the server ended with {code} before it answered")
            try:
                with urllib.request.urlopen(self.url + "/_stcore/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server did not answer within 30 seconds")

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """End it as an operating system does, by SIGTERM, and by force if it does not react."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self.process.pid

    def children(self) -> list[int]:
        """Process ids of its workers."""
        import psutil

        workers = []
        for child in psutil.Process(self.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
                if "lab.workers.worker" in child.cmdline():
                    workers.append(child.pid)
        return workers


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
    port, base_path = free_port(), environment.get("STREAMLIT_SERVER_BASE_URL_PATH", "")
    url = f"http://127.0.0.1:{port}/{base_path}".rstrip("/")
    options = {
        "server.port": str(port),
        "server.headless": "true",
        "server.address": "127.0.0.1",
        "browser.gatherUsageStats": "false",
    }
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += [word for name, value in options.items() for word in (f"--{name}", value)]
    with tempfile.TemporaryDirectory(prefix="glassbox-store-") as folder:
        environment = {"GLASSBOX_STORE": str(Path(folder, "store.db"))} | environment
        server = Server(url, command, environment, log)
        try:
            server.start()
            yield server
        finally:
            server.end()


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium, by way of Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()
