"""The kind of a computer names all that the bits depend on, and how two differ."""

import json
import os
import subprocess
import sys

import pytest

from lab.sweeps.kind import in_words, kind_here, unlike
from tests.lab.cli.running import ROOT

pytestmark = pytest.mark.slow


def kind_of(**environment: str) -> dict[str, str]:
    code = "import json\nfrom lab.sweeps.kind import kind_here\nprint(json.dumps(kind_here()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_another_process_is_of_the_same_kind() -> None:
    assert kind_of() == kind_here()
    assert unlike(kind_of(), kind_here(), "there", "here") == ""


def test_other_kernels_or_threads_are_another_kind() -> None:
    other = kind_of(OPENBLAS_CORETYPE="Nehalem", OPENBLAS_NUM_THREADS="2")
    said = unlike(other, kind_here(), "there", "here")
    assert said.startswith("there the core type is ")
    assert "Nehalem" in said
    assert "threads of linear algebra is 2, here the core type is" in said
    assert said.endswith("threads of linear algebra is 1")
    assert "NumPy" not in said


def test_a_kind_is_written_in_a_line() -> None:
    words = in_words(kind_here())
    assert "NumPy 2." in words
    assert words.isprintable()
    missing = unlike({}, {"NumPy": "2"}, "there", "here")
    assert missing == "there NumPy is unknown, here NumPy is 2"
