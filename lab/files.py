"""Files of people: what is read is a whole file, no pipe without end; what is written is whole or not at all."""

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path


def content(path: Path, most: int) -> bytes | None:
    """All of a file, or None where that is more than `most` bytes. Raises OSError, also for what is no plain file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except ValueError as error:  # a name with a NUL in it
        raise OSError(str(error)) from error
    with open(descriptor, "rb") as file:  # without waiting for whoever may write into a pipe
        kind = os.fstat(descriptor)
        if not stat.S_ISREG(kind.st_mode):
            raise OSError("it is a folder" if stat.S_ISDIR(kind.st_mode) else "it is a pipe or a device, not a file")
        if kind.st_size > most:
            return None
        found = file.read(most + 1)  # files of the system say that they are empty, and are not
    return found if len(found) <= most else None


def check_place(path: Path) -> None:
    """Raises OSError where `write` is bound to fail."""
    if path.is_dir():
        raise OSError("it is a folder: give the name of a file in it")
    target = _target(path)
    if target is not None:
        descriptor, name = _beside(target)
        os.close(descriptor)
        name.unlink()


def write(path: Path, content: bytes) -> None:
    """Writes a file beside the old one and then puts it in its place, so that one of both is there whatever happens.

    A link stays a link, and the file that it names is replaced. A pipe or a device is written into. Raises OSError.
    """
    target = _target(path)
    if target is None:
        path.write_bytes(content)
        return
    descriptor, name = _beside(target)
    try:
        with open(descriptor, "wb") as file:
            with contextlib.suppress(FileNotFoundError):  # there is no old one
                old = target.stat()
                with contextlib.suppress(OSError, AttributeError):  # somebody else's: it is ours now
                    os.chown(name, old.st_uid, old.st_gid)
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
    """The plain file that a path names, whether it is there already or not; None for a pipe or a device."""
    given = os.path.abspath(path)
    if given.startswith(("/dev/std", "/dev/fd/", "/proc/")):  # a way into what is open already
        return None
    try:
        target = Path(os.path.realpath(given))
        if not stat.S_ISREG(target.stat().st_mode):
            return None
    except FileNotFoundError:
        return target
    except ValueError as error:  # a name with a NUL in it
        raise OSError(str(error)) from error
    if not os.access(target, os.W_OK):  # whoever protects a file means it, though its folder would let it be replaced
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return target


def _beside(target: Path) -> tuple[int, Path]:
    """A new and empty file in the same folder, open for writing, with the permissions that any new file gets."""
    name = target.with_name(f".glassbox-{secrets.token_hex(8)}")
    return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666), name
