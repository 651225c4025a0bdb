"""Cells of a ladder: what is refused on their resolved configs, before the plan is printed."""

import pytest

from resnet_lab.errors import InputError
from resnet_lab.study.ladder_cells import refuse_wrong_rungs
from resnet_lab.study.plan import read_study
from resnet_lab.study.resolved_configs import resolve_configs

FILE = """\
seeds: [0, 1, 2]
cells:
  - {config: plain34.yaml, name: plain}
  - {config: plain34.yaml, name: rung, model: {init: dirac}}
  - {config: resnet34.yaml, name: residual}
ladder: {from: plain, to: residual}
"""
TUNE = "tune: {key: model.lr, values: [1e-4, 3e-4], by: val/accuracy, seeds: [100]}\n"
SHARED = {"seed_everything": 0, "data.root": "builtin:elpv", "data.augment": "none", "trainer.max_epochs": 2}
SHARED |= {"model.depth": 34, "model.shortcut": "A", "model.lr": 1e-3, "model.init": "kaiming_normal"}
SHARED |= {"model.norm_bias": 0.0, "model.shortcut_span": 2}
KNOB, B = {"model.init": "dirac"}, {"model.shortcut": "B"}


@pytest.fixture
def study(tmp_path):
    def of(text=FILE, **chosen):
        (tmp_path / "s.yaml").write_text(text)
        return read_study(tmp_path / "s.yaml", **chosen)

    return of


def refuse(study, rung=KNOB, start=None, end=None):
    of_cell = {
        "plain": {"model.residual": False, **(start or {})},
        "rung": {"model.residual": False, **rung},
        "residual": {"model.residual": True, **(end or {})},
    }
    refuse_wrong_rungs(
        study, {one.name: {**SHARED, "name": one.name, **of_cell[one.of or one.name]} for one in study.cells}
    )


@pytest.mark.parametrize(
    "rung",
    [KNOB, {"model.residual": True, "model.shortcut_span": 1}, {**KNOB, "data.num_workers": 0}],
)
def test_a_rung_of_one_knob_passes(study, rung):
    refuse(study(), rung)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            {"end": {"model.lr": 1e-4}},
            "ends of the ladder, plain and residual, must differ in one key, and differ in model.lr, model.residual: ",
        ),
        ({"end": {"model.residual": False}}, "must differ in one key, and differ in none: name other cells in ladder"),
        (
            {"start": {"model.residual": True}, "end": {"model.residual": False}},
            "goes from plain, which has shortcuts, to residual, which has none: write ladder: {from: residual, to: pla",
        ),
        (
            {"rung": {"model.residual": True, "model.shortcut": "C"}},
            "The cell rung of the ladder has shortcut C, whose projections have parameters of their own",
        ),
        (
            {"start": B, "end": {**B, "model.residual": True}, "rung": {**KNOB, **B}},
            "The cell residual of the ladder has shortcut B, whose projections have parameters of their own",
        ),
        (
            {"rung": {"model.depth": 18}},
            "in model.depth 18, and model.depth is no knob of a rung (model.shortcut_",
        ),
        ({"rung": {"model.lr": 1e-4}}, "in model.lr 0.0001, and model.lr is no knob of a rung"),
        ({"rung": {"data.augment": "trivial"}}, "and data.augment is no knob of a rung"),
        ({"rung": {"trainer.max_epochs": 3}}, "3, and trainer.max_epochs is no knob of a rung"),
        ({"rung": {}}, "The rung rung has the settings of an end of the ladder: give it a knob, or leave it out."),
        (
            {"rung": {**KNOB, "model.norm_bias": 2.0}},
            "in model.init dirac, model.norm_bias 2.0, so its result would belong to neither change: give each change",
        ),
    ],
)
def test_a_ladder_that_compare_could_not_judge_is_refused(study, cells, message):
    with pytest.raises(InputError) as refused:
        refuse(study(), **cells)
    assert message in str(refused.value)
    assert str(refused.value).count(". ") == 0  # one sentence


def test_the_tuned_key_is_no_difference(study):
    tuned = study(FILE + TUNE)
    of = {one.name: one.value for one in tuned.cells}
    knob = {name: KNOB if name.startswith("rung") else {"model.residual": name.startswith("residual")} for name in of}
    configs = {name: {**SHARED, "model.residual": False, **knob[name], "model.lr": lr} for name, lr in of.items()}
    refuse_wrong_rungs(tuned, configs)
    for name in of:
        if name.startswith("rung"):
            configs[name] = {**configs[name], "model.depth": 18}
    with pytest.raises(InputError, match=r"The rung rung differs from the nearer end of the ladder in model.depth 18"):
        refuse_wrong_rungs(tuned, configs)


def test_a_part_of_the_cells_and_a_study_without_a_ladder_pass(study):
    refuse(study(cells=["plain", "rung"]), {"model.depth": 18})
    refuse(study(FILE.replace("ladder:", "#")), {"model.depth": 18})


def test_it_is_refused_with_the_configs(study, fake):
    resolve_configs(study(), fake)
    text = FILE.replace("from: plain, to: residual", "from: residual, to: plain")
    with pytest.raises(InputError, match="goes from residual, which has shortcuts, to plain, which has none"):
        resolve_configs(study(text), fake)
