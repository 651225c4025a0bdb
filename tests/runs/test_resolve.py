"""The run or runs that a word means, for each command; what means none is refused with the way out."""

from pathlib import Path

import pytest

from resnet_lab.config.find import shipped_configs
from resnet_lab.errors import InputError, NothingToResumeError
from resnet_lab.runs import Run, claim_run
from resnet_lab.runs.resolve import (
    newest_finished,
    newest_run,
    run_of_config,
    run_to_evaluate,
    run_to_resume,
    run_with_config,
    runs_to_compare,
    runs_with_network,
)


@pytest.fixture
def logs(tmp_path) -> Path:
    return tmp_path / "lightning_logs"


@pytest.fixture
def make(logs):
    def make(name="arm", status="finished", seed=0, checkpoints=("best", "last")) -> Run:
        run = claim_run(logs, name)
        run.config_path.touch()
        run.update_status({"status": status, "name": name, "seed": seed})
        for which in checkpoints:
            run.checkpoints[which].parent.mkdir(exist_ok=True)
            run.checkpoints[which].touch()
        return run

    return make


def evaluated(word, logs):
    return [run_to_evaluate(word, logs)]


def inspected(word, logs):
    return runs_with_network([word], logs, "best")


def compared(word, logs):
    return runs_to_compare([word], logs)[0]


def resumed(word, logs):
    return [run_to_resume(word, logs)]


COMMANDS = [evaluated, inspected, compared, resumed]


def refusal(command, word, logs, kind=InputError) -> str:
    with pytest.raises(kind) as refused:
        command(str(word), logs)
    assert "\n" not in str(refused.value)
    return str(refused.value)


# -- what every command has in common


@pytest.mark.parametrize("command", COMMANDS)
def test_a_run_folder_is_that_run_however_it_is_written(command, make, logs, monkeypatch):
    status = "interrupted" if command is resumed else "finished"
    run = make(status=status)
    make(status=status)
    here = {run.path: logs.parent, "lightning_logs/arm/version_0/": logs.parent, "version_0": logs / "arm"}
    here |= {".": run.path, "../version_0": run.path, "..": run.path / "checkpoints", "arm/version_0": logs.parent}
    for word, folder in here.items():
        monkeypatch.chdir(folder)
        [found] = command(str(word), logs)
        assert found.path.resolve() == run.path
        assert found.label == "arm/version_0"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_and_the_folder_of_a_name_mean_the_same(command, make, logs, monkeypatch):
    make()
    run = make(status="interrupted" if command is resumed else "finished", seed=0)
    make("other")
    for word, folder in {"arm": logs, str(logs / "arm"): Path("elsewhere")}.items():
        assert command(word, folder) == [run]
    monkeypatch.chdir(logs.parent)
    [found] = command("arm", Path("lightning_logs"))
    assert found.path == Path("lightning_logs/arm") / run.path.name  # shown as short as it was asked for
    monkeypatch.chdir(logs / "arm")
    assert [found.path for found in command(".", Path("elsewhere"))] == [run.path]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_is_not_taken_for_a_folder_of_images_that_is_called_alike(command, make, logs, monkeypatch):
    run = make(status="interrupted" if command is resumed else "finished")
    (logs.parent / "arm").mkdir()
    monkeypatch.chdir(logs.parent)
    assert [found.path.absolute() for found in command("arm", Path("lightning_logs"))] == [run.path]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_not_there_is_refused_with_what_there_is(command, make, logs, tmp_path):
    make("plain34")
    make("resnet34")
    unknown = f"is neither a run folder nor the name of a run in {logs}; "
    assert refusal(command, "plain43", logs) == f"plain43 {unknown}did you mean plain34?"
    assert refusal(command, "else", logs) == f"else {unknown}there is plain34, resnet34."
    assert refusal(command, "x", tmp_path / "no").endswith(f"in {tmp_path / 'no'}; there is none.")
    assert refusal(command, "plain34", tmp_path / "no").endswith(
        "; there is none. First run: resnet-lab fit --config plain34.yaml"
    )
    (tmp_path / "empty").mkdir()
    assert refusal(command, tmp_path / "empty", logs) == (
        f"{tmp_path}/empty holds no run: a run folder is <logs>/<name>/version_<n>, as resnet-lab fit makes it."
    )
    assert refusal(command, "x" * 300, logs) == f"{'x' * 80} cannot be read (File name too long)."


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("word", ["/", "/proc/version", "a\0b", "..", ""])
def test_a_word_that_leads_nowhere_is_refused_in_words(command, logs, monkeypatch, tmp_path, word):
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    refusal(command, word, logs)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_run_of_another_tool_or_of_a_later_format_is_refused(command, make, logs):
    foreign = claim_run(logs, "other")
    (foreign.path / "hparams.yaml").write_text("lr: 1\n")
    said = "version_0 is no run of resnet-lab (it has no status.json that says how it ended)."
    assert refusal(command, foreign.path, logs) == f"The run {logs}/other/{said}"
    assert refusal(command, "other", logs).endswith(f"other/{said}")
    later = make()
    later.update_status({"format": 2})
    for word in (later.path, "arm"):
        assert (
            refusal(command, word, logs)
            == f"{later.path} has format 2; this resnet-lab reads up to 1: install a newer one."
        )


@pytest.mark.parametrize("command", [evaluated, inspected, resumed])
def test_a_folder_of_several_names_is_not_one_run(command, make, logs):
    make("plain34")
    make("resnet34")
    assert refusal(command, logs, logs) == (
        f"{logs} is a folder of runs, and one run is meant here: name one of {logs / 'plain34'}, {logs / 'resnet34'}."
    )


@pytest.mark.parametrize("command", [inspected, compared])
@pytest.mark.parametrize(
    ("status", "words"), [("interrupted", "is interrupted"), ("running", "is still running, or was killed")]
)
def test_an_unfinished_run_is_refused_with_the_command_that_goes_on_with_it(command, make, logs, status, words):
    run = make(status=status)
    assert refusal(command, run.path, logs) == (
        f"The run {run.path} {words}; a finished run is needed. Go on with it (resnet-lab fit --resume {run.path}), "
        "or name another run."
    )


@pytest.mark.parametrize("command", [evaluated, inspected, compared])
def test_a_name_without_a_finished_run_is_refused_with_the_state_of_each(command, make, logs):
    make(status="failed")
    killed = make(status="running")
    assert refusal(command, "arm", logs) == (
        "arm has no finished run: arm/version_0 is failed; arm/version_1 is still running, or was killed. "
        f"Go on with it: resnet-lab fit --resume {killed.path}."
    )


# -- test, validate, predict


def test_the_newest_finished_run_is_evaluated(make, logs):
    make()
    run = make()
    make(status="interrupted")
    assert run_to_evaluate("arm", logs) == newest_finished(logs, "arm") == run


def test_the_folder_of_an_unfinished_run_is_that_run(make, logs):
    """One of its checkpoints can be scored; without ``--ckpt_path`` the run is refused later."""
    run = make(status="interrupted")
    assert run_to_evaluate(str(run.path), logs) == run


# -- inspect


def test_the_newest_finished_run_with_the_checkpoint_is_inspected(make, logs):
    run = make()
    make(checkpoints=["last"])
    make(status="interrupted")
    assert runs_with_network(["arm", str(run.path), str(logs / "arm")], logs, "best") == [run]


def test_a_run_without_checkpoints_is_refused_with_the_way_out(make, logs):
    run = make(checkpoints=["last"])
    assert refusal(inspected, run.path, logs) == (
        f"The run {run.path} has no checkpoints/best.ckpt, which holds the network (a run that is kept in git has "
        f"none): train it again with resnet-lab fit --config {run.config_path}, which makes a run of its own beside "
        "it, and name that one."
    )
    said = refusal(inspected, "arm", logs)
    assert said.startswith("arm has no finished run with checkpoints/best.ckpt, which holds the network")


# -- compare


def test_the_newest_finished_run_of_each_seed_is_compared(make, logs):
    first, second, third = make(seed=0), make(seed=1), make(seed=0)
    make(seed=1, status="running")
    lost = make(seed=2, status="failed")
    claimed = claim_run(logs, "arm")
    assert runs_to_compare(["arm"], logs) == ([third, second], [lost, claimed])
    assert runs_to_compare([str(first.path)], logs) == ([first], [])


def test_a_diverged_run_is_compared_and_an_earlier_one_of_a_repeated_seed_is_told(make, logs):
    finished, diverged, lost = make(seed=0), make(seed=1, status="diverged"), make(seed=2, status="diverged")
    repeat = make(seed=2)
    assert runs_to_compare(["arm"], logs) == ([finished, diverged, repeat], [lost])
    assert runs_to_compare([str(diverged.path)], logs) == ([diverged], [])
    assert runs_to_compare(["arm", str(lost.path)], logs) == ([finished, diverged, repeat, lost], [])


def test_a_name_whose_runs_all_diverged_is_compared_and_not_evaluated(make, logs):
    run = make(status="diverged")
    assert compared("arm", logs) == [run]
    assert refusal(evaluated, "arm", logs) == (
        "arm has no finished run: arm/version_0 diverged. Train it with a lower --model.lr."
    )


def test_a_folder_of_runs_is_all_its_names(make, logs):
    runs = [make("plain34"), make("resnet34")]
    (logs / "comparison" / "residual-0123abcd").mkdir(parents=True)
    assert compared(str(logs), Path("elsewhere")) == runs
    assert compared(logs.name, logs.parent) == runs
    assert runs_to_compare(["resnet34", str(runs[1].path), str(logs)], logs)[0] == runs[::-1]  # each once


# -- fit --resume


def test_the_newest_unfinished_run_is_resumed(make, logs):
    make(status="failed")
    run = make(status="interrupted")
    make()
    claim_run(logs, "arm")  # the fit that claimed it was killed
    assert run_to_resume("arm", logs) == run
    assert run_to_resume(str(run.path), logs) == run


def test_what_is_finished_is_not_resumed(make, logs):
    make()
    run = make()
    for word in ("arm", run.path):
        said = refusal(resumed, word, logs, NothingToResumeError)
        assert said == f"{run.path} is finished: there is nothing to resume."


def test_a_name_of_claimed_folders_alone_has_nothing_to_resume(logs):
    claim_run(logs, "arm")
    assert refusal(resumed, "arm", logs).startswith("arm has no run to resume: arm/version_0 is no run of resnet-lab")


def test_the_newest_run_of_a_name_and_seed(make, logs):
    run = make(seed=3)
    assert newest_run(logs, "arm", 3) == newest_run(logs, "arm", None) == run
    assert newest_run(logs, "arm", 4) is None
    assert newest_run(logs, "other", 3) is None
    claim_run(logs, "arm")
    assert newest_run(logs, "arm", 3) == run


# -- a config


def test_the_config_of_a_run_means_that_run(make, logs):
    run, newer = make(), make()
    assert run_of_config([run.config_path], logs, "arm") == run
    assert run_of_config([logs / "mine.yaml"], logs, "arm") == newer
    assert run_with_config([logs / "mine.yaml"]) is None
    with pytest.raises(InputError, match=r"is the config of a run of arm, but the name is other: give one of them\."):
        run_of_config([run.config_path], logs, "other")
    with pytest.raises(InputError, match=r"The configs are of 2 runs, .*version_0, .*version_1: give one of them"):
        run_of_config([run.config_path, newer.config_path], logs, "arm")


def test_the_config_of_an_unfinished_run_is_refused_with_both_ways(make, logs):
    run = make(status="interrupted")
    with pytest.raises(InputError, match=r"is interrupted; a finished .* or name one of its checkpoints with --ckpt"):
        run_of_config([run.config_path], logs, "arm")


@pytest.mark.parametrize(
    ("config", "command"),
    [
        (shipped_configs() / "plain34.yaml", "--config plain34.yaml"),
        (Path("exp/plain34.yaml"), "--config exp/plain34.yaml"),
        (Path("exp/mine.yaml"), "--config exp/mine.yaml --name plain34"),
    ],
)
def test_a_config_without_a_run_is_the_one_to_fit(logs, config, command):
    with pytest.raises(InputError) as refused:
        run_of_config([config], logs, "plain34")
    assert str(refused.value) == (
        f"There is no finished run of plain34 in {logs}, and untrained weights are not scored. First run: resnet-lab "
        f"fit {command}"
    )
