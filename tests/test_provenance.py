"""Versions and commit of a result."""

import subprocess

import torch

from resnet_lab import provenance
from resnet_lab.provenance import describe_software, git_commit


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
