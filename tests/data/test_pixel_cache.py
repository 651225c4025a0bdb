"""The cache gives back what was put in, and nothing unfinished is ever taken for one."""

import hashlib
import json
import math
import multiprocessing
import os
import pickle
import shutil
import signal
import time
from collections import Counter, namedtuple

import pytest
import torch

from resnet_lab.data.pixel_cache import PixelCache, build_cache, cache_key, find_cache, no_room
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.errors import InputError

CONTENTS = [f"{value:064x}" for value in (7, 3, 5)]
ABOUT = {"root": "photos", "images": 3, "short_side": 8}


def images():
    for position, content in enumerate(CONTENTS):
        generator = torch.Generator().manual_seed(position)
        yield content, torch.randint(0, 256, (3, 8, 8 + position), dtype=torch.uint8, generator=generator)


def build(caches, made=images, needed=1000):
    return build_cache(caches, "key", made(), needed=needed, about=ABOUT)


def test_each_content_comes_back_to_the_last_bit(tmp_path):
    cache = build(tmp_path)
    rows = cache.rows(CONTENTS[::-1])
    for row, (content, pixels) in zip(rows, list(images())[::-1], strict=True):
        assert torch.equal(cache.pixels(int(row)), pixels)
        assert cache.row(content) == row
    cache.pixels(0).zero_()  # a copy: the file is not touched
    assert torch.equal(find_cache(tmp_path, "key").pixels(int(cache.row(CONTENTS[0]))), next(images())[1])
    assert cache.row("f" * 64) is None
    with pytest.raises(KeyError):
        cache.rows([*CONTENTS, "f" * 64])


def test_it_travels_to_a_worker_as_a_path(tmp_path):
    cache = build(tmp_path)
    cache.pixels(0)
    sent = pickle.dumps(cache)
    assert len(sent) < 500
    assert torch.equal(pickle.loads(sent).pixels(1), cache.pixels(1))


def test_the_key_is_of_contents_and_rule_alone():
    key = cache_key(CONTENTS, 256, DecodeRule())
    assert key == cache_key(CONTENTS[::-1] + CONTENTS[:1], 256, DecodeRule())
    others = {
        cache_key(CONTENTS[:2], 256, DecodeRule()),
        cache_key(CONTENTS, 255, DecodeRule()),
        cache_key(CONTENTS, 256, DecodeRule(background="black")),
        cache_key(CONTENTS, 256, DecodeRule(value_range=(0, 4095))),
    }
    assert len(others | {key}) == 5


def test_a_finished_cache_is_not_built_again(tmp_path):
    build(tmp_path)

    def never():
        raise AssertionError("it was built again")
        yield

    assert find_cache(tmp_path, "key") == build(tmp_path, never)


def test_a_build_that_fails_leaves_nothing(tmp_path):
    def broken():
        yield from list(images())[:2]
        raise InputError("an image")

    with pytest.raises(InputError, match="an image"):
        build(tmp_path, broken)
    assert [path.name for path in tmp_path.iterdir()] == ["key.lock"]


def _build_slowly(caches, started):
    def slow():
        for image in images():
            yield image
            started.set()
            time.sleep(60)

    build(caches, slow)


@pytest.mark.slow
def test_a_killed_build_is_no_cache_and_the_next_one_clears_it_away(tmp_path):
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    process = context.Process(target=_build_slowly, args=(tmp_path, started))
    process.start()
    assert started.wait(60)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert len(list(tmp_path.glob("key.building-*"))) == 1
    assert find_cache(tmp_path, "key") is None
    assert build(tmp_path).is_whole()
    assert not list(tmp_path.glob("key.building-*"))


def _build_counting(caches, counter, together):
    def counted():
        with counter.get_lock():
            counter.value += 1
        time.sleep(0.5)
        yield from images()

    together.wait(timeout=300)
    build(caches, counted)


@pytest.mark.slow
def test_two_processes_build_it_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    counter, together = context.Value("i", 0), context.Barrier(2)
    processes = [context.Process(target=_build_counting, args=(tmp_path, counter, together)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    assert counter.value == 1
    assert find_cache(tmp_path, "key") is not None


def test_no_flipped_bit_gives_other_pixels(tmp_path):
    """Bytes of all three files in turn: the cache is refused, or the image is, or nothing has changed."""
    build(tmp_path)
    written = dict(images())
    undamaged, refused = 0, Counter()
    for path in sorted((tmp_path / "key").iterdir()):
        content = path.read_bytes()
        for position in range(0, len(content), 17):
            flipped = bytearray(content)
            flipped[position] ^= 1 << position % 8
            path.write_bytes(flipped)
            cache = find_cache(tmp_path, "key")
            if cache is None:
                refused[path.name] += 1
                continue
            for content_name, pixels in written.items():
                read = cache.pixels(cache.row(content_name))
                if read is None:
                    refused[path.name] += 1
                else:
                    assert torch.equal(read, pixels)
                    undamaged += 1
        path.write_bytes(content)
    assert refused["pixels.bin"] == math.ceil(sum(pixels.numel() for pixels in written.values()) / 17)
    assert refused["index.npz"] == math.ceil((tmp_path / "key" / "index.npz").stat().st_size / 17)
    assert undamaged > 0


def test_a_cache_without_checksums_is_built_again(tmp_path):
    """Version 0.1 wrote none."""
    build(tmp_path)
    about = tmp_path / "key" / "about.json"
    content = json.loads(about.read_text())
    del content["index"]
    about.write_text(json.dumps(content))
    assert find_cache(tmp_path, "key") is None
    assert build(tmp_path).is_whole()


def test_a_discarded_cache_is_built_again_and_one_call_did_it(tmp_path):
    cache = build(tmp_path)
    assert [cache.discard(), cache.discard()] == [True, False]
    assert find_cache(tmp_path, "key") is None
    assert torch.equal(cache.pixels(cache.row(CONTENTS[0])), next(images())[1])  # who has opened it keeps it
    assert build(tmp_path).is_whole()


@pytest.mark.parametrize("file", ["pixels.bin", "index.npz", "about.json"])
def test_a_truncated_cache_is_none(tmp_path, file):
    build(tmp_path)
    path = tmp_path / "key" / file
    path.write_bytes(path.read_bytes()[:-3])
    assert find_cache(tmp_path, "key") is None
    assert build(tmp_path).is_whole()


def test_too_little_disk_is_said_before_anything_is_written(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**10, 0, 2 * 10**9))
    assert no_room(tmp_path / "not" / "there", 10**9) is None
    assert no_room(tmp_path, 10**9, share=0.4) == f"it takes 1.0 GB, and {tmp_path} has 2.0 GB free"
    assert no_room(tmp_path, 3 * 10**9) == f"it takes 3.0 GB, and {tmp_path} has 2.0 GB free"
    with pytest.raises(
        InputError, match=r"takes 3\.0 GB, and .* has 2\.0 GB free\. Turn it off with data\.cache: false"
    ):
        build(tmp_path, needed=3 * 10**9)
    assert [path.name for path in tmp_path.iterdir()] == ["key.lock"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(
        InputError, match=r"The decoded cache in .*file/caches cannot be written \(.*data\.cache: false"
    ):
        build(tmp_path / "file" / "caches")


def test_a_cache_says_what_it_holds(tmp_path):
    about = build(tmp_path).about
    index = hashlib.sha256((tmp_path / "key" / "index.npz").read_bytes()).hexdigest()
    assert about == {**ABOUT, "bytes": sum(pixels.numel() for _, pixels in images()), "index": index}
    assert PixelCache(tmp_path / "nowhere").is_whole() is False
