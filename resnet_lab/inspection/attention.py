"""Measurement ``attention``: Grad-CAM maps of the test images on which the arms disagree (arXiv:1610.02391)."""

from statistics import fmean

import torch
from torch import Tensor

from resnet_lab.inspection.batchnorm_statistics import running_statistics
from resnet_lab.inspection.measurement import Measurement, MeasurementInput, MeasurementRow, MeasurementRows
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.backbone_parts import blocks, head, stem

MOST_IMAGES = 12
"""Images per side of each two arms: twice as many as a report shows, so that more runs may change their order."""
CHOSEN = f"test images on which the arms disagree over seeds, at most {MOST_IMAGES} per side"


def grad_cam(net: ResNet, images: Tensor, classes: Tensor) -> Tensor:
    r"""Return the Grad-CAM map of each image for a class ``(B, h, w)``, nowhere negative, in units of the logit.

    Selvaraju et al. 2017 (arXiv:1610.02391), section 3, eq. 1 and 2: A is the output of the last block, after its
    ReLU, ``(C, h, w)``, and :math:`y^c` the logit of the class.

    .. math:: \alpha_k = \frac{1}{hw} \sum_{ij} \frac{\partial y^c}{\partial A^k_{ij}}, \qquad
        L = \operatorname{ReLU}\Bigl(\sum_k \alpha_k A^k\Bigr)

    The head is average pooling and one linear layer. So without the ReLU, a map sums up to the logit minus its bias.
    BatchNorm normalizes by running statistics, as in evaluation.

    Args:
        net: The network; it stays as it was.
        images: ``(B, 3, H, W)``, normalized.
        classes: Class indices ``(B,)``.
    """
    with running_statistics(net):
        with torch.no_grad():  # only the head has a gradient: memory does not grow with depth
            features = stem(net, images)
            for block in blocks(net).values():
                features = block(features)
        with torch.enable_grad():
            features.requires_grad_()
            scores = head(net, features).gather(1, classes[:, None])
            [gradients] = torch.autograd.grad(scores.sum(), features)
    return (gradients.mean(dim=(2, 3), keepdim=True) * features.detach()).sum(dim=1).relu()


def in_hexadecimal(heat: Tensor) -> tuple[float, str]:
    """Return the largest value of a map ``(h, w)``, and the map as rows of two hexadecimal digits per value.

    >>> in_hexadecimal(torch.tensor([[0.0, 2.0], [1.0, 0.5]]))
    (2.0, '00ff 8040')
    """
    peak = float(heat.max())
    scaled = (heat * (255 / peak)).round().to(torch.uint8) if peak > 0 else torch.zeros_like(heat, dtype=torch.uint8)
    return peak, " ".join(bytes(row).hex() for row in scaled.tolist())


def _measure(given: MeasurementInput) -> tuple[list[MeasurementRow], str | None]:
    assert given.disputed is not None, "inspect chooses the images whenever attention is asked for"
    disputed, rows = given.disputed, list[MeasurementRow]()
    batches = given.budget.spend_on(given.show_progress(disputed, "attention", len(disputed)))
    for images, labels in batches:
        for heat in grad_cam(given.trained, images, labels).cpu():
            peak, digits = in_hexadecimal(heat)
            path = disputed.sample.paths[len(rows)]
            rows.append(
                {
                    "checkpoint": given.checkpoint,
                    "path": path,
                    "position": len(rows) + 1,
                    "peak": float(f"{peak:.9g}"),
                    "map": digits,
                }
            )
    cut = f"{len(rows)} of {disputed.image_count} images" if len(rows) < disputed.image_count else None
    return rows, cut


def _summarize(rows: MeasurementRows) -> str:
    values = [bytes.fromhex(row["map"]) for row in rows if row["peak"]]
    nothing = f"; {len(rows) - len(values)} without evidence for their class" if len(values) < len(rows) else ""
    if not values:
        return f"{len(rows)} images{nothing}"
    area = fmean(sum(value >= 128 for value in of) / len(of) for of in values)
    return f"{len(rows)} images, {area:.0%} of the area above half of the peak (mean){nothing}"


ATTENTION = Measurement(
    name="attention",
    what="attention",
    columns=("checkpoint", "path", "position", "peak", "map"),
    batchnorm="running statistics",
    measure=_measure,
    summarize=_summarize,
    on_disputed=True,
)
