"""A study's file becomes a grid: what is laid over what, and what is refused."""

import re

import pytest

from resnet_lab.comparison.plan import Tuning
from resnet_lab.config.find import find_study, shipped_configs
from resnet_lab.errors import InputError
from resnet_lab.study.plan import planned_runs, read_study


@pytest.fixture
def write(tmp_path):
    def write_study(text):
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return path

    return write_study


def test_the_shipped_study_is_both_arms_with_six_seeds_and_nothing_else():
    study = read_study(find_study("residual.yaml"))
    assert study.name == "residual"
    assert [(cell.name, cell.config, cell.settings) for cell in study.cells] == [
        (name, shipped_configs() / f"{name}.yaml", {}) for name in ("plain34", "resnet34")
    ]
    assert study.seeds == (1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    ("name", "key", "values", "common"),
    [
        ("depth", "model.depth", (20, 32, 56, 110), {"data.image_size": 64, "model.precise_bn": True}),
        ("depth224", "model.depth", (18, 34, 50, 101), {"model.precise_bn": True}),
    ],
)
def test_the_other_shipped_studies_are_both_arms_at_each_value_of_one_key(name, key, values, common):
    study = read_study(find_study(f"{name}.yaml"))
    found = [(cell.config.stem, cell.settings[key]) for cell in study.cells]
    assert found == [(arm, value) for value in values for arm in ("plain34", "resnet34")]
    assert all(common.items() <= cell.settings.items() for cell in study.cells)
    assert len({frozenset(cell.settings.keys()) for cell in study.cells}) == 1
    assert len(study.seeds) >= 2


def test_the_study_of_the_learning_rate_tunes_the_recipe():
    study = read_study(find_study("learning-rate.yaml"))
    assert study.plan.tuning == Tuning("model.lr", (1e-4, 3e-4, 1e-3), "val/accuracy", (100, 101))
    assert [(cell.of, cell.settings) for cell in study.cells] == [
        (name, {"model.lr": value}) for name in ("plain34", "resnet34") for value in (1e-4, 3e-4, 1e-3)
    ]
    assert study.seeds == read_study(find_study("residual.yaml")).seeds


def test_runs_go_seed_by_seed_so_that_pairs_are_complete_early(write):
    study = read_study(write("cells: [plain34.yaml, resnet34.yaml]\nseeds: [3, 1]\n"))
    runs = planned_runs(study, {"plain34": {"a": 1}, "resnet34": {"a": 2}})
    assert [(run.cell.name, run.seed, run.config["a"]) for run in runs] == [
        ("plain34", 3, 1),
        ("resnet34", 3, 2),
        ("plain34", 1, 1),
        ("resnet34", 1, 2),
    ]
    assert runs[0].key == "plain34-seed3"


def test_folds_turn_with_the_seed_and_are_equal_in_all_cells(write):
    study = read_study(write("cells: [plain34.yaml, resnet34.yaml]\nseeds: [1, 2, 3, 4]\nfolds: 3\n"), seeds=[3, 4])
    runs = planned_runs(study, {"plain34": {"data.fold": None}, "resnet34": {}})
    assert [run.config["data.fold"] for run in runs] == ["3/3", "3/3", "1/3", "1/3"]
    assert runs[0].words[-4:] == ["--data.fold", "3/3", "--seed_everything", "3"]
    assert "data.fold" in runs[0].named
    assert "data.fold" not in runs[0].cell.named


def test_a_plan_is_that_of_the_whole_file(write):
    text = (
        "cells:\n- plain34.yaml\n- {config: resnet34.yaml, question: degradation}\nseeds: [3, 1, 2]\nlooks: [3]\n"
        "worth: 1.5\nfolds: 2\nquestion: gap\n"
    )
    study = read_study(write(text), cells=["plain34"], seeds=[7])
    assert study.plan.questions == {"plain34": "gap", "resnet34": "degradation"}
    assert (study.plan.study, study.plan.looks, study.plan.seeds) == ("mine", (3,), (3, 1, 2))
    assert (study.plan.worth, study.plan.folds) == (pytest.approx(0.015), 2)
    assert (study.cells[0].settings, study.seeds) == ({}, (7,))


def test_of_config_study_cell_and_command_line_the_later_wins(write):
    path = write(
        "cells:\n- plain34.yaml\n- {config: plain34.yaml, name: plain18, model: {depth: 18}, data: {image_size: 64}}\n"
        "seeds: [0]\nmodel: {lr: 0.1, depth: 20}\ndata:\n  image_size: 32\n  value_range: [0, 255]\n"
        "trainer: {logger: {class_path: CSVLogger}}\n"
    )
    plain, deep = read_study(path, {"model.lr": "3e-4"}).cells
    common = ["--data.value_range", "[0, 255]", "--trainer.logger", '{"class_path": "CSVLogger"}']
    start = ["--config", str(shipped_configs() / "plain34.yaml"), "--name"]
    assert plain.words == [
        *[*start, "plain34", "--model.lr", "3e-4", "--model.depth", "20", "--data.image_size", "32"],
        *common,
    ]
    assert deep.words == [
        *[*start, "plain18", "--model.lr", "3e-4", "--model.depth", "18", "--data.image_size", "64"],
        *common,
    ]
    assert {"name", "model.residual", "model.lr", "data.image_size"} <= plain.named
    assert "model.shortcut" not in plain.named


def test_a_config_beside_the_study_is_found_first(write, tmp_path):
    (tmp_path / "plain34.yaml").write_text("name: own\n")
    [cell] = read_study(write("cells: [plain34.yaml]\nseeds: [0]\n")).cells
    assert (cell.name, cell.config) == ("own", tmp_path / "plain34.yaml")


def test_cells_and_seeds_can_be_chosen(write):
    path = write("cells: [plain34.yaml, resnet34.yaml]\nseeds: [0, 1]\n")
    study = read_study(path, cells=["resnet34"], seeds=[7])
    assert ([cell.name for cell in study.cells], study.seeds) == (["resnet34"], (7,))


SEEDS = "seeds: [0]\n"
CELLS = "cells: [plain34.yaml]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "mine.yaml has no list of cells. A study names the configs of its cells and its seeds: cells: [plain34.y"),
        (CELLS + "seed: [0]\n", "mine.yaml has no list of seeds; is seed meant for it? A study names"),
        (CELLS + "seeds: []\n", "mine.yaml has no list of seeds."),
        (CELLS + "seeds: 3\n", "mine.yaml has no list of seeds."),
        (
            CELLS + "seeds: [0, true]\n",
            "A seed of mine.yaml is True; it must be a whole number between 0 and 4294967295.",
        ),
        (CELLS + "seeds: [-1]\n", "A seed of mine.yaml is -1; it must be a whole number"),
        (CELLS + "seeds: [1, 2, 1]\n", "Seed 1 is given twice, and a seed is one run of each cell: give it once."),
        ("cells: [plain43.yaml]\n" + SEEDS, "There is no config plain43.yaml; did you mean plain34.yaml?"),
        (
            "cells: [{name: x}]\n" + SEEDS,
            'mine.yaml has a cell {"name": "x"}: it must be the name of a config, or a mapp',
        ),
        ("cells: [34]\n" + SEEDS, "mine.yaml has a cell 34: it must be"),
        ("cells: [recipe.yaml]\n" + SEEDS, "A cell of mine.yaml has no name: give it one (name: ...), or a config"),
        ("cells: [plain34.yaml, plain34.yaml]\n" + SEEDS, "mine.yaml has several cells of the name plain34: give each"),
        ("cells: [{config: plain34.yaml, name: a/b}]\n" + SEEDS, "name 'a/b' cannot name a run folder"),
        (CELLS + SEEDS + "name: x\n", "mine.yaml has name, but a name belongs to a cell."),
        (
            "cells: [{config: plain34.yaml, seed_everything: 1}]\n" + SEEDS,
            "A cell of mine.yaml has seed_everything, but the seeds are a list: seeds.",
        ),
        (
            CELLS + SEEDS + "looks: [3]\n",
            "The last look of mine.yaml is at 3 pairs, and the number of its seeds is 1: give",
        ),
        (
            CELLS + SEEDS + "worth: 1.0\nquestion: loss\n",
            "worth of mine.yaml is in points, and the question loss is not: leave worth out, or ask a question in",
        ),
        (
            CELLS + SEEDS + "question: gradient_flow\n",
            "mine.yaml asks the question gradient_flow, by which no arms can",
        ),
        (
            CELLS + SEEDS + "question: speed\n",
            "mine.yaml asks the question speed, by which no arms can be judged; there is acc",
        ),
        (
            "cells: [{config: plain34.yaml, question: acuracy}]\n" + SEEDS,
            "mine.yaml asks the question acuracy, by which no arms can be judged; did you mean accuracy?",
        ),
        (CELLS + "seeds: [0, 1]\nfolds: 2\ndata: {fold: 1/2}\n", "mine.yaml has data.fold beside folds, which sets"),
        (CELLS + SEEDS + "look: [3]\n", "mine.yaml has look, which does not exist; did you mean looks?"),
        (
            CELLS + SEEDS + "modle: {depth: 20}\n",
            "mine.yaml has modle.depth, which does not exist; did you mean model?",
        ),
        (CELLS + SEEDS + "speed: 1\n", "mine.yaml has speed, which does not exist; leave it out."),
        (
            CELLS + SEEDS + "question: {a: b}\n",
            "mine.yaml has question.a, but question is one value: write question: VALUE.",
        ),
        (
            "cells: [{config: plain34.yaml, question: {a: b}}]\n" + SEEDS,
            "A cell of mine.yaml has question.a, but question is one value: write question: VALUE.",
        ),
        (
            "cells: [{config: plain34.yaml, looks: [3]}]\n" + SEEDS,
            "A cell of mine.yaml has looks, but looks is for all cells: write it beside cells.",
        ),
        ("cells: [\n", "mine.yaml cannot be used: "),
    ],
)
def test_what_is_refused(write, tmp_path, text, message):
    with pytest.raises(InputError) as error:
        read_study(write(text))
    assert message in str(error.value).replace(f"{tmp_path}/", "")


def test_a_setting_of_the_command_line_that_a_study_settles_is_refused(write):
    with pytest.raises(InputError, match=re.escape("The command line has trainer.default_root_dir, but the folder of")):
        read_study(write(CELLS + SEEDS), {"trainer.default_root_dir": "x"})


def test_an_unknown_cell_is_named_with_the_nearest(write):
    with pytest.raises(InputError, match=r"mine.yaml has no cell plain43; did you mean plain34\?"):
        read_study(write(CELLS + SEEDS), cells=["plain43"])
    with pytest.raises(InputError, match=r"mine.yaml has no cell x; it has plain34\."):
        read_study(write(CELLS + SEEDS), cells=["x"])
