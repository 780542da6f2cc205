import pytest
import torch
from torch import Tensor
from torch.nn import functional

from backend.errors import BadSettings
from backend.science.encoders.convnext import Block, ConvNeXt, EncoderSize
from backend.science.encoders.masked_autoencoder import (
    MaskedAutoencoder,
    check_patches,
    draw_visible,
    from_patches,
    painted,
    scaled,
    to_patches,
)

SMALL = EncoderSize((1, 1, 2, 1), (4, 6, 8, 10))


def small_model(patch: int = 16) -> MaskedAutoencoder:
    torch.manual_seed(0)
    model = MaskedAutoencoder(ConvNeXt(SMALL), patch, width=8)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


def sparse_block(block: Block, sites: dict[tuple[int, ...], Tensor]) -> dict[tuple[int, ...], Tensor]:
    """A block over the visible voxels alone, one by one: no array holds a hidden voxel."""
    expanded = {}
    for site in sites:
        total = block.dwconv.bias.clone()
        for other, value in sites.items():
            offset = [b - a + 3 for a, b in zip(site, other, strict=True)]
            if all(0 <= step <= 6 for step in offset):
                total = total + value * block.dwconv.weight[:, 0, offset[0], offset[1], offset[2]]
        expanded[site] = functional.gelu(block.pwconv1(block.norm(total)))
    energy = torch.stack(list(expanded.values())).square().sum(dim=0).sqrt()
    relative = energy / (energy.mean() + 1e-6)
    gamma, beta = block.grn.gamma.flatten(), block.grn.beta.flatten()
    return {site: sites[site] + block.pwconv2(gamma * (y * relative) + beta + y) for site, y in expanded.items()}


@pytest.mark.parametrize("patch", [8, 16])
@torch.no_grad()
def test_the_dense_masked_encoder_computes_what_a_sparse_one_does(patch: int) -> None:
    encoder = small_model().encoder
    x = torch.randn(1, 3, 32, 32, 16)
    visible = draw_visible(1, (32 // patch, 32 // patch, 16 // patch), 0.6, torch.Generator().manual_seed(1))
    mask = scaled(visible, patch // 4)
    maps = encoder.feature_maps(x, mask)

    stem = encoder.downsample_layers[0](x)
    sites = {tuple(s): stem[0, :, s[0], s[1], s[2]] for s in mask[0, 0].nonzero().tolist()}
    for index in range(4):
        if index:
            norm, conv = encoder.downsample_layers[index]
            stride = conv.stride[0]
            merged: dict[tuple[int, ...], Tensor] = {}
            for site, value in sites.items():
                normed = functional.layer_norm(value, value.shape, norm.weight, norm.bias, 1e-6)
                target, inside = tuple(s // stride for s in site), [s % stride for s in site]
                weight = conv.weight[:, :, inside[0], inside[1], inside[2]]
                merged[target] = merged.get(target, conv.bias) + weight @ normed
            sites = merged
        for block in encoder.stages[index]:
            sites = sparse_block(block, sites)
        dense = torch.zeros_like(maps[index])
        for site, value in sites.items():
            dense[0, :, site[0], site[1], site[2]] = value
        torch.testing.assert_close(maps[index], dense, atol=2e-4, rtol=2e-4)


@pytest.mark.parametrize("patch", [8, 16, 32])
@torch.no_grad()
def test_what_is_hidden_does_not_reach_the_painter(patch: int) -> None:
    model = small_model(patch)
    x = torch.randn(2, 3, 32, 32, 64)
    visible = draw_visible(2, (32 // patch, 32 // patch, 64 // patch), 0.6, torch.Generator().manual_seed(0))
    hidden = 1.0 - scaled(visible, patch)
    changed = x + hidden * torch.randn_like(x)
    torch.testing.assert_close(model.paint(changed, visible), model.paint(x, visible), atol=0, rtol=0)
    seen = x + (1.0 - hidden)
    assert not torch.allclose(model.paint(seen, visible), model.paint(x, visible))


def test_six_of_ten_patches_are_hidden_in_every_case_and_never_all_or_none() -> None:
    generator = torch.Generator().manual_seed(0)
    assert draw_visible(5, (4, 5, 5), 0.6, generator).sum(dim=(1, 2, 3, 4)).tolist() == [40.0] * 5
    assert draw_visible(3, (1, 1, 2), 0.9, generator).sum(dim=(1, 2, 3, 4)).tolist() == [1.0] * 3
    first, second = draw_visible(2, (4, 5, 5), 0.6, generator)
    assert not torch.equal(first, second)


def test_patches_and_painting_are_each_others_inverse() -> None:
    volume = torch.arange(3 * 32 * 16 * 48.0).reshape(1, 3, 32, 16, 48)
    cells = to_patches(volume, 16).transpose(1, 2).reshape(1, -1, 2, 1, 3)
    assert torch.equal(painted(cells, 3), volume)
    assert torch.equal(to_patches(volume, 16)[0, 4, :16], volume[0, 0, 16, 0, 16:32])
    assert torch.equal(from_patches(to_patches(volume, 8), (4, 2, 6), 8), volume)


@torch.no_grad()
def test_the_loss_is_the_normalised_error_of_hidden_patches_alone() -> None:
    model = small_model()
    x = torch.randn(1, 3, 32, 32, 16) * 5 + 2
    visible = draw_visible(1, (2, 2, 1), 0.5, torch.Generator().manual_seed(0))
    predicted, errors = model.paint(x, visible), []
    for index, (z, y) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        patch = x[0, :, 16 * z : 16 * z + 16, 16 * y : 16 * y + 16].flatten()
        if visible[0, 0, z, y, 0] == 0:
            normalised = (patch - patch.mean()) / (patch.var() + 1e-6).sqrt()
            errors.append((predicted[0, index] - normalised).square().mean())
    assert len(errors) == 2
    torch.testing.assert_close(model(x, visible), torch.stack(errors).mean())


def test_patches_that_do_not_fit_are_refused() -> None:
    for shape, patch in (((32, 64, 60), 16), ((32, 64, 64), 12), ((16, 16, 16), 16), ((48, 64, 64), 32)):
        with pytest.raises(BadSettings):
            check_patches(shape, patch)
    check_patches((16, 16, 16), 8)
