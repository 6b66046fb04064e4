"""A saved model is a safetensors file: named arrays, and in its metadata the experiment that made
them.

It is never a pickle. Unless weights alone are saved, it also has the state of optimizer and random
generator, so that training goes on from the file as if it had never stopped. Untrusted files are
read strictly: header (`model_header`), known names, right shapes, finite numbers, a trial forward
pass.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from engine import Network
from engine.settings import shown
from lab import files, limits
from lab.data.dataset import Data
from lab.data.image_sets import set_name, source_here
from lab.data.menu import title_of
from lab.runs.checkpoint import TABLES, Checkpoint
from lab.runs.experiment import Experiment
from lab.runs.model_header import (
    brief,
    check_classes,
    check_figures,
    check_object,
    parse_description,
    parse_header,
)
from lab.runs.run import Run

_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
MAX_BYTES = limits.MODEL.most
LARGEST = 1e18  # of all numbers of a network: beyond, float32 has no room left for a sum of squares


class ModelError(ValueError):
    """Says in a sentence why a file is not a model of ours."""


@dataclass(frozen=True)
class Model:
    """A trained network, the experiment that made it, the names of its classes, and its figures
    (accuracy and the like).
    """

    network: Network
    experiment: Experiment
    classes: tuple[str, ...]
    figures: dict[str, Any]
    notes: dict[str, Any] | None = None
    memory: dict[str, NDArray[Any]] = field(default_factory=dict)


def to_bytes(run: Run, *, weights_only: bool = False) -> bytes:
    """Return the file's content.

    With `weights_only` it is a third of the size, and training cannot go on from it.
    """
    network, experiment, data = run.network, run.experiment, run.data
    last = run.history[-1]._asdict() if run.history else {}
    figures = {key: last.get(key) for key in ("epoch", "test_loss", "test_accuracy")}
    if run.sealed:
        figures = {name.replace("test", run.data.held): value for name, value in figures.items()}
        if run.tested and run.tested.step == run.position.step:
            figures |= {"test_loss": run.tested.loss, "test_accuracy": run.tested.accuracy}
            figures["test_looks"] = run.tested.times
    figures |= {"data": data.source, "dataset": title_of(experiment.dataset, data.source)}
    metadata = _describe(experiment, data.classes, figures)
    arrays = dict(network.names)
    if not weights_only:
        notes, memory = Checkpoint.of(run).to_file()
        metadata["resume"] = json.dumps(notes, allow_nan=False)
        arrays |= memory
    return _save(arrays, metadata)


def weights_to_bytes(model: Model) -> bytes:
    """Return the content of a file that holds a model's network, its description and its figures;
    training cannot go on from it.
    """
    metadata = _describe(model.experiment, model.classes, model.figures)
    return _save(model.network.names, metadata)


def _describe(
    experiment: Experiment, classes: Sequence[str], figures: Mapping[str, Any]
) -> dict[str, str]:
    return {
        "format": "glassbox-1",
        "experiment": experiment.to_json(),
        "classes": json.dumps(list(classes)),
        "figures": json.dumps(dict(figures), allow_nan=False),
    }


def _save(arrays: Mapping[str, NDArray[Any]], metadata: dict[str, str]) -> bytes:
    return save({name: np.ascontiguousarray(values) for name, values in arrays.items()}, metadata)


def check_size(size: int) -> None:
    """Raise ModelError if a file has too many bytes to be opened."""
    if size > MAX_BYTES:
        raise ModelError(
            f"the file is larger than {MAX_BYTES // 1_000_000} MB; models saved here are smaller"
        )


def from_bytes(content: bytes) -> Model:
    """Return the model in a file's content, read strictly: first its size, then how much it holds,
    then what.

    Raises ModelError.
    """
    check_size(len(content))
    shapes, metadata = _header(content)
    experiment, classes, figures, notes = _descriptions(metadata)
    remembered = _remembered(experiment) if notes else set()
    _check_shapes(shapes, experiment, remembered)
    network, arrays = experiment.network(blank=True), _arrays(content)
    for name, view in network.names.items():
        _fill(name, view, arrays[name])
    with np.errstate(all="ignore"):
        trial = network.outputs(np.ones((1, experiment.inputs), np.float32))
    if not np.isfinite(trial).all():
        raise ModelError("the network in the file gives numbers that are not finite")
    memory = {name: values for name, values in arrays.items() if name in remembered}
    return Model(network, experiment, classes, figures, notes, memory)


def with_figures(content: bytes, figures: dict[str, Any]) -> bytes:
    """Return the same file with more figures added; raises ModelError."""
    model, (_, metadata) = from_bytes(content), _header(content)
    try:
        noted = check_figures(model.figures | figures)
    except ValueError as error:
        raise ModelError(f"these figures cannot be noted in the file: {brief(error)}") from error
    return save(load(content), metadata | {"figures": json.dumps(noted, allow_nan=False)})


def _header(content: bytes) -> tuple[dict[str, list[int]], dict[str, str]]:
    """Return the shapes and the metadata in the header; raises ModelError."""
    try:
        return parse_header(content)
    except ValueError as error:
        raise ModelError(str(error)) from error


def _descriptions(
    metadata: Mapping[str, str],
) -> tuple[Experiment, tuple[str, ...], dict[str, Any], dict[str, Any] | None]:
    """Return the experiment, the classes, the figures, and the notes to resume from, if there are
    any.
    """
    if metadata.get("format") != "glassbox-1":
        raise ModelError(
            "this safetensors file was not saved by Glassbox "
            "(its metadata has no format glassbox-1)"
        )
    try:
        experiment = Experiment.from_dict(parse_description(metadata, "experiment"))
        classes = check_classes(parse_description(metadata, "classes"))
        figures = check_figures(parse_description(metadata, "figures", "{}"))
        notes = None
        if "resume" in metadata:
            notes = check_object(parse_description(metadata, "resume"))
    except _UNREADABLE as error:
        raise ModelError(f"the description in the file cannot be read: {brief(error)}") from error
    own = experiment.dataset.class_names
    if not experiment.dataset.allows(classes):
        named = shown(", ".join(classes))
        raise ModelError(
            f"the classes in the file must be those of its dataset, {', '.join(own)}, not {named}"
        )
    figures.setdefault("dataset", title_of(experiment.dataset, figures.get("data")))
    return experiment, classes, figures, notes


def _check_shapes(
    shapes: Mapping[str, list[int]], experiment: Experiment, remembered: set[str]
) -> None:
    """Raise ModelError where the arrays are not those of the experiment's network."""
    expected = _shapes(experiment)
    if odd := sorted((set(shapes) - remembered) ^ set(expected)):
        raise ModelError(
            f"the file's arrays do not fit its description: {shown(odd[0])} is missing or too many"
        )
    for name, shape in expected.items():
        if tuple(shapes[name]) != shape:
            raise ModelError(
                f"the array {name!r} has the shape {tuple(shapes[name])}, "
                f"but the description says {shape}"
            )


def _fill(name: str, view: NDArray[Any], values: NDArray[Any]) -> None:
    """Write an array of the file into its view of the network; raises ModelError."""
    with np.errstate(over="ignore"):  # beyond float32 is infinite, and refused as such
        view[:] = values if values.dtype.kind == "f" else np.nan
    if not np.isfinite(view).all():
        raise ModelError(f"the array {name!r} holds something that is not a finite number")
    if np.abs(view).max(initial=0) > LARGEST:
        raise ModelError(
            f"the array {name!r} holds a number beyond {LARGEST:g}, which no sound network has"
        )


def _shapes(experiment: Experiment) -> dict[str, tuple[int, ...]]:
    """Return the shape of every array that the experiment's network has, by its name."""
    layers = enumerate(zip(experiment.all_layers, experiment.shapes, strict=False), 1)
    return {
        f"{number}.{name}": p.shape
        for number, (layer, shape) in layers
        for name, p in layer.parameters(shape).items()
    }


def _remembered(experiment: Experiment) -> set[str]:
    """Return the names of the arrays that optimizer and regularizers may remember."""
    optimizer = experiment.optimizer.changed()
    optimizer.start(np.zeros(1, np.float32))
    owners = {"optimizer": optimizer} | {type(r).__name__: r for r in experiment.regularizers}
    return set(TABLES) | {
        f"{owner}.{name}"
        for owner, choice in owners.items()
        for name, value in choice.memory().items()
        if isinstance(value, np.ndarray)
    }


def resumed(
    model: Model, epochs: float | None = None, *, thin: bool = True, data: Data | None = None
) -> Run:
    """Return the saved run, ready to go on, for `epochs` in all if that is given.

    `data` spares loading those of the experiment again. Raises ModelError.
    """
    if model.notes is None:
        raise ModelError(
            "the file holds only weights: training can go on from one saved without --weights-only"
        )
    source = data.source if data else source_here(model.experiment.dataset)
    same_pictures(model.figures, source)
    experiment = model.experiment if epochs is None else model.experiment.changed(epochs=epochs)
    run = Run(experiment, data, thin=thin)
    run.network.theta[:] = model.network.theta
    run.network.buffers[:] = model.network.buffers
    try:
        Checkpoint.from_file(model.notes, model.memory, run).restore(run)
    except ValueError as error:
        raise ModelError(f"training cannot go on from this file: {brief(error)}") from error
    return run


def same_pictures(figures: Mapping[str, Any], source: str | None) -> None:
    """Raise ModelError if training would go on with other pictures than a model's figures are
    of.
    """
    learned = figures.get("data")
    if source is not None and learned is not None and learned != source:
        raise ModelError(
            f"its figures are of {set_name(learned)}, and here it would go on with "
            f"{set_name(source)}: have the same pictures on both computers, or begin anew"
        )


def read(path: Path) -> Model:
    """Return the model in a file; raises ModelError, also where the file cannot be opened."""
    try:
        content = files.read_bytes(path, MAX_BYTES)
    except OSError as error:
        raise ModelError(
            f"{shown(str(path))} cannot be opened: {error.strerror or error}"
        ) from error
    if content is None:
        raise ModelError(
            f"{shown(path.name)} is larger than {MAX_BYTES // 1_000_000} MB; "
            "models saved here are smaller"
        )
    return from_bytes(content)


def _arrays(content: bytes) -> dict[str, NDArray[Any]]:
    try:
        return load(content)
    except KeyError as error:
        raise ModelError(
            f"the file holds numbers of the type {brief(error)}, and models saved here hold float32"
        ) from error
    except (SafetensorError, ValueError, RecursionError) as error:
        raise ModelError(
            "this is not a whole safetensors file: save the model again, "
            "from the Digits page or with --save"
        ) from error
