"""A run as one Python file, or a notebook, that needs nothing but NumPy and gives the very same
loss.

It is put together from the engine's own source: of every class and function only those that this
run uses, in reading order, with their comments. So it cannot drift from what the page does, and is
the same to the last bit.
"""

import ast
import importlib
import inspect
import json
import math
import re
import textwrap
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from engine import EarlyStopping, Regularizer, Schedule, evaluate
from lab.data.image_sets import MNIST, Digits, ImageSet, MNISTAndStrokes, MNISTBinary
from lab.data.menu import title_of
from lab.data.tf_playground import TFPlayground
from lab.runs.run import Run

SECTIONS: dict[
    str, tuple[str, ...]
] = {  # in reading order, and where what belongs there is written
    "The data": (
        "lab.data.dataset",
        "lab.data.toy_points",
        "lab.data.own_points",
        "lab.data.tf_playground",
        "lab.data.image_files",
        "lab.data.strokes",
        "lab.data.image_sets",
    ),
    "Activations: how a layer bends its sums": ("engine.activations",),
    "The first weights": ("engine.initializers",),
    "Layers: forward, and backward right below": (
        "engine.layer",
        "engine.dense",
        "engine.normalization",
        "engine.convolution",
        "engine.recurrent",
    ),
    "The loss: how wrong it is, in one number": ("engine.losses",),
    "The network: layers over one vector of parameters": ("engine.network",),
    "The optimizer: how to step downhill": ("engine.optimizers", "engine.schedules"),
    "Regularisation": ("engine.augmentation", "engine.regularizers"),
    "Training: one step at a time": ("engine.metrics", "engine.training"),
}
MODULES = [name for names in SECTIONS.values() for name in names]
NEEDS = "What it needs"
FIELDS = {
    "setting",
    "option",
    "text",
    "choice",
}  # what makes a setting of a class, see engine/settings.py
CHOICE = '''class Choice:
    """Something with settings, which are its fields."""

    def __post_init__(self):
        """For those that have more to prepare."""

    def changed(self):
        """A fresh copy."""
        return replace(self)
'''
IDX = '''def read(name):
    """One of the four files of the set, as an array of bytes (examples, height, width) or (examples,)."""
    here = Path(os.environ.get("GLASSBOX_DATA_DIR", ".")) / {folder!r}
    for path in (here / f"{{name}}.gz", Path(f"{{name}}.gz")):
        if path.exists():
            content = gzip.decompress(path.read_bytes())
            shape = np.frombuffer(content, ">u4", content[3], offset=4)
            return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(shape)
    raise SystemExit(f"{{name}}.gz is not here: put the four files of {folder} beside this file")


def pictures(name):
    """Pictures as rows of numbers from 0 to 1."""
    found = read(name)
    return np.multiply(found.reshape(len(found), -1), np.float32(1 / 255), dtype=np.float32)


data = SimpleNamespace(
    train_x=pictures("train-images-idx3-ubyte"), train_y=read("train-labels-idx1-ubyte").astype(np.int64),
    test_x=pictures("t10k-images-idx3-ubyte"), test_y=read("t10k-labels-idx1-ubyte").astype(np.int64),
)
'''


LATER = (
    "from __future__ import annotations"  # types are for the reader, and none of them is looked up
)


@dataclass
class Part:
    """A section of the file: a heading, a sentence, and code."""

    title: str
    sentence: str
    code: str


@dataclass
class Definition:
    """A class, function or constant of our source."""

    module: str
    name: str
    node: ast.stmt
    lines: list[str]  # of its whole module
    start: int  # first line, from 0, comments in front included
    kept: set[str] = field(default_factory=set)  # of a class, the methods in use


class Library:
    """Our source, by what it defines, and what of it is in use."""

    def __init__(self) -> None:
        self.definitions: dict[tuple[str, str], Definition] = {}
        self.names: dict[
            str, dict[str, tuple[str, str] | str]
        ] = {}  # module → name → definition, or an import
        for name in MODULES:
            self._read(importlib.import_module(name))
        self.used: set[tuple[str, str]] = set()
        self.words: set[str] = set()  # every name and attribute that code in use mentions
        self.imports: set[str] = set()

    def _read(self, module: ModuleType) -> None:
        source = inspect.getsource(module)
        lines, known = source.splitlines(), self.names.setdefault(module.__name__, {})
        for node in ast.parse(source).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                ours = node.module.split(".")[0] in ("engine", "lab")
                for alias in node.names:
                    here = alias.asname or alias.name
                    known[here] = (
                        (node.module, alias.name)
                        if ours
                        else f"from {node.module} import {alias.name}"
                    )
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    said = f" as {alias.asname}" if alias.asname else ""
                    known[alias.asname or alias.name] = f"import {alias.name}{said}"
            for name in _defined(node):
                start = (
                    min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1
                )
                while start and lines[start - 1].startswith("#"):
                    start -= 1
                known[name] = (module.__name__, name)
                self.definitions[module.__name__, name] = Definition(
                    module.__name__, name, node, lines, start
                )

    def find(self, module: str, name: str) -> Definition | None:
        """The definition of a name as a module knows it, through its imports."""
        place = self.names.get(module, {}).get(name)
        while isinstance(place, tuple):
            if place in self.definitions:
                return self.definitions[place]
            if (
                place[0] not in self.names
            ):  # a package's front, such as engine: look where it has it from
                origin = getattr(
                    getattr(importlib.import_module(place[0]), place[1], None), "__module__", ""
                )
                return self.definitions.get((origin, place[1]))
            place = self.names[place[0]].get(place[1])
        return None

    def use(self, module: str, node: ast.AST) -> None:
        """Counts in what a piece of code of a module mentions, and what that mentions, and so on."""
        for part in _walk(node):
            if isinstance(part, ast.Attribute):
                self.words.add(part.attr)
                whole = self.names.get(module, {}).get(getattr(part.value, "id", ""), ())
                if len(whole) == 2 and (
                    inside := self.definitions.get((".".join(whole), part.attr))
                ):
                    self.take(inside)  # a module's: they have no modules where they go
            elif isinstance(part, ast.Name):
                self.words.add(part.id)
                definition = self.find(module, part.id)
                if definition:
                    self.take(definition)
                else:
                    known = self.names.get(module, {}).get(part.id)
                    if isinstance(known, str):
                        self.imports.add(known)

    def take(self, definition: Definition) -> None:
        """Counts in a definition; of a class its head, its fields, and the methods that are always
        in use.
        """
        place = (definition.module, definition.name)
        if place in self.used or definition.name in FIELDS:
            return
        self.used.add(place)
        if not isinstance(definition.node, ast.ClassDef):
            return self.use(definition.module, definition.node)
        for part in (*definition.node.bases, *definition.node.decorator_list):
            self.use(definition.module, part)
        for member in definition.node.body:
            if isinstance(member, ast.Assign) or (
                isinstance(member, ast.AnnAssign) and not _is_setting(member)
            ):
                self.use(definition.module, member)
        return None

    def settle(self) -> None:
        """Counts in all methods in use, until no more are found."""
        grown = True
        while grown:
            grown = False
            for place in sorted(self.used):
                definition = self.definitions[place]
                if not isinstance(definition.node, ast.ClassDef):
                    continue
                for member in definition.node.body:
                    if not isinstance(member, ast.FunctionDef) or member.name in definition.kept:
                        continue
                    if member.name in self.words or member.name.startswith("__"):
                        definition.kept.add(member.name)
                        self.use(definition.module, member)
                        grown = True

    def written(self, definition: Definition) -> str:
        """Its source, without what this run does not use."""
        node, lines = definition.node, definition.lines
        if not isinstance(node, ast.ClassDef):
            return "\n".join(lines[definition.start : node.end_lineno])
        out: list[str] = lines[definition.start : node.body[0].lineno - 1]
        end, members = node.body[0].lineno - 1, 0
        for member in node.body:
            first, end = end, member.end_lineno or 0
            if isinstance(member, ast.FunctionDef) and member.name not in definition.kept:
                continue
            if isinstance(member, ast.If) or _is_abstract(
                member
            ):  # for type checkers alone, or to be overridden
                continue
            members += 1
            if isinstance(member, ast.AnnAssign):
                out += _plain_field(member)
            elif not isinstance(member, ast.Assign) or _names(member) != {"aliases"}:
                out += lines[first:end]
        return "\n".join(out if members else [*out, "    pass"])


def _defined(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return {node.name}
    return _names(node)


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    if isinstance(node, ast.Assign):
        found = [
            part
            for target in node.targets
            for part in ast.walk(target)
            if isinstance(part, ast.Name)
        ]
        return {part.id for part in found}
    return set()


def _walk(node: ast.AST) -> list[ast.AST]:
    """All parts of code but the annotations of types, which are not run."""
    found = [node]
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                found += _walk(part)
    return found


def _is_abstract(member: ast.stmt) -> bool:
    return (
        isinstance(member, ast.FunctionDef)
        and ast.unparse(member.body[-1]) == "raise NotImplementedError"
    )


def _is_setting(member: ast.AnnAssign) -> bool:
    return isinstance(member.value, ast.Call) and getattr(member.value.func, "id", "") in FIELDS


def _plain_field(member: ast.AnnAssign) -> list[str]:
    """A field of a class as plain Python has it: default and caption of a setting, and class
    variables as such.
    """
    name, kind = ast.unparse(member.target), ast.unparse(member.annotation)
    if kind.startswith("ClassVar"):
        return [f"    {name} = {ast.unparse(member.value)}"] if member.value else []
    if not isinstance(member.value, ast.Call) or not _is_setting(member):
        return [f"    {name}: {kind}" + (f" = {ast.unparse(member.value)}" if member.value else "")]
    default = member.value.args[0]
    words = [part.value for part in member.value.args[1:] if isinstance(part, ast.Constant)]
    caption = next((word for word in reversed(words) if isinstance(word, str)), "")
    value = ast.unparse(default) if isinstance(default, ast.Constant) else "None"
    return [f"    {name}: {kind} = {value}" + (f"  # {caption}" if caption else "")]


# --- the main part --------------------------------------------------------------------------------


def _data(run: Run) -> tuple[str, str]:
    """Code that makes `data`, and the module whose names it uses."""
    dataset, seed = run.experiment.dataset, run.experiment.seed
    kind = type(dataset)
    if not isinstance(dataset, ImageSet) or isinstance(dataset, Digits):
        return f"data = {dataset!r}.load({seed})\n", kind.__module__
    binary = ""
    if isinstance(dataset, MNISTBinary):
        binary = "".join(
            f"data.{part}_y = (data.{part}_y == {dataset.digit}).astype(np.int64)\n"
            for part in ("train", "test")
        )
    if isinstance(dataset, MNIST) and dataset.train_size < MNIST().train_size:
        few = dataset.train_size
        binary = f"data.train_x, data.train_y = data.train_x[:{few}], data.train_y[:{few}]\n"
    if isinstance(dataset, MNISTAndStrokes):
        binary = (
            f"more, digits = drawn({dataset.strokes})\n"
            "data.train_x = np.vstack([data.train_x, _rows(more)])\n"
            "data.train_y = np.concatenate([data.train_y, digits])\n"
        )
    home = "lab.data.image_sets" if isinstance(dataset, MNISTAndStrokes) else ""
    if run.data.note:  # what stands in for a set that has not been downloaded
        return (
            "images = fallback_mnist()\n"
            "data = SimpleNamespace(\n"
            "    train_x=_rows(images.train_x), train_y=images.train_y.astype(np.int64),\n"
            "    test_x=_rows(images.test_x), test_y=images.test_y.astype(np.int64),\n"
            f")\n{binary}"
        ), "lab.data.image_sets"
    return IDX.format(folder=dataset.name) + binary, home


def _network(run: Run) -> str:
    e = run.experiment
    layers = "".join(f"        {layer!r},\n" for layer in e.all_layers)
    kind = "float64" if e.dataset.exact else "float32"
    code = (
        f"network = Network(\n    [\n{layers}    ],\n    shape={e.dataset.input_shape!r}, loss={e.loss!r},\n"
        f"    initializer={e.initializer!r}, rng=np.random.default_rng([{e.seed}, 1]), dtype=np.{kind},\n"
        f"    regression={e.dataset.regression},\n)\n"
    )
    if isinstance(e.dataset, TFPlayground):
        zero = type(e.initializer).__name__ == "Zeros"
        code += f"{e.dataset!r}.first_weights(network, zero={zero})\n"
    return code


def _change(change: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """Lines that do what was changed by hand on the way; `before` is how optimizer, regularizers
    and epochs were.
    """
    if "edit" in change:
        edit = change["edit"]
        return [
            f"network.names[{edit['name']!r}][{', '.join(map(str, edit['index']))}] = {edit['value']!r}"
        ]
    lines = []
    new = change["optimizer"]
    lines += [
        f"optimizer.{key} = {value!r}"
        for key, value in new.items()
        if before["optimizer"].get(key) != value
    ]
    if change["regularizers"] != before["regularizers"]:
        lines.append("had = {type(one).__name__: one for one in regularizers}")
        made = []
        for one in change["regularizers"]:
            settings = {key: value for key, value in one.items() if key != "name"}
            call = (
                f"{one['name']}({', '.join(f'{key}={value!r}' for key, value in settings.items())})"
            )
            made.append(f"had.get({one['name']!r}, {call})")
        lines.append(f"regularizers[:] = [{', '.join(made)}]")
        for number, one in enumerate(change["regularizers"]):
            lines += [
                f"regularizers[{number}].{key} = {value!r}"
                for key, value in one.items()
                if key != "name"
            ]
    if change["epochs"] != before["epochs"]:
        lines.append(f"epochs = {change['epochs']}")
    before.update(optimizer=new, regularizers=change["regularizers"], epochs=change["epochs"])
    return lines


def _training(run: Run) -> str:
    e, steps, changes = run.experiment, run.position.step, run.changes
    first = run.begun
    before = {
        "optimizer": first.optimizer.to_dict(),
        "regularizers": [one.to_dict() for one in first.regularizers],
        "epochs": first.epochs,
    }
    by_step: dict[int, list[str]] = {}
    for change in changes:
        by_step.setdefault(change["step"], []).extend(_change(change, before))
    again = [change["step"] for change in changes if change.get("resumed")]
    watches = type(e.schedule).observe is not Schedule.observe or any(
        isinstance(one, EarlyStopping) or type(one).enough is not Regularizer.enough
        for one in run.regularizers
    )
    out = [
        f"optimizer = {first.optimizer!r}",
        f"schedule = {e.schedule!r}",
        f"regularizers = [{', '.join(map(repr, first.regularizers))}]",
        "train_y, test_y = network.targets(data.train_y), network.targets(data.test_y)",
        f"STEPS, epochs, bookmark, chance = {steps}, {first.epochs}, TrainingPosition(), np.random.default_rng([{e.seed}, 2])",
        *by_step.pop(0, []),
        "",
    ]
    if not steps:
        return "\n".join(out)
    if watches:
        out += [
            f"rows, stride = {[0] if e.dataset.exact else []}, 1  # epochs at whose end the losses were measured",
            "",
        ]
    out += [
        "while bookmark.step < STEPS:",
        "    for step in fit(",
        f"        network, data.train_x, train_y, optimizer, batch_size={e.batch_size}, epochs=epochs, rng=chance,",
        f"        options=TrainingOptions(schedule, regularizers, bookmark, ordered={e.dataset.exact}),",
        "    ):",
    ]
    if watches:
        out += [
            "        if step.batch == step.batches and (step.epoch % stride == 0 or step.epoch >= epochs):",
            "            schedule.observe(evaluate(network, data.train_x, train_y).loss)",
            "            loss = evaluate(network, data.test_x, test_y).loss",
            "            any(one.enough(network, loss) for one in regularizers)",
            "            rows.append(step.epoch)",
            "            if len(rows) > 2000:  # of a long run only every second epoch, every fourth, ...",
            "                stride *= 2",
            "                rows = [epoch for epoch in rows if epoch % stride == 0 or epoch == step.epoch]",
        ]
    every = max(1, 10 ** round(math.log10(max(steps / 5, 1))))
    for at, lines in sorted(by_step.items()):
        if lines or at in again:
            out.append(f"        if step.step == {at}:  # changed by hand")
            out += [f"            {line}" for line in lines]
            if at in again:
                out.append("            break")
    out += [
        f"        if step.step % {every} == 0:",
        '            print(f"step {step.step}: test loss {evaluate(network, data.test_x, test_y).loss:.6g}")',
        "        if step.step == STEPS:",
        "            break",
        "",
    ]
    return "\n".join(out)


def _end(run: Run) -> str:
    train = evaluate(run.network, run.data.train_x, run.train_targets).loss
    test = evaluate(run.network, run.data.test_x, run.test_targets).loss
    return (
        "train = evaluate(network, data.train_x, train_y)\n"
        "test = evaluate(network, data.test_x, test_y)\n"
        'print(f"after {STEPS} steps: train loss {train.loss:.6g}, test loss {test.loss:.6g}")\n'
        f"PAGE_TRAIN_LOSS, PAGE_TEST_LOSS = {train!r}, {test!r}\n"
        'assert f"{train.loss:.6g}" == f"{PAGE_TRAIN_LOSS:.6g}", "the training loss is not that of the page"\n'
        'assert f"{test.loss:.6g}" == f"{PAGE_TEST_LOSS:.6g}", "the test loss is not that of the page"\n'
    )


def parts(run: Run) -> list[Part]:
    """The run as it stands, section by section. Raises ValueError for one that has diverged."""
    if run.status == "diverged":
        raise ValueError(
            "this run has diverged, so there is no loss to reproduce: choose a smaller learning rate"
        )
    run.finish_measuring()
    data, home = _data(run)
    network, training, end = _network(run), _training(run), _end(run)
    library = Library()
    everything = {name: (d.module, name) for (_, name), d in library.definitions.items()}
    own = {
        name: place
        for name, place in library.names.get(home, {}).items()
        if isinstance(place, tuple)
    }
    library.names["main"] = {**everything, **own, "np": "import numpy as np"}
    for code in (data, network, training, end):
        library.use("main", ast.parse(code))
    library.settle()
    library.imports |= {"import numpy as np"}
    body = "".join([data, network, training, end])
    needed = {"gzip.": "gzip", "Path(": "pathlib.Path", "SimpleNamespace(": "types.SimpleNamespace"}
    for word, place in needed.items():
        if word in body:
            module, _, name = place.partition(".")
            library.imports.add(f"from {module} import {name}" if name else f"import {module}")
    found = []
    for title, modules in SECTIONS.items():
        pieces = [
            re.sub(r"\b(?:image_files|strokes)\.", "", library.written(definition))
            for module in modules
            for place, definition in library.definitions.items()
            if place[0] == module and place in library.used
        ]
        if pieces:
            home = next(
                place[0]
                for place in library.definitions
                if place in library.used and place[0] in modules
            )
            said = (inspect.getdoc(importlib.import_module(home)) or "").split("\n")[0]
            found.append(Part(title, said, "\n\n\n".join(pieces) + "\n"))
    twice = [name for _, name in library.used]
    if len(twice) != len(set(twice)):
        raise RuntimeError(f"two parts of the source share a name: {sorted(library.used)}")
    return [
        Part(NEEDS, "NumPy, and of Python itself no more than this.", _imports(library.imports)),
        *found,
        Part("Load the data", _learned(run)[:100], data),
        Part(
            "Build the network",
            f"{run.experiment.summary}: {run.experiment.parameters:,} parameters.",
            network,
        ),
        Part("Train it", f"{run.position.step:,} steps, as on the page.", training),
        Part("Compare", "The losses must be those that the page shows.", end),
    ]


def _imports(lines: set[str]) -> str:
    ours = {"from dataclasses import replace", *lines, "import os"}
    plain = sorted(line for line in ours if "numpy" not in line and "PIL" not in line)
    other = sorted(line for line in ours if line not in plain)
    threads = (
        'os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small products are quicker so\n\n'
    )
    return (
        f"{LATER}\n\n" + "\n".join(plain) + "\n\n" + threads + "\n".join(other) + "\n\n\n" + CHOICE
    )


def _learned(run: Run) -> str:
    """The dataset as it is set; what stood in for one is named instead."""
    dataset = run.experiment.dataset
    return f"{title_of(dataset, run.data.source)}." if run.data.note else repr(dataset)


def _about(run: Run) -> list[str]:
    e = run.experiment
    what = f"{title_of(e.dataset, run.data.source)}, {e.summary}, {type(e.optimizer).__name__}"
    return [
        f"Glassbox: {what}, after {run.position.step:,} steps.",
        "It needs only NumPy. The classes are those of Glassbox's own engine, no more than this run uses, to be read "
        "from top to bottom; the last lines check that the losses are those of the page.",
    ]


def script(run: Run) -> str:
    """The run as one Python file."""
    title, text = _about(run)
    out = [f'"""{title}\n\n{_wrapped(text)}\n"""\n']
    rule = "# " + "-" * 100
    for part in parts(run):
        heading = "" if part.title == NEEDS else f"{rule}\n# {part.title}\n{rule}\n\n"
        out.append(heading + part.code)
    return "\n".join(out)


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 110))


def notebook(run: Run) -> str:
    """The run as a Jupyter notebook (nbformat 4.5), a section a cell."""
    title, text = _about(run)
    cells = [_cell("markdown", f"# {title}\n\n{text}", 0)]
    for part in parts(run):
        cells.append(_cell("markdown", f"## {part.title}\n\n{part.sentence}".strip(), len(cells)))
        code = part.code.strip()
        if LATER not in code:  # each cell is compiled alone
            code = f"{LATER}\n\n{code}"
        cells.append(_cell("code", code, len(cells)))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps(
        {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5},
        indent=1,
        ensure_ascii=False,
    )


def _cell(kind: str, text: str, number: int) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": f"part-{number}",
        "metadata": {},
        "source": text.splitlines(True),
    }
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
