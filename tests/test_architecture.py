"""The walls of the house: who may import whom, what stands in a menu, and what the repository does
not say.
"""

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import engine
from engine import (
    ACTIVATIONS,
    INITIALIZERS,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    Activation,
    Choice,
    Initializer,
    Layer,
    Loss,
    Optimizer,
    Schedule,
)
from lab.data.dataset import Dataset
from lab.data.menu import DATASETS, TITLES, name_of

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("engine", "lab", "ui", "pages")
FILES = [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]
MENUS = {
    "activations": ACTIVATIONS,
    "initializers": INITIALIZERS,
    "layers": LAYERS,
    "losses": LOSSES,
    "optimizers": OPTIMIZERS,
    "regularizers": REGULARIZERS,
    "schedules": SCHEDULES,
}
FORBIDDEN_MODULES = {
    "threading",
    "_thread",
    "multiprocessing",
    "concurrent",
    "asyncio",
    "subprocess",
    "signal",
    "queue",
    "ctypes",
    "socket",
    "ssl",
    "http",
    "urllib",
    "select",
    "time",
    "datetime",
    "os",
    "sys",
    "pathlib",
    "io",
    "shutil",
    "tempfile",
    "glob",
    "pickle",
    "random",
    "importlib",
    "builtins",
}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name} imports relatively, past these walls"
            found.add((node.module or "").split(".")[0])
    return found


# the rooms of `lab` from the lowest to the highest; each may import only those before it
LADDER = (
    "files",
    "limits",
    "log",
    "errand_place",
    "errands",
    "words",
    "notation",
    "data",
    "runs",
    "store",
    "reading",
    "explain",
    "frames",
    "workers",
    "sweeps",
    "rooms",
    "cli",
)
APART = {"course": {"words"}, "__init__": set(), "__main__": {"cli"}}


def rooms_imported(path: Path) -> set[str]:
    """The rooms of `lab` from which a file imports."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module == "lab":
            names = [f"lab.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        rooms |= {name.split(".")[1] for name in names if name.startswith("lab.")}
    return rooms


@pytest.mark.parametrize(
    "path", sorted((ROOT / "lab").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_inside_the_lab_no_arrow_runs_upward(path: Path) -> None:
    room = path.relative_to(ROOT / "lab").with_suffix("").parts[0]
    lower = APART[room] if room in APART else set(LADDER[: LADDER.index(room)])
    assert rooms_imported(path) <= lower | {room}


@pytest.mark.parametrize("floor", ["lab", "ui"])
def test_no_name_of_a_file_occurs_on_two_floors(floor: str) -> None:
    names = {
        each: {p.stem for p in (ROOT / each).rglob("*.py")} - {"__init__"} for each in FLOORS[:3]
    }
    others = set().union(*(names[each] for each in names if each != floor))
    assert not names[floor] & others
    stems = [p.stem for p in (ROOT / floor).rglob("*.py") if p.stem != "__init__"]
    assert len(stems) == len(set(stems))


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_only_go_down(path: Path) -> None:
    floor = FLOORS.index(path.relative_to(ROOT).parts[0])
    assert not imports(path) & set(FLOORS[floor + 1 :])
    if floor < FLOORS.index("ui"):
        assert not imports(path) & {"streamlit", "plotly", "starlette"}


@pytest.mark.parametrize("path", sorted((ROOT / "engine").glob("*.py")), ids=lambda p: p.name)
def test_the_engine_is_numpy_and_the_standard_library(path: Path) -> None:
    assert imports(path) <= {"engine", "numpy"} | set(sys.stdlib_module_names) - FORBIDDEN_MODULES
    called = {
        n.func.id
        for n in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    assert not called & {"open", "print", "input", "exec", "eval", "__import__"}


def test_streamlit_appears_only_where_pages_are_made() -> None:
    theirs = ("app.py", "launch.py", "pages/", "ui/", "tests/", "benchmarks/")
    for name in tracked():
        if name.endswith(".py") and not name.startswith(theirs):
            assert not imports(ROOT / name) & {"streamlit", "plotly", "starlette"}, name


def said_once(module: str, kind: str, method: str) -> bool:
    """Whether a method, or the one of its base class that it fills in, says what it does."""
    return bool(inspect.getdoc(getattr(getattr(importlib.import_module(module), kind), method)))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_everything_public_says_what_it_is(path: Path) -> None:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ) or node.name.startswith("_"):
            continue
        assert ast.get_docstring(node), f"{node.name}, line {node.lineno}"
        for part in node.body if isinstance(node, ast.ClassDef) else ():
            if (
                isinstance(part, ast.FunctionDef)
                and not part.name.startswith("_")
                and not ast.get_docstring(part)
            ):
                module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                assert said_once(module, node.name, part.name), (
                    f"{node.name}.{part.name}, line {part.lineno}"
                )


def test_one_thread_of_linear_algebra_whatever_is_imported_from_the_lab() -> None:
    code = (
        "from threadpoolctl import threadpool_info\n"
        "print({pool['num_threads'] for pool in threadpool_info()})"
    )
    environment = {
        key: value for key, value in os.environ.items() if not key.endswith("_NUM_THREADS")
    }
    command = [sys.executable, "-c", "import lab.data.dataset\nimport lab.workers.worker\n" + code]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "{1}"


@pytest.mark.parametrize("module", MENUS)
def test_whatever_is_defined_stands_in_its_menu(module: str) -> None:
    several = (
        ("dense", "convolution", "normalization", "recurrent", "embedding", "attention")
        if module == "layers"
        else (module,)
    )
    defined = {
        name
        for part in several
        for name, kind in vars(importlib.import_module(f"engine.{part}")).items()
        if inspect.isclass(kind)
        and issubclass(kind, Choice)
        and not inspect.isabstract(kind)
        and kind.__module__ == f"engine.{part}"
    }
    assert set(MENUS[module]) == defined - {"Regularizer"}  # a base, though it does nothing


def test_every_dataset_stands_in_its_menu() -> None:
    for name in ("toy_points", "own_points", "tf_playground", "image_sets", "names"):
        for kind in vars(importlib.import_module(f"lab.data.{name}")).values():
            if inspect.isclass(kind) and issubclass(kind, Dataset):
                assert kind in DATASETS.values() or inspect.isabstract(kind)


@pytest.mark.parametrize(
    "kind", [Activation, Initializer, Layer, Loss, Optimizer, Schedule, Dataset]
)
def test_a_choice_that_lacks_what_its_kind_asks_for_cannot_be_made(kind: type[Choice]) -> None:
    with pytest.raises(TypeError, match="abstract"):
        type("Incomplete", (kind,), {})()


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_opens_with_its_idea(path: Path) -> None:
    assert len((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split()) >= 6


def test_the_front_of_the_engine_offers_nothing_but_its_own() -> None:
    public = {name: value for name, value in vars(engine).items() if name[0] != "_"}
    assert len(public) > 100
    for name, value in public.items():
        assert getattr(value, "__module__", "engine").startswith("engine"), name


def test_every_dataset_has_a_title_and_finds_its_name() -> None:
    assert list(TITLES) == list(DATASETS)
    assert [name_of(kind()) for kind in DATASETS.values()] == list(DATASETS)


def test_the_engine_can_be_read_in_an_evening() -> None:
    lines = 0
    for path in (ROOT / "engine").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documented = [
            n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef)
        ]
        words = sum(
            (ast.get_docstring(n, clean=False) or "").count("\n") + 1
            for n in documented
            if ast.get_docstring(n)
        )
        lines += (
            sum(bool(line.strip()) for line in path.read_text(encoding="utf-8").splitlines())
            - words
        )
    assert lines < 2000


def test_no_file_names_a_machine_or_a_registry() -> None:
    machine = re.compile(
        r"/(?:work|root|home)/\w|/tmp/\w|index-url|pypi\.org|files\.pythonhosted|registry\.npmjs"
    )
    for name in tracked():
        path = ROOT / name
        if path.suffix in {".png", ".safetensors"} or path == Path(__file__):
            continue
        assert not machine.search(path.read_text(encoding="utf-8")), name


def test_the_files_that_the_guide_sends_people_to_are_there() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    tables = [line for line in guide.splitlines() if line.startswith("| ")]
    named = re.findall(r"`((?:engine|lab|ui|pages|assets|docs|tests)/[\w./]*)`", "\n".join(tables))
    assert len(named) > 30
    assert [name for name in named if not (ROOT / name).exists()] == []
    rooms = {
        f"{p.parent.name}/{p.name}/"
        for p in (*ROOT.glob("lab/*"), *ROOT.glob("ui/*"))
        if (p / "__init__.py").is_file()
    }
    assert rooms <= set(named)


def test_no_test_runs_an_event_loop_in_its_own_thread() -> None:
    """Whichever worker has opened a browser before has the loop of Playwright running there."""
    calls = "asyncio." + "run("
    assert not [path.name for path in (ROOT / "tests").rglob("*.py") if calls in path.read_text()]
