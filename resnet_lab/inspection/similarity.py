"""Measurement ``similarity``: CKA between the blocks of a run and those of every run inspected before it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean

import torch
from torch import Tensor

from resnet_lab.errors import InputError
from resnet_lab.inspection.batchnorm_statistics import running_statistics
from resnet_lab.inspection.measurement import Measurement, MeasurementInput, MeasurementRow, MeasurementRows
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.backbone_parts import blocks, stem

FEWEST_IMAGES = 4
"""Images that the unbiased estimate needs in a batch."""


@dataclass(frozen=True)
class CenteredGrams:
    """Centered Gram matrices of the outputs of all blocks of a network, batch after batch.

    Attributes:
        blocks: Names of the L blocks, input first.
        label: Name and version of the run.
        images: Number of images of each batch.
        vectors: ``(L, M)``, float64: per block the entries above the diagonal of every batch's matrix, B (B - 1) / 2
            per batch of B images. The inner product of two vectors is the sum over batches of the unbiased HSIC.
    """

    blocks: tuple[str, ...]
    label: str
    images: tuple[int, ...]
    vectors: Tensor


def centered_gram(features: Tensor) -> Tensor:
    r"""Return the U-centered Gram matrix of a batch as a vector ``(B (B - 1) / 2,)``, float64.

    The features of each image are flattened, :math:`K_{ij} = x_i \cdot x_j`, and the matrix is centered without its
    diagonal (Szekely and Rizzo 2014, arXiv:1310.2926, eq. 2.7). The vector is scaled so that the inner product of two
    of them is the unbiased estimate of HSIC (Song et al. 2012, JMLR 13, eq. 5) with linear kernels.

    Args:
        features: ``(B, ...)``, 4 images or more.
    """
    x = features.detach().flatten(1)
    x = (x - x.mean(dim=0)).double()  # changes no U-centered entry; without it, large means would cost digits
    n = len(x)
    gram = x @ x.T
    gram.fill_diagonal_(0)
    rows = gram.sum(dim=0) / (n - 2)
    centered = gram - rows - rows[:, None] + gram.sum() / ((n - 1) * (n - 2))
    above = torch.triu_indices(n, n, offset=1, device=x.device)
    return centered[above[0], above[1]] * (2 / (n * (n - 3))) ** 0.5


def centered_grams(net: ResNet, batches: Iterable[tuple[Tensor, Tensor]], label: str = "") -> CenteredGrams:
    """Return the centered Gram matrices of the output of each block; no output is kept beyond the next block.

    BatchNorm normalizes by running statistics, as in evaluation.

    Args:
        net: The network; it stays as it was.
        batches: Images ``(B, 3, H, W)``, normalized, 4 or more per batch, and labels, which are not used.
        label: Name of the run.
    """
    parts, images = defaultdict[str, list[Tensor]](list), []
    with running_statistics(net), torch.inference_mode():
        for batch, _ in batches:
            features = stem(net, batch)
            for name, block in blocks(net).items():
                features = block(features)
                parts[name].append(centered_gram(features).cpu())
            images.append(len(batch))
    return CenteredGrams(tuple(parts), label, tuple(images), torch.stack([torch.cat(of) for of in parts.values()]))


def cka(first: CenteredGrams, second: CenteredGrams) -> Tensor:
    """Return the similarity of every block of one network to every block of another ``(L, L')``.

    It is linear centered kernel alignment (Kornblith et al. 2019, arXiv:1905.00414) in its form for batches (Nguyen,
    Raghu, Kornblith 2021, arXiv:2010.15327, eq. 2 and 3): the unbiased HSIC, averaged over batches, divided by the
    geometric mean of that of each block with itself. 1: equal up to rotation and scale; about 0: unrelated. An estimate
    can be slightly below 0. A block whose output is the same for all images has NaN.

    Args:
        first: Of one network.
        second: Of another, on the same batches; where a network saw fewer batches, the others are left out.
    """
    size = min(first.vectors.shape[1], second.vectors.shape[1])
    a, b = first.vectors[:, :size], second.vectors[:, :size]
    return (a @ b.T) / (a.norm(dim=1)[:, None] * b.norm(dim=1))


def _measure(given: MeasurementInput) -> tuple[list[MeasurementRow], str | None]:
    sizes = [len(labels) for _, labels in given.batches]
    if min(sizes) < FEWEST_IMAGES:
        raise InputError(
            f"Similarity needs {FEWEST_IMAGES} images or more, and there are {sum(sizes)}: leave it out with --what."
        )
    batches = given.budget.spend_on(given.show_progress(given.batches, "similarity", len(sizes)))
    own = centered_grams(given.trained, batches, given.label)
    given.earlier[given.identity] = own
    rows: list[MeasurementRow] = []
    for identity, partner in given.earlier.items():
        rows += [
            {
                "checkpoint": given.checkpoint,
                "block": block,
                "position": position,
                "partner": partner.label,
                "partner_checksum": identity,
                "partner_block": partner_block,
                "similarity": None if value != value else round(value, 4),
            }
            for position, (block, values) in enumerate(zip(own.blocks, cka(own, partner).tolist(), strict=True), 1)
            for partner_block, value in zip(partner.blocks, values, strict=True)
        ]
    seen = sum(own.images)
    return rows, f"{seen} of {sum(sizes)} images" if seen < sum(sizes) else None


def _summarize(rows: MeasurementRows) -> str:
    *others, itself = dict.fromkeys(row["partner_checksum"] for row in rows)
    parts = []
    for partner in others:
        of = [row for row in rows if row["partner_checksum"] == partner]
        same = [r["similarity"] for r in of if r["block"] == r["partner_block"] and r["similarity"] is not None]
        if same:
            parts.append(f"{mean(same):.2f} to {of[0]['partner']}")
    own = {(r["block"], r["partner_block"]): r["similarity"] for r in rows if r["partner_checksum"] == itself}
    names = list(dict.fromkeys(block for block, _ in own))
    first_to_last = own[names[0], names[-1]]
    alone = f"first block to last {'none' if first_to_last is None else f'{first_to_last:.2f}'}"
    return f"blocks of equal name, mean: {', '.join(parts)}; {alone}" if parts else alone


SIMILARITY = Measurement(
    name="similarity",
    what="similarity",
    columns=("checkpoint", "block", "position", "partner", "partner_checksum", "partner_block", "similarity"),
    batchnorm="running statistics",
    measure=_measure,
    summarize=_summarize,
)
