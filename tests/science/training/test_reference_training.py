"""The prostate's three tasks train to the bit as a plain loop without any of this program's training does."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from backend.science.encoders.convnext import build_encoder
from backend.science.encoders.heads import CohortNorm, HeadedEncoder
from backend.science.encoders.upernet import Segmenter
from backend.science.training.finetune import FinetuneSettings, LabelledCases, Split, finetune
from backend.science.training.run import TrainingCallbacks
from tests.science.planted_cases import planted_cases
from tests.science.prostate_targets import PROSTATE_TARGETS, prostate_target

CASES, VALUES = planted_cases(8)
SPLIT = Split(np.arange(6), np.array([6]), np.array([7]))
SEED, EPOCHS = 3, 2


def loss_of(task: str, model: nn.Module, rows: list[int]) -> torch.Tensor:
    """The paper's loss of a batch."""
    x = torch.from_numpy(np.stack([CASES[row] for row in rows]))
    if task == "pirads":
        return functional.cross_entropy(model(x), torch.tensor([VALUES[task][row] for row in rows]))
    if task == "volume":
        train = np.array([VALUES[task][row] for row in SPLIT.train], dtype=np.float64)
        true = (np.array([VALUES[task][row] for row in rows]) - train.mean()) / train.std()
        x[:, 1:] = 0
        return functional.mse_loss(model(x)[:, 0], torch.from_numpy(true.astype(np.float32)))
    assert isinstance(model, Segmenter)
    mask = torch.from_numpy(np.stack([VALUES[task][row] for row in rows]).astype(np.float32))[:, None]

    def dice(logits: torch.Tensor) -> torch.Tensor:
        parts = []
        for chance, true in zip(torch.sigmoid(logits), mask, strict=True):
            inside, wanted = (chance, true) if true.any() else (1 - chance, torch.ones_like(true))
            parts.append(1 - 2 * (inside * wanted).sum() / (inside.sum() + wanted.sum()))
        return torch.stack(parts).mean()

    main, auxiliary = model.deeply_supervised(x)
    return dice(main) + 0.4 * dice(auxiliary)


def model_of(task: str, start: dict[str, torch.Tensor]) -> nn.Module:
    """Encoder and head, drawn after the seed as the paper's code does."""
    torch.manual_seed(SEED)
    encoder = build_encoder("convnextv2-atto")
    encoder.load_state_dict(start)
    if task == "pirads":
        return HeadedEncoder(encoder, nn.Sequential(nn.Linear(320, 256), CohortNorm(256), nn.ReLU(), nn.Linear(256, 4)))
    if task == "volume":
        return HeadedEncoder(encoder, nn.Sequential(CohortNorm(320), nn.Linear(320, 1)))
    return Segmenter(encoder, 8)


@pytest.mark.parametrize("task", PROSTATE_TARGETS)
def test_training_is_the_plain_loop(task: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    start = build_encoder("convnextv2-atto").state_dict()
    with torch.random.fork_rng(devices=[]):
        model = model_of(task, start)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    generator = torch.Generator().manual_seed(SEED)
    for _ in range(EPOCHS):
        order = SPLIT.train[torch.randperm(len(SPLIT.train), generator=generator).numpy()].tolist()
        model.train()
        for rows in (order[:3], order[3:]):
            optimiser.zero_grad(set_to_none=True)
            loss_of(task, model, rows).backward()
            optimiser.step()

    settings = FinetuneSettings(arch="convnextv2-atto", epochs=EPOCHS, batch=3, segmenter_width=8, precision="float32")
    result = finetune(
        start,
        LabelledCases(CASES, VALUES[task], SPLIT),
        prostate_target(task),
        settings,
        SEED,
        None,
        tmp_path / "run",
        TrainingCallbacks(),
    )
    state = model.state_dict()
    assert list(state) == list(result.model_state)
    for name, value in state.items():
        if task == "lesion_seg":  # sums over a batch and over a case round differently
            torch.testing.assert_close(result.model_state[name], value, rtol=1e-3, atol=1e-4)
        else:
            assert torch.equal(result.model_state[name], value), name
