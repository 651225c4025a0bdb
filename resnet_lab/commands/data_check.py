"""``resnet-lab data check``: report of everything wrong or doubtful in a data set."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from resnet_lab.errors import InputError, printable
from resnet_lab.files import write_json, write_text
from resnet_lab.output import give, say

if TYPE_CHECKING:
    from resnet_lab.data.groups import Groups
    from resnet_lab.data.manifest import ManifestRule
    from resnet_lab.data.rgb import DecodeRule
    from resnet_lab.data.split import Fold


def check(
    root: str,
    json_path: Path | None,
    html_path: Path | None,
    rule: "DecodeRule",
    fold: "Fold | None",
    manifest: "ManifestRule",
    groups: "Groups | None" = None,
) -> int:
    """Print the report on a data set, and write it as JSON and as a page if files are given. Findings give exit code 1.

    Raises:
        InputError: The data set cannot be read, or a file cannot be written.
    """
    from resnet_lab.checking.data_set import check_data_set
    from resnet_lab.checking.report import as_json, as_text
    from resnet_lab.data.sources import resolve_root

    report = check_data_set(resolve_root(root), rule=rule, fold=fold, manifest=manifest, groups=groups)
    give(as_text(report))
    if json_path is not None:
        with _writing(json_path):
            write_json(json_path, as_json(report))
    if html_path is not None:
        from resnet_lab.report.data_page import data_page

        page = data_page(report, rule)
        with _writing(html_path):
            write_text(html_path, page)
        say(f"wrote   {html_path}")
    return 1 if report.findings else 0


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"The report cannot be written to {printable(path)} ({error.strerror}); name another file."
        ) from error
