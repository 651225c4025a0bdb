"""Every measurement that is drawn before and after training has a column of its file and a note that can be filled."""

import pytest

from resnet_lab.inspection.inspect_run import MEASUREMENTS
from resnet_lab.plots.before_and_after import BEFORE_AND_AFTER


@pytest.mark.parametrize("name", BEFORE_AND_AFTER)
def test_the_column_is_one_of_the_file_and_the_note_says_how_batchnorm_normalizes(name):
    panels = BEFORE_AND_AFTER[name]
    [measurement] = [measurement for measurement in MEASUREMENTS if measurement.name == name]
    assert panels.column in measurement.columns
    note = panels.note.format(of_sample="8 held-out images", images="8")
    assert "8" in note
    assert "{" not in note
    assert ("running" in note) == ("running" in measurement.batchnorm)
