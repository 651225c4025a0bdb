"""The page of a data set check: everything that was found, escaped, small, and without a network."""

import base64
import io
import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from resnet_lab.checking.data_set import check_data_set
from resnet_lab.data.rgb import DEFAULT_RULE
from resnet_lab.report import data_page as module
from resnet_lab.report.data_page import data_page


class Page(HTMLParser):
    """Headings, texts, pictures and addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))

    @property
    def pictures(self) -> list[Image.Image]:
        uris = [found["src"] for tag, found in self.tags if tag == "img"]
        return [Image.open(io.BytesIO(base64.b64decode(uri.partition("base64,")[2]))) for uri in uris]


@pytest.fixture
def tree(cell_folder, tmp_path):
    """40 cells, of which two have a near-duplicate in the other class; a blank and a broken image, and a bad name."""
    tree = shutil.copytree(cell_folder, tmp_path / "tree")
    originals = sorted((tree / "defective").iterdir())[:2]
    for number, path in enumerate(originals):
        Image.open(path).resize((150, 150)).save(tree / "functional" / f"smaller{number}.jpg", quality=80)
    Image.new("L", (50, 50)).save(tree / "functional" / "<img src=x onerror=alert(1)> & \n\u202e猫.png")
    (tree / "defective" / "broken<b>.png").write_bytes(b"no image")
    return tree


def page_of(root) -> tuple[str, Page]:
    text = data_page(check_data_set(root), DEFAULT_RULE)
    return text, Page(text)


def test_the_page_has_what_was_found_and_needs_nothing_else(tree):
    text, page = page_of(tree)
    for said in (
        "1 image cannot be used",
        "1 image blank",
        "of near-duplicates in two splits or classes",
        "A fit refuses this data set until they are repaired.",
        "The smallest images",
        "300x300 (40), 150x150 (2), 50x50 (1)",
        "broken<b>.png cannot be decoded",
        "<img src=x onerror=alert(1)> & \\n\\u202e猫.png",
    ):
        assert said in page.text
    splits = re.search(r"train (\d+), val (\d+), test (\d+)", page.text)
    assert sum(map(int, splits.groups())) == 43
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "link", "iframe", "object", "b"}
    addresses = [found[key] for _, found in page.tags for key in ("src", "href", "xlink:href") if key in found]
    assert {address[0] if address[0] == "#" else address[:23] for address in addresses} == {
        "#",
        "data:image/jpeg;base64,",
    }
    assert "onerror" not in {key for _, found in page.tags for key in found}
    assert "prefers-color-scheme: dark" in text
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.tags


def test_a_class_has_its_own_name_in_its_heading(tree):
    """The style of the page begins a heading with a capital letter, and a class may begin with a small one."""
    _, page = page_of(tree)
    assert "Class defective: 20 images" in page.text


def test_near_duplicates_are_side_by_side(tree):
    text, _ = page_of(tree)
    lists = re.findall(r'<ul class="photographs">.*?</ul>', text, re.DOTALL)
    for number, original in enumerate(sorted((tree / "defective").iterdir())[1:3]):  # the first is broken
        group = next(one for one in lists if f"smaller{number}.jpg" in one and original.name in one)
        assert group.count("<img") >= 2


def test_the_picture_is_the_image(tree):
    _, page = page_of(tree)
    sides = {max(picture.size) for picture in page.pictures}
    assert sides == {50, 150, 160}  # none is made larger
    blank = [picture for picture in page.pictures if picture.size == (50, 50)]
    assert blank
    assert all(np.asarray(picture).max() == 0 for picture in blank)


def test_many_large_images_give_a_small_page_that_says_what_is_not_shown(tmp_path, monkeypatch):
    draw = np.random.default_rng(0)
    for label in (f"class {'n' * 200} {k:02}" for k in range(40)):
        (tmp_path / label).mkdir()
        for k in range(3):
            Image.fromarray(draw.integers(0, 255, (40, 40), dtype=np.uint8)).save(tmp_path / label / f"{k}.png")
    monkeypatch.setattr(module, "_BYTES", 20_000)
    text, page = page_of(tmp_path)
    pictures = [found["src"] for tag, found in page.tags if tag == "img"]
    assert 0 < sum(3 * (len(uri) - 23) // 4 for uri in pictures) <= 20_000
    assert len(text) < 400_000
    assert f"{len(pictures)} pictures are shown, of 120 usable images." in page.text
    unseen = re.search(r"([\d,]+) more images are named without a picture", page.text)
    assert int(unseen[1]) == text.count("<li><code>")
    assert "Shown are the 6 largest and the 6 smallest classes." in page.text
    assert "Shown are the 15 largest and the 15 smallest classes." in page.text


def test_a_clean_data_set_has_nothing_to_repair(cell_folder, tmp_path):
    tree = shutil.copytree(cell_folder, tmp_path / "tree", ignore=shutil.ignore_patterns("cell0065.png"))
    _, page = page_of(tree)
    assert "Nothing to repair." in page.text
    assert "The largest images" not in page.text  # all have one size
    assert "The images of least contrast" in page.text
