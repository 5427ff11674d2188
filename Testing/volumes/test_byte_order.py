"""Whole numbers whose bytes come the wrong way round are told from images."""

import numpy as np
import pytest
import SimpleITK as sitk
from heads import ball_volume
from hypothesis import given
from hypothesis import strategies as st

from lggseg.errors import FormatError
from lggseg.volumes import byte_order, io


def head(top: float, kind: type, low: int = 0) -> np.ndarray:
    values = sitk.GetArrayFromImage(ball_volume()).astype(np.float64)
    return (low + values.clip(0) / values.max() * top).astype(kind)


@given(
    top=st.integers(300, 30000),
    low=st.sampled_from([0, -1000]),
    kind=st.sampled_from([np.int16, np.int32, np.int64]),
)
def test_a_head_is_read_in_its_own_order_alone(top, low, kind):
    values = head(top, kind, low)
    byte_order.refuse_swapped(values, "x")
    with pytest.raises(FormatError, match=r"x: expected a smooth image in a usual range, got -?\d+ to \d+, and"):
        byte_order.refuse_swapped(values.byteswap(), "x")


def test_small_values_of_either_order_are_the_same_image():
    values = head(200, np.uint16)
    byte_order.refuse_swapped(values.byteswap(), "x")
    assert (values.byteswap() == 256 * values.astype(int)).all()
    with pytest.raises(FormatError, match="mend the byte order"):  # from 128 on they would be negative, and dark
        byte_order.refuse_swapped(head(200, np.int16).byteswap(), "x")


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_other_kinds_of_values_are_let_pass(kind):
    byte_order.refuse_swapped(head(255, kind), "x")


def test_labels_say_nothing():
    labels = np.zeros((4, 20, 20), dtype=np.int16)
    labels[1:3, 5:15, 5:15] = 127
    labels[1:3, 9:12, 9:12] = 255
    byte_order.refuse_swapped(labels, "x")
    byte_order.refuse_swapped(labels.byteswap(), "x")


def test_noise_is_no_fault():
    noise = np.random.default_rng(0).normal(1000, 300, (6, 40, 40)).astype(np.int16)
    byte_order.refuse_swapped(noise, "x")
    byte_order.refuse_swapped(np.random.default_rng(0).integers(0, 65536, (6, 40, 40), dtype=np.uint16), "x")


@pytest.mark.parametrize(
    ("suffix", "right", "wrong"),
    [
        (".nhdr", b"endian: little", b"endian: big"),
        (".mhd", b"BinaryDataByteOrderMSB = False", b"BinaryDataByteOrderMSB = True"),
    ],
)
def test_a_header_that_names_the_other_order_is_refused(tmp_path, suffix, right, wrong):
    path = tmp_path / f"head{suffix}"
    image = sitk.GetImageFromArray(head(1000, np.int16))
    sitk.WriteImage(image, str(path), useCompression=False)
    assert io.read_volume(path).GetSize() == image.GetSize()
    text = path.read_bytes()
    assert right in text
    path.write_bytes(text.replace(right, wrong))
    with pytest.raises(FormatError, match=rf"head\{suffix}: expected a smooth image .* BinaryDataByteOrderMSB"):
        io.read_volume(path)
