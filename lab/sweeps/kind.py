"""The kind of a computer: all that the bits of a trial depend on besides its experiment.

Two computers of one kind get the same bits. So trials of another kind are not mixed in.
"""

import hashlib
import platform
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

LAB = Path(__file__).resolve().parents[1]
FOLDERS = (LAB.parent / "engine", LAB / "data", LAB / "runs", LAB / "sweeps")

Kind = dict[str, str]


@cache
def kind_here() -> Kind:
    """Return the kind of this process, part by part."""
    kernels, threads = _linear_algebra()
    simd: Any = np.show_config(mode="dicts")
    extensions = simd["SIMD Extensions"].get("found") or simd["SIMD Extensions"]["baseline"]
    return {
        "Glassbox": _hash_of_the_code(),
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "NumPy": np.__version__,
        "the core type": f"{platform.machine()} {kernels} {extensions[-1]}",
        "threads of linear algebra": threads,
    }


def _linear_algebra() -> tuple[str, str]:
    """Return which kernels linear algebra has for this processor, and how many threads."""
    libraries = [each for each in threadpool_info() if each.get("user_api") == "blas"]
    kernels = {each.get("architecture") or each["internal_api"] for each in libraries}
    threads = {str(each["num_threads"]) for each in libraries}
    return "+".join(sorted(kernels)), "+".join(sorted(threads))


def _hash_of_the_code() -> str:
    """Return eight letters that stand for the code that trains."""
    found = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted(folder.glob("*.py")):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:8]


def in_words(kind: Kind) -> str:
    """Return a kind as a table writes it."""
    return ", ".join(f"{part} {value}" for part, value in kind.items())


def unlike(kind: Kind, other: Kind, there: str, here: str) -> str:
    """Return a sentence that says how one kind differs from another, "" where it does not.

    `there` and `here` say where the two are.
    """
    parts = [part for part in {**kind, **other} if kind.get(part) != other.get(part)]
    if not parts:
        return ""
    named = (
        ", ".join(f"{part} is {each.get(part, 'unknown')}" for part in parts)
        for each in (kind, other)
    )
    return f"{there} {next(named)}, {here} {next(named)}"
