"""First lines of the report on one arm alone: no verdict, and the commands that train the partner."""

from resnet_lab.comparison.one_arm import OneArm
from resnet_lab.report.document import Notice
from resnet_lab.report.sections.setting import partner_commands
from resnet_lab.report.words import Words


def no_verdict(results: OneArm, words: Words) -> Notice:
    """Return the first line of the report: one arm alone allows no verdict; and how to train its partner.

    Args:
        results: The arm.
        words: Words of the report.
    """
    texts = words.report["no_verdict"]
    settings = [texts["settings"].format(key=results.axis[0])] if results.axis else []
    text = " ".join([texts["text"].format(factor=words.factor(results.factor)), *settings, texts["commands"]])
    return Notice(text, commands=tuple(partner_commands(results)))
