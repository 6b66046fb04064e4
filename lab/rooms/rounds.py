"""Goes round all rooms about once a second: asks for their tiles, reads those that have come, tells
those who look, and closes rooms that nobody uses.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable

from lab.log import log_exception
from lab.rooms.registry import Registry
from lab.rooms.room import Room
from lab.rooms.wall import Wall

EVERY = 0.8  # seconds
ANSWERED = 0.3  # seconds after which the workers have painted what was asked for
LOOK_EVERY = 60.0  # seconds between two looks for rooms that nobody uses


class Rounds:
    """The walls of all rooms, and the thread that keeps them up to date."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.walls: dict[str, Wall] = {}
        self._lookers: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
        self._ending = threading.Event()
        self._looked = 0.0
        self._thread = threading.Thread(target=self._go, daemon=True, name="glassbox-rooms")

    def start(self) -> None:
        """Begin to go round."""
        self._thread.start()

    def end(self) -> None:
        """Go round no more."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(2)

    def wall(self, room: Room) -> Wall:
        """Return the wall of a room."""
        wall = self.walls.get(room.code)
        if wall is None or wall.room is not room:
            wall = self.walls[room.code] = Wall(self.registry, room)
        return wall

    def look(self, room: Room, looker: Callable[[], None]) -> None:
        """Call `looker`, from another thread, whenever the wall has changed."""
        self._lookers[room.code].append(looker)

    def look_away(self, room: Room, looker: Callable[[], None]) -> None:
        """Call it no more."""
        if looker in self._lookers[room.code]:
            self._lookers[room.code].remove(looker)

    def _go(self) -> None:
        while not self._ending.wait(EVERY - ANSWERED):
            try:
                self.go_round()
            except Exception as error:  # whatever it stumbles over, it goes round again
                log_exception(error)

    def go_round(self) -> None:
        """One round."""
        busy = [
            self.wall(room)
            for room in list(self.registry.rooms.values())
            if self._lookers[room.code] or (room.task and room.task.goal)
        ]
        for wall in busy:
            wall.ask()
        if busy:
            self._ending.wait(ANSWERED)
        for wall in busy:
            version = wall.version
            wall.read()
            if wall.version != version:
                for looker in list(self._lookers[wall.room.code]):
                    looker()
        if time.monotonic() - self._looked > LOOK_EVERY:
            self._looked = time.monotonic()
            self.registry.close_expired()
            for code in set(self.walls) - set(self.registry.rooms):
                del self.walls[code]


_shared: Rounds | None = None


def start_shared_rounds(registry: Registry) -> None:
    """Begin to go round the rooms of this server."""
    global _shared
    _shared = Rounds(registry)
    _shared.start()


def shared_rounds() -> Rounds | None:
    """Return the rounds of this server; None where nobody goes round."""
    return _shared


def end_shared_rounds() -> None:
    """Go round no more."""
    global _shared
    if _shared:
        _shared.end()
    _shared = None
