"""Versions and commit of a result."""

import subprocess

import torch

from resnet_lab import provenance
from resnet_lab.provenance import PLAN_VARIABLE, describe_software, git_commit, plan_of_study


def test_versions_are_those_of_the_packages():
    software = describe_software()
    assert software["torch"] == torch.__version__.partition("+")[0]
    assert {"python", "lightning", "resnet-lab", "torchvision"} <= software.keys()


def test_the_commit_is_the_checkouts_and_marks_changes(tmp_path, monkeypatch):
    def git(*arguments):
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        return subprocess.run(
            ["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=300
        ).stdout.strip()

    module = tmp_path / "provenance.py"
    module.write_text("one")
    monkeypatch.setattr(provenance, "__file__", str(module))
    git("init", "-q")
    assert git_commit() is None  # an installed package inside somebody's checkout is not part of it
    git("add", ".")
    git("commit", "-qm", "first")
    assert git_commit() == git("rev-parse", "HEAD")
    module.write_text("two")
    assert git_commit() == git("rev-parse", "HEAD") + "-dirty"


def test_without_git_there_is_no_commit(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert git_commit() is None


def test_the_plan_is_what_the_study_says_and_by_hand_there_is_none(monkeypatch):
    monkeypatch.delenv(PLAN_VARIABLE, raising=False)
    assert plan_of_study() is None
    monkeypatch.setenv(PLAN_VARIABLE, f"{'a' * 64} my study")
    assert plan_of_study() == {"study": "my study", "digest": "a" * 64}
