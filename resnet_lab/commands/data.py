"""``resnet-lab data check`` and ``resnet-lab data cache``: check of a data set, and its decoded cache."""

from pathlib import Path
from typing import Any

from resnet_lab.commands.command import Command
from resnet_lab.commands.options import OldSpelling, OptionParser, yaml_value
from resnet_lab.errors import InputError


def data(arguments: list[str]) -> int:
    """Run a command on a data set. The exit code of ``check`` and ``verify`` is 1 if they find something.

    Raises:
        InputError: The data set cannot be found, read or cached.
    """
    from resnet_lab.data.manifest import ManifestRule
    from resnet_lab.data.rgb import DecodeRule

    options = COMMAND.parse(arguments)
    rule, manifest = DecodeRule(), ManifestRule()
    if options.what == "check" or options.action in ("build", "verify"):
        if options.root is None:
            raise InputError("The data folder is missing: give --data.root FOLDER.")
        value_range = tuple(options.value_range) if options.value_range else None
        rule = DecodeRule(options.background, value_range, options.color)
        manifest = ManifestRule(options.columns, options.images_root)
    if options.what == "check":
        from resnet_lab.commands.data_check import check
        from resnet_lab.data.split import parse_fold

        fold = parse_fold(options.fold)
        return check(options.root, options.json, options.html, rule, fold, manifest, options.groups)
    from resnet_lab.commands import data_cache

    if options.action == "list":
        return data_cache.list_caches()
    if options.action == "clear":
        return data_cache.clear()
    action = {"build": data_cache.build, "verify": data_cache.verify}[options.action]
    if options.image_size < 1:
        raise InputError(f"data.image_size is {options.image_size}; it must be 1 or more.")
    return action(options.root, options.image_size, rule, manifest)


def add_options(parser: OptionParser) -> None:
    """Add the options of ``check`` and of ``cache``."""
    kinds = parser.add_subparsers(dest="what", required=True, metavar="check|cache")
    check = kinds.add_parser(
        "check",
        help="decode every image and report what is wrong or doubtful",
        description="Decode every image on all cores and report what is wrong or doubtful. "
        "The exit code is 0 if nothing is wrong, 1 if there are findings, 2 for wrong input.",
    )
    _add_root(check)
    check.add_argument("--json", type=Path, metavar="FILE", help="write the whole report, with every file, as JSON")
    check.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="write a page with counts, sizes and small pictures, to open in a browser",
    )
    check.add_argument(
        "--data.fold", dest="fold", metavar="I/K", help="count the splits of a fold: 2/5 holds out part 2 of 5"
    )
    check.add_argument(
        "--data.groups",
        dest="groups",
        choices=("column", "near-duplicates"),
        help="keep groups in one split, as in fit",
    )
    _add_rule(check)
    cache = kinds.add_parser("cache", help="manage the decoded cache", description="Manage the decoded cache.")
    actions = cache.add_subparsers(dest="action", required=True, metavar="list|build|verify|clear")
    actions.add_parser("list", help="list all caches with their size on disk")
    actions.add_parser("clear", help="remove all caches and the index of files")
    for name, text in (
        ("build", "decode a data set into the cache, as the first fit would"),
        ("verify", "read every file again and compare it with the index and the cache"),
    ):
        action = actions.add_parser(name, help=text, description=text.capitalize() + ".")
        _add_root(action)
        size = {"dest": "image_size", "type": int}
        action.add_argument("--data.image_size", **size, default=224, help="pixels per side (default: %(default)s)")
        action.add_argument("--image_size", **size, action=OldSpelling, instead="--data.image_size")
        _add_rule(action)


def _add_root(parser: OptionParser) -> None:
    """Add the data folder, spelled as ``fit`` spells it; a word without an option is the spelling of version 0.1."""
    parser.add_argument(
        "--data.root", dest="root", metavar="FOLDER", help="folder, manifest (a table of images) or builtin:elpv"
    )
    columns = {
        "type": yaml_value(_names),
        "metavar": "{path:COLUMN,label:COLUMN}",
        "help": "names of the columns of a manifest",
    }
    parser.add_argument("--data.columns", dest="columns", **columns)
    parser.add_argument(
        "--data.images_root", dest="images_root", metavar="FOLDER", help="where relative paths of a manifest start"
    )
    parser.add_argument("root", nargs="?", action=OldSpelling, instead="--data.root FOLDER")


def _add_rule(parser: OptionParser) -> None:
    add = parser.add_argument
    add(
        "--data.background",
        dest="background",
        default="white",
        help="color behind transparent pixels (default: %(default)s)",
    )
    add("--background", dest="background", action=OldSpelling, instead="--data.background")
    pair = {"dest": "value_range", "metavar": "[BLACK,WHITE]"}
    add(
        "--data.value_range", **pair, type=yaml_value(_two_numbers), help="values of deep gray that are black and white"
    )
    add(
        "--value_range",
        dest="value_range",
        nargs=2,
        type=float,
        action=OldSpelling,
        instead="--data.value_range [BLACK,WHITE]",
    )
    add("--data.color", dest="color", default="as_stored", help="as_stored, or convert: to sRGB (default: %(default)s)")


def _names(value: Any) -> dict[str, str] | None:
    if value is None:
        return None
    names = dict(value)
    if None in names.values():  # {path:image}, without the blank, is one key
        raise ValueError
    return {str(key): str(name) for key, name in names.items()}


def _two_numbers(value: Any) -> tuple[float, float]:
    low, high = value
    return float(low), float(high)


COMMAND = Command(
    name="data",
    summary="check a data set (data check), manage its decoded cache (data cache)",
    run=data,
    add_options=add_options,
    position=90,
    description="Check a data set, or manage its decoded cache.",
)
