"""Measurement ``probes``: accuracy of a linear classifier on the features after each block."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from resnet_lab.inspection.measurement import (
    BY_NETWORK,
    Measurement,
    MeasurementInput,
    MeasurementRow,
    MeasurementRows,
    by_checkpoint,
    profile_rows,
    statistics_of,
)
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.backbone_parts import blocks, stem

Batches = Iterable[tuple[Tensor, Tensor]]

PENALTIES = tuple(10 ** (exponent / 2) for exponent in range(-8, 5))
"""Penalties that a probe chooses from, 0.0001 to 100, in units of the variance of a standardized feature."""
_SHARE_OF_BUDGET = 1 / 3
"""Share of the time that is left when this measurement begins; lesions get the rest."""


@dataclass(frozen=True)
class Probe:
    """Linear classifier on features that it standardizes.

    Attributes:
        mean: Mean of each feature ``(C,)``.
        scale: Standard deviation of each feature ``(C,)``; 1 for a constant feature.
        weight: ``(C, K)``.
        bias: ``(K,)``.
        penalty: The penalty that cross-validation chose.
    """

    mean: Tensor
    scale: Tensor
    weight: Tensor
    bias: Tensor
    penalty: float

    def __call__(self, features: Tensor) -> Tensor:
        """Return scores ``(B, K)`` of features ``(B, C)``."""
        return (features.double() - self.mean) / self.scale @ self.weight + self.bias


class ProbeStatistics:
    """Sums over training images from which a probe is fitted; the images arrive in batches and are not kept.

    Args:
        classes: Number of classes K.
    """

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.count = 0
        self.origin = self.x = self.xx = self.xy = self.y = torch.zeros((), dtype=torch.float64)

    def add(self, features: Tensor, labels: Tensor) -> None:
        """Add features ``(B, C)`` and class indices ``(B,)``."""
        features = features.double()
        if not self.count:
            self.origin = features[0]  # sums about a point near the mean lose no digits
        x, y = features - self.origin, F.one_hot(labels, self.classes).double()
        self.count += len(labels)
        sums = (self.x, x.sum(0)), (self.y, y.sum(0)), (self.xx, x.T @ x), (self.xy, x.T @ y)
        self.x, self.y, self.xx, self.xy = (total.to(new) + new for total, new in sums)

    def fit(self, penalties: Sequence[float] = PENALTIES) -> Probe:
        r"""Fit by regularized least squares on one-hot labels, in closed form.

        The weights minimize :math:`|Y - XW|^2 / n + p |W|^2`, with X standardized and Y centered. The penalty p
        has the lowest error by generalized cross-validation (Golub, Heath and Wahba 1979, eq. 1.4), so held-out images
        choose nothing. A penalty that leaves no degree of freedom is no candidate; without any, the largest is taken.

        Args:
            penalties: Candidates for p, ascending.
        """
        n, shift, shares = self.count, self.x / self.count, self.y / self.count
        covariance = self.xx / n - shift.outer(shift)
        scale = covariance.diagonal().clamp(min=0).sqrt()
        scale = torch.where(scale > 0, scale, 1.0)
        values, vectors = torch.linalg.eigh(covariance / scale.outer(scale))
        values = values.clamp(min=0)
        projected = vectors.T @ ((self.xy / n - shift.outer(shares)) / scale[:, None])  # (C, K)
        energy, total = projected.square().sum(1), float((shares - shares.square()).sum())

        def error(penalty: float) -> float:
            shrunk = values + penalty
            freedom = 1 - (1 + float((values / shrunk).sum())) / n  # 1: the mean of Y
            residual = total - float((energy * (values + 2 * penalty) / shrunk.square()).sum())
            return residual / freedom**2 if freedom > 1e-9 else float("inf")

        errors = {penalty: error(penalty) for penalty in penalties}
        best = min(errors, key=errors.__getitem__) if min(errors.values()) < float("inf") else max(penalties)
        weight = vectors @ (projected / (values + best)[:, None])
        return Probe(self.origin + shift, scale, weight, shares, best)


def probe_accuracies(net: ResNet, training: Batches, held_out: Batches) -> dict[str, tuple[float, float]]:
    """Return, by block, the accuracy of a linear probe on held-out images, and its penalty; input first.

    The features of an image are the outputs of the block, averaged over pixels, ``(C,)``. The probe is fitted on
    training images and scored on held-out ones (Alain and Bengio 2016, arXiv:1610.01644). The network is not trained
    further. The sums of a block take C x C numbers; the features of no image are kept. The mode of the network decides
    which statistics BatchNorm uses.

    Args:
        net: The network; it stays as it was.
        training: Images ``(B, 3, H, W)``, normalized, and class indices ``(B,)``, on which probes are fitted.
        held_out: Images and class indices on which probes are scored.
    """
    with torch.inference_mode():
        statistics = {name: ProbeStatistics(net.fc.out_features) for name in blocks(net)}
        for images, labels in training:
            for name, features in _pooled(net, images):
                statistics[name].add(features, labels)
        probes = {name: statistics.pop(name).fit() for name in list(statistics)}
        correct, n = dict.fromkeys(probes, 0), 0
        for images, labels in held_out:
            n += len(labels)
            for name, features in _pooled(net, images):
                correct[name] += int((probes[name](features).argmax(dim=1) == labels).sum())
    return {name: (correct[name] / n, probe.penalty) for name, probe in probes.items()}


def _pooled(net: ResNet, images: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield the name of each block and its output, averaged over pixels, ``(B, C)``."""
    features = stem(net, images)
    for name, block in blocks(net).items():
        features = block(features)
        yield name, features.mean(dim=(2, 3))


def _measure(given: MeasurementInput) -> tuple[list[MeasurementRow], str | None]:
    assert given.training is not None, "a measurement that fits gets training images"
    rows: list[MeasurementRow] = []
    budget, fitted = given.budget.part(_SHARE_OF_BUDGET), dict.fromkeys(given.networks, 0)
    scored, wanted = sum(len(labels) for _, labels in given.batches), given.training.image_count
    for place, (checkpoint, net) in enumerate(given.networks.items()):

        def counted(batches: Batches, name: str = checkpoint) -> Iterator[tuple[Tensor, Tensor]]:
            for images, labels in batches:
                fitted[name] += len(labels)
                yield images, labels

        training = counted(budget.part(1 / (len(given.networks) - place)).spend_on(given.training))
        shown = given.show_progress(training, f"probes fitted, {checkpoint}", len(given.training))
        held_out = given.show_progress(given.batches, f"probes scored, {checkpoint}", len(given.batches))
        with statistics_of(checkpoint, net):
            found = probe_accuracies(net, shown, held_out)
        accuracies = {name: accuracy for name, (accuracy, _) in found.items()}
        rows += [
            {**row, "n": scored, "fitted": fitted[checkpoint], "penalty": float(f"{found[row['block']][1]:.3g}")}
            for row in profile_rows(accuracies, checkpoint=checkpoint, name_column="block", value_column="accuracy")
        ]
    cut = [f"{n} of {wanted} training images ({name})" for name, n in fitted.items() if n < wanted]
    return rows, "; ".join(cut) or None


def _summarize(rows: MeasurementRows) -> str:
    parts = []
    for when, chosen in by_checkpoint(rows):
        best = max(chosen, key=lambda row: row["accuracy"])
        parts.append(
            f"{when} accuracy {chosen[0]['accuracy']:.1%} after the first block, "
            f"{chosen[-1]['accuracy']:.1%} after the last, highest {best['accuracy']:.1%} ({best['block']})"
        )
    return f"{'; '.join(parts)}; {rows[0]['n']} images, fitted on {min(row['fitted'] for row in rows)}"


PROBES = Measurement(
    name="probes",
    what="probes",
    columns=("checkpoint", "block", "position", "accuracy", "n", "fitted", "penalty"),
    batchnorm=BY_NETWORK,
    measure=_measure,
    summarize=_summarize,
    fits=True,
)
