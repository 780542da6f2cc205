"""How well a state dict fits a model, and under which common prefix of its names."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from backend.science.encoders.readers.contents import EMA_WORDS, Container
from backend.science.encoders.readers.published import dense_names

WRAPPERS = ("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")
"""What torch.compile and FSDP write into names, at any place."""
USUAL_WORDS = {"module", "backbone", "encoder", "model", "net", "network", "base_model"}
"""Words that usual prefixes are made of."""
BESIDE_WORDS = {
    *("head", "heads", "fc", "classifier", "cls_head", "seg_head", "decode_head", "aux_head", "auxiliary_head"),
    *("hidden_norm", "decoder", "mask_token", "pred", "predictor", "projection_head", "projector", "prototypes"),
    *("decoder_embed", "decoder_pos_embed", "decoder_blocks", "decoder_norm", "decoder_pred"),
    *("criterion", "loss", "loss_fn", "n_averaged", "queue", "queue_ptr"),
}
"""First words of names that lie beside an encoder in its own file and take no part in the embedding."""
NUMBERS = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
SHOWN = 3
MOST_PREFIXES = 64
"""Prefixes that are tried, those with most of the model's names first: a hostile file could have one a tensor."""
NO_VALUES = "has a shape and no values"
NOT_PLAIN = "not plain floating-point numbers"


@dataclass(frozen=True)
class Fit:
    """A container read under a prefix: the weights under the model's own names, and every misfit."""

    container: Container
    prefix: str
    state: dict[str, Tensor]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[str, ...]
    outside: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every name and shape fits, with nothing of the encoder left over."""
        return not (self.missing or self.unexpected or self.misshapen)

    @property
    def is_ema(self) -> bool:
        """Whether container or prefix says that these are averaged weights."""
        return self.container.is_ema or bool(EMA_WORDS.search(self.prefix.rstrip(".")))

    @property
    def rank(self) -> tuple[int, int]:
        """Its place in the order of trying; two complete fits of the same place are a question for a person."""
        usual = set(self.prefix.split(".")) - {""} <= USUAL_WORDS
        return self.container.rank, 0 if self.prefix == "encoder." else 1 if usual else 2

    @property
    def words(self) -> str:
        """Where the weights lie, in words."""
        return f'{self.container.words}, prefix "{self.prefix}"' if self.prefix else self.container.words

    @property
    def faults(self) -> str:
        """The misfits, counted, the first of each kind named with its shape."""
        found = [("missing", self.missing), ("unexpected", self.unexpected), ("misshapen", self.misshapen)]
        return "; ".join(f"{len(names)} {word} ({listed(names)})" for word, names in found if names)

    @property
    def advice(self) -> str:
        """What to do about the misfits."""
        if not self.missing and not self.unexpected:
            if all(each.endswith(NO_VALUES) for each in self.misshapen):
                return "save the weights again where the model has them, not on the meta device"
            if all(each.endswith(NOT_PLAIN) for each in self.misshapen):
                return "save them as float32 where it was made"
        return "check the architecture"


def fits(container: Container, own: Mapping[str, Tensor], wanted: str = "") -> list[Fit]:
    """The container under every prefix that gives at least one of the model's names, the most complete first.

    `wanted` is the one prefix that a person named, the dot at its end or not.
    """
    state = unwrapped(dense_names(container.state))
    counts: Counter[str] = Counter()
    longest = max(map(len, own))
    for name in state:
        start = 0 if len(name) <= longest else name.find(".", len(name) - longest - 1) + 1 or -1
        while start >= 0:
            if name[start:] in own:
                counts[name[:start]] += 1
            dot = name.find(".", start)
            start = dot + 1 if dot >= 0 else -1
    if wanted:
        asked = without_marks(wanted.rstrip(".") + ".")
        counts = Counter({asked: counts[asked]} if any(name.startswith(asked) for name in state) else {})
    counts = Counter(dict(counts.most_common(MOST_PREFIXES)))
    whole = {prefix for prefix, count in counts.items() if count == len(own)}
    found = [fit_under(container, state, own, prefix, whole) for prefix in counts or ([] if wanted else [""])]
    return sorted(found, key=lambda fit: (not fit.complete, len(fit.missing), fit.rank))


def fit_under(
    container: Container, state: Mapping[str, Tensor], own: Mapping[str, Tensor], prefix: str, whole: set[str]
) -> Fit:
    """The container's names with `prefix` taken off, against the model's; `whole`: prefixes of other complete sets."""
    inside = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
    inside |= {name: inside[twin] for name, twin in twins(own, inside).items()}
    others = tuple(other for other in whole if other != prefix)
    beside = [
        name
        for name in inside
        if name not in own and (name.partition(".")[0] in BESIDE_WORDS or f"{prefix}{name}".startswith(others))
    ]
    return Fit(
        container,
        prefix,
        {name: inside[name] for name in own if name in inside},
        tuple(f"{name} {tuple(own[name].shape)}" for name in own if name not in inside),
        tuple(f"{name} {tuple(inside[name].shape)}" for name in inside if name not in own and name not in beside),
        tuple(misfit for name in own if name in inside and (misfit := misfit_of(name, inside[name], own[name]))),
        tuple(sorted({*(name for name in state if not name.startswith(prefix)), *(prefix + name for name in beside)})),
    )


def twins(own: Mapping[str, Tensor], inside: Mapping[str, Tensor]) -> dict[str, str]:
    """Names of tied weights that a file has under another of their names only, as safetensors writes them, and that."""
    places = {name: (value.data_ptr(), value.shape, value.stride()) for name, value in own.items() if value.numel()}
    there = {place: name for name, place in places.items() if name in inside}
    return {name: there[place] for name, place in places.items() if name not in inside and place in there}


def misfit_of(name: str, value: Tensor, own: Tensor) -> str | None:
    """Why a tensor cannot be taken, in words; None where it can."""
    if value.shape != own.shape:
        return f"{name} {tuple(value.shape)} instead of {tuple(own.shape)}"
    if value.device.type == "meta":
        return f"{name} {tuple(value.shape)} {NO_VALUES}"
    if own.is_floating_point() and not is_plain(value):
        kind = str(value.dtype).removeprefix("torch.")
        return f"{name} {tuple(value.shape)} is {kind}, {NOT_PLAIN}"
    return None


def is_plain(value: Tensor) -> bool:
    """Whether these are plain floating-point numbers: with values, not sparse, not quantised."""
    return value.dtype in NUMBERS and value.layout is torch.strided and value.device.type != "meta"


def unwrapped(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state without the words that torch.compile and FSDP put into names."""
    renamed = {without_marks(name): value for name, value in state.items()}
    return renamed if len(renamed) == len(state) else dict(state)


def without_marks(name: str) -> str:
    """A name without those words."""
    for word in WRAPPERS:
        name = name.replace(word, "")
    return name


def listed(names: tuple[str, ...]) -> str:
    """Text with the first names and the number of the others."""
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
