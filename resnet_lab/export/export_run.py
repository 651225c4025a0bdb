"""Export of a run: its network in one or more files, each checked before it is kept, and the model card."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.data.unlabeled_images import UnlabeledImages, find_images
from resnet_lab.errors import InputError, RunError
from resnet_lab.export.description import describe
from resnet_lab.export.folder import CARD, export_folder, signed
from resnet_lab.export.formats import FORMATS, ExportFormat
from resnet_lab.export.model_card import model_card
from resnet_lab.export.network_files import BATCHES, largest_difference, read_network, write_network
from resnet_lab.files import write_text
from resnet_lab.inspection.inspected_run import data_of
from resnet_lab.inspection.sample import draw_positions
from resnet_lab.output import say
from resnet_lab.runs import Run

CHECKED = 50
"""Photographs on which a file is checked."""
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class ExportOptions:
    """Options of the command.

    Attributes:
        which: Checkpoint, ``best`` or ``last``.
        formats: Formats to write.
        images: Photographs for the check, or folders of them; none for those of the run.
        license: License of the photographs, as model hubs name it; None if it is not given.
    """

    which: str
    formats: Sequence[ExportFormat]
    images: Sequence[Path] = ()
    license: str | None = None


def export_run(run: Run, options: ExportOptions) -> None:
    """Write the files of a finished run and the model card, and print the path of each.

    A file has its name only after it was checked. An earlier file of the same name is replaced.

    Raises:
        InputError: The checkpoint or the photographs cannot be used, or the folder cannot be written to.
        RunError: A file does not compute what the network computes. It is removed.
    """
    checkpoint = TrainedCheckpoint.read(run.checkpoints[options.which])
    network = checkpoint.network().backbone.eval()
    network.to(memory_format=torch.contiguous_format)
    description = describe(checkpoint, run.status().arm, run.label, options.which)
    images = _photographs(run, checkpoint, options.images)
    say(f"network {run.path}, {options.which} checkpoint")
    folder = export_folder(run, options.which)
    try:
        folder.mkdir(exist_ok=True)
        for wanted in options.formats:
            path, temporary = folder / wanted.file, folder / f".{wanted.file}.{os.getpid()}"
            try:
                write_network(network, description, wanted, temporary)
                _, exported = read_network(temporary, _CPU, wanted)
                difference = largest_difference(network, exported, images)
                del exported  # Windows replaces no file that is open
                temporary.replace(path)
            except RunError as error:
                raise RunError(f"{path} is not kept. {error}") from error
            finally:
                temporary.unlink(missing_ok=True)
            tried = f"{len(images)} photographs in batches of {' and '.join(map(str, BATCHES))}"
            say(f"wrote   {path}\nchecked {tried}: the same classes, logits within {difference:.1g}")
        kept = [known for known in FORMATS.values() if (folder / known.file).exists()]
        card = model_card(run, options.which, description, kept, license=options.license, checked=len(images))
        write_text(folder / CARD, signed(card))
    except OSError as error:
        raise InputError(f"The export cannot be written to {folder} ({error}).") from error
    say(f"wrote   {folder / CARD}")


def _photographs(run: Run, checkpoint: TrainedCheckpoint, images: Sequence[Path]) -> Tensor:
    """Return photographs for the check, normalized, float32 ``(N, 3, S, S)``: held-out ones first."""
    if images:
        paths = find_images(images)[:CHECKED]
    else:
        try:
            splits = data_of(run).folder.splits
        except InputError as error:
            raise InputError(
                f"{str(error).rstrip('. ')}. A file is checked on photographs before it is kept: give some with "
                "--data.images PATH."
            ) from error
        paths = []
        for split in ("test", "val", "train"):
            places = draw_positions(splits[split].contents, CHECKED - len(paths), seed=0)
            paths += [splits[split].paths[place] for place in places]
    dataset = UnlabeledImages(paths, checkpoint.image_size, checkpoint.rule)
    pixels = [dataset[place][0] for place in range(len(dataset))]
    readable = [image for path, image in zip(paths, pixels, strict=True) if path not in dataset.unreadable]
    if not readable:
        raise InputError(f"No photograph for the check can be read: {next(iter(dataset.unreadable.values()))}")
    return checkpoint.normalization(torch.stack(readable))
