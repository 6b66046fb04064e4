"""The sheet of a sweep: a CSV file with a row for each trial that has ended, and if wanted a file
with the histories, a line of JSON for each.

A line is written as soon as its trial has ended, so that a sweep that was stopped, or killed, goes
on where it was. When all have ended the rows are put in order.
"""

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

from engine.settings import shown
from lab import files
from lab.runs.history import Epoch
from lab.sweeps.kind import in_words, kind_here
from lab.sweeps.plan import Sweep, Trial
from lab.sweeps.trials import FAILED, Outcome

MOST_BYTES = 1_000_000_000
FIGURES = ("epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy")


class Sheet:
    """Where a sweep's outcomes are written. Raises ValueError and OSError.

    outcomes: those that are there, by their trials' numbers; of them only best and last are read
    """

    def __init__(self, sweep: Sweep, path: Path, histories: Path | None = None) -> None:
        self.path, self.histories, self.sweep = path, histories, sweep
        self.columns = [
            *("number", "trial", *(axis.name for axis in sweep.axes), "seed", "status"),
            *FIGURES,
            *(f"best_{name}" for name in FIGURES),
            *("seconds", "kind"),
        ]
        self._torn: dict[Path, int] = {}  # files whose last line is not whole: bytes before it
        self._trials = {trial.name: trial for trial in sweep.trials}
        self._rows = self._read_rows()
        self._lines = self._read_histories() if histories else {}
        names = set(self._rows) & set(self._lines) if histories else set(self._rows)
        self.outcomes = {self._trials[name].number: self._outcome(name) for name in names}
        for torn, size in self._torn.items():  # now that they are known to be sheets
            os.truncate(torn, size)

    # --- reading ----------------------------------------------------------------------------------

    def _read_rows(self) -> dict[str, dict[str, str]]:
        """Return the rows that are there, by the names of their trials."""
        lines = self._whole_lines(self.path)
        if not lines:
            return {}
        head, *rows = list(csv.reader(lines))
        if head[:2] != ["number", "trial"]:
            raise ValueError(f"{shown(str(self.path))} is no table of a sweep: name another file")
        if head != self.columns:
            raise ValueError(
                f"{shown(str(self.path))} has a sweep in which other settings vary: "
                "name another file"
            )
        found = {}
        for row in rows:
            if len(row) != len(head) or row[1] not in self._trials:
                raise ValueError(
                    f"{shown(str(self.path))} has trials that are not in this sweep: "
                    "name another file, or write the command as it was"
                )
            found[row[1]] = dict(zip(head, row, strict=True))
        kinds = {row["kind"] for row in found.values()}
        here = in_words(kind_here())
        if others := kinds - {here}:
            raise ValueError(
                f"{shown(str(self.path))} was begun elsewhere, where the same trial may give other "
                f"bits: there {others.pop()[:200]}; here {here}. Name another file"
            )
        return found

    def _whole_lines(self, path: Path) -> list[str]:
        """Return the lines of a file, if there is one, without a last one that is not whole."""
        if not path.exists():
            return []
        content = files.read_bytes(path, MOST_BYTES)
        if content is None:
            raise ValueError(f"{shown(str(path))} is larger than {MOST_BYTES // 10**6:,} MB")
        whole = content[: content.rfind(b"\n") + 1]
        try:
            lines = whole.decode().splitlines()
        except UnicodeDecodeError as error:
            raise ValueError(f"{shown(str(path))} is no text: name another file") from error
        if len(whole) < len(content):
            if not whole:
                raise ValueError(f"{shown(str(path))} has no whole line: name another file")
            self._torn[path] = len(whole)
        return lines

    def _read_histories(self) -> dict[str, str]:
        """Return the lines of the histories by the names of their trials."""
        assert self.histories
        found = {}
        for line in self._whole_lines(self.histories):
            try:
                name = json.loads(line)["trial"]
            except (ValueError, TypeError, KeyError):
                name = None
            if name not in self._trials:
                raise ValueError(
                    f"{shown(str(self.histories))} has something else than histories of this "
                    "sweep: name another file"
                )
            found[name] = line
        return found

    def _outcome(self, name: str) -> Outcome:
        row, number = self._rows[name], self._trials[name].number
        try:
            last, best = (_figures(row, prefix) for prefix in ("", "best_"))
            return Outcome(number, row["status"], "", last, best, float(row["seconds"]))
        except ValueError as error:
            raise ValueError(
                f"{shown(str(self.path))} has figures that are no numbers, in the row of trial "
                f"{name}: take that row out"
            ) from error

    # --- writing ----------------------------------------------------------------------------------

    def add(self, outcome: Outcome) -> None:
        """Write what a trial came to; one that failed is not written, and tried again next time."""
        if outcome.status == FAILED:
            return
        trial = self.sweep.trials[outcome.number]
        if self.histories and trial.name not in self._lines:
            self._lines[trial.name] = line = json.dumps(_record(trial, outcome))
            self._append(self.histories, f"{line}\n")
        if trial.name not in self._rows:
            head = "" if self._rows or self.path.exists() else _csv_line(self.columns)
            row = self._rows[trial.name] = self._row(trial, outcome)
            self._append(self.path, head + _csv_line(list(row.values())))
        self.outcomes[outcome.number] = outcome

    def _row(self, trial: Trial, outcome: Outcome) -> dict[str, str]:
        figures = [
            "" if row is None else repr(getattr(row, name))
            for row in (outcome.last, outcome.best)
            for name in FIGURES
        ]
        values = [
            str(trial.number),
            trial.name,
            *trial.settings.values(),
            str(trial.experiment.seed),
            outcome.status,
            *figures,
            f"{outcome.seconds:.3f}",
            in_words(outcome.kind),
        ]
        return dict(zip(self.columns, values, strict=True))

    def _append(self, path: Path, line: str) -> None:
        with open(path, "a", encoding="utf-8", newline="") as file:
            file.write(line)

    def put_in_order(self) -> None:
        """Write all rows anew, in the order of the sweep."""
        order = sorted(self._rows, key=lambda name: self._trials[name].number)
        rows = [self._rows[name] | {"number": str(self._trials[name].number)} for name in order]
        table = [_csv_line(self.columns), *(_csv_line(list(row.values())) for row in rows)]
        files.write(self.path, "".join(table).encode())
        if self.histories:
            kept = (self._lines[name] for name in order if name in self._lines)
            files.write(self.histories, "".join(f"{line}\n" for line in kept).encode())


def _csv_line(values: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(values)
    return out.getvalue()


def _figures(row: dict[str, str], prefix: str) -> Epoch | None:
    texts = [row[prefix + name] for name in FIGURES]
    if not all(texts):
        return None
    epoch, *figures = texts
    return Epoch(int(epoch), 0.0, *map(float, figures))


def _record(trial: Trial, outcome: Outcome) -> dict[str, Any]:
    return {
        "number": trial.number,
        "trial": trial.name,
        "settings": dict(trial.settings),
        "experiment": trial.experiment.to_dict(),
        "status": outcome.status,
        "history": [row._asdict() for row in outcome.history],
        "seconds": round(outcome.seconds, 3),
        "kind": outcome.kind,
    }
