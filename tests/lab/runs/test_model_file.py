"""Models come back from files bit for bit, and every wrong file gets its sentence."""

import contextlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save

from engine import (
    OPTIMIZERS,
)
from lab.data import cache
from lab.data.image_sets import SETS, STAND_IN
from lab.data.menu import DATASETS
from lab.runs import model_file
from lab.runs.model_file import ModelError
from lab.runs.model_header import parse_header
from lab.runs.presets import recommended
from lab.runs.run import Run
from tests.lab.runs.altered import remade


def test_a_model_comes_back_bit_for_bit(content: bytes) -> None:
    run = Run(recommended("moons"))
    run.step_epoch()
    model = model_file.from_bytes(content)
    assert model.network.theta.tobytes() == run.network.theta.tobytes()
    assert model.experiment == run.experiment
    assert model.classes == ("A", "B")
    assert model.figures["test_accuracy"] == run.history[-1].test_accuracy


@pytest.mark.parametrize(
    ("dataset", "optimizer"),
    [(name, "Adam") for name in DATASETS]
    + [("moons", name) for name in OPTIMIZERS if name != "Adam"],
)
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


WRONG = np.zeros((3, 3), np.float32)
NAN = np.full((2, 16), np.nan, np.float32)


def described(content: bytes, **changes: object) -> bytes:
    """The same weights, of another experiment."""
    description = json.loads(parse_header(content)[1]["experiment"])
    return remade(content, {"experiment": json.dumps(description | changes)})


BAD: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "not a whole safetensors file"),
    "truncated": (lambda content: content[: len(content) // 2], "not a whole safetensors file"),
    "pickle": (lambda _: pickle.dumps({"W": [1]}), "this is a pickle"),
    "zip of a pickle": (lambda _: zipped("archive/data.pkl"), "a PyTorch file, a pickle in a zip"),
    "other zip": (lambda _: zipped("a.txt"), "this is a zip archive: only safetensors"),
    "npz": (lambda _: zipped("W.npy"), "these are NumPy arrays"),
    "docx": (lambda _: zipped("[Content_Types].xml"), "this is an office document"),
    "old pickle": (
        lambda _: pickle.dumps({"W": [1]}, protocol=0),
        "this is a pickle of the old kind|not a whole",
    ),
    "HDF5": (lambda _: b"\x89HDF\r\n\x1a\n" + bytes(100), "this is an HDF5 file"),
    "JSON": (lambda _: b'{"history": []}', "this is JSON"),
    "text": (lambda _: b"Dear network", "this is a text"),
    "huge header": (lambda content: b"\xff" * 8 + content[8:], "header is longer than all of it"),
    "array twice": (lambda content: twice(content, b'"1.W"'), "'1.W' is in it twice"),
    "setting twice": (
        lambda content: remade(content, {"experiment": '{"version": 2, "seed": 1, "seed": 2}'}),
        "'seed' is in it twice",
    ),
    "too large": (lambda content: content + bytes(model_file.MAX_BYTES), "larger than"),
    "wrong shape": (lambda content: remade(content, **{"1_W": WRONG}), "has the shape"),
    "missing": (lambda content: remade(content, **{"1_W": None}), "missing or too many"),
    "extra": (lambda content: remade(content, **{"9_W": WRONG}), "missing or too many"),
    "not a number": (lambda content: remade(content, **{"1_W": NAN}), "not a finite number"),
    "whole numbers": (
        lambda content: remade(content, **{"1_W": np.zeros((2, 16), np.int32)}),
        "not a finite number",
    ),
    "other program's": (lambda content: remade(content, {"format": "pt"}), "not saved by Glassbox"),
    "newer": (lambda content: described(content, version=99), "another version"),
    "strange": (
        lambda content: described(content, optimizer={"name": "Warp"}),
        "optimizer must be one of",
    ),
    "bad JSON": (lambda content: remade(content, {"experiment": "{"}), "cannot be read"),
    "wrong classes": (
        lambda content: remade(content, {"classes": '["A"]'}),
        "must be those of its dataset, A, B, not 'A'",
    ),
    "same class twice": (lambda content: remade(content, {"classes": '["A", "A"]'}), "class"),
    "no metadata": (lambda content: save(load(content)), "not saved by Glassbox"),
    "no description": (lambda content: remade(content, {"experiment": None}), "cannot be read"),
    "bad list": (lambda content: remade(content, {"classes": "3"}), "cannot be read"),
    "deep description": (
        lambda content: remade(content, {"experiment": "[" * 100_000}),
        "cannot be read",
    ),
    "deep classes": (lambda content: remade(content, {"classes": "[" * 100_000}), "cannot be read"),
    "figures of NaN": (
        lambda content: remade(content, {"figures": '{"test_accuracy": NaN}'}),
        "cannot be read",
    ),
    "beyond float32": (
        lambda content: remade(content, **{"1_W": np.full((2, 16), 1e300)}),
        "finite number",
    ),
    "complex": (
        lambda content: remade(content, **{"1_W": np.zeros((2, 16), np.complex64)}),
        "not a finite number",
    ),
    "brain floats": (lambda content: retyped(content, "BF16", 2), "numbers of the type 'BF16'"),
    "eighth floats": (
        lambda content: retyped(content, "F8_E4M3", 1),
        "numbers of the type 'F8_E4M3'",
    ),
    "too many parameters": (
        lambda content: described(content, layers=[{"name": "Dense", "units": 4096}] * 3),
        "2,000,000 is the most",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_every_wrong_file_gets_its_sentence(content: bytes, name: str) -> None:
    spoil, sentence = BAD[name]
    bad = spoil(content)
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
