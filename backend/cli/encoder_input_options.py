"""Options on what an encoder sees of a case, shared by `pretrain` and `import encoder`."""

from typing import Annotated, Literal

import typer

Size = Annotated[str, typer.Option(help="Voxels the encoder sees, Z,Y,X; multiples of 16.")]
Spacing = Annotated[str, typer.Option(help="Their spacing in mm, Z,Y,X.")]
OrientationOption = Annotated[
    Literal["LPS", "as_stored"],
    typer.Option(help="Axes of the input: LPS, or those of the T2's file, for encoders that never reorient."),
]
ZeroBelow = Annotated[
    float,
    typer.Option(help="Share of an image's usual maximum below which voxels count as 0, as 1e-5; 0 = only 0."),
]
SlicePoolOption = Annotated[
    Literal["mean", "max"], typer.Option(help="How slices become one embedding, for an encoder of two dimensions.")
]
ModalityPoolOption = Annotated[
    Literal["concatenate", "average"],
    typer.Option(help="How modalities become one embedding, for an encoder of one channel."),
]


def encoder_input(size: str, spacing: str, orientation: str, zero_below: float) -> dict[str, object]:
    """The options as fields of a request's `input`."""
    sides = {"size_zyx": size.split(","), "spacing_zyx_mm": spacing.split(",")}
    return sides | {"orientation": orientation, "zero_below": zero_below}
