"""All rooms of this server: they are opened, found, changed and closed here, and outlive it in the
store.

Whoever changes a room does so in `changing`, which keeps it and tells those who listen.
"""

import contextlib
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from lab import limits
from lab.data import class_set
from lab.log import log, log_exception
from lab.rooms import codes, nicknames
from lab.rooms.room import GONE, Member, Room, RoomError
from lab.store.database import StoreError
from lab.store.room_rows import KeptDigit
from lab.store.store import Store
from lab.workers.pool import Pool

USED_EVERY = 60.0  # seconds between two notes that a room is used
AWAY_AFTER = 6.0  # seconds without a page after which a student is away: a reload takes less
NOT_KEPT = "Rooms need the store, which does not work here at the moment: {}"
TOO_MANY = (
    f"This server has {limits.ROOMS.most} rooms open, and no more. Close one that nobody needs, or "
    "try again later."
)


class Registry:
    """The rooms of a server. Every method may be called from any thread.

    clock: seconds since 1970
    """

    def __init__(
        self, pool: Pool, store: Store | None, clock: Callable[[], float] = time.time
    ) -> None:
        self.pool, self.store, self.clock = pool, store, clock
        self.lock = threading.RLock()
        self.rooms: dict[str, Room] = {}
        self._listeners: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
        self._pages: defaultdict[tuple[str, str], int] = defaultdict(int)  # open, by room and visit
        self._left: dict[tuple[str, str], float] = {}  # when the last page was closed
        self._digits: defaultdict[str, dict[int, KeptDigit]] = defaultdict(dict)
        self._chance = random.Random()

    # --- finding ----------------------------------------------------------------------------------

    def find(self, code: str) -> Room:
        """Return the room of a code; raises RoomError."""
        if room := self.rooms.get(code):
            return room
        raise RoomError(GONE.format(code or "without a code"))

    def of_member(self, visit: str) -> Room | None:
        """Return the room that a visit is a member of."""
        if not visit:
            return None
        return next((r for r in list(self.rooms.values()) if visit in r.members), None)

    def of_teacher(self, visit: str) -> Room | None:
        """Return the room that a visit leads, the newest of several."""
        if not visit:
            return None
        mine = [room for room in list(self.rooms.values()) if visit in room.teachers]
        return max(mine, key=lambda room: room.created, default=None)

    def may_watch(self, owner: str, visit: str) -> bool:
        """Return whether a visit may look at the runs of another one: as the teacher of its room,
        or because everybody there looks at it.
        """
        room = self.of_member(owner)
        if room is None or not visit:
            return False
        seen = room.everywhere and room.shown == owner and visit in room.members
        return visit in room.teachers or seen

    # --- opening and closing ----------------------------------------------------------------------

    def open(self, teacher: str) -> tuple[Room, str]:
        """Open a room, and return it with the key that reopens it; raises RoomError."""
        if self.store is None:
            raise RoomError(NOT_KEPT.format("nothing is kept."))
        now, key = self.clock(), codes.new_key()
        with self.lock:
            if len(self.rooms) >= limits.ROOMS.most:
                raise RoomError(TOO_MANY)
            code = codes.new_code()
            while code in self.rooms:
                code = codes.new_code()
            room = self.rooms[code] = Room(code, codes.hash_key(key), [teacher], now, now)
            self._leave_others(teacher, code)
            self._keep(room)
        return room, key

    def reopen(self, code: str, key: str, visit: str) -> Room:
        """Let a browser lead a room that has its key; raises RoomError."""
        room = self.rooms.get(code)
        if room is None or codes.hash_key(key) != room.key:
            raise RoomError(
                f"There is no room {code or 'without a code'} with this key. Compare both with "
                "what you wrote down; the room may also have been closed."
            )
        with self.changing(room):
            room.admit_teacher(visit)
        return room

    def close(self, room: Room) -> None:
        """Close a room, and delete all that was made in it."""
        with self.lock:
            if self.rooms.pop(room.code, None) is None:
                return
            self._digits.pop(room.code, None)
            for digest in room.collected.values():
                class_set.forget(digest)
            members = list(room.members.values())
            self.pool.hold(room.members, False)
            for member in members:
                self._drop_runs(member)
            if self.store:
                self.store.rooms.forget(room.code)
        self._tell(room)

    def close_expired(self) -> None:
        """Close the rooms that nobody has used for as long as they live."""
        for room in list(self.rooms.values()):
            if not self.anybody(room) and room.expired(self.clock()):
                self.close(room)

    def _drop_runs(self, member: Member) -> None:
        for token in member.runs:
            self.pool.drop(token)
            if self.store:
                self.store.forget_run(token)

    # --- members ----------------------------------------------------------------------------------

    def propose(self, room: Room) -> str:
        """Return a friendly name that nobody in a room has."""
        return nicknames.propose(room.names, self._chance)

    def join(self, room: Room, visit: str, name: str) -> Member:
        """Let a visit into a room, out of any other; raises RoomError."""
        with self.lock:
            if visit in room.teachers:
                raise RoomError("You lead this room: your students join it.")
            new = visit not in room.members
            member = room.join(visit, name)
            if new:
                self._leave_others(visit, room.code)
                if room.paused:
                    self.pool.hold([visit])
                self._keep(room)
        if new:
            self._tell(room)
        return member

    def _leave_others(self, visit: str, code: str) -> None:
        for other in list(self.rooms.values()):
            if other.code != code and visit in other.members:
                self.leave(other, visit, bar=False)

    def leave(self, room: Room, visit: str, *, bar: bool) -> None:
        """Let somebody out, whose runs of this room end; where they are barred, for good."""
        with self.changing(room):
            member = room.remove(visit, bar=bar)
        drawn = [digit.number for digit in self.digits(room) if digit.visit == visit]
        self.delete_digits(room, drawn)
        self.pool.hold([visit], False)
        if member:
            self._drop_runs(member)

    def forget_visit(self, visit: str) -> None:
        """Let a visit out of every room, as it wants to be forgotten."""
        for room in list(self.rooms.values()):
            if visit in room.members:
                self.leave(room, visit, bar=False)

    def note_run(self, visit: str, token: str) -> None:
        """Note which run a visit looks at, if it is in a room."""
        room = self.of_member(visit)
        if room is None:
            return
        with self.lock:
            if room.note_run(visit, token):
                self._keep(room)

    def note_page(self, room: Room, visit: str, page: str) -> None:
        """Note on which page a member is."""
        member = room.members.get(visit)
        if member and member.page != page:
            member.page = page
            self.keep_quietly(room)

    # --- pages ------------------------------------------------------------------------------------

    def enter(self, room: Room, visit: str, listener: Callable[[], None]) -> None:
        """A page is open; `listener` is called from any thread when something changes."""
        with self.lock:
            self._listeners[room.code].append(listener)
            self._pages[room.code, visit] += 1
        self.use(room)

    def go(self, room: Room, visit: str, listener: Callable[[], None]) -> None:
        """A page is closed."""
        with self.lock:
            with contextlib.suppress(ValueError):
                self._listeners[room.code].remove(listener)
            place = room.code, visit
            self._pages[place] -= 1
            if self._pages[place] <= 0:
                del self._pages[place]
                self._left[place] = self.clock()

    def is_here(self, room: Room, visit: str) -> bool:
        """Return whether a visit has a page open, or had a moment ago."""
        place = room.code, visit
        return place in self._pages or self.clock() - self._left.get(place, 0.0) < AWAY_AFTER

    def anybody(self, room: Room) -> bool:
        """Return whether any page of a room is open."""
        return any(code == room.code for code, _ in list(self._pages))

    def use(self, room: Room) -> None:
        """Note that a room is used."""
        now = self.clock()
        if now - room.used > USED_EVERY:
            with self.lock:
                room.used = now
                self._keep(room)

    # --- changing ---------------------------------------------------------------------------------

    @contextlib.contextmanager
    def changing(self, room: Room) -> Iterator[Room]:
        """Change a room within the block; it is kept then, and all who listen are told."""
        with self.lock:
            yield room
            self._keep(room)
        self._tell(room)

    def pause(self, room: Room, paused: bool) -> None:
        """Hold all runs of a class, or let those go on that ran."""
        with self.changing(room):
            room.pause(paused)
        self.pool.hold(room.members, paused)

    def keep_quietly(self, room: Room) -> None:
        """Keep a room as it is, of which nobody has to hear."""
        with self.lock:
            self._keep(room)

    def _keep(self, room: Room) -> None:
        if self.store and self.rooms.get(room.code) is room:
            try:
                self.store.rooms.keep(room.code, room.used, room.to_dict())
            except ValueError as problem:  # it goes on, and is kept as it was
                log(f"Room {room.code} is not kept: {problem}")

    def _tell(self, room: Room) -> None:
        for listener in list(self._listeners[room.code]):
            try:
                listener()
            except RuntimeError as error:  # its event loop has just ended
                log_exception(error)

    # --- lessons ----------------------------------------------------------------------------------

    def note_lessons(self, visit: str, done: Iterable[int], first: Mapping[str, bool]) -> None:
        """Note which lessons a member has done, and whether their first answers were right."""
        room = self.of_member(visit)
        if room is None:
            return
        with self.lock:
            member = room.members.get(visit)
            if member is None:
                return
            all_done = sorted({*member.done, *done})
            answers = {**first, **member.first}  # what was noted first stays
            if (all_done, answers) != (member.done, member.first):
                member.done, member.first = all_done, answers
                self._keep(room)

    # --- what was made in it ----------------------------------------------------------------------

    def digits(self, room: Room) -> list[KeptDigit]:
        """Return the digits that were written in a room, the oldest first."""
        return list(self._digits[room.code].values())

    def moments(self, room: Room) -> dict[int, dict[str, Any]]:
        """Return the moments of a room's wall by their numbers; none where the store cannot say."""
        if self.store is None:
            return {}
        self.store.writer.settle()
        try:
            return self.store.rooms.moments(room.code)
        except StoreError as problem:  # every page says what is wrong with the store
            log(str(problem))
            return {}

    def put_digit(self, room: Room, make: Callable[[int], KeptDigit]) -> None:
        """Keep a digit; `make` is given the number of a new one."""
        with self.lock:
            mine = self._digits[room.code]
            digit = make(max(mine, default=0) + 1)
            mine[digit.number] = digit
        if self.store and self.rooms.get(room.code) is room:
            self.store.rooms.keep_digit(room.code, digit)

    def delete_digits(self, room: Room, numbers: Iterable[int]) -> None:
        """Keep these digits no longer."""
        these = set(numbers)
        with self.lock:
            for number in these:
                self._digits[room.code].pop(number, None)
        if self.store and these:
            self.store.rooms.forget_digits(room.code, these)

    def network_of(self, token: str) -> bytes | None:
        """Return a run's network as a file: as it now is, or as it was when it went to sleep."""
        if (content := self.pool.weights(token)) or self.store is None:
            return content
        try:
            snapshot = self.store.snapshot(token)
        except StoreError as problem:
            log(str(problem))
            return None
        return snapshot.content if snapshot else None

    # --- the store --------------------------------------------------------------------------------

    def recall(self) -> None:
        """Open the rooms that are kept, as they were."""
        if self.store is None:
            return
        try:
            kept = self.store.rooms.all()
        except StoreError as problem:
            log(str(problem))
            return
        for content in kept:
            self._recall_one(content)

    def _recall_one(self, content: dict[str, Any]) -> None:
        try:
            room = Room.from_dict(content)
            digits = self.store.rooms.digits(room.code) if self.store else []
            for frozen in self.store.rooms.sets(room.code).values() if self.store else ():
                class_set.keep(frozen)  # on another computer the file is not there
        except (StoreError, OSError) as problem:
            log(str(problem))
            return
        except (TypeError, KeyError, ValueError) as error:
            log_exception(error)
            return
        with self.lock:
            self.rooms[room.code] = room
            self._digits[room.code] = {each.number: each for each in digits}
        if room.paused:
            self.pool.hold(room.members)


# --- the rooms of this server ---------------------------------------------------------------------

_shared: Registry | None = None


def open_shared_rooms(pool: Pool, store: Store | None) -> Registry:
    """Open the rooms of this server."""
    global _shared
    _shared = Registry(pool, store)
    _shared.recall()
    return _shared


def shared_rooms() -> Registry | None:
    """Return the rooms of this server; None where it was started without them."""
    return _shared


def close_shared_rooms() -> None:
    """Let go of the rooms of this server, which are in the store."""
    global _shared
    _shared = None
