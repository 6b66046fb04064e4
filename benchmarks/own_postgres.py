"""A real PostgreSQL in a temporary folder, for benchmarks and tests: nobody else's is touched."""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path


def _program(name: str) -> str | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])
    return shutil.which(name, path=path)


def lacks_postgres() -> str:
    """What is missing here to start one, "" for nothing."""
    if not (_program("initdb") and _program("postgres")):
        return "PostgreSQL"
    if importlib.util.find_spec("psycopg") is None:
        return "psycopg (requirements-postgres.txt)"
    return ""


@contextlib.contextmanager
def own_postgres() -> Iterator[str]:
    """The address of a server that lives until the block ends, with {} for the database's name;
    it has one, `postgres`.
    """
    import psycopg

    initdb, server = _program("initdb"), _program("postgres")
    assert initdb
    assert server
    # it refuses to run as root; and the path of a socket may have no more than 107 letters
    user = "nobody" if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="gb-pg-", dir=tempfile.gettempdir()) as folder:
        if user:
            shutil.chown(folder, user)
        data = f"{folder}/data"
        subprocess.run(
            [initdb, "-D", data, "-U", "glassbox", "-A", "trust", "--no-sync", "-E", "UTF8"],
            check=True,
            capture_output=True,
            user=user,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )
        process = subprocess.Popen(
            [server, "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=user,
            cwd=folder,
        )
        try:
            for _ in range(200):
                try:
                    psycopg.connect(host=folder, user="glassbox", dbname="postgres").close()
                    break
                except psycopg.OperationalError:
                    time.sleep(0.05)
            yield f"postgresql+psycopg://glassbox@/{{}}?host={folder}"
        finally:
            process.send_signal(signal.SIGINT)  # its "fast" end: it waits for no client
            process.wait(20)
