"""The package as a whole: lazy names, one test file per module, the order of imports, first lines."""

import ast
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pytest

import resnet_lab

PACKAGE = Path(resnet_lab.__file__).parent
TESTS = Path(__file__).parent
ROOT = TESTS.parent
ORDER = """\
    errors < suggestions, files, output, program, provenance, hardware, allocator, layer_names, signal_handlers
        < config < runs < statistics < plots
        < data < model, checking < checkpoint < distributed < diagnostics < speed < training
        < inspection, comparison < report, machines < study, export < commands < cli
"""
FLOORS = [{room.strip() for room in floor.split(",")} for floor in ORDER.split("<")]


def room_of(path: Path) -> str:
    """Return the folder of a module in the package; for a module outside any folder, its own name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[int, str]]:
    """Return line and dotted name of every import of a module, at any level, except those for types only."""
    found = []
    nodes: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            nodes += node.orelse
            continue
        nodes += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} is a relative import"
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def test_every_module_has_a_test_file_of_its_name():
    modules = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if not path.name.startswith("__")]
    assert len(modules) > 20
    missing = [str(path) for path in modules if not (TESTS / path.parent / f"test_{path.name}").exists()]
    assert not missing


def test_the_first_word_of_a_module_is_no_question():
    """A noun can be searched for; "What" cannot."""
    questions = {"What", "How", "Which", "Where", "Whether", "Why", "When", "Who", "Whose"}
    paths = [path for folder in (PACKAGE, ROOT / "benchmarks") for path in folder.rglob("*.py")]
    docstrings = {path: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) for path in paths}
    assert len(paths) > 200
    assert [str(path) for path, text in docstrings.items() if not text or text.split()[0] in questions] == []


def test_no_import_goes_up_or_round():
    """The package's own ``__init__`` and ``__main__`` are no rooms: they hand names and the command to the outside."""
    assert ORDER in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    height = {room: number for number, floor in enumerate(FLOORS) for room in floor}
    modules = [path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or not path.name.startswith("__")]
    assert {room_of(path) for path in modules} == height.keys()
    wrong, seen = [], 0
    for path in modules:
        room = room_of(path)
        for line, name in imports(path):
            top, other, *_ = [*name.split("."), ""]
            if top != "resnet_lab" or other in (room, "__version__"):
                continue
            seen += 1
            if height[other] >= height[room]:
                wrong.append(f"{path.relative_to(PACKAGE)}:{line} imports {name}")
    assert seen > 500
    assert not wrong


def test_rooms_below_the_data_need_no_torch():
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {name}"
        for room in ("config", "runs", "statistics")
        for path in (PACKAGE / room).rglob("*.py")
        for line, name in imports(path)
        if name.split(".")[0] in ("torch", "torchvision", "torchmetrics", "lightning")
    ]
    assert not wrong


def test_no_room_has_15_percent_of_the_lines():
    lines = Counter()
    for path in PACKAGE.rglob("*.py"):
        lines[room_of(path)] += len(path.read_text(encoding="utf-8").splitlines())
    room, most = lines.most_common(1)[0]
    assert most < 0.15 * lines.total(), room


def test_nothing_private_of_lightning_is_imported():
    """A private name may change its meaning or go with any release."""
    private = [
        f"{path.relative_to(PACKAGE)}:{node.lineno} {node.module}.{alias.name}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").split(".")[0] in ("lightning", "lightning_utilities")
        for alias in node.names
        if any(part.startswith("_") for part in (*node.module.split("."), alias.name))
    ]
    assert not private


def test_public_names_are_resolved_lazily():
    code = "import resnet_lab, sys; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=300)
    assert done.stdout == "False\n"
    for name in resnet_lab.__all__:
        assert getattr(resnet_lab, name).__name__.rpartition(".")[2] == name
    assert dir(resnet_lab) == sorted([*resnet_lab.__all__, "__version__"])


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'resnet_lab' has no attribute 'ResNext'"):
        resnet_lab.ResNext  # noqa: B018


def test_the_version_is_the_installed_one():
    assert resnet_lab.__version__ == version("resnet-lab")
