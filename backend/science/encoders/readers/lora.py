"""PEFT adapter folders: low-rank changes (LoRA, arXiv 2106.09685) added into the weights of their base encoder."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from backend.errors import BadCheckpoint
from backend.science.encoders.readers.choose import check_all_values
from backend.science.encoders.readers.contents import read_contents
from backend.science.encoders.readers.fit import BESIDE_WORDS, is_plain, misfit_of
from backend.science.encoders.readers.sources import Source, read_json

PARTS = {".lora_A.weight": "A", ".lora_B.weight": "B", ".lora_A.default.weight": "A", ".lora_B.default.weight": "B"}
OUTER = "base_model.model."
UNKNOWN = ("use_dora", "lora_bias", "use_qalora", "alora_invocation_tokens", "layer_replication")
"""Settings that change what an adapter means; with one of them set it is refused."""
STARTS = (True, False, None, "gaussian", "eva", "orthogonal")
"""Initialisations that leave the base's weights as they are. Others (PiSSA, OLoRA, LoftQ) change them."""


@dataclass(frozen=True)
class Adapter:
    """`pairs`: a layer's A and B; `whole`: tensors that replace others; `settings`: what the folder says."""

    name: str
    pairs: dict[str, tuple[Tensor, Tensor]]
    whole: dict[str, Tensor]
    settings: dict[str, Any]


def read_adapter(source: Source) -> Adapter:
    """Read an adapter folder. Raises BadCheckpoint for another method than plain LoRA."""
    name, settings = source.name, read_json(source.main)
    kind = settings.get("peft_type")
    if kind != "LORA":
        raise BadCheckpoint(f"The adapter {name} is of the type {str(kind)[:40]}; only LORA can be added to its base.")
    found = [key for key in UNKNOWN if settings.get(key)]
    start = settings.get("init_lora_weights")
    if found or start not in STARTS:
        what = found[0] if found else f"init_lora_weights = {str(start)[:40]}"
        raise BadCheckpoint(
            f"The adapter {name} uses {what}, which plain B A does not hold; merge it where it was made."
        )
    halves: dict[str, dict[str, Tensor]] = {}
    whole: dict[str, Tensor] = {}
    for key, value in read_contents(Source("file", source.files[1:])).containers[0].state.items():
        inner = key.removeprefix(OUTER)
        part = next((end for end in PARTS if inner.endswith(end)), None)
        if part:
            halves.setdefault(inner.removesuffix(part), {})[PARTS[part]] = value
        elif "lora_" in inner:
            raise BadCheckpoint(
                f"The adapter {name} holds {key[:80]}, which is no plain LoRA; merge it where it was made."
            )
        else:
            whole[inner] = value
    single = [layer for layer, both in halves.items() if len(both) != 2]
    if single or not halves:
        what = f"half of a pair for {single[0][:80]}" if single else "no LoRA parts"
        raise BadCheckpoint(f"The adapter {name} holds {what}; copy it again.")
    return Adapter(name, {layer: (both["A"], both["B"]) for layer, both in halves.items()}, whole, settings)


def merged(adapter: Adapter, base: Mapping[str, Tensor], target: str) -> tuple[dict[str, Tensor], str]:
    """The base's weights W + scale B A, float32, and the sentence that says so. Raises BadCheckpoint for misfits."""
    prefix = prefix_of(adapter, base, target)
    state = {key: value.clone() for key, value in base.items()}
    for layer, (down, up) in adapter.pairs.items():
        key = f"{layer.removeprefix(prefix)}.weight"
        weight, transposed = state[key], bool(adapter.settings.get("fan_in_fan_out"))
        check_pair(adapter, layer, weight.T if transposed and weight.ndim == 2 else weight, down, up)
        change = scale_of(adapter, layer, down) * (up.double().flatten(1) @ down.double().flatten(1))
        state[key] = (weight.double() + (change.T if transposed else change).reshape(weight.shape)).float()
    replaced = 0
    for name, value in adapter.whole.items():
        inner = name.removeprefix(prefix)
        if name.startswith(prefix) and inner in state and misfit_of(inner, value, state[inner]) is None:
            state[inner] = value.float() if state[inner].is_floating_point() else value
            replaced += 1
        elif inner.partition(".")[0] not in BESIDE_WORDS and name.startswith(prefix):
            raise BadCheckpoint(
                f"The adapter {adapter.name} replaces {name[:80]} {tuple(value.shape)}, which its base does not have; "
                "give the base it was trained on."
            )
    check_all_values(adapter.name, state)
    taken = f', prefix "{prefix}" taken off' if prefix else ""
    return state, (
        f"{adapter.name}: LoRA of {len(adapter.pairs)} layers added to its base (W + alpha / r B A){taken}; "
        f"{replaced} tensors replaced whole."
    )


def check_pair(adapter: Adapter, layer: str, weight: Tensor, down: Tensor, up: Tensor) -> None:
    """Raise BadCheckpoint unless B A is finite and of the size of the layer's weight; before anything is multiplied."""
    rank = down.shape[0] if down.ndim > 1 else 0
    fits = (
        0 < rank <= weight.numel()
        and up.ndim > 1
        and up.shape[0] == weight.shape[0]
        and up.numel() == up.shape[0] * rank
        and down.numel() * weight.shape[0] == weight.numel() * rank
    )
    if not fits or not all(is_plain(part) and bool(part.isfinite().all()) for part in (down, up)):
        raise BadCheckpoint(
            f"The adapter {adapter.name} changes {layer} by {tuple(up.shape)} x {tuple(down.shape)}, but the layer "
            f"of its base is {tuple(weight.shape)}, or the change is not finite; give the base it was trained on."
        )


def prefix_of(adapter: Adapter, base: Mapping[str, Tensor], target: str) -> str:
    """What stands before the base's names in all layers of the adapter. Raises BadCheckpoint where none fits."""
    first = next(iter(adapter.pairs))
    words = first.split(".")
    for cut in range(len(words)):
        prefix = "".join(f"{word}." for word in words[:cut])
        if all(layer.startswith(prefix) and f"{layer.removeprefix(prefix)}.weight" in base for layer in adapter.pairs):
            return prefix
    down, up = adapter.pairs[first]
    raise BadCheckpoint(
        f"The adapter {adapter.name} changes {len(adapter.pairs)} layers, the first {first} by {tuple(up.shape)} x "
        f"{tuple(down.shape)}; {target} does not have all of them under one prefix; give the base it was trained on."
    )


def scale_of(adapter: Adapter, layer: str, down: Tensor) -> float:
    """alpha / r of a layer, alpha / sqrt(r) for rank-stabilised LoRA. Raises BadCheckpoint for unclear settings."""
    rank = named_value(adapter, "rank_pattern", layer, adapter.settings.get("r"))
    alpha = named_value(adapter, "alpha_pattern", layer, adapter.settings.get("lora_alpha"))
    if rank != down.shape[0] or not isinstance(alpha, int | float) or not math.isfinite(alpha):
        raise BadCheckpoint(
            f"The adapter {adapter.name} says r = {str(rank)[:20]} and lora_alpha = {str(alpha)[:20]}, but {layer} has "
            f"rank {down.shape[0]}; its settings and its weights are not of one adapter."
        )
    return float(alpha) / (math.sqrt(rank) if adapter.settings.get("use_rslora") else rank)


def named_value(adapter: Adapter, setting: str, layer: str, usual: Any) -> Any:
    """The value of a layer in a table of exceptions, by the end of its name; else the usual one."""
    table = adapter.settings.get(setting) or {}
    for end, value in table.items() if isinstance(table, dict) else ():
        if layer == end or layer.endswith(f".{end}"):
            return value
        if not end.replace(".", "").replace("_", "").isalnum():
            raise BadCheckpoint(
                f"The adapter {adapter.name} names layers by the pattern {end[:60]!r} in {setting}; merge it where it "
                "was made."
            )
    return usual
