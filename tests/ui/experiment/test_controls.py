import re

from hypothesis import given
from hypothesis import strategies as st

from ui.experiment.controls import as_written, sentence, unmarked_sentence

MARKS = "\\`*_[]<>$~|&#"


@given(
    st.text(
        alphabet=st.one_of(
            st.sampled_from(MARKS + ":@w./ \n"), st.characters(exclude_categories=["Cs"])
        )
    )
)
def test_what_is_escaped_shows_the_same_letters_and_marks_nothing(text: str) -> None:
    shown = as_written(text)
    letters = re.sub(r"\\([\\`*_\[\]<>$~|&#])", r"\1", shown).replace("\u200b", "")
    assert letters == " ".join(text.split()).replace("\u200b", "")
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]<>$~|&#]", shown)
    assert not re.search(r"[:@](?=[^\s\u200b])|www\.", shown)


def test_a_sentence_begins_large_and_ends_once() -> None:
    assert unmarked_sentence(ValueError("batch_size must be 1..")) == "Batch_size must be 1."
    assert sentence(ValueError("batch_size must be 1.")) == "Batch\\_size must be 1."
