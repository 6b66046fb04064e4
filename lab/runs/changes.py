"""Changes made by hand while a run goes on: a number of the network, or settings of its optimizer
and regularizers.

Each becomes a plain dict, which records, saved files and exported scripts keep.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from engine import OPTIMIZERS, REGULARIZERS, Optimizer, Regularizer, from_dict
from engine.settings import check_number
from lab import limits
from lab.runs.edit import Edit
from lab.runs.experiment import MAX_EPOCHS, Experiment

MOST_CHANGES = limits.CHANGES.most  # of one run: of more, its file would not open again


def check_room(changes: Sequence[Mapping[str, Any]]) -> None:
    """Raise ValueError where a run has been changed so often that no more can be kept."""
    if len(changes) >= MOST_CHANGES:
        raise ValueError(
            f"this run has been changed {MOST_CHANGES:,} times by hand, which is all that it can "
            "remember: press Reset to begin anew"
        )


def add_edit(changes: list[dict[str, Any]], change: dict[str, Any]) -> None:
    """Add the change of a number; of several at the same step, one after the other, only the last
    has made a difference.
    """
    if changes and _place(changes[-1]) == _place(change):
        changes.pop()
    changes.append(change)


def _place(change: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return when which number was set; of settings, a place that no number has."""
    edit = change.get("edit", {})
    return change["step"], edit.get("name"), edit.get("index")


def change_of_number(step: int, epoch: int, edit: Edit) -> dict[str, Any]:
    """Return the dict that is kept of an edit made after `step` steps."""
    return {"step": step, "epoch": epoch, "edit": vars(edit) | {"index": list(edit.index)}}


def change_of_settings(
    step: int, epoch: int, experiment: Experiment, *, resumed: bool = False
) -> dict[str, Any]:
    """Return the dict that is kept of the settings with which a run goes on after `step` steps.

    `resumed`: it goes on from a file, for another number of epochs.
    """
    return {
        "step": step,
        "epoch": epoch,
        **({"resumed": True} if resumed else {}),
        "optimizer": experiment.optimizer.to_dict(),
        "regularizers": [regularizer.to_dict() for regularizer in experiment.regularizers],
        "epochs": experiment.epochs,
    }


def read_change(change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a change from a file, checked; raises ValueError, KeyError or TypeError."""
    step, epoch = (
        int(check_number(name, change[name], int, 0, 2**53)) for name in ("step", "epoch")
    )
    if "edit" in change:
        return change_of_number(step, epoch, Edit.from_dict(change["edit"]))
    regularizers = [
        from_dict(REGULARIZERS, regularizer, "regularizer").to_dict()
        for regularizer in change["regularizers"]
    ]
    return {
        "step": step,
        "epoch": epoch,
        **({"resumed": True} if change.get("resumed") else {}),
        "optimizer": from_dict(OPTIMIZERS, change["optimizer"], "optimizer").to_dict(),
        "regularizers": regularizers,
        "epochs": check_number("epochs", change["epochs"], int, 1, MAX_EPOCHS),
    }


def adopt_settings(
    optimizer: Optimizer, regularizers: list[Regularizer], experiment: Experiment
) -> None:
    """Give optimizer and regularizers the settings of `experiment`; they keep what they remember.

    The list is changed in place, since `fit` holds it.
    """
    old = {type(regularizer): regularizer for regularizer in regularizers}
    regularizers[:] = [old.get(type(new), new.changed()) for new in experiment.regularizers]
    for choice, new in (
        (optimizer, experiment.optimizer),
        *zip(regularizers, experiment.regularizers, strict=True),
    ):
        vars(choice).update({f.name: getattr(new, f.name) for f in fields(new)})
