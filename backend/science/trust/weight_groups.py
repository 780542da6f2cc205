"""Which part of an encoder a weight belongs to, by its name: stem, stage1 ..., head, or the part's own name.

`stages.2` and `layer3` (ResNet) are stage 3, unless the encoder is known to have another number of stages. Other
numbered parts keep their own names (`blocks.4`), in running order; of more than twelve in a row four about equal runs
are made (`blocks.0-5`).
"""

import re
from collections.abc import Collection

from backend.science.encoders.sizes import VIT_SIZES

HEADS = {"head", "heads"}
STEM = {
    *("stem", "patch_embed", "patch_embedding", "patch_embeddings", "embeddings", "conv_stem", "conv_proj", "norm_pre"),
    *("conv0", "norm0", "conv1", "bn1", "cls_token", "class_token", "reg_token", "pos_embed", "pos_embedding"),
}
"""First words of what a case meets before the first block, in timm, MONAI and torchvision."""
LAST_NORMS = {"norm", "fc_norm", "ln", "layernorm"}
"""First words of the norm of the embedding; it counts to the part before it."""
MOST = 12
"""Parts of one kind that are shown one by one, and parts without a number."""
RUNS = 4
OTHER = "other"
STAGE = "stage"
Part = str | tuple[str, int]
"""The name of a part, or its kind and its number."""

_STAGE = re.compile(r"(?:^|\.)stages\.(\d+)\.")
_STEP = re.compile(r"(?:^|\.)downsample_layers\.(\d+)\.")
_LAYER = re.compile(r"layer(\d+)\.")
_NUMBERED = re.compile(
    r"(?P<path>(?:[A-Za-z_]\w*?\.)*?(?:[A-Za-z_]\w*\.|\w*(?:layer|stage|block|transition|level)s?_?|))(?P<number>\d+)\."
)


def groups_of(names: Collection[str], arch: str = "", stages: int | None = None) -> dict[str, str]:
    """Name of a weight -> its part; parts stand in running order, the stem first, their weights in that of `names`.

    `arch`: the encoder, and `stages`: how many stages it has; where known.
    """
    outer = _outer(names)
    found = {name: _found(name.removeprefix(outer), arch) for name in names}
    numbers = {part[1] for part in found.values() if part[0] == STAGE}
    if stages is not None and len(numbers) != stages:  # they are not what is called its stages elsewhere
        found = {name: _own(name.removeprefix(outer)) if part[0] == STAGE else part for name, part in found.items()}
    numbered = {part for part in found.values() if isinstance(part, tuple)}
    labels = _labels(numbered)
    last = labels[max(numbered, key=_running)] if numbered else "stage4"
    told = {
        name: labels[part] if isinstance(part, tuple) else last if part in LAST_NORMS else part
        for name, part in found.items()
    }
    own = dict.fromkeys(part for part in told.values() if part not in {*labels.values(), "stem", "head", last})
    if len(own) > MOST:
        told = {name: OTHER if part in own else part for name, part in told.items()}
    order = ["stem", *dict.fromkeys(labels[part] for part in sorted(numbered, key=_running)), last, *sorted(own)]
    place = {part: at for at, part in enumerate(dict.fromkeys([*order, OTHER, "head"]))}
    return dict(sorted(told.items(), key=lambda item: place[item[1]]))


def _own(name: str) -> Part:
    """The kind of a part and its number as its name has them; the first word where it has no number."""
    block = _NUMBERED.match(name)
    return (block["path"], int(block["number"])) if block else name.partition(".")[0]


def _found(name: str, arch: str) -> Part:
    """The part of one weight."""
    first = name.partition(".")[0]
    step, stage, layer = _STEP.search(name), _STAGE.search(name), _LAYER.match(name)
    if first in HEADS:
        return "head"
    if stage:
        return STAGE, int(stage[1]) + 1
    if step:
        return "stem" if step[1] == "0" else (STAGE, int(step[1]) + 1)
    if layer:
        return STAGE, int(layer[1])
    if first in STEM:
        return "stem"
    own = _own(name)
    if arch in VIT_SIZES and isinstance(own, tuple):
        return STAGE, own[1] // (VIT_SIZES[arch].depth // RUNS) + 1
    return own


def _running(part: tuple[str, int]) -> tuple[str, int, str]:
    """Where a numbered part runs: parts of one parent alternate, such as dense blocks and transitions."""
    path, number = part
    return path.rstrip(".").rpartition(".")[0], number, path


def _labels(parts: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """What each numbered part is called; many of one kind are called by the run that they stand in."""
    called = {}
    for path in {path for path, _ in parts}:
        numbers = sorted(number for each, number in parts if each == path)
        word = path or "layer "
        for at, number in enumerate(numbers):
            called[path, number] = f"{word}{number}"
            if len(numbers) > MOST:
                run = at * RUNS // len(numbers)
                mates = [one for place, one in enumerate(numbers) if place * RUNS // len(numbers) == run]
                called[path, number] = f"{word}{mates[0]}-{mates[-1]}"
    return called


def _outer(names: Collection[str]) -> str:
    """The words, with their dots, that stand before every name, such as that of a module in a module."""
    outer = ""
    while True:
        words = [name.removeprefix(outer).split(".", 2) for name in names]
        first = words[0][0] if words else ""
        inner = all(len(each) == 3 and each[0] == first and not each[1].isdecimal() for each in words)
        if not inner or not words or first in STEM | HEADS | LAST_NORMS or _NUMBERED.match(f"{first}."):
            return outer
        outer += f"{first}."
