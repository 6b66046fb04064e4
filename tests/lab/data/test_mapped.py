"""What is mapped is made once, is always what its name says, and is in memory once."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import platformdirs
import psutil
import pytest

from lab.data import mapped as module
from lab.data.drawn_digits import with_drawn_digits
from lab.data.mapped import mapped
from lab.data.strokes import draw_digits

ROOT = Path(__file__).resolve().parents[3]
CONTENT = bytes(range(256)) * 40


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda project: tmp_path / project)
    return tmp_path / "glassbox" / "mapped"


def never() -> bytes:
    raise AssertionError("it is made again")


def test_it_is_made_once_and_read_only(folder: Path) -> None:
    first, again = mapped("some", lambda: CONTENT), mapped("some", never)
    assert first == again == CONTENT
    assert first.readonly
    assert not np.frombuffer(again, np.uint8).flags.writeable
    assert len(list(folder.iterdir())) == 1


def test_names_of_which_one_begins_the_other_are_two(folder: Path) -> None:
    mapped("some", lambda: CONTENT)
    assert mapped("some-more", lambda: b"more") == b"more"
    assert mapped("some", never) == CONTENT


DAMAGE: dict[str, Callable[[Path], object]] = {
    "changed": lambda path: path.write_bytes(CONTENT[::-1]),
    "cut short": lambda path: path.write_bytes(CONTENT[:-1]),
    "empty": lambda path: path.write_bytes(b""),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_made_anew(folder: Path, damage: str) -> None:
    mapped("some", lambda: CONTENT)
    (path,) = folder.iterdir()
    DAMAGE[damage](path)
    assert mapped("some", lambda: CONTENT) == CONTENT
    assert path.read_bytes() == CONTENT


def test_where_nothing_can_be_written_it_is_in_memory_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder can be below a file", encoding="utf-8")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda project: tmp_path / "file" / project)
    assert mapped("some", lambda: CONTENT) == CONTENT


def test_what_was_not_used_for_longest_gives_its_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2 * len(CONTENT))
    kept = mapped("old", lambda: CONTENT)
    mapped("young", lambda: CONTENT)
    for age, path in zip((99, 9), sorted(folder.iterdir()), strict=True):
        os.utime(path, (time.time() - age,) * 2)
    mapped("old", never)  # is used, and so no longer the oldest
    mapped("third", lambda: CONTENT)
    assert {path.name.split(".")[0] for path in folder.iterdir()} == {"old", "third"}
    assert kept == CONTENT


def test_threads_do_not_make_it_twice(folder: Path) -> None:
    made: list[int] = []

    def make() -> bytes:
        made.append(1)
        time.sleep(0.2)
        return CONTENT

    threads = [threading.Thread(target=mapped, args=("some", make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def python(code: str, folder: Path) -> subprocess.Popen[str]:
    """Runs code in a process whose cache this is."""
    cache = str(folder.parents[1] / "glassbox")
    setup = "import platformdirs, sys; from lab.data.mapped import mapped\n"
    setup += f"platformdirs.user_cache_dir = lambda project: {cache!r}\n"
    return subprocess.Popen(
        [sys.executable, "-c", setup + code],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_who_is_killed_while_writing_leaves_nothing_that_is_read(folder: Path) -> None:
    code = """
import os
os.fsync = lambda file: (print("written", flush=True), sys.stdin.read())
mapped("some", lambda: bytes(100_000))
"""
    with python(code, folder) as process:
        assert process.stdout
        assert process.stdout.readline() == "written\n"
        process.send_signal(signal.SIGKILL)
    (part,) = folder.iterdir()
    assert mapped("some", lambda: CONTENT) == CONTENT
    os.utime(part, (0, 0))
    mapped("another", lambda: CONTENT)
    assert not part.exists()


@pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="Linux says what is shared"
)
def test_two_processes_have_it_in_memory_once(folder: Path) -> None:
    size = 40_000_000
    mapped("some", lambda: bytes(size))
    code = "content = mapped('some', None); print(sum(content[::4096]), flush=True)"
    with python(code + "; sys.stdin.read()", folder) as one:
        with python(code + "; sys.stdin.read()", folder) as two:
            assert one.stdout
            assert two.stdout
            assert one.stdout.readline() == two.stdout.readline() == "0\n"
            for process in (one, two):
                memory = psutil.Process(process.pid).memory_full_info()
                assert memory.rss > size
                assert memory.uss < memory.rss - 0.9 * size
            two.communicate("")
        one.communicate("")


def test_drawn_digits_lie_below_the_others_and_are_those_that_are_drawn_anywhere(
    folder: Path,
) -> None:
    pictures = np.arange(3 * 784, dtype=np.uint8).reshape(3, 784)
    drawn, labels = draw_digits(40)
    for _ in range(2):
        both, digits = with_drawn_digits(pictures, 40)
        assert both.shape == (43, 784)
        assert np.array_equal(both[:3], pictures)
        assert np.array_equal(both[3:].reshape(-1, 28, 28), drawn)
        assert np.array_equal(digits, labels)
        assert digits.dtype == np.int64
    assert len(list(folder.iterdir())) == 1
    assert len(with_drawn_digits(pictures, 0)[1]) == 0
