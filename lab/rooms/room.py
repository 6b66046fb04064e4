"""A room: who is in it, what was sent to it, and the rules by which either may change.

Nothing here knows of pages or sockets; whoever asks says who they are, and which time it is.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from lab import limits
from lab.rooms.nicknames import clean, fold, is_proposed, symbol

USUAL, MOST = 40, limits.ROOM.most  # students
HOUR = 3600.0
LIFETIMES = {"1 hour": HOUR, "24 hours": 24 * HOUR, "30 days": 30 * 24 * HOUR}
MOST_TEACHERS = 4  # browsers
MOST_MOMENTS = 12
MOST_RUNS = 60  # of one member that are noted, to go with the room
LOCKED = "Nobody else may join this room. Ask your teacher to open it."
BARRED = "Your teacher has removed you from this room."
PAUSED = "Your teacher has paused the class. Your run goes on from here afterwards."
ORDERED = "Choose one of the names that are proposed: in this room nobody types their own."
GONE = "There is no room {}. Compare the code with the board; it may also have been closed."


class RoomError(ValueError):
    """Says in a sentence why something in a room cannot be."""


@dataclass(frozen=True)
class Task:
    """What the teacher has sent: a page, and on it an experiment, what is hidden, and a goal.

    number: the how-many-th of the room
    page: as an address names it, such as "playground" or "learn-overfitting"
    experiment: as a dict, None for pages without one
    everybody: whether it also comes to those who have gone on by themselves
    """

    number: int
    page: str
    title: str
    experiment: Mapping[str, Any] | None = None
    hide: str = ""
    goal: str = ""
    everybody: bool = False


@dataclass
class Member:
    """A student.

    visit: the hash of their cookie; number: they came as the how-many-th
    run: the token of the run that they look at; runs: of all that they have begun here
    page: on which they are; hidden: whether the wall leaves them out
    taken: the number of the task that they have; given, given_data: its page, and its dataset
    best: how they have met goals, by the goal's sentence: the fields of a `Standing`
    done: the numbers of the lessons that they have done
    first: whether their first answer to a question was right, by lesson and number
    """

    visit: str
    number: int
    name: str
    run: str = ""
    runs: list[str] = field(default_factory=list)
    page: str = ""
    hidden: bool = False
    taken: int = 0
    given: str = ""
    given_data: str = ""
    best: dict[str, list[Any]] = field(default_factory=dict)
    done: list[int] = field(default_factory=list)
    first: dict[str, bool] = field(default_factory=dict)


@dataclass
class Room:
    """A room.

    key: the hash of the key that reopens it; teachers: the visits that lead it
    used: when somebody was last in it, in seconds since 1970; lifetime: after how many it goes
    barred: visits that were removed; came: how many have ever joined
    revision: rises with whatever the teacher changes; news: with what students have to hear of
    shown: the visit whose run everybody looks at; everywhere: on every screen, not the wall's alone
    digits: how often each digit is to be written for the class's own set; 0 for not at all
    collected: the digests of the sets that were frozen, by their names
    """

    code: str
    key: str
    teachers: list[str]
    created: float
    used: float
    lifetime: float = LIFETIMES["24 hours"]
    most: int = USUAL
    locked: bool = False
    typed_names: bool = False
    anonymous: bool = False
    paused: bool = False
    members: dict[str, Member] = field(default_factory=dict)
    barred: list[str] = field(default_factory=list)
    came: int = 0
    task: Task | None = None
    shown: str = ""
    everywhere: bool = False
    digits: int = 0
    collected: dict[str, str] = field(default_factory=dict)
    revision: int = 0
    news: int = 0

    # --- members ----------------------------------------------------------------------------------

    @property
    def names(self) -> set[str]:
        """The names that are taken, as they are compared."""
        return {fold(member.name) for member in self.members.values()}

    def check_open(self, visit: str) -> None:
        """Raise RoomError where this visit cannot join."""
        if visit in self.barred:
            raise RoomError(BARRED)
        if self.locked:
            raise RoomError(LOCKED)
        if len(self.members) >= self.most:
            raise RoomError(
                f"This room is full: {len(self.members)} have joined. Ask your teacher to make "
                "room."
            )

    def join(self, visit: str, name: str) -> Member:
        """Let a visit in under a name, or find the place that it has; raises RoomError."""
        if mine := self.members.get(visit):
            return mine
        self.check_open(visit)
        name = self.check_name(name)
        self.came += 1
        member = self.members[visit] = Member(visit, self.came, name)
        return member

    def check_name(self, name: str) -> str:
        """Return a name, tidied; raises RoomError where nobody may be called so, or somebody is."""
        try:
            tidy = clean(name)
        except ValueError as problem:
            text = str(problem)
            raise RoomError(f"{text[:1].upper()}{text[1:]}.") from problem
        if not (self.typed_names or is_proposed(tidy)):
            raise RoomError(ORDERED)
        if fold(tidy) in self.names:
            raise RoomError(f"Somebody here is already called {tidy}: choose another name.")
        return tidy

    def rename(self, visit: str, name: str) -> None:
        """Call somebody by another name, which the teacher types; raises RoomError."""
        member = self.members[visit]
        if fold(name) != fold(member.name):
            typed, self.typed_names = self.typed_names, True
            try:
                member.name = self.check_name(name)
            finally:
                self.typed_names = typed
            self.revision += 1

    def remove(self, visit: str, *, bar: bool) -> Member | None:
        """Let somebody out, whom nothing lets in again where they are to be barred."""
        member = self.members.pop(visit, None)
        if bar and visit not in self.barred:
            self.barred.append(visit)
        if self.shown == visit:
            self.show("", everywhere=False)
        self.revision += 1
        return member

    def note_run(self, visit: str, token: str) -> bool:
        """Note which run a member looks at; return whether that is another one."""
        member = self.members.get(visit)
        if member is None or member.run == token:
            return False
        member.run = token
        if token not in member.runs:
            member.runs = [*member.runs, token][-MOST_RUNS:]
        return True

    def called(self, member: Member) -> str:
        """Return what the wall calls a member."""
        return symbol(member.number) if self.anonymous else member.name

    def numbered(self, number: int) -> Member | None:
        """Return the member who came as the how-many-th, if they are still here."""
        return next((each for each in self.members.values() if each.number == number), None)

    # --- the teacher ------------------------------------------------------------------------------

    def tell_all(self) -> None:
        """Note that everybody has to hear of something."""
        self.revision += 1
        self.news += 1

    def admit_teacher(self, visit: str) -> None:
        """Let one more browser lead the room, in place of the one that has for longest, if need
        be.
        """
        others = [each for each in self.teachers if each != visit]
        self.teachers = [*others, visit][-MOST_TEACHERS:]
        self.members.pop(visit, None)  # who leads it is not on its wall
        self.revision += 1

    def set_up(self, **changes: Any) -> None:
        """Change what the teacher may change: locked, typed_names, anonymous, most, lifetime."""
        for name, value in changes.items():
            if name not in ("locked", "typed_names", "anonymous", "most", "lifetime"):
                raise TypeError(f"{name} is not for teachers to change")
            setattr(self, name, value)
        self.most = max(1, min(self.most, MOST))
        self.revision += 1

    def send(self, task: Task) -> Task:
        """Send a task to everybody, and return it with its number."""
        before = self.task.number if self.task else 0
        self.task = replace(task, number=before + 1)
        self.tell_all()
        return self.task

    def pause(self, paused: bool) -> None:
        """Hold the class, or let it go on. Pages show it without running again, at once."""
        self.paused = paused
        self.revision += 1

    def show(self, visit: str, *, everywhere: bool) -> None:
        """Put somebody's run on the wall, or on every screen; "" takes it away."""
        was = self.everywhere
        self.shown = visit if visit in self.members else ""
        self.everywhere = everywhere and bool(self.shown)
        self.revision += 1
        self.news += was or self.everywhere

    def expired(self, now: float) -> bool:
        """Return whether nobody has used it for as long as it lives."""
        return now - self.used > self.lifetime

    # --- the store --------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON can say it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "Room":
        """Return a room that was kept; raises TypeError for what is none."""
        room = cls(**kept)
        room.members = {
            visit: Member(**dict(member)) for visit, member in dict(kept["members"]).items()
        }
        room.task = Task(**kept["task"]) if kept["task"] else None
        return room
