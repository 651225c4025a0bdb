"""Content of ``comparison.json``: the results of a comparison in plain types."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from resnet_lab.comparison.claims import Claim
from resnet_lab.comparison.conditions import Difference
from resnet_lab.comparison.degradation import DepthCurve, DepthStudy
from resnet_lab.comparison.divergence import divergence
from resnet_lab.comparison.falling_behind import falling_behind
from resnet_lab.comparison.ladder import Ladder
from resnet_lab.comparison.ladder_cells import HELD_OUT_ACCURACY, LadderCell
from resnet_lab.comparison.one_arm import AnyResults, ArmFinding, OneArm
from resnet_lab.comparison.pairing import Contrast
from resnet_lab.comparison.results import ROLES, Arm, Finding
from resnet_lab.comparison.tuning import Choice
from resnet_lab.runs.measurements import TRAINED, inside_json
from resnet_lab.runs.similarity import similarity_maps

FORMAT = 2


def as_json(results: AnyResults) -> dict[str, Any]:
    """Return a comparison, or the results of one arm alone, in plain types; a number that is not finite is null.

    ``format`` is raised when a key changes its meaning.
    """
    content: dict[str, Any] = {
        "format": FORMAT,
        "id": results.identity,
        "factor": results.factor,
        "values": results.values,
        "axis": results.axis,
        "procedure": None,
        "differences": list(map(_difference_json, results.differences)),
        "between_contrasts": list(map(_difference_json, results.between)),
        "between_pairs": (),
        "left_out": {"not_ready": list(map(asdict, results.not_ready)), "without_partner": (), "diverged": ()},
        "depth_studies": (),
        "contrasts": (),
        "all_diverged": (),
    }
    if isinstance(results, OneArm):
        content["left_out"]["diverged"] = results.diverged
        content["settings"] = [_arm_finding_json(finding) for finding in results.findings]
    else:
        procedure = results.procedure
        content["procedure"] = {
            "plan": procedure.plan and asdict(procedure.plan),
            "look": procedure.look,
            "level": procedure.level,
        }
        content["left_out"]["without_partner"] = results.pairing.alone
        content["left_out"]["diverged"] = [
            run for contrast in results.pairing.contrasts for arm in contrast.diverged for run in arm
        ]
        content["depth_studies"] = [_study_json(study) for study in results.depth_studies]
        content["contrasts"] = [_finding_json(finding) for finding in results.findings]
        if results.choice is not None:
            content["tuning"] = _choice_json(results.choice)
        content["between_pairs"] = list(map(_difference_json, results.between_pairs))
        content["all_diverged"] = [
            {"place": contrast.axis_value, "divergence": _divergence_json(contrast)}
            for contrast in results.all_diverged
        ]
        if results.ladder is not None:
            content["ladder"] = ladder_json(results.ladder)
    plain: dict[str, Any] = _plain(content)
    return plain


def _difference_json(difference: Difference) -> dict[str, Any]:
    return {"key": difference.key, "runs": difference.runs, "place": difference.axis_value}


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "place": finding.contrast.axis_value,
        "seeds": finding.seeds,
        "without_partner": finding.contrast.unpaired,
        "divergence": _divergence_json(finding.contrast),
        **({} if finding.contrast.unlike is None else {"unlike_starts": asdict(finding.contrast.unlike)}),
        "arms": {arm.role: _arm_json(arm) for arm in finding.arms},
        "claims": [claim_json(claim) for claim in finding.claims],
        **({} if (behind := falling_behind(finding)) is None else {"falling_behind": asdict(behind)}),
        "time_to_control_final": [asdict(time) for time in finding.times],
        **({} if finding.second is None else {"second": _second_json(finding.second)}),
        "nets": [asdict(pair) for pair in finding.nets],
        "disagreements": [asdict(image) for image in finding.images],
        **_similarity_json(finding),
    }


def _second_json(contrast: Contrast) -> dict[str, Any]:
    return {
        "control": {str(seed): pair[0].label for seed, pair in contrast.partners.items()},
        "divergence": _divergence_json(contrast),
    }


def _choice_json(choice: Choice) -> dict[str, Any]:
    return {
        "chosen": {cell: asdict(chosen) for cell, chosen in choice.chosen.items()},
        "judged_at": choice.values,
        "runs": [{"run": run.label, "seed": run.status().seed} for run in choice.runs],
        "seconds": choice.seconds,
    }


def _divergence_json(contrast: Contrast) -> dict[str, Any]:
    outcomes = divergence(contrast)
    return {
        "runs": dict(zip(ROLES, contrast.diverged, strict=True)),
        "trained": dict(zip(ROLES, contrast.trained, strict=True)),
        "pairs": asdict(outcomes),
        "p": outcomes.p,
    }


def claim_json(claim: Claim) -> dict[str, Any]:
    """Return a claim in plain types, with the population that its interval is about."""
    content = {**asdict(claim), "about": claim.about}
    if claim.second is None:
        del content["second"]
    return content


def _arm_finding_json(finding: ArmFinding) -> dict[str, Any]:
    return {
        "place": finding.axis_value,
        "seeds": finding.seeds,
        "arms": {arm.role: _arm_json(arm) for arm in finding.arms},
        "images": {"seeds": finding.alike, "tested": finding.tested},
        "mistakes": [asdict(image) for image in finding.mistakes],
        **_similarity_json(finding),
    }


def _similarity_json(finding: Finding | ArmFinding) -> dict[str, Any]:
    """Return the similarity of blocks within and between arms under its key; nothing if no run was measured."""
    maps = similarity_maps({arm.name: list(arm.runs.values()) for arm in finding.arms}, TRAINED)
    return {"similarity": [{**asdict(one), "values": one.values.tolist()} for one in maps]} if maps else {}


def _arm_json(arm: Arm) -> dict[str, Any]:
    return {
        "name": arm.name,
        "runs": {
            str(seed): {"run": run.label, "measures": arm.measures[seed], "inside": inside_json(run)}
            for seed, run in arm.runs.items()
        },
        "classes": [asdict(scores) for scores in arm.classes],
        "mean_confusion_matrix": arm.confusion,
        "reliability": {str(seed): [asdict(bar) for bar in bars] for seed, bars in arm.reliability.items()},
    }


def ladder_json(ladder: Ladder) -> dict[str, Any]:
    """Return a ladder in plain types: its cells, the gap, and each rung with its test and its share."""

    def cell_json(cell: LadderCell) -> dict[str, Any]:
        return {
            "name": cell.name,
            "runs_name": cell.runs_name,
            "own_value": cell.own_value,
            "asks": cell.asks,
            "runs": {str(seed): run.label for seed, run in cell.runs.items()},
            "missing": cell.missing,
            "diverged": cell.diverged,
            "training_error": {str(seed): cell.error(seed) for seed in cell.runs},
            "held_out_accuracy": {
                str(seed): measures.get(HELD_OUT_ACCURACY) for seed, measures in cell.measures.items()
            },
            "bill": asdict(cell.bill),
        }

    return {
        "start": cell_json(ladder.start),
        "end": cell_json(ladder.end),
        "gap": claim_json(ladder.gap),
        "headline": claim_json(ladder.headline),
        "no_share": ladder.no_share,
        "level": ladder.level,
        "tuned": ladder.tuned,
        "rungs": [
            {
                **cell_json(rung.cell),
                "knob": asdict(rung.knob),
                "claim": claim_json(rung.claim),
                "share": rung.share and asdict(rung.share),
                "family_share": rung.family_share and asdict(rung.family_share),
                "outcome": rung.outcome,
            }
            for rung in ladder.rungs
        ],
    }


def _study_json(study: DepthStudy) -> dict[str, Any]:
    def curve_json(curve: DepthCurve) -> dict[str, Any]:
        rises = {str(seed): rise for seed, rise in curve.rises.items()}
        return {
            "name": curve.name,
            "errors": {
                split: {
                    str(depth): {
                        "by_seed": {str(seed): error for seed, error in errors.items()},
                        "interval": asdict(curve.interval(split, depth)),
                    }
                    for depth, errors in by_depth.items()
                }
                for split, by_depth in curve.errors.items()
            },
            "rise": {"by_seed": rises, "interval": curve.rise and asdict(curve.rise)},
        }

    return {
        "place": study.axis_value,
        "depths": study.depths,
        "arms": {"control": curve_json(study.control), "treated": curve_json(study.treated)},
        "majority_test_error": study.majority_error("test"),
        "claim": claim_json(study.claim),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
