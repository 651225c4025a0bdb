"""Console output of a run."""

from pathlib import Path

from resnet_lab.checkpoint.choice import Choice
from resnet_lab.data.folder import ImageFolder
from resnet_lab.data.items import Item, Items
from resnet_lab.files import write_json
from resnet_lab.runs import claim_run
from resnet_lab.training.console import choice_block, end_block, score_block, split_block, start_block


def images(**splits: str) -> ImageFolder:
    """A folder whose splits hold images of the classes a, b or c, named by one letter each."""
    content = {split: Items(Item(Path(), label, "") for label in labels) for split, labels in splits.items()}
    odd = "c" in splits["val"]
    return ImageFolder(
        *(Path(), ("a", "b", "c"), content, "f00d"),
        passed_over=(Path("x.heic"), Path("y.txt")) if odd else (),
        skipped=("z.png cannot be decoded",) if odd else (),
        leaks=3 if odd else 0,
        doubts=("classes named like splits: seg_test, seg_train",) if odd else (),
    )


FACTS = {
    "name": "plain34",
    "arm": "Plain-34",
    "parameters": 21_111_874,
    "seed": 0,
    "root": "photos",
    "split_sizes": {"train": 1837, "val": 394, "test": 393},
    "hardware": {"device": "cpu"},
    "precision": "bf16-mixed",
    "threads": 2,
    "allocator": "mimalloc",
    "workers": 2,
    "processes": 1,
    "batch_size": 8,
    "batch_size_effective": 8,
}


def test_the_start_names_arm_data_device_and_folder(tmp_path):
    run = claim_run(tmp_path, "plain34")
    block = start_block(run, FACTS, images(train="aabbbc", val="abb", test="a"), "off, as data.cache says")
    assert block.splitlines() == [
        "network plain34: Plain-34 without residual connections, 21,111,874 parameters",
        "seed    0",
        "data    photos: 1,837 images to train on, 394 to validate, 393 kept for the test",
        "classes a 2, b 3, c 1 to train on",
        "cache   off, as data.cache says",
        "device  cpu, bf16-mixed, 2 threads; 2 workers to read images; allocator mimalloc",
        f"run     {tmp_path}/plain34/version_0",
        "note    val has no image of: c",
        "note    test has no image of: b, c",
    ]


def test_a_step_of_several_batches_is_counted_out(tmp_path):
    def step(**facts):
        block = start_block(claim_run(tmp_path, "arm"), FACTS | facts, images(train="a", val="abc", test="abc"), "off")
        return block.splitlines()[6]

    assert step(processes=2, batch_size_effective=16) == "step    16 images: batches of 8 x 2 processes"
    assert step(batch_size_effective=32) == "step    32 images: batches of 8 x 4 accumulated"
    assert step(processes=2, batch_size_effective=64) == "step    64 images: batches of 8 x 2 processes x 4 accumulated"


def test_what_was_left_out_or_allowed_is_counted(tmp_path):
    block = start_block(claim_run(tmp_path, "arm"), FACTS, images(train="abc", val="abc", test="abc"), "found")
    assert block.splitlines()[7:] == [
        "note    classes named like splits: seg_test, seg_train; resnet-lab data check has details",
        "note    ignored 2 files outside class folders or of another kind: x.heic, y.txt",
        "note    1 image cannot be used and is left out; status.json lists them",
        "note    3 images with a copy in another split or under another label; data.allow_leaks accepts it",
    ]


def test_other_data_than_the_runs_are_noted(tmp_path):
    run = claim_run(tmp_path, "arm")
    run.update_status({"fingerprint": "f00d"})
    choice = Choice(run, {which: Path(f"{which}.ckpt") for which in ("best", "last")})
    first = f"run     {run.path} (best.ckpt, last.ckpt)"
    assert choice_block(choice, "f00d") == first
    assert choice_block(choice, "beef").splitlines() == [
        first,
        "note    these are not the data of the run, which may have been trained on images that are scored here",
    ]


LEARNED = {"per_class": {"a": {"n": 20}, "b": {"n": 60}}, "confusion_matrix": [[15, 5], [5, 55]]}
NOTHING = LEARNED | {"confusion_matrix": [[0, 20], [0, 60]]}
TOLD = "has learned nothing: on the {} split it is no better than always predicting b (75.0%)"


def test_a_split_is_a_line():
    scores = {"accuracy": 0.8, "loss": 0.5}
    assert split_block("best", scores, LEARNED) == "best    val accuracy 0.8000, loss 0.5000"
    assert split_block("best", scores, NOTHING).splitlines() == [
        f"note    this network {TOLD.format('validation')}",
        "best    val accuracy 0.8000, loss 0.5000",
    ]


def test_the_end_names_figures_and_the_next_command(tmp_path):
    run = claim_run(tmp_path, "plain34")
    speed = {"images_per_second": 38.94, "data_wait": 0.0214, "peak_share": 0.351, "peak_gflops": 2415.7}
    run.update_status({"epochs": 10, "best_epoch": 7, "wall_seconds": 90.0, **speed})
    scores = {"train": {"accuracy": 0.75, "loss": 0.5}, "val": {"accuracy": 0.7, "loss": 10.6}}
    write_json(run.path / "final" / "metrics.json", {"best": scores, "last": scores})
    assert end_block(run, LEARNED).splitlines() == [
        f"done    in 1.5 minutes; all results are in {run.path}",
        "scores  of the two checkpoints that are kept, on images without augmentation:",
        "                   training             validation",
        "                      loss  accuracy       loss  accuracy",
        "last, epoch 10      0.5000    0.7500    10.6000    0.7000",
        "best, epoch 7       0.5000    0.7500    10.6000    0.7000",
        "speed   38.9 images per second, 2.1% of the time waiting for images",
        f"next    resnet-lab test {run.path}",
        f"        resnet-lab dashboard --logs {tmp_path}",
    ]
    tested_next = end_block(run, LEARNED, test_follows=True).splitlines()
    assert tested_next[-1] == f"next    resnet-lab dashboard --logs {tmp_path}"
    assert "resnet-lab test" not in "".join(tested_next)
    run.update_status({"images_per_second": None})  # a single epoch
    assert "speed" not in end_block(run, LEARNED)
    assert end_block(run, NOTHING).splitlines()[:2] == [
        f"note    this network {TOLD.format('validation')}",
        f"done    in 1.5 minutes; all results are in {run.path}",
    ]


def test_the_commands_at_the_end_can_be_pasted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scores = {"val": {"accuracy": 0.7, "loss": 0.6}}

    def commands(logs):
        run = claim_run(Path(logs), "plain34")
        run.update_status({"epochs": 1, "best_epoch": 1, "wall_seconds": 9.0, "images_per_second": None})
        write_json(run.path / "final" / "metrics.json", {"best": scores, "last": scores})
        return [line[8:] for line in end_block(run, LEARNED).splitlines()[-2:]]

    assert commands("lightning_logs") == ["resnet-lab test lightning_logs/plain34/version_0", "resnet-lab dashboard"]
    assert commands("my logs") == [
        "resnet-lab test 'my logs/plain34/version_0'",
        "resnet-lab dashboard --logs 'my logs'",
    ]


def test_a_test_is_a_line_a_checkpoint():
    figures = {"accuracy": 0.8, "balanced_accuracy": 0.75, "loss": 0.5, "calibration_error": 0.04, "n": 393, **LEARNED}
    assert score_block(Path("run/test"), {"best": figures, "last": figures}).splitlines() == [
        "best    accuracy 0.8000, balanced 0.7500, loss 0.5000, calibration error 0.0400; 393 images",
        "last    accuracy 0.8000, balanced 0.7500, loss 0.5000, calibration error 0.0400; 393 images",
        "wrote   run/test",
    ]


def test_checkpoints_that_learned_nothing_are_told_first():
    figures = {"accuracy": 0.75, "balanced_accuracy": 0.5, "loss": 0.5, "calibration_error": 0.04, "n": 80}

    def first(best, last):
        return score_block(Path("run/test"), {"best": figures | best, "last": figures | last}).splitlines()[0]

    assert first(NOTHING, NOTHING) == f"note    this network {TOLD.format('test')}"
    assert first(LEARNED, NOTHING) == f"note    the last checkpoint {TOLD.format('test')}"
    assert first(NOTHING, LEARNED) == f"note    the best checkpoint {TOLD.format('test')}"
    assert first(LEARNED, LEARNED).startswith("best ")
