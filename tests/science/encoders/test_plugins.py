"""Encoders of other packages, found through a real entry point of an installed distribution."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.errors import BadCheckpoint, BadSettings
from backend.science.embedding.embed import embed_stages
from backend.science.encoders.checkpoint import load_encoder, save_checkpoint
from backend.science.encoders.convnext import ConvNeXt
from backend.science.encoders.plugins import PluginEncoder
from backend.science.encoders.registry import architectures, build_encoder
from backend.science.encoders.upernet import Segmenter
from tests.science.encoders.plugin_modules import install


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "site"
    folder.mkdir()
    install(folder)
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop("small_encoders", None)


def test_an_installed_package_adds_its_encoders_and_cannot_replace_ours(package: Path) -> None:
    assert {"small3d", "mapped"} < set(architectures())
    assert architectures()[0] == "convnextv2-atto"
    assert isinstance(build_encoder("convnextv2-atto"), ConvNeXt)
    assert "small_encoders" not in sys.modules, "asking for names imports nothing"


@torch.no_grad()
def test_maps_and_embedding_are_the_modules_own(package: Path) -> None:
    encoder = build_encoder("small3d").eval()
    assert isinstance(encoder, PluginEncoder)
    assert (encoder.dims, encoder.embed_dim, encoder.smallest_side) == ((4, 8, 12, 16), 10, 16)
    x = torch.randn(2, 3, 16, 32, 16)
    maps, pooled = encoder.forward_stages(x)
    expected = x
    for found, stage in zip(maps, encoder.module.stages, strict=True):
        expected = stage(expected)
        assert torch.equal(found, expected)
    assert torch.equal(pooled, encoder.module.last(expected.mean(dim=(2, 3, 4))))
    mapped = build_encoder("mapped").eval()
    assert torch.equal(mapped(x), mapped.forward_stages(x)[0][3].mean(dim=(2, 3, 4)))
    assert not mapped.module.stages[0]._forward_hooks


def test_it_segments_embeds_and_comes_back_from_its_file(package: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    encoder = build_encoder("small3d")
    assert isinstance(encoder, PluginEncoder)
    assert Segmenter(encoder, width=4)(torch.zeros(1, 3, 16, 16, 16)).shape == (1, 1, 16, 16, 16)
    case = np.random.default_rng(0).standard_normal((3, 16, 16, 32)).astype(np.float32)
    wanted = embed_stages(encoder, [case]).layers
    assert [wanted[stage].shape[1] for stage in ("stage1", "stage4", "pooled")] == [4, 16, 10]
    torch.save({"model": encoder.module.state_dict()}, tmp_path / "theirs.pt")
    torch.save(encoder.module.state_dict(), tmp_path / "bare.pt")
    ours = {f"encoder.{key}": value for key, value in encoder.state_dict().items()}
    save_checkpoint(tmp_path / "ours.safetensors", ours, {"arch": "small3d"})
    for name in ("theirs.pt", "bare.pt", "ours.safetensors"):
        found = embed_stages(load_encoder(tmp_path / name, "small3d"), [case]).layers
        assert all(np.array_equal(found[stage], wanted[stage]) for stage in found)
    state = encoder.module.state_dict()
    state["extra"] = state.pop("last.bias")
    torch.save({"model": state}, tmp_path / "odd.pt")
    with pytest.raises(BadCheckpoint, match=r"1 missing \(last\.bias \(10,\)\); 1 unexpected \(extra \(10,\)\)"):
        load_encoder(tmp_path / "odd.pt", "small3d")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("three", r"failed on 16 x 16 x 16 voxels of 3 channels \(RuntimeError: mat1"),
        ("narrow", r"gave a tensor \(1, 4\); it must return \(B, 10\)"),
        ("broken", r"could not be built \(RuntimeError: no weights\)"),
        ("number", "registered as a int"),
        ("absent", "cannot be imported"),
        ("resnet", "choose one of convnextv2-atto"),
    ],
)
def test_what_breaks_the_contract_is_said_in_a_sentence(package: Path, name: str, words: str) -> None:
    with pytest.raises(BadSettings, match=words):
        build_encoder(name)
