"""Another draw of what is left to chance: other first weights on the same points, or other points
for the same first weights.

Numbers are counted up, so that the draw after this one is the same for everybody.
"""

from lab.runs.experiment import Experiment

SEEDS = 2**32


def other_weights(experiment: Experiment) -> Experiment:
    """Return the experiment with other first weights, and another order of the same examples.

    Where a dataset brings first weights of its own, they and its points are one draw.
    """
    if experiment.dataset.own_weights:
        return experiment.changed(dataset=experiment.dataset.redrawn())
    seed = (experiment.seed + 1) % SEEDS
    return experiment.changed(seed=seed, data_seed=experiment.seed_of_data)


def other_points(experiment: Experiment) -> Experiment:
    """Return the experiment with another draw of the same dataset, or another split of points that
    are not drawn.
    """
    if experiment.dataset.own_weights:
        return experiment.changed(dataset=experiment.dataset.redrawn())
    return experiment.changed(data_seed=(experiment.seed_of_data + 1) % SEEDS)
