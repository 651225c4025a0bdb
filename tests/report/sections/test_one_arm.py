"""Top of the report on one arm: no verdict, the commands that train its partner."""

from pathlib import Path

import pytest

from resnet_lab.comparison.one_arm import gather_one_arm
from resnet_lab.comparison.selection import Selection
from resnet_lab.report.sections.one_arm import no_verdict
from resnet_lab.report.words import load_words

WORDS = load_words("en").of_one_arm()


def test_the_partner_is_trained_beside_the_run_with_its_config_and_the_other_value(one_arm, logs, monkeypatch):
    monkeypatch.chdir(logs.parent)
    notice = no_verdict(one_arm, WORDS)
    assert notice.text.startswith("One arm alone allows no verdict about the residual connection. For a verdict, train")
    assert notice.commands == (
        "OMP_NUM_THREADS=2 resnet-lab fit --config lightning_logs/resnet34/version_0/config.yaml \\",
        "  --model.residual false --name plain34",
        "resnet-lab test plain34",
        "resnet-lab compare resnet34 plain34",
    )
    monkeypatch.chdir(logs)
    assert no_verdict(one_arm, WORDS).commands[2:] == (
        "resnet-lab test plain34 --logs .",
        "resnet-lab compare resnet34 plain34 --logs .",
    )
    assert "--config ./resnet34/version_0/config.yaml" in no_verdict(one_arm, WORDS).commands[0]
    assert Path("resnet34/version_0/config.yaml").exists()


@pytest.mark.parametrize(("residual", "name", "partner"), [(False, "", "resnet34"), (True, "mine", "mine-plain")])
def test_the_partner_has_a_name_of_its_own(make_run, residual, name, partner):
    results = gather_one_arm(Selection((make_run(residual, name=name),), ()), force=False)
    _, fit, test, _ = no_verdict(results, WORDS).commands
    assert f"--model.residual {str(not residual).lower()} --name {partner} --logs" in fit
    assert test.startswith(f"resnet-lab test {partner} --logs")


def test_settings_can_be_compared_by_their_factor(make_run):
    runs = tuple(make_run(True, changes={"model.depth": depth}) for depth in (18, 34))
    results = gather_one_arm(Selection(runs, ()), force=False)
    assert (
        "To compare two of these settings with each other, use --factor model.depth." in no_verdict(results, WORDS).text
    )
