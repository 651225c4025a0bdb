"""Small networks whose BatchNorm has seen something, and small batches."""

import pytest
import torch

from resnet_lab.model.backbone import ResNet


@pytest.fixture
def network():
    """Build a net of 9 blocks with running statistics of noise; twins have the same weights."""

    def build(residual: bool, depth: int = 20, **options) -> ResNet:
        torch.manual_seed(0)
        net = ResNet(depth, residual, num_classes=3, **{"shortcut": "A", **options})
        with torch.no_grad():
            for seed in range(2):
                net(torch.randn(8, 3, 16, 16, generator=torch.Generator().manual_seed(seed)))
        return net.eval()

    return build


@pytest.fixture
def batches():
    """Two batches of noise: 6 and 5 images of 16 pixels."""
    generator = torch.Generator().manual_seed(5)
    return [
        (torch.randn(n, 3, 16, 16, generator=generator), torch.randint(3, (n,), generator=generator)) for n in (6, 5)
    ]
