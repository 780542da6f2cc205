import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.errors import BadCheckpoint, BadImage, BadSettings, Cancelled
from backend.science.encoders.convnext import build_encoder
from backend.science.training.pretrain import PretrainResult, PretrainSettings, pretrain
from backend.science.training.run import TrainingCallbacks
from tests.science.planted_cases import planted_cases

CASES = planted_cases(6)[0]
SETTINGS = PretrainSettings(
    arch="convnextv2-atto", epochs=3, warmup_epochs=1, batch=4, lr=1e-3, patch=8, decoder_width=32
)


def quiet(sentence: str, done: int, total: int) -> None:
    assert 1 <= done <= total
    assert "loss" in sentence


def trained(
    path: Path,
    resume: Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    settings: PretrainSettings = SETTINGS,
    seed: int = 0,
) -> PretrainResult:
    return pretrain(CASES, settings, seed, resume, path, TrainingCallbacks(progress=quiet, should_stop=should_stop))


def test_a_run_stopped_inside_an_epoch_and_resumed_is_bit_identical(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole")
    asked = iter([False] * 3 + [True])  # two batches an epoch: stops inside the second epoch
    with pytest.raises(Cancelled, match="after 1 whole epochs"):
        trained(tmp_path / "cut", should_stop=lambda: next(asked))
    torch.rand(7)  # a new process has another global random state
    resumed = trained(tmp_path / "cut", resume=tmp_path / "cut")
    assert resumed.history == whole.history
    assert all(torch.equal(value, whole.encoder_state[key]) for key, value in resumed.encoder_state.items())
    finished = trained(tmp_path / "cut", resume=tmp_path / "cut")
    assert torch.equal(finished.encoder_state["norm.weight"], whole.encoder_state["norm.weight"])


def test_cases_are_read_while_the_ones_before_are_learned_from(tmp_path: Path) -> None:
    reader, learner = set(), threading.current_thread()

    class Watched(list[np.ndarray]):
        def __getitem__(self, row):  # type: ignore[no-untyped-def,override]
            reader.add(threading.current_thread())
            return super().__getitem__(row)

    settings = dataclasses.replace(SETTINGS, epochs=1, warmup_epochs=0)
    plain = trained(tmp_path / "plain", settings=settings)
    read = pretrain(Watched(CASES), settings, 0, None, tmp_path / "read", TrainingCallbacks())
    assert reader - {learner}, "only the look at the cases' shapes is the learner's own"
    assert read.history == plain.history


def test_the_seed_decides_and_the_callers_random_state_is_left_alone(tmp_path: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first = trained(tmp_path / "a")
    assert torch.equal(torch.rand(1), expected)
    assert trained(tmp_path / "b").history == first.history
    assert trained(tmp_path / "c", seed=1).history != first.history


def test_reconstruction_improves_and_the_encoder_fits_its_architecture(tmp_path: Path) -> None:
    settings = PretrainSettings(
        arch="convnextv2-atto", epochs=6, warmup_epochs=1, batch=2, lr=2e-3, patch=8, decoder_width=64
    )
    result = trained(tmp_path / "run", settings=settings)
    losses = [record["train_loss"] for record in result.history]
    assert losses[-1] < 0.97 * losses[0]
    assert [record["epoch"] for record in result.history] == list(range(1, 7))
    assert result.history[-1]["lr"] < result.history[1]["lr"] == pytest.approx(2e-3)
    build_encoder(result.arch).load_state_dict(result.encoder_state)


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    short = PretrainSettings(arch="convnextv2-atto", epochs=1, batch=6, lr=1e-3, patch=8, decoder_width=32)
    trained(tmp_path / "run", settings=short)
    with pytest.raises(BadCheckpoint, match="another seed"):
        trained(tmp_path / "run", resume=tmp_path / "run", settings=short, seed=1)
    (tmp_path / "run").write_bytes(b"PK damaged")
    with pytest.raises(BadCheckpoint, match="start anew"):
        trained(tmp_path / "run", resume=tmp_path / "run", settings=short)


def test_the_published_rate_scales_with_the_batch() -> None:
    assert PretrainSettings(batch=64).rate == pytest.approx(1e-3 * 64 / 256)
    with pytest.raises(BadSettings, match="mask ratio"):
        PretrainSettings(mask_ratio=1.0)


def test_unfit_cases_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    holed = CASES[0].copy()
    holed[0, 0, 0, 0] = np.nan
    for cases in ([], [CASES[0], CASES[1][:, :8]], [CASES[0].astype(np.float64)], [holed], [CASES[0], CASES[1][:2]]):
        with pytest.raises(BadImage):
            pretrain(cases, SETTINGS, 0, None, tmp_path / "run", TrainingCallbacks())
    assert not list(tmp_path.iterdir())
