"""Similarity of the blocks of several runs, read from ``inspect/similarity.csv``, as a mean over pairs of networks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement, product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from resnet_lab.files import read_csv, read_json
from resnet_lab.runs import Run

Pairs = Literal["seeds", "twins", "itself"]
_MEASUREMENT = "similarity"
_IDENTITY = 12  # digits of a checksum


@dataclass(frozen=True)
class SimilarityMap:
    """Mean similarity (CKA) of the blocks of one arm to those of an arm, which may be the same.

    Attributes:
        arms: Names of the two arms.
        blocks: Names of the L and L' blocks of each.
        values: ``(L, L')``: rows are blocks of the first arm. NaN where no pair has a value.
        pairs: Number of pairs of networks in the mean.
        kind: ``seeds``: pairs of different seeds. ``twins``: both arms have one seed, so pairs of one seed.
            ``itself``: an arm has one seed only, so its network is compared with itself.
    """

    arms: tuple[str, str]
    blocks: tuple[tuple[str, ...], tuple[str, ...]]
    values: NDArray[np.float64]
    pairs: int
    kind: Pairs

    @property
    def corresponding(self) -> float | None:
        """Mean over pairs of blocks at the same place; None if the arms have different numbers of blocks."""
        diagonal = self.values.diagonal()
        if len(set(self.values.shape)) > 1 or np.isnan(diagonal).all():
            return None
        return float(np.nanmean(diagonal))


def network_identity(checksum: str | None, label: str) -> str:
    """Return the name of a trained network in ``similarity.csv``, which stays when its run folder is moved.

    Args:
        checksum: Checksum of the checkpoint; a file of version 0.1 has none.
        label: Name and version of the run.
    """
    return checksum[:_IDENTITY] if checksum else label


def similarity_maps(arms: Mapping[str, Iterable[Run]], checkpoint: str) -> list[SimilarityMap]:
    """Return the maps within each arm and between arms: of two arms first, first to second, second.

    Networks of one seed began with the same weights and saw the same batches. So pairs of different seeds are taken
    everywhere, and what differs between the maps is the arms. With one seed, :attr:`SimilarityMap.kind` says what was
    taken instead.

    Args:
        arms: Runs of each arm, by its name. Runs that were not measured, or not with the others, are left out.
        checkpoint: ``best`` or ``last``.
    """
    measured = {arm: _measured(runs, checkpoint) for arm, runs in arms.items()}
    maps = []
    for first, second in combinations_with_replacement(measured, 2):
        within = first == second
        pairs = list(combinations(measured[first], 2) if within else product(measured[first], measured[second]))
        twins = [(one, one) for one in measured[first]] if within else [p for p in pairs if p[0].seed == p[1].seed]
        by_kind: dict[Pairs, list[tuple[_Network, _Network]]] = {
            "seeds": [p for p in pairs if p[0].seed != p[1].seed],
            "itself" if within else "twins": twins,
        }
        for kind, chosen in by_kind.items():
            if found := [values for pair in chosen if (values := _values(*pair)) is not None]:
                maps.append(_mean((first, second), found, kind))
                break
    return maps


@dataclass(frozen=True)
class _Network:
    """A measured network: its seed, and its similarities by partner and pair of blocks."""

    identity: str
    seed: int
    similarities: Mapping[str, Mapping[tuple[str, str], float]]


_Values = Mapping[tuple[str, str], float]


def _measured(runs: Iterable[Run], checkpoint: str) -> list[_Network]:
    """Return the networks of the runs that were measured."""
    networks = []
    for run in runs:
        similarities: dict[str, dict[tuple[str, str], float]] = {}
        for row in read_csv(run.path / "inspect" / f"{_MEASUREMENT}.csv"):
            if row["checkpoint"] == checkpoint:
                value = float(row["similarity"]) if row["similarity"] else np.nan
                of_partner = similarities.setdefault(row["partner_checksum"], {})
                of_partner[row["block"], row["partner_block"]] = value
        if similarities:
            facts = read_json(run.path / "inspect" / "inspect.json")["measurements"][_MEASUREMENT]
            identity = network_identity(facts["checkpoint"]["checksum"], run.label)
            networks.append(_Network(identity, run.status().seed, similarities))
    return networks


def _values(first: _Network, second: _Network) -> _Values | None:
    """Return the similarities of a pair; they are in the file of the network that was measured later."""
    if second.identity in first.similarities:
        return first.similarities[second.identity]
    turned = second.similarities.get(first.identity)
    return None if turned is None else {(b, a): value for (a, b), value in turned.items()}


def _mean(arms: tuple[str, str], found: Sequence[_Values], kind: Pairs) -> SimilarityMap:
    """Return the mean of pairs that have the blocks of the first pair."""
    alike = [values for values in found if values.keys() == found[0].keys()]
    rows, columns = (tuple(sorted({key[side] for key in found[0]}, key=_place)) for side in (0, 1))
    stacked = np.array([[[values[row, column] for column in columns] for row in rows] for values in alike])
    known = np.isfinite(stacked).sum(axis=0)
    totals = np.nansum(stacked, axis=0)
    means = np.divide(totals, known, out=np.full_like(totals, np.nan), where=known > 0)
    return SimilarityMap(arms, (rows, columns), means, len(alike), kind)


def _place(block: str) -> tuple[int, int]:
    """Return stage and number of a block, such as ``layer2.10``."""
    stage, number = block.removeprefix("layer").split(".")
    return int(stage), int(number)
