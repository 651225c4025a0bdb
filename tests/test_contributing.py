"""CONTRIBUTING.md: each place in its lists holds the example, and every other thing of the kind stands there too."""

import re
from pathlib import Path

import pytest
import yaml

from resnet_lab.commands import all_commands
from resnet_lab.comparison.knobs import KNOB_KEYS
from resnet_lab.comparison.questions import QUESTIONS
from resnet_lab.config.historic_defaults import LATER
from resnet_lab.data.layout import RECOGNIZERS
from resnet_lab.diagnostics.callbacks import DIAGNOSTICS
from resnet_lab.model.rung import RUNG_KEYS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
LISTS = dict(re.findall(r"^## An? (\w+)\n(.+?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
STEP = re.compile(r"^\d+\. `([^`]+)`:(?:(?!^\d+\.).)*?Example:\s+`([^`]+)`", re.MULTILINE | re.DOTALL)
PLACES = [(kind, *step) for kind, text in LISTS.items() for step in STEP.findall(text)]


def holds(place: str, word: str) -> bool:
    return word in (ROOT / place).read_text(encoding="utf-8")


def test_there_is_a_list_for_each_kind_and_every_step_has_an_example():
    assert set(LISTS) == {"shortcut", "diagnostic", "claim", "layout", "command"}
    assert len(PLACES) == len(re.findall(r"^\d+\. ", TEXT, re.MULTILINE))
    assert all(any(place.startswith("tests/") for of, place, _ in PLACES if of == kind) for kind in LISTS)


@pytest.mark.parametrize(("kind", "place", "word"), PLACES)
def test_the_place_holds_the_example(kind, place, word):
    assert holds(place, word)


def test_all_rungs_stand_in_the_places_of_a_shortcut():
    for key in RUNG_KEYS:
        assert LATER.keys() >= {f"model.{key}"}
        assert f"model.{key}" in KNOB_KEYS
        assert holds("resnet_lab/model/classifier.py", f"{key}: ")
        assert holds("docs/ladder.md", f"`{key}`")


def test_all_diagnostics_stand_in_the_places_of_a_diagnostic():
    for diagnostic in DIAGNOSTICS:
        assert holds("docs/diagnostics.md", f"| `{diagnostic.column}` |")
        assert diagnostic.__module__ == f"resnet_lab.diagnostics.{diagnostic.column}"
        assert (ROOT / f"tests/diagnostics/test_{diagnostic.column}.py").exists()


def test_all_claims_stand_in_the_places_of_a_claim():
    sentences = yaml.safe_load((ROOT / "resnet_lab/report/wording/claims.yaml").read_text(encoding="utf-8"))
    for question in QUESTIONS:
        assert sentences[question.key].keys() == {"en", "id"}
        assert holds("docs/comparison.md", sentences[question.key]["en"]["name"])


def test_all_layouts_stand_in_the_places_of_a_layout():
    for recognizer in RECOGNIZERS:
        assert recognizer.__module__ == "resnet_lab.data.layout"
        assert holds("tests/data/test_layout.py", recognizer.__name__)


def test_all_commands_stand_in_the_places_of_a_command():
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))]
    for name, command in all_commands().items():
        module = command.run.__module__
        assert (ROOT / f"{module.replace('.', '/')}.py").exists()
        assert (ROOT / f"tests/commands/test_{name}.py").exists()
        assert any(f"resnet-lab {name}" in page or f"`{name}`" in page for page in pages)
