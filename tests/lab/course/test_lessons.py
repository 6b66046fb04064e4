"""Which lessons are done, as an address says it."""

from hypothesis import example, given
from hypothesis import strategies as st

from lab.course.lessons import LESSONS, parse_done

ODD = st.lists(st.integers() | st.text("0123456789²٣-+ _", max_size=9), max_size=40)


@given(st.text(max_size=300) | ODD.map(lambda parts: ",".join(map(str, parts))))
@example("9" * 5000)
@example("²,٣,-1,+2,1_0,０３")
@example("3,3, 3 ,18,0")
@example("," * 10_000)
def test_any_address_tells_which_lessons_are_done(address: str) -> None:
    done = parse_done(address)
    assert done <= {one.number for one in LESSONS}
    assert parse_done(",".join(map(str, done))) == done
    assert (3 in done) == ("3" in [part.strip() for part in address.split(",")])
