"""The setting is that of the runs, and the commands repeat them."""

import subprocess

import yaml

from resnet_lab.report.document import Code, Table, Text, unfolded
from resnet_lab.report.sections.setting import setting_section
from resnet_lab.report.words import load_words


def tables(results):
    return [
        {row.cells[0]: row.cells[1:] for row in block.rows}
        for block in unfolded(setting_section(results, load_words("en")))
        if isinstance(block, Table)
    ]


def codes(results):
    blocks = unfolded(setting_section(results, load_words("en")))
    return {block.language: block.code for block in blocks if isinstance(block, Code)}


def test_hyper_parameters_are_those_of_the_resolved_configs(three_seeds):
    shown, hyper_parameters, *_ = tables(three_seeds)
    assert list(shown) == [
        "Learning rate",
        "Weight decay",
        "Epochs",
        "Batch size",
        "Image size",
        "Label smoothing",
        "Scheduler",
        "Warmup epochs",
        "Number of workers",
    ]
    assert [value for [value] in shown.values()] == ["0.0003", "0.0001", "6", "32", "224", "0.1", "cosine", "1", "2"]
    assert hyper_parameters["Learning rate"] == ("0.0003", "model.lr")
    assert hyper_parameters["Residual connection"] == ("Plain-34: false, ResNet-34: true", "model.residual")
    assert hyper_parameters["Epochs"] == ("6", "trainer.max_epochs")
    assert hyper_parameters["Seeds"] == ("0; 1; 2", "seed_everything")


def test_values_of_the_axis_are_all_named(two_depths):
    assert tables(two_depths)[1]["Depth"] == ("18; 34", "model.depth")


def test_data_machine_and_runs_are_those_of_status_json(make_run, compare):
    runs = [make_run(False, status={"git_commit": None}), make_run(True, status={"skipped": ["a.png"]})]
    results = compare(runs)
    _, _, data, machine, each = tables(results)
    assert data["Fingerprint"] == ("f00dcafe" * 8,)
    assert data["Images"] == ("280 to train, 60 to validate, 60 held out",)
    assert data["Left out, unusable"] == ("—; 1",)
    assert machine["Processor"] == ("A Processor",)
    assert machine["Versions"] == ("python 3.11.7, resnet-lab 0.1.0, torch 2.14.1",)
    assert each["plain34/version_0"] == ("Plain-34", "0", "21,111,874", "5", "9.2", "40.0", "—")
    assert each["resnet34/version_0"][-1] == "0123456789ab"
    assert Text("2 runs took 18 minutes in all.") in setting_section(results, load_words("en"))


def test_the_config_is_that_of_the_control_without_what_is_null(three_seeds):
    run = three_seeds.findings[0].control.runs[0]
    config = run.config()
    del config["trainer"]["gradient_clip_val"]
    assert yaml.safe_load(codes(three_seeds)["yaml"]) == config


def test_the_commands_train_both_arms_on_every_seed(three_seeds, two_depths):
    lines = codes(three_seeds)["bash"].splitlines()
    assert lines[0] == "for seed in 0 1 2; do"
    fit = "  OMP_NUM_THREADS=2 resnet-lab fit --config control.yaml --seed_everything $seed --name "
    assert lines[1:3] == [f"{fit}control", f"{fit}treated --model.residual true"]
    assert lines[4:7] == ["for run in lightning_logs/{control,treated}/version_*; do", "  resnet-lab test $run", "done"]
    assert lines[-1] == "resnet-lab compare control treated --factor model.residual"
    assert codes(two_depths)["bash"].endswith("\n# More settings were trained with: --model.depth 34")


def test_of_one_arm_the_commands_train_its_partner_too(one_arm):
    fit = "  OMP_NUM_THREADS=2 resnet-lab fit --config arm.yaml --seed_everything $seed --name "
    assert codes(one_arm)["bash"].splitlines() == [
        "for seed in 0 1 2; do",
        f"{fit}resnet34",
        f"{fit}plain34 --model.residual false",
        "done",
        "for run in lightning_logs/{resnet34,plain34}/version_*; do",
        "  resnet-lab test $run",
        "done",
        "resnet-lab compare resnet34 plain34 --factor model.residual",
    ]
    assert tables(one_arm)[1]["Residual connection"] == ("ResNet-34: true", "model.residual")


def test_what_is_of_the_machine_is_in_no_config_to_repeat(make_run, compare):
    own = {"trainer.default_root_dir": "/home/me"}
    results = compare([make_run(arm, changes=own, status={"threads": 1}) for arm in (False, True)])
    for arm in results.findings[0].arms:
        path = arm.runs[0].config_path
        path.write_text(path.read_text() + "logs: /home/me/logs\nallocator: system\n")
    assert "/home/me" not in str(setting_section(results, load_words("en")))
    assert not {"logs", "allocator"} & yaml.safe_load(codes(results)["yaml"]).keys()
    assert codes(results)["bash"].count("OMP_NUM_THREADS=1 resnet-lab fit") == 2


def test_a_list_as_a_value_is_one_word_of_the_command(make_run, compare):
    ranges = ([0, 255], [0, 65535])
    results = compare([make_run(True, changes={"data.value_range": r}) for r in ranges], "data.value_range")
    assert "--name treated --data.value_range '[0, 65535]'" in codes(results)["bash"]


def test_a_resumed_run_tells_all_that_it_ran_on(make_run, compare):
    resumed = [{"at": "2026", "threads": 64, "git_commit": "f" * 40}]
    results = compare([make_run(False), make_run(True, status={"resumed": resumed})], force=True)
    _, _, _, machine, each = tables(results)
    assert machine["Threads per run"] == ("2; 64",)
    assert each["resnet34/version_0"][-1] == "0123456789ab, ffffffffffff"


def test_only_the_residual_connection_leaves_weights_and_batches_equal(make_run, compare, one_seed):
    said = Text("Equal seeds give equal initial weights and equal batches in both arms.")
    assert said in list(unfolded(setting_section(one_seed, load_words("en"))))
    sizes = compare([make_run(True, changes={"data.batch_size": size}) for size in (8, 16)], "data.batch_size")
    assert said not in list(unfolded(setting_section(sizes, load_words("en"))))


def test_arms_from_trained_weights_are_repeated_each_from_its_own_source(make_started_run, compare):
    shown = codes(compare([make_started_run(arm, seed) for seed in range(3) for arm in (False, True)]))
    assert yaml.safe_load(shown["yaml"])["model"]["init_from"] == "plain34-pretrained"
    assert "--name treated --model.residual true --model.init_from resnet34-pretrained\n" in shown["bash"]


def test_settings_with_other_starts_are_repeated_by_the_names_of_the_sources(make_started_run, compare):
    runs = [make_started_run(arm, 0, start) for arm in (False, True) for start in (None, {})]
    assert codes(compare(runs))["bash"].endswith("--model.init_from null")


def test_over_folds_each_seed_holds_out_its_own_fold(make_run, compare):
    runs = [make_run(arm, seed, changes={"data.fold": f"{seed or 3}/3"}) for seed in range(3) for arm in (False, True)]
    lines = codes(compare(runs))["bash"].splitlines()
    assert lines[0] == "for run in 0:3/3 1:1/3 2:2/3; do"
    assert "--seed_everything ${run%:*} --data.fold ${run#*:} --name control" in lines[1]
    assert "--seed_everything ${run%:*} --data.fold ${run#*:} --name treated" in lines[2]
    echo = "for run in 0:3/3 1:1/3; do echo ${run%:*} ${run#*:}; done"
    assert subprocess.run(["sh", "-c", echo], capture_output=True, text=True, check=True).stdout == "0 3/3\n1 1/3\n"
