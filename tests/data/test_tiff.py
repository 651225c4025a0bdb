"""TIFF of every kind that Pillow opens, against tifffile: read as tifffile reads it, or refused by name."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from resnet_lab.data.decode import decode, inspect
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.errors import InputError

HEIGHT, WIDTH = 19, 21
COLORS = {  # photometric interpretation, channels without and with extra samples, kind of extra sample
    "gray": ("minisblack", 1, 1, None),
    "white-is-zero": ("miniswhite", 1, 1, None),
    "gray and alpha": ("minisblack", 1, 2, "unassalpha"),
    "gray and more": ("minisblack", 1, 2, "unspecified"),
    "RGB": ("rgb", 3, 3, None),
    "RGB and alpha": ("rgb", 3, 4, "unassalpha"),
    "RGB and more": ("rgb", 3, 4, "unspecified"),
    "CMYK": ("separated", 4, 4, None),
}
KINDS = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float16", "float32"]
LAYOUTS = {"strips": {"rowsperstrip": 7}, "one strip": {}, "tiles": {"tile": (16, 16)}}
READ_WRONGLY = "reads wrongly: save it as 8-bit gray or RGB."


def drawn(kind: str, channels: int) -> np.ndarray:
    draw = np.random.default_rng(0)
    if kind.startswith("float"):
        return draw.random((HEIGHT, WIDTH, channels)).astype(kind)
    limits = np.iinfo(kind)
    return draw.integers(limits.min, limits.max, (HEIGHT, WIDTH, channels), dtype=kind, endpoint=True)


def value_range(kind: str) -> tuple[float, float]:
    limits = np.iinfo(kind) if "int" in kind else None
    return (float(limits.min), float(limits.max)) if limits else (0.0, 1.0)


def as_seen(values: np.ndarray, color: str) -> np.ndarray:
    """RGB by the definitions of TIFF 6.0, over white; whole numbers are not rounded."""
    photometric, count, _, extra = COLORS[color]
    low, high = value_range(values.dtype.name)
    share = (values.astype(float) - low) / (high - low)
    seen = {
        "minisblack": lambda: share[..., [0, 0, 0]],
        "miniswhite": lambda: 1 - share[..., [0, 0, 0]],
        "rgb": lambda: share[..., :3],
        "separated": lambda: (1 - share[..., :3]) * (1 - share[..., 3:4]),
    }[photometric]()
    if extra == "unassalpha":
        seen = seen * share[..., count:] + 1 - share[..., count:]
    return 255 * seen


def by_tifffile(path: Path, planes: str) -> np.ndarray:
    values = tifffile.imread(path)
    return np.moveaxis(values, 0, -1) if planes == "separate" else values.reshape(HEIGHT, WIDTH, -1)


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        decode(path, DecodeRule(value_range=(0, 1)))
    with pytest.raises(InputError):
        inspect(path)
    return str(error.value).removeprefix(f"{path} is a TIFF with ").removesuffix(f", which Pillow {READ_WRONGLY}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("color", COLORS)
def test_it_is_as_tifffile_reads_it_or_refused(tmp_path, color, kind):
    photometric, _, channels, extra = COLORS[color]
    values, path = drawn(kind, channels), tmp_path / "a.tif"
    read = 0
    for planes, compression, order, layout in itertools.product(
        ("contig", "separate") if channels > 1 else ("contig",), (None, "lzw", "zlib"), "<>", ("strips", "tiles")
    ):
        stored = np.ascontiguousarray(np.moveaxis(values, -1, 0)) if planes == "separate" else values
        tifffile.imwrite(
            path,
            stored if channels > 1 else values[..., 0],
            photometric=photometric,
            planarconfig=planes if channels > 1 else None,
            extrasamples=extra and [extra],
            compression=compression,
            byteorder=order,
            metadata=None,
            **LAYOUTS[layout],
        )
        case = planes, compression, order, layout
        np.testing.assert_array_equal(by_tifffile(path, planes if channels > 1 else "contig"), values, str(case))
        try:
            image = decode(path, DecodeRule(value_range=value_range(kind)))
        except InputError:
            continue
        read += 1
        # Color of 16 bits is cut to its upper 8; an alpha and a product of inks round once more.
        assert np.abs(np.asarray(image) - as_seen(values, color)).max() <= 2.5, case
    assert bool(read) == _is_read(color, kind)


def _is_read(color: str, kind: str) -> bool:
    """Whether at least one arrangement of this kind is read; otherwise nothing would be compared."""
    if color in ("gray", "white-is-zero"):
        return kind not in {"int8", "float16"} and (color == "gray" or kind in {"uint8", "uint16"})
    if color == "gray and more":  # as separate planes, the first alone
        return kind not in {"int8", "float16"}
    return kind == "uint8" or (kind == "uint16" and color != "gray and alpha")


def test_signed_bytes(tmp_path):
    path = tmp_path / "a.tif"
    for compression in (None, "lzw"):
        tifffile.imwrite(path, drawn("int8", 1)[..., 0], photometric="minisblack", compression=compression)
        assert refused(path) == "signed 8-bit integers"


@pytest.mark.parametrize("color", ["RGB", "RGB and alpha", "CMYK"])
def test_16_bits_in_separate_planes(tmp_path, color):
    photometric, _, channels, extra = COLORS[color]
    path, values = tmp_path / "a.tif", np.ascontiguousarray(np.moveaxis(drawn("uint16", channels), -1, 0))
    options = {"photometric": photometric, "planarconfig": "separate", "extrasamples": extra and [extra]}
    tifffile.imwrite(path, values, **options)
    assert refused(path) == "16 bits per channel in separate planes"
    tifffile.imwrite(path, values, compression="zlib", **options)
    assert decode(path).size == (WIDTH, HEIGHT)


def test_compressed_gray_and_alpha_in_separate_planes(tmp_path):
    path, values = tmp_path / "a.tif", np.ascontiguousarray(np.moveaxis(drawn("uint8", 2), -1, 0))
    options = {"photometric": "minisblack", "planarconfig": "separate", "compression": "zlib"}
    for alpha in ("assocalpha", "unassalpha"):
        tifffile.imwrite(path, values, extrasamples=[alpha], **options)
        assert refused(path) == "gray or palette colors with transparency in separate planes"


def test_floats_whose_zero_is_white(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, drawn("float32", 1)[..., 0], photometric="miniswhite")
    assert refused(path) == "floats whose zero is white"


@pytest.mark.parametrize("bits", [8, 16])
def test_the_colors_of_a_palette_have_16_bits(tmp_path, bits):
    colors, indices = np.random.default_rng(0).integers(0, 256, (256, 3)), drawn("uint8", 1)[..., 0]
    path = tmp_path / "a.tif"
    stored = (colors.T * (257 if bits == 16 else 1)).astype(np.uint16)
    tifffile.imwrite(path, indices, photometric="palette", colormap=stored)
    if bits == 8:
        assert refused(path) == "a palette of 8 bits instead of 16"
    else:
        np.testing.assert_array_equal(np.asarray(decode(path)), colors[indices])


@pytest.mark.parametrize(
    ("tag", "kind"),
    [((332, 3, 1, 2), "inks that are not CMYK"), ((254, 4, 1, 1), "a thumbnail before the image itself")],
)
def test_what_a_tag_says_of_the_pixels_is_heard(tmp_path, tag, kind):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, drawn("uint8", 4), photometric="separated", extratags=[(*tag, True)], subfiletype=tag[3] % 2)
    assert refused(path) == kind


@pytest.mark.parametrize("subsampling", [(1, 1), (2, 1), (2, 2)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_jpeg_in_a_tiff(tmp_path, layout, subsampling):
    path = tmp_path / "a.tif"
    rows, columns = np.mgrid[:64, :80]
    luma_and_colors = np.stack([rows * 3 + 20, columns + 90, (rows + columns) // 2 + 90], axis=-1).astype(np.uint8)
    options = LAYOUTS[layout] | ({"rowsperstrip": 16} if layout == "strips" else {})
    tifffile.imwrite(path, luma_and_colors, photometric="ycbcr", compression="jpeg", subsampling=subsampling, **options)
    difference = np.abs(np.asarray(decode(path)).astype(int) - tifffile.imread(path))
    assert np.mean(difference) < 2  # two ways of interpolating colors


@pytest.mark.parametrize("fill_order", [1, 2])
@pytest.mark.parametrize("photometric", [0, 1])
@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_faxes(tmp_path, compression, photometric, fill_order):
    path, stored = tmp_path / "a.tif", np.random.default_rng(0).random((HEIGHT, WIDTH)) < 0.5
    tags = {262: photometric, 266: fill_order}
    Image.fromarray(stored).save(path, compression=compression, tiffinfo=tags)
    white = tifffile.imread(path).astype(bool) ^ (photometric == 0)
    np.testing.assert_array_equal(np.asarray(decode(path))[..., 0], 255 * white)
