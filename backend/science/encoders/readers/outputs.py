"""How many outputs a head has: the first side of its weights in a file."""

from backend.science.encoders.readers.contents import Contents

MOST_OUTPUTS = 4096
PROFOUND_OUTPUTS = {
    "head.3.weight": 4,
    "decode_head.classifier.weight": 1,
    "decode_head.fpn_bottleneck.conv.weight": 512,
}
"""Weights of a head whose first side is a number of classes or channels, and ProFound's own."""


def outputs(contents: Contents, weight: str) -> int:
    """The first side of a head's weight in the first container that has it; ProFound's own where none has."""
    return outputs_in(contents, weight) or PROFOUND_OUTPUTS[weight]


def outputs_in(contents: Contents, weight: str, axes: int | None = None) -> int | None:
    """The first side of a weight (of so many axes) in the first container that has it; None where none has."""
    for container in contents.containers:
        for name, value in container.state.items():
            if (name == weight or name.endswith(f".{weight}")) and value.ndim and 0 < value.shape[0] <= MOST_OUTPUTS:
                return int(value.shape[0]) if axes in (None, value.ndim) else None
    return None
