"""Name of a run after its network: ``plain34``, or ``plain18`` at depth 18, unless the user named the run."""

from collections.abc import Sequence
from pathlib import Path

from resnet_lab.config.find import find_config, shipped_configs
from resnet_lab.config.overrides import flat_config, split_words
from resnet_lab.runs.resolve import newest_run, run_with_config


def name_of_run(
    arguments: Sequence[str], name: str, *, residual: bool, depth: int, logs: Path, seed: int | None = None
) -> str:
    """Return the name of the run that a command makes or means.

    A config that is called after its own network, as ``plain34.yaml`` is, names the network and not the run. Where a
    later config or an option chooses another network, the run is called after that one. Every other name stays. Before
    version 0.3 such a run had the name of the config, under which it is still found.

    Args:
        arguments: The command line, with the command as its first word.
        name: The resolved name.
        residual: The resolved ``model.residual``.
        depth: The resolved ``model.depth``.
        logs: The folder of all runs.
        seed: The seed of a fit that goes on with a run; None for any.

    Raises:
        InputError: A config cannot be found or read.
    """
    options = split_words(arguments).options
    called = f"{'resnet' if residual else 'plain'}{depth}"
    if called == name or not _names_its_network(arguments[0], options, name):
        return name
    if newest_run(logs, called, seed) is not None:
        return called
    if arguments[0] != "fit":
        return name
    earlier = newest_run(logs, name, seed) if ("resume", "auto") in options else None
    if earlier is not None and str(earlier.status().arm).replace("-", "").lower() == called:
        return name
    return called


def _names_its_network(command: str, options: Sequence[tuple[str, str]], name: str) -> bool:
    """Tell whether the name comes from a config that is called after its own network."""
    for option, value in reversed(options):
        if option == "name":
            return False
        if option not in ("config", "c"):
            continue
        path = find_config(value)
        own = flat_config(path)
        if "name" not in own:
            continue
        if command != "fit" and run_with_config([path]) is not None:  # it means that run
            return False
        own = flat_config(shipped_configs() / "recipe.yaml") | own
        return name == f"{'resnet' if own.get('model.residual', True) else 'plain'}{own['model.depth']}"
    return False
