"""The examples of docs/encoders.md for encoders without packaging, verbatim, where their packages work."""

import importlib
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import called

PAGE = Path(__file__).parents[4] / "docs" / "encoders.md"
NEEDS = {
    "Your own code": (),
    "nnU-Net ResEnc": ("dynamic_network_architectures.building_blocks.residual_encoders",),
    "timm": ("timm",),
    "MONAI": ("monai.networks.nets", "einops"),
    "torchvision": ("torchvision",),
    "TorchScript": (),
    "ONNX": ("onnx", "onnxruntime"),
    "A folder of Hugging Face": ("transformers",),
}
"""Heading of the page -> modules that its example imports."""


def sections() -> dict[str, tuple[str, list[str]]]:
    """Heading -> its Python block and its commands."""
    part = PAGE.read_text().split("## Encoders without packaging\n")[1].split("\n## ")[0]
    found = {}
    for section in part.split("\n### ")[1:]:
        heading = section.partition("\n")[0]
        (block,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
        (commands,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
        lines = [line.split(" #")[0].removeprefix("radiomiclens ") for line in commands.strip().splitlines()]
        found[heading] = (block, lines)
    return found


def test_every_example_is_short_and_run() -> None:
    assert set(sections()) == set(NEEDS)
    assert max(len(block.strip().splitlines()) for block, _ in sections().values()) <= 10


@pytest.mark.filterwarnings("ignore")  # of other packages
@pytest.mark.parametrize("heading", NEEDS)
def test_the_example_embeds(heading: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NEEDS[heading]:
        try:
            importlib.import_module(name)
        except Exception as error:  # some are installed for another torch, and fail in their own ways
            pytest.skip(f"{name} cannot be imported here ({type(error).__name__})")
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.random.default_rng(0).standard_normal((2, 3, 32, 64, 64)).astype(np.float32))
    block, commands = sections()[heading]
    first = re.match(r"# (\w+\.py)\n", block)
    if first:
        Path(first[1]).write_text(block)
    else:
        exec(block, {})
    for command in commands:
        done = called(*shlex.split(command))
        assert done.returncode == 0, done.stderr
        embedding = np.load("e.npy")
        assert embedding.dtype == np.float32
        assert embedding.shape[0] == 2
        assert np.isfinite(embedding).all()
        assert not np.array_equal(embedding[0], embedding[1])
        Path("e.npy").unlink()
