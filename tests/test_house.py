"""The walls of the house: who may import whom, what stands in a menu, and what the repository does not say."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import engine
from engine import ACTIVATIONS, INITIALIZERS, LAYERS, LOSSES, OPTIMIZERS, REGULARIZERS, SCHEDULES, Choice
from lab.datasets import DATASETS

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("engine", "lab", "ui", "pages")
FILES = [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]
MENUS = {
    "activations": ACTIVATIONS, "initializers": INITIALIZERS, "layers": LAYERS, "losses": LOSSES,
    "optimizers": OPTIMIZERS, "regularizers": REGULARIZERS, "schedules": SCHEDULES,
}  # fmt: skip
CLOCKS_AND_DOORS = {
    "threading", "multiprocessing", "socket", "time", "os", "pathlib", "io", "subprocess", "asyncio", "random",
}  # fmt: skip


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_only_go_down(path: Path) -> None:
    floor = FLOORS.index(path.relative_to(ROOT).parts[0])
    assert not imports(path) & set(FLOORS[floor + 1 :])
    if floor < FLOORS.index("ui"):
        assert not imports(path) & {"streamlit", "plotly", "starlette"}


@pytest.mark.parametrize("path", sorted((ROOT / "engine").glob("*.py")), ids=lambda p: p.name)
def test_the_engine_is_numpy_and_the_standard_library(path: Path) -> None:
    assert imports(path) <= {"engine", "numpy"} | set(sys.stdlib_module_names) - CLOCKS_AND_DOORS


@pytest.mark.parametrize("module", MENUS)
def test_whatever_is_defined_stands_in_its_menu(module: str) -> None:
    defined = {
        name for name, kind in vars(importlib.import_module(f"engine.{module}")).items()
        if inspect.isclass(kind) and issubclass(kind, Choice) and kind.__module__ == f"engine.{module}"
    }  # fmt: skip
    assert set(MENUS[module]) == defined - {"Activation", "Initializer", "Loss", "Optimizer", "Schedule"}


def test_every_dataset_stands_in_its_menu() -> None:
    kinds = set(DATASETS.values())
    for module in ("lab.toy_points", "lab.image_sets"):
        for kind in vars(importlib.import_module(module)).values():
            if inspect.isclass(kind) and issubclass(kind, Choice) and "load" in vars(kind) | vars(kind.__base__):
                assert kind in kinds or kind.__name__ in {"ToyPoints", "Dataset", "ImageSet"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_opens_with_its_idea(path: Path) -> None:
    assert len((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split()) >= 6


def test_the_public_names_of_the_engine() -> None:
    assert all(hasattr(engine, name) for name in engine.__all__)


def test_the_engine_can_be_read_in_an_evening() -> None:
    lines = 0
    for path in (ROOT / "engine").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documented = [n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef)]
        words = sum(
            (ast.get_docstring(n, clean=False) or "").count("\n") + 1 for n in documented if ast.get_docstring(n)
        )
        lines += sum(bool(line.strip()) for line in path.read_text(encoding="utf-8").splitlines()) - words
    assert lines < 2000


def test_no_file_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    machine = re.compile(r"/(?:work|root|home)/\w|/tmp/\w|index-url|pypi\.org|files\.pythonhosted|registry\.npmjs")
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix in {".png", ".safetensors"} or path == Path(__file__) or not path.is_file():
            continue
        assert not machine.search(path.read_text(encoding="utf-8")), name
