"""A saved model is a safetensors file: named arrays and, in its metadata, the Experiment that made them. Never pickle.

A file from a stranger is read strictly: known names, right shapes, finite numbers, a trial forward pass.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from engine import Network
from lab.datasets import TITLES, name_of
from lab.experiment import Experiment

MAX_BYTES = 20_000_000


class ModelError(ValueError):
    """Says in a sentence why a file is not a model of ours."""


@dataclass(frozen=True)
class Model:
    """A trained network, what it was trained on, the names of its classes, and its figures (accuracy and the like)."""

    network: Network
    experiment: Experiment
    classes: tuple[str, ...]
    figures: dict[str, Any]


def to_bytes(network: Network, experiment: Experiment, record: dict[str, Any]) -> bytes:
    """The file's content; `record` is that of the run (`Run.record`)."""
    last = record["history"][-1] if record["history"] else {}
    figures = {key: last.get(key) for key in ("epoch", "test_loss", "test_accuracy")}
    figures |= {"data": record["data"], "dataset": TITLES[name_of(experiment.dataset)]}
    metadata = {
        "format": "glassbox-1",
        "experiment": experiment.to_json(),
        "classes": json.dumps(record["classes"]),
        "figures": json.dumps(figures),
    }
    return save({name: np.ascontiguousarray(values) for name, values in network.names.items()}, metadata)


def from_bytes(content: bytes) -> Model:
    """Reads a model strictly; raises ModelError."""
    if len(content) > MAX_BYTES:
        raise ModelError(f"the file is larger than {MAX_BYTES // 1_000_000} MB; models saved here are smaller")
    try:
        arrays = load(content)
        metadata = _metadata(content)
    except (SafetensorError, ValueError, KeyError, RecursionError) as error:  # KeyError: a type that NumPy lacks
        raise ModelError(
            "this is not a whole safetensors file: save the model again, from the Digits page or with --save"
        ) from error
    if metadata.get("format") != "glassbox-1":
        raise ModelError("this safetensors file was not saved by Glassbox (its metadata has no format glassbox-1)")
    try:
        experiment = Experiment.from_dict(json.loads(metadata["experiment"]))
        classes = tuple(str(name) for name in json.loads(metadata["classes"]))
        figures = dict(json.loads(metadata.get("figures", "{}"), parse_constant=_refuse))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"the description in the file cannot be read: {error}") from error
    network = experiment.network()
    if set(arrays) != set(network.names):
        odd = sorted(set(arrays) ^ set(network.names))[0]
        raise ModelError(f"the file's arrays do not fit its description: {odd!r} is missing or too many")
    for name, place in network.names.items():
        values = arrays[name]
        if values.shape != place.shape:
            raise ModelError(f"the array {name!r} has the shape {values.shape}, but the description says {place.shape}")
        with np.errstate(over="ignore"):  # beyond float32 is infinite, and refused as such
            place[:] = values if values.dtype.kind == "f" else np.nan
        if not np.isfinite(place).all():
            raise ModelError(f"the array {name!r} holds something that is not a finite number")
    if len(classes) != experiment.dataset.class_count:
        raise ModelError(
            f"the file names {len(classes)} classes, but its network tells {experiment.dataset.class_count}"
        )
    if len(set(classes)) != len(classes):
        raise ModelError("the file gives two classes the same name")
    with np.errstate(all="ignore"):
        trial = network.outputs(np.ones((1, experiment.inputs), np.float32))
    if not np.isfinite(trial).all():
        raise ModelError("the network in the file gives numbers that are not finite")
    return Model(network, experiment, classes, figures)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _metadata(content: bytes) -> dict[str, str]:
    # a safetensors file opens with the length of its JSON header; the format forbids a second, hidden one
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    return dict(header.get("__metadata__") or {})


def read(path: Path) -> Model:
    """The model in a file; raises ModelError, also where the file cannot be opened."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB; models saved here are smaller")
        return from_bytes(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path} cannot be opened: {error.strerror or error}") from error
