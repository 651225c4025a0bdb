"""Questions: each has a unit, a measure, and sentences of its own."""

import pytest

from resnet_lab.comparison.measures import run_measures
from resnet_lab.comparison.questions import DEGRADATION, MEASURES, QUESTIONS, UNITS
from tests.fixtures.run_folders import write_probes


def test_keys_and_measures_are_unique():
    assert len({question.key for question in QUESTIONS}) == len(QUESTIONS)
    assert len({question.measure for question in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_a_question_has_a_known_unit_and_a_measure_that_an_inspected_run_has(question, make_run, inspect):
    run = make_run(residual=False)
    inspect(run)
    write_probes(run, [0.5, 0.75])
    measures = run_measures(run)
    assert question.unit in UNITS
    assert question.measure in measures or question.key == DEGRADATION  # that one takes runs of several depths
    assert question.beside is None or question.beside in measures


def test_measures_of_a_run_without_an_inspection_are_all_but_those_of_inspect(make_run):
    measures = run_measures(make_run(residual=False))
    assert {key for key in MEASURES if key not in measures} == {
        f"gradients/{which}/{name}" for which in ("initial", "best") for name in ("unevenness", "decades_lost")
    } | {"probes/best/last"}
