"""The class's own digits: what is handed in, and the set that is made of it."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lab import limits
from lab.data import class_set, image_files
from lab.data.class_digits import ClassDigits
from lab.data.class_set import ClassSet
from lab.rooms import afterwards, writing
from lab.rooms.registry import Registry
from lab.rooms.room import Room, RoomError
from lab.runs.presets import class_presets
from lab.runs.run import Run
from lab.store.database import Database
from lab.store.store import Store
from lab.workers.pool import Pool

ONE = [[[0.5, 0.1], [0.5, 0.9]]]
SEVEN = [[[0.2, 0.1], [0.8, 0.1], [0.4, 0.9]]]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of sets lie where nobody else looks."""
    monkeypatch.setattr(class_set.cache, "cache_dir", lambda: tmp_path / "cache")


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Registry]:
    pool, store = Pool(0), Store(Database(str(tmp_path / "store.db")))
    yield Registry(pool, store)
    store.close()
    pool.close()


@pytest.fixture
def room(rooms: Registry) -> Room:
    room, _ = rooms.open("teacher")
    for visit, name in (("a", "Kind Tiger"), ("b", "Calm Owl"), ("c", "Wise Fox")):
        rooms.join(room, visit, name)
    room.digits = 4
    return room


def write_all(rooms: Registry, room: Room) -> None:
    for visit in ("a", "b", "c"):
        for _ in range(4):
            for label, strokes in ((1, ONE), (7, SEVEN)):
                writing.hand_in(rooms, room, visit, label, strokes)


def test_a_digit_looks_like_one_of_mnist_whatever_its_size_and_place() -> None:
    small = [[[0.4 + x / 10, 0.4 + y / 10] for x, y in stroke] for stroke in SEVEN]
    large, little = class_set.written(SEVEN), class_set.written(small)
    assert large.shape == (28, 28)
    assert np.abs(large.astype(int) - little).mean() < 3
    rows = np.flatnonzero(large.any(axis=1))
    assert 20 <= np.ptp(rows) + 1 <= 22
    assert class_set.written([[[0.5, 0.5]]]).any()  # a dot is ink too


@pytest.mark.parametrize(
    "told",
    [
        None,
        "x" * 5_000_000,
        [],
        [[]],
        [[["a", 1]]],
        [[[1, 2, 3]]],
        [[[float("nan"), 0]]],
        [[[1e9, 0]]],
        [{"x": 1}],
        [[[0.1, 0.1]] * (limits.PAD_POINTS.most + 1)],
    ],
    ids=lambda told: str(told)[:12],
)
def test_what_is_no_digit_is_refused(rooms: Registry, room: Room, told: Any) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        writing.hand_in(rooms, room, "a", 1, told)
    assert len(str(refused.value)) < 200
    assert not rooms.digits(room)


def test_nobody_writes_for_others_or_without_being_asked(rooms: Registry, room: Room) -> None:
    with pytest.raises(RoomError):
        writing.hand_in(rooms, room, "stranger", 1, ONE)
    for _ in range(limits.CLASS_DIGITS.most):
        writing.hand_in(rooms, room, "a", 1, ONE)
    with pytest.raises(ValueError, match="at most 60 drawings"):
        writing.hand_in(rooms, room, "a", 1, ONE)
    room.digits = 0
    with pytest.raises(RoomError):
        writing.hand_in(rooms, room, "b", 1, ONE)


def test_what_is_to_be_written_next(rooms: Registry, room: Room) -> None:
    room.digits = 1
    for digit in range(10):
        mine = writing.all_written(rooms, room)
        assert writing.next_digit(room, mine) == digit
        writing.hand_in(rooms, room, "a", digit, ONE)
    assert writing.next_digit(room, writing.all_written(rooms, room)) is None


def test_too_few_digits_get_the_sentence(rooms: Registry, room: Room) -> None:
    for _ in range(12):
        writing.hand_in(rooms, room, "a", 1, ONE)
    with pytest.raises(ValueError, match="The class has drawn") as few:
        writing.collect(rooms, room)
    assert str(few.value) == (
        "The class has drawn 12 digits; training needs 20 of at least two kinds."
    )
    for _ in range(12):
        writing.hand_in(rooms, room, "a", 7, SEVEN)
    with pytest.raises(ValueError, match="of one hand"):
        writing.collect(rooms, room)


def test_a_set_is_frozen_split_by_student_and_repeatable(rooms: Registry, room: Room) -> None:
    write_all(rooms, room)
    hidden = writing.all_written(rooms, room)[0]
    writing.hide(rooms, room, hidden)
    name, digest = writing.collect(rooms, room)
    assert room.collected == {name: digest}
    digits = class_set.load(digest)
    assert len(digits.labels) == 23
    learned = set(digits.hands[~digits.tested].tolist())
    tested = set(digits.hands[digits.tested].tolist())
    assert learned
    assert tested
    assert not learned & tested
    assert writing.collect(rooms, room)[1] == digest  # the same digits, the same set
    writing.hide(rooms, room, hidden._replace(hidden=True))
    assert writing.collect(rooms, room)[1] != digest
    ours, _, alone = class_presets(digest).values()
    data = ours.data()
    assert (len(data.train_y), len(data.test_y)) == (
        int((~digits.tested).sum()),
        int(digits.tested.sum()),
    )
    assert np.array_equal(data.test_x, alone.data().test_x)
    run = Run(ours)
    run.work(1.0)
    assert run.history[-1].test_accuracy > 0.9
    assert ClassDigits(digest).most_examples == 23
    rooms.close(room)
    with pytest.raises(ValueError, match="not on this server any more"):
        ClassDigits(digest).load(0)


def test_a_set_is_taken_along_as_pictures_and_in_the_form_of_mnist(
    rooms: Registry, room: Room
) -> None:
    write_all(rooms, room)
    digits = writing.freeze(room, writing.all_written(rooms, room))
    packed = class_set.to_files(digits)
    images = image_files.idx(packed["idx/train-images-idx3-ubyte"], 3)
    labels = image_files.idx(packed["idx/train-labels-idx1-ubyte"], 1)
    assert np.array_equal(images, digits.pictures[~digits.tested])
    assert np.array_equal(labels, digits.labels[~digits.tested])
    first = next(name for name in packed if name.endswith(".png"))
    picture = Image.open(io.BytesIO(packed[first]))
    assert (picture.size, picture.getpixel((0, 0))) == ((28, 28), 255)
    assert ClassSet.from_bytes(digits.to_bytes()).labels.tolist() == digits.labels.tolist()


def test_whose_hand_is_hardest() -> None:
    labels, hands = np.array([1, 1, 7, 7]), np.array([1, 1, 2, 2])
    digits = ClassSet(np.zeros((4, 28, 28), np.uint8), labels, hands)
    assert writing.hardest(digits, np.array([1, 1, 7, 1])) == [(2, 1, 2), (1, 2, 2)]


def test_what_a_teacher_takes_home(rooms: Registry, room: Room) -> None:
    write_all(rooms, room)
    room.members["a"].name = "=cmd|' /C calc'!A0"
    goal = "test loss at most 0.2"
    room.members["b"].best[goal] = [3, 0.19, 4, 30, 60, True]
    packed = zipfile.ZipFile(io.BytesIO(afterwards.pack(rooms, room, "http://here")))
    results = packed.read("results.csv").decode().splitlines()
    assert results[1].startswith("'=cmd")
    assert results[2] == f"Calm Owl,{goal},3,0.19,4,30,60,yes"
    assert {"histories.csv", "links.csv"} <= set(packed.namelist())
    assert sum(name.endswith(".png") for name in packed.namelist()) == 24


def test_who_leaves_takes_their_digits_along(rooms: Registry, room: Room) -> None:
    write_all(rooms, room)
    rooms.leave(room, "a", bar=False)
    assert {each.visit for each in rooms.digits(room)} == {"b", "c"}
