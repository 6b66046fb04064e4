"""The wall of a room: what the tile of each student says, and how the board of its goal is ordered.

A round a second asks the workers for tiles; what they have come to is read here.
"""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from lab.frames.tiles import Standing, Tile, rank
from lab.rooms.registry import Registry
from lab.rooms.room import Member, Room
from lab.runs.goals import Goal
from lab.workers.handle import Handle

WORKING, STUCK, DIVERGED, SOLVED, AWAY = "working", "stuck", "diverged", "solved", "away"
# who needs help first
NEED = {DIVERGED: 0, STUCK: 1, WORKING: 2, AWAY: 3, SOLVED: 4}
NO_RUN = Tile("none")


def status_of(tile: Tile, *, here: bool, met: bool) -> str:
    """Return the status of a student: whether they are `here`, and have `met` the goal."""
    if not here:
        return AWAY
    if tile.status in ("diverged", "lost"):
        return DIVERGED
    if tile.solved or met:
        return SOLVED
    return STUCK if tile.stuck else WORKING


def word_of(tile: Tile, status: str) -> str:
    """Return the word for a status on the wall."""
    if status == WORKING:
        words = {"none": "no network yet", "loading": "loading", "finished": "finished"}
        return words.get(tile.status, "paused" if tile.status == "paused" else WORKING)
    return status


@dataclass
class Wall:
    """What the wall of a room shows: for each member, by number, how often their tile has changed,
    and that tile as JSON.
    """

    registry: Registry
    room: Room
    tiles: dict[int, tuple[int, str]] = field(default_factory=dict)
    version: int = 0

    def ask(self) -> None:
        """Ask the workers for the tiles of all members."""
        goal = self.room.task.goal if self.room.task else ""
        for member in list(self.room.members.values()):
            if member.run:
                self.registry.pool.ask_tile(member.run, goal)

    def read(self) -> None:
        """Take what has come, and note how members have met the goal."""
        better = False
        ranks = {member.visit: place for place, member, _ in self.board()}
        for member in list(self.room.members.values()):
            handle = self.registry.pool.get(member.run)
            better |= self._note_best(member, handle)
            said = json.dumps(self.describe(member, handle, ranks.get(member.visit)))
            _, before = self.tiles.get(member.number, (0, ""))
            if said != before:
                self.version += 1
                self.tiles[member.number] = self.version, said
        here = {member.number for member in self.room.members.values()}
        for number in set(self.tiles) - here:
            del self.tiles[number]
            self.version += 1
        if better:
            self.registry.keep_quietly(self.room)

    @property
    def goal(self) -> Goal | None:
        """The goal of the task, if it has one."""
        text = self.room.task.goal if self.room.task else ""
        return Goal.parse(text) if text else None

    def _note_best(self, member: Member, handle: Handle | None) -> bool:
        """Note a better standing of a member than before; return whether it is one."""
        goal = self.goal
        found = handle.tile.standing if handle and handle.tile else None
        if goal is None or found is None:
            return False
        best = member.best.get(goal.text)
        if best and rank(goal, Standing(*best)) <= rank(goal, found):
            return False
        member.best[goal.text] = list(found)
        return True

    def describe(self, member: Member, handle: Handle | None, place: int | None) -> dict[str, Any]:
        """Return what a tile says of a member, who has this place on the board."""
        tile = (handle.tile if handle else None) or NO_RUN
        here = self.registry.is_here(self.room, member.visit)
        status = status_of(tile, here=here, met=place is not None)
        return {
            "id": member.number,
            "name": self.room.called(member),
            "hidden": member.hidden,
            "here": here,
            "status": status,
            "word": word_of(tile, status),
            "need": NEED[status],
            "place": place,
            "step": tile.step,
            "units": tile.units,
            "loss": tile.loss,
            "accuracy": tile.accuracy,
            "regression": tile.regression,
            "plane": base64.b64encode(tile.plane).decode(),
            "curve": base64.b64encode(tile.curve).decode(),
        }

    def board(self) -> list[tuple[int, Member, Standing]]:
        """Return who has met the goal, the best first: the place, who, and how."""
        goal = self.goal
        if goal is None:
            return []
        met = [
            (member, Standing(*best))
            for member in self.room.members.values()
            if (best := member.best.get(goal.text)) and not member.hidden
        ]
        met.sort(key=lambda each: rank(goal, each[1]))
        placed: list[tuple[int, Member, Standing]] = []
        for number, (member, standing) in enumerate(met, 1):
            alike = placed and rank(goal, placed[-1][2]) == rank(goal, standing)
            placed.append((placed[-1][0] if alike else number, member, standing))
        return placed
