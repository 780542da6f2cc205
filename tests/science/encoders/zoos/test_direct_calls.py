"""Embeddings of each family against calling its own model: same weights, no code of this project in between."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from backend.science.embedding.embed import embed_stages
from backend.science.encoders.encoder_kinds import Pooling
from backend.science.encoders.readers.choice import AS_FOUND
from backend.science.encoders.zoos.local_encoder import local_encoder

Called = tuple[Any, Callable[[Any, Tensor], Tensor]]
"""A model, and how its embedding of volumes (B, 3, D, H, W) comes out of it."""


def needs(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except Exception as error:  # some are installed for another torch, and fail in their own ways
        pytest.skip(f"{name} cannot be imported here ({type(error).__name__})")


def by_slice(model: Any, x: Tensor) -> Tensor:
    return torch.stack([torch.stack([model(case[None, :, z])[0] for z in range(case.shape[1])]).mean(0) for case in x])


def timm_model(name: str, **options: bool) -> Called:
    return needs("timm").create_model(name, num_classes=0, **options), by_slice


def resnet() -> Called:
    model = needs("monai.networks.nets").resnet18(spatial_dims=3, n_input_channels=3, feed_forward=False)
    return model, lambda net, x: net(x)


def swin() -> Called:
    needs("einops")
    model = needs("monai.networks.nets").SwinUNETR(in_channels=3, out_channels=2, feature_size=12)
    return model, lambda net, x: net.swinViT(x, net.normalize)[-1].mean((2, 3, 4))


def vit() -> Called:
    needs("einops")
    model = needs("monai.networks.nets").ViT(in_channels=3, img_size=32, patch_size=16, hidden_size=96, num_layers=2)
    return model, lambda net, x: net(x)[0].mean(1)


def video() -> Called:
    model = needs("torchvision.models.video").r3d_18(weights=None)

    def call(net: Any, x: Tensor) -> Tensor:
        maps = net.layer4(net.layer3(net.layer2(net.layer1(net.stem(x)))))
        return net.avgpool(maps).flatten(1)

    return model, call


FAMILIES: dict[str, Callable[[], Called]] = {
    "timm:convnext_atto": lambda: timm_model("convnext_atto"),
    "timm:vit_tiny_patch16_224": lambda: timm_model("vit_tiny_patch16_224", dynamic_img_size=True),
    "monai:resnet18": resnet,
    "monai:SwinUNETR:feature_size=12": swin,
    "monai:ViT:img_size=32,hidden_size=96,num_layers=2": vit,
    "torchvision:r3d_18": video,
}


@pytest.mark.filterwarnings("ignore")  # of other packages
@pytest.mark.parametrize("arch", FAMILIES)
def test_it_is_what_the_model_gives(arch: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model, call = FAMILIES[arch]()
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    check(arch, tmp_path / "weights.pth", lambda x: call(model.eval(), x))


@pytest.mark.filterwarnings("ignore")  # of other packages
def test_a_residual_encoder_of_nnunet_out_of_a_whole_networks_file(tmp_path: Path) -> None:
    nets = needs("dynamic_network_architectures.architectures.unet")
    torch.manual_seed(0)
    kinds: dict[str, Any] = {"norm_op": torch.nn.InstanceNorm3d, "nonlin": torch.nn.LeakyReLU, "conv_bias": True}
    sizes = (3, (8, 16, 32), torch.nn.Conv3d, 3, (1, 2, 2), (1, 2, 2), 5, (1, 1))
    net = nets.ResidualEncoderUNet(3, *sizes, **kinds)
    torch.save({"network_weights": net.state_dict(), "trainer_name": "nnUNetTrainer"}, tmp_path / "final.pth")
    (tmp_path / "resenc.py").write_text(
        "from dynamic_network_architectures.building_blocks.residual_encoders import ResidualEncoder\n"
        "from torch import nn\n"
        "def factory(channels=3):\n"
        "    kinds = {'norm_op': nn.InstanceNorm3d, 'nonlin': nn.LeakyReLU, 'conv_bias': True}\n"
        "    return ResidualEncoder(channels, 3, (8, 16, 32), nn.Conv3d, 3, (1, 2, 2), (1, 2, 2), **kinds)\n"
    )
    with torch.no_grad():
        check(
            f"{tmp_path}/resenc.py:factory", tmp_path / "final.pth", lambda x: net.eval().encoder(x)[-1].mean((2, 3, 4))
        )


@pytest.mark.filterwarnings("ignore")  # of other packages
def test_a_folder_of_hugging_face(tmp_path: Path) -> None:
    transformers = needs("transformers")
    needs("torchvision")
    torch.manual_seed(0)
    small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 28, "patch_size": 14}
    model = transformers.Dinov2Model(transformers.Dinov2Config(**small))
    model.save_pretrained(tmp_path / "dinov2")
    call = lambda image: model.eval()(image).last_hidden_state[:, 0]  # noqa: E731 # the class token
    check("huggingface", tmp_path / "dinov2", lambda x: by_slice(call, x))


def check(arch: str, checkpoint: Path, wanted: Callable[[Tensor], Tensor]) -> None:
    """Embed two volumes, and compare with what the model itself gives."""
    cases = np.random.default_rng(1).standard_normal((2, 3, 32, 32, 32)).astype(np.float32)
    encoder = local_encoder(arch, checkpoint, 3, AS_FOUND, None, Pooling()).encoder
    found = embed_stages(encoder, list(cases)).layers["pooled"]
    with torch.no_grad():
        expected = wanted(torch.from_numpy(cases)).numpy()
    assert found.shape == expected.shape
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(found, expected, atol=2e-5 * np.abs(expected).max(), rtol=0)
