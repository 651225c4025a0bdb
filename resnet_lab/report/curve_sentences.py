"""Sentences that describe training curves: which arm is ahead, whether it overfits, and how far it is above chance.

They describe the mean over seeds and test nothing, so that they hold for a single seed too.
"""

from collections.abc import Sequence

from resnet_lab.comparison.chance_level import chance_level
from resnet_lab.comparison.recorded import curve
from resnet_lab.comparison.results import Arm
from resnet_lab.plots.curves import mean_curve
from resnet_lab.report.words import Words
from resnet_lab.statistics.curves import Curve

_RISE = 0.005
"""Nats; validation loss that ends less far above its lowest value counts as ending at it."""


def curve_sentences(arms: Sequence[Arm], words: Words) -> list[str]:
    """Return the description of validation accuracy and loss by epoch.

    Args:
        arms: The control and the treated arm, or one arm alone.
        words: Words of the report.
    """
    accuracies, losses = ({arm.name: _mean(arm, f"val/{metric}") for arm in arms} for metric in ("accuracy", "loss"))
    if not all(accuracies.values()) or not all(losses.values()):
        return []
    return [*_ahead(accuracies, words), *_overfitting(losses, words), _above_chance(arms, accuracies, words)]


def lead_changes(control: Curve, treated: Curve) -> tuple[list[int], list[int]]:
    """Return the epochs in which the treated arm is ahead, and those in which the lead has just changed.

    Args:
        control: Value of the control by epoch.
        treated: Value of the treated arm by epoch.

    >>> lead_changes({1: 0.5, 2: 0.6, 3: 0.8}, {1: 0.4, 2: 0.7, 3: 0.9})
    ([2, 3], [2])
    """
    ahead, changes, leader = [], [], 0
    for epoch in (epoch for epoch in control if epoch in treated):
        now = (treated[epoch] > control[epoch]) - (treated[epoch] < control[epoch])
        if now > 0:
            ahead.append(epoch)
        if now and leader and now != leader:
            changes.append(epoch)
        leader = now or leader
    return ahead, changes


def _mean(arm: Arm, tag: str) -> dict[int, float]:
    curves = [of for run in arm.runs.values() if (of := curve(run, tag))]
    return mean_curve(curves) if curves else {}


def _ahead(accuracies: dict[str, dict[int, float]], words: Words) -> list[str]:
    if len(accuracies) < 2:
        return []
    texts = words.report["curves"]["described"]
    (control, of_control), (treated, of_treated) = accuracies.items()
    epochs = [epoch for epoch in of_control if epoch in of_treated]
    if not epochs:
        return []
    ahead, changes = lead_changes(of_control, of_treated)
    last = epochs[-1]
    first, second = (treated, control) if of_treated[last] >= of_control[last] else (control, treated)
    kind = "equal" if of_treated[last] == of_control[last] else "crossing" if changes else "always"
    return [
        texts[kind].format(
            ahead=first,
            behind=second,
            high=f"{accuracies[first][last]:.3f}",
            low=f"{accuracies[second][last]:.3f}",
            treated=treated,
            control=control,
            epochs=_listed(changes, words) if changes else "",
            k=len(ahead),
            n=len(epochs),
        )
    ]


def _overfitting(losses: dict[str, dict[int, float]], words: Words) -> list[str]:
    texts = words.report["curves"]["described"]
    risen = {}
    for arm, loss in losses.items():
        lowest, last = min(loss, key=loss.__getitem__), list(loss)[-1]
        if loss[last] - loss[lowest] >= _RISE:
            risen[arm] = lowest, loss[last] - loss[lowest]
    falling = [arm for arm in losses if arm not in risen]
    sentences = [texts["falling"].format(arms=texts["and"].join(falling))] if falling else []
    return sentences + [
        texts["risen"].format(arm=arm, epoch=epoch, rise=f"{rise:.3f}") for arm, (epoch, rise) in risen.items()
    ]


def _above_chance(arms: Sequence[Arm], accuracies: dict[str, dict[int, float]], words: Words) -> str:
    texts = words.report["curves"]["described"]
    chance = chance_level(next(iter(arms[0].runs.values())), "val")
    above = (
        texts["above"].format(arm=arm, points=f"{100 * (list(accuracy.values())[-1] - chance.share):+.1f}")
        for arm, accuracy in accuracies.items()
    )
    return str(
        texts["chance"].format(name=chance.name, share=f"{100 * chance.share:.1f}", above=texts["and"].join(above))
    )


def _listed(epochs: Sequence[int], words: Words) -> str:
    """Return epochs as a list; more than three as their number and the last one."""
    texts = words.report["curves"]["described"]
    if len(epochs) > 3:
        return str(texts["often"].format(n=len(epochs), last=epochs[-1]))
    *others, last = map(str, epochs)
    return str(
        texts["in_epochs" if others else "in_epoch"].format(
            epochs=texts["and"].join(filter(None, (", ".join(others), last)))
        )
    )
