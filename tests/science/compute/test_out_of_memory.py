"""A training that runs out of memory says what to change, and keeps its whole epochs."""

import dataclasses
from pathlib import Path

import pytest
import torch

from backend.errors import BadSettings
from backend.science.compute.out_of_memory import out_of_memory
from backend.science.embedding.embed import Embedder
from backend.science.embedding.settings import EmbedSettings
from backend.science.encoders.convnext import build_encoder
from backend.science.encoders.masked_autoencoder import MaskedAutoencoder
from backend.science.training.pretrain import PretrainSettings, pretrain
from backend.science.training.run import TrainingCallbacks
from tests.science.planted_cases import planted_cases

SETTINGS = PretrainSettings(arch="convnextv2-atto", epochs=2, batch=2, lr=1e-3, patch=8, decoder_width=16)


def test_want_of_memory_in_the_second_epoch_is_one_sentence_and_the_first_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases, forward, seen = planted_cases(2)[0], MaskedAutoencoder.forward, []

    def short(self: MaskedAutoencoder, x: torch.Tensor, visible: torch.Tensor) -> torch.Tensor:
        seen.append(len(x))
        if len(seen) == 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
        return forward(self, x, visible)

    monkeypatch.setattr(MaskedAutoencoder, "forward", short)
    with pytest.raises(BadSettings, match=r"memory to train on 2 of these.*smaller batch.*the 1 whole epochs are kept"):
        pretrain(cases, SETTINGS, 0, None, tmp_path / "run", TrainingCallbacks())
    resumed = pretrain(cases, SETTINGS, 0, tmp_path / "run", tmp_path / "run", TrainingCallbacks())
    assert len(resumed.history) == 2


def test_a_checkpoint_that_finds_no_memory_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = planted_cases(2)[0]
    settings = dataclasses.replace(SETTINGS, epochs=1)
    pretrain(cases, settings, 0, None, tmp_path / "run", TrainingCallbacks())
    before = (tmp_path / "run").read_bytes()

    def short(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")

    monkeypatch.setattr(torch.optim.AdamW, "load_state_dict", short)
    with pytest.raises(BadSettings, match="memory to train on 2 of these"):
        pretrain(cases, settings, 0, tmp_path / "run", tmp_path / "run", TrainingCallbacks())
    assert (tmp_path / "run").read_bytes() == before
    monkeypatch.setattr(torch.nn.Module, "to", short)
    with pytest.raises(BadSettings, match="memory to train on 2 of these"):
        pretrain(cases, settings, 0, None, tmp_path / "new", TrainingCallbacks())
    with pytest.raises(BadSettings, match="too little memory for this encoder"):
        Embedder(build_encoder("convnextv2-atto"), EmbedSettings())


def test_other_errors_are_not_taken_for_want_of_memory() -> None:
    short = [
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    ]
    other = [RuntimeError("CUDA error: an illegal memory access was encountered"), ValueError("out of memory")]
    assert all(out_of_memory(error) for error in short)
    assert not any(out_of_memory(error) for error in other)
