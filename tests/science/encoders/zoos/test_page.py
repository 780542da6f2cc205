"""The examples of docs/encoders.md for encoders without packaging, verbatim, where their packages work."""

import importlib
import re
import shlex
import sys
import tomllib
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


def make_input() -> None:
    """Run the page's line that writes `x.npy`."""
    (line,) = re.findall(r'^python -c "(import numpy .*)"$', PAGE.read_text(), re.MULTILINE)
    exec(line, {})


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
    make_input()
    block, commands = sections()[heading]
    first = re.match(r"# (\w+\.py)\n", block)
    if first:
        Path(first[1]).write_text(block)
    else:
        exec(block, {})
    for command in commands:
        check_command(command)


def check_command(command: str) -> None:
    """Run a command of the page, and check the embeddings it writes."""
    done = called(*shlex.split(command))
    assert done.returncode == 0, done.stderr
    embedding = np.load("e.npy")
    assert embedding.dtype == np.float32
    assert embedding.shape[0] == 2
    assert np.isfinite(embedding).all()
    assert not np.array_equal(embedding[0], embedding[1])
    Path("e.npy").unlink()


def test_the_example_of_a_package_embeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its two files as pip would install them, without pip."""
    part = PAGE.read_text().split("## Encoders of other packages\n")[1].split("A whole package is these two files")[1]
    (settings,) = re.findall(r"```toml\n(# pyproject.toml\n.*?)```", part, re.DOTALL)
    (code,) = re.findall(r"```python\n(# my_encoders.py\n.*?)```", part, re.DOTALL)
    weights, embed = re.findall(r"```sh\npip install .\n(.*?)```", part, re.DOTALL)[0].strip().splitlines()
    project = tomllib.loads(settings)["project"]
    ((group, points),) = project["entry-points"].items()
    info = tmp_path / f"my_encoders-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    listed = "".join(f"{name} = {target}\n" for name, target in points.items())
    (info / "entry_points.txt").write_text(f"[{group}]\n{listed}")
    (tmp_path / "my_encoders.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    make_input()
    exec(shlex.split(weights)[2], {})
    check_command(embed.removeprefix("radiomiclens "))
    monkeypatch.delitem(sys.modules, "my_encoders")
