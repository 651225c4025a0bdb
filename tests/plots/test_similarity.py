"""One heat map per pair of arms, all with one scale."""

import numpy as np

from resnet_lab.plots.similarity import similarity_plot
from resnet_lab.plots.style import as_svg
from resnet_lab.runs.similarity import SimilarityMap

BLOCKS = ("layer1.0", "layer1.1", "layer2.0")


def test_the_maps_have_one_scale_and_their_values():
    values = [np.full((3, 3), 0.4), np.array([[1.0, 0.5, np.nan], [0.5, 1.0, -0.01], [0.2, 0.3, 1.0]])]
    maps = [
        SimilarityMap(arms, (BLOCKS, BLOCKS), of, 3, "seeds")
        for arms, of in zip((("Plain-20", "Plain-20"), ("Plain-20", "ResNet-20")), values, strict=True)
    ]
    figure = similarity_plot(maps, ["one", "other"], "block", "CKA")
    first, second = figure.axes[:2]
    for axes, of in ((first, values[0]), (second, values[1])):
        [image] = axes.images
        assert image.get_clim() == (0, 1)
        assert np.array_equal(np.asarray(image.get_array().filled(np.nan)), of, equal_nan=True)
        assert not axes.yaxis_inverted()  # the input is below
    assert (second.get_ylabel(), second.get_xlabel()) == ("block, Plain-20", "block, ResNet-20")
    assert [axes.get_title() for axes in (first, second)] == ["one", "other"]
    assert as_svg(figure) == as_svg(similarity_plot(maps, ["one", "other"], "block", "CKA"))
