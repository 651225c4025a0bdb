"""TensorBoard events of a comparison: the mean of each arm as a run, and bands over seeds as margin charts."""

import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from statistics import fmean, stdev

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.plugins.custom_scalar.layout_pb2 import Category, Chart, Layout, MarginChartContent
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from resnet_lab.comparison.conditions import axis_value_name
from resnet_lab.comparison.one_arm import AnyResults
from resnet_lab.comparison.recorded import curve
from resnet_lab.comparison.results import Arm
from resnet_lab.statistics.curves import Curve

TAGS = ("train/accuracy", "val/accuracy", "train/loss", "val/loss", "train/objective")
_LOWER, _UPPER = "one_sd_below", "one_sd_above"
_CATEGORY = "comparison: mean over seeds, one standard deviation around it"


def write_tensorboard(results: AnyResults, folder: Path) -> None:
    """Write one folder of events per arm; it replaces the folder of an earlier comparison of the same runs.

    The means over seeds have the same tags as the runs, so that TensorBoard shows both in one chart. An arm of one run
    has no folder: its mean would be that run once more.

    Args:
        results: The comparison.
        folder: ``<logs>/comparison/<id>``; no folder in it has a name that a run folder can have.
    """
    for finding in results.findings:
        for arm in finding.arms:
            arm_folder = folder / _file_name(axis_value_name(finding.axis_value)) / _file_name(arm.name)
            for earlier in arm_folder.glob("events.out.tfevents.*"):
                earlier.unlink()
            if len(arm.runs) < 2:
                continue
            writer = EventFileWriter(str(arm_folder))
            for epoch, scalars in _scalars(arm):
                values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
                writer.add_event(Event(step=epoch, wall_time=time.time(), summary=Summary(value=values)))
            writer.add_event(Event(wall_time=time.time(), summary=_layout()))
            writer.close()


def band(curves: Sequence[Curve], epoch: int) -> tuple[float, float, float]:
    """Return the mean over seeds at an epoch, and the values one standard deviation below and above it.

    >>> band([{1: 1.0}, {1: 3.0}], 1)
    (2.0, 0.5857864376269049, 3.414213562373095)

    Args:
        curves: At least two curves that have the epoch.
        epoch: The epoch.
    """
    values = [values_of[epoch] for values_of in curves]
    mean, sd = fmean(values), stdev(values)
    return mean, mean - sd, mean + sd


def _scalars(arm: Arm) -> Iterator[tuple[int, Mapping[str, float]]]:
    """Yield the scalars per epoch that are finite numbers in all runs."""
    by_tag = {tag: [curve(run, tag) for run in arm.runs.values()] for tag in TAGS}
    for epoch in sorted({epoch for curves in by_tag.values() for epoch in chain(*curves)}):
        scalars = {}
        for tag, curves in by_tag.items():
            if all(math.isfinite(values.get(epoch, math.nan)) for values in curves):
                scalars[tag], scalars[f"{tag}/{_LOWER}"], scalars[f"{tag}/{_UPPER}"] = band(curves, epoch)
        yield epoch, scalars


def _layout() -> Summary:
    """Return the margin charts in the format of the Custom Scalars plugin."""
    charts = [
        Chart(
            title=tag,
            margin=MarginChartContent(
                series=[MarginChartContent.Series(value=tag, lower=f"{tag}/{_LOWER}", upper=f"{tag}/{_UPPER}")]
            ),
        )
        for tag in TAGS
    ]
    layout = Layout(category=[Category(title=_CATEGORY, chart=charts)]).SerializeToString()
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="custom_scalars"))
    tensor = TensorProto(dtype=DT_STRING, string_val=[layout])
    return Summary(value=[Summary.Value(tag="custom_scalars__config__", tensor=tensor, metadata=metadata)])


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.=-]+", "-", text).strip("-")
