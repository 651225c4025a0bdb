"""Known keys of a config, each with the values that it takes: from a short list, and from the source of three classes.

The source is read and not imported, so that a mistyped key is answered before torch is there.
"""

import ast
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

_PACKAGE = Path(__file__).parents[1]
_CLASSES = {
    "model": (_PACKAGE / "model" / "classifier.py", "Classifier"),
    "data": (_PACKAGE / "data" / "module.py", "ImageFolderDataModule"),
}
FROM_THE_DATA = frozenset({"model.num_classes", "model.class_counts", "model.classes", "data.seed"})
"""Keys that no user gives: they are links to facts of the data, or to the seed."""


class Values(NamedTuple):
    """Values that a key takes.

    Attributes:
        kind: ``int``, ``float``, ``bool`` or ``str``; ``choice`` for one of ``choices``; empty for several kinds.
        choices: The words to choose from.
    """

    kind: str = ""
    choices: tuple[str, ...] = ()


_OF_EACH_COMMAND = {
    "allocator": Values("choice", ("auto", "system")),
    "checkpoint.every_n_steps": Values("int"),
    "ckpt_path": Values(),
    "compile": Values("bool"),
    "diagnostics.every_n_steps": Values("int"),
    "logs": Values(),
    "name": Values("str"),
    "seed_everything": Values(),
    "weights_only": Values(),
}
_OF_ONE_COMMAND = {
    "fit": {"resume": Values(), "test_after": Values("bool")},
    "validate": {"verbose": Values("bool")},
    "test": {"output": Values(), "verbose": Values("bool")},
    "predict": {"output": Values(), "return_predictions": Values()},
}


def keys_of(command: str) -> dict[str, Values]:
    """Return every key of a config of ``fit``, ``validate``, ``test`` or ``predict``, as ``group.key``.

    Keys that no user gives are there too (``FROM_THE_DATA``). Options have the same names. A group whose source cannot
    be read has no keys.
    """
    keys = {**_OF_EACH_COMMAND, **_OF_ONE_COMMAND[command]}
    for group in ("model", "data", "trainer"):
        keys |= {f"{group}.{key}": values for key, values in _keys_of_group(group).items()}
    return keys


@cache
def _keys_of_group(group: str) -> Mapping[str, Values]:
    if group != "trainer":
        return parameters(*_CLASSES[group])
    lightning = find_spec("lightning")
    for folder in (lightning.submodule_search_locations or ()) if lightning else ():
        source = Path(folder) / "pytorch" / "trainer" / "trainer.py"
        if source.is_file():
            return parameters(source, "Trainer")
    return {}


def parameters(source: Path, name: str) -> dict[str, Values]:
    """Return the parameters of a class with the values that they take, from its source.

    Args:
        source: File of the class.
        name: Name of the class. A file without it has no parameters.
    """
    module = ast.parse(source.read_text(encoding="utf-8"))
    aliases = _literals(module)
    for node in module.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                    given = [*method.args.posonlyargs, *method.args.args, *method.args.kwonlyargs]
                    return {one.arg: _values(one.annotation, aliases) for one in given if one.arg != "self"}
    return {}


def _literals(module: ast.Module) -> dict[str, ast.expr]:
    """Return the names that a module, or a module of this package that it imports from, gives to a ``Literal``."""
    found: dict[str, ast.expr] = {}
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("resnet_lab."):
            source = _PACKAGE.joinpath(*str(node.module).split(".")[1:]).with_suffix(".py")
            if source.is_file():
                there = _assigned(ast.parse(source.read_text(encoding="utf-8")))
                found |= {alias.asname or alias.name: there[alias.name] for alias in node.names if alias.name in there}
    return found | _assigned(module)


def _assigned(module: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript | ast.BinOp)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _values(annotation: ast.expr | None, aliases: Mapping[str, ast.expr]) -> Values:
    """Return the values of an annotation. Known are a plain type, a ``Literal``, ``Optional`` of these, and a union.

    Of a union only the words are known: other values may be right too. One with ``None`` takes null too.
    """
    if (
        isinstance(annotation, ast.BinOp)
        and isinstance(annotation.right, ast.Constant)
        and annotation.right.value is None
    ):
        return _values(annotation.left, aliases)
    if isinstance(annotation, ast.BinOp):
        sides = [_values(side, aliases) for side in (annotation.left, annotation.right)]
        return Values("", tuple(word for side in sides for word in side.choices))
    if isinstance(annotation, ast.Name):
        if annotation.id in ("int", "float", "bool", "str"):
            return Values(annotation.id)
        return _values(aliases.get(annotation.id), {})
    if isinstance(annotation, ast.Subscript) and isinstance(annotation.value, ast.Name):
        if annotation.value.id == "Optional":
            return _values(annotation.slice, aliases)
        if annotation.value.id == "Literal":
            words = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
            if all(isinstance(word, ast.Constant) for word in words):
                return Values("choice", tuple(str(word.value) for word in words if isinstance(word, ast.Constant)))
    return Values()
