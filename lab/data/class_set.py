"""The digits that a class has written, frozen: which picture is which digit, and of which hand.

A set is named by the digest of its content, so that whoever names it gets these very pictures. It
lies as a file where all workers find it. Nobody's name is in it.
"""

import functools
import hashlib
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lab import files, limits
from lab.data import cache
from lab.data.image_files import fit_like_mnist

SIDE = 28
LEAST, KINDS = 20, 2  # digits, and how many different ones, without which there is nothing to learn
TESTED = 0.25  # of the hands
FORMAT = "glassbox-class-set-1"
MOST_BYTES = 20_000_000  # 200 students with 60 digits each are 10 MB
_PAPER, _LONGEST, _PEN = 160, 100, 12  # pixels on which strokes are drawn, before they are fitted
_DIGEST = re.compile(r"[0-9a-f]{16}")

Stroke = Sequence[Sequence[float]]  # points of the pen, each x and y from 0 to 1


def read_strokes(told: object) -> list[list[tuple[float, float]]]:
    """Return the strokes that a pad tells, counted before they are looked at; raises ValueError."""
    if not isinstance(told, list) or not all(isinstance(stroke, list) for stroke in told):
        raise ValueError("what the pad sent is no drawing: clear it, or reload the page")
    limits.PAD_POINTS.check("a digit", sum(map(len, told)), "clear it, and write it in one go")
    strokes = []
    for stroke in told:
        points = []
        for point in stroke:
            if not (isinstance(point, list) and len(point) == 2 and all(map(_is_share, point))):
                raise ValueError("what the pad sent is no drawing: clear it, or reload the page")
            points.append((float(point[0]), float(point[1])))
        if points:
            strokes.append(points)
    if not strokes:
        raise ValueError("there is no ink yet: write the digit, then press Hand in")
    return strokes


def _is_share(number: object) -> bool:
    known = isinstance(number, int | float) and not isinstance(number, bool)
    return known and -1 <= number <= 2  # type: ignore[operator]


def written(strokes: Iterable[Stroke]) -> NDArray[np.uint8]:
    """Return strokes as MNIST would show them, (28, 28), whatever their size and place."""
    lines = [np.array(stroke, np.float64).reshape(-1, 2) for stroke in strokes]
    points = np.concatenate(lines)
    low, size = points.min(axis=0), np.ptp(points, axis=0).max()
    scale = _LONGEST / size if size > 0.02 else 1.0
    middle = (_PAPER - scale * np.ptp(points, axis=0)) / 2
    paper = Image.new("L", (_PAPER, _PAPER))
    pen, radius = ImageDraw.Draw(paper), _PEN / 2
    for line in lines:
        path = [tuple(point) for point in (line - low) * scale + middle]
        if len(path) > 1:
            pen.line(path, fill=255, width=_PEN, joint="curve")
        for x, y in (path[0], path[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.ascontiguousarray(fit_like_mnist(np.asarray(paper)), np.uint8)


@dataclass(frozen=True, eq=False)
class ClassSet:
    """Digits of a class.

    pictures: (n, 28, 28), 0 to 255; labels: (n,), 0 to 9
    hands: (n,): the number of the student who wrote each
    """

    pictures: NDArray[np.uint8] = field(repr=False)
    labels: NDArray[np.int64]
    hands: NDArray[np.int64]

    def check(self) -> None:
        """Raise ValueError, in a sentence, where there is too little to learn from, or nobody to be
        tested on.
        """
        kinds = len(set(self.labels.tolist()))
        if len(self.labels) < LEAST or kinds < KINDS:
            raise ValueError(
                f"The class has drawn {len(self.labels)} digits; training needs {LEAST} of at "
                "least two kinds."
            )
        if len(set(self.hands.tolist())) < 2:
            raise ValueError(
                "All digits are of one hand; testing needs those of somebody from whom it has not "
                "learned."
            )

    @property
    def tested(self) -> NDArray[np.bool_]:
        """Which pictures are tested on: all of every fourth hand, drawn by chance, always alike."""
        hands = np.unique(self.hands)
        count = min(max(round(TESTED * len(hands)), 1), len(hands) - 1)
        chosen = np.random.default_rng(len(hands)).permutation(hands)[:count]
        return np.isin(self.hands, chosen)

    def to_bytes(self) -> bytes:
        """Return the set as a file."""
        head: dict[str, Any] = {
            "format": FORMAT,
            "labels": self.labels.tolist(),
            "hands": self.hands.tolist(),
        }
        return json.dumps(head).encode() + b"\n" + self.pictures.tobytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> "ClassSet":
        """Return the set of a file that `to_bytes` wrote; raises ValueError."""
        line, _, pixels = content.partition(b"\n")
        head = json.loads(line)
        if head.get("format") != FORMAT:
            raise ValueError("this is no set of a class")
        labels, hands = (np.array(head[name], np.int64) for name in ("labels", "hands"))
        pictures = np.frombuffer(pixels, np.uint8).reshape(len(labels), SIDE, SIDE)
        return cls(pictures, labels, hands)


def digest_of(content: bytes) -> str:
    """Return the digest by which a set is named."""
    return hashlib.sha256(content).hexdigest()[:16]


def path_of(digest: str) -> Path:
    """Return where the file of a set lies; raises ValueError for what is no digest."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"a set of a class is named by 16 signs of 0-9 and a-f, not {digest!r}")
    return cache.cache_dir() / "class-sets" / f"{digest}.set"


def keep(content: bytes) -> str:
    """Write the file of a set, and return its digest."""
    digest = digest_of(content)
    path = path_of(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, content)
    return digest


def forget(digest: str) -> None:
    """Delete the file of a set."""
    path_of(digest).unlink(missing_ok=True)
    _read.cache_clear()


def load(digest: str) -> ClassSet:
    """Return the set of this digest; raises ValueError where it is not on this computer."""
    if not path_of(digest).is_file():  # whatever is still known of it
        _read.cache_clear()
        raise ValueError(
            f"the digits of the class {digest} are not on this server any more: its room was "
            "closed. Choose another dataset"
        )
    return _read(digest)


@functools.lru_cache(maxsize=4)
def _read(digest: str) -> ClassSet:
    content = files.read_bytes(path_of(digest), MOST_BYTES)
    if content is None or digest_of(content) != digest:
        raise ValueError(f"the file of the class {digest} is damaged: collect its digits again")
    return ClassSet.from_bytes(content)


# --- to take along --------------------------------------------------------------------------------


def to_idx(values: NDArray[np.uint8]) -> bytes:
    """Return an array of bytes as an IDX file, the form of MNIST's."""
    head = bytes((0, 0, 8, values.ndim)) + np.array(values.shape, ">u4").tobytes()
    return head + np.ascontiguousarray(values).tobytes()


def to_files(digits: ClassSet) -> dict[str, bytes]:
    """Return the set as files: a PNG for each picture, black on white as it was written, and the
    four files of MNIST, split by hand.
    """
    packed: dict[str, bytes] = {}
    rows = zip(digits.labels.tolist(), digits.hands.tolist(), strict=True)
    for number, (label, hand) in enumerate(rows):
        out = io.BytesIO()
        Image.fromarray(255 - digits.pictures[number]).save(out, "PNG")
        packed[f"png/{label}/hand-{hand:03}-{number:04}.png"] = out.getvalue()
    for name, these in (("train", ~digits.tested), ("t10k", digits.tested)):
        packed[f"idx/{name}-images-idx3-ubyte"] = to_idx(digits.pictures[these])
        packed[f"idx/{name}-labels-idx1-ubyte"] = to_idx(digits.labels[these].astype(np.uint8))
    return packed
