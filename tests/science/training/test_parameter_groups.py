"""Layer decay: every weight of any encoder learns at the rate of its own stage."""

import dataclasses
from collections import OrderedDict

import pytest
import torch
from torch import Tensor, nn

from backend.science.encoders.adapters import adapt_encoder
from backend.science.encoders.convnext import build_encoder
from backend.science.encoders.heads import HeadedEncoder, number_head
from backend.science.encoders.plugins import wrap_plugin
from backend.science.training.finetune_settings import FinetuneSettings
from backend.science.training.parameter_groups import parameter_groups

SETTINGS = FinetuneSettings(arch="convnextv2-atto", layer_decay=0.5, decay_head=False)
RATES = {"stem": 1e-3 / 16, "one": 1e-3 / 16, "two": 1e-3 / 8, "three": 1e-3 / 4, "four": 1e-3 / 2, "last": 1e-3 / 2}


class Net(nn.Module):
    """Somebody's network: parts that are named as they like, and a stem and a norm beside the stages."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv3d(3, 4, 1)
        parts = OrderedDict((name, nn.Conv3d(4, 4, 3, stride=2, padding=1)) for name in ("one", "two", "three", "four"))
        self.trunk = nn.Sequential(parts)
        self.last = nn.LayerNorm(4)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.trunk(self.stem(x)).mean(dim=(2, 3, 4)))


class Listed(nn.Module):
    """Its stages are a list of modules that live elsewhere, as in the MONAI example of docs/encoders.md."""

    embed_dim = 4

    def __init__(self) -> None:
        super().__init__()
        self.net = Net()
        self.stages = list(self.net.trunk)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class Named(Net):
    """Its stages are a Sequential with names."""

    embed_dim = 4

    @property
    def stages(self) -> nn.Sequential:
        return self.trunk


def rates(model: nn.Module) -> dict[str, float]:
    """Learning rate by the name of every trainable weight."""
    groups = parameter_groups(model, dataclasses.replace(SETTINGS))
    by_id = {id(parameter): float(group["lr"]) for group in groups for parameter in group["params"]}
    assert len(by_id) == sum(len(group["params"]) for group in groups)
    return {name: by_id[id(parameter)] for name, parameter in model.named_parameters() if parameter.requires_grad}


@pytest.mark.parametrize("module", [Listed, Named])
def test_stages_of_a_plugin_encoder_learn_at_their_own_rates(module: type[nn.Module]) -> None:
    found = rates(HeadedEncoder(wrap_plugin("theirs", module, 3), nn.Linear(4, 1)))
    for name, rate in found.items():
        owner = next((part for part in RATES if f".{part}." in name), "")
        assert rate == pytest.approx(RATES[owner] if owner else 1e-3), name
    assert len(found) == 2 * 7


def test_a_built_in_encoder_counts_its_reductions_to_the_stage_they_lead_to() -> None:
    for name, rate in rates(HeadedEncoder(build_encoder("convnextv2-atto"), number_head(320))).items():
        _, owner, place, *_ = name.split(".")
        stage = int(place) if owner in ("stages", "downsample_layers") else 3
        assert rate == pytest.approx(1e-3 / 2 ** (4 - stage) if name.startswith("encoder.") else 1e-3), name


def test_low_rank_changes_learn_at_the_rate_of_their_stage() -> None:
    torch.manual_seed(0)
    encoder = build_encoder("convnextv2-atto")
    adapt_encoder(encoder, "lora", 2)
    found = rates(HeadedEncoder(encoder, number_head(320)))
    changes = {name: rate for name, rate in found.items() if name.startswith("encoder.")}
    assert changes
    assert all(rate == pytest.approx(1e-3 / 2 ** (4 - int(name.split(".")[2]))) for name, rate in changes.items())
