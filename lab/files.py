"""Reads and writes files that users name: reading never waits for a pipe, and writing is whole or
not at all.
"""

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

from engine.settings import shown


def read_bytes(path: Path, most: int) -> bytes | None:
    """Return all bytes of a file, or None if they are more than `most`.

    Raises OSError, also for a folder, a pipe or a device.
    """
    try:
        descriptor = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
    except ValueError as error:  # a name with a NUL in it
        raise OSError(str(error)) from error
    status = os.fstat(descriptor)  # it was opened without waiting for whoever may write into a pipe
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise OSError(
            "it is a folder"
            if stat.S_ISDIR(status.st_mode)
            else "it is a pipe or a device, not a file"
        )
    with open(descriptor, "rb") as file:
        if status.st_size > most:
            return None
        data = file.read(most + 1)  # files of the system say that they are empty, and are not
    if data is None:  # one of those has nothing yet
        raise OSError("it is a pipe or a device, not a file")
    return data if len(data) <= most else None


def check_place(path: Path) -> None:
    """Raise OSError where `write` is bound to fail."""
    target = _target(path)
    if target is not None:
        descriptor, name = _beside(target)
        os.close(descriptor)
        name.unlink()
    elif not os.access(path, os.W_OK):  # not opened: the reader of a pipe would take it for the end
        raise OSError("it is closed, or not ours to write into")


def write(path: Path, content: bytes) -> None:
    """Write a file beside the old one and then replace it, so that one of the two is whole at any
    time.

    A link stays a link, and the file that it names is replaced. A device is written into, and so is
    a pipe that has a reader. Raises OSError.
    """
    target = _target(path)
    if target is None:
        descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | getattr(os, "O_NONBLOCK", 0))
        if hasattr(
            os, "O_NONBLOCK"
        ):  # only opening does not wait, for a reader that may never come
            os.set_blocking(descriptor, True)
        with open(descriptor, "wb") as file:
            file.write(content)
        return
    descriptor, name = _beside(target)
    try:
        with open(descriptor, "wb") as file:
            with contextlib.suppress(FileNotFoundError):  # there is no old one
                old = target.stat()
                with contextlib.suppress(
                    OSError, AttributeError
                ):  # somebody else's: it is ours now
                    os.chown(name, old.st_uid, old.st_gid)
                with contextlib.suppress(
                    PermissionError
                ):  # some file systems know of no permissions
                    os.chmod(name, stat.S_IMODE(old.st_mode))
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            name.unlink()
        raise
    with contextlib.suppress(OSError):  # not every system lets one open a folder
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _target(path: Path) -> Path | None:
    """Return the plain file that a path names, whether it exists or not; None for a pipe or a
    device.

    Raises OSError for a folder, for a file in a folder that does not exist, and for a protected
    file.
    """
    target = path
    try:
        given = os.path.abspath(path)  # FileNotFoundError where the working folder is gone
        if given.startswith(("/dev/std", "/dev/fd/", "/proc/")):  # a way into what is open already
            return None
        target = Path(os.path.realpath(given))
        mode = target.stat().st_mode
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise OSError(f"there is no folder {shown(str(target.parent))}") from None
        return target
    except ValueError as error:  # a name with a NUL in it
        raise OSError(str(error)) from error
    if stat.S_ISDIR(mode):
        raise OSError("it is a folder: give the name of a file in it")
    if not stat.S_ISREG(mode):
        return None
    if not os.access(
        target, os.W_OK
    ):  # whoever protects a file means it, though its folder would let it be replaced
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return target


def _beside(target: Path) -> tuple[int, Path]:
    """Open a new, empty file in the folder of `target` for writing; return its descriptor and its
    path.

    It has the permissions that any new file gets.
    """
    name = target.with_name(f".glassbox-{secrets.token_hex(8)}")
    return os.open(
        name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666
    ), name
