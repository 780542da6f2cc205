"""`embed` on files in ProFound's layout against the published architecture written down a second time."""

from pathlib import Path

import numpy as np
import pytest
import torch

from backend.science.encoders.convnext import build_encoder
from backend.science.encoders.heads import HeadedEncoder, class_head
from backend.science.encoders.upernet import Segmenter
from benchmarks import published
from tests.cli.test_embed import call

TOLERANCE = 2e-4


def drawn(shapes: dict[str, torch.Size], seed: int) -> dict[str, torch.Tensor]:
    """Arrays by the rule of make_weights.py in spirit: no array is zero or one, so every one of them matters."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for key, shape in shapes.items():
        values = torch.randn(shape, generator=generator)
        if key.endswith("num_batches_tracked"):
            state[key] = torch.tensor(0)
        elif key.endswith("running_var"):
            state[key] = 0.5 + values.abs()
        elif len(shape) == 1 or "grn" in key:
            state[key] = 0.1 * values + (1.0 if key.endswith("weight") else 0.0)
        else:
            state[key] = values / max(1, int(np.prod(shape[1:]))) ** 0.5
    return state


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An input (1, 3, 16, 32, 32); classifier, segmenter and sparse pre-training file of the smallest size."""
    path = tmp_path_factory.mktemp("published")
    np.save(path / "x.npy", np.random.default_rng(3).standard_normal((1, 3, 16, 32, 32)).astype(np.float32))
    with torch.device("meta"):
        classifier = HeadedEncoder(build_encoder("convnextv2-atto"), class_head(320, 4))
        segmenter = Segmenter(build_encoder("convnextv2-atto"))
    shapes = {"classifier": classifier.state_dict(), "segmenter": segmenter.state_dict()}
    encoder = {key: value.shape for key, value in shapes["classifier"].items() if key.startswith("encoder.")}
    for number, (name, state) in enumerate(shapes.items()):
        torch.save({"model": drawn({key: value.shape for key, value in state.items()}, number)}, path / name)
    torch.save({"model": drawn(sparse(encoder), 2)}, path / "pretrain")
    return path


def sparse(dense: dict[str, torch.Size]) -> dict[str, torch.Size]:
    """Names and shapes in a sparse masked autoencoder's file (../shared/profound/checkpoint_shapes.json)."""
    found = {"mask_token": torch.Size((1, 512, 1, 1, 1)), "pred.bias": torch.Size((10,))}
    for key, shape in dense.items():
        owner, _, name = key.rpartition(".")
        if key.startswith("encoder.norm."):
            continue
        if "downsample_layers.0." in key:
            found[key] = shape
        elif "grn" in key:
            found[key] = torch.Size((1, shape[-1]))
        elif owner.endswith(".norm") or (".downsample_layers." in key and owner.endswith(".0")):
            found[f"{owner}.ln.{name}"] = shape
        elif "pwconv" in key:
            found[f"{owner}.linear.{name}"] = shape
        elif name == "bias":
            found[key] = torch.Size((1, *shape))
        else:
            volume = int(np.prod(shape[2:]))
            rows = (volume,) if volume > 1 else ()
            found[f"{owner}.kernel"] = torch.Size((*rows, *shape[1::-1]) if shape[1] > 1 else (*rows, shape[0]))
    return found


def state_of(folder: Path, name: str) -> dict[str, torch.Tensor]:
    return published.in_float64(torch.load(folder / name, weights_only=True)["model"])


def close(found: np.ndarray, expected: torch.Tensor) -> None:
    assert expected.abs().max() > 0.1, "an answer of zeros would prove nothing"
    np.testing.assert_allclose(found, expected.numpy(), atol=TOLERANCE, rtol=0)


@torch.no_grad()
def test_stages_embedding_and_logits_of_a_classifier(folder: Path) -> None:
    state, checkpoint = state_of(folder, "classifier"), str(folder / "classifier")
    x = torch.from_numpy(np.load(folder / "x.npy")).double()
    maps = published.stages(x, state)
    call(folder, "all.npz", stage="all", checkpoint=checkpoint)
    call(folder, "logits.npy", stage="logits", checkpoint=checkpoint)
    with np.load(folder / "all.npz") as found:
        for number, average in enumerate(published.averages(maps)):
            close(found[f"stage{number + 1}"], average)
        close(found["pooled"], published.pooled(maps, state))
    close(np.load(folder / "logits.npy"), published.logits(published.pooled(maps, state), state))


@torch.no_grad()
def test_the_embedding_of_a_sparse_pre_training_file(folder: Path) -> None:
    state = published.renamed(state_of(folder, "pretrain"))
    maps = published.stages(torch.from_numpy(np.load(folder / "x.npy")).double(), state)
    call(folder, "pre.npy", checkpoint=str(folder / "pretrain"))
    close(np.load(folder / "pre.npy"), published.pooled(maps, state))


@torch.no_grad()
def test_the_logits_of_a_segmenter_as_wide_as_profounds(folder: Path) -> None:
    x = torch.from_numpy(np.load(folder / "x.npy")).double()
    expected = published.segmentation(x, state_of(folder, "segmenter"))
    call(folder, "mask.npy", stage="segmentation", checkpoint=str(folder / "segmenter"))
    close(np.load(folder / "mask.npy"), expected)
