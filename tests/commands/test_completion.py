"""Completion: the script is driven in a real bash, and offers what the command line takes."""

import re
import subprocess

import pytest

from resnet_lab.cli import main
from resnet_lab.commands.lightning_options import lightning_options


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("completion") / "resnet-lab.bash"
    with pytest.MonkeyPatch.context() as patch, path.open("w") as file:
        patch.setattr("sys.stdout", file)
        assert main(["completion", "bash"]) == 0
    return path


def complete(script, *words: str) -> list[str]:
    """Return what bash offers for the last of the words."""
    drive = (
        'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _shtab_resnet_lab; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", drive, script, "resnet-lab", *words], capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["f"], ["fit"]),
        (["da"], ["data", "dashboard"]),
        (["fit", "--model.res"], ["--model.residual"]),
        (["fit", "--model.residual", ""], ["true", "false"]),
        (["fit", "--model.shortcut", ""], ["A", "B", "C"]),
        (["fit", "--data.augment", "t"], ["trivial"]),
        (["fit", "--config", "pl"], ["plain34.yaml", "plums.yaml"]),
        (["fit", "--trainer.max_ep"], ["--trainer.max_epochs"]),
        (["fit", "--output"], []),
        (["test", "--outp"], ["--output"]),
        (["predict", "--data.im"], ["--data.image_size", "--data.images", "--data.images_root"]),
        (["compare", "--lang"], ["--language"]),
        (["experiment", "--min"], ["--minutes"]),
        (["experiment", "cells", "--data.augment", "t"], ["trivial"]),
        (["experiment", "phot"], ["photographs"]),
        (["compare", "--language", ""], ["en", "id"]),
        (["inspect", "--che"], ["--checkpoint"]),
        (["export", "--for"], ["--format"]),
        (["export", "--checkpoint", "l"], ["last"]),
        (["dashboard", "--p"], ["--port"]),
        (["data", "c"], ["check", "cache"]),
        (["data", "cache", "build", "--data.im"], ["--data.image_size", "--data.images_root"]),
        (["completion", "b"], ["bash"]),
        (["bench", "--data.ima"], ["--data.image_size"]),
        (["fit", "--allocator", "s"], ["system"]),
        (["fit", "--comp"], ["--compile"]),
        (["fit", "--log"], ["--logs"]),
        (["study", "resi"], ["residual.yaml", "residual128.yaml"]),
        (["study", "residual.yaml", "--laun"], ["--launcher"]),
        (["study", "residual.yaml", "--launcher", "s"], ["slurm"]),
        (["study", "residual.yaml", "--data.image_s"], ["--data.image_size"]),
    ],
)
def test_bash_offers(script, words, offered):
    script.parent.joinpath("plums.yaml").touch()
    script.parent.joinpath("photographs").mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(script.parent)
        assert sorted(complete(script, *words)) == sorted(offered)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script_of_theirs(shell, capsys):
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert "model.residual" in out
    assert out.startswith("#compdef resnet-lab") == (shell == "zsh")


def test_every_option_offered_is_one_that_fit_takes(capsys):
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    taken = capsys.readouterr().out
    for option, _ in lightning_options("fit"):
        assert f"{option} " in taken or f"{option}[" in taken or f"{option}," in taken, option


def test_every_own_option_of_fit_is_offered(script, capsys):
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    own = set(re.findall(r"^  (--[a-z_.]+)", capsys.readouterr().out, re.MULTILINE))
    groups = {"--trainer", "--model", "--data"}  # whole ones, as one word
    ours_alone = {option for option in own if option.split(".")[0] not in groups} - {"--weights_only"}
    assert {"--resume", "--checkpoint.every_n_steps", "--diagnostics.every_n_steps"} <= ours_alone
    assert ours_alone <= set(complete(script, "fit", "--"))


def test_an_unknown_shell_is_refused(capsys):
    assert main(["completion", "csh"]) == 2
    assert "argument shell: invalid choice: 'csh'" in capsys.readouterr().err
