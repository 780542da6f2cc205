"""Every kind of target trains, is scored, resumes to the bit, and takes every option."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backend.errors import BadSettings, BadTable, Cancelled
from backend.science.encoders.checkpoint import load_classifier
from backend.science.encoders.convnext import build_encoder
from backend.science.training.augmentation import drawn_affine
from backend.science.training.finetune import FinetuneResult, FinetuneSettings, LabelledCases, Split, Target, finetune
from backend.science.training.kinds.survival import SurvivalTask
from backend.science.training.run import TrainingCallbacks
from backend.science.training.shuffled_labels import with_shuffled_labels

ARCH = "convnextv2-atto"
SPLIT = Split(np.arange(12), np.array([12, 13, 14]), np.arange(15, 20))
SETTINGS = FinetuneSettings(arch=ARCH, epochs=2, batch=4, segmenter_width=8)
IDH = Target("idh", "class", "IDH status", classes=("wildtype", "mutant"))
GRADE = Target("grade", "ordinal", "tumour grade", classes=("2", "3", "4"))
AGE = Target("age", "number")
LIFE = Target("survival", "survival")
TUMOR = Target("tumor_seg", "mask", "tumour segmentation", region="tumor")
ALL = {one.kind: one for one in (IDH, GRADE, AGE, LIFE, TUMOR)}


def cohort(count: int = 20) -> tuple[list[np.ndarray], dict[str, list[Any]]]:
    """Two-channel cases whose brightness is what every target but the mask says; a bright corner is the mask."""
    rng = np.random.default_rng(0)
    strength = np.linspace(-1.5, 1.5, count)[rng.permutation(count)]
    cases, targets = [], {kind: [] for kind in ALL}
    for index, level in enumerate(strength):
        mask = np.zeros((16, 16, 16), bool)
        if index % 3:
            mask[4:10, 4:12, rng.integers(2, 6) : 12] = True
        noise = rng.standard_normal((2, 16, 16, 16)) * 0.3
        cases.append((noise + level + mask * 2.0).astype(np.float32))
        targets["class"].append(int(level > 0))
        targets["ordinal"].append(int(level > -0.6) + int(level > 0.6))
        targets["number"].append(60.0 + 10 * float(level))
        targets["survival"].append((float(np.exp(2.0 - level)), bool(index % 4)))
        targets["mask"].append(mask)
    return cases, targets


CASES, VALUES = cohort()


@pytest.fixture(scope="module")
def start() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return build_encoder(ARCH, 2).state_dict()


class Trained:
    """Fine-tunings from one start, each in a file of its own."""

    def __init__(self, start: dict[str, torch.Tensor], folder: Path) -> None:
        self.start, self.folder, self.count = start, folder, 0

    def __call__(
        self,
        target: Target,
        values: list[Any] | None = None,
        split: Split = SPLIT,
        resume: Path | None = None,
        should_stop: Callable[[], bool] = bool,
        **options: Any,
    ) -> FinetuneResult:
        self.count += 1
        self.path = resume or self.folder / str(self.count)
        cases = LabelledCases(CASES, VALUES[target.kind] if values is None else values, split)
        settings = dataclasses.replace(SETTINGS, **options)
        callbacks = TrainingCallbacks(should_stop=should_stop)
        return finetune(self.start, cases, target, settings, 0, resume, self.path, callbacks)


@pytest.fixture
def trained(start: dict[str, torch.Tensor], tmp_path: Path) -> Trained:
    return Trained(start, tmp_path)


SCORES = {
    "class": {"accuracy", "balanced_accuracy", "auc"},
    "ordinal": {"accuracy", "balanced_accuracy", "kappa", "mae", "auc"},
    "number": {"r2", "mae"},
    "survival": {"concordance", "events"},
    "mask": {"dice", "dice_pooled", "hausdorff95_mm", "clear_share", "tumor_cases", "tumor_free_cases", "missed_cases"},
}


@pytest.mark.parametrize("kind", ["class", "ordinal", "number", "survival"])
def test_what_brightness_says_is_learnt(trained: Trained, kind: str) -> None:
    result = trained(ALL[kind], epochs=8, lr=2e-3, settle_norms=True)
    losses = [record["train_loss"] for record in result.history]
    assert min(losses) < (0.8 if kind == "survival" else 0.75) * losses[0], losses
    if kind == "survival":  # kept risks that do not move with the encoder let the loss explode
        assert max(losses) < 1.2 * losses[0], losses
    assert set(result.scores["test"]) == set(result.intervals) == SCORES[kind]
    better = {"class": "auc", "ordinal": "auc", "number": "r2", "survival": "concordance"}[kind]
    assert (result.scores["test"][better] or 0.0) > 0.7, result.scores
    assert {f"val_{name}" for name in ("auc", "kappa", "mae", "r2", "concordance")} & set(result.history[0])
    table = result.confusion
    assert (table is None) == (kind in ("number", "survival"))
    if table is not None:
        assert np.array(table).shape == (len(ALL[kind].classes),) * 2
        assert np.sum(table) == len(SPLIT.test)


def test_a_mask_has_scores_of_its_region(trained: Trained) -> None:
    result = trained(TUMOR, dice_cross_entropy=True)
    assert set(result.scores["test"]) == SCORES["mask"]
    assert result.scores["test"]["tumor_cases"] == sum(VALUES["mask"][row].any() for row in SPLIT.test)


@pytest.mark.parametrize("kind", ALL)
def test_an_interrupted_run_resumes_to_the_bit_with_every_option(trained: Trained, kind: str) -> None:
    options = {
        "augment": True,
        "augment_intensity": True,
        "accumulate": 2,
        "adapt": "lora",
        "lora_rank": 2,
        "keep": "best",
        "cosine": True,
        "balanced": kind in ("class", "ordinal", "mask"),
    }
    whole = trained(ALL[kind], **options)
    asked = iter([False] * 2 + [True])  # two steps an epoch: stops before the second one's first step
    with pytest.raises(Cancelled):
        trained(ALL[kind], should_stop=lambda: next(asked), **options)
    resumed = trained(ALL[kind], resume=trained.path, **options)
    assert resumed.history == whole.history
    assert (resumed.scores, resumed.intervals) == (whole.scores, whole.intervals)
    assert all(torch.equal(value, whole.model_state[key]) for key, value in resumed.model_state.items())


@pytest.mark.parametrize("kind", ["class", "ordinal", "number", "survival"])
def test_a_head_alone_learns_on_a_frozen_encoder(trained: Trained, start: dict[str, torch.Tensor], kind: str) -> None:
    result = trained(ALL[kind], adapt="frozen", epochs=1)
    assert all(torch.equal(value, start[key]) for key, value in result.encoder_state.items())


@pytest.mark.parametrize(("kind", "outputs"), [("class", 2), ("ordinal", 2), ("number", 1), ("survival", 1)])
def test_a_stored_model_is_read_with_its_own_head(trained: Trained, kind: str, outputs: int) -> None:
    result = trained(ALL[kind], epochs=1)
    path = trained.folder / "model.pt"
    torch.save({"model": result.model_state}, path)
    model = load_classifier(path, ARCH)
    assert model(torch.from_numpy(CASES[0][None])).shape == (1, outputs)
    assert all(torch.equal(value, result.model_state[key]) for key, value in model.state_dict().items())


def test_pairs_of_a_shuffled_survival_stay_together() -> None:
    cases = LabelledCases(CASES, VALUES["survival"], SPLIT)
    shuffled = with_shuffled_labels(cases, 0)
    assert sorted(shuffled.targets[:12]) == sorted(cases.targets[:12])
    assert list(shuffled.targets) != list(cases.targets)


def test_the_gradient_of_all_batches_is_that_of_the_whole_likelihood(start: dict[str, torch.Tensor]) -> None:
    """With risk sets within a batch it would not be: most pairs are of two batches."""
    task = SurvivalTask(VALUES["survival"], LIFE, SPLIT.train)
    torch.manual_seed(1)
    encoder = build_encoder(ARCH, 2)
    encoder.load_state_dict(start)
    model = task.model(encoder).eval()
    task.start_epoch(model, CASES, 4, "float32")
    weight = model.head[1].weight
    summed = torch.zeros_like(weight)
    for rows in SPLIT.train.reshape(3, 4):
        loss = task.loss(model, torch.from_numpy(np.stack([CASES[row] for row in rows])), task.target(rows))
        summed += torch.autograd.grad(loss, weight)[0] / 3
    whole = task.loss(model, torch.from_numpy(np.stack(CASES[:12])), task.target(SPLIT.train))
    torch.testing.assert_close(summed, torch.autograd.grad(whole, weight)[0], rtol=1e-4, atol=1e-6)
    risks = task.outcome(model, torch.from_numpy(np.stack(CASES[:12])), torch.zeros(12), False)[0]
    assert whole.item() == pytest.approx(task.joint_loss(risks.detach().double().numpy(), SPLIT.train) or 0.0, rel=1e-5)


def test_sides_of_the_body_are_not_mirrored() -> None:
    assert Target("side", "class", classes=("left lung", "right lung")).has_sides
    assert not IDH.has_sides
    kept = drawn_affine(64, 1.0, 0.1, False, torch.Generator().manual_seed(0))
    free = drawn_affine(64, 1.0, 0.1, True, torch.Generator().manual_seed(0))
    assert bool((kept[:, 0, 0] > 0).all())
    assert torch.equal(kept[:, 0, 0], free[:, 0, 0].abs())


def test_only_ordered_classes_have_a_kappa() -> None:
    assert not IDH.ordered
    assert GRADE.ordered
    assert Target("pirads", "class", classes=("1-2", "3", "4", "5")).ordered


@pytest.mark.parametrize(
    ("target", "values", "options", "error", "words"),
    [
        (IDH, [2] * 20, {}, BadTable, r"Targets of IDH status must be the classes 0, 1 \(wildtype, mutant\)"),
        (GRADE, [0.5] * 20, {}, BadTable, "Targets of tumour grade must be the classes 0, 1, 2"),
        (AGE, [60.0] * 20, {}, BadTable, "All training cases have the same age"),
        (LIFE, [(0.0, 1)] * 20, {}, BadTable, "Targets of survival must be a time above 0"),
        (LIFE, [(3.0, False)] * 20, {}, BadTable, "No training case has an event of survival"),
        (LIFE, None, {"balanced": True}, BadSettings, "Balanced sampling needs classes, which survival has not"),
        (
            LIFE,
            [(float(index + 1), index < 12) for index in range(20)],
            {"keep": "best"},
            BadSettings,
            "Keeping the best epoch needs an event of survival among the validation cases",
        ),
    ],
)
def test_what_cannot_be_learnt_is_refused(
    trained: Trained, target: Target, values: list[Any] | None, options: dict[str, Any], error: type, words: str
) -> None:
    with pytest.raises(error, match=words):
        trained(target, values, **options)


def test_validation_patients_without_an_event_have_no_loss(trained: Trained) -> None:
    result = trained(LIFE, [(float(index + 1), index < 12) for index in range(20)])
    assert [record["val_loss"] for record in result.history] == [None, None]
    assert result.scores["test"] == {"concordance": None, "events": 0.0}
