"""The example of docs/encoders.md, verbatim, where its package is installed."""

import re
from pathlib import Path

import pytest
import torch

from backend.science.encoders.plugins import wrap_plugin
from backend.science.encoders.upernet import Segmenter

PAGE = Path(__file__).parents[3] / "docs" / "encoders.md"


def test_the_monai_example_is_an_encoder() -> None:
    pytest.importorskip("monai", reason="MONAI is not installed")
    block = next(
        text for text in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL) if "MonaiResNet" in text
    )
    scope: dict[str, object] = {}
    exec(block, scope)
    encoder = wrap_plugin("resnet18-monai", scope["resnet18"], 3).eval()
    assert (encoder.dims, encoder.embed_dim) == ((64, 128, 256, 512), 512)
    x = torch.randn(1, 3, 32, 64, 64)
    with torch.no_grad():
        maps, pooled = encoder.forward_stages(x)
        torch.testing.assert_close(pooled, maps[3].mean(dim=(2, 3, 4)))
        assert Segmenter(encoder, width=8)(x).shape == (1, 1, 32, 64, 64)
