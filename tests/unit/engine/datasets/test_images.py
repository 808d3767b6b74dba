import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.datasets.images import MAX_PIXELS, read_image
from engine.spec.errors import DataError


def gradient(height: int, width: int) -> NDArray[np.uint8]:
    """Red grows downwards, green to the right; blue is 40."""
    image_HWC = np.full((height, width, 3), 40, np.uint8)
    image_HWC[..., 0] = np.linspace(0, 255, height, dtype=np.uint8)[:, None]
    image_HWC[..., 1] = np.linspace(0, 255, width, dtype=np.uint8)
    return image_HWC


def saved(image: Image.Image, format: str, **options: object) -> io.BytesIO:  # noqa: A002
    file = io.BytesIO()
    image.save(file, format, **options)
    file.seek(0)
    return file


def near(got: NDArray[np.uint8], wanted: NDArray[np.uint8] | int, by: float) -> bool:
    return float(np.abs(got.astype(float) - wanted).mean()) <= by


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_that_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.png")
    with pytest.raises(DataError, match=r"x\.png: not a file, but a pipe"):
        read_image(tmp_path / "x.png", None, 3)


def test_that_pixels_come_back_as_they_are() -> None:
    image_HWC = gradient(10, 14)
    got = read_image(saved(Image.fromarray(image_HWC), "PNG"), None, 3)
    assert got.dtype == np.uint8
    assert np.array_equal(got, image_HWC)


def test_that_a_path_may_be_text_or_a_path(tmp_path: Path) -> None:
    path = tmp_path / "x.PNG"
    Image.fromarray(gradient(4, 5)).save(path)
    assert np.array_equal(read_image(path, None, 3), read_image(str(path), None, 3))


def test_that_the_shorter_side_is_scaled_and_the_centre_kept() -> None:
    got = read_image(saved(Image.fromarray(gradient(100, 300)), "PNG"), (50, 50), 3)
    assert got.shape == (50, 50, 3)
    assert near(got[..., 0], gradient(50, 50)[..., 0], 3)
    assert 80 < got[:, 0, 1].mean() < 90  # a third from the left: 85
    assert 165 < got[:, -1, 1].mean() < 175


def test_that_a_size_is_height_then_width() -> None:
    assert read_image(saved(Image.fromarray(gradient(9, 9)), "PNG"), (4, 6), 3).shape == (4, 6, 3)


def test_that_one_channel_is_grey() -> None:
    image = Image.fromarray(gradient(8, 8))
    got = read_image(saved(image, "PNG"), None, 1)
    assert np.array_equal(got[..., 0], np.asarray(image.convert("L")))


def test_that_grey_is_spread_over_three_channels() -> None:
    grey = gradient(8, 8)[..., 0]
    got = read_image(saved(Image.fromarray(grey), "JPEG", quality=95), None, 3)
    assert got.shape == (8, 8, 3)
    assert near(got, grey[..., None], 3)


def test_that_cmyk_is_read_as_colour() -> None:
    red = Image.new("RGB", (16, 16), (250, 10, 10)).convert("CMYK")
    got = read_image(saved(red, "JPEG", quality=95), None, 3)
    assert near(got, np.array([250, 10, 10], np.uint8), 6)


def test_that_a_phones_picture_of_several_pictures_gives_the_first() -> None:
    first, second = Image.fromarray(gradient(16, 16)), Image.new("RGB", (16, 16))
    file = saved(first, "MPO", save_all=True, append_images=[second], quality=95)
    assert near(read_image(file, None, 3), gradient(16, 16), 3)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_that_a_picture_is_turned_upright(orientation: int) -> None:
    upright = gradient(24, 32)
    turns = {3: 2, 6: 1, 8: 3}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(upright, turns)))
    got = read_image(saved(stored, "JPEG", exif=exif, quality=95), None, 3)
    assert near(got, upright, 4)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_that_transparent_parts_become_white(mode: str) -> None:
    clear = Image.new("RGBA", (6, 6), (0, 0, 0, 0)).convert(mode)
    assert near(read_image(saved(clear, "PNG"), None, 3), 255, 0)


@pytest.mark.parametrize("transparency", [0, b"\x00\xff"])
def test_that_the_transparent_colour_of_a_palette_becomes_white(transparency: object) -> None:
    image = Image.new("P", (4, 4))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((0, 0), 1)
    got = read_image(saved(image, "PNG", transparency=transparency), None, 3)
    assert got[0, 0].tolist() == [200, 100, 50]
    assert near(got[1:], 255, 0)


def test_that_sixteen_bits_are_scaled_to_eight() -> None:
    grey_HW = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
    for channels in (1, 3):
        got = read_image(saved(Image.fromarray(grey_HW), "PNG"), None, channels)
        assert np.array_equal(got[..., 0].ravel(), np.arange(256))


def test_that_big_endian_sixteen_bits_are_read_too() -> None:
    header = b"P5 2 1 65535\n"
    got = read_image(io.BytesIO(header + struct.pack(">2H", 0, 65535)), None, 1)
    assert got.ravel().tolist() == [0, 255]


def test_that_pixels_without_a_range_are_refused() -> None:
    floats = saved(Image.fromarray(np.ones((4, 4), np.float32)), "TIFF")
    with pytest.raises(DataError, match="floating-point pixels"):
        read_image(floats, None, 3)
    whole = saved(Image.fromarray(np.full((4, 4), 10**6, np.int32)), "TIFF")
    with pytest.raises(DataError, match="32-bit pixels"):
        read_image(whole, None, 3)


def test_that_a_large_jpeg_read_small_looks_the_same() -> None:
    image = Image.fromarray(gradient(800, 800))
    quick = read_image(saved(image, "JPEG", quality=95), (32, 32), 3)
    exact = read_image(saved(image, "PNG"), (32, 32), 3)
    assert near(quick, exact, 2)


def test_that_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.jpg"
    path.write_bytes(saved(Image.fromarray(gradient(64, 64)), "JPEG").getvalue()[:-300])
    with pytest.raises(DataError, match=f"cannot read {path}: .*truncated"):
        read_image(path, None, 3)


def png_header(width: int, height: int) -> bytes:
    """A PNG that only claims its size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [int(MAX_PIXELS**0.5) + 1, 15_000, 60_000])
def test_that_a_very_large_image_is_refused_before_it_is_decoded(side: int) -> None:
    with pytest.raises(DataError, match="more than 89 million pixels"):
        read_image(io.BytesIO(png_header(side, side)), (8, 8), 3)


@pytest.mark.parametrize("content", [b"", b"just text", b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_that_what_is_no_image_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    with pytest.raises(DataError, match="not an image, or damaged"):
        read_image(path, None, 3)


def test_that_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read_image(tmp_path / "none.png", None, 3)
