"""A run driven to its end, and its history without the seconds."""

from lab.runs.experiment import Experiment
from lab.runs.run import READY, Run


def rows(run: Run) -> list[tuple[float, ...]]:
    return [
        (r.epoch, r.train_loss, r.train_accuracy, r.test_loss, r.test_accuracy) for r in run.history
    ]


def finished(experiment: Experiment, thin: bool = True) -> Run:
    run = Run(experiment, thin=thin)
    while run.status == READY:
        run.work(1.0)
    return run
