"""The class's own digits: everybody writes each digit some times, the teacher hides and deletes,
and what there is becomes a dataset.
"""

import base64
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab import limits
from lab.data import class_set
from lab.data.class_set import ClassSet
from lab.rooms.registry import Registry
from lab.rooms.room import Room, RoomError
from lab.store.room_rows import KeptDigit

NAME = "Digits of room {}"
CLOSED = "Your teacher does not collect digits at the moment."


class Written(NamedTuple):
    """A digit that somebody has written: its number in the room, whose, which, what it looks like.

    hidden: whether the gallery and the set leave it out
    """

    number: int
    visit: str
    label: int
    pixels: NDArray[np.uint8]
    hidden: bool

    @classmethod
    def of(cls, kept: KeptDigit) -> "Written":
        """Return what was kept of it."""
        pixels = np.frombuffer(base64.b64decode(kept.content["pixels"]), np.uint8).reshape(28, 28)
        label, hidden = int(kept.content["label"]), bool(kept.content["hidden"])
        return cls(kept.number, kept.visit, label, pixels, hidden)

    @property
    def kept(self) -> KeptDigit:
        """What is kept of it."""
        pixels = base64.b64encode(self.pixels.tobytes()).decode()
        content = {"label": self.label, "pixels": pixels, "hidden": self.hidden}
        return KeptDigit(self.number, self.visit, content)


def all_written(rooms: Registry, room: Room) -> list[Written]:
    """Return all digits of a room, the oldest first."""
    return [Written.of(kept) for kept in rooms.digits(room)]


def next_digit(room: Room, mine: Sequence[Written]) -> int | None:
    """Return the digit that somebody is to write next, None when all are there."""
    counts = Counter(each.label for each in mine)
    left = [digit for digit in range(10) if counts[digit] < room.digits]
    return min(left, key=lambda digit: (counts[digit], digit), default=None)


def hand_in(rooms: Registry, room: Room, visit: str, label: int, told: object) -> None:
    """Take a digit that a student has written; raises ValueError in a sentence."""
    if visit not in room.members or not room.digits:
        raise RoomError(CLOSED)
    if label not in range(10):
        raise ValueError(f"a digit is one of 0 to 9, not {label}")
    mine = sum(each.visit == visit for each in rooms.digits(room))
    limits.CLASS_DIGITS.check("one student", mine + 1)
    pixels = class_set.written(class_set.read_strokes(told))
    rooms.put_digit(room, lambda number: Written(number, visit, label, pixels, False).kept)


def hide(rooms: Registry, room: Room, written: Written) -> None:
    """Leave a digit out of gallery and set, or take it in again."""
    changed = written._replace(hidden=not written.hidden).kept
    rooms.put_digit(room, lambda _: changed)


def collect(rooms: Registry, room: Room) -> tuple[str, str]:
    """Freeze the digits of a room into a dataset; return its name and its digest. Raises
    ValueError in a sentence where they are too few.
    """
    digits = freeze(room, all_written(rooms, room))
    digits.check()
    content = digits.to_bytes()
    digest = class_set.keep(content)
    with rooms.changing(room):
        name = next((n for n, known in room.collected.items() if known == digest), "")
        if not name:
            name = f"{NAME.format(room.code)}, {len(room.collected) + 1}"
            room.collected[name] = digest
        room.tell_all()
    if rooms.store:
        rooms.store.rooms.keep_set(room.code, digest, content)
    return name, digest


def freeze(room: Room, written: Sequence[Written]) -> ClassSet:
    """Return what is not hidden as a set, whose hands are the numbers of the students."""
    numbers = {member.visit: member.number for member in room.members.values()}
    shown = [each for each in written if not each.hidden and each.visit in numbers]
    pictures = np.array([each.pixels for each in shown], np.uint8).reshape(-1, 28, 28)
    labels = np.array([each.label for each in shown], np.int64)
    hands = np.array([numbers[each.visit] for each in shown], np.int64)
    return ClassSet(pictures, labels, hands)


def hardest(digits: ClassSet, answers: NDArray[np.integer]) -> list[tuple[int, int, int]]:
    """Return for each hand how many of its digits were read right, and of how many, the hardest
    first.

    answers: (n,), what a network takes each picture for
    """
    right: defaultdict[int, list[bool]] = defaultdict(list)
    for hand, answer, label in zip(digits.hands, answers, digits.labels, strict=True):
        right[int(hand)].append(bool(answer == label))
    found = [(hand, sum(each), len(each)) for hand, each in right.items()]
    return sorted(found, key=lambda each: (each[1] / each[2], each[0]))
