"""GPUs of a machine that has none: a fake nvidia-smi, and what configs ask for."""

import sys

import pytest

from resnet_lab.errors import InputError
from resnet_lab.study.gpus import gpu_names, gpu_phrase, gpus_of_run
from resnet_lab.study.plan import PlannedRun


@pytest.fixture
def nvidia_smi(tmp_path):
    """Return an environment whose nvidia-smi prints lines and ends with a code."""

    def make(lines, code=0):
        path = tmp_path / "bin" / "nvidia-smi"
        path.parent.mkdir(exist_ok=True)
        wanted = ["--query-gpu=uuid", "--format=csv,noheader"]
        path.write_text(
            f"#!{sys.executable}\nimport sys\nassert sys.argv[1:] == {wanted}\nprint({lines!r})\nsys.exit({code})\n"
        )
        path.chmod(0o755)
        return {"PATH": str(path.parent)}

    return make


@pytest.fixture
def run_of(plan):
    def make(devices="auto", accelerator="auto"):
        settings = {"trainer.devices": devices, "trainer.accelerator": accelerator}
        return PlannedRun(plan[0].cell, 4, {**plan[0].config, **settings})

    return make


def test_nvidia_smi_names_the_gpus(nvidia_smi):
    assert gpu_names(nvidia_smi("GPU-b1c2\nGPU-a3d4")) == ("GPU-b1c2", "GPU-a3d4")
    assert gpu_names(nvidia_smi("No devices were found")) == ()
    assert gpu_names(nvidia_smi("GPU-b1c2", code=9)) == ()


def test_without_nvidia_smi_there_are_none(tmp_path):
    assert gpu_names({"PATH": str(tmp_path)}) == ()


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        ("0,2", ("0", "2")),
        ("GPU-a3d4, MIG-77", ("GPU-a3d4", "MIG-77")),
        ("1,-1,2", ("1",)),
        ("-1", ()),
        ("", ()),
        ("NoDevFiles", ()),
        ("1,1", ("1",)),
    ],
)
def test_names_that_are_given_are_kept(nvidia_smi, visible, names):
    assert gpu_names({**nvidia_smi("GPU-b1c2"), "CUDA_VISIBLE_DEVICES": visible}) == names


@pytest.mark.parametrize(
    ("devices", "accelerator", "processes", "number"),
    [
        ("auto", "auto", set(), 1),
        ("auto", "gpu", {2}, 2),
        ("auto", "cuda", {1}, 1),
        (1, "auto", {3}, 1),
        (3, "auto", set(), 3),
        ("3", "gpu", set(), 3),
        (-1, "auto", set(), 4),
        ("-1", "auto", set(), 4),
        ("-1", "gpu", {2}, 2),
        ("", "auto", set(), 1),
        (-3, "auto", set(), 1),
        ([2], "auto", set(), 4),
        ("0,2", "gpu", set(), 4),
        ("1,", "gpu", set(), 4),
        (4, "cpu", {9}, 0),
        (1, "mps", set(), 0),
    ],
)
def test_a_run_needs_a_gpu_per_process(run_of, devices, accelerator, processes, number):
    assert gpus_of_run(run_of(devices, accelerator), processes, 4) == number


@pytest.mark.parametrize(
    ("devices", "accelerator"), [("auto", "auto"), (2, "auto"), (1, "gpu"), ("auto", "gpu"), (-1, "auto"), (4, "cpu")]
)
def test_without_a_gpu_a_run_may_be_on_the_cpu_or_on_that_of_a_mac(run_of, devices, accelerator):
    assert gpus_of_run(run_of(devices, accelerator), {1}, 0) == 0


@pytest.mark.parametrize(
    ("devices", "accelerator", "processes", "available", "message"),
    [
        (3, "auto", set(), 1, "needs 3 GPUs, and there is 1: set trainer.devices or trainer.accelerator to what"),
        ([0, 2], "auto", set(), 2, "needs 3 GPUs, and there are 2: set trainer.devices"),
        (2, "gpu", set(), 0, "needs 2 GPUs, and there are none: set trainer.devices"),
        (-1, "auto", {4}, 2, "needs 4 GPUs, as many as the runs that the seed has, and there are 2: use a machine"),
        ("auto", "cuda", set(), 0, "needs 1 GPU, and there are none: set trainer.devices"),
        (
            *("auto", "auto", {4}, 2),
            "needs 4 GPUs, as many as the runs that the seed has, and there are 2: use a machine with as many, or name",
        ),
        ("auto", "auto", {4}, 0, "needs 4 GPUs, as many as the runs that the seed has, and there are none: use a"),
    ],
)
def test_too_few_are_refused_by_name(run_of, devices, accelerator, processes, available, message):
    with pytest.raises(InputError) as error:
        gpus_of_run(run_of(devices, accelerator), processes, available)
    assert str(error.value).startswith(f"plain34 with seed 4 {message}")


def test_a_seed_with_several_numbers_of_processes_is_refused(run_of):
    with pytest.raises(InputError, match="The runs of seed 4 have 1 and 2 processes"):
        gpus_of_run(run_of(), {2, 1}, 4)


@pytest.mark.parametrize(
    ("asked", "there", "jobs", "phrase"),
    [
        ([1], 1, 1, "1 GPU, 1 run each"),
        ([1], 2, 3, "2 GPUs, 3 runs, 2 per GPU by turns"),
        ([2], 4, 4, "4 GPUs, 2 per run, 4 runs, 2 per GPU by turns"),
        ([1, 2], 4, 2, "4 GPUs, 1 or 2 per run"),
        ([0, 1], 2, 2, "2 GPUs, 1 run each, other runs on the CPU"),
    ],
)
def test_the_plan_says_how_they_are_dealt(asked, there, jobs, phrase):
    assert gpu_phrase(asked, there, jobs) == phrase
