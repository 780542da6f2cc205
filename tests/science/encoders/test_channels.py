"""Encoders of any number of channels: weights in a file say how many they take, and pre-training makes any number."""

from pathlib import Path

import numpy as np
import pytest
import torch

from backend.errors import BadImage
from backend.science.embedding.embed import embed_stages
from backend.science.encoders.checkpoint import load_encoder, save_checkpoint
from backend.science.encoders.encoder_kinds import USUAL_POOLING
from backend.science.encoders.readers.choice import AS_FOUND
from backend.science.encoders.registry import build_encoder
from backend.science.encoders.zoos.local_encoder import local_encoder
from backend.science.training.pretrain import PretrainSettings, pretrain
from backend.science.training.run import TrainingCallbacks

STEMS = {"convnextv2-atto": "downsample_layers.0.0.weight", "vit3d-tiny": "patch_embed.proj.weight"}


@pytest.mark.parametrize("prefix", ["", "encoder.", "module.backbone."])
@pytest.mark.parametrize("arch", STEMS)
def test_the_weights_of_a_file_say_how_many_channels_they_take(tmp_path: Path, arch: str, prefix: str) -> None:
    for channels in (1, 2, 4, 6):
        torch.manual_seed(channels)
        state = build_encoder(arch, channels).state_dict()
        torch.save({f"{prefix}{name}": value for name, value in state.items()}, tmp_path / "weights.pt")
        encoder = load_encoder(tmp_path / "weights.pt", arch)
        assert encoder.channels == channels
        assert torch.equal(encoder.state_dict()[STEMS[arch]], state[STEMS[arch]])
        local = local_encoder(arch, tmp_path / "weights.pt", channels, AS_FOUND, None, USUAL_POOLING)
        assert local.encoder.channels == channels
    assert build_encoder(arch).channels == 3


def test_pretraining_takes_any_number_of_channels(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    settings = PretrainSettings("convnextv2-atto", epochs=1, warmup_epochs=0, batch=2, decoder_width=8, patch=16)
    for channels in (1, 4):
        cases = [rng.standard_normal((channels, 32, 32, 32)).astype(np.float32) for _ in range(2)]
        found = pretrain(cases, settings, 0, None, tmp_path / f"run{channels}.pt", TrainingCallbacks())
        save_checkpoint(tmp_path / "made.safetensors", found.encoder_state, {"arch": found.arch})
        encoder = load_encoder(tmp_path / "made.safetensors", found.arch)
        assert encoder.channels == channels
        pooled = embed_stages(encoder, cases).layers["pooled"]
        swapped = embed_stages(encoder, [case[::-1].copy() for case in cases]).layers["pooled"]
        assert np.array_equal(pooled, swapped) == (channels == 1), "every channel counts, in its place"
        with pytest.raises(BadImage, match=rf"the encoder needs \({channels}, D, H, W\)"):
            embed_stages(encoder, [np.zeros((channels + 1, 32, 32, 32), np.float32)])
