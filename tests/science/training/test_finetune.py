import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backend.errors import BadCheckpoint, BadSettings, BadTable, Cancelled
from backend.science.encoders.convnext import build_encoder
from backend.science.training.finetune import FinetuneResult, FinetuneSettings, LabelledCases, Split, finetune
from backend.science.training.parameter_groups import parameter_groups
from backend.science.training.run import TrainingCallbacks
from tests.science.planted_cases import planted_cases
from tests.science.prostate_targets import prostate_target

CASES, TARGETS = planted_cases(13)
SPLIT = Split(np.arange(9), np.array([9, 10]), np.array([11, 12]))
SETTINGS = FinetuneSettings(arch="convnextv2-atto", epochs=3, batch=4, segmenter_width=8)


@pytest.fixture(scope="module")
def start() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return build_encoder("convnextv2-atto").state_dict()


def run(
    start: dict[str, torch.Tensor],
    task: str,
    path: Path,
    settings: FinetuneSettings = SETTINGS,
    resume: Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    split: Split = SPLIT,
    targets: Any = None,
) -> FinetuneResult:
    targets = TARGETS[task] if targets is None else targets
    cases = LabelledCases(CASES, targets, split)
    return finetune(
        start, cases, prostate_target(task), settings, 0, resume, path, TrainingCallbacks(should_stop=should_stop)
    )


@pytest.mark.parametrize("task", ["pirads", "volume"])
def test_the_loss_goes_down_on_a_planted_problem(start: dict[str, torch.Tensor], task: str, tmp_path: Path) -> None:
    result = run(start, task, tmp_path / "run", dataclasses.replace(SETTINGS, epochs=9))
    losses = [record["train_loss"] for record in result.history]
    assert losses[-1] < 0.6 * losses[0]
    assert set(result.scores) == {"val", "test"}
    assert result.kept_epoch == 9
    encoder = build_encoder(result.arch)
    encoder.load_state_dict(result.encoder_state)
    assert not torch.equal(result.encoder_state["stages.0.0.dwconv.weight"], start["stages.0.0.dwconv.weight"])


def test_dice_learns_where_planted_lesions_are(start: dict[str, torch.Tensor], tmp_path: Path) -> None:
    with_lesion = Split(np.array([1, 2, 3, 5]), np.array([], dtype=np.int64), np.array([6]))
    settings = dataclasses.replace(SETTINGS, epochs=20, lr=3e-3, segmenter_width=16)
    result = run(start, "lesion_seg", tmp_path / "run", settings, split=with_lesion)
    losses = [record["train_loss"] for record in result.history]
    assert losses[-1] < 0.93 * losses[0]
    assert set(result.scores["test"]) >= {"dice", "dice_pooled", "clear_share"}


@pytest.mark.parametrize("task", ["pirads", "lesion_seg"])
def test_a_run_stopped_inside_an_epoch_and_resumed_is_bit_identical(
    start: dict[str, torch.Tensor], task: str, tmp_path: Path
) -> None:
    settings = dataclasses.replace(SETTINGS, augment=True, balanced=True, keep="best", cosine=True, warmup_epochs=1)
    whole = run(start, task, tmp_path / "whole", settings)
    asked = iter([False] * 3 + [True])  # two batches an epoch, the last of five: stops inside the second epoch
    with pytest.raises(Cancelled):
        run(start, task, tmp_path / "cut", settings, should_stop=lambda: next(asked))
    torch.rand(7)
    resumed = run(start, task, tmp_path / "cut", settings, resume=tmp_path / "cut")
    assert resumed.history == whole.history
    assert resumed.scores == whole.scores
    assert resumed.kept_epoch == whole.kept_epoch
    assert all(torch.equal(value, whole.model_state[key]) for key, value in resumed.model_state.items())


def test_the_best_epoch_is_the_one_with_the_lowest_validation_loss(
    start: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    last = run(start, "volume", tmp_path / "last")
    best = run(start, "volume", tmp_path / "best", dataclasses.replace(SETTINGS, keep="best"))
    losses = [record["val_loss"] for record in best.history]
    assert best.kept_epoch == 1 + int(np.argmin(losses))
    assert [r["train_loss"] for r in best.history] == [r["train_loss"] for r in last.history]
    same = torch.equal(best.encoder_state["norm.bias"], last.encoder_state["norm.bias"])
    assert same == (best.kept_epoch == last.kept_epoch)


def test_batches_of_one_case_train(start: dict[str, torch.Tensor], tmp_path: Path) -> None:
    one = Split(np.array([3]), np.array([], dtype=np.int64), np.array([5]))
    settings = dataclasses.replace(SETTINGS, epochs=1, batch=1)
    result = run(start, "pirads", tmp_path / "run", settings, split=one)
    assert np.isfinite(result.history[0]["train_loss"])
    assert set(result.scores) == {"test"}


def test_the_volume_task_does_not_look_at_dwi_and_adc(start: dict[str, torch.Tensor], tmp_path: Path) -> None:
    settings = dataclasses.replace(SETTINGS, epochs=1)
    first = run(start, "volume", tmp_path / "a", settings)
    changed = [np.concatenate([case[:1], case[1:] + 3.0]) for case in CASES]
    cases = LabelledCases(changed, TARGETS["volume"], SPLIT)
    second = finetune(start, cases, prostate_target("volume"), settings, 0, None, tmp_path / "b", TrainingCallbacks())
    assert first.history == second.history


def test_groups_learn_slower_the_earlier_their_stage_and_cover_every_weight() -> None:
    from backend.science.encoders.heads import HeadedEncoder, number_head

    model = HeadedEncoder(build_encoder("convnextv2-atto"), number_head(320))
    groups = parameter_groups(model, dataclasses.replace(SETTINGS, layer_decay=0.5, decay_head=False))
    assert [group["lr"] for group in groups] == pytest.approx([1e-3 / 16, 1e-3 / 8, 1e-3 / 4, 1e-3 / 2, 1e-3])
    assert [group["weight_decay"] for group in groups] == [0.01] * 4 + [0.0]
    assert sum(p.numel() for group in groups for p in group["params"]) == sum(p.numel() for p in model.parameters())


def test_impossible_requests_are_refused_in_a_sentence(start: dict[str, torch.Tensor], tmp_path: Path) -> None:
    none = np.array([], dtype=np.int64)
    refused: list[tuple[type[Exception], str, dict[str, Any]]] = [
        (BadSettings, "twice", {"split": Split(np.arange(9), np.array([8]), none)}),
        (BadSettings, "does not exist", {"split": Split(np.arange(14), none, none)}),
        (BadSettings, "no training case", {"split": Split(none, none, np.arange(3))}),
        (BadSettings, "2 targets", {"targets": [0, 1]}),
        (BadTable, "classes 0, 1, 2, 3", {"targets": [5] * 13}),
        (
            BadSettings,
            "needs validation",
            {"settings": dataclasses.replace(SETTINGS, keep="best"), "split": Split(np.arange(9), none, none)},
        ),
        (BadCheckpoint, "does not fit", {"settings": dataclasses.replace(SETTINGS, arch="convnextv2-femto")}),
    ]
    for error, words, change in refused:
        with pytest.raises(error, match=words):
            run(start, "pirads", tmp_path / "run", **change)
    with pytest.raises(BadSettings, match="Balanced sampling"):
        run(start, "volume", tmp_path / "run", dataclasses.replace(SETTINGS, balanced=True))
    with pytest.raises(BadTable, match="lesion mask of case 0"):
        run(start, "lesion_seg", tmp_path / "run", targets=[np.zeros((4, 4, 4))] * 13)
    assert not list(tmp_path.iterdir())
