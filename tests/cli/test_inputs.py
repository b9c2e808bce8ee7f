"""Inputs from files: each kind read rightly, each wrong one refused by its id."""

from __future__ import annotations

import io
import pickle
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from edgesdk.cli.inputs import read_inputs
from edgesdk.errors import EdgeError, InputMismatch, UsageError
from edgesdk.tensors import Array, Quantisation, TensorSpec

SOUND = TensorSpec("audio", "float32", (1, 8), "samples at 16000 Hz")
SOUND16 = TensorSpec("audio", "int16", (1, 8), "samples at 16000 Hz")
RAMP = np.array([0, 1, -1, 32767, -32768, 100, -100, 5], np.int16)


def read(path: object, spec: TensorSpec) -> tuple[Array, list[str]]:
    notes: list[str] = []
    arrays = read_inputs([str(path)], [spec], notes.append)
    return arrays[spec.name], notes


def refused(path: object, spec: TensorSpec, identity: str) -> EdgeError:
    with pytest.raises(UsageError) as caught:
        read(path, spec)
    assert caught.value.id == identity
    return caught.value


def save_wav(
    path: Path, frames: bytes, *, width: int, rate: int = 16000, channels: int = 1
) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(frames)
    return path


def save_wav_by_hand(
    path: Path, kind: int, bits: int, data: bytes, extensible: bool = False
) -> Path:
    tag = 0xFFFE if extensible else kind
    form = struct.pack("<HHIIHH", tag, 1, 16000, 16000 * bits // 8, bits // 8, bits)
    if extensible:
        form += (
            struct.pack("<HHIH", 22, bits, 4, kind) + b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa"
        )
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"LIST" + struct.pack("<I", 3) + b"odd\0"  # odd chunks are padded
    chunks += b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    return path


# --- arrays -----------------------------------------------------------------------------------


def test_npy_is_taken_as_it_is(tmp_path: Path) -> None:
    want = np.arange(8, dtype=np.float32).reshape(1, 8)
    np.save(tmp_path / "x.npy", want)
    array, notes = read(tmp_path / "x.npy", SOUND)
    np.testing.assert_array_equal(array, want)
    assert array.dtype == np.float32
    assert notes == []


def test_a_shape_of_the_same_count_is_taken_with_a_note(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(8, dtype=np.float32))
    array, notes = read(tmp_path / "x.npy", SOUND)
    assert array.shape == (1, 8)
    assert "[8] is reshaped to [1, 8]" in notes[0]


def test_dynamic_axes_take_what_is_given(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((3, 5), np.float32))
    array, _ = read(tmp_path / "x.npy", TensorSpec("x", "float32", ("batch", 3, "length")))
    assert array.shape == (1, 3, 5)
    any_shape = TensorSpec("x", "float32", ("...",))
    assert read(tmp_path / "x.npy", any_shape)[0].shape == (3, 5)


def test_a_shape_that_needs_a_guess_is_left_to_the_session(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((3, 5), np.float32))
    assert read(tmp_path / "x.npy", SOUND)[0].shape == (3, 5)
    assert read(tmp_path / "x.npy", TensorSpec("x", "float32", (4, "n", 1)))[0].shape == (3, 5)


def test_npz_gives_inputs_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.zeros(2, np.float32), b=np.ones(2, np.float32))
    specs = [TensorSpec(name, "float32", (2,)) for name in "ab"]
    arrays = read_inputs([str(tmp_path / "x.npz")], specs, lambda text: None)
    assert arrays["b"].tolist() == [1, 1]
    assert refused(tmp_path / "x.npz", SOUND, "EDGE-0228")


def test_an_npz_of_one_array_is_the_one_input(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", other=np.zeros((1, 8), np.float32))
    array, notes = read(tmp_path / "x.npz", SOUND)
    assert array.shape == (1, 8)
    assert "'other' is taken as input 'audio'" in notes[0]


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (pickle.dumps([1, 2]), ".npy"),
        (b"", ".npy"),
        (b"\x93NUMPY\x01\x00", ".npy"),
        (b"PK\x03\x04 not a zip", ".npz"),
        (b"1,2,three", ".csv"),
        (b"", ".csv"),
        (b"\xff\xfe\x00", ".csv"),
        (b"RIFF....WAVE", ".wav"),
        (b"no sound at all", ".wav"),
        (b"no sound at all", ".flac"),
        (b"no picture", ".png"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    spec = TensorSpec("x", "uint8", (4, 4, 3)) if suffix == ".png" else SOUND
    refused(path, spec, "EDGE-0223")


def test_an_array_of_objects_is_never_unpickled(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (pytest.fail, ("it was unpickled",))

    np.save(tmp_path / "x.npy", np.array([Bomb()], dtype=object), allow_pickle=True)
    refused(tmp_path / "x.npy", SOUND, "EDGE-0223")


def test_a_header_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": (1 << 50,)}
    np.lib.format.write_array_header_1_0(stream, header)
    (tmp_path / "x.npy").write_bytes(stream.getvalue())
    refused(tmp_path / "x.npy", SOUND, "EDGE-0223")


def test_missing_file_wrong_kind_and_unknown_name(tmp_path: Path) -> None:
    refused(tmp_path / "none.npy", SOUND, "EDGE-0222")
    refused(tmp_path, TensorSpec("x", "float32", (1,)), "EDGE-0229")
    refused("video=x.npy", SOUND, "EDGE-0228")


def test_several_inputs_need_names(tmp_path: Path) -> None:
    np.save(tmp_path / "a=b.npy", np.zeros(2, np.float32))
    specs = [TensorSpec(name, "float32", (2,)) for name in "ab"]
    named = [f"{name}={tmp_path / 'a=b.npy'}" for name in "ab"]
    assert set(read_inputs(named, specs, print)) == {"a", "b"}
    for texts in ([str(tmp_path / "a=b.npy")], [named[0], named[0]]):
        with pytest.raises(UsageError) as caught:
            read_inputs(texts, specs, print)
        assert caught.value.id == "EDGE-0228"


def test_csv_of_whole_numbers_and_of_reals(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("1,2\n3,-4\n")
    array, _ = read(path, TensorSpec("x", "int8", (2, 2)))
    assert array.dtype == np.int8
    assert array.tolist() == [[1, 2], [3, -4]]
    path.write_text("1.5, nan,inf,\n")
    array, _ = read(path, TensorSpec("x", "float32", (3,)))
    np.testing.assert_array_equal(array, np.array([1.5, np.nan, np.inf], np.float32))
    path.write_text("1,2\n3\n4\n")
    assert read(path, TensorSpec("x", "float64", (4,)))[0].tolist() == [1, 2, 3, 4]


# --- dtypes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.array([1.5]), "int8"),
        (np.array([300]), "int8"),
        (np.array([-1]), "uint8"),
        (np.array([2]), "bool"),
        (np.array([1e300]), "float32"),
        (np.array([1 + 2j]), "float32"),
        (np.array([np.nan]), "int32"),
        (np.array(["text"]), "float32"),
        (np.array([1.0]), "string"),
        (np.array([1.0]), "bfloat16"),
        (np.array([2**53 + 1]), "float32"),
    ],
)
def test_a_dtype_that_would_lose_values_is_refused(
    tmp_path: Path, array: Array, dtype: str
) -> None:
    np.save(tmp_path / "x.npy", array)
    error = refused(tmp_path / "x.npy", TensorSpec("x", dtype, (1,)), "EDGE-0226")
    assert isinstance(error, InputMismatch)
    assert str(array.dtype) in error.what


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.array([1, -2]), "int8"),
        (np.array([1, -2]), "float32"),
        (np.array([0.1, np.inf]), "float32"),
        (np.array([0, 1]), "bool"),
        (np.array([1.0, 2.0]), "complex64"),
        (np.array(["a", "b"]), "string"),
    ],
)
def test_a_dtype_that_keeps_the_values_is_taken(tmp_path: Path, array: Array, dtype: str) -> None:
    np.save(tmp_path / "x.npy", array)
    spec = TensorSpec("x", dtype, (2,))
    got, _ = read(tmp_path / "x.npy", spec)
    assert got.dtype == spec.numpy_dtype
    assert got.tolist() == array.astype(spec.numpy_dtype).tolist()


def test_reals_are_quantised_and_stored_integers_stay(tmp_path: Path) -> None:
    spec = TensorSpec("x", "int8", (5,), quantisation=Quantisation((0.5,), (3,)))
    np.save(tmp_path / "x.npy", np.array([0, 0.25, -0.25, 1000, -1], np.float32))
    array, notes = read(tmp_path / "x.npy", spec)
    assert array.tolist() == [3, 4, 2, 127, 1]  # halves go away from zero
    assert "scale 0.5, zero point 3" in notes[0]
    assert "1 clipped" in notes[0]
    np.save(tmp_path / "x.npy", array)
    again, notes = read(tmp_path / "x.npy", spec)
    np.testing.assert_array_equal(again, array)
    assert notes == []


def test_quantised_per_channel(tmp_path: Path) -> None:
    spec = TensorSpec("x", "uint8", (2, 2), quantisation=Quantisation((1.0, 0.1), (0, 10), 1))
    np.save(tmp_path / "x.npy", np.array([[1.0, 1.0], [2.0, 2.0]]))
    assert read(tmp_path / "x.npy", spec)[0].tolist() == [[1, 20], [2, 30]]
    np.save(tmp_path / "x.npy", np.array([[1.0, np.nan], [2.0, 2.0]]))
    refused(tmp_path / "x.npy", spec, "EDGE-0226")


# --- sounds -----------------------------------------------------------------------------------


def test_int16_input_takes_raw_samples(tmp_path: Path) -> None:
    path = save_wav(tmp_path / "x.wav", RAMP.tobytes(), width=2)
    array, notes = read(path, SOUND16)
    assert array.tolist() == [RAMP.tolist()]
    assert array.dtype == np.int16
    assert notes == ["input 'audio': [8] is reshaped to [1, 8]"]


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_every_pcm_depth_gives_the_same_reals(tmp_path: Path, width: int) -> None:
    want = np.array([0, 0.5, -0.5, -1, 0.25, -0.25, 0.125, 0], np.float32)
    whole = (want.astype(np.float64) * 2 ** (8 * width - 1)).astype(np.int64)
    stored = whole + 128 if width == 1 else whole
    frames = b"".join(int(v).to_bytes(width, "little", signed=width > 1) for v in stored)
    array, _ = read(save_wav(tmp_path / "x.wav", frames, width=width), SOUND)
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array[0], want)


@pytest.mark.parametrize(("kind", "bits"), [(3, 32), (3, 64), (1, 16)])
@pytest.mark.parametrize("extensible", [False, True])
def test_float_and_extensible_files(tmp_path: Path, kind: int, bits: int, extensible: bool) -> None:
    values = np.array([0, 0.5, -0.5, -1, 0.25, 0, 0, 0])
    data = values.astype(f"<f{bits // 8}") if kind == 3 else (values * 32768).astype("<i2")
    path = save_wav_by_hand(tmp_path / "x.wav", kind, bits, data.tobytes(), extensible)
    np.testing.assert_array_equal(read(path, SOUND)[0][0], values)
    rounded, notes = read(path, SOUND16)
    assert rounded[0].tolist() == (values * 32768).tolist()
    assert any("scaled to 16 bits" in note for note in notes) == (kind == 3)


def test_channels_are_mixed_down_with_a_note(tmp_path: Path) -> None:
    frames = np.stack([np.full(8, 100), np.full(8, 300)], axis=1).astype("<i2").tobytes()
    array, notes = read(save_wav(tmp_path / "x.wav", frames, width=2, channels=2), SOUND16)
    assert array.tolist() == [[200] * 8]
    assert "2 channels are mixed down" in notes[0]


@pytest.mark.parametrize(("samples", "word"), [(3, "padded"), (12, "trimmed")])
def test_length_is_fitted_with_a_note(tmp_path: Path, samples: int, word: str) -> None:
    frames = np.arange(1, samples + 1, dtype="<i2").tobytes()
    array, notes = read(save_wav(tmp_path / "x.wav", frames, width=2), SOUND16)
    want = [*range(1, 9)] if samples == 12 else [1, 2, 3, 0, 0, 0, 0, 0]
    assert array.tolist() == [want]
    assert word in notes[0]


def test_an_open_length_takes_the_whole_sound(tmp_path: Path) -> None:
    path = save_wav(tmp_path / "x.wav", RAMP.tobytes(), width=2)
    array, _ = read(path, TensorSpec("audio", "float32", (1, "length"), "samples at 16000 Hz"))
    assert array.shape == (1, 8)
    refused(path, TensorSpec("x", "float32", (1, 1), "samples at 16000 Hz"), "EDGE-0227")


def test_another_sample_rate_is_refused_naming_both(tmp_path: Path) -> None:
    path = save_wav(tmp_path / "x.wav", RAMP.tobytes(), width=2, rate=8000)
    error = refused(path, SOUND, "EDGE-0224")
    assert "8000 Hz" in error.what
    assert "16000 Hz" in error.what
    _, notes = read(path, TensorSpec("x", "float32", (8,)))
    assert "does not say its sample rate" in notes[0]
    with pytest.raises(UsageError, match="wants 16000 Hz"):
        frontend = {"sample_rate": 16000}
        read_inputs([str(path)], [TensorSpec("x", "float32", (8,))], print, frontend)


def test_a_sound_cut_short_is_refused(tmp_path: Path) -> None:
    path = save_wav(tmp_path / "x.wav", RAMP.tobytes(), width=2)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        refused(path, SOUND, "EDGE-0223")


def test_flac_equals_wav(tmp_path: Path) -> None:
    import soundfile

    soundfile.write(tmp_path / "x.flac", RAMP, 16000, subtype="PCM_16")
    assert read(tmp_path / "x.flac", SOUND16)[0].tolist() == [RAMP.tolist()]


def test_without_soundfile_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    (tmp_path / "x.flac").write_bytes(b"fLaC")
    assert "edgesdk[media]" in refused(tmp_path / "x.flac", SOUND, "EDGE-0205").next_step


# --- pictures ---------------------------------------------------------------------------------


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """4 wide, 2 high, red rising to the right and green downwards."""
    from PIL import Image

    pixels = np.zeros((2, 4, 3), np.uint8)
    pixels[..., 0] = np.arange(4) * 10
    pixels[..., 1] = np.arange(2)[:, None] * 100
    Image.fromarray(pixels).save(tmp_path / "x.png")
    return tmp_path / "x.png"


@pytest.mark.parametrize(
    ("shape", "at"),
    [
        ((2, 4, 3), (1, 3, 0)),
        ((1, 2, 4, 3), (0, 1, 3, 0)),
        (("batch", 3, 2, 4), (0, 0, 1, 3)),
        ((3, "h", "w"), (0, 1, 3)),
    ],
)
def test_pictures_are_laid_out_as_the_input_is(
    picture: Path, shape: tuple[int | str, ...], at: tuple[int, ...]
) -> None:
    array, _ = read(picture, TensorSpec("x", "uint8", shape))
    assert array[at] == 30
    assert array.ndim == len(shape)


def test_grey_float_and_quantised_pictures(picture: Path) -> None:
    grey, _ = read(picture, TensorSpec("x", "uint8", (2, 4)))
    assert grey.shape == (2, 4)
    reals, notes = read(picture, TensorSpec("x", "float32", (2, 4, 3)))
    assert reals[1, 0, 1] == np.float32(100 / 255)
    assert "scaled to 0..1" in notes[0]
    how = Quantisation((1 / 255,), (-128,))
    stored, _ = read(picture, TensorSpec("x", "int8", (2, 4, 3), quantisation=how))
    assert stored[1, 3].tolist() == [30 - 128, 100 - 128, -128]


@pytest.mark.parametrize("shape", [(4, 2, 3), (10,), (2, 4, 2), (5, 2, 4, 3)])
def test_a_picture_is_never_resized(picture: Path, shape: tuple[int, ...]) -> None:
    refused(picture, TensorSpec("x", "uint8", shape), "EDGE-0225")


def test_a_gif_by_another_name_is_refused(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("L", (2, 2)).save(tmp_path / "x.gif")
    (tmp_path / "x.gif").rename(tmp_path / "x.png")
    refused(tmp_path / "x.png", TensorSpec("x", "uint8", (2, 2)), "EDGE-0223")
