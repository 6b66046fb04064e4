"""What a teacher takes home from a room: one ZIP with results, histories, links, models and
drawings.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from lab.data import class_set
from lab.frames.tiles import Standing
from lab.log import log
from lab.rooms.registry import Registry
from lab.rooms.room import Member, Room
from lab.rooms.writing import all_written, freeze
from lab.runs import links
from lab.runs.cost import OverBudgetError
from lab.runs.experiment import Experiment
from lab.store.database import StoreError
from lab.workers.pool import BusyError

RESULTS = (
    *("student", "goal", "epoch", "value", "hidden units", "parameters", "steps"),
    "weights set by hand",
)
HISTORIES = (
    *("student", "epoch", "seconds", "train loss", "train accuracy", "test loss"),
    "test accuracy",
)
_UNFIT = re.compile(r"[^\w-]+")


def pack(rooms: Registry, room: Room, site: str) -> bytes:
    """Return the ZIP; `site` is the address of this server, for links."""
    out = io.BytesIO()
    members = sorted(room.members.values(), key=lambda member: member.number)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("results.csv", _table(RESULTS, _results(members)))
        histories: list[Sequence[Any]] = []
        addresses: list[Sequence[Any]] = []
        for member in members:
            record = _record(rooms, member)
            if record:
                rows = record["history"]
                histories += [(safe(member.name), *row.values()) for row in rows]
            if experiment := _experiment(rooms, member):
                query = "&".join(
                    f"{name}={quote(value, safe='(),=')}"
                    for name, value in links.to_params(experiment).items()
                )
                page = "playground" if experiment.dataset.on_plane else "digits"
                addresses.append((safe(member.name), f"{site}/{page}?{query}"))
            if member.run and (content := rooms.network_of(member.run)):
                name = f"{member.number:03}-{_UNFIT.sub('-', member.name)}"
                packed.writestr(f"models/{name}.safetensors", content)
        packed.writestr("histories.csv", _table(HISTORIES, histories))
        packed.writestr("links.csv", _table(("student", "link"), addresses))
        digits = freeze(room, all_written(rooms, room))
        if len(set(digits.hands.tolist())) > 1:
            for name, content in class_set.to_files(digits).items():
                packed.writestr(f"drawings/{name}", content)
    return out.getvalue()


def _record(rooms: Registry, member: Member) -> dict[str, Any] | None:
    """Return history and figures of the run that a member looked at last; it is woken for that."""
    try:
        handle = rooms.pool.wake(member.run, member.visit)
    except (BusyError, StoreError, OverBudgetError) as problem:
        log(str(problem))
        return None
    return rooms.pool.record(handle.token) if handle else None


def _experiment(rooms: Registry, member: Member) -> Experiment | None:
    try:
        return rooms.pool.experiment_of(member.run)
    except StoreError as problem:
        log(str(problem))
        return None


def _results(members: Iterable[Member]) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = []
    for member in members:
        for goal, best in member.best.items():
            each = Standing(*best)
            by_hand = "yes" if each.by_hand else "no"
            figures = (each.epoch, each.value, each.units, each.parameters, each.steps, by_hand)
            rows.append((safe(member.name), safe(goal), *figures))
        if not member.best:
            rows.append((safe(member.name), *[""] * (len(RESULTS) - 1)))
    return rows


def safe(text: str) -> str:
    """Return a text that no table program takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t" else text


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(head)
    table.writerows(rows)
    return out.getvalue()
