"""The package as a whole: lazy names, one home for each test."""

import ast
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import resnet_lab

PACKAGE = Path(resnet_lab.__file__).parent
TESTS = Path(__file__).parent


def test_every_module_has_a_test_file_of_its_name():
    modules = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if not path.name.startswith("__")]
    assert len(modules) > 20
    missing = [str(path) for path in modules if not (TESTS / path.parent / f"test_{path.name}").exists()]
    assert not missing


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
    code = (
        "import resnet_lab, sys; assert 'torch' not in sys.modules; "
        "from resnet_lab import ResNet, Classifier, ImageFolderDataModule; print(ResNet.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=300)
    assert done.stdout == "ResNet\n"
    assert set(resnet_lab.__all__) <= set(dir(resnet_lab))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'resnet_lab' has no attribute 'ResNext'"):
        resnet_lab.ResNext  # noqa: B018


def test_the_version_is_the_installed_one():
    assert resnet_lab.__version__ == version("resnet-lab")
