"""``resnet-lab data check`` and ``resnet-lab data cache``: what is in a data set, and what is kept of it."""

from pathlib import Path

from resnet_lab.commands.options import OptionParser
from resnet_lab.errors import InputError


def data(arguments: list[str]) -> int:
    """Run a command on a data set; ``check`` exits with 1 if it finds something to mend, ``verify`` likewise.

    Raises:
        InputError: The data set cannot be found, read or cached.
    """
    from resnet_lab.data.rgb import DecodeRule

    options = data_options().parse_args(arguments)
    rule = DecodeRule()
    if options.what == "check" or options.action in ("build", "verify"):
        rule = DecodeRule(options.background, tuple(options.value_range) if options.value_range else None)
    if options.what == "check":
        from resnet_lab.commands.data_check import check

        return check(options.root, options.json, rule)
    from resnet_lab.commands import data_cache

    if options.action == "list":
        return data_cache.list_caches()
    if options.action == "clear":
        return data_cache.clear()
    action = {"build": data_cache.build, "verify": data_cache.verify}[options.action]
    if options.image_size < 1:
        raise InputError(f"data.image_size is {options.image_size}; it must be 1 or more.")
    return action(options.root, options.image_size, rule)


def data_options(parser: OptionParser | None = None) -> OptionParser:
    """Return the options of the commands, or add them to a parser."""
    if parser is None:
        parser = OptionParser(prog="resnet-lab data", description="What is in a data set, and what is kept of it.")
    kinds = parser.add_subparsers(dest="what", required=True, metavar="check|cache")
    root = {"metavar": "ROOT", "help": "folder, manifest or builtin:elpv, as data.root"}
    check = kinds.add_parser(
        "check",
        help="decode everything and report what is wrong or doubtful",
        description="Decode every image on all cores and report what is wrong or doubtful. "
        "Exit code 0: nothing found; 1: findings; 2: wrong input.",
    )
    check.add_argument("root", **root)
    check.add_argument("--json", type=Path, metavar="FILE", help="write the whole report, every file named, as JSON")
    _add_rule(check)
    cache = kinds.add_parser("cache", help="the pixels that are kept decoded", description="The decoded cache.")
    actions = cache.add_subparsers(dest="action", required=True, metavar="list|build|verify|clear")
    actions.add_parser("list", help="show what is cached, and how much disk it takes")
    actions.add_parser("clear", help="remove all of it, and what is remembered of files")
    for name, text in (
        ("build", "decode a data set into the cache now, as the first fit would"),
        ("verify", "read every file anew and compare it with what is remembered and cached"),
    ):
        action = actions.add_parser(name, help=text, description=text.capitalize() + ".")
        action.add_argument("root", **root)
        action.add_argument("--image_size", type=int, default=224, help="data.image_size (default: %(default)s)")
        _add_rule(action)
    return parser


def _add_rule(parser: OptionParser) -> None:
    parser.add_argument("--background", default="white", help="data.background (default: %(default)s)")
    parser.add_argument("--value_range", type=float, nargs=2, metavar=("LOW", "HIGH"), help="data.value_range")
