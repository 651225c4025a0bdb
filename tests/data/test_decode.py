"""The decoder: what a person would see, or an error that names the file."""

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile, features

from resnet_lab.data.decode import EXTENSIONS, Found, decode, inspect, register_heif, wrong_ending
from resnet_lab.data.rgb import DEFAULT_RULE, DecodeRule, refusal
from resnet_lab.errors import InputError

# What each EXIF orientation asks for, as numpy turns and flips of the stored pixels (EXIF 2.3, tag 274).
ORIENTATIONS = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.swapaxes(np.rot90(a, 2), 0, 1),
    8: lambda a: np.rot90(a, 1),
}
AVIF = "avif" in features.get_supported()
FORMATS = ["bmp", "gif", "jpg", "png", "ppm", "tif", "webp", *["avif"] * AVIF]
EVERY_16_BIT_VALUE = np.arange(65536, dtype=np.uint16).reshape(256, 256)
DIVIDED_BY_257 = (2 * np.arange(65536).reshape(256, 256) + 257) // 514  # Rounded to nearest, in integers.


def random_pixels(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def save(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


def pixels(path: Path, rule: DecodeRule = DEFAULT_RULE) -> np.ndarray:
    """Decoded pixels as integers of any size, after what ``inspect`` says was compared with them."""
    found, image = inspect(path), decode(path, rule)
    assert image.mode == "RGB"
    assert image.size == (found.width, found.height)
    assert refusal(found.mode, rule) is None
    return np.asarray(image).astype(int)


def outcome(read: Callable[[], Found | Image.Image]) -> Found | Image.Image | str:
    try:
        return read()
    except InputError as error:
        return str(error)


def gray(values: np.ndarray) -> np.ndarray:
    return np.stack([values] * 3, axis=-1)


def over(color: np.ndarray, alpha: np.ndarray, background: tuple[int, int, int]) -> np.ndarray:
    """Porter and Duff 1984: color over an opaque background, straight alpha of 0 to 255."""
    share = alpha[..., None] / 255
    return color * share + np.array(background) * (1 - share)


def tiff(values: bytes, size: tuple[int, int], bits: list[int], order: str = "<", **tags: int) -> bytes:
    """A TIFF of one strip, written by hand (TIFF 6.0); Pillow writes only some of the kinds that it reads."""
    code = {"photometric": 262, "extra": 338, "sample_format": 339}
    data = zlib.compress(values) if tags.get("compression") == 8 else values
    fields: dict[int, tuple[str, list[int]]] = {
        256: ("I", [size[0]]),
        257: ("I", [size[1]]),
        258: ("H", bits),
        259: ("H", [tags.pop("compression", 1)]),
        273: ("I", [8]),
        277: ("H", [len(bits)]),
        278: ("I", [size[1]]),
        279: ("I", [len(data)]),
        **{code[name]: ("H", [value]) for name, value in tags.items()},
    }
    data += b"\0" * (len(data) % 2)
    directory, far = b"", b""
    far_at = 8 + len(data) + 2 + 12 * len(fields) + 4
    for tag in sorted(fields):
        kind, content = fields[tag]
        packed = struct.pack(f"{order}{len(content)}{kind}", *content)
        if len(packed) > 4:
            packed, far = struct.pack(f"{order}I", far_at + len(far)), far + packed
        directory += struct.pack(f"{order}HHI", tag, {"H": 3, "I": 4}[kind], len(content)) + packed.ljust(4, b"\0")
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8 + len(data))
    return head + data + struct.pack(f"{order}H", len(fields)) + directory + bytes(4) + far


def png(rows: list[bytes], width: int, depth: int, color: int, transparent: bytes) -> bytes:
    """A PNG with one transparent value, written by hand (PNG 1.2, section 4.2.1.1)."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, len(rows), depth, color, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [chunk(b"IHDR", header), chunk(b"tRNS", transparent), chunk(b"IDAT", data), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


# Eight bits


@pytest.mark.parametrize("ending", ["png", "tif", "webp", "jpg", *["avif"] * AVIF])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_exif_orientation_is_applied(tmp_path, orientation, ending):
    image = Image.fromarray(random_pixels(16, 24, 3))
    options = {"lossless": True} if ending == "webp" else {}
    stored = np.asarray(Image.open(save(tmp_path / f"plain.{ending}", image, **options)))
    exif = Image.Exif()
    exif[274] = orientation
    path = save(tmp_path / f"a.{ending}", image, exif=exif, **options)
    np.testing.assert_array_equal(pixels(path), ORIENTATIONS[orientation](stored))
    assert inspect(path).orientation == orientation
    assert (inspect(path).width, inspect(path).height) == ((16, 24) if orientation >= 5 else (24, 16))


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
@pytest.mark.parametrize("mode", ["1", "L", "RGB", "CMYK", "I;16"])
def test_tiff_of_every_mode_is_turned_once(tmp_path, mode, compression):
    values = random_pixels(16, 24, 3)
    image = (
        Image.fromarray(values[..., 0] * np.uint16(257)) if mode == "I;16" else Image.fromarray(values).convert(mode)
    )
    plain = pixels(save(tmp_path / "plain.tif", image, compression=compression))
    for orientation, turn in ORIENTATIONS.items():
        path = save(tmp_path / "a.tif", image, compression=compression, tiffinfo={274: orientation})
        np.testing.assert_array_equal(pixels(path), turn(plain))


def test_an_orientation_that_does_not_exist_turns_nothing(tmp_path):
    exif = Image.Exif()
    exif[274] = 99
    stored = random_pixels(4, 6, 3)
    path = save(tmp_path / "a.png", Image.fromarray(stored), exif=exif)
    np.testing.assert_array_equal(pixels(path), stored)
    assert inspect(path).orientation == 1


def test_gray_becomes_three_equal_channels(cells):
    path = cells["defective"][0]
    assert pixels(path).shape == (300, 300, 3)
    with Image.open(path) as image:
        np.testing.assert_array_equal(pixels(path), gray(np.asarray(image)))


@pytest.mark.parametrize("ending", ["bmp", "png", "ppm", "tif"])
@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3)])
def test_lossless_pixels_come_as_they_went(tmp_path, shape, ending):
    stored = random_pixels(*shape)
    path = save(tmp_path / f"a.{ending}", Image.fromarray(stored))
    np.testing.assert_array_equal(pixels(path), gray(stored) if len(shape) == 2 else stored)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_is_what_libjpeg_gives(tmp_path, mode):
    path = save(tmp_path / "a.jpg", Image.fromarray(random_pixels(16, 16, 3)).convert(mode))
    with Image.open(path) as image:
        stored = np.asarray(image)
    np.testing.assert_array_equal(pixels(path), gray(stored) if mode == "L" else stored)


@pytest.mark.parametrize("ending", ["webp", *["avif"] * AVIF])
def test_webp_and_avif_are_read(tmp_path, ending):
    flat = Image.new("RGB", (32, 32), (200, 60, 20))
    path = save(tmp_path / f"a.{ending}", flat, quality=95)
    assert np.abs(pixels(path) - (200, 60, 20)).max() <= 4  # Lossy: of one color, the rounding of YCbCr is left.


@pytest.mark.parametrize("ending", ["png", "tif", "bmp"])
def test_one_bit_is_black_and_white(tmp_path, ending):
    stored = random_pixels(9, 11) > 127
    path = save(tmp_path / f"a.{ending}", Image.fromarray(stored))
    np.testing.assert_array_equal(pixels(path), gray(255 * stored))


@pytest.mark.parametrize("ending", ["png", "tif", "bmp", "gif"])
def test_a_palette_is_looked_up(tmp_path, ending):
    indices, palette = random_pixels(8, 9) % 16, random_pixels(16, 3, seed=1)
    image = Image.fromarray(indices).convert("L")
    image.putpalette(palette.tobytes())
    assert image.mode == "P"
    np.testing.assert_array_equal(pixels(save(tmp_path / f"a.{ending}", image)), palette[indices])


def cmyk_as_rgb(inks: np.ndarray) -> np.ndarray:
    c, m, y, k = np.moveaxis(inks / 255, -1, 0)
    return 255 * np.stack([(1 - c) * (1 - k), (1 - m) * (1 - k), (1 - y) * (1 - k)], axis=-1)


def test_cmyk_tiff(tmp_path):
    inks = random_pixels(8, 9, 4)
    path = save(tmp_path / "a.tif", Image.fromarray(inks, "CMYK"))
    assert np.abs(pixels(path) - cmyk_as_rgb(inks)).max() <= 1


def adobe_transform_at(content: bytes) -> int:
    """Where the byte of the APP14 marker stands that says what the channels are (Adobe TN 5116, section 18)."""
    marker = content.index(b"\xff\xee\x00\x0eAdobe")
    return marker + 15


def patches(colors: np.ndarray) -> Image.Image:
    """Colors ``(n, 4)`` as squares of 16 by 16, whole blocks of a JPEG, so that nothing is lost but to rounding."""
    return Image.fromarray(np.repeat(np.repeat(colors[None], 16, axis=0), 16, axis=1), "CMYK")


def middles(path: Path) -> np.ndarray:
    return pixels(path)[8, 8::16]


def test_inverted_cmyk_jpeg_as_adobe_writes_it(tmp_path):
    inks = random_pixels(20, 4)
    path = save(tmp_path / "a.jpg", patches(inks), format="JPEG", quality=100)
    content = path.read_bytes()
    assert content[adobe_transform_at(content)] == 0  # CMYK, by Adobe's convention inverted.
    assert np.abs(middles(path) - cmyk_as_rgb(inks)).max() <= 2


def test_ycck_jpeg(tmp_path):
    inks = random_pixels(20, 4)
    c, m, y, k = inks.astype(float).T
    # TN 5116: YCCK is (R, G, B) = (255 - C', ...) of the inverted inks C' = 255 - C, turned into YCbCr; K as in CMYK.
    luma = 0.299 * c + 0.587 * m + 0.114 * y
    stored = np.stack([luma, 128 + (y - luma) / 1.772, 128 + (c - luma) / 1.402, 255 - k], axis=-1)
    # Pillow inverts what it writes; the marker then says that it is YCCK.
    inverted = 255 - np.rint(stored).clip(0, 255).astype(np.uint8)
    path = save(tmp_path / "a.jpg", patches(inverted), format="JPEG", quality=100)
    content = bytearray(path.read_bytes())
    content[adobe_transform_at(content)] = 2
    path.write_bytes(content)
    assert np.abs(middles(path) - cmyk_as_rgb(inks)).max() <= 3


# Transparency


BACKGROUNDS = {"white": (255, 255, 255), "black": (0, 0, 0), "#1e90ff": (30, 144, 255)}


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("ending", ["png", "tif", "webp"])
def test_rgba_lies_over_the_background(tmp_path, ending, background):
    stored = random_pixels(8, 9, 4)
    options = {"lossless": True, "exact": True} if ending == "webp" else {}
    path = save(tmp_path / f"a.{ending}", Image.fromarray(stored), **options)
    expected = over(stored[..., :3], stored[..., 3], BACKGROUNDS[background])
    assert np.abs(pixels(path, DecodeRule(background)) - expected).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_gray_with_alpha_lies_over_the_background(tmp_path, ending):
    stored = random_pixels(8, 9, 2)
    path = save(tmp_path / f"a.{ending}", Image.fromarray(stored, "LA"))
    expected = over(gray(stored[..., 0]), stored[..., 1], BACKGROUNDS["#1e90ff"])
    assert np.abs(pixels(path, DecodeRule("#1e90ff")) - expected).max() <= 0.5 + 1e-9


def test_opaque_rgba_is_its_rgb(tmp_path):
    stored = random_pixels(8, 9, 4)
    stored[..., 3] = 255
    path = save(tmp_path / "a.png", Image.fromarray(stored))
    np.testing.assert_array_equal(pixels(path, DecodeRule("black")), stored[..., :3])


def test_premultiplied_alpha_is_not_multiplied_twice(tmp_path):
    alpha = np.arange(0, 256, 5)
    premultiplied = np.stack([alpha * 5 // 8, alpha * 2 // 8, alpha], axis=-1)
    stored = np.concatenate([premultiplied, alpha[:, None]], axis=-1).astype(np.uint8)
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(stored.tobytes(), (len(alpha), 1), [8] * 4, photometric=2, extra=1))
    expected = premultiplied + (1 - alpha[:, None] / 255) * BACKGROUNDS["#1e90ff"]
    # Pillow divides by the alpha, in whole levels, before it is multiplied again.
    assert np.abs(pixels(path, DecodeRule("#1e90ff"))[0] - expected).max() <= 1.5


@pytest.mark.parametrize("transparent", [3, bytes([0, 100, 255, 200])], ids=["one entry", "alpha an entry"])
def test_a_transparent_palette_lies_over_the_background(tmp_path, transparent):
    indices, palette = random_pixels(8, 9) % 8, random_pixels(8, 3, seed=1)
    image = Image.fromarray(indices)
    image.putpalette(palette.tobytes())
    path = save(tmp_path / "a.png", image, transparency=transparent)
    alpha = np.full(8, 255)
    if isinstance(transparent, int):
        alpha[transparent] = 0
    else:
        alpha[: len(transparent)] = list(transparent)
    expected = over(palette[indices], alpha[indices], BACKGROUNDS["#1e90ff"])
    assert np.abs(pixels(path, DecodeRule("#1e90ff")) - expected).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_the_transparent_gray_of_a_png_lies_over_the_background(tmp_path, depth):
    top = 2**depth - 1
    values = np.arange(16) * top // 15 if depth > 2 else np.arange(8) % (top + 1)
    bits = "".join(f"{value:0{depth}b}" for value in values)
    row = int(bits, 2).to_bytes(len(bits) // 8, "big")
    path = tmp_path / "a.png"
    path.write_bytes(png([row], len(values), depth, 0, struct.pack(">H", values[1])))
    expected = gray(np.rint(values * 255 / top))
    expected[values == values[1]] = BACKGROUNDS["#1e90ff"]
    np.testing.assert_array_equal(pixels(path, DecodeRule("#1e90ff"))[0], expected)


@pytest.mark.parametrize("depth", [8, 16])
def test_the_transparent_color_of_a_png_lies_over_the_background(tmp_path, depth):
    kind = {8: np.dtype("u1"), 16: np.dtype(">u2")}[depth]
    colors = (random_pixels(5, 3).astype(int) * {8: 1, 16: 257}[depth]).astype(kind)
    path = tmp_path / "a.png"
    path.write_bytes(png([colors.tobytes()], 5, depth, 2, colors[2].astype(">u2").tobytes()))
    expected = random_pixels(5, 3).astype(int)
    expected[2] = (0, 0, 0)
    np.testing.assert_array_equal(pixels(path, DecodeRule("black"))[0], expected)


# Deep pixels


@pytest.mark.parametrize("kind", ["png", "pgm", "tif", "deflated tif", "big-endian tif", "deflated big-endian tif"])
def test_16_bit_gray_is_divided_by_257(tmp_path, kind):
    path = tmp_path / f"a.{kind[-3:]}"
    if "tif" in kind:
        order = ">" if "big" in kind else "<"
        stored = EVERY_16_BIT_VALUE.astype(f"{order}u2").tobytes()
        path.write_bytes(tiff(stored, (256, 256), [16], order, photometric=1, compression=8 if "defl" in kind else 1))
    elif kind == "pgm":
        path.write_bytes(b"P5 256 256 65535\n" + EVERY_16_BIT_VALUE.astype(">u2").tobytes())
    else:
        Image.fromarray(EVERY_16_BIT_VALUE).save(path)
    np.testing.assert_array_equal(pixels(path), gray(DIVIDED_BY_257))
    np.testing.assert_array_equal(pixels(path, DecodeRule(value_range=(0, 65535))), gray(DIVIDED_BY_257))


@pytest.mark.parametrize("compression", [1, 8])
def test_16_bit_tiff_whose_zero_is_white_is_inverted(tmp_path, compression):
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(EVERY_16_BIT_VALUE.tobytes(), (256, 256), [16], photometric=0, compression=compression))
    np.testing.assert_array_equal(pixels(path), gray(255 - DIVIDED_BY_257))


def test_a_pgm_of_12_bits_says_which_value_is_white(tmp_path):
    path = tmp_path / "a.pgm"
    values = np.arange(4096)
    path.write_bytes(b"P5 64 64 4095\n" + values.astype(">u2").tobytes())
    np.testing.assert_array_equal(pixels(path).reshape(-1, 3), gray(np.rint(values * 255 / 4095)))


def test_color_of_16_bits_comes_as_its_upper_8(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(EVERY_16_BIT_VALUE[:, :255].tobytes(), (85, 256), [16, 16, 16], photometric=2))
    np.testing.assert_array_equal(pixels(path), (EVERY_16_BIT_VALUE[:, :255] >> 8).reshape(256, 85, 3))


DEEP = {
    "12 bits": ("I;12", 12, 1, "12-bit gray"),
    "signed 16 bits": ("I", 16, 2, "deep integers"),
    "signed 32 bits": ("I", 32, 2, "deep integers"),
    "unsigned 32 bits": ("I;32N", 32, 1, "unsigned 32-bit integers"),
    "floats": ("F", 32, 3, "floats"),
}


def deep_tiff(kind: str, compression: int = 1) -> tuple[bytes, np.ndarray]:
    """A TIFF of 4 by 2 deep grays, and these; the largest and smallest that the kind has are among them."""
    _, bits, sample_format, _ = DEEP[kind]
    if bits == 12:
        values = np.array([0, 1, 100, 1000, 2047, 2048, 4094, 4095])
        stored = int("".join(f"{value:012b}" for value in values), 2).to_bytes(12, "big")
    else:
        dtype = np.dtype(f"<{' uif'[sample_format]}{bits // 8}")
        limits = np.finfo(dtype) if sample_format == 3 else np.iinfo(dtype)
        values = np.array([limits.min, 0, 1, 100, 1000, 2048, 4095, limits.max], dtype)
        stored = values.tobytes()
    tags = {"photometric": 1, "sample_format": sample_format, "compression": compression}
    return tiff(stored, (4, 2), [bits], **tags), values.astype(float).reshape(2, 4)


@pytest.mark.parametrize("kind", DEEP)
def test_deep_gray_without_a_range_is_refused_not_stretched(tmp_path, kind):
    mode, _, _, words = DEEP[kind]
    path = tmp_path / "deep.tif"
    path.write_bytes(deep_tiff(kind)[0])
    with pytest.raises(InputError) as error:
        decode(path)
    assert str(error.value) == (
        f"{path} has pixel mode {mode}, {words}, and does not say which values are black and white: give the two as "
        "data.value_range, or convert it to 8-bit gray or RGB."
    )
    assert inspect(path) == Found(mode, "TIFF", 4, 2, 1, 1)


@pytest.mark.parametrize("compression", [1, 8])
@pytest.mark.parametrize("kind", DEEP)
@pytest.mark.parametrize("value_range", [(0, 4095), (-50.5, 1500), (0, 4294967295), (-2147483648, 2147483647)])
def test_deep_gray_with_a_range_is_linear_in_it(tmp_path, kind, value_range, compression):
    path = tmp_path / "deep.tif"
    content, values = deep_tiff(kind, compression)
    path.write_bytes(content)
    low, high = value_range
    expected = ((values - low) * (255 / (high - low))).clip(0, 255)
    difference = pixels(path, DecodeRule(value_range=value_range)) - gray(expected)
    assert np.abs(difference).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_floats_that_are_not_finite_are_named(tmp_path, value):
    stored = np.ones((3, 4), np.float32)
    stored[1, 2] = value
    path = save(tmp_path / "a.tif", Image.fromarray(stored))
    with pytest.raises(
        InputError, match=r"a\.tif cannot be decoded \(it has pixels that are NaN or infinite\): repair"
    ):
        decode(path, DecodeRule(value_range=(0, 1)))


@pytest.mark.parametrize(("sample_format", "bits"), [(2, 16), (2, 32), (3, 32)])
def test_big_endian_deep_gray_is_read_right_or_refused(tmp_path, sample_format, bits):
    values = np.ones((3, 4), f">{' uif'[sample_format]}{bits // 8}").tobytes()
    rule = DecodeRule(value_range=(0, 1))
    path = tmp_path / "a.tif"
    tags = {"photometric": 1, "sample_format": sample_format}
    path.write_bytes(tiff(values, (4, 3), [bits], ">", **tags))
    np.testing.assert_array_equal(pixels(path, rule), 255)
    path.write_bytes(tiff(values, (4, 3), [bits], ">", compression=8, **tags))
    with pytest.raises(InputError, match=r"a\.tif is a TIFF with compressed big-endian .*: save it as 8-bit gray or"):
        decode(path, rule)


def test_lab_is_refused_by_name(tmp_path):
    path = save(tmp_path / "a.tif", Image.new("LAB", (4, 4)))
    with pytest.raises(
        InputError, match=r"a\.tif has pixel mode LAB, which is not read: convert it to 8-bit gray or RG"
    ):
        decode(path)
    assert inspect(path).mode == "LAB"


# Several images in a file


@pytest.mark.parametrize("ending", ["gif", "png", "apng", "webp", "tif", *["avif"] * AVIF])
def test_of_an_animation_the_first_image_is_read(tmp_path, ending):
    colors = [(200, 60, 20), (20, 200, 60), (60, 20, 200)]
    first, *others = [Image.new("RGB", (32, 16), color) for color in colors]
    path = save(tmp_path / f"a.{ending}", first, save_all=True, append_images=others, duration=100)
    assert np.abs(pixels(path) - colors[0]).max() <= (4 if ending in ("webp", "avif") else 0)
    assert inspect(path).frames == 3


def test_of_several_pictures_in_a_jpeg_the_first_is_read(tmp_path):
    first, second = Image.new("RGB", (16, 16), (200, 60, 20)), Image.new("RGB", (16, 16), (20, 200, 60))
    path = save(tmp_path / "a.jpg", first, format="MPO", save_all=True, append_images=[second])
    assert np.abs(pixels(path) - (200, 60, 20)).max() <= 2
    assert inspect(path) == Found("RGB", "MPO", 16, 16, 1, 2)
    assert wrong_ending(path, "MPO") is None


def test_a_transparent_gif_lies_over_the_background(tmp_path):
    image = Image.new("P", (4, 2), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 0), 1)
    path = save(tmp_path / "a.gif", image, transparency=0)
    expected = np.full((2, 4, 3), (30, 144, 255))
    expected[0, 1] = (0, 255, 0)
    np.testing.assert_array_equal(pixels(path, DecodeRule("#1e90ff")), expected)


def test_an_animation_that_breaks_off_after_its_first_image_is_read(tmp_path):
    images = [Image.fromarray(random_pixels(16, 16, seed=seed)) for seed in range(3)]
    path = save(tmp_path / "a.gif", images[0], save_all=True, append_images=images[1:])
    path.write_bytes(path.read_bytes()[:-200])
    np.testing.assert_array_equal(pixels(path), gray(random_pixels(16, 16)))
    assert inspect(path).frames in (2, 3)


# What is found


def test_what_is_found_of_a_photograph(cells):
    assert inspect(cells["defective"][0]) == Found("L", "PNG", 300, 300, 1, 1)


def test_inspecting_decodes_once(tmp_path, monkeypatch):
    path = save(tmp_path / "a.png", Image.new("L", (4, 4)))
    loads = []
    monkeypatch.setattr(ImageFile.ImageFile, "load_end", lambda self: loads.append(self))
    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load_end", lambda self: loads.append(self))
    inspect(path)
    assert len(loads) == 1


def test_every_16_bit_gray_has_one_name(tmp_path):
    Image.fromarray(EVERY_16_BIT_VALUE).save(tmp_path / "a.png")
    (tmp_path / "a.pgm").write_bytes(b"P5 1 1 65535\n\0\0")
    assert inspect(tmp_path / "a.png").mode == inspect(tmp_path / "a.pgm").mode == "I;16"


@pytest.mark.parametrize(
    ("name", "format", "expected"),
    [
        ("a.jpg", "JPEG", None),
        ("a.JPE", "JPEG", None),
        ("a.apng", "PNG", None),
        ("a.TIF", "TIFF", None),
        ("a.jpg", "PNG", "a .jpg that is PNG"),
        ("a.png", "WEBP", "a .png that is WEBP"),
        ("a.tif", "MPO", "a .tif that is MPO"),
        ("a", "PNG", None),
        ("a.upload", "PNG", None),
    ],
)
def test_an_ending_is_compared_with_the_content(name, format, expected):
    assert wrong_ending(Path(name), format) == expected


def test_a_file_with_a_wrong_ending_is_read_as_what_it_is(tmp_path):
    stored = random_pixels(4, 6, 3)
    path = save(tmp_path / "a.jpg", Image.fromarray(stored), format="PNG")
    np.testing.assert_array_equal(pixels(path), stored)
    assert wrong_ending(path, inspect(path).format) == "a .jpg that is PNG"


@pytest.mark.parametrize("ending", FORMATS)
def test_each_format_is_known_by_its_ending(tmp_path, ending):
    path = save(tmp_path / f"a.{ending}", Image.new("RGB", (16, 16)))
    assert path.suffix in EXTENSIONS
    assert wrong_ending(path, inspect(path).format) is None


def test_endings():
    known = {
        ".heic",
        ".heif",
        ".hif",
        ".bmp",
        ".jfif",
        ".jpeg",
        ".jpg",
        ".pgm",
        ".png",
        ".ppm",
        ".tif",
        ".tiff",
        ".webp",
    }
    avif = {".avif"} if AVIF else set()
    assert known | {".apng", ".gif", ".jpe"} | avif == EXTENSIONS


def test_pillows_guards_stay_and_torch_is_not_needed():
    code = (
        "import sys; from PIL import Image, ImageFile; limit = Image.MAX_IMAGE_PIXELS; import resnet_lab.data.decode; "
        "assert Image.MAX_IMAGE_PIXELS == limit > 0 and not ImageFile.LOAD_TRUNCATED_IMAGES; "
        "assert not {'torch', 'torchvision'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


# Damage


def small_files(folder: Path) -> list[bytes]:
    image = Image.fromarray(random_pixels(16, 20, 3))
    kinds = dict.fromkeys(FORMATS, image) | {"1.png": image.convert("1"), "p.png": image.convert("P")}
    kinds |= {"cmyk.jpg": image.convert("CMYK"), "la.png": image.convert("LA"), "deep.png": image.convert("I;16")}
    exif = Image.Exif()
    exif[274] = 6
    contents = [save(folder / f"a.{name}", kind).read_bytes() for name, kind in kinds.items()]
    contents += [save(folder / f"exif.{ending}", image, exif=exif).read_bytes() for ending in ("jpg", "webp", "tif")]
    contents += [save(folder / "lzw.tif", image, compression="tiff_lzw").read_bytes()]
    contents += [deep_tiff(kind, compression)[0] for kind in DEEP for compression in (1, 8)]
    for ending in ("gif", "png", "webp"):
        others = [Image.fromarray(random_pixels(16, 20, 3, seed=seed)) for seed in (1, 2)]
        contents.append(save(folder / f"frames.{ending}", image, save_all=True, append_images=others).read_bytes())
    return contents


def damaged(content: bytes, draw: np.random.Generator) -> bytes:
    """Cut off somewhere, or with some bytes changed, more often in the first hundred."""
    if draw.random() < 0.3:
        return content[: draw.integers(len(content))]
    changed = bytearray(content)
    for _ in range(draw.integers(1, 8)):
        changed[draw.integers(min(len(content), 100) if draw.random() < 0.6 else len(content))] = draw.integers(256)
    return bytes(changed)


def test_a_damaged_file_is_decoded_or_named(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100_000)  # A header that became huge would cost time.
    rule, draw = DecodeRule(value_range=(0, 255)), np.random.default_rng(0)
    contents = small_files(tmp_path)
    path = tmp_path / "damaged"
    refused = []
    for case in range(600):
        path.write_bytes(damaged(contents[case % len(contents)], draw))
        found, image = outcome(lambda: inspect(path)), outcome(lambda: decode(path, rule))
        if isinstance(image, str):
            refused.append(image)
            assert image.startswith(f"{path} "), case
            ends = (
                ": repair it, or take it out.",
                ": convert it to 8-bit gray or RGB.",
                ": save it as 8-bit gray or RGB.",
                ": take it out.",
            )
            assert image.endswith(ends), case
        if isinstance(found, str):
            assert image == found, case
        elif reason := refusal(found.mode, rule):
            assert image == f"{path} {reason}.", case
        else:
            assert isinstance(image, Image.Image) or "NaN or infinite" in image, case
    assert 100 < len(refused) < 500


@pytest.mark.skipif(not AVIF, reason="this Pillow reads no AVIF")
def test_an_avif_of_the_general_brand_is_read_with_and_without_the_package_for_heif(tmp_path):
    image = Image.new("RGB", (40, 30), "red")
    image.save(tmp_path / "a.avif")
    content = (tmp_path / "a.avif").read_bytes()
    (tmp_path / "a.avif").write_bytes(content[:8] + b"mif1" + content[12:])
    register_heif()
    assert inspect(tmp_path / "a.avif").format == "AVIF"
