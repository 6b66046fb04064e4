"""`train`: trains a network, prints a line for every epoch, and writes what was asked for."""

import argparse
import sys

from tqdm import tqdm

from engine.arrays import Array
from lab.cli.options import experiment_from, parse_number
from lab.cli.outputs import Printer, check_writable, write_results
from lab.cli.parser import PROGRAM
from lab.cli.stop import Stop
from lab.data.menu import title_of
from lab.explain import advice
from lab.runs import links, model_file
from lab.runs.cost import cost_of
from lab.runs.devices import array_on, trained_on
from lab.runs.history import Epoch, Look
from lab.runs.run import DIVERGED, FINISHED, READY, Run


def train(arguments: argparse.Namespace) -> int:
    """Train a network; return 0, 1 if the run diverged, or 128 plus the signal that stopped it."""
    like = array_on(arguments.device)
    run, notes = _begin(arguments)
    print_line = Printer(arguments)
    title = title_of(run.experiment.dataset, run.data.source)
    print_line(f"{title}: {run.experiment.summary}, {run.experiment.parameters:,} parameters")
    for note in filter(None, [*notes, run.data.note, _warning(run, like)]):
        print(note, file=sys.stderr)
    with Stop() as stop:
        with trained_on(run, like):
            _train(run, stop, print_line, quiet=arguments.quiet)
        if run.sealed and run.status == FINISHED:
            print_line(_look_line(run.open_test_set(), _score(run)))
        written = write_results(run, arguments)
    print_line(f"{run.samples_per_second:,.0f} samples a second")
    for remark in [run.message, *map(advice.sentence, run.troubles())]:
        if remark and run.status != DIVERGED:
            print_line(remark)
    if run.status == DIVERGED:
        print(f"{PROGRAM}: {run.message}", file=sys.stderr)
        return 1
    if run.status == READY:
        resumable = bool(arguments.save and not arguments.weights_only)
        print(f"{PROGRAM}: {_stopped(run, written, resumable)}", file=sys.stderr)
        return 128 + stop.signal
    return 0


def _warning(run: Run, like: Array | None) -> str:
    """Return a sentence on a run that would be too much for a page, where it trains as well; it is
    begun all the same, as it is for one's own computer.
    """
    cost = cost_of(run.experiment)
    return "" if like is not None or cost.affordable() else f"This is a large one: {cost}."


def _begin(arguments: argparse.Namespace) -> tuple[Run, list[str]]:
    """Return the run to train, from a file, a link or options, and notes on how the link was read.

    Raises UsageError or ValueError, also where the results could not be written.
    """
    model = model_file.read(arguments.resume) if arguments.resume else None
    notes: list[str] = []
    if arguments.link is not None:
        experiment, notes = links.read_link(arguments.link)
        if arguments.epochs is not None:
            experiment = experiment.changed(epochs=parse_number(arguments.epochs, "epochs"))
    else:
        experiment = model.experiment if model else experiment_from(vars(arguments))
    check_writable(arguments.json, arguments.save)
    if model is None:
        return Run(experiment, thin=False), notes
    epochs = None if arguments.epochs is None else parse_number(arguments.epochs, "epochs")
    return model_file.resumed(model, epochs, thin=False), notes


def _train(run: Run, stop: Stop, print_line: Printer, *, quiet: bool) -> None:
    """Train to the end, or until `stop` has a signal, with a progress bar on a terminal."""
    total = run.experiment.epochs * run.position.batches
    disable = quiet or not sys.stderr.isatty()
    score, held = _score(run), run.data.held
    with tqdm(total=total, unit=" steps", disable=disable, leave=False) as bar:
        printed = len(run.history)
        while run.status == READY and not stop.signal:
            run.work(0.2)
            bar.update(run.position.step - bar.n)
            for epoch in run.history[printed:]:
                with tqdm.external_write_mode(sys.stdout):
                    print_line(_epoch_line(epoch, score, held))
            printed = len(run.history)


def _score(run: Run) -> str:
    return "R²" if run.experiment.dataset.regression else "accuracy"


def _look_line(look: Look, score: str) -> str:
    times = "for the first time" if look.times == 1 else f"for the {look.times}th time"
    times = times.replace(" 2th", " 2nd").replace(" 3th", " 3rd")
    return (
        f"test set, opened {times}: loss {look.loss:.4f}  {score} {look.accuracy:.2%} "
        f"of {look.examples:,} examples"
    )


def _epoch_line(epoch: Epoch, score: str, held: str) -> str:
    return (
        f"epoch {epoch.epoch:3d}"
        f"  train loss {epoch.train_loss:.4f}  {score} {epoch.train_accuracy:.2%}"
        f"  {held} loss {epoch.test_loss:.4f}  {score} {epoch.test_accuracy:.2%}"
        f"  {epoch.seconds:.1f} s"
    )


def _stopped(run: Run, written: list[str], resumable: bool) -> str:
    """Return a sentence on where training was stopped and how to go on."""
    at = run.position
    moment = f"after {at.step:,} steps, in epoch {at.epoch} of {run.experiment.epochs}"
    if not written:
        return f"stopped {moment}: nothing is kept without --save"
    more = f"; go on with --resume {written[0]}" if resumable else ""
    return f"stopped {moment}: what it has learned is in {' and '.join(written)}{more}"
