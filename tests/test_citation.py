"""CITATION.cff: what the format requires, and the same facts as pyproject.toml."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_required_keys_are_there():
    """Citation File Format 1.2.0, schema guide: required are these four, and a list of persons or entities."""
    assert CITATION["cff-version"] == "1.2.0"
    assert all(isinstance(CITATION[key], str) for key in ("message", "title"))
    for work in (CITATION, *CITATION["references"]):
        assert all("name" in author or {"family-names", "given-names"} <= author.keys() for author in work["authors"])


def test_it_says_what_pyproject_says():
    assert (CITATION["title"], CITATION["version"]) == (PROJECT["name"], PROJECT["version"])
    assert CITATION["license"] == PROJECT["license"]
    assert CITATION["keywords"] == PROJECT["keywords"]
    assert CITATION["authors"] == PROJECT["authors"]
