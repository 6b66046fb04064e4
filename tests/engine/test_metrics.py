import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as theirs

from engine import accuracy, confusion_matrix, f1, macro, precision, recall


@given(st.data(), st.integers(2, 6), st.integers(1, 60))
def test_metrics_agree_with_scikit_learn(data: st.DataObject, classes: int, n: int) -> None:
    labels = st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)
    true, answer = np.array(data.draw(labels)), np.array(data.draw(labels))
    ours, names = confusion_matrix(true, answer, classes), list(range(classes))
    np.testing.assert_array_equal(ours, theirs.confusion_matrix(true, answer, labels=names))
    assert accuracy(true, answer) == pytest.approx(theirs.accuracy_score(true, answer))
    for mine, other in ((precision, theirs.precision_score), (recall, theirs.recall_score), (f1, theirs.f1_score)):
        settings = {"labels": names, "zero_division": 0}
        np.testing.assert_allclose(mine(ours), other(true, answer, average=None, **settings))
        assert macro(mine(ours)) == pytest.approx(other(true, answer, average="macro", **settings))
