"""Every launcher has the interface that the command ``study`` uses."""

import pytest

from resnet_lab.commands.study import COMMAND
from resnet_lab.study.launchers import launcher_names, load_launcher


def test_every_module_of_launchers_can_be_chosen():
    assert launcher_names() == ["local", "ray", "slurm"]
    for name in launcher_names():
        options = COMMAND.parse(["s.yaml", "--launcher", name])
        assert options.launcher == name


@pytest.mark.parametrize("name", launcher_names())
def test_what_a_launcher_needs_are_options_of_the_command(name):
    launcher = load_launcher(name)
    options = COMMAND.parse(["s.yaml"])
    assert launcher.needs.keys() <= vars(options).keys()
    assert all(launcher.needs.values())
    assert launcher.place is None or launcher.place.startswith(("as ", "on "))
    assert callable(launcher.launch)
