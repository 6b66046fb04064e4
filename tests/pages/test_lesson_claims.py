"""What the lessons say is held to what the engine computes: no sentence of theirs claims more than that."""

from hypothesis import example, given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from lab.course import LESSONS, done_in

# --- the address ------------------------------------------------------------------------------------------------------


ODD = st.lists(st.integers() | st.text("0123456789²٣-+ _", max_size=9), max_size=40)


@given(st.text(max_size=300) | ODD.map(lambda parts: ",".join(map(str, parts))))
@example("9" * 5000)
@example("²,٣,-1,+2,1_0,０３")
@example("3,3, 3 ,18,0")
@example("," * 10_000)
def test_any_address_tells_which_lessons_are_done(address: str) -> None:
    done = done_in(address)
    assert done <= {one.number for one in LESSONS}
    assert done_in(",".join(map(str, done))) == done
    assert (3 in done) == ("3" in [part.strip() for part in address.split(",")])


def test_an_address_of_many_digits_opens_the_course() -> None:
    def page() -> None:
        import streamlit as st

        from ui import lesson

        lesson.remember()
        st.text(sorted(st.session_state["lesson.done"]))

    at = AppTest.from_function(page)
    at.query_params["done"] = "9" * 5000 + ",7"
    at.run()
    assert not at.exception
    assert at.text[0].value == "[7]"
