"""``resnet-lab data check``: report of everything wrong or doubtful in a data set."""

from pathlib import Path
from typing import TYPE_CHECKING

from resnet_lab.errors import InputError, printable
from resnet_lab.files import write_json
from resnet_lab.output import give

if TYPE_CHECKING:
    from resnet_lab.data.groups import Groups
    from resnet_lab.data.manifest import ManifestRule
    from resnet_lab.data.rgb import DecodeRule
    from resnet_lab.data.split import Fold


def check(
    root: str,
    json_path: Path | None,
    rule: "DecodeRule",
    fold: "Fold | None",
    manifest: "ManifestRule",
    groups: "Groups | None" = None,
) -> int:
    """Print the report on a data set, and write it as JSON if a file is given. Findings give exit code 1.

    Raises:
        InputError: The data set cannot be read, or the JSON file cannot be written.
    """
    from resnet_lab.checking.data_set import check_data_set
    from resnet_lab.checking.report import as_json, as_text
    from resnet_lab.data.sources import resolve_root

    report = check_data_set(resolve_root(root), rule=rule, fold=fold, manifest=manifest, groups=groups)
    give(as_text(report))
    if json_path is not None:
        try:
            write_json(json_path, as_json(report))
        except OSError as error:
            raise InputError(
                f"The report cannot be written to {printable(json_path)} ({error.strerror}); name another file."
            ) from error
    return 1 if report.findings else 0
