"""Servers that share a PostgreSQL: where one was when it was killed, another goes on."""

import subprocess
import sys

import pytest

from lab.store.database import Database
from lab.store.store import Store
from lab.workers.pool import Pool
from tests.lab.store.conftest import new_database
from tests.lab.workers.watcher import header

pytestmark = pytest.mark.slow
MINE, THEIRS = "1" * 64, "2" * 64
SERVER = """
import sys, time
from lab.runs.presets import recommended
from lab.store.database import Database
from lab.store.store import Store
from lab.workers.pool import Pool

pool = Pool(1)
pool.store = Store(Database(sys.argv[1]))
experiment = recommended("spiral").changed(epochs=10**6)
token = pool.start(experiment, training=True, owner=sys.argv[2], page="playground", keep=True)
print(token, flush=True)
while True:
    pool.paint(token)
    time.sleep(0.02)
    if kept := pool.get(token).snapshot:
        print(kept.step, flush=True)
"""


def test_another_server_goes_on_where_a_killed_one_was(postgres: str) -> None:
    place = new_database(postgres)
    second = Pool(1)
    second.store = Store(Database(place))  # both are there from the beginning
    first = subprocess.Popen(
        [sys.executable, "-c", SERVER, place, MINE], stdout=subprocess.PIPE, text=True
    )
    try:
        assert first.stdout
        token, steps = first.stdout.readline().strip(), [0]
        while len(steps) < 4:
            if (step := int(first.stdout.readline())) != steps[-1]:
                steps.append(step)
    finally:
        first.kill()
        first.communicate()
    assert second.wake(token, THEIRS) is None
    woken = second.wake(token, MINE)
    assert woken
    assert woken.training
    frame = None
    while frame is None:  # its data are loading
        frame = second.frame(token)
    # the newest snapshot may still have been on its way to the database
    assert int(str(header(frame)["step"])) >= steps[-2]
    second.close()
    second.store.close()
