"""Training on a GPU: the CPU's losses within rounding, weights that leave it, a resume that goes on where it stood."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backend.errors import BadSettings, Cancelled
from backend.science.encoders.convnext import build_encoder
from backend.science.encoders.depthwise import DepthwiseConv
from backend.science.training import finetune as finetune_module
from backend.science.training import pretrain as pretrain_module
from backend.science.training.augmentation import augmented, with_other_intensities
from backend.science.training.finetune import FinetuneSettings, LabelledCases, Split, Target, finetune
from backend.science.training.pretrain import PretrainSettings, pretrain
from backend.science.training.run import EpochRecord, TrainingCallbacks
from tests.science.planted_cases import planted_cases
from tests.science.prostate_targets import PROSTATE_TARGETS

CASES, TARGETS = planted_cases(12)
TARGETS["grade"] = TARGETS["pirads"]
TARGETS["life"] = [(5.0 - label, index % 3 < 2) for index, label in enumerate(TARGETS["pirads"])]
LEARNT = PROSTATE_TARGETS | {
    "grade": Target("grade", "ordinal", classes=("1", "2", "3", "4")),
    "life": Target("life", "survival"),
}
SPLIT = Split(np.arange(8), np.array([8, 9]), np.array([10, 11]))
PRE = PretrainSettings(
    arch="convnextv2-atto",
    epochs=3,
    warmup_epochs=1,
    batch=4,
    lr=1e-3,
    patch=8,
    decoder_width=32,
    precision="float32",
    picture_every=1,
    checkpoint_every=1,
)
FT = FinetuneSettings(
    arch="convnextv2-atto",
    epochs=3,
    batch=4,
    segmenter_width=8,
    precision="float32",
    augment=True,
    keep="best",
    settle_norms=True,
)
CLOSE = 0.02


def pretrained(path: Path, resume: Path | None = None, settings: PretrainSettings = PRE, **watched: Any) -> Any:
    return pretrain(CASES, settings, 0, resume, path, TrainingCallbacks(**watched))


def finetuned(
    task: str, path: Path, resume: Path | None = None, settings: FinetuneSettings = FT, **watched: Any
) -> Any:
    torch.manual_seed(0)
    start = build_encoder("convnextv2-atto").state_dict()
    cases = LabelledCases(CASES, TARGETS[task], SPLIT)
    return finetune(start, cases, LEARNT[task], settings, 0, resume, path, TrainingCallbacks(**watched))


def close(found: EpochRecord, expected: EpochRecord, within: float = CLOSE) -> bool:
    return found["train_loss"] == pytest.approx(expected["train_loss"], rel=within)


def on_cpu(monkeypatch: pytest.MonkeyPatch, run: Callable[[], Any]) -> Any:
    with monkeypatch.context() as patch:
        for module in (pretrain_module, finetune_module):
            patch.setattr(module, "default_device", lambda: torch.device("cpu"))
        return run()


def test_pretraining_follows_the_cpu_and_everything_it_hands_out_is_on_the_cpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[int, dict[str, torch.Tensor]] = {}
    pictures: dict[int, np.ndarray] = {}
    found = pretrained(tmp_path / "gpu", keep=kept.__setitem__, picture=pictures.__setitem__)
    expected = on_cpu(monkeypatch, lambda: pretrained(tmp_path / "cpu"))
    assert close(found.history[0], expected.history[0], 1e-3)
    assert close(found.history[-1], expected.history[-1])
    weights = [*found.encoder_state.values(), *(value for state in kept.values() for value in state.values())]
    assert {value.device.type for value in weights} == {"cpu"}
    assert {picture.shape for picture in pictures.values()} == {(3, 3, 32, 32)}
    assert sorted(pictures) == sorted(kept) == [1, 2, 3]


@pytest.mark.parametrize("task", LEARNT)
def test_fine_tuning_follows_the_cpu(task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = finetuned(task, tmp_path / "gpu")
    expected = on_cpu(monkeypatch, lambda: finetuned(task, tmp_path / "cpu"))
    assert close(found.history[0], expected.history[0], 0.01)
    assert set(found.history[0]) == set(expected.history[0])
    assert set(found.scores) == {"val", "test"}
    assert {value.device.type for value in found.model_state.values()} == {"cpu"}


@pytest.mark.parametrize("adapt", ["frozen", "lora"])
def test_every_way_to_adapt_trains(adapt: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"adapt": adapt, "lora_rank": 2, "checkpoint_activations": True, "precision": "auto"}
    settings = dataclasses.replace(FT, **options, augment_intensity=True, balanced=True, clip_norm=1.0)
    result = finetuned("pirads", tmp_path / "run", settings=settings)
    assert all(np.isfinite(record["train_loss"]) for record in result.history)


def test_bf16_is_what_auto_means_and_stays_near_float32(tmp_path: Path) -> None:
    plain = dataclasses.replace(PRE, precision="float32"), dataclasses.replace(PRE, precision="auto")
    exact, rounded = (pretrained(tmp_path / str(n), settings=s) for n, s in enumerate(plain))
    assert rounded.history != exact.history
    assert close(rounded.history[0], exact.history[0])


@pytest.mark.parametrize("what", ["pretrain", "pirads", "lesion_seg"])
def test_a_run_stopped_inside_an_epoch_and_resumed_reaches_the_same_loss(what: str, tmp_path: Path) -> None:
    def run(path: Path, **given: Any) -> Any:
        return pretrained(path, **given) if what == "pretrain" else finetuned(what, path, **given)

    whole = run(tmp_path / "whole")
    steps = 3 if what == "pretrain" else 2  # an epoch
    asked = iter([False] * (steps + 1) + [True])
    with pytest.raises(Cancelled, match="after 1 whole epochs"):
        run(tmp_path / "cut", should_stop=lambda: next(asked))
    resumed = run(tmp_path / "cut", resume=tmp_path / "cut")
    assert resumed.history[0]["lr"] == whole.history[0]["lr"]
    assert all(close(ours, theirs) for ours, theirs in zip(resumed.history, whole.history, strict=True))


def test_a_run_begun_on_the_gpu_goes_on_on_the_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pretrained(tmp_path / "whole")
    asked = iter([False] * 4 + [True])
    with pytest.raises(Cancelled):
        pretrained(tmp_path / "cut", should_stop=lambda: next(asked))
    resumed = on_cpu(monkeypatch, lambda: pretrained(tmp_path / "cut", resume=tmp_path / "cut"))
    assert all(close(ours, theirs) for ours, theirs in zip(resumed.history, whole.history, strict=True))


def test_want_of_memory_is_one_sentence(tmp_path: Path, room: Callable[[int], None]) -> None:
    room(2**25)
    with pytest.raises(BadSettings, match="The GPU has too little memory to train on 4 of these inputs at once"):
        finetuned("lesion_seg", tmp_path / "run", settings=dataclasses.replace(FT, segmenter_width=256))


def test_augmentation_is_the_cpus_and_its_noise_comes_from_the_checkpoints_generator() -> None:
    x, mask = torch.randn(2, 3, 16, 32, 32), (torch.rand(2, 1, 16, 32, 32) > 0.7).float()
    expected, moved = augmented(x, mask, True, torch.Generator().manual_seed(3))
    found, moved_there = augmented(x.cuda(), mask.cuda(), True, torch.Generator().manual_seed(3))
    torch.testing.assert_close(found.cpu(), expected, atol=1e-4, rtol=1e-4)
    assert moved is not None
    assert moved_there is not None
    assert float((moved != moved_there.cpu()).float().mean()) < 0.01
    first, second = (with_other_intensities(x.cuda(), torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, with_other_intensities(x.cuda(), torch.Generator().manual_seed(6)))


def test_our_depthwise_convolution_and_its_gradients_are_torchs() -> None:
    torch.manual_seed(0)
    conv = DepthwiseConv(3).double().cuda()
    x = torch.randn(2, 3, 5, 9, 8, dtype=torch.float64, device="cuda", requires_grad=True)
    inputs = [x, conv.weight, conv.bias]
    plain = torch.nn.functional.conv3d(*inputs, padding=3, groups=3)
    with torch.no_grad():
        torch.testing.assert_close(conv(x), plain, atol=1e-10, rtol=1e-10)
    ours = torch.autograd.grad(conv(x).square().sum(), inputs)
    for mine, torchs in zip(ours, torch.autograd.grad(plain.square().sum(), inputs), strict=True):
        torch.testing.assert_close(mine, torchs, atol=1e-8, rtol=1e-8)


def test_under_autocast_the_depthwise_convolution_gives_its_type() -> None:
    conv, x = DepthwiseConv(4).cuda(), torch.randn(1, 4, 6, 6, 6, device="cuda")
    with torch.autocast("cuda", dtype=torch.bfloat16):
        trained = conv(x)
        with torch.no_grad():
            inferred = conv(x)
    assert trained.dtype == inferred.dtype == torch.bfloat16
    assert torch.equal(trained, inferred)
    assert conv(x).dtype == torch.float32
