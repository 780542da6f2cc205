"""Containers and prefixes that training loops write: read, said, or refused by name."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backend.errors import BadCheckpoint
from backend.science.encoders.checkpoint import read_checkpoint
from backend.science.encoders.readers.choice import Choice
from backend.science.encoders.readers.contents import Container
from backend.science.encoders.readers.fit import MOST_PREFIXES, fits
from tests.science.encoders.readers.small_model import read, same, state, under

LIGHTNING = {"epoch": 3, "pytorch-lightning_version": "2.4.0", "hyper_parameters": {"lr": 1e-3}, "optimizer_states": []}

READ: dict[str, tuple[Any, str, str]] = {
    "bare": (state(), "", ""),
    "model": ({"model": state(), "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}}}, "model", ""),
    "encoder": ({"model": under("encoder.")}, "model", "encoder."),
    "dataparallel": ({"model": under("module.")}, "model", "module."),
    "ddp": (under("module.encoder."), "", "module.encoder."),
    "compiled": ({"model": under("_orig_mod.")}, "model", ""),
    "compiled inside": ({"model": {"stages._orig_mod.0.pw.weight": state()["stages.0.pw.weight"]} | {
        name: value for name, value in state().items() if name != "stages.0.pw.weight"}}, "model", ""),
    "fsdp": ({"model": under("_fsdp_wrapped_module._checkpoint_wrapped_module.")}, "model", ""),
    "lightning": ({"state_dict": under("model.encoder.") | {"loss.weight": torch.ones(2)}} | LIGHTNING, "state_dict",
                  "model.encoder."),
    "model_state_dict": ({"model_state_dict": state()}, "model_state_dict", ""),
    "nnunet": ({"network_weights": state(), "trainer_name": "x"}, "network_weights", ""),
    "deepspeed": ({"module": state(), "ds_version": "0.15"}, "module", ""),
    "dino": ({"teacher": under("backbone."), "student": under("backbone.", 1)}, "teacher", "backbone."),
    "unknown container": ({"net": state()}, "net", ""),
    "unknown prefix": ({"model": under("image_tower.trunk.")}, "model", "image_tower.trunk."),
    "two deep": ({"checkpoint": {"weights": state()}}, "checkpoint.weights", ""),
    "averaged model": ({"model": under("module.") | {"n_averaged": torch.tensor(3)}}, "model", "module."),
    "with a head": ({"model": under("") | {"head.weight": torch.ones(9, 8), "fc.bias": torch.ones(2)}}, "model", ""),
    "numpy beside": ({"model": state(), "best": np.float64(0.7), "n": np.int64(3), "h": np.zeros((2, 3))}, "model", ""),
    "numpy weights": ({"model": {name: value.numpy() for name, value in state().items()}}, "model", ""),
    "settings with a path": ({"model": state(), "args": argparse.Namespace(data=Path("/x"), lr=1e-3)}, "model", ""),
    "only an average": ({"model_ema": state()}, "model_ema", ""),
    "optax-like average": ({"ema": {"decay": 0.999, "shadow": state()}}, "ema.shadow", ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_it_is_read_and_said(tmp_path: Path, kind: str, zipped: bool) -> None:
    content, key, prefix = READ[kind]
    torch.save(content, tmp_path / "a.pt", _use_new_zipfile_serialization=zipped)
    found = read(tmp_path / "a.pt")
    assert same(found)
    assert (found.fit.container.key, found.fit.prefix) == (key, prefix)
    assert found.read[0].startswith(f"a.pt: weights of {found.fit.container.words}")
    assert (f'prefix "{prefix}" taken off' in found.read[0]) == bool(prefix)


def test_numbers_of_half_precision_are_taken_and_quantised_ones_are_not(tmp_path: Path) -> None:
    torch.save({name: value.to(torch.bfloat16) for name, value in state().items()}, tmp_path / "bf16.pt")
    assert torch.equal(read(tmp_path / "bf16.pt").fit.state["norm.weight"], state()["norm.weight"].to(torch.bfloat16))
    torch.save(state() | {"norm.weight": torch.ones(8, dtype=torch.int8)}, tmp_path / "int8.pt")
    with pytest.raises(BadCheckpoint, match=r"1 misshapen \(norm.weight \(8,\) is int8, not plain"):
        read(tmp_path / "int8.pt")
    torch.save(state() | {"norm.weight": torch.ones(8, device="meta")}, tmp_path / "meta.pt")
    with pytest.raises(BadCheckpoint, match=r"norm.weight \(8,\) has a shape and no values"):
        read(tmp_path / "meta.pt")


def test_hostile_shapes_names_and_nesting_cost_nothing(tmp_path: Path) -> None:
    endless = torch.ones(1).expand(10**6, 10**6)
    nested: dict[str, Any] = {f"k{index}": {} for index in range(400)}
    for inner in nested.values():
        inner |= {f"k{index}": nested for index in range(200)}
    dots = {"." * 200_000 + "stem.weight": torch.ones(1)}
    content = {"model": under("encoder.") | {"head.weight": endless}, "nested": nested, "dots": dots}
    torch.save(content, tmp_path / "a.pt")
    assert same(read(tmp_path / "a.pt"))
    with pytest.raises(BadCheckpoint, match=r"fewer numbers than the shapes .* head\.weight \(1000000, 1000000\)"):
        read_checkpoint(tmp_path / "a.pt")
    torch.save({"model": under("encoder.") | {"head.weight": torch.ones(3, device="meta")}}, tmp_path / "b.pt")
    assert read_checkpoint(tmp_path / "b.pt").state["encoder.norm.weight"].shape == (8,)


def test_a_name_a_prefix_costs_few_tries(tmp_path: Path) -> None:
    name = next(iter(state()))
    many = {f"m{number}.{name}": torch.zeros(1) for number in range(1000)}
    assert len(fits(Container("model", many), state())) == MOST_PREFIXES
    torch.save({"model": many | under("net.")}, tmp_path / "many.pt")
    assert same(read(tmp_path / "many.pt"))


def test_an_average_is_never_taken_unasked_and_always_named(tmp_path: Path) -> None:
    torch.save({"model": state(), "model_ema": under("module.", 1)}, tmp_path / "a.pt")
    found = read(tmp_path / "a.pt")
    assert same(found)
    assert '"model_ema", prefix "module." (EMA: --ema)' in found.beside[0]
    averaged = read(tmp_path / "a.pt", Choice(ema=True))
    assert same(averaged, 1)
    assert "which are averaged weights (EMA)" in averaged.read[0]
    torch.save({"state_dict": under("net.") | under("net_ema.", 1)}, tmp_path / "b.pt")
    assert same(read(tmp_path / "b.pt"))
    assert same(read(tmp_path / "b.pt", Choice(ema=True)), 1)
    torch.save({"model": state()}, tmp_path / "none.pt")
    with pytest.raises(BadCheckpoint, match=r"no averaged weights \(EMA\) for --ema; it holds \"model\" \(4 tensors"):
        read(tmp_path / "none.pt", Choice(ema=True))


def test_two_sets_that_fit_alike_are_a_question(tmp_path: Path) -> None:
    torch.save({"net_a": state(), "net_b": state(1)}, tmp_path / "a.pt")
    with pytest.raises(BadCheckpoint, match=r'2 different sets of weights .*\("net_a"; "net_b"\); choose one by --key'):
        read(tmp_path / "a.pt")
    assert same(read(tmp_path / "a.pt", Choice(key="net_b")), 1)
    torch.save({"model": under("student.backbone.") | under("teacher.backbone.", 1)}, tmp_path / "b.pt")
    with pytest.raises(BadCheckpoint, match="2 different sets"):
        read(tmp_path / "b.pt")
    for prefix in ("teacher.backbone.", "teacher.backbone"):
        assert same(read(tmp_path / "b.pt", Choice(prefix=prefix)), 1)
    torch.save({"net_a": state(), "net_b": state()}, tmp_path / "equal.pt")
    assert same(read(tmp_path / "equal.pt"))


def test_what_does_not_fit_is_named_with_containers_and_options(tmp_path: Path) -> None:
    odd = under("backbone.")
    odd["backbone.stages.0.pw.gamma"] = odd.pop("backbone.stages.0.pw.bias")
    odd["backbone.stem.weight"] = torch.ones(4, 1, 2, 2, 2)
    torch.save({"state_dict": odd, "other": {"x": torch.ones(1)}}, tmp_path / "a.pt")
    with pytest.raises(BadCheckpoint) as caught:
        read(tmp_path / "a.pt")
    said = caught.value.sentence
    assert said.startswith(
        "a.pt does not fit the encoder small: 1 missing (stages.0.pw.bias (8,)); 1 unexpected "
        "(stages.0.pw.gamma (8,)); 1 misshapen (stem.weight (4, 1, 2, 2, 2) instead of (4, 3, 2, 2, 2)); "
        "check the architecture."
    )
    assert 'Read were "state_dict", prefix "backbone."' in said
    assert '"state_dict" (4 tensors: backbone.*), "other" (1 tensors: x.*)' in said
    assert "--key, --prefix or --ema" in said
    with pytest.raises(BadCheckpoint, match=r"no weights under 'modle'; it holds \"state_dict\""):
        read(tmp_path / "a.pt", Choice(key="modle"))
    with pytest.raises(BadCheckpoint, match=r"no names that begin with 'neck\.', given by --prefix"):
        read(tmp_path / "a.pt", Choice(prefix="neck."))


@pytest.mark.parametrize("extra", ["stages.1.pw.weight", "pos_embed", "stages.0.pw.lora_A"])
def test_more_of_the_encoder_than_the_architecture_has_is_refused(tmp_path: Path, extra: str) -> None:
    torch.save({"model": under("module.") | {f"module.{extra}": torch.ones(3)}}, tmp_path / "deeper.pt")
    with pytest.raises(BadCheckpoint, match=rf"1 unexpected \({extra} \(3,\)\)"):
        read(tmp_path / "deeper.pt")


def test_a_file_without_weights_says_what_it_holds(tmp_path: Path) -> None:
    torch.save({"optimizer": {"lr": 1.0}, "epoch": 3}, tmp_path / "a.pt")
    with pytest.raises(BadCheckpoint, match='no state dict: it holds "optimizer", "epoch", and no tensors by name'):
        read(tmp_path / "a.pt")
