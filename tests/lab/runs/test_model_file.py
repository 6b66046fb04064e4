import contextlib
import io
import json
import math
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

from engine import (
    L1,
    OPTIMIZERS,
    SCHEDULES,
    BatchNorm,
    Dense,
    Dropout,
    EarlyStopping,
    GradientClipping,
    NAdam,
    ReduceOnPlateau,
    ReLU,
)
from lab.data import cache
from lab.data.image_sets import SETS, STAND_IN
from lab.data.menu import DATASETS
from lab.runs import model_file
from lab.runs.history import History
from lab.runs.model_file import ModelError
from lab.runs.model_header import parse_header
from lab.runs.presets import recommended
from lab.runs.run import FINISHED, READY, RESTED, Run


@pytest.fixture(scope="module")
def content() -> bytes:
    run = Run(recommended("moons"))
    run.step_epoch()
    return model_file.to_bytes(run)


def remade(content: bytes, metadata: dict[str, str] | None = None, **arrays: object) -> bytes:
    kept = load(content)
    for name, values in arrays.items():
        kept.pop(name.replace("_", "."), None)
        if values is not None:
            kept[name.replace("_", ".")] = values
    described = parse_header(content)[1] | (metadata or {})
    return save(kept, {key: value for key, value in described.items() if value is not None})


def test_a_model_comes_back_bit_for_bit(content: bytes) -> None:
    run = Run(recommended("moons"))
    run.step_epoch()
    model = model_file.from_bytes(content)
    assert model.network.theta.tobytes() == run.network.theta.tobytes()
    assert model.experiment == run.experiment
    assert model.classes == ("A", "B")
    assert model.figures["test_accuracy"] == run.history[-1].test_accuracy


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_networks_of_every_kind_come_back(dataset: str, optimizer: str) -> None:
    few = (
        {"strokes": 50} if dataset == "mnist-strokes" else {}
    )  # all of them take ten seconds to draw
    experiment = recommended(DATASETS[dataset](**few)).changed(optimizer=OPTIMIZERS[optimizer]())
    model = model_file.from_bytes(model_file.to_bytes(run := Run(experiment)))
    assert model.network.theta.tobytes() == run.network.theta.tobytes()
    assert (model.experiment, model.classes) == (experiment, experiment.dataset.class_names)


@pytest.fixture
def without_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Takes MNIST and Fashion-MNIST away, as on another computer."""

    def leave() -> None:
        monkeypatch.delenv("GLASSBOX_DATA_DIR", raising=False)
        monkeypatch.setattr(cache, "cache_dir", lambda: tmp_path)

    return leave


PICTURES = {
    "mnist": ", ten digits",
    "mnist-strokes": " and drawn digits",
    "mnist-binary": ", 0 or not",
    "fashion-mnist": "",
}


def trained_on(dataset: str) -> bytes:
    few = (
        {"strokes": 50}
        if dataset == "mnist-strokes"
        else {"train_size": 500}
        if dataset == "mnist"
        else {}
    )
    run = Run(recommended(DATASETS[dataset](**few)).changed(layers=(), batch_size=500))
    run.step_batch()
    return model_file.to_bytes(run)


@pytest.mark.parametrize("dataset", PICTURES)
def test_a_file_says_on_which_pictures_its_figures_were_measured(
    dataset: str, without_pictures: Callable[[], None]
) -> None:
    without_pictures()
    content = trained_on(dataset)
    figures = model_file.from_bytes(content).figures
    assert figures["data"] == STAND_IN
    assert figures["dataset"] == STAND_IN + PICTURES[dataset]
    assert model_file.resumed(model_file.from_bytes(content)).data.source == STAND_IN


@pytest.mark.parametrize("dataset", PICTURES)
def test_training_does_not_go_on_from_a_file_with_other_pictures(
    dataset: str, without_pictures: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = DATASETS[dataset].name
    if cache.find(kept) is None:
        with monkeypatch.context() as changed:  # another computer, which has them
            changed.setattr("lab.runs.model_file.source_here", lambda _: kept)
            with pytest.raises(ModelError, match="here it would go on with"):
                model_file.resumed(model_file.from_bytes(trained_on(dataset)))
        return
    real = trained_on(dataset)
    assert model_file.from_bytes(real).figures["dataset"] == SETS[kept] + PICTURES[dataset]
    with monkeypatch.context() as changed:
        changed.delenv("GLASSBOX_DATA_DIR", raising=False)
        changed.setattr(cache, "cache_dir", lambda: Path("/nowhere"))
        model, standing_in = model_file.from_bytes(real), trained_on(dataset)
        with pytest.raises(
            ModelError, match=f"figures are of {SETS[kept]}, and here .* with {STAND_IN}"
        ):
            model_file.resumed(model)
        assert model.figures["data"] == kept  # what was measured elsewhere stays what it was
    with pytest.raises(
        ModelError, match=f"figures are of {STAND_IN}, and here .* with {SETS[kept]}"
    ):
        model_file.resumed(model_file.from_bytes(standing_in))
    assert model_file.resumed(model_file.from_bytes(real)).data.source == kept


def retyped(content: bytes, dtype: str, size: int) -> bytes:
    """The same description, with zeros of another type of numbers for weights."""
    length = int.from_bytes(content[:8], "little")
    header, start = json.loads(content[8 : 8 + length]), 0
    for entry in (entry for name, entry in header.items() if name != "__metadata__"):
        stop = start + size * int(np.prod(entry["shape"]))
        entry |= {"dtype": dtype, "data_offsets": [start, stop]}
        start = stop
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(start)


def twice(content: bytes, name: bytes) -> bytes:
    length = int.from_bytes(content[:8], "little")
    header = content[8 : 8 + length]
    start = header.index(name)
    stop = header.index(b"}", start) + 1
    header = header[:stop] + b"," + header[start:stop] + header[stop:]
    return len(header).to_bytes(8, "little") + header + content[8 + length :]


def zipped(name: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, "content")
    return stream.getvalue()


def bad_files(content: bytes) -> dict[str, tuple[bytes, str]]:
    wrong = np.zeros((3, 3), np.float32)
    nan = np.full((2, 16), np.nan, np.float32)
    description = json.loads(parse_header(content)[1]["experiment"])
    newer = json.dumps(description | {"version": 99})
    larger = json.dumps(description | {"layers": [{"name": "Dense", "units": 4096}] * 3})
    strange = json.dumps(description | {"optimizer": {"name": "Warp"}})
    return {
        "empty": (b"", "not a whole safetensors file"),
        "truncated": (content[: len(content) // 2], "not a whole safetensors file"),
        "pickle": (pickle.dumps({"W": [1]}), "this is a pickle"),
        "zip of a pickle": (zipped("archive/data.pkl"), "a PyTorch file, a pickle in a zip"),
        "other zip": (zipped("a.txt"), "this is a zip archive: only safetensors"),
        "npz": (zipped("W.npy"), "these are NumPy arrays"),
        "docx": (zipped("[Content_Types].xml"), "this is an office document"),
        "old pickle": (
            pickle.dumps({"W": [1]}, protocol=0),
            "this is a pickle of the old kind|not a whole",
        ),
        "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(100), "this is an HDF5 file"),
        "JSON": (b'{"history": []}', "this is JSON"),
        "text": (b"Dear network", "this is a text"),
        "huge header": (b"\xff" * 8 + content[8:], "header is longer than all of it"),
        "array twice": (twice(content, b'"1.W"'), "'1.W' is in it twice"),
        "setting twice": (
            remade(content, {"experiment": '{"version": 2, "seed": 1, "seed": 2}'}),
            "'seed' is in it twice",
        ),
        "too large": (content + bytes(model_file.MAX_BYTES), "larger than"),
        "wrong shape": (remade(content, **{"1_W": wrong}), "has the shape"),
        "missing": (remade(content, **{"1_W": None}), "missing or too many"),
        "extra": (remade(content, **{"9_W": wrong}), "missing or too many"),
        "not a number": (remade(content, **{"1_W": nan}), "not a finite number"),
        "whole numbers": (
            remade(content, **{"1_W": np.zeros((2, 16), np.int32)}),
            "not a finite number",
        ),
        "other program's": (remade(content, {"format": "pt"}), "not saved by Glassbox"),
        "newer": (remade(content, {"experiment": newer}), "another version"),
        "strange": (remade(content, {"experiment": strange}), "optimizer must be one of"),
        "bad JSON": (remade(content, {"experiment": "{"}), "cannot be read"),
        "wrong classes": (
            remade(content, {"classes": '["A"]'}),
            "must be those of its dataset, A, B, not 'A'",
        ),
        "same class twice": (remade(content, {"classes": '["A", "A"]'}), "class"),
        "no metadata": (save(load(content)), "not saved by Glassbox"),
        "no description": (remade(content, {"experiment": None}), "cannot be read"),
        "bad list": (remade(content, {"classes": "3"}), "cannot be read"),
        "deep description": (remade(content, {"experiment": "[" * 100_000}), "cannot be read"),
        "deep classes": (remade(content, {"classes": "[" * 100_000}), "cannot be read"),
        "figures of NaN": (
            remade(content, {"figures": '{"test_accuracy": NaN}'}),
            "cannot be read",
        ),
        "beyond float32": (remade(content, **{"1_W": np.full((2, 16), 1e300)}), "finite number"),
        "complex": (
            remade(content, **{"1_W": np.zeros((2, 16), np.complex64)}),
            "not a finite number",
        ),
        "brain floats": (retyped(content, "BF16", 2), "numbers of the type 'BF16'"),
        "eighth floats": (retyped(content, "F8_E4M3", 1), "numbers of the type 'F8_E4M3'"),
        "too many parameters": (remade(content, {"experiment": larger}), "2,000,000 is the most"),
    }


@pytest.mark.parametrize("name", bad_files(model_file.to_bytes(Run(recommended("moons")))))
def test_every_wrong_file_gets_its_sentence(content: bytes, name: str) -> None:
    bad, sentence = bad_files(content)[name]
    with pytest.raises(ModelError, match=sentence):
        model_file.from_bytes(bad)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be opened"):
        model_file.read(tmp_path / "none.safetensors")


def test_a_file_too_large_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as file:
        file.truncate(10**12)  # takes no room on the disk; reading it would take all memory
    with pytest.raises(ModelError, match="larger than 84 MB"):
        model_file.read(path)


@given(data=st.data())
def test_damage_anywhere_gives_a_sentence_or_a_network_that_still_works(
    content: bytes, data: st.DataObject
) -> None:
    header = 8 + int.from_bytes(content[:8], "little")
    places = st.one_of(st.integers(0, header - 1), st.integers(0, len(content) - 1))
    damaged = bytearray(content)
    for place, byte in data.draw(
        st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=4)
    ):
        damaged[place] = byte
    end = data.draw(st.sampled_from([len(content), len(content) - 1, header, header - 1]))
    with contextlib.suppress(ModelError):
        model = model_file.from_bytes(bytes(damaged[:end]))
        assert np.isfinite(model.network.theta).all()


def test_sums_that_overflow_in_the_trial_make_no_noise(content: bytes) -> None:
    largest = np.full((2, 16), 3e38, np.float32)
    with contextlib.suppress(
        ModelError
    ):  # whichever it is: no warning, which would be an error here
        assert np.isfinite(
            model_file.from_bytes(remade(content, **{"1_W": largest})).network.theta
        ).all()


MIXED = recommended("moons").changed(
    layers=(Dense(8, ReLU()), BatchNorm(), Dropout(0.2)),
    epochs=12,
    batch_size=32,
    optimizer=NAdam(),
    schedule=ReduceOnPlateau(patience=1),
    regularizers=(EarlyStopping(4), GradientClipping()),
)


def histories(run: Run) -> list[tuple[float, ...]]:
    while run.status == READY:
        run.work(1.0)
    return [row._replace(seconds=0.0) for row in run.history]


@given(steps=st.integers(0, 83), slices=st.integers(0, 3))
@settings(max_examples=40)
def test_a_run_goes_on_from_a_file_bit_for_bit_wherever_it_was_saved(
    steps: int, slices: int
) -> None:
    whole = Run(MIXED, thin=False)
    expected = histories(whole)
    one = Run(MIXED, thin=False)
    if steps:
        one.work(math.inf, steps)
    for _ in range(slices):  # which may end between an epoch's last step and its measurement
        one.work(0.0)
    content = model_file.to_bytes(one)
    other = model_file.resumed(model_file.from_bytes(content), thin=False)
    assert other.position == one.position
    assert histories(other) == expected
    assert other.network.theta.tobytes() == whole.network.theta.tobytes()
    assert other.network.buffers.tobytes() == whole.network.buffers.tobytes()
    assert (other.status, other.message) == (whole.status, whole.message)
    assert [p[1:] for p in other.curve] == [p[1:] for p in whole.curve]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimizer_and_schedule_goes_on_from_a_file(optimizer: str, schedule: str) -> None:
    experiment = MIXED.changed(
        optimizer=OPTIMIZERS[optimizer](), schedule=SCHEDULES[schedule](), epochs=6
    )
    whole, one = Run(experiment), Run(experiment)
    one.work(math.inf, 17)
    other = model_file.resumed(model_file.from_bytes(model_file.to_bytes(one)))
    assert histories(other) == histories(whole)
    assert other.network.theta.tobytes() == whole.network.theta.tobytes()


def test_a_finished_run_goes_on_for_more_epochs() -> None:
    one = Run(recommended("moons").changed(epochs=3), thin=False)
    histories(one)
    content = model_file.to_bytes(one)
    assert model_file.resumed(model_file.from_bytes(content)).status == "finished"
    longer = model_file.resumed(model_file.from_bytes(content), epochs=5, thin=False)
    assert histories(longer) == histories(Run(recommended("moons").changed(epochs=5), thin=False))


def notes_changed(content: bytes, **changes: object) -> bytes:
    notes = json.loads(parse_header(content)[1]["resume"])
    for path, value in changes.items():
        place, name = notes, path
        if "__" in path:
            owner, name = path.split("__")
            place = notes[owner]
        if value is None:
            place.pop(name)
        else:
            place[name] = value
    return remade(content, {"resume": json.dumps(notes)})


def test_a_file_that_training_cannot_go_on_from_says_why() -> None:
    run = Run(recommended("moons"))
    run.work(math.inf, 10)
    content = model_file.to_bytes(run)
    assert len(model_file.to_bytes(run, weights_only=True)) < len(content)
    wrong = {
        "only weights": model_file.to_bytes(run, weights_only=True),
        "is not all there": notes_changed(content, chance=None),
        "do not fit together": notes_changed(content, bookmark__step=3),
        "whole number": notes_changed(content, bookmark__step=-3),
        "neither at work nor finished": notes_changed(content, status="diverged"),
        "remembered must be": notes_changed(content, optimizer__power_1="x"),
        "wrong shape": remade(content, optimizer_m=np.zeros(3, np.float32)),
        "not finite": remade(
            content, optimizer_m=np.full(len(run.network.theta), np.nan, np.float32)
        ),
        "cannot go on": remade(content, optimizer_m=None),
        "PCG64": notes_changed(content, chance={"bit_generator": "MT19937", "state": {}}),
    }
    for sentence, bad in wrong.items():
        with pytest.raises(ModelError, match=sentence):
            model_file.resumed(model_file.from_bytes(bad))
    with pytest.raises(ModelError, match="missing or too many"):
        model_file.from_bytes(remade(content, optimizer_x=np.zeros(3, np.float32)))


KEEPING = recommended("moons").changed(
    layers=(Dense(8, ReLU()), BatchNorm()),
    epochs=6,
    regularizers=(EarlyStopping(3), L1(0.001, "yes")),
)


def test_a_run_with_all_that_can_be_remembered_beside_buffers_goes_on() -> None:
    whole, one = Run(KEEPING, thin=False), Run(KEEPING, thin=False)
    one.work(math.inf, 17)
    other = model_file.resumed(model_file.from_bytes(model_file.to_bytes(one)), thin=False)
    assert histories(other) == histories(whole)
    assert other.network.theta.tobytes() == whole.network.theta.tobytes()


def test_a_run_that_had_its_half_hour_can_be_opened_again() -> None:
    run = Run(recommended("moons"))
    run.step_epoch()
    run.status, run.message = FINISHED, RESTED
    other = model_file.resumed(model_file.from_bytes(model_file.to_bytes(run)), epochs=1)
    assert (other.status, other.message) == (FINISHED, RESTED)


@pytest.mark.parametrize("steps", [35, 40])  # within an epoch of ten steps, and at its end
def test_with_fewer_epochs_than_were_made_a_run_goes_to_the_end_of_its_epoch(steps: int) -> None:
    run = Run(recommended("moons").changed(epochs=10))
    run.work(math.inf, steps)
    content = model_file.to_bytes(run)
    for other in (
        model_file.resumed(model_file.from_bytes(content), 2),
        model_file.resumed(
            model_file.from_bytes(
                remade(
                    content, {"experiment": json.dumps(run.experiment.changed(epochs=1).to_dict())}
                )
            )
        ),
        model_file.resumed(
            model_file.from_bytes(
                notes_changed(
                    content,
                    bookmark__epoch=50,
                    bookmark__step=49 * run.batches + run.position.batch,
                    measured=49,
                )
            )
        ),
    ):
        epoch = other.position.epoch
        for _ in range(5):
            other.work(math.inf, other.batches)
        assert other.status == FINISHED
        assert other.position.epoch <= epoch + 1


def test_no_array_that_is_remembered_is_taken_that_does_not_fit(
    recwarn: pytest.WarningsRecorder,
) -> None:
    run = Run(KEEPING)
    run.work(math.inf, 17)
    content, count = model_file.to_bytes(run), len(run.network.theta)
    whole = count + len(run.network.buffers)
    for sentence, bad in {
        "L1.alive has the wrong shape": remade(content, L1_alive=np.ones(whole, np.float32)),
        "optimizer.m has the wrong shape": remade(content, optimizer_m=np.zeros(whole, np.float32)),
        "optimizer.m has the wrong shape or kind": remade(
            content, optimizer_m=np.zeros(count, np.complex64)
        ),
        "optimizer.m holds something that is not finite": remade(
            content, optimizer_m=np.full(count, 1e300)
        ),
        "optimizer.s is a sum of squares": remade(content, optimizer_s=-np.ones(count, np.float32)),
        "EarlyStopping.kept has the wrong shape": remade(
            content, EarlyStopping_kept=np.ones(count, np.float32)
        ),
        "begun as another experiment": notes_changed(content, begun=recommended("xor").to_dict()),
    }.items():
        with pytest.raises(ModelError, match=sentence):
            model_file.resumed(model_file.from_bytes(bad))
    assert not recwarn.list


def test_a_history_that_is_longer_than_a_file_may_hold_is_thinned_and_goes_on() -> None:
    run = Run(recommended("moons").changed(epochs=30_000), thin=False)
    run.step_epoch()
    first = run.history[0]
    run.history = History((first._replace(epoch=n) for n in range(1, 25_001)), stride=0)
    run.training_position.epoch, run.training_position.batch = 25_000, run.batches
    run.training_position.step, run.measured = 25_000 * run.batches, 25_000
    again = model_file.resumed(model_file.from_bytes(model_file.to_bytes(run)))
    epochs = [row.epoch for row in again.history]
    assert (len(epochs) <= 10_000, epochs[:2], epochs[-1]) == (True, [4, 8], 25_000)
