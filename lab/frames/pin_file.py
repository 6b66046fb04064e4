"""A pin as a file: its curve and its boundary as arrays of a safetensors file, the rest in its
metadata.
"""

import json
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from lab.frames.pins import Pin
from lab.runs.experiment import Experiment
from lab.runs.model_header import parse_header

_WORDS = ("name", "step", "seconds", "status", "source")


def pin_to_bytes(pin: Pin) -> bytes:
    """Return the file's content."""
    arrays: dict[str, Any] = {"curve": pin.curve}
    if pin.winner is not None and pin.sure is not None:
        arrays |= {"winner": pin.winner, "sure": pin.sure}
    words = json.dumps({name: getattr(pin, name) for name in _WORDS})
    metadata = {"experiment": pin.experiment.to_json(), "pin": words}
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, metadata)


def pin_from_bytes(content: bytes) -> Pin:
    """Return the pin that `pin_to_bytes` wrote; raises ValueError for anything else."""
    try:
        _, metadata = parse_header(content)
        arrays = load(content)
        return Pin(
            experiment=Experiment.from_dict(json.loads(metadata["experiment"])),
            curve=arrays["curve"],
            winner=arrays.get("winner"),
            sure=arrays.get("sure"),
            **json.loads(metadata["pin"]),
        )
    except (KeyError, TypeError, SafetensorError) as error:
        raise ValueError("this is no pinned run") from error
