"""The source library knows where every class and function of ours is written, and which of them a
piece of code needs.

It gives the source of those alone, in reading order and with their comments.
"""

import ast
import importlib
import inspect
import re
from dataclasses import dataclass, field
from types import ModuleType
from typing import NamedTuple

# sections in reading order, and the modules where what belongs there is written
SECTIONS: dict[str, tuple[str, ...]] = {
    "The data": (
        "lab.data.dataset",
        "lab.data.toy_points",
        "lab.data.own_points",
        "lab.data.tf_playground",
        "lab.data.image_files",
        "lab.data.strokes",
        "lab.data.image_sets",
        "lab.data.names",
    ),
    "Activations: how a layer bends its sums": ("engine.activations",),
    "The first weights": ("engine.initializers",),
    "Layers: forward, and backward right below": (
        "engine.layer",
        "engine.dense",
        "engine.normalization",
        "engine.convolution",
        "engine.recurrent",
        "engine.embedding",
        "engine.attention",
    ),
    "The loss: how wrong it is, in one number": ("engine.losses",),
    "The network: layers over one vector of parameters": ("engine.network", "engine.arrays"),
    "The optimizer: how to step downhill": ("engine.optimizers", "engine.schedules"),
    "Regularisation": ("engine.augmentation", "engine.regularizers"),
    "Training: one step at a time": ("engine.metrics", "engine.training"),
}
MODULES = [name for names in SECTIONS.values() for name in names]
FIELDS = {"setting", "option", "text", "choice"}  # make settings of a class, engine/settings.py
MAIN = "main"  # the module of the code that uses the library

Key = tuple[str, str]  # of a definition: its module and its name


class Section(NamedTuple):
    """A section of a file: a heading, a sentence, and code."""

    title: str
    sentence: str
    code: str


@dataclass
class Definition:
    """A class, function or constant of our source.

    `lines` are all lines of its module; `start` is the index of its first one, comments in front
    included; `kept` has the methods of a class that are in use.
    """

    module: str
    name: str
    node: ast.stmt
    lines: list[str]
    start: int
    kept: set[str] = field(default_factory=set)


class Library:
    """Our source by its definitions, and what of it is in use.

    Attributes
    ----------
    definitions: every class, function and constant, in reading order
    names: module → name → the key of a definition, or an import of something that is not ours
    used: the definitions in use
    mentioned: every name and attribute that code in use mentions
    imports: the imports that code in use needs
    """

    def __init__(self) -> None:
        self.definitions: dict[Key, Definition] = {}
        self.names: dict[str, dict[str, Key | str]] = {}
        for name in MODULES:
            self._read(importlib.import_module(name))
        self.used: set[Key] = set()
        self.mentioned: set[str] = set()
        self.imports: set[str] = {"import numpy as np"}

    def _read(self, module: ModuleType) -> None:
        source = inspect.getsource(module)
        lines, known = source.splitlines(), self.names.setdefault(module.__name__, {})
        for node in ast.parse(source).body:
            known.update(_imported(node))
            for name in _defined(node):
                decorators = getattr(node, "decorator_list", [])
                start = min([node.lineno, *(d.lineno for d in decorators)]) - 1
                while start and lines[start - 1].startswith("#"):
                    start -= 1
                key = (module.__name__, name)
                known[name] = key
                self.definitions[key] = Definition(*key, node, lines, start)

    def use_main(self, codes: list[str], module: str) -> None:
        """Mark as used all that the main part needs, which may use every name that is defined.

        If modules share a name, it means the one that `module` knows.
        """
        everywhere: dict[str, Key | str] = {name: (home, name) for home, name in self.definitions}
        own = {n: key for n, key in self.names.get(module, {}).items() if isinstance(key, tuple)}
        self.names[MAIN] = {**everywhere, **own, "np": "import numpy as np"}
        for code in codes:
            self._use(MAIN, ast.parse(code))
        self._settle()
        names = [name for _, name in self.used]
        if len(names) != len(set(names)):
            raise RuntimeError(f"two parts of the source share a name: {sorted(self.used)}")

    def _find(self, module: str, name: str) -> Definition | None:
        """Return the definition of a name as a module knows it, through its imports."""
        key = self.names.get(module, {}).get(name)
        while isinstance(key, tuple):
            if key in self.definitions:
                return self.definitions[key]
            home, name = key
            if home not in self.names:  # a package's front, such as engine: where it has it from
                value = getattr(importlib.import_module(home), name, None)
                return self.definitions.get((getattr(value, "__module__", ""), name))
            key = self.names[home].get(name)
        return None

    def _use(self, module: str, node: ast.AST) -> None:
        """Mark as used what a module's piece of code mentions, and what that mentions, and
        so on.
        """
        known = self.names.get(module, {})
        for part in _walk(node):
            if isinstance(part, ast.Attribute):
                self.mentioned.add(part.attr)
                owner = known.get(getattr(part.value, "id", ""))
                if isinstance(owner, tuple):  # a module's, which has no module where it goes
                    self._take(self.definitions.get((".".join(owner), part.attr)))
            elif isinstance(part, ast.Name):
                self.mentioned.add(part.id)
                definition, imported = self._find(module, part.id), known.get(part.id)
                self._take(definition)
                if not definition and isinstance(imported, str):
                    self.imports.add(imported)

    def _take(self, definition: Definition | None) -> None:
        """Mark a definition as used; of a class its head, and its fields that are no settings."""
        if definition is None or definition.name in FIELDS:
            return
        key, node = (definition.module, definition.name), definition.node
        if key in self.used:
            return
        self.used.add(key)
        if not isinstance(node, ast.ClassDef):
            self._use(definition.module, node)
            return
        for part in (*node.bases, *node.decorator_list):
            self._use(definition.module, part)
        for member in node.body:
            is_field = isinstance(member, ast.AnnAssign) and not _is_setting(member)
            if is_field or isinstance(member, ast.Assign):
                self._use(definition.module, member)

    def _settle(self) -> None:
        """Mark all methods in use, until there are no more."""
        grown = True
        while grown:
            grown = False
            for key in sorted(self.used):
                definition = self.definitions[key]
                for member in _methods(definition.node):
                    in_use = member.name in self.mentioned or member.name.startswith("__")
                    if in_use and member.name not in definition.kept:
                        definition.kept.add(member.name)
                        self._use(definition.module, member)
                        grown = True

    def sections(self) -> list[Section]:
        """Return the source in use; a section's sentence opens the first of its modules in use."""
        sections = []
        for title, modules in SECTIONS.items():
            used = [self.definitions[key] for key in self.definitions if key in self.used]
            parts = [part for module in modules for part in used if part.module == module]
            if parts:
                doc = inspect.getdoc(importlib.import_module(parts[0].module)) or ""
                code = "\n\n\n".join(map(_source, parts)) + "\n"
                sections.append(Section(title, doc.split("\n")[0], code))
        return sections


def _source(definition: Definition) -> str:
    """Return a definition's source, without what is not in use, and without module names in front
    of names.
    """
    node, lines = definition.node, definition.lines
    if isinstance(node, ast.ClassDef):
        source = _class_source(definition, node)
    else:
        source = lines[definition.start : node.end_lineno]
    return re.sub(r"\b(?:image_files|strokes)\.", "", "\n".join(source))


def _class_source(definition: Definition, node: ast.ClassDef) -> list[str]:
    lines, end = definition.lines, node.body[0].lineno - 1
    source, members = lines[definition.start : end], 0
    for member in node.body:
        first, end = end, member.end_lineno or 0
        if isinstance(member, ast.FunctionDef) and member.name not in definition.kept:
            continue
        if isinstance(member, ast.If):  # for type checkers alone
            continue
        members += 1
        if isinstance(member, ast.AnnAssign):
            source += _plain_field(member)
        elif not isinstance(member, ast.Assign) or _assigned(member) != {"aliases"}:
            source += lines[first:end]
    return source if members else [*source, "    pass"]


def _imported(node: ast.stmt) -> dict[str, Key | str]:
    """Return the names that an import makes known: ours by key, others by their import."""
    if isinstance(node, ast.ImportFrom) and node.module:
        ours = node.module.split(".")[0] in ("engine", "lab")
        return {
            alias.asname or alias.name: (node.module, alias.name)
            if ours
            else f"from {node.module} import {alias.name}"
            for alias in node.names
        }
    if isinstance(node, ast.Import):
        return {
            alias.asname or alias.name: f"import {alias.name}"
            + (f" as {alias.asname}" if alias.asname else "")
            for alias in node.names
        }
    return {}


def _defined(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return {node.name}
    return _assigned(node)


def _assigned(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    targets = node.targets if isinstance(node, ast.Assign) else []
    parts = [part for target in targets for part in ast.walk(target)]
    return {part.id for part in parts if isinstance(part, ast.Name)}


def _methods(node: ast.stmt) -> list[ast.FunctionDef]:
    members = node.body if isinstance(node, ast.ClassDef) else []
    functions = [member for member in members if isinstance(member, ast.FunctionDef)]
    return [function for function in functions if not _is_abstract(function)]


def _walk(node: ast.AST) -> list[ast.AST]:
    """Yield all parts of code but the annotations of types, which are not run."""
    parts = [node]
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns"):
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, ast.AST):
                    parts += _walk(part)
    return parts


def _is_abstract(member: ast.stmt) -> bool:
    decorators = member.decorator_list if isinstance(member, ast.FunctionDef) else []
    return "abstractmethod" in map(ast.unparse, decorators)


def _is_setting(member: ast.AnnAssign) -> bool:
    return isinstance(member.value, ast.Call) and getattr(member.value.func, "id", "") in FIELDS


def _plain_field(member: ast.AnnAssign) -> list[str]:
    """Return a field as plain Python has it: a setting with its default, and its caption as a
    comment.
    """
    name, annotation = ast.unparse(member.target), ast.unparse(member.annotation)
    if annotation.startswith("ClassVar"):
        return [f"    {name} = {ast.unparse(member.value)}"] if member.value else []
    if not isinstance(member.value, ast.Call) or not _is_setting(member):
        return [
            f"    {name}: {annotation}"
            + (f" = {ast.unparse(member.value)}" if member.value else "")
        ]
    default = member.value.args[0]
    texts = [part.value for part in member.value.args[1:] if isinstance(part, ast.Constant)]
    caption = next((text for text in reversed(texts) if isinstance(text, str)), "")
    value = ast.unparse(default) if isinstance(default, ast.Constant) else "None"
    return [f"    {name}: {annotation} = {value}" + (f"  # {caption}" if caption else "")]
