"""Known keys of a study file: those of a plan, and the groups of a config. ``fit`` checks the keys in the groups."""

from collections.abc import Iterable

from resnet_lab.config.keys import keys_of
from resnet_lab.errors import InputError
from resnet_lab.suggestions import nearest

OF_A_PLAN = frozenset({"looks", "worth", "question", "folds"})
MAPPINGS_OF_A_PLAN = frozenset({"tune", "ladder"})
OF_A_CONFIG = frozenset(key.partition(".")[0] for key in keys_of("fit"))
"""Groups and single keys at the top of a config."""


def refuse_unknown_keys(keys: Iterable[str], where: str) -> None:
    """Refuse settings that neither a plan nor a config has.

    Args:
        keys: The settings as ``group.key``, without the keys that were read as a part of the plan.
        where: The file or the cell that has them, for the message.

    Raises:
        InputError: A key does not exist, or stands in a place where it says nothing.
    """
    for key in keys:
        group = key.partition(".")[0]
        if group in MAPPINGS_OF_A_PLAN:
            raise InputError(f"{where} has {group}, but {group} is for all cells: write it beside cells.")
        if group in OF_A_PLAN and key != group:
            raise InputError(f"{where} has {key}, but {group} is one value: write {group}: VALUE.")
        if group in OF_A_PLAN:
            raise InputError(f"{where} has {key}, but {key} is for all cells: write it beside cells.")
        if group not in OF_A_CONFIG:
            near = nearest(group, OF_A_CONFIG | OF_A_PLAN | MAPPINGS_OF_A_PLAN, cutoff=0.7)
            raise InputError(
                f"{where} has {key}, which does not exist; {f'did you mean {near}?' if near else 'leave it out.'}"
            )
