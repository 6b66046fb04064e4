"""A saved model is a safetensors file: named arrays and, in its metadata, the Experiment that made them. Never pickle.

With what the optimizer and chance remember, which is saved too unless one says otherwise, training can go on from the
file as if it had never stopped. A file from a stranger is read strictly: known names, right shapes, finite numbers, a
trial forward pass.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from engine import Network
from lab.dataset import Data
from lab.datasets import title_of
from lab.experiment import Experiment
from lab.image_sets import set_name, source_here
from lab.training import Run

MAX_BYTES = 40_000_000


class ModelError(ValueError):
    """Says in a sentence why a file is not a model of ours."""


@dataclass(frozen=True)
class Model:
    """A trained network, what it was trained on, the names of its classes, and its figures (accuracy and the like)."""

    network: Network
    experiment: Experiment
    classes: tuple[str, ...]
    figures: dict[str, Any]
    notes: dict[str, Any] | None = None
    memory: dict[str, NDArray[Any]] = field(default_factory=dict)


def to_bytes(run: Run, *, weights_only: bool = False) -> bytes:
    """The file's content; with `weights_only` it is a third of the size, and training cannot go on from it."""
    network, experiment, record = run.network, run.experiment, run.record()
    last = record["history"][-1] if record["history"] else {}
    figures = {key: last.get(key) for key in ("epoch", "test_loss", "test_accuracy")}
    figures |= {"data": record["data"], "dataset": title_of(experiment.dataset, record["data"])}
    metadata = {
        "format": "glassbox-1",
        "experiment": experiment.to_json(),
        "classes": json.dumps(record["classes"]),
        "figures": json.dumps(figures),
    }
    arrays = dict(network.names)
    if not weights_only:
        notes, memory = run.state()
        metadata["resume"] = json.dumps(notes)
        arrays |= memory
    return save({name: np.ascontiguousarray(values) for name, values in arrays.items()}, metadata)


def from_bytes(content: bytes) -> Model:
    """Reads a model strictly; raises ModelError."""
    if len(content) > MAX_BYTES:
        raise ModelError(f"the file is larger than {MAX_BYTES // 1_000_000} MB; models saved here are smaller")
    metadata = _metadata(content)
    try:
        arrays = load(content)
    except KeyError as error:
        raise ModelError(f"the file holds numbers of the type {error}, and models saved here hold float32") from error
    except (SafetensorError, ValueError, RecursionError) as error:
        raise ModelError(
            "this is not a whole safetensors file: save the model again, from the Digits page or with --save"
        ) from error
    if metadata.get("format") != "glassbox-1":
        raise ModelError("this safetensors file was not saved by Glassbox (its metadata has no format glassbox-1)")
    try:
        experiment = Experiment.from_dict(_strict(metadata["experiment"]))
        classes = tuple(str(name) for name in _strict(metadata["classes"]))
        figures = dict(_strict(metadata.get("figures", "{}")))
        notes = dict(_strict(metadata["resume"])) if "resume" in metadata else None
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"the description in the file cannot be read: {error}") from error
    network = experiment.network()
    known = _remembered(experiment, network) if notes else set()
    memory = {name: values for name, values in arrays.items() if name in known}
    if set(arrays) - set(memory) != set(network.names):
        odd = sorted((set(arrays) - set(memory)) ^ set(network.names))[0]
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
    return Model(network, experiment, classes, figures, notes, memory)


def with_figures(content: bytes, figures: dict[str, Any]) -> bytes:
    """The same file with more figures noted in it; raises ModelError."""
    model, metadata = from_bytes(content), _metadata(content)
    metadata["figures"] = json.dumps(model.figures | figures)
    return save(load(content), metadata)


def _remembered(experiment: Experiment, network: Network) -> set[str]:
    """Names of the arrays that optimizer and regularizers may remember."""
    optimizer = experiment.optimizer.changed()
    optimizer.start(network.theta)
    owners = {"optimizer": optimizer} | {type(one).__name__: one for one in experiment.regularizers}
    return {
        f"{owner}.{name}" for owner, choice in owners.items() for name, value in choice.memory().items()
        if isinstance(value, np.ndarray)
    }  # fmt: skip


def resumed(model: Model, epochs: int | None = None, *, thin: bool = True, data: Data | None = None) -> Run:
    """The run that was saved, ready to go on, for `epochs` in all if that is given; raises ModelError.

    `data` spares loading those of the experiment again.
    """
    if model.notes is None:
        raise ModelError("the file holds only weights: training can go on from one saved without --weights-only")
    same_pictures(model, data.source if data else source_here(model.experiment.dataset))
    experiment = model.experiment if epochs is None else model.experiment.changed(epochs=epochs)
    run = Run(experiment, data, thin=thin)
    run.network.theta[:] = model.network.theta
    run.network.buffers[:] = model.network.buffers
    try:
        run.resume(model.notes, model.memory)
    except ValueError as error:
        raise ModelError(f"training cannot go on from this file: {error}") from error
    return run


def same_pictures(model: Model, source: str | None) -> None:
    """Raises ModelError where training would go on with other pictures than those that the model's figures are of."""
    learned = model.figures.get("data")
    if source is not None and learned is not None and learned != source:
        raise ModelError(
            f"its figures are of {set_name(learned)}, and here it would go on with {set_name(source)}: "
            "have the same pictures on both computers, or begin anew"
        )


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"{twice[0]!r} is in it twice")
    return dict(pairs)


def _strict(text: str | bytes) -> Any:
    """JSON in which no name stands twice and every number is one."""
    return json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)


def _metadata(content: bytes) -> dict[str, str]:
    """What the file says of itself in its header, whose length stands in its first eight bytes; raises ModelError."""
    if content[8:9] != b"{" and (content[:1] == b"\x80" or content[:4] == b"PK\x03\x04"):
        raise ModelError(
            "this is a pickle, as PyTorch saves it, which could run a stranger's program on this computer: only "
            "safetensors files are opened"
        )
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > len(content) - 8:
        raise ModelError(
            "this is not a whole safetensors file: it is cut off, or says that its header is longer than all of it"
        )
    try:
        header = _strict(content[8 : 8 + length])
        return dict(header.get("__metadata__") or {})
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        raise ModelError(f"this is not a whole safetensors file: its header cannot be read ({error})") from error


def read(path: Path) -> Model:
    """The model in a file; raises ModelError, also where the file cannot be opened."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB; models saved here are smaller")
        return from_bytes(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path} cannot be opened: {error.strerror or error}") from error
