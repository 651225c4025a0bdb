"""The notebook docs/first-look.ipynb: no stored outputs, and a run from top to bottom that ends with a verdict."""

import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "docs" / "first-look.ipynb"


def test_nothing_is_stored_but_text_and_code():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) > 7
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


@pytest.mark.slow
def test_it_runs_from_top_to_bottom(tmp_path, monkeypatch):
    """The verdict is no matter of luck: the pairs are about 50 points apart."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=500, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    said = "".join(output.get("text", "") for output in outputs)
    assert "equal initial weights: True" in said
    assert "Higher accuracy of ResNet-32: supported." in said
    assert said.partition("test/best/accuracy")[2].count(" ± ") == 6
    assert len([output for output in outputs if "image/png" in output.get("data", {})]) == 2  # digits and curves
