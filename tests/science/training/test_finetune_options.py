"""Every option of a fine-tuning changes what it says, and nothing it does not say."""

import dataclasses
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from backend.errors import BadSettings, Diverged
from backend.science.encoders.adapters import adapt_encoder, merged_state
from backend.science.encoders.convnext import ConvNeXt, build_encoder
from backend.science.encoders.plugins import wrap_plugin
from backend.science.training.finetune import FinetuneResult, FinetuneSettings, LabelledCases, Split, finetune
from backend.science.training.run import TrainingCallbacks, TrainingRun
from tests.science.planted_cases import planted_cases
from tests.science.prostate_targets import prostate_target

CASES, TARGETS = planted_cases(8)
SPLIT = Split(np.arange(4), np.array([4, 5]), np.array([6, 7]))
PATIENTS = [f"p{index}" for index in range(8)]
SETTINGS = FinetuneSettings(arch="convnextv2-atto", epochs=1, batch=4, segmenter_width=8)


@pytest.fixture(scope="module")
def start() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return build_encoder("convnextv2-atto").state_dict()


class Run:
    """Fine-tunings from one start, each in a file of its own."""

    def __init__(self, start: dict[str, torch.Tensor], folder: Path) -> None:
        self.start, self.folder, self.count = start, folder, 0
        self.kept: dict[int, dict[str, torch.Tensor]] = {}

    def __call__(self, task: str = "pirads", resume: Path | None = None, **options: Any) -> FinetuneResult:
        self.count += 1
        self.path = resume or self.folder / str(self.count)
        cases = LabelledCases(CASES, TARGETS[task], SPLIT, PATIENTS, (3.0, 1.0, 1.0))
        settings = dataclasses.replace(SETTINGS, **options)
        return finetune(
            self.start,
            cases,
            prostate_target(task),
            settings,
            0,
            resume,
            self.path,
            TrainingCallbacks(keep=self.kept.__setitem__),
        )


@pytest.fixture
def run(start: dict[str, torch.Tensor], tmp_path: Path) -> Run:
    return Run(start, tmp_path)


@pytest.fixture(scope="module")
def plain(start: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> dict[str, FinetuneResult]:
    """One epoch of every task without any option."""
    made = Run(start, tmp_path_factory.mktemp("plain"))
    return {task: made(task) for task in TARGETS}


class Made(Sequence[np.ndarray]):
    """The cases, each made anew when it is asked for; `most` is how many were held at once."""

    def __init__(self) -> None:
        self.held = self.most = 0

    def __len__(self) -> int:
        return len(CASES)

    def __getitem__(self, row: Any) -> np.ndarray:
        case = CASES[row].copy()
        weakref.finalize(case, self.let_go)
        self.held += 1
        self.most = max(self.most, self.held)
        return case

    def let_go(self) -> None:
        self.held -= 1


@pytest.mark.parametrize("task", ["pirads", "volume"])
def test_a_cohort_is_read_case_by_case_and_the_training_is_the_same(
    run: Run, task: str, tmp_path: Path, start: dict[str, torch.Tensor]
) -> None:
    options = {"batch": 1, "augment": True, "settle_norms": True}
    whole, made = run(task, **options), Made()
    cases = LabelledCases(made, TARGETS[task], SPLIT, PATIENTS, (3.0, 1.0, 1.0))
    settings = dataclasses.replace(SETTINGS, **options)
    single = finetune(start, cases, prostate_target(task), settings, 0, None, tmp_path / "made", TrainingCallbacks())
    assert made.most <= 4  # the one in use, the one read ahead, the one being read, one not yet let go
    assert (single.history, single.scores) == (whole.history, whole.scores)
    assert apart(single, whole) == 0.0


def apart(a: FinetuneResult, b: FinetuneResult) -> float:
    return max(float((a.model_state[key] - b.model_state[key]).abs().max()) for key in a.model_state)


def test_accumulated_batches_make_the_step_of_one_large_batch(run: Run, plain: dict[str, FinetuneResult]) -> None:
    whole, parts = plain["lesion_seg"], run("lesion_seg", batch=1, accumulate=4)
    small = run("lesion_seg", batch=1)
    assert parts.history[0]["train_loss"] == pytest.approx(whole.history[0]["train_loss"], rel=1e-5)
    assert apart(parts, whole) < 2e-4 < 5e-4 < apart(small, whole)


def test_activations_computed_twice_give_the_same_weights(run: Run, plain: dict[str, FinetuneResult]) -> None:
    saving = run(checkpoint_activations=True)
    assert plain["pirads"].history == saving.history
    assert apart(plain["pirads"], saving) == 0.0


def test_a_frozen_encoder_keeps_every_weight_while_its_head_learns(run: Run) -> None:
    result = run(adapt="frozen", epochs=2)
    assert all(torch.equal(value, run.start[key]) for key, value in result.encoder_state.items())
    assert (result.history[1]["train_loss"] or 9.0) < (result.history[0]["train_loss"] or 0.0)


@pytest.mark.parametrize("task", ["pirads", "volume"])
def test_a_frozen_encoder_is_asked_once_for_each_case_and_the_training_is_the_same(
    run: Run, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    forward_stages = ConvNeXt.forward_stages

    def counted(self: ConvNeXt, x: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        asked.append(len(x))
        return forward_stages(self, x)

    monkeypatch.setattr(ConvNeXt, "forward_stages", counted)
    options = {"adapt": "frozen", "epochs": 3, "settle_norms": True}
    once = run(task, **options)
    assert sum(asked) == len(CASES)
    monkeypatch.setattr("backend.science.training.finetune.head_inputs", lambda _model, inputs, _settings: inputs)
    again = run(task, **options)
    assert sum(asked) > 3 * len(CASES)
    for first, second in zip(once.history, again.history, strict=True):
        assert first == pytest.approx(second, rel=1e-4, abs=1e-5)
    assert once.scores["test"] == pytest.approx(again.scores["test"], rel=1e-4, abs=1e-5)


def test_lora_changes_linear_layers_by_its_rank_and_comes_out_as_a_plain_encoder(run: Run) -> None:
    result = run(adapt="lora", lora_rank=3, epochs=2)
    assert set(result.encoder_state) == set(run.start)
    changed = {key for key, value in result.encoder_state.items() if not torch.equal(value, run.start[key])}
    linear = {key for key in run.start if "pwconv" in key and key.endswith("weight")}
    assert changed == linear
    for key in sorted(linear)[:4]:
        assert torch.linalg.matrix_rank(result.encoder_state[key] - run.start[key], rtol=1e-4) <= 3


def test_merged_lora_weights_answer_as_the_adapted_encoder_does(start: dict[str, torch.Tensor]) -> None:
    torch.manual_seed(1)
    encoder = build_encoder("convnextv2-atto")
    adapt_encoder(encoder, "lora", 4)
    for name, parameter in encoder.named_parameters():
        if name.endswith(".b"):
            nn.init.normal_(parameter, std=0.02)
    trained = [name for name, parameter in encoder.named_parameters() if parameter.requires_grad]
    assert trained
    assert all(".parametrizations.weight.0." in name for name in trained)
    plain, x = build_encoder("convnextv2-atto"), torch.from_numpy(CASES[0])[None]
    plain.load_state_dict(merged_state(encoder))
    with torch.no_grad():
        torch.testing.assert_close(plain.eval()(x), encoder.eval()(x), atol=1e-5, rtol=1e-5)
    with pytest.raises(BadSettings, match="LoRA rank of 256"):
        adapt_encoder(build_encoder("convnextv2-atto"), "lora", 256)


class Normed(nn.Module):
    """Somebody's network whose convolutions are weight-normed; its last layer is plain."""

    embed_dim = 6

    def __init__(self) -> None:
        super().__init__()
        made = (nn.Conv3d(a, 4, 3, stride=2, padding=1) for a in (3, 4, 4, 4))
        self.stages = nn.Sequential(*(parametrizations.weight_norm(layer) for layer in made))
        self.last = nn.Linear(4, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.stages(x).mean(dim=(2, 3, 4)))


@pytest.mark.parametrize("adapt", ["full", "lora"])
def test_weights_computed_by_the_encoder_itself_come_out_as_they_went_in(adapt: Any) -> None:
    encoder, plain, x = (
        wrap_plugin("normed", Normed, 3),
        wrap_plugin("normed", Normed, 3),
        torch.from_numpy(CASES[0])[None],
    )
    adapt_encoder(encoder, adapt, 2)
    with torch.no_grad():
        for parameter in encoder.parameters():
            if parameter.requires_grad:
                parameter += 0.1
    plain.load_state_dict(merged_state(encoder))
    with torch.no_grad():
        torch.testing.assert_close(plain.eval()(x), encoder.eval()(x), atol=1e-5, rtol=1e-5)


def test_kept_checkpoints_are_the_encoders_of_their_epochs(run: Run, plain: dict[str, FinetuneResult]) -> None:
    longer = run(epochs=2, checkpoint_every=1)
    assert list(run.kept) == [1, 2]
    assert all(torch.equal(value, plain["pirads"].encoder_state[key]) for key, value in run.kept[1].items())
    assert all(torch.equal(value, longer.encoder_state[key]) for key, value in run.kept[2].items())


def test_patience_ends_a_run_that_no_longer_improves_and_resuming_it_adds_nothing(run: Run) -> None:
    result = run(epochs=40, lr=5e-3, patience=1, keep="best")
    losses = [record["val_loss"] for record in result.history]
    assert result.stopped_early
    assert len(losses) < 40
    assert losses[-1] >= min(losses[:-1])
    again = run(epochs=40, lr=5e-3, patience=1, keep="best", resume=run.path)
    assert again.history == result.history
    assert again.kept_epoch == result.kept_epoch == losses.index(min(losses)) + 1


def test_bf16_is_near_float32_but_not_it(run: Run, plain: dict[str, FinetuneResult]) -> None:
    full, half = run(precision="float32"), run(precision="bf16")
    assert plain["pirads"].history == full.history, "auto on a CPU"
    assert half.history[0]["train_loss"] == pytest.approx(full.history[0]["train_loss"], rel=0.02)
    assert half.history != full.history


def test_settled_norms_are_those_of_the_training_cases_under_the_final_weights(
    run: Run, plain: dict[str, FinetuneResult]
) -> None:
    settled, running = run("volume", settle_norms=True), plain["volume"]
    encoder = build_encoder("convnextv2-atto").eval()
    encoder.load_state_dict(settled.encoder_state)
    seen = torch.stack([torch.from_numpy(case) for case in CASES[:4]])
    seen[:, 1:] = 0.0
    with torch.no_grad():
        embedded = encoder(seen)
    torch.testing.assert_close(settled.model_state["head.0.running_mean"], embedded.mean(dim=0), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(settled.model_state["head.0.running_var"], embedded.var(dim=0), atol=1e-6, rtol=1e-3)
    assert not torch.allclose(running.model_state["head.0.running_mean"], embedded.mean(dim=0), atol=1e-3)
    assert settled.history[0]["train_loss"] == running.history[0]["train_loss"]


@pytest.mark.parametrize(
    ("task", "option"),
    [
        ("pirads", {"augment": True}),
        ("pirads", {"augment_intensity": True}),
        ("pirads", {"layer_decay": 0.3}),
        ("pirads", {"clip_norm": 0.01}),
        ("pirads", {"warmup_epochs": 2}),
        ("lesion_seg", {"dice_cross_entropy": True}),
    ],
)
def test_the_option_reaches_the_weights(
    run: Run, plain: dict[str, FinetuneResult], task: str, option: dict[str, Any]
) -> None:
    assert apart(plain[task], run(task, **option)) > 0.0


def test_decay_on_the_head_can_be_switched_off_alone(run: Run) -> None:
    with_head, without = run(weight_decay=5.0), run(weight_decay=5.0, decay_head=False)
    head = "head.3.weight"
    assert float(without.model_state[head].norm()) > float(with_head.model_state[head].norm())
    stem = "encoder.downsample_layers.0.0.weight"
    assert torch.equal(with_head.model_state[stem], without.model_state[stem])


def test_a_long_gradient_is_shortened_and_a_short_one_is_not() -> None:
    def stepped(clip: float) -> float:
        layer = nn.Linear(2, 1, bias=False)
        nn.init.ones_(layer.weight)
        optimiser = torch.optim.SGD(layer.parameters(), lr=1.0)
        scheduler = torch.optim.lr_scheduler.ConstantLR(optimiser)
        state = TrainingRun(layer, optimiser, scheduler, torch.Generator(), "")
        for group in optimiser.param_groups:
            group["lr"] = 1.0
        state.start_step()
        assert state.add(layer(torch.tensor([[3.0, 4.0]])).sum(), 0.5) == 7.0
        state.finish_step(clip)
        return float((layer.weight.detach() - 1.0).norm())

    assert stepped(0.0) == pytest.approx(2.5)  # half of (3, 4)
    assert stepped(1.0) == pytest.approx(1.0, rel=1e-5)
    assert stepped(9.0) == pytest.approx(2.5)


def test_a_loss_that_is_not_finite_stops_with_a_sentence_and_leaves_the_last_epoch(run: Run) -> None:
    with pytest.raises(Diverged, match=r"Training stopped in epoch \d: .* Lower the learning rate \(it is 1e\+30\)"):
        run(lr=1e30, epochs=3)
    assert [path.name for path in run.folder.iterdir()] in ([], ["1"]), "no half-written file"


def test_every_epoch_has_validation_scores_and_the_end_has_intervals(plain: dict[str, FinetuneResult]) -> None:
    pirads, lesion, volume = plain["pirads"], plain["lesion_seg"], plain["volume"]
    assert set(pirads.history[0]) == {"epoch", "train_loss", "lr", "val_loss", "val_auc", "val_kappa"}
    assert set(lesion.history[0]) == {"epoch", "train_loss", "lr", "val_loss", "val_dice"}
    assert set(volume.history[0]) == {"epoch", "train_loss", "lr", "val_loss", "val_r2", "val_mae"}
    assert volume.intervals["mae"] is not None
    low, high = volume.intervals["mae"]
    assert low <= (volume.scores["test"]["mae"] or 0.0) <= high
    assert pirads.confusion is not None
    assert np.sum(pirads.confusion) == 2
    assert lesion.confusion is None


def test_a_patient_on_two_sides_is_refused(start: dict[str, torch.Tensor], tmp_path: Path) -> None:
    cases = LabelledCases(CASES, TARGETS["pirads"], SPLIT, ["p0", *PATIENTS[1:6], "p0", "p7"])
    with pytest.raises(BadSettings, match="Patient 'p0' is in both train and test"):
        finetune(start, cases, prostate_target("pirads"), SETTINGS, 0, None, tmp_path / "run", TrainingCallbacks())


@torch.no_grad()
def test_zeroed_dwi_and_adc_leave_a_one_channel_encoder(start: dict[str, torch.Tensor]) -> None:
    """What the volume task does with a three-channel encoder is to use its T2 kernels alone."""
    three, one = build_encoder("convnextv2-atto"), build_encoder("convnextv2-atto", channels=1)
    three.load_state_dict(start)
    stem = "downsample_layers.0.0.weight"
    one.load_state_dict(start | {stem: start[stem][:, :1]})
    x = torch.from_numpy(CASES[1])[None].clone()
    x[:, 1:] = 0.0
    torch.testing.assert_close(three.eval()(x), one.eval()(x[:, :1]), atol=1e-5, rtol=1e-5)
