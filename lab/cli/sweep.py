"""`sweep`: trains an experiment many times over, each time with other settings, and writes a row
for each trial.
"""

import argparse
import sys
from collections.abc import Iterator

from tqdm import tqdm

from lab.cli.options import experiment_from, parse_number
from lab.cli.outputs import check_writable
from lab.cli.parser import PROGRAM, UsageError
from lab.cli.stop import Stop
from lab.runs import links
from lab.sweeps import cluster
from lab.sweeps.axes import read_axis
from lab.sweeps.crew import processors, train_here
from lab.sweeps.plan import Sweep, Trial
from lab.sweeps.sheet import Sheet
from lab.sweeps.summary import best_outcome, cells, ranked, settings_text
from lab.sweeps.trials import FAILED, Outcome

MOST_JOBS = 256
SHOWN = 5  # combinations that are printed at the end


def sweep(arguments: argparse.Namespace) -> int:
    """Train all trials that are not in the sheet; return 0, 1 if some could not be trained, or 128
    plus the signal that stopped it.
    """
    wanted, notes = _sweep(arguments)
    jobs = int(_number(arguments.jobs, "jobs", 1, MOST_JOBS)) if arguments.jobs else processors()
    if arguments.jobs and arguments.cluster:
        raise UsageError("--jobs is for this computer, and a cluster says itself how many it has")
    if not wanted.trials:
        raise UsageError("this sweep has no trials")
    check_writable(arguments.out, arguments.json)
    sheet = _open_sheet(wanted, arguments)
    for note in notes:
        print(note, file=sys.stderr)
    waiting = [trial for trial in wanted.trials if trial.number not in sheet.outcomes]
    if len(waiting) < wanted.count:
        print(f"{wanted.count - len(waiting):,} of {wanted.count:,} trials are there already")
    histories = arguments.json is not None
    with Stop() as stop:
        if arguments.cluster:
            ends = cluster.train_on(arguments.cluster, waiting, _note, history=histories)
        else:
            ends = train_here(waiting, min(jobs, max(len(waiting), 1)), history=histories)
        try:
            failed = _follow(ends, sheet, stop, quiet=arguments.quiet)
        except cluster.ClusterError as problem:
            raise UsageError(str(problem)) from problem
        finally:
            ends.close()
    done = len(sheet.outcomes)
    if stop.signal:
        _note(f"stopped after {done:,} of {wanted.count:,} trials: the same command goes on")
        return 128 + stop.signal
    sheet.put_in_order()
    if not arguments.quiet:
        print("\n".join(_found(sheet)))
    return 1 if failed else 0


def _sweep(arguments: argparse.Namespace) -> tuple[Sweep, list[str]]:
    """Return the sweep that the options describe, and notes on how the link was read.

    Raises UsageError or ValueError.
    """
    notes: list[str] = []
    if arguments.link is not None:
        base, notes = links.read_link(arguments.link)
        if arguments.epochs is not None:
            base = base.changed(epochs=parse_number(arguments.epochs, "epochs"))
    else:
        base = experiment_from(vars(arguments))
    axes = tuple(map(read_axis, arguments.vary or ()))
    seeds = int(_number(arguments.seeds, "seeds", 1, 1000))
    drawn = int(_number(arguments.random, "random", 1, 10_000)) if arguments.random else 0
    wanted = Sweep(base, axes, seeds, drawn)
    if wanted.count == 1:
        raise UsageError("nothing varies: give --vary, or more than one of --seeds")
    return wanted, notes


def _number(text: str, name: str, low: int, high: int) -> float:
    number = parse_number(text, name)
    if not (isinstance(number, int) and low <= number <= high):
        raise UsageError(f"{name} must be a whole number from {low:,} to {high:,}, not {text[:60]}")
    return number


def _open_sheet(wanted: Sweep, arguments: argparse.Namespace) -> Sheet:
    try:
        return Sheet(wanted, arguments.out, arguments.json)
    except OSError as error:
        raise UsageError(f"the sheet cannot be used: {error.strerror or error}") from error


def _follow(
    ends: Iterator[Outcome | None], sheet: Sheet, stop: Stop, *, quiet: bool
) -> list[Outcome]:
    """Write what ends until all has, or `stop` has a signal; return what could not be trained."""
    trials, failed = sheet.sweep.trials, []
    disable = quiet or not sys.stderr.isatty()
    with tqdm(
        total=len(trials), initial=len(sheet.outcomes), unit=" trials", disable=disable, leave=False
    ) as bar:
        for outcome in ends:
            if stop.signal:
                break
            if outcome is None:
                bar.refresh()
                continue
            if outcome.status == FAILED:
                failed.append(outcome)
                with tqdm.external_write_mode(sys.stderr):
                    _note(f"{_title(trials[outcome.number])}: {outcome.message}")
            sheet.add(outcome)
            bar.update()
            bar.set_postfix_str(_best(sheet))
    return failed


def _title(trial: Trial) -> str:
    return settings_text({**trial.settings, "seed": str(trial.experiment.seed)})


def _best(sheet: Sheet) -> str:
    """Return what is best so far, in some words."""
    best = best_outcome(sheet.outcomes.values())
    if not (best and best.best):
        return ""
    return (
        f"best: test loss {best.best.test_loss:.4g} with {_title(sheet.sweep.trials[best.number])}"
    )


def _found(sheet: Sheet) -> list[str]:
    """Return the best combinations, a line each, and what came to nothing."""
    found = cells(sheet.sweep, sheet.outcomes, "test_loss", best=True)
    order = ranked(found, "test_loss")
    lines = ["lowest test loss, median over the seeds (from the best to the worst):"]
    for cell in order[:SHOWN]:
        low, high = cell.spread or (0.0, 0.0)
        lines.append(
            f"{cell.median:10.4g}  ({low:.4g} to {high:.4g})  {settings_text(cell.settings)}"
        )
    if diverged := sum(cell.diverged for cell in found):
        lines.append(f"{diverged:,} of {sheet.sweep.count:,} trials diverged")
    return [*(lines if order else lines[1:]), f"all of it is in {sheet.path}"]


def _note(sentence: str) -> None:
    print(f"{PROGRAM}: {sentence}", file=sys.stderr)
