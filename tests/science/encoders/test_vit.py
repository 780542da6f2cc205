"""The 3-D vision transformer against torch's own layers; files of masked autoencoders with their positions."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from backend.errors import BadCheckpoint, BadSettings
from backend.science.embedding.embed import embed_stages
from backend.science.encoders.activations import checkpoint_activations
from backend.science.encoders.checkpoint import load_classifier, read_encoder, save_checkpoint
from backend.science.encoders.heads import class_head, number_head
from backend.science.encoders.positions import grid_of, table
from backend.science.encoders.registry import build_encoder
from backend.science.encoders.sizes import VIT_SIZES
from backend.science.encoders.upernet import Segmenter
from backend.science.encoders.vit import Vit, build_vit
from backend.science.training.finetune import prepare
from backend.science.training.finetune_settings import FinetuneSettings
from backend.science.training.kinds.classes import ClassTask
from backend.science.training.parameter_groups import parameter_groups
from tests.science.prostate_targets import prostate_target

TINY = "vit3d-tiny"
GRID = (2, 3, 4)
CASE = np.random.default_rng(2).standard_normal((3, 32, 48, 64)).astype(np.float32)


def published_positions(grid: tuple[int, int, int], width: int) -> np.ndarray:
    """A second writing, token by token: the published table counts x slowest, then z, then y."""
    depth, height, across = grid
    rows = [np.zeros(width)]
    for token in range(depth * height * across):
        y, z, x = token % height, token // height % depth, token // height // depth
        angles = [[place / 10000 ** (k / (width // 6)) for k in range(width // 6)] for place in (z, x, y)]
        rows.append(np.concatenate([np.concatenate([np.sin(a), np.cos(a)]) for a in np.array(angles)]))
    return np.stack(rows)


def by_torch(state: dict[str, Tensor], x: Tensor, positions: Tensor, depth: int, heads: int) -> list[Tensor]:
    """Tokens after every block, by torch's own encoder layers."""
    width = state["norm.weight"].shape[0]
    patches = nn.functional.conv3d(x, state["patch_embed.proj.weight"], state["patch_embed.proj.bias"], stride=16)
    tokens = torch.cat([state["cls_token"].expand(len(x), -1, -1), patches.flatten(2).transpose(1, 2)], dim=1)
    tokens, after = tokens + positions, []
    for at in range(depth):
        layer = nn.TransformerEncoderLayer(
            width, heads, 4 * width, 0.0, "gelu", layer_norm_eps=1e-6, batch_first=True, norm_first=True
        ).eval()
        own = {
            key.removeprefix(f"blocks.{at}."): value for key, value in state.items() if key.startswith(f"blocks.{at}.")
        }
        names = {"attn.qkv.": "self_attn.in_proj_", "attn.proj.": "self_attn.out_proj.", "mlp.fc1.": "linear1."}
        names["mlp.fc2."] = "linear2."
        for old, new in names.items():
            own = {key.replace(old, new): value for key, value in own.items()}
        layer.load_state_dict(own)
        tokens = layer(tokens)
        after.append(tokens)
    return after


@torch.no_grad()
def test_it_equals_torchs_own_transformer_layers() -> None:
    torch.manual_seed(0)
    encoder = build_encoder(TINY).eval()
    assert (encoder.dims, encoder.embed_dim, encoder.segments) == ((192,) * 4, 192, True)
    x = torch.from_numpy(CASE)[None]
    maps, pooled = encoder.forward_stages(x)
    state = encoder.state_dict()
    assert "pos_embed" not in state
    positions = torch.from_numpy(published_positions(GRID, 192)).float()
    after = by_torch(state, x, positions, depth=12, heads=3)
    for found, expected in zip(maps, after[2::3], strict=True):
        assert found.shape == (1, 192, *GRID)
        assert torch.allclose(found.flatten(2).transpose(1, 2), expected[:, 1:], atol=2e-5)
    normed = nn.functional.layer_norm(after[-1], (192,), state["norm.weight"], state["norm.bias"], eps=1e-6)
    assert torch.allclose(pooled, normed[:, 1:].mean(dim=1), atol=2e-5)


def test_positions_are_the_published_ones_and_tell_their_grid() -> None:
    assert np.allclose(table(GRID, 192)[0].numpy(), published_positions(GRID, 192), atol=1e-6)
    assert grid_of(table(GRID, 192)) == GRID
    assert grid_of(table(GRID, 192, plain=True)) == GRID
    assert not torch.equal(table(GRID, 192), table(GRID, 192, plain=True))
    assert grid_of(torch.randn(1, 25, 192)) is None


def autoencoder_file(folder: Path, positions: Tensor, patch: tuple[int, int, int] = (16, 16, 16)) -> Path:
    """A pre-training file as masked autoencoders write it, with the decoder beside."""
    torch.manual_seed(1)
    encoder = Vit(VIT_SIZES[TINY], 3, patch, positions.shape[1])
    state = encoder.state_dict() | {"pos_embed": positions, "mask_token": torch.zeros(1, 1, 8)}
    beside = ("decoder_embed.weight", "decoder_pos_embed", "decoder_blocks.0.norm1.weight", "decoder_norm.weight")
    state |= {name: torch.zeros(1, 2, 3) for name in (*beside, "decoder_pred.weight")}
    torch.save({"model": state, "epoch": 3}, folder / "mae.pth")
    return folder / "mae.pth"


@torch.no_grad()
def test_a_file_of_a_masked_autoencoder_keeps_its_patch_and_positions(tmp_path: Path) -> None:
    patch, grid = (16, 32, 32), (2, 1, 2)
    positions = table(grid, 192)
    path = autoencoder_file(tmp_path, positions, patch)
    encoder = read_encoder(path, TINY).encoder
    assert isinstance(encoder, Vit)
    assert (encoder.patch, encoder.smallest_side) == (patch, 32)
    case = CASE[:, :, :32, :]
    found = embed_stages(encoder, [case]).layers
    assert list(found) == ["stage1", "stage2", "stage3", "stage4", "pooled"]
    ours = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    save_checkpoint(tmp_path / "ours.safetensors", ours, {"arch": TINY})
    again = embed_stages(read_encoder(tmp_path / "ours.safetensors", TINY).encoder, [case]).layers
    assert all(np.array_equal(found[layer], again[layer]) for layer in found)
    with pytest.raises(BadSettings, match=r"those of 4 patches \(32 x 32 x 64 voxels\); an input of 2 x 2 x 1 patches"):
        encoder(torch.zeros(1, 3, 32, 64, 32))
    with pytest.raises(BadCheckpoint, match="does not fit the encoder vit3d-small"):
        read_encoder(path, "vit3d-small")


@torch.no_grad()
def test_learned_positions_are_used_as_they_are(tmp_path: Path) -> None:
    positions = torch.randn(1, 25, 192, generator=torch.Generator().manual_seed(4))
    encoder = read_encoder(autoencoder_file(tmp_path, positions), TINY).encoder
    x = torch.from_numpy(CASE)[None]
    after = by_torch(encoder.state_dict(), x, positions, 12, 3)
    last = encoder.forward_stages(x)[0][-1]
    assert torch.allclose(last.flatten(2).transpose(1, 2), after[-1][:, 1:], atol=2e-5)
    with pytest.raises(BadSettings, match="those of 24 patches; an input of 2 x 2 x 2 patches"):
        encoder(torch.zeros(1, 3, 32, 32, 32))


def test_it_learns_segments_and_is_read_with_a_head(tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = build_vit(TINY).state_dict() | {"pos_embed": table(GRID, 192)}
    settings = FinetuneSettings(arch=TINY, layer_decay=0.5, lr=1.0)
    run = prepare(ClassTask(np.array([0, 1, 2, 3]), prostate_target("pirads")), state, settings, 0)
    groups = parameter_groups(run.model, settings)
    assert [group["lr"] for group in groups] == [0.0625, 0.125, 0.25, 0.5, 1.0]
    encoder = build_vit(TINY, like=state)
    assert checkpoint_activations(encoder) == 12
    x = torch.from_numpy(CASE)[None]
    assert Segmenter(encoder, width=4)(x).shape == (1, 1, 32, 48, 64)
    whole = {f"encoder.{name}": value for name, value in state.items()}
    whole |= {f"head.{name}": value for name, value in class_head(192, 7).state_dict().items()}
    torch.save({"model": whole}, tmp_path / "classifier.pth")
    assert load_classifier(tmp_path / "classifier.pth", TINY)(x).shape == (1, 7)


@torch.no_grad()
def test_a_regression_head_has_as_many_numbers_as_its_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    encoder = build_encoder("convnextv2-atto").eval()
    head = number_head(320, 5).eval()
    whole = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    torch.save(
        {"model": whole | {f"head.{name}": value for name, value in head.state_dict().items()}}, tmp_path / "r.pth"
    )
    x = torch.from_numpy(CASE)[None]
    assert torch.equal(load_classifier(tmp_path / "r.pth", "convnextv2-atto")(x), head(encoder(x)))
