"""Options on what an encoder sees of a case, shared by `pretrain` and `import encoder`."""

from typing import Annotated, Literal

import typer

Size = Annotated[
    str | None,
    typer.Option(
        help="Voxels the encoder sees, Z,Y,X; multiples of 16. The protocol's unless told (prostate: 64,224,224)."
    ),
]
Spacing = Annotated[
    str | None,
    typer.Option(help="Their spacing in mm, Z,Y,X. The protocol's unless told (prostate: 1,0.5,0.5)."),
]
OrientationOption = Annotated[
    Literal["LPS", "as_stored"] | None,
    typer.Option(
        help="Axes of the input: LPS, or those of the reference's file (the T2's), for encoders that never reorient. "
        "The protocol's unless told."
    ),
]
Modalities = Annotated[
    str | None,
    typer.Option(
        help="Modalities the encoder sees, in the order of its channels, as T1ce,FLAIR,T2; one may stand several "
        "times. All that every case has unless told.",
        metavar="A,B",
    ),
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


def encoder_input(
    size: str | None, spacing: str | None, orientation: str | None, zero_below: float, modalities: str | None
) -> dict[str, object]:
    """The options as fields of a request's `input`; what is not told is left open for the cohort's protocol."""
    given: dict[str, object] = {"zero_below": zero_below}
    lists = {"size_zyx": size, "spacing_zyx_mm": spacing, "modalities": modalities}
    given |= {name: [part.strip() for part in told.split(",")] for name, told in lists.items() if told is not None}
    return given if orientation is None else given | {"orientation": orientation}
