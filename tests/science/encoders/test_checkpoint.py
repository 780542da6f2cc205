import argparse
import hashlib
import pickle
from pathlib import Path

import pytest
import torch

from backend.errors import BadCheckpoint
from backend.science.encoders.checkpoint import (
    load_encoder,
    read_checkpoint,
    save_checkpoint,
    write_atomically,
)
from backend.science.encoders.convnext import build_encoder
from backend.science.encoders.readers.published import rename_pretrained

ATTO = "convnextv2-atto"


def atto_state(seed: int = 0) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    return {f"encoder.{key}": value for key, value in build_encoder(ATTO).state_dict().items()}


def test_our_file_comes_back_whole_and_is_named_by_its_bytes(tmp_path: Path) -> None:
    path, state = tmp_path / "pre.safetensors", atto_state()
    identity = save_checkpoint(path, state, {"arch": ATTO, "stage": "pre", "epoch": 3})
    found = read_checkpoint(path)
    assert identity == found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.metadata == {"arch": ATTO, "stage": "pre", "epoch": 3}
    assert all(torch.equal(found.state[key], state[key]) for key in state)
    assert [entry.name for entry in tmp_path.iterdir()] == ["pre.safetensors"]


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    state, said = atto_state(), {"arch": ATTO, "task": "pirads", "seed": 1, "epoch": 2, "stage": "ft"}
    reordered = dict(reversed(state.items())), dict(reversed(said.items()))
    identities = {save_checkpoint(tmp_path / "a", *reordered) for _ in range(4)}  # several orders of metadata, if any
    assert identities == {save_checkpoint(tmp_path / "b", state, said)}


def test_a_file_of_another_size_names_the_misshapen_keys(tmp_path: Path) -> None:
    torch.save({"model": atto_state()}, tmp_path / "atto.pth")
    with pytest.raises(BadCheckpoint) as caught:
        load_encoder(tmp_path / "atto.pth", "convnextv2-pico")
    sentence = caught.value.sentence
    assert sentence.startswith("atto.pth does not fit the encoder convnextv2-pico: ")
    assert "misshapen (downsample_layers.0.0.weight (40, 3, 4, 4, 4) instead of (64, 3, 4, 4, 4), " in sentence
    assert "missing" not in sentence
    assert str(tmp_path) not in sentence


def test_missing_and_unexpected_keys_are_counted_and_the_first_named(tmp_path: Path) -> None:
    state = atto_state()
    for index in range(5):
        state[f"encoder.extra.{index}"] = state.pop(f"encoder.stages.2.{index}.grn.gamma")
    torch.save({"model": state}, tmp_path / "odd.pth")
    with pytest.raises(BadCheckpoint) as caught:
        load_encoder(tmp_path / "odd.pth", ATTO)
    shape = "(1, 1, 1, 1, 640)"
    missing = ", ".join(f"stages.2.{index}.grn.gamma {shape}" for index in range(3))
    assert f"5 missing ({missing} and 2 more)" in str(caught.value)
    assert f"5 unexpected (extra.0 {shape}, extra.1 {shape}, extra.2 {shape} and 2 more)" in str(caught.value)
    assert 'Read were "model", prefix "encoder."' in str(caught.value)


def test_a_file_that_says_it_holds_another_size_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "pre.safetensors", atto_state(), {"arch": ATTO})
    with pytest.raises(BadCheckpoint, match="holds a convnextv2-atto encoder, not convnextv2-tiny"):
        load_encoder(tmp_path / "pre.safetensors", "convnextv2-tiny")


class Hostile:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.marker,)


def test_a_file_that_would_run_code_is_refused_and_runs_none(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    torch.save({"model": Hostile(marker)}, tmp_path / "hostile.pth")
    (tmp_path / "plain.pkl").write_bytes(pickle.dumps(Hostile(marker)))
    torch.save({"model": Hostile(marker)}, tmp_path / "legacy.pth", _use_new_zipfile_serialization=False)
    for name, words in (
        ("hostile.pth", "asks for pathlib.Path.touch|asks for getattr|asks for builtins.getattr"),
        ("legacy.pth", "nothing of it was run"),
        ("plain.pkl", "a Python pickle that torch.save did not write; it was not unpickled"),
    ):
        with pytest.raises(BadCheckpoint, match=words):
            load_encoder(tmp_path / name, ATTO)
    assert not marker.exists()


def test_published_files_may_carry_their_argparse_settings(tmp_path: Path) -> None:
    content = {"model": atto_state(seed=5), "args": argparse.Namespace(lr=1e-3), "epoch": 5}
    torch.save(content, tmp_path / "a.pth.tar")
    loaded = load_encoder(tmp_path / "a.pth.tar", ATTO)
    assert all(torch.equal(value, content["model"][f"encoder.{key}"]) for key, value in loaded.state_dict().items())


def test_an_encoder_is_taken_out_of_a_file_with_a_head(tmp_path: Path) -> None:
    state = atto_state() | {"head.0.weight": torch.zeros(256, 320), "decode_head.classifier.bias": torch.zeros(1)}
    torch.save({"model": state}, tmp_path / "headed.pth")
    encoder = load_encoder(tmp_path / "headed.pth", ATTO)
    assert torch.equal(encoder.norm.weight, state["encoder.norm.weight"])
    assert not encoder.training


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x00" * 64, b'{"model": 1}'])
def test_damaged_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.pth").write_bytes(content)
    with pytest.raises(BadCheckpoint, match=r"bad\.pth"):
        load_encoder(tmp_path / "bad.pth", ATTO)


def test_truncated_absent_bare_and_non_finite_files_are_refused(tmp_path: Path) -> None:
    state = atto_state()
    save_checkpoint(tmp_path / "whole", state, {})
    (tmp_path / "cut").write_bytes((tmp_path / "whole").read_bytes()[:-100])
    torch.save([1, 2], tmp_path / "bare")
    state["encoder.norm.bias"] = state["encoder.norm.bias"] * torch.nan
    save_checkpoint(tmp_path / "nan", state, {})
    for name, reason in (
        ("cut", "bytes where its safetensors header says"),
        ("bare", "no state dict"),
        ("none", "no checkpoint"),
        ("nan", "norm.bias"),
    ):
        with pytest.raises(BadCheckpoint, match=reason):
            load_encoder(tmp_path / name, ATTO)


def test_sparse_kernels_are_transposed_and_their_axes_reversed() -> None:
    generator = torch.Generator().manual_seed(0)
    depthwise, strided = torch.rand(343, 4, generator=generator), torch.rand(8, 4, 6, generator=generator)
    dense = rename_pretrained(
        {
            "encoder.stages.0.0.dwconv.kernel": depthwise,
            "encoder.downsample_layers.1.1.kernel": strided,
            "encoder.stages.0.0.norm.ln.bias": torch.ones(4),
            "decoder.0.norm.weight": torch.ones(4),
            "mask_token": torch.ones(4),
        }
    )
    assert set(dense) == {
        "encoder.stages.0.0.dwconv.weight",
        "encoder.downsample_layers.1.1.weight",
        "encoder.stages.0.0.norm.bias",
    }
    # the sparse kernel counts its sites along the first spatial axis fastest
    z, y, x = 2, 5, 6
    assert dense["encoder.stages.0.0.dwconv.weight"][3, 0, z, y, x] == depthwise[z + 7 * y + 49 * x, 3]
    assert dense["encoder.downsample_layers.1.1.weight"][5, 2, 1, 0, 0] == strided[1, 2, 5]


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state"
    write_atomically(path, b"old")

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["state"]
