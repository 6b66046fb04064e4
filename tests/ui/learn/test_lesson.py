"""What a lesson remembers of a visit."""

from streamlit.testing.v1 import AppTest


def test_an_address_of_many_digits_opens_the_course() -> None:
    def page() -> None:
        import streamlit as st

        from ui.learn import lesson

        lesson.remember()
        st.text(sorted(st.session_state["belongings"].done))

    at = AppTest.from_function(page)
    at.query_params["done"] = "9" * 5000 + ",7"
    at.run()
    assert not at.exception
    assert at.text[0].value == "[7]"
