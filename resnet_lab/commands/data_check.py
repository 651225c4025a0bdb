"""``resnet-lab data check``: everything that is wrong or doubtful in a data set, before a fit stumbles on it."""

from pathlib import Path
from typing import TYPE_CHECKING

from resnet_lab.errors import InputError, printable
from resnet_lab.files import write_json

if TYPE_CHECKING:
    from resnet_lab.data.rgb import DecodeRule


def check(root: str, json_path: Path | None, rule: "DecodeRule") -> int:
    """Print the report on a data set, and write it as JSON if asked to; the exit code is 1 if there are findings.

    Raises:
        InputError: The data set cannot be read at all, or the JSON file not be written.
    """
    from resnet_lab.checking.data_set import check_data_set
    from resnet_lab.checking.report import as_json, as_text
    from resnet_lab.data.sources import resolve_root

    report = check_data_set(resolve_root(root), rule=rule)
    print(as_text(report), end="")
    if json_path is not None:
        try:
            write_json(json_path, as_json(report))
        except OSError as error:
            raise InputError(
                f"The report cannot be written to {printable(json_path)} ({error.strerror}); name another file."
            ) from error
    return 1 if report.findings else 0
