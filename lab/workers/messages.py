"""What the server and its worker processes tell each other: commands go down, reports come up.

Each message is a frozen dataclass that names its run by the run's token. They travel pickled,
between processes of the same program.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.data.dataset import Data
from lab.frames.tiles import Tile
from lab.frames.view import View
from lab.runs.edit import Edit
from lab.runs.experiment import Experiment
from lab.store.records import Snapshot
from lab.workers.questions import Question

Pace = str | float  # steps a second, or one of these two
FULL, GENTLE = "full", "gentle"  # as fast as it goes; slow at first, and ever faster


@dataclass(frozen=True)
class Command:
    """Something that the server wants done with a run."""

    token: str


@dataclass(frozen=True)
class Start(Command):
    """Begin a run, or go on with one that was saved.

    saved: the content of a file to go on from, or nothing
    clock: how far the pace of that run had come, see lab/workers/slot.py
    machine: on which it was made, where that is known
    held: whether it is to wait until it is let go on
    """

    experiment: Experiment
    training: bool
    pace: Pace = FULL
    saved: bytes = field(default=b"", repr=False)
    clock: Mapping[str, float] = field(default_factory=dict)
    machine: str = ""
    held: bool = False


@dataclass(frozen=True)
class Train(Command):
    """Train, or pause."""

    training: bool


@dataclass(frozen=True)
class Step(Command):
    """Make one batch, or the rest of the epoch, and pause."""

    whole_epoch: bool


@dataclass(frozen=True)
class Change(Command):
    """Go on under other settings of optimizer and regularizers."""

    experiment: Experiment


@dataclass(frozen=True)
class SetPace(Command):
    """Train at another pace."""

    pace: Pace


@dataclass(frozen=True)
class Paint(Command):
    """Somebody looks: send a frame as soon as there is something new to see."""


@dataclass(frozen=True)
class PaintTile(Command):
    """A wall looks: send the run's tile if there is something new on it, and how it meets `goal`.

    This keeps nobody's run awake.
    """

    goal: str = ""


@dataclass(frozen=True)
class Hold(Command):
    """Let the run wait where it stands, or let it go on if it trained."""

    held: bool


@dataclass(frozen=True)
class Look(Command):
    """Show this in the next frames."""

    view: View


@dataclass(frozen=True)
class SetWeight(Command):
    """Set one number of the network by hand."""

    edit: Edit


@dataclass(frozen=True)
class Leave(Command):
    """The last page that showed the run is closed, or is being loaded again."""


@dataclass(frozen=True)
class Touch(Command):
    """A page still has the run open, though perhaps out of sight."""


@dataclass(frozen=True)
class Drop(Command):
    """Nobody needs the run any more."""


@dataclass(frozen=True)
class Sleep(Command):
    """Nobody looks, and others need the place: report the run as it stands, and let go of it."""


@dataclass(frozen=True)
class Ask(Command):
    """Answer a question about the run; the report `Answer` carries the same number."""

    number: int
    question: Question[Any]


@dataclass(frozen=True)
class Loaded(Command):
    """The run's data are here. A worker tells itself this, from the thread that loads them."""

    data: Data


@dataclass(frozen=True)
class NotLoaded(Command):
    """The run's data could not be loaded. A worker tells itself this, too."""

    error: Exception


@dataclass(frozen=True)
class Report:
    """Something that a worker tells the server."""


@dataclass(frozen=True)
class Frame(Report):
    """The picture of a run that somebody asked for with `Paint`."""

    token: str
    content: bytes = field(repr=False)
    status: str
    message: str
    step: int


@dataclass(frozen=True)
class Tiled(Report):
    """The tile of a run that a wall asked for."""

    token: str
    tile: Tile = field(repr=False)


@dataclass(frozen=True)
class Rested(Report):
    """A run has solved its task, and has stopped by itself."""

    token: str


@dataclass(frozen=True)
class Kept(Report):
    """The run as it stands, to go on from when its worker or its server is gone."""

    token: str
    snapshot: Snapshot


@dataclass(frozen=True)
class Abandoned(Report):
    """The worker has let go of a run: no page has had it open for some minutes, or others need its
    place.
    """

    token: str


@dataclass(frozen=True)
class Answer(Report):
    """The answer to the question with this number; None where there is no run, or not yet."""

    number: int
    value: Any
