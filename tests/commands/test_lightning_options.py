"""The options of Lightning's command line, as completion offers them."""

from resnet_lab.commands.lightning_options import add_lightning_options, lightning_options
from resnet_lab.commands.options import OptionParser


def test_choices_come_from_the_signatures():
    options = dict(lightning_options("fit"))
    assert options["--model.residual"] == ("true", "false")
    assert options["--model.shortcut"] == ("A", "B", "C")
    assert options["--trainer.max_epochs"] == ()


def test_what_the_data_decide_is_not_offered():
    assert not {"--model.num_classes", "--model.class_counts", "--data.seed"} & dict(lightning_options("fit")).keys()


def test_an_option_that_is_there_stays():
    parser = OptionParser(prog="dance")
    parser.add_argument("--config", help="mine")
    add_lightning_options(parser, "fit")
    assert parser.options.count("--config") == 1
    assert {"--resume", "--print_config"} <= set(parser.options)


def test_only_grouped_ones_for_a_study():
    parser = OptionParser(prog="dance")
    add_lightning_options(parser, "fit", only_grouped=True)
    assert all("." in option for option in parser.options if option not in ("-h", "--help"))
