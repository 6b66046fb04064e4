"""A saved model is a safetensors file: named arrays and, in its metadata, the Experiment that made
them. Never pickle.

With what the optimizer and chance remember, which is saved too unless one says otherwise, training
can go on from the file as if it had never stopped. A file from a stranger is read strictly: known
names, right shapes, finite numbers, a trial forward pass.
"""

import codecs
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from engine import Network
from engine.settings import check_number, shown
from lab import files
from lab.data.dataset import Data
from lab.data.image_sets import set_name, source_here
from lab.data.menu import title_of
from lab.runs.checkpoint import Checkpoint
from lab.runs.experiment import MAX_EPOCHS, MAX_PARAMETERS, Experiment
from lab.runs.run import Run

# θ and four more like it, Adam's two, early stopping's and L1's, all in float64; and the header
MAX_BYTES = 5 * 8 * MAX_PARAMETERS + 4_000_000
MOST_HEADER = 3_000_000  # bytes
MOST_NAMES = 256  # arrays
LARGEST = 1e18  # of all numbers of a network: beyond, float32 has no room left for a sum of squares
# letters of each description in the header, and commas in it
LIMITS = {
    "experiment": (60_000, 2_000),
    "classes": (2_000, 20),
    "figures": (250_000, 8_000),
    "resume": (2_500_000, 150_000),
}
MOST_FIGURES, MOST_CALIBRATION, LONGEST_FIGURE, LONGEST_CLASS = 64, 5_000, 100, 60


class ModelError(ValueError):
    """Says in a sentence why a file is not a model of ours."""


@dataclass(frozen=True)
class Model:
    """A trained network, what it was trained on, the names of its classes, and its figures
    (accuracy and the like).
    """

    network: Network
    experiment: Experiment
    classes: tuple[str, ...]
    figures: dict[str, Any]
    notes: dict[str, Any] | None = None
    memory: dict[str, NDArray[Any]] = field(default_factory=dict)


def to_bytes(run: Run, *, weights_only: bool = False) -> bytes:
    """The file's content; with `weights_only` it is a third of the size, and training cannot go on
    from it.
    """
    network, experiment, record = run.network, run.experiment, run.record()
    last = record["history"][-1] if record["history"] else {}
    figures = {key: last.get(key) for key in ("epoch", "test_loss", "test_accuracy")}
    figures |= {"data": record["data"], "dataset": title_of(experiment.dataset, record["data"])}
    metadata = {
        "format": "glassbox-1",
        "experiment": experiment.to_json(),
        "classes": json.dumps(record["classes"]),
        "figures": json.dumps(figures, allow_nan=False),
    }
    arrays = dict(network.names)
    if not weights_only:
        notes, memory = Checkpoint.of(run).to_file()
        metadata["resume"] = json.dumps(notes, allow_nan=False)
        arrays |= memory
    return save({name: np.ascontiguousarray(values) for name, values in arrays.items()}, metadata)


def from_bytes(content: bytes) -> Model:
    """Reads a model strictly, first its size, then how much it holds, then what; raises ModelError."""
    if len(content) > MAX_BYTES:
        raise ModelError(
            f"the file is larger than {MAX_BYTES // 1_000_000} MB; models saved here are smaller"
        )
    entries, metadata = _header(content)
    if metadata.get("format") != "glassbox-1":
        raise ModelError(
            "this safetensors file was not saved by Glassbox (its metadata has no format glassbox-1)"
        )
    try:
        experiment = Experiment.from_dict(_described(metadata, "experiment"))
        classes = _classes(_described(metadata, "classes"))
        figures = _figures(_described(metadata, "figures", "{}"))
        notes = _named(_described(metadata, "resume")) if "resume" in metadata else None
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise ModelError(f"the description in the file cannot be read: {_brief(error)}") from error
    own = experiment.dataset.class_names
    if not experiment.dataset.allows(classes):
        named = shown(", ".join(classes))
        raise ModelError(
            f"the classes in the file must be those of its dataset, {', '.join(own)}, not {named}"
        )
    figures.setdefault("dataset", title_of(experiment.dataset, figures.get("data")))
    known = _remembered(experiment) if notes else set()
    shapes = _shapes(experiment)
    if odd := sorted((set(entries) - known) ^ set(shapes)):
        raise ModelError(
            f"the file's arrays do not fit its description: {shown(odd[0])} is missing or too many"
        )
    for name, shape in shapes.items():
        if tuple(entries[name]) != shape:
            raise ModelError(
                f"the array {name!r} has the shape {tuple(entries[name])}, but the description says {shape}"
            )
    network, arrays = experiment.network(blank=True), _arrays(content)
    for name, place in network.names.items():
        values = arrays[name]
        with np.errstate(over="ignore"):  # beyond float32 is infinite, and refused as such
            place[:] = values if values.dtype.kind == "f" else np.nan
        if not np.isfinite(place).all():
            raise ModelError(f"the array {name!r} holds something that is not a finite number")
        if np.abs(place).max(initial=0) > LARGEST:
            raise ModelError(
                f"the array {name!r} holds a number beyond {LARGEST:g}, which no sound network has"
            )
    with np.errstate(all="ignore"):
        trial = network.outputs(np.ones((1, experiment.inputs), np.float32))
    if not np.isfinite(trial).all():
        raise ModelError("the network in the file gives numbers that are not finite")
    memory = {name: values for name, values in arrays.items() if name in known}
    return Model(network, experiment, classes, figures, notes, memory)


def with_figures(content: bytes, figures: dict[str, Any]) -> bytes:
    """The same file with more figures noted in it; raises ModelError."""
    model, (_, metadata) = from_bytes(content), _header(content)
    try:
        noted = _figures(model.figures | figures)
    except ValueError as error:
        raise ModelError(f"these figures cannot be noted in the file: {_brief(error)}") from error
    return save(load(content), metadata | {"figures": json.dumps(noted, allow_nan=False)})


def _shapes(experiment: Experiment) -> dict[str, tuple[int, ...]]:
    """The shape of every array that the experiment's network has, by its name."""
    layers = enumerate(zip(experiment.all_layers, experiment.shapes, strict=False), 1)
    return {
        f"{number}.{name}": p.shape
        for number, (layer, shape) in layers
        for name, p in layer.parameters(shape).items()
    }


def _remembered(experiment: Experiment) -> set[str]:
    """Names of the arrays that optimizer and regularizers may remember."""
    optimizer = experiment.optimizer.changed()
    optimizer.start(np.zeros(1, np.float32))
    owners = {"optimizer": optimizer} | {type(one).__name__: one for one in experiment.regularizers}
    return {
        f"{owner}.{name}"
        for owner, choice in owners.items()
        for name, value in choice.memory().items()
        if isinstance(value, np.ndarray)
    }


def resumed(
    model: Model, epochs: float | None = None, *, thin: bool = True, data: Data | None = None
) -> Run:
    """The run that was saved, ready to go on, for `epochs` in all if that is given; raises
    ModelError.

    `data` spares loading those of the experiment again.
    """
    if model.notes is None:
        raise ModelError(
            "the file holds only weights: training can go on from one saved without --weights-only"
        )
    same_pictures(model, data.source if data else source_here(model.experiment.dataset))
    experiment = model.experiment if epochs is None else model.experiment.changed(epochs=epochs)
    run = Run(experiment, data, thin=thin)
    run.network.theta[:] = model.network.theta
    run.network.buffers[:] = model.network.buffers
    try:
        Checkpoint.from_file(model.notes, model.memory, run).restore(run)
    except ValueError as error:
        raise ModelError(f"training cannot go on from this file: {_brief(error)}") from error
    return run


def same_pictures(model: Model, source: str | None) -> None:
    """Raises ModelError where training would go on with other pictures than those that the model's
    figures are of.
    """
    learned = model.figures.get("data")
    if source is not None and learned is not None and learned != source:
        raise ModelError(
            f"its figures are of {set_name(learned)}, and here it would go on with {set_name(source)}: "
            "have the same pictures on both computers, or begin anew"
        )


def read(path: Path) -> Model:
    """The model in a file; raises ModelError, also where the file cannot be opened."""
    try:
        content = files.content(path, MAX_BYTES)
    except OSError as error:
        raise ModelError(
            f"{shown(str(path))} cannot be opened: {error.strerror or error}"
        ) from error
    if content is None:
        raise ModelError(
            f"{shown(path.name)} is larger than {MAX_BYTES // 1_000_000} MB; models saved here are smaller"
        )
    return from_bytes(content)


# --- reading strictly -----------------------------------------------------------------------------


def _brief(error: Exception) -> str:
    """What was wrong, in a line that is never long, whatever the file had in it."""
    words = " ".join(str(error).split())
    return words if len(words) <= 300 else f"{words[:297]}..."


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _whole(digits: str) -> int:
    if len(digits) > 60:
        raise ValueError("a number has more than 60 digits")
    return int(digits)


def _decimal(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise ValueError(f"{shown(digits)} is too large")
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        left = set(named)
        for name, _ in pairs:
            if name not in left:
                raise ValueError(f"{shown(name)} is in it twice")
            left.remove(name)
    return named


def _strict(text: str) -> Any:
    """JSON in which no name stands twice, and every number is one."""
    found = json.loads(
        text,
        parse_constant=_refuse,
        parse_int=_whole,
        parse_float=_decimal,
        object_pairs_hook=_once,
    )
    if "\\u" in text:  # half of a letter that takes two could never be written again
        json.dumps(found, ensure_ascii=False).encode()
    return found


def _described(metadata: Mapping[str, str], name: str, default: str | None = None) -> Any:
    """One of the descriptions in the header, as soon as it is known to be short; raises ValueError."""
    text = metadata.get(name, default)
    if text is None:
        raise ValueError(f"it has no {name}")
    longest, most = LIMITS[name]
    if len(text) > longest:
        raise ValueError(f"its {name} has {len(text):,} letters, and {longest:,} is the most")
    if text.count(",") > most:
        raise ValueError(f"its {name} has {text.count(','):,} commas, and {most:,} is the most")
    return _strict(text)


def _named(found: object) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError(f"it must be values by their names, not {shown(found)}")
    return found


def _text(name: str, value: object, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise ValueError(f"{name} must be text of 1 to {longest} letters, not {shown(value)}")
    return value


def _classes(found: object) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise ValueError(f"classes must be a list of names, not {shown(found)}")
    return tuple(_text("the name of a class", name, LONGEST_CLASS) for name in found)


def _figures(found: object) -> dict[str, Any]:
    """Figures by name, each a number, a few words or nothing; and the calibration, numbers and
    lists of them.
    """
    figures = _named(found)
    if len(figures) > MOST_FIGURES:
        raise ValueError(f"there are {len(figures):,} figures, and {MOST_FIGURES} is the most")
    for name, value in figures.items():
        what = f"the figure {shown(_text('the name of a figure', name, LONGEST_FIGURE))}"
        if name == "calibration" and value is not None:
            _calibration(value)
        elif name in ("data", "dataset"):
            _text(what, value, LONGEST_FIGURE)
        elif name in ("test_accuracy", "before", "pen_digits") and value is not None:
            check_number(what, value, float, -1e300, 1)  # R² may be far below 0
        elif name in ("epoch", "taught") and value is not None:
            check_number(what, value, int, 0, MAX_EPOCHS)
        elif isinstance(value, str) and name != "test_loss":
            _text(what, value, LONGEST_FIGURE)
        elif value is not None:
            check_number(what, value, float, -1e300, 1e300)
    return figures


def _calibration(found: object) -> None:
    values = _named(found)
    numbers = [
        one for value in values.values() for one in (value if isinstance(value, list) else [value])
    ]
    if len(numbers) + len(values) > MOST_CALIBRATION:
        raise ValueError(f"the calibration has more than {MOST_CALIBRATION:,} numbers")
    for name in values:
        _text("the name of a number of the calibration", name, LONGEST_FIGURE)
    for number in numbers:
        check_number("a number of the calibration", number, float, -1e300, 1e300)


def _arrays(content: bytes) -> dict[str, NDArray[Any]]:
    try:
        return load(content)
    except KeyError as error:
        raise ModelError(
            f"the file holds numbers of the type {_brief(error)}, and models saved here hold float32"
        ) from error
    except (SafetensorError, ValueError, RecursionError) as error:
        raise ModelError(
            "this is not a whole safetensors file: save the model again, from the Digits page or with --save"
        ) from error


def _header(content: bytes) -> tuple[dict[str, list[int]], dict[str, str]]:
    """What stands before the numbers: the shape of each array by its name, and what the file says
    of itself.

    Its length stands in the first eight bytes. How many names there are is asked before they are
    read. Raises ModelError.
    """
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > len(content) - 8 or content[8:9] != b"{":
        raise ModelError(_what_it_is(content))
    if length > MOST_HEADER:
        raise ModelError(f"the file's header has {length:,} bytes, and {MOST_HEADER:,} is the most")
    header = content[8 : 8 + length]
    plain = header.replace(rb"\\", b"").replace(
        rb"\"", b""
    )  # what is escaped begins and ends no text
    if plain.count(b'"') > 16 * MOST_NAMES:  # five texts an array, and a dozen besides
        raise ModelError(f"the file's header has too many names: {MOST_NAMES} arrays are the most")
    if sum(map(len, plain.split(b'"')[::2])) > 250 * MOST_NAMES:  # outside of texts
        raise ModelError(
            f"the file's header has too many numbers: {MOST_NAMES} arrays are the most"
        )
    try:
        entries = _named(_strict(header.decode()))
        metadata = _named(entries.pop("__metadata__", {}))
        shapes = {name: _named(entry)["shape"] for name, entry in entries.items()}
    except (ValueError, KeyError, RecursionError) as error:
        raise ModelError(
            f"this is not a whole safetensors file: its header cannot be read ({_brief(error)})"
        ) from error
    if not all(isinstance(text, str) for text in metadata.values()) or not all(
        isinstance(shape, list) for shape in shapes.values()
    ):
        raise ModelError("this is not a whole safetensors file: its header is of another kind")
    if len(shapes) > MOST_NAMES:
        raise ModelError(
            f"the file's header names {len(shapes):,} arrays, and {MOST_NAMES} is the most"
        )
    return shapes, metadata


_ONLY = "only safetensors files are opened, as they are saved here with Model or with --save"
_RUNS = "which could run a stranger's program on this computer, and was not opened"
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x93NUMPY", "this is a NumPy array, which does not say of what network it is"),
    (b"\x89HDF\r\n\x1a\n", "this is an HDF5 file, as Keras saves models"),
    (b"GGUF", "this is a language model in the format GGUF"),
    (b"%PDF", "this is a PDF"),
    (b"\x1f\x8b", "this is a packed archive"),
    (b"\x89PNG", "this is a picture"),
    (b"\xff\xd8\xff", "this is a picture"),
    (b"GIF8", "this is a picture"),
    (b"PK\x05\x06", "this is an empty zip archive"),
)
_IN_A_ZIP: tuple[tuple[bytes, str], ...] = (
    (b"/data.pkl", f"this is a PyTorch file, a pickle in a zip archive, {_RUNS}"),
    (b"[Content_Types].xml", "this is an office document"),
    (b"opendocument", "this is an office document"),
    (b"model.weights.h5", "this is a Keras model"),
    (b".npy", "these are NumPy arrays (npz), which do not say of what network they are"),
)


def _what_it_is(content: bytes) -> str:
    """Why something is no safetensors file at all, told by its first letters, and what is opened
    instead.
    """
    start, end = content[:65_536], content[-65_536:]
    words = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    sentence = next((sentence for magic, sentence in _STARTS if start.startswith(magic)), "")
    if not content:
        sentence = "the file is empty, so this is not a whole safetensors file"
    elif start.startswith(b"PK\x03\x04"):
        sentence = next(
            (told for name, told in _IN_A_ZIP if name in start or name in end),
            "this is a zip archive",
        )
    elif start[:1] == b"\x80" and start[1:2] <= b"\x05":
        sentence = f"this is a pickle, {_RUNS}"
    elif start[:2] in (b"(d", b"(l", b"}q", b"]q", b"cc", b"c_") and content.rstrip().endswith(
        b"."
    ):
        sentence = f"this is a pickle of the old kind, {_RUNS}"
    elif (
        start[:1] == b"\x08"
        and b"\x01" <= start[1:2] <= b"\x20"
        and start[2:3] in (b"\x12", b"\x1a", b'"', b":")
    ):
        sentence = "this is an ONNX model"
    elif words[:1] in (b"{", b"["):
        sentence = "this is JSON, such as a run's history, and has no network in it"
    elif words[:1] == b"<":
        sentence = "this is a web page"
    elif not sentence and _is_text(start):
        sentence = "this is a text"
    if sentence:
        return f"{sentence}: {_ONLY}"
    return "this is not a whole safetensors file: it is cut off, or says that its header is longer than all of it"


def _is_text(start: bytes) -> bool:
    """Whether it can be read; the last letter may be cut in two."""
    try:
        words = codecs.getincrementaldecoder("utf-8")().decode(start[:1000])
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\t\r\n\f" for letter in words)
