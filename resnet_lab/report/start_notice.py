"""Notice on arms that began with weights that were not made alike: why there is no verdict."""

from pathlib import Path
from typing import Any

from resnet_lab.comparison.results import Results
from resnet_lab.report.document import Notice
from resnet_lab.report.words import Words
from resnet_lab.runs.status import Start

_SHORT = 8


def start_notice(results: Results, words: Words) -> Notice | None:
    """Return the notice, with one sentence per contrast; None if the runs of all pairs began alike.

    Args:
        results: Results of both arms.
        words: Words of the report.
    """
    texts = words.report["notices"]["unlike_starts"]
    said = []
    for contrast in results.pairing.contrasts:
        if contrast.unlike is None:
            continue
        control, treated = contrast.arms
        sentence = texts["text"].format(
            control=control,
            treated=treated,
            of_control=_start(contrast.unlike.control, texts),
            of_treated=_start(contrast.unlike.treated, texts),
            axis_value=words.in_brackets(contrast.axis_value),
            factor=words.factor(results.factor),
        )
        said.append(sentence)
    return Notice(" ".join([*said, texts["way_out"]]), serious=True) if said else None


def _start(start: Start | None, texts: dict[str, Any]) -> str:
    if start is None:
        return str(texts["drawn"])
    return str(
        texts[start.kind].format(
            root=start.root,
            data=str(start.fingerprint)[:_SHORT],
            settings=str(start.settings_sha256)[:_SHORT],
            checkpoint=start.checkpoint,
            seed=start.seed,
            file=Path(start.file).name,
        )
    )
