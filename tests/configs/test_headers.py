"""Every shipped config opens with its command, time and result, and the result is that of the report it names."""

import re
from pathlib import Path

import pytest

from resnet_lab.config.find import shipped_configs
from resnet_lab.runs import Run

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(path for pattern in ("*.yaml", "*/*") for path in shipped_configs().glob(pattern))


def header(path):
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#!")]
    return "\n".join(line for line in lines[:7] if line.startswith("# "))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_it_says_command_time_and_result(path):
    assert len(CONFIGS) >= 10
    for what in ("Command", "Time", "[Rr]esult"):
        assert re.search(rf"^# .*\b{what}\b.*: ", header(path), re.MULTILINE), what


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_result_is_the_one_of_the_report(path):
    for points, folder in re.findall(r"([+-][\d.]+) points.*\((docs/reports/\S+)\)", header(path)):
        report = (ROOT / folder / "en" / "report.md").read_text().replace("\N{MINUS SIGN}", "-")
        verdict, text = re.findall(r"^> \*\*.*: (.*)\.\*\* (.*)", report, re.MULTILINE)[0]
        assert text.startswith(f"{points} points")
        assert f"is {verdict}, {points} points" in header(path)
    for accuracy, folder in re.findall(r"accuracy ([\d.]+) .*\((lightning_logs/\S+)\)", header(path)):
        assert f"{Run(ROOT / folder / 'version_0').test_metrics()['best']['accuracy']:.4f}" == accuracy
