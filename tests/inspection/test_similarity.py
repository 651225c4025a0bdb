"""CKA against the definition of the unbiased HSIC, written out, and against closed forms."""

from itertools import permutations

import numpy as np
import pytest
import torch

from resnet_lab.errors import InputError
from resnet_lab.inspection.measurement import InspectionOptions, MeasurementInput
from resnet_lab.inspection.similarity import SIMILARITY, CenteredGrams, centered_gram, centered_grams, cka
from resnet_lab.inspection.time_budget import TimeBudget


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def of(*batches):
    """Return a network of one block with these outputs, batch by batch."""
    vectors = torch.cat([centered_gram(batch) for batch in batches])[None]
    return CenteredGrams(("layer1.0",), "", tuple(map(len, batches)), vectors)


def hsic_by_definition(k, l_):
    """Return the U-statistic over all sets of four different images (Gretton et al. 2005; Song et al. 2012, eq. 4)."""
    terms = [k[i, j] * (l_[i, j] + l_[q, r] - 2 * l_[i, q]) for i, j, q, r in permutations(range(len(k)), 4)]
    return float(np.mean(terms))


def test_the_inner_product_is_the_unbiased_hsic():
    x, y = noise(7, 3) + 5, noise(7, 2, 2, seed=1).abs()
    k, l_ = ((z.flatten(1).double() @ z.flatten(1).double().T).numpy() for z in (x, y))
    assert float(centered_gram(x) @ centered_gram(y)) == pytest.approx(hsic_by_definition(k, l_), rel=1e-4)


def test_a_rotation_a_shift_and_a_scale_change_nothing():
    x = noise(16, 6)
    turn = torch.linalg.qr(noise(6, 6, seed=1)).Q
    assert float(cka(of(x), of(3 * x @ turn + 100))) == pytest.approx(1, abs=1e-4)
    assert float(cka(of(x), of(x @ noise(6, 6, seed=2)))) < 0.97


def test_unrelated_outputs_have_zero_on_average_also_with_more_features_than_images():
    """The biased estimate is near 1 here: 8 images, 200 features."""
    many = of(*(noise(8, 200, seed=n) for n in range(200)))
    others = of(*(noise(8, 200, seed=1000 + n) for n in range(200)))
    assert abs(float(cka(many, others))) < 0.1
    assert float(cka(many, many)) == pytest.approx(1)


def test_batches_approach_the_whole():
    """Outputs that share two of four features: small batches estimate what one large batch gives."""
    shared, own, other = noise(2048, 2), noise(2048, 2, seed=1), noise(2048, 2, seed=2)
    x, y = torch.cat([shared, own], 1), torch.cat([shared, other], 1)
    whole = float(cka(of(x), of(y)))
    small = float(cka(of(*x.split(16)), of(*y.split(16))))
    assert whole == pytest.approx(0.5, abs=0.05)  # |X'Y|^2 = 2, |X'X|^2 = |Y'Y|^2 = 4
    assert small == pytest.approx(whole, abs=0.05)


def test_large_means_cost_no_digits():
    x = noise(8, 1000)
    assert float(cka(of(x), of(x + 1000))) == pytest.approx(1, abs=1e-4)


@torch.no_grad()
def test_the_outputs_are_those_of_the_blocks(network, batches):
    net = network(True)
    found = centered_grams(net, batches)
    assert found.blocks[:4] == ("layer1.0", "layer1.1", "layer1.2", "layer2.0")
    assert found.images == tuple(len(labels) for _, labels in batches)
    outputs = []
    handle = net.layer2[1].register_forward_hook(lambda module, inputs, output: outputs.append(output.clone()))
    for images, _ in batches:
        net(images)
    handle.remove()
    expected = torch.cat([centered_gram(output) for output in outputs])
    assert torch.allclose(found.vectors[4], expected, rtol=1e-4)
    assert not any(module._forward_hooks for module in net.modules())


def given(net, batches, label, earlier, seconds=None):
    options = InspectionOptions(("similarity",), 8, 1, 0, None)
    return MeasurementInput(
        networks={"initial": net, "best": net},
        checkpoint="best",
        batches=batches,
        training=None,
        options=options,
        budget=TimeBudget(seconds),
        show_progress=lambda steps, *_: steps,
        label=label,
        identity=label.upper(),
        earlier=earlier,
    )


def test_each_run_is_compared_with_the_runs_before_it_and_with_itself(network, batches):
    earlier = {}
    first, _ = SIMILARITY.measure(given(network(False), batches, "a/version_0", earlier))
    second, cut = SIMILARITY.measure(given(network(True), batches, "b/version_0", earlier))
    assert cut is None
    assert len(first) == 81
    assert [row["partner"] for row in second[::81]] == ["a/version_0", "b/version_0"]
    assert {row["partner_checksum"] for row in second} == {"A/VERSION_0", "B/VERSION_0"}
    assert tuple(second[0]) == SIMILARITY.columns
    itself = {(row["block"], row["partner_block"]): row["similarity"] for row in second[81:]}
    assert all(itself[block, block] == 1 for block, _ in itself)
    assert all(itself[b, a] == value for (a, b), value in itself.items())
    line = SIMILARITY.summarize(second)
    assert line.startswith("blocks of equal name, mean: 0.")
    assert " to a/version_0; first block to last " in line
    assert SIMILARITY.summarize(first).startswith("first block to last ")


def test_a_budget_leaves_images_out_and_the_rest_is_compared_on_what_both_saw(network, batches):
    net, earlier = network(True), {}
    _, cut = SIMILARITY.measure(given(net, batches, "a/version_0", earlier, seconds=0))
    n = [len(labels) for _, labels in batches]
    assert cut == f"{n[0]} of {sum(n)} images"
    rows, cut = SIMILARITY.measure(given(net, batches, "b/version_0", earlier))
    assert cut is None
    assert all(row["similarity"] == 1 for row in rows[:81] if row["block"] == row["partner_block"])


def test_a_block_of_one_output_for_all_images_has_no_similarity(network, batches):
    net = network(False)
    torch.nn.init.zeros_(net.layer3[2].bn2.weight)
    rows, _ = SIMILARITY.measure(given(net, batches, "a/version_0", {}))
    assert {row["similarity"] for row in rows if "layer3.2" in (row["block"], row["partner_block"])} == {None}
    assert SIMILARITY.summarize(rows) == "first block to last none"


def test_too_few_images_are_refused(network, batches):
    few = [(images[:3], labels[:3]) for images, labels in batches[:1]]
    with pytest.raises(InputError, match="needs 4 images or more, and there are 3"):
        SIMILARITY.measure(given(network(True), few, "a/version_0", {}))
