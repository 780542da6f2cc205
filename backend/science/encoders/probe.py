"""What a module from elsewhere gives for a small volume, and whether one volume has one embedding.

Dropout, statistics of a batch or counters that stay on in evaluation would give another embedding at every run. Nothing
tells them from outside but running the module more than once: alone, beside another volume, and again.
"""

import torch
from torch import Tensor, nn

from backend.errors import BadSettings
from backend.science.encoders.base import Encoder

LARGEST_SHARE = 1e-3
"""Of the largest number of an answer: what another order of sums may change, and chance or another volume exceed."""


class ProbedEncoder(Encoder):
    """An encoder around a module from elsewhere; `one_by_one`: the module takes one case at a time."""

    name: str
    one_by_one: bool = False


@torch.no_grad()
def probe(encoder: ProbedEncoder) -> tuple[list[Tensor], Tensor]:
    """Stages and embedding of the smallest volume, of fixed noise. Raises BadSettings for an unfit module."""
    training = encoder.training
    noise = torch.randn(2, encoder.channels, *smallest(encoder), generator=torch.Generator().manual_seed(0))
    encoder.eval()
    try:
        kept = {name: value.clone() for name, value in encoder.named_buffers() if value.is_floating_point()}
        maps, pooled = alone(encoder, noise[:1])
        check_same(encoder, noise, [*maps, pooled])
        now = dict(encoder.named_buffers())
        changed = [name.removeprefix("module.") for name, value in kept.items() if not same(now[name], value)]
        if changed:
            raise BadSettings(
                f"The encoder {encoder.name} changes its {changed[0]} while it embeds, so an embedding would depend on "
                "what was embedded before; freeze it in evaluation."
            )
    finally:
        encoder.train(training)
    return maps, pooled


def smallest(encoder: ProbedEncoder) -> tuple[int, int, int]:
    """Sides of the smallest volume that the encoder takes."""
    side = encoder.smallest_side
    sides = encoder.facts.size_zyx or (side, side, side)
    return (2, sides[1], sides[2]) if encoder.facts.slice_wise else sides


def alone(encoder: ProbedEncoder, case: Tensor) -> tuple[list[Tensor], Tensor]:
    """What one volume gives; a module that fails on several parts of it gets them one at a time from then on."""
    try:
        return encoder.forward_stages(case.clone())
    except BadSettings:
        if not (encoder.facts.slice_wise or encoder.facts.one_channel):
            raise
        encoder.one_by_one = True
        try:
            return encoder.forward_stages(case.clone())
        except BadSettings:
            encoder.one_by_one = False
        raise


def check_same(encoder: ProbedEncoder, noise: Tensor, first: list[Tensor]) -> None:
    """Raise BadSettings where the first of two volumes has another answer than alone, or alone at another time."""
    if not all(bool(each.isfinite().all()) for each in first):
        raise BadSettings(f"The encoder {encoder.name} gave values that are not finite; check its weights.")
    if not encoder.one_by_one:
        try:
            beside = answers(encoder, noise)
        except BadSettings:  # such as a program traced for a batch of one
            encoder.one_by_one = True
    if encoder.one_by_one:
        beside = answers(encoder, noise)
    if all(close(one[:1], other) for one, other in zip(beside, first, strict=True)):
        return
    if all(close(one, other) for one, other in zip(answers(encoder, noise[:1]), first, strict=True)):
        raise BadSettings(
            f"The encoder {encoder.name} gives a volume another embedding where others are beside it in a batch; it "
            "must use stored statistics (BatchNorm in evaluation), not those of the batch."
        )
    raise BadSettings(
        f"The encoder {encoder.name} gives one volume another embedding each time; dropout, random numbers or a "
        "counter stay on in evaluation: switch them off there."
    )


def answers(encoder: ProbedEncoder, cases: Tensor) -> list[Tensor]:
    """Stages and embedding in one list."""
    maps, pooled = encoder.forward_stages(cases.clone())
    return [*maps, pooled]


def close(one: Tensor, other: Tensor) -> bool:
    """Whether two answers differ by no more than rounding."""
    apart, size = (one - other).abs().max(), other.abs().max()
    return bool(apart <= LARGEST_SHARE * size)


def same(one: Tensor, other: Tensor) -> bool:
    """Whether two buffers are equal, NaN as well."""
    return one.shape == other.shape and bool(torch.equal(one.nan_to_num(), other.nan_to_num()))


def in_float32(name: str, module: nn.Module) -> nn.Module:
    """The module with weights of float32, as the inputs are. Raises BadSettings for weights without values."""
    weights = [*module.parameters(), *module.buffers()]
    if any(value.is_meta for value in weights):
        raise BadSettings(
            f"The encoder {name} has weights without values (on the meta device); build it on the CPU, and load them."
        )
    if any(value.is_floating_point() and value.dtype is not torch.float32 for value in weights):
        return module.float()
    return module
