"""YAML: a key twice, bombs, depth, size and special files are refused; the rest is read as PyYAML reads it."""

import os
from pathlib import Path

import pytest
import yaml

from resnet_lab.config.safe_yaml import UnusableYamlError, parse_yaml, read_yaml
from resnet_lab.errors import InputError


def _bomb(levels: int) -> str:
    """A text of some hundred bytes that stands for 9^levels values."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for level in range(levels - 1):
        here, before = chr(98 + level), chr(97 + level)
        lines.append(f"{here}: &{here} [{', '.join([f'*{before}'] * 9)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# a comment alone",
        "a: 1\nb: {c: [1, 2.5, null, true, .nan]}\n",
        "base: &base {lr: 1.0e-3, depth: 20}\narm: {<<: *base, depth: 34}\n",
        "one: &one {k: 1}\ntwo: {deep: {base: &two {<<: *one, k: 2}}}\nthree: {<<: *two, k: 3}\n",  # merged twice
        "lr: 3e-4\nday: 2024-02-29\n? 1\n: one\n",
        "a: {k: 1}\nb: {k: 1}\n",
        _bomb(2),
    ],
)
def test_what_is_harmless_is_read_as_by_pyyaml(text):
    assert repr(parse_yaml(text)) == repr(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("text", "key", "lines"),
    [
        ("name: a\nmodel:\n  lr: 1\ndata: {}\nmodel:\n  depth: 18\n", "model", (2, 5)),
        ("cells: [{config: a.yaml,\n  config: b.yaml}]\n", "config", (1, 2)),
        ("model:\n  depth: 18\n\n  'depth': 34\n", "depth", (2, 4)),
        ("{yes: 1,\n true: 2}", "true", (1, 2)),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_both_lines(text, key, lines):
    with pytest.raises(
        UnusableYamlError, match=f"the key {key} stands twice, in line {lines[0]} and in line {lines[1]}"
    ):
        parse_yaml(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_bomb(9), "aliases stand for more than 100,000 values"),
        ("a: &a {b: 1}\n" + "c: &c {<<: [*a, *a, *a]}\n" + "d: &d [*d]", "50 levels deep"),
        ("[" * 60 + "]" * 60, "50 levels deep"),
        ("[" * 100_000, "nest"),
        ("- " * 100_000, "nest"),
        ("#" * 1_000_001, "more than 1,000,000 characters"),
        ("a: 2024-99-99", "month must be in 1..12"),
        ("a: !!float x", "could not convert"),
        ("a: !!timestamp x", "."),
        ("? [a]\n: 1", "unhashable"),
        ("!!map a: 1", "unhashable"),
        ("a: " + "1" * 5000, "4300 digits"),
        ("a: \0", "unacceptable character"),
        ("--- a\n--- b", "single document"),
        ("a: !!python/object/apply:os.system [x]", "could not determine a constructor"),
        ("a: [", "expected"),
    ],
)
@pytest.mark.parametrize("loader", ["fast", "plain"])
def test_what_cannot_be_used_is_one_error(text, said, loader, monkeypatch):
    if loader == "plain":
        monkeypatch.setattr("resnet_lab.config.safe_yaml._LOADER", yaml.SafeLoader)
    with pytest.raises(UnusableYamlError, match=said):
        parse_yaml(text)


def test_a_file_is_named_in_the_error(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\na: 2\n")
    with pytest.raises(InputError, match=r"a\.yaml cannot be used: the key a stands twice"):
        read_yaml(path)
    path.write_bytes(b"a: \xff\xfe")
    with pytest.raises(InputError, match=r"a\.yaml cannot be used: 'utf-8' codec"):
        read_yaml(path)
    with pytest.raises(FileNotFoundError):
        read_yaml(tmp_path / "none.yaml")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "a.yaml")
    with pytest.raises(InputError, match=r"a\.yaml is a pipe, and a file is needed"):
        read_yaml(tmp_path / "a.yaml")
