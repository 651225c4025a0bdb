"""Formats by their ending and by their packages; they are known without torch."""

import subprocess
import sys
from pathlib import Path

import pytest

from resnet_lab.errors import InputError
from resnet_lab.export import formats
from resnet_lab.export.formats import FORMATS, check_installed, format_of


def test_the_ending_tells_the_format():
    assert [format_of(Path(known.file)) for known in FORMATS.values()] == [*FORMATS.values()]
    assert format_of(Path("best.ckpt")) is format_of(Path("plain34")) is None


def test_a_missing_package_is_named_with_the_way_to_install_it(monkeypatch):
    monkeypatch.setattr(formats, "find_spec", lambda name: None)
    check_installed([FORMATS["torch-export"]])
    with pytest.raises(InputError) as refused:
        check_installed([*FORMATS.values()])
    assert str(refused.value) == (
        "The format onnx needs onnx and onnxscript and onnxruntime (the extra export): "
        "pip install onnx onnxscript onnxruntime"
    )


def test_the_command_needs_no_torch_to_answer_a_mistake():
    code = (
        "import sys; from resnet_lab.cli import main; "
        "main(['export', 'nothing']); main(['export', 'x', '--format', 'y']); "
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert "nothing is neither a run folder nor the name of a run" in done.stderr
    assert "invalid choice: 'y' (choose from" in done.stderr
