"""PEFT adapter folders against a forward pass that applies the low-rank branches beside the base's own layers."""

import json
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from backend.errors import BadCheckpoint
from backend.science.encoders.readers.lora import merged, read_adapter
from backend.science.encoders.readers.sources import source_of

SETTINGS: dict[str, Any] = {"peft_type": "LORA", "r": 2, "lora_alpha": 6, "target_modules": ["0", "2"]}


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv3d(3, 4, 2), nn.Flatten(), nn.Linear(32, 5), nn.BatchNorm1d(5)).eval()


def pairs(prefix: str = "") -> dict[str, Tensor]:
    torch.manual_seed(1)
    shapes = {"0": ((2, 3, 2, 2, 2), (4, 2, 1, 1, 1)), "2": ((2, 32), (5, 2))}
    return {
        f"base_model.model.{prefix}{layer}.lora_{half}.weight": torch.randn(shape)
        for layer, both in shapes.items()
        for half, shape in zip("AB", both, strict=True)
    }


def folder(path: Path, weights: dict[str, Tensor], **settings: Any) -> Path:
    path.mkdir()
    safetensors.torch.save_file(weights, path / "adapter_model.safetensors")
    (path / "adapter_config.json").write_text(json.dumps(SETTINGS | settings))
    return path


def add(path: Path) -> tuple[dict[str, Tensor], str]:
    return merged(read_adapter(source_of(path)), network().state_dict(), "the encoder small")


@torch.no_grad()
@pytest.mark.parametrize(
    ("settings", "scales"),
    [
        ({}, (3.0, 3.0)),
        ({"use_rslora": True}, (6 / 2**0.5, 6 / 2**0.5)),
        ({"alpha_pattern": {"2": 1}}, (3.0, 0.5)),
        ({"r": 7, "rank_pattern": {"0": 2, "2": 2}}, (3.0, 3.0)),
    ],
)
@pytest.mark.parametrize("prefix", ["", "encoder.", "vision.backbone."])
def test_the_merged_weights_answer_as_base_and_branch(
    tmp_path: Path, settings: dict[str, Any], scales: tuple[float, float], prefix: str
) -> None:
    weights = pairs(prefix)
    state, sentence = add(folder(tmp_path / "adapter", weights, **settings))
    assert sentence.startswith("adapter: LoRA of 2 layers added to its base")
    plain, changed = network(), network()
    changed.load_state_dict(state)
    x = torch.randn(2, 3, 3, 3, 3)
    part = {name.removeprefix(f"base_model.model.{prefix}"): value for name, value in weights.items()}
    y = plain[0](x) + scales[0] * nn.functional.conv3d(
        nn.functional.conv3d(x, part["0.lora_A.weight"]), part["0.lora_B.weight"]
    )
    flat = y.flatten(1)
    y = plain[2](flat) + scales[1] * (flat @ part["2.lora_A.weight"].T @ part["2.lora_B.weight"].T)
    torch.testing.assert_close(changed(x), plain[3](y), rtol=1e-4, atol=1e-4)


def test_tensors_saved_whole_replace_and_heads_lie_beside(tmp_path: Path) -> None:
    weights = pairs() | {
        "base_model.model.3.bias": torch.full((5,), 7.0),
        "base_model.model.head.weight": torch.ones(9),
    }
    state, sentence = add(folder(tmp_path / "adapter", weights))
    assert state["3.bias"].tolist() == [7.0] * 5
    assert "1 tensors replaced whole" in sentence


@pytest.mark.parametrize(
    ("settings", "extra", "words"),
    [
        ({"peft_type": "IA3"}, {}, "is of the type IA3; only LORA"),
        ({"use_dora": True}, {}, "uses use_dora"),
        ({"init_lora_weights": "pissa"}, {}, "uses init_lora_weights = pissa"),
        ({"r": 4}, {}, "says r = 4 and lora_alpha = 6, but 0 has rank 2"),
        ({"lora_alpha": None}, {}, "lora_alpha = None"),
        ({"alpha_pattern": {"^0$": 3}}, {}, "by the pattern"),
        ({}, {"base_model.model.2.lora_embedding_A": torch.ones(2)}, "no plain LoRA"),
        ({}, {"base_model.model.9.lora_A.weight": torch.ones(2, 2)}, "half of a pair for 9"),
        (
            {},
            {f"base_model.model.9.lora_{half}.weight": torch.ones(2, 2) for half in "AB"},
            "changes 3 layers, the first .* the encoder small does not have all of them",
        ),
        ({}, {"base_model.model.3.bias": torch.full((5,), torch.inf)}, r"non-finite values in 3\.bias"),
        ({}, {"base_model.model.gamma": torch.ones(2)}, r"replaces gamma \(2,\), which its base does not have"),
        ({}, {"base_model.model.2.lora_A.weight": torch.ones(2, 31)}, r"changes 2 by \(5, 2\) x \(2, 31\)"),
        ({}, {"base_model.model.2.lora_A.weight": torch.tensor(1.0)}, r"changes 2 by \(5, 2\) x \(\)"),
        ({}, {"base_model.model.2.lora_B.weight": torch.ones(5, 3)}, r"changes 2 by \(5, 3\) x \(2, 32\)"),
        ({}, {"base_model.model.2.lora_B.weight": torch.full((5, 2), torch.nan)}, "is not finite"),
        ({}, {"base_model.model.2.lora_B.weight": torch.ones(5, 2, dtype=torch.int8)}, "changes 2 by"),
    ],
)
def test_what_plain_addition_would_get_wrong_is_refused(
    tmp_path: Path, settings: dict[str, Any], extra: dict[str, Tensor], words: str
) -> None:
    with pytest.raises(BadCheckpoint, match=words):
        add(folder(tmp_path / "adapter", pairs() | extra, **settings))


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps(SETTINGS))
    with pytest.raises(BadCheckpoint, match=r"has no adapter_model\.safetensors"):
        source_of(tmp_path)
