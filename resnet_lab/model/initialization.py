"""Initial weights of the backbone: one draw for all rungs, which a rung may change in its blocks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from resnet_lab.layer_names import on_main_path
from resnet_lab.model.rung import Rung

if TYPE_CHECKING:
    from resnet_lab.model.backbone import ResNet

NOISE = 0.25
"""Share of the draw that the Dirac start adds to the identity."""


def initialize(net: "ResNet", rung: Rung, generator: torch.Generator) -> None:
    """Draw the weights as torchvision does, but projections last, so that all other draws are those of the twin.

    The rung then changes the blocks: their convolutions (``init``), the bias of their BatchNorms (``norm_bias``), and
    the weight of the BatchNorm before each sum (``zero_init_residual``).

    Args:
        net: The network; its weights are replaced.
        rung: The rung.
        generator: Source of the draw, on the device of the weights.
    """
    convolutions = {name: module for name, module in net.named_modules() if isinstance(module, nn.Conv2d)}
    for conv in (conv for name, conv in convolutions.items() if on_main_path(name)):
        nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu", generator=generator)
    bound = net.fc.in_features**-0.5  # nn.Linear's own default
    nn.init.uniform_(net.fc.weight, -bound, bound, generator=generator)
    nn.init.uniform_(net.fc.bias, -bound, bound, generator=generator)
    for conv in (conv for name, conv in convolutions.items() if not on_main_path(name)):
        nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu", generator=generator)
    for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
        for block in stage:
            _change_block(block, rung)


@torch.no_grad()
def _change_block(block: Any, rung: Rung) -> None:
    kernel = _KERNELS.get(rung.init)
    for module in block.children():
        if kernel and isinstance(module, nn.Conv2d):
            module.weight.copy_(kernel(module.weight))
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.bias, rung.norm_bias)
    if rung.zero_init_residual:
        for name in block.branch_ends:
            nn.init.zeros_(getattr(block, name).weight)


def delta_orthogonal(draw: Tensor) -> Tensor:
    """Return a kernel that is an orthogonal matrix at its center and zero elsewhere (Xiao et al. 2018).

    The start is that of arXiv:1806.05393, section 3. The matrix is the orthogonal factor Q of the draw's own center
    tap H = QR, with the signs that make the diagonal of R positive: Q is then uniformly distributed (Mezzadri 2007,
    arXiv:math-ph/0609050). At stride 1 the convolution keeps the norm of its input.

    Args:
        draw: Normally distributed kernel ``(channels, in_channels, k, k)``, with odd k and
            ``channels >= in_channels``.
    """
    center = draw.shape[-1] // 2
    q, r = torch.linalg.qr(draw[:, :, center, center].double())
    kernel = torch.zeros_like(draw)
    kernel[:, :, center, center] = (q * r.diagonal().sign()).to(draw)
    return kernel


def dirac(draw: Tensor, noise: float = NOISE) -> Tensor:
    """Return the kernel of the identity plus ``noise`` times the draw: DiracNets without their parameters.

    Zagoruyko and Komodakis 2017 (arXiv:1706.00388) keep the identity as a term of its own, with trained weights. Here
    it is an initial value only. At stride 2, or with new channels, the identity is that of option A.

    Args:
        draw: Kernel ``(channels, in_channels, k, k)``, with odd k and ``channels >= in_channels``.
        noise: Factor of the draw.
    """
    return nn.init.dirac_(torch.empty_like(draw)) + noise * draw


_KERNELS: dict[str, Callable[[Tensor], Tensor]] = {"delta_orthogonal": delta_orthogonal, "dirac": dirac}
