"""The wheel, installed where nothing of this folder is: `glassbox` serves every page, and is the
command line.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.client import User
from benchmarks.serving import Server, free_port
from lab.course.lessons import LESSONS

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[1]
CARRIED = ("assets", "engine", "lab", "pages", "ui", ".streamlit")
BESIDE = (
    "app.py",
    "launch.py",
    "setup.py",
    "pyproject.toml",
    "requirements.txt",
    "README.md",
    "LICENSE",
)
PAGES = [
    "",
    "playground",
    "digits",
    "draw",
    "sweep",
    "learn",
    "teach",
    "room",
    "class-digits",
    "kept",
]
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`glassbox` in an environment of its own, which borrows the packages of this one."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in CARRIED:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in BESIDE:
        shutil.copy(ROOT / name, source)
    offline = ["--no-deps", "--no-index"]
    subprocess.run(
        [*PIP, "wheel", *offline, "--no-build-isolation", "--wheel-dir", folder, source], check=True
    )
    (wheel,) = folder.glob("glassbox_playground-*.whl")
    venv.create(folder / "venv", symlinks=True)
    ((packages),) = (folder / "venv").rglob("site-packages")
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "borrowed.pth").write_text("\n".join(sorted(borrowed)))
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([*PIP, "--python", folder / "venv", "install", *offline, wheel], check=True)
    shutil.rmtree(source)
    return scripts / "glassbox"


def test_the_command_line_is_behind_it(program: Path, tmp_path: Path) -> None:
    command = [program, "train", "--dataset", "xor", "--epochs", "1", "--save", "xor.safetensors"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["xor.safetensors"]


def test_every_page_opens_from_an_empty_folder(program: Path, tmp_path: Path) -> None:
    port, empty = free_port(), tmp_path / "empty"
    empty.mkdir()
    options = {"server.port": str(port), "server.headless": "true", "server.address": "127.0.0.1"}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    kept = {"GLASSBOX_STORE": str(tmp_path / "store.db")}
    log = tmp_path / "log.txt"
    server = Server(f"http://127.0.0.1:{port}", [str(program), *words], kept, log)
    pages = [*PAGES, *(lesson.path for lesson in LESSONS)]
    server.start(cwd=empty)
    try:
        assert in_a_thread(visited(server.url, pages)) == {page: [] for page in pages}
        assert not list(empty.iterdir())
    finally:
        server.end()
    assert "Traceback" not in log.read_text(encoding="utf-8", errors="replace")


async def visited(url: str, pages: list[str]) -> dict[str, list[str]]:
    """What went wrong on each of the pages."""

    async def errors(page: str) -> list[str]:
        async with User(url, page) as user:
            themed = user.theme == "#0A5EA8"  # as .streamlit/config.toml says
            return user.errors if user.elements and themed else ["it is not as it should be"]

    return dict(zip(pages, await asyncio.gather(*map(errors, pages)), strict=True))


def in_a_thread(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What it returns: in a test's own thread the loop of Playwright may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
