"""The link to share can be read by people, and says the same experiment to whoever opens it."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from engine import (
    L1,
    L2,
    Adam,
    Augmentation,
    Dense,
    LeakyReLU,
)
from lab.data.menu import DATASETS
from lab.runs import links
from lab.runs.experiment import Experiment
from lab.runs.presets import presets, recommended
from tests.pages.opening import ROOT
from ui.experiment.sharing import readable


@pytest.mark.slow
def test_a_goal_that_cannot_be_read_is_said() -> None:
    at = AppTest.from_file(str(ROOT / "pages" / "playground.py"), default_timeout=30)
    at.query_params["goal"] = "be good"
    at.run()
    assert not at.exception
    assert "The goal in the address cannot be read. A goal looks like" in at.warning[0].value


EXPERIMENTS = {
    **presets(),
    **{name: recommended(name) for name in DATASETS},
    "pulled": recommended("spiral").changed(regularizers=(L1(1e-5), L2(0.1)), optimizer=Adam(1e-5)),
    "moved": recommended("digits").changed(regularizers=(Augmentation(shift=1.5),)),
    "any text": recommended(DATASETS["tf-playground"](chance='it\'s 5 % + "a & b" = #1; ä?')),
    "bent": recommended("moons").changed(layers=(Dense(3, LeakyReLU()),)),
}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_shared_link_opens_the_same_experiment(name: str) -> None:
    experiment: Experiment = EXPERIMENTS[name]
    link = f"https://a.example/playground?{readable(links.to_params(experiment))}"
    opened, notes = links.read_link(link)
    assert opened == experiment
    assert notes == []
    assert "%25" not in link or "%" in str(links.to_params(experiment))  # nothing is encoded twice
    assert not re.search("%(28|29|2C|27|3D|3A|3B|2F)", link)


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), min_size=1))
@example({"a": "b&c=d+e f#g%h\"i'j", "ü": "1;2"})
@example({"=": "0"})
def test_every_value_comes_back_and_all_is_allowed_in_an_address(params: dict[str, str]) -> None:
    query = readable(params)
    assert dict(parse_qsl(query)) == params
    assert re.fullmatch(
        r"([A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-F]{2})*", query
    )  # RFC 3986, section 3.4
    assert urlsplit(f"https://a.example/?{query}").fragment == ""
