"""The header of a saved model, read strictly: its length, the number of its arrays, and its
descriptions.

What cannot be read is refused with a ValueError, in a sentence.
"""

import codecs
import json
import math
from collections.abc import Mapping
from typing import Any

from engine.settings import check_number, shown
from lab import limits
from lab.runs.experiment import MAX_EPOCHS

MOST_HEADER = limits.HEADER.most
MOST_NAMES = limits.ARRAYS.most
# letters of each description in the header, and commas in it
LIMITS = {
    "experiment": (limits.EXPERIMENT, limits.EXPERIMENT_PARTS),
    "classes": (limits.CLASSES, limits.CLASSES_PARTS),
    "figures": (limits.RESULTS, limits.RESULTS_PARTS),
    "resume": (limits.RESUME, limits.RESUME_PARTS),
}
MOST_FIGURES, MOST_CALIBRATION = limits.FIGURES.most, limits.CALIBRATION.most
LONGEST_FIGURE, LONGEST_CLASS = limits.FIGURE.most, limits.CLASS.most


def brief(error: Exception) -> str:
    """Return what was wrong in a short line, whatever the file had in it."""
    words = " ".join(str(error).split())
    return words if len(words) <= 300 else f"{words[:297]}..."


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _parse_int(digits: str) -> int:
    limits.DIGITS.check("a number", len(digits))
    return int(digits)


def _parse_float(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise ValueError(f"{shown(digits)} is too large")
    return number


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        left = set(values)
        for name, _ in pairs:
            if name not in left:
                raise ValueError(f"{shown(name)} is in it twice")
            left.remove(name)
    return values


def _parse_json(text: str) -> Any:
    """Return parsed JSON in which no name stands twice, and every number is finite."""
    parsed = json.loads(
        text,
        parse_constant=_refuse_constant,
        parse_int=_parse_int,
        parse_float=_parse_float,
        object_pairs_hook=_unique_names,
    )
    if "\\u" in text:  # half of a letter that takes two could never be written again
        json.dumps(parsed, ensure_ascii=False).encode()
    return parsed


def parse_description(metadata: Mapping[str, str], name: str, default: str | None = None) -> Any:
    """Return one of the descriptions in the header, once it is known to be short; raises
    ValueError.
    """
    text = metadata.get(name, default)
    if text is None:
        raise ValueError(f"it has no {name}")
    longest, most = LIMITS[name]
    longest.check(f"its {name}", len(text))
    most.check(f"its {name}", text.count(","))
    return _parse_json(text)


def check_object(parsed: object) -> dict[str, Any]:
    """Return the parsed JSON if it is an object, as a dict; raises ValueError."""
    if not isinstance(parsed, dict):
        raise ValueError(f"it must be values by their names, not {shown(parsed)}")
    return parsed


def _check_text(name: str, value: object, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise ValueError(f"{name} must be text of 1 to {longest} letters, not {shown(value)}")
    return value


def check_classes(parsed: object) -> tuple[str, ...]:
    """Return the names of the classes if they are a list of short texts; raises ValueError."""
    if not isinstance(parsed, list):
        raise ValueError(f"classes must be a list of names, not {shown(parsed)}")
    return tuple(_check_text("the name of a class", name, LONGEST_CLASS) for name in parsed)


def check_figures(parsed: object) -> dict[str, Any]:
    """Return the figures by name: numbers, a few words or nothing, and the calibration (numbers,
    lists).

    Raises ValueError.
    """
    figures = check_object(parsed)
    if len(figures) > MOST_FIGURES:
        raise ValueError(f"there are {len(figures):,} figures, and {MOST_FIGURES} is the most")
    for name, value in figures.items():
        label = f"the figure {shown(_check_text('the name of a figure', name, LONGEST_FIGURE))}"
        if name == "calibration" and value is not None:
            _check_calibration(value)
        elif name in ("data", "dataset"):
            _check_text(label, value, LONGEST_FIGURE)
        elif name in ("test_accuracy", "before", "pen_digits") and value is not None:
            check_number(label, value, float, -1e300, 1)  # R² may be far below 0
        elif name in ("epoch", "taught") and value is not None:
            check_number(label, value, int, 0, MAX_EPOCHS)
        elif isinstance(value, str) and name != "test_loss":
            _check_text(label, value, LONGEST_FIGURE)
        elif value is not None:
            check_number(label, value, float, -1e300, 1e300)
    return figures


def _check_calibration(parsed: object) -> None:
    values = check_object(parsed)
    numbers = [
        number
        for value in values.values()
        for number in (value if isinstance(value, list) else [value])
    ]
    if len(numbers) + len(values) > MOST_CALIBRATION:
        raise ValueError(f"the calibration has more than {MOST_CALIBRATION:,} numbers")
    for name in values:
        _check_text("the name of a number of the calibration", name, LONGEST_FIGURE)
    for number in numbers:
        check_number("a number of the calibration", number, float, -1e300, 1e300)


def parse_header(content: bytes) -> tuple[dict[str, list[int]], dict[str, str]]:
    """Return the shape of each array by its name, and the metadata of the file.

    The first eight bytes say how long the header is. The names are counted before they are read.
    Raises ValueError.
    """
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > len(content) - 8 or content[8:9] != b"{":
        raise ValueError(_why_unreadable(content))
    if length > MOST_HEADER:
        raise ValueError(f"the file's header has {length:,} bytes, and {MOST_HEADER:,} is the most")
    header = content[8 : 8 + length]
    # what is escaped begins and ends no text
    plain = header.replace(rb"\\", b"").replace(rb"\"", b"")
    if plain.count(b'"') > 16 * MOST_NAMES:  # five texts an array, and a dozen besides
        raise ValueError(f"the file's header has too many names: {MOST_NAMES} arrays are the most")
    if sum(map(len, plain.split(b'"')[::2])) > 250 * MOST_NAMES:  # outside of texts
        raise ValueError(
            f"the file's header has too many numbers: {MOST_NAMES} arrays are the most"
        )
    try:
        entries = check_object(_parse_json(header.decode()))
        metadata = check_object(entries.pop("__metadata__", {}))
        shapes = {name: check_object(entry)["shape"] for name, entry in entries.items()}
    except (ValueError, KeyError, RecursionError) as error:
        raise ValueError(
            f"this is not a whole safetensors file: its header cannot be read ({brief(error)})"
        ) from error
    if not all(isinstance(text, str) for text in metadata.values()) or not all(
        isinstance(shape, list) for shape in shapes.values()
    ):
        raise ValueError("this is not a whole safetensors file: its header is of another kind")
    if len(shapes) > MOST_NAMES:
        raise ValueError(
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
_OLD_PICKLES = (b"(d", b"(l", b"}q", b"]q", b"cc", b"c_")


def _why_unreadable(content: bytes) -> str:
    """Return a sentence on what a file that is no safetensors file seems to be, and what is opened
    instead.
    """
    start, end = content[:65_536], content[-65_536:]
    words = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    sentence = next((sentence for magic, sentence in _STARTS if start.startswith(magic)), "")
    if not content:
        sentence = "the file is empty, so this is not a whole safetensors file"
    elif start.startswith(b"PK\x03\x04"):
        sentence = next(
            (sentence for name, sentence in _IN_A_ZIP if name in start or name in end),
            "this is a zip archive",
        )
    elif start[:1] == b"\x80" and start[1:2] <= b"\x05":
        sentence = f"this is a pickle, {_RUNS}"
    elif start[:2] in _OLD_PICKLES and content.rstrip().endswith(b"."):
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
    return (
        "this is not a whole safetensors file: it is cut off, or says that its header is longer "
        "than all of it"
    )


def _is_text(start: bytes) -> bool:
    """Return whether the bytes are text; the last letter may be cut in two."""
    try:
        words = codecs.getincrementaldecoder("utf-8")().decode(start[:1000])
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\t\r\n\f" for letter in words)
