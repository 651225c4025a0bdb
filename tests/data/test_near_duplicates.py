"""Groups of hashes, against comparing every two; and what of real cells is found again."""

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from resnet_lab.data.image_hash import hash_image
from resnet_lab.data.near_duplicates import near_duplicate_groups


def brute_force(hashes, distance):
    """Every two compared as integers, and groups grown by walking from one to the next."""
    numbers = [int.from_bytes(row.tobytes()) for row in hashes]
    near = {
        i: {j for j, other in enumerate(numbers) if (number ^ other).bit_count() <= distance}
        for i, number in enumerate(numbers)
    }
    groups, seen = [], set()
    for start in near:
        group, to_visit = set(), [start]
        while to_visit:
            here = to_visit.pop()
            if here not in group:
                group.add(here)
                to_visit += near[here]
        if len(group) > 1 and start not in seen:
            groups.append(sorted(group))
        seen |= group
    return groups


def with_bits_flipped(generator, row, number):
    bits = np.unpackbits(row)
    bits[generator.choice(len(bits), number, replace=False)] ^= 1
    return np.packbits(bits)


@pytest.mark.parametrize("distance", [0, 1, 5, 16, 40])
@pytest.mark.parametrize("share", [0.5, 0.02])  # of ones: with few, most chunks of most hashes are equal
def test_groups_are_those_of_brute_force(distance, share):
    generator = np.random.default_rng(distance)
    hashes = np.packbits(generator.random((150, 256)) < share, axis=1)
    changed = [with_bits_flipped(generator, row, number) for row in hashes[:50] for number in (distance, distance + 1)]
    hashes = generator.permutation(np.concatenate([hashes, np.stack(changed), hashes[:5]]))
    expected = brute_force(hashes, distance)
    assert expected
    assert near_duplicate_groups(hashes, distance) == expected


def test_the_farthest_pair_that_counts_and_the_nearest_that_does_not():
    generator = np.random.default_rng(0)
    row = generator.integers(0, 256, 32, dtype=np.uint8)
    for number, groups in ((16, [[0, 1]]), (17, [])):
        assert near_duplicate_groups(np.stack([row, with_bits_flipped(generator, row, number)])) == groups


def test_a_chain_is_one_group():
    rows = np.zeros((4, 32), dtype=np.uint8)
    for step in range(4):
        rows[step, : 2 * step] = 255  # 16 bits from one to the next
    assert near_duplicate_groups(rows) == [[0, 1, 2, 3]]


@pytest.mark.parametrize("number", [0, 1])
def test_fewer_than_two_have_no_groups(number):
    assert near_duplicate_groups(np.zeros((number, 32), dtype=np.uint8)) == []


def test_many_equal_hashes_take_no_time_of_every_two():
    assert near_duplicate_groups(np.zeros((200_000, 32), dtype=np.uint8)) == [list(range(200_000))]


def test_copies_of_a_cell_are_found_and_other_cells_are_not(cell_folder, tmp_path):
    cells = [cell for cell in sorted(cell_folder.glob("*/*.png")) if cell.name != "cell0065.png"]  # next to cell0064
    hashes = []
    for cell in cells:
        image = Image.open(cell)
        jpeg = io.BytesIO()
        image.save(jpeg, "JPEG", quality=75)
        copies = [
            image,
            Image.open(jpeg),
            image.resize((image.width // 2, image.height // 2)),
            ImageEnhance.Brightness(image).enhance(1.1),
        ]
        for number, copy in enumerate(copies):
            copy.save(tmp_path / f"{number}.png")
            hashes.append(np.frombuffer(hash_image(tmp_path / f"{number}.png").hash, dtype=np.uint8))
    groups = near_duplicate_groups(np.stack(hashes))
    assert groups == [list(range(4 * cell, 4 * cell + 4)) for cell in range(len(cells))]
