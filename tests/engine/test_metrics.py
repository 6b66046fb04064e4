import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as theirs

from engine import (
    accuracy,
    confusion_matrix,
    f1,
    macro,
    precision,
    r2,
    recall,
    roc_auc,
    top_k_accuracy,
    weighted,
)

pytestmark = pytest.mark.slow


@given(st.data(), st.integers(2, 6), st.integers(1, 60))
def test_metrics_agree_with_scikit_learn(data: st.DataObject, classes: int, n: int) -> None:
    labels = st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)
    true, answer = np.array(data.draw(labels)), np.array(data.draw(labels))
    ours, names = confusion_matrix(true, answer, classes), list(range(classes))
    np.testing.assert_array_equal(ours, theirs.confusion_matrix(true, answer, labels=names))
    assert accuracy(true, answer) == pytest.approx(theirs.accuracy_score(true, answer))
    for mine, other in (
        (precision, theirs.precision_score),
        (recall, theirs.recall_score),
        (f1, theirs.f1_score),
    ):
        settings = {"labels": names, "zero_division": 0}
        np.testing.assert_allclose(mine(ours), other(true, answer, average=None, **settings))
        average = other(true, answer, average="weighted", **settings)
        assert weighted(mine(ours), ours) == pytest.approx(average)
        assert macro(mine(ours)) == pytest.approx(other(true, answer, average="macro", **settings))


@given(st.data(), st.integers(3, 6), st.integers(1, 40))
def test_top_k_agrees_with_scikit_learn(data: st.DataObject, classes: int, n: int) -> None:
    rows = st.lists(
        st.integers(0, 4), min_size=classes, max_size=classes
    )  # few values: many are equal
    p = np.array(data.draw(st.lists(rows, min_size=n, max_size=n)), float)
    true = np.array(data.draw(st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)))
    for k in range(1, classes):
        expected = theirs.top_k_accuracy_score(true, p, k=k, labels=range(classes))
        assert top_k_accuracy(true, p, k) == pytest.approx(expected)
    assert top_k_accuracy(true, p, classes) == 1


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-5, 5)), min_size=2, max_size=60))
def test_roc_auc_agrees_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    true, score = np.array(pairs).T
    if len(set(true.tolist())) == 2:
        assert roc_auc(true, score / 7) == pytest.approx(theirs.roc_auc_score(true, score))
    else:
        assert np.isnan(roc_auc(true, score))


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=2, max_size=60))
def test_r2_agrees_with_scikit_learn(pairs: list[tuple[float, float]]) -> None:
    true, answer = np.array(pairs).T
    if np.ptp(true) > 1e-3:
        assert r2(true, answer) == pytest.approx(theirs.r2_score(true, answer), rel=1e-6, abs=1e-9)
    assert r2(true, true) == 1
