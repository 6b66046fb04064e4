"""What the lesson lets one do, and what it says: no more than the engine computes."""

import numpy as np
import pytest

from lab.data.names import LETTERS, codes_of, make_names
from lab.explain.own_names import read_name, sample
from lab.runs.presets import recommended, writers
from lab.runs.run import Run
from lab.workers.questions import ReadQuestion, WriteQuestion
from tests.pages.learn.lesson_page import page_of, told, train

pytestmark = pytest.mark.slow

VOWELS, SECOND = ([i for i, each in enumerate(LETTERS) if each in kind] for kind in ("aeiou", "ei"))
NEW = [name for i, name in enumerate(make_names(1000)) if i % 5 == 0]  # which none learns from
# beginnings behind which a vowel has to come, of a kind that is known
BEGUN = [
    name[:at]
    for name in NEW
    for at in range(2, len(name))
    if name[at - 1] in "bdgkmtv" and set(name[:at]) & set("aeiou")
]


def shares(run: Run) -> tuple[float, float]:
    """How much it gives to vowels where one has to come, and of that to the right kind."""
    p = run.network.outputs(np.array([codes_of(text) for text in BEGUN])).astype(float)
    vowels, second = p[:, VOWELS].sum(axis=1), p[:, SECOND].sum(axis=1)
    right = np.where([bool(set(text) & set("ei")) for text in BEGUN], second, vowels - second)
    return float(vowels.mean()), float((right / vowels).mean())


@pytest.fixture(scope="module")
def trained() -> dict[str, tuple[Run, dict[int, tuple[float, float]]]]:
    """Both networks of the lesson, and what they gave to vowels after each of some epochs."""
    made = {}
    for name, experiment in writers().items():
        run, after = Run(experiment), {}
        for epoch in (1, 6, experiment.epochs):
            run.work(1e9, last_epoch=epoch)
            after[epoch] = shares(run)
        made[name] = run, after
    return made


Trained = dict[str, tuple[Run, dict[int, tuple[float, float]]]]


def test_both_find_both_rules_within_a_few_epochs_and_much_stays_chance(trained: Trained) -> None:
    for run, after in trained.values():
        assert max(after[1]) < 0.65
        assert min(after[6]) > 0.93
        assert 0.25 < run.history[-1].test_accuracy < 0.3
    assert "Within a few epochs both find" in told("letter_by_letter")
    assert "Hardly more than a quarter" in told("letter_by_letter")


def test_a_low_temperature_makes_names_alike_and_a_high_one_breaks_rules(trained: Trained) -> None:
    for run, _ in trained.values():
        low, usual, high = (sample(run.network, 20, 100, t, 5) for t in (0.1, 1.0, 2.0))
        assert low.rules > 95 > usual.rules > 75 > 50 > high.rules
        assert len(set(low.names)) < 70 < 95 < len(set(usual.names))
        assert usual.one_kind > 90
        assert usual.new > 80  # it makes names, and does not know them by heart
        assert sample(run.network, 20, 100, 1.0, 5) == usual


def test_a_unit_follows_the_kind_of_the_vowels_to_the_end(trained: Trained) -> None:
    run, _ = trained["With a memory"]
    follows = read_name(run.network, "").follows
    kinds = [abs(r) if what == "the kind of the vowels" else 0 for what, r in follows]
    unit = int(np.argmax(kinds))
    assert kinds[unit] > 0.95
    agree = []
    for name in NEW[:60]:
        reading = read_name(run.network, name)
        assert reading.weights is None
        assert reading.memory is not None
        first = next(i for i, letter in enumerate(name) if letter in "aeiou") + 1
        side = np.sign(follows[unit][1]) * (1 if set(name) & set("ei") else -1)
        agree += (np.sign(reading.memory[first:, unit]) == side).tolist()
    assert np.mean(agree) > 0.95


def test_attention_takes_far_more_from_a_vowel_than_from_a_consonant(trained: Trained) -> None:
    run, _ = trained["With attention"]
    taken: dict[bool, list[float]] = {True: [], False: []}
    for name in NEW[:60]:
        reading = read_name(run.network, f"{name}Q7é")  # what it does not know is left out
        assert reading.letters == name
        assert reading.memory is None
        assert reading.weights is not None
        assert np.allclose(reading.weights.sum(axis=1), 1)
        assert np.allclose(reading.chances.sum(axis=1), 1)
        for at in range(3, len(name) + 1):
            for letter, share in zip(name[:at], reading.weights[at, 1:], strict=False):
                taken[letter in "aeiou"].append(float(share))
    assert np.mean(taken[True]) > 2.5 * np.mean(taken[False])
    assert "several times as much" in told("letter_by_letter")


def test_a_worker_is_asked_only_of_names() -> None:
    digits = Run(recommended("digits").changed(layers=(), epochs=1))
    assert WriteQuestion(3, 1.0, 0).answer(digits) is None
    assert ReadQuestion("tomaran").answer(digits) is None
    fresh = Run(writers()["With a memory"])
    written = WriteQuestion(3, 1.0, 0).answer(fresh)
    assert written is not None
    assert (written.epoch, len(written.names)) == (0, 3)


def test_the_page_shows_what_they_write_and_what_is_inside(visit) -> None:
    at = visit("letter_by_letter")
    assert page_of(at).count("<td>0.0</td>") == 2  # what the untrained ones write
    train(at, "l18.run")
    page = page_of(at)
    assert page.count("<td>20.0</td>") == 2
    assert "Where it looks" in page
    before = page
    at.slider(key="l18.temperature").set_value(0.1).run()
    assert page_of(at) != before
    for word in ("kelini", "", "QQQ", "tomaranatuloxx"):
        at.text_input(key="l18.word").set_value(word).run()
        assert not at.exception
    at.selectbox(key="l18.unit").set_value("Unit 7").run()
    assert "The memory of unit 7" in page_of(at)
    assert any("Unit 7 of 32." in said.value for said in at.caption)
