"""Files of people: read whole or refused with a sentence, and written whole or not at all."""

import os
import resource
import stat
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import files


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert files.read_bytes(path, 5) == b"12345"
    assert files.read_bytes(path, 4) is None
    os.symlink(path, tmp_path / "link")
    assert files.read_bytes(tmp_path / "link", 5) == b"12345"


@pytest.mark.skipif(not Path("/proc/cmdline").exists(), reason="only Linux has such files")
def test_a_file_that_says_that_it_is_empty_and_is_not_has_a_limit_too() -> None:
    assert Path("/proc/self/maps").stat().st_size == 0
    assert files.read_bytes(Path("/proc/self/maps"), 10) is None
    assert b"[stack]" in (files.read_bytes(Path("/proc/self/maps"), 10_000_000) or b"")


@pytest.mark.parametrize(
    "name", ["folder", "pipe", "/dev/zero", "missing", "n" * 300, "a\0b", "\ud800", "loop"]
)
def test_what_is_no_file_is_refused_at_once(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    os.symlink("loop", tmp_path / "loop")
    for _ in range(3):
        with pytest.raises(OSError, match=r"\w"):
            files.read_bytes(tmp_path / name, 100)


def test_what_is_refused_stays_open_no_longer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = psutil.Process().num_fds()
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(OSError, match="it is a"):
            files.read_bytes(path, 100)
    assert psutil.Process().num_fds() == before


@given(first=st.binary(max_size=300), second=st.binary(max_size=300))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, first: bytes, second: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "written"
    for content in (first, second):
        files.check_place(path)
        files.write(path, content)
        assert files.read_bytes(path, 300) == content


def test_permissions_links_and_what_stands_beside_stay(tmp_path: Path) -> None:
    real = tmp_path / "there" / "real"
    real.parent.mkdir()
    real.write_bytes(b"old")
    real.chmod(0o640)
    link, dangling = tmp_path / "link", tmp_path / "dangling"
    os.symlink("there/real", link)
    os.symlink("there/new", dangling)
    for path in (link, dangling):
        files.check_place(path)
        files.write(path, b"new")
        assert path.is_symlink()
        assert path.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((tmp_path / "there" / "new").stat().st_mode) == 0o666 & ~umask
    assert left_in(real.parent) == ["new", "real"]


def test_looking_at_a_place_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"old")
    for name in ("old", "new"):
        files.check_place(tmp_path / name)
    assert left_in(tmp_path) == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("folder", "folder"),
        ("none/file", "no folder"),
        ("n" * 300, "long"),
        ("a\0b", "null"),
        ("loop", "symbolic"),
        ("old/file", "irectory|folder"),
        ("\ud800", "encode"),
    ],
)
def test_a_place_that_cannot_be_written_is_known_before(
    name: str, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "old").write_bytes(b"old")
    os.symlink("loop", tmp_path / "loop")
    before = left_in(tmp_path)
    for act in (files.check_place, lambda path: files.write(path, b"new")):
        with pytest.raises(OSError, match=sentence):
            act(tmp_path / name)
    assert left_in(tmp_path) == before
    assert (tmp_path / "old").read_bytes() == b"old"


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_protected_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"old")
    path.chmod(0o444)
    for act in (files.check_place, lambda path: files.write(path, b"new")):
        with pytest.raises(PermissionError):
            act(path)
    assert path.read_bytes() == b"old"


def test_the_old_file_is_still_there_when_the_disk_is_full(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        files.check_place(path)
        with pytest.raises(OSError, match="large"):
            files.write(path, bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"old"
    assert left_in(tmp_path) == ["old"]


def test_the_old_file_is_still_there_when_writing_is_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"old")

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        files.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert left_in(tmp_path) == ["old"]


def test_a_pipe_that_somebody_reads_is_written_into_and_one_that_nobody_reads_is_not_waited_for(
    tmp_path: Path,
) -> None:
    pipe, content = tmp_path / "pipe", bytes(range(256)) * 2000  # more than a pipe holds
    os.mkfifo(pipe)
    files.check_place(pipe)
    with pytest.raises(OSError, match="No such device"):
        files.write(pipe, b"new")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    writer = os.open(
        pipe, os.O_WRONLY
    )  # without one the reader would be at the end before it begins
    received: list[bytes] = []
    with open(reader, "rb") as file:
        listening = threading.Thread(target=lambda: received.append(file.read(len(content))))
        listening.start()
        files.write(pipe, content)
        listening.join(10)
    os.close(writer)
    assert received == [content]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has it")
def test_devices_are_written_into_and_stay() -> None:
    files.check_place(Path("/dev/null"))
    files.write(Path("/dev/null"), b"new")
    with pytest.raises(OSError, match="space"):
        files.write(Path("/dev/full"), bytes(10))
    with pytest.raises(OSError, match="closed"):
        files.check_place(Path("/dev/fd/999"))
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_standard_output_is_a_place() -> None:
    imports = "from pathlib import Path; from lab import files; p = Path('/dev/stdout'); "
    command = [sys.executable, "-c", imports + "files.check_place(p); files.write(p, b'heard')"]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, timeout=60, check=True
    )
    assert done.stdout == b"heard"
