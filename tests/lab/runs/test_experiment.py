import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import (
    ACTIVATIONS,
    INITIALIZERS,
    L2,
    LAYERS,
    MSE,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    Adam,
    Augmentation,
    BatchNorm,
    BinaryCrossEntropy,
    Constant,
    Cosine,
    Dense,
    Dropout,
    LayerNorm,
    Momentum,
    ReLU,
    Sigmoid,
    Softmax,
    Zeros,
)
from lab.data.menu import DATASETS
from lab.data.toy_points import Circles, Spiral
from lab.notation import parse
from lab.runs.experiment import MAX_PARAMETERS, Experiment
from lab.runs.presets import natural_output, recommended

REGULAR = [entry_class for entry_class in REGULARIZERS.values() if entry_class is not Augmentation]


HIDDEN = [entry_class for entry_class in ACTIVATIONS.values() if entry_class is not Softmax]


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    dataset = draw(
        st.sampled_from(
            [entry_class for entry_class in DATASETS.values() if not entry_class.ordered]
        )
    )()
    loss = draw(st.sampled_from([dataset.natural_loss(), MSE()]))
    activation = st.sampled_from(HIDDEN).map(lambda entry_class: entry_class())
    layer = st.one_of(
        st.builds(Dense, st.integers(1, 64), activation),
        st.builds(Dropout),
        st.builds(BatchNorm),
        st.builds(LayerNorm),
    )
    return Experiment(
        dataset=dataset,
        loss=loss,
        output=natural_output(loss),
        layers=tuple(draw(st.lists(layer, max_size=4))),
        initializer=draw(st.sampled_from(list(INITIALIZERS.values())))(),
        optimizer=draw(st.sampled_from(list(OPTIMIZERS.values())))(draw(st.floats(0, 100))),
        schedule=draw(st.sampled_from(list(SCHEDULES.values())))(),
        regularizers=tuple(
            entry_class() for entry_class in draw(st.lists(st.sampled_from(REGULAR), unique=True))
        ),
        batch_size=draw(st.integers(1, 10_000)),
        epochs=draw(st.integers(1, 10**6)),
        seed=draw(st.integers(0, 2**32 - 1)),
        data_seed=draw(st.none() | st.integers(0, 2**32 - 1)),
    )


@given(experiments())
def test_an_experiment_travels_as_json_and_comes_back(experiment: Experiment) -> None:
    again = Experiment.from_dict(json.loads(experiment.to_json()))
    assert again == experiment
    assert again.network().theta.tobytes() == experiment.network().theta.tobytes()
    assert len(again.network().theta) == experiment.parameters
    assert again.network().shapes == experiment.shapes


@given(experiments(), st.integers(0, 2**32 - 1))
def test_the_seed_alone_decides_the_first_weights(experiment: Experiment, seed: int) -> None:
    network, reseeded = (
        experiment.network(),
        experiment.changed(seed=seed, optimizer=Adam(), epochs=1).network(),
    )
    if seed == experiment.seed or isinstance(experiment.initializer, (Zeros, Constant)):
        assert network.theta.tobytes() == reseeded.theta.tobytes()
    else:
        assert network.theta.tobytes() != reseeded.theta.tobytes()


@given(st.integers(0, 99), st.integers(0, 99))
def test_data_can_have_a_seed_of_their_own(seed: int, data_seed: int) -> None:
    both = Experiment(seed=seed, data_seed=data_seed)
    assert both.network().theta.tobytes() == Experiment(seed=seed).network().theta.tobytes()
    assert both.data().train_x.tobytes() == Experiment(seed=data_seed).data().train_x.tobytes()
    assert (both == Experiment(seed=seed)) == (seed == data_seed)
    assert ("data_seed" in both.to_dict()) == (seed != data_seed)


@given(experiments())
def test_missing_settings_take_their_defaults(experiment: Experiment) -> None:
    for key, value in experiment.to_dict().items():
        if key in (
            "batch_size",
            "epochs",
            "seed",
            "data_seed",
            "initializer",
            "optimizer",
            "schedule",
            "layers",
            "version",
        ):
            description = {k: v for k, v in experiment.to_dict().items() if k != key}
            if key == "seed":  # where it is the data's as well, these have none of their own
                description.pop("data_seed", None)
            again = Experiment.from_dict(description).to_dict()
            assert {k: v for k, v in again.items() if k != key} == description
            usual = value if key == "version" else Experiment().to_dict().get(key)
            assert again.get(key) == usual


@pytest.mark.parametrize("name", ["batch_size", "epochs", "seed"])
@given(
    bad=st.one_of(
        st.none(),
        st.booleans(),
        st.text(),
        st.integers(max_value=-1),
        st.integers(min_value=2**32),
        st.just([1]),
        st.floats().filter(lambda x: not x.is_integer()),
        st.dictionaries(st.text(), st.integers()),
    )
)
def test_no_bad_number_is_accepted(name: str, bad: object) -> None:
    with pytest.raises(
        ValueError, match=f"^{name} must be a whole number from [01] to [0-9]+, not "
    ):
        Experiment.from_dict({name: bad})


def test_a_description_of_version_1_is_still_read() -> None:
    new = Experiment(regularizers=(L2(0.25),)).to_dict()
    old = {key: value for key, value in new.items() if key != "regularizers"}
    old |= {
        "version": 1,
        "regularizer": {"name": "L2", "strength": 0.25},
        "schedule": {"name": "Constant"},
    }
    assert Experiment.from_dict(old) == Experiment(regularizers=(L2(0.25),))
    assert (
        Experiment.from_dict(old | {"regularizer": {"name": "L2", "strength": 0.0}}) == Experiment()
    )


def test_two_million_parameters_are_the_most() -> None:
    fits = Experiment(dataset=Spiral(), layers=(Dense(1410), Dense(1410)))
    assert 1_990_000 < fits.parameters <= MAX_PARAMETERS
    with pytest.raises(
        ValueError, match=r"would have 2,\d{3},\d{3} parameters, and 2,000,000 is the most"
    ):
        fits.changed(layers=(Dense(1412), Dense(1412)))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"batch_size": 0}, "batch_size must be a whole number from 1 to 10000, not 0"),
        ({"epochs": float("nan")}, "epochs must be a whole number"),
        ({"seed": "seven"}, "seed must be a whole number"),
        ({"output": ReLU()}, "needs the output activation Softmax"),
        ({"loss": BinaryCrossEntropy()}, "needs the output activation Sigmoid"),
        (
            {"dataset": Circles(), "loss": MSE(), "output": Softmax()},
            "Softmax needs two outputs or more",
        ),
        ({"layers": (Dense(4096), Dense(4096))}, "2,000,000 is the most"),
        ({"layers": (Dense(2),) * 13}, "at most 12"),
    ],
)
def test_a_wrong_mixture_gets_a_sentence(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Experiment().changed(**wrong)


@pytest.mark.parametrize(
    ("description", "sentence"),
    [
        (3, "set of named settings"),
        ({"version": 99}, "another version"),
        ({"colour": "red"}, "no setting called 'colour'"),
        ({"dataset": {"name": "iris"}}, "dataset must be one of spiral"),
        ({"layers": 3}, "layers must be a list"),
        ({"layers": [{"name": "Dense", "units": -1}]}, "units of Dense"),
        ({"optimizer": {"name": "Adam", "learning_rate": "fast"}}, "learning_rate of Adam"),
        ({"layers": [{"name": "Dense", "activation": 5}]}, "activation of Dense must be a name"),
        ({"regularizers": [{"name": "L2"}, {"name": "L2"}]}, "L2 is named 2 times"),
        ({"regularizers": [{"name": "Augmentation"}]}, "moves pictures"),
        ({"dataset": {"name": "bumps"}}, "this dataset has numbers: choose MSE"),
    ],
)
def test_a_strange_description_gets_a_sentence(description: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Experiment.from_dict(description)


def test_what_a_run_can_go_on_under() -> None:
    experiment = Experiment(optimizer=Adam(0.01))
    assert experiment.continues(experiment)
    assert experiment.changed(optimizer=Adam(0.1), epochs=7).continues(experiment)
    assert experiment.changed(regularizers=(L2(0.1),), optimizer=Adam(beta_1=0.5)).continues(
        experiment
    )
    for other in (
        experiment.changed(optimizer=Momentum()),
        experiment.changed(seed=1),
        experiment.changed(data_seed=1),
        experiment.changed(batch_size=5),
        experiment.changed(dataset=Spiral(noise=0.3)),
        experiment.changed(layers=()),
        experiment.changed(schedule=Cosine()),
        experiment.changed(initializer=Zeros()),
        experiment.changed(dataset=Circles(), loss=BinaryCrossEntropy(), output=Sigmoid()),
    ):
        assert not other.continues(experiment)


SUMMARIES = {
    "": "784-10",
    "64": "784-64-10",
    "Conv2D(8, 5), MaxPool2D, Conv2D(16), AvgPool2D, Flatten, Dropout(0.25), 64": (
        "28×28 – 8 filters – pooling – 16 filters – average pooling – dropout 0.25 – 64 – 10"
    ),
    "GRU(32)": "28×28 – GRU 32 – 10",
    "64, BatchNorm, LayerNorm": "28×28 – 64 – batch norm – layer norm – 10",
}


@pytest.mark.parametrize(("layers", "summary"), SUMMARIES.items())
def test_a_network_is_told_in_a_line_that_people_can_read(layers: str, summary: str) -> None:
    experiment = recommended("mnist").changed(layers=tuple(parse(LAYERS, layers, "layers")))
    assert experiment.summary == summary
    assert not any(name in summary for name in ("Conv2D", "Pool2D", "Flatten"))
    summary.encode("cp1252")  # so that any terminal can print it
