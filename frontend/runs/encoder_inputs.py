"""What an encoder sees of a case, as fields of a form: size and spacing, modalities in order, axes, zeros, pooling."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from frontend.runs import drafts
from shared import schemas as s
from shared.protocol_words import shown_modalities

STEP = 16
"""Every side of the input of a built-in encoder is a multiple of it."""
MOST_COPIES = 6
SMALL_SIDE, SMALL_SLICES = 64, 4
"""Voxels across of the smallest input, and how many times fewer slices it has than the whole grid."""
COVERAGE: dict[Literal["crop", "sliding"], str] = {
    "crop": "its middle, as ProFound does",
    "sliding": "all of it, window by window",
}
ORIENTATIONS: dict[Literal["LPS", "as_stored"], str] = {"LPS": "left, back, head (LPS)", "as_stored": "as in the file"}
ZEROS = {
    0.0: "only 0 itself",
    1e-5: "also what is below 0.00001 of the usual maximum",
    1e-4: "also what is below 0.0001 of it",
    1e-3: "also what is below 0.001 of it",
}
SLICES = {"mean": "one embedding: their mean", "max": "one embedding: their maximum"}
MODALITIES = {"concatenate": "embeddings side by side", "average": "one embedding: their mean"}
Size = tuple[tuple[int, int, int], tuple[float, float, float]]
"""Voxels and their spacing in mm, both (z, y, x)."""


def sizes(protocol: s.Protocol) -> dict[str, Size]:
    """Small, middle and full input on the grid of a protocol, by their words."""
    z, y, x = protocol.grid.size_zyx
    by_x, by_y, by_z = protocol.grid.spacing_mm
    full = ((z, y, x), (by_z, by_y, by_x))
    half = _coarser(full, (_side(z / 2), _side(y / 2), _side(x / 2)))
    small = _coarser(full, (_side(z / SMALL_SLICES), min(SMALL_SIDE, _side(y / 2)), min(SMALL_SIDE, _side(x / 2))))
    return {
        f"{name}: {size_words(*size)}": size for name, size in (("small", small), ("middle", half), ("full grid", full))
    }


def size_words(voxels: Sequence[int], spacing: Sequence[float]) -> str:
    """`16 × 64 × 64 voxels of 3 × 1.5 × 1.5 mm`."""
    return f"{' × '.join(map(str, voxels))} voxels of {' × '.join(f'{mm:g}' for mm in spacing)} mm"


def _side(voxels: float) -> int:
    return max(STEP, round(voxels / STEP) * STEP)


def _coarser(full: Size, voxels: tuple[int, int, int]) -> Size:
    """Fewer voxels over at most the same extent, their spacing a whole multiple of the grid's."""
    z, y, x = (mm * max(1, side // fewer) for side, mm, fewer in zip(*full, voxels, strict=True))
    return voxels, (z, y, x)


def size_choice(protocol: s.Protocol, largest: bool = False) -> Size:
    """The box for size and spacing."""
    found = sizes(protocol)
    names = list(found)
    again = str(drafts.current().kept.pop("size_words", ""))  # of a job that is run again
    if again and (like := [name for name in names if name.endswith(again)]):
        drafts.current().remember("size", like[0])
    chosen: str = st.selectbox(
        "What it sees of a case", names, width=460, key=drafts.key("size", names[-1 if largest else 0], names)
    )
    return found[chosen]


def coverage_choice() -> Literal["crop", "sliding"]:
    """What is embedded of an image that is larger than what the encoder sees."""
    chosen: Literal["crop", "sliding"] = st.selectbox(
        "Of a larger image, embed",
        list(COVERAGE),
        format_func=COVERAGE.__getitem__,
        key=drafts.key("coverage", "crop", COVERAGE),
        help="The encoder trains on the middle of each image in either case. All of a larger image is embedded by "
        "windows that overlap by half; the embedding is their mean, and it takes as many times longer as there are "
        "windows. An image that fits gives the same embedding either way.",
        width=300,
    )
    return chosen


def copies(protocol: s.Protocol) -> tuple[str, ...] | None:
    """The only modality of a protocol, once for every channel of weights from elsewhere; None for one channel."""
    (only,) = shown_modalities(protocol)
    number = st.segmented_control(
        "Channels of its weights",
        list(range(1, MOST_COPIES + 1)),
        key=drafts.key("copies", 1, range(1, MOST_COPIES + 1)),
        required=True,
        help=f"Weights that take several channels, such as those trained on colour pictures, see {only} in each.",
    )
    return None if number in (None, 1) else (only,) * int(number)


def channels(protocol: s.Protocol) -> tuple[str, ...] | None:
    """Modalities that the encoder sees, in the order of its channels; None where that is left to the server."""
    known = shown_modalities(protocol)
    if len(known) < 2:
        return None
    chosen = st.multiselect(
        "Modalities it sees, in the order of its channels",
        known,
        placeholder="all that every case has",
        key=drafts.key("modalities", [], known),
        help="Leave this empty for all modalities that every case has, in the protocol's order. Weights from elsewhere "
        "need the modalities they were trained on, in that order.",
        width=560,
    )
    return tuple(chosen) or None


def orientation_and_zeros(protocol: s.Protocol) -> tuple[Literal["LPS", "as_stored"], float]:
    """The axes of the encoder's input, and what counts as zero in it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        orientation = st.segmented_control(
            "Axes of its input",
            list(ORIENTATIONS),
            format_func=ORIENTATIONS.__getitem__,
            key=drafts.key("orientation", protocol.grid.orientation, ORIENTATIONS),
            required=True,
            help=f"Take the axes of the file of the {protocol.reference or 'reference'} image for an encoder "
            "whose own code never turns images. All studies should then be stored alike.",
        )
        below = st.selectbox(
            "Values that count as zero",
            list(ZEROS),
            format_func=ZEROS.__getitem__,
            key=drafts.key("zero_below", 0.0, ZEROS),
            help="The encoder's z-score leaves zeros out. Images that another tool resampled hold tiny values where "
            "zeros were; the quality checks name them.",
            width=420,
        )
    return orientation or protocol.grid.orientation, below


def encoder_input(
    size: Size,
    coverage: Literal["crop", "sliding"],
    modalities: Sequence[str] | None,
    orientation: Literal["LPS", "as_stored"],
    zero_below: float,
) -> s.EncoderInput:
    """What the encoder sees, from what was chosen."""
    voxels, spacing = size
    return s.EncoderInput(
        size_zyx=voxels,
        spacing_zyx_mm=spacing,
        coverage=coverage,
        modalities=None if modalities is None else tuple(modalities),
        orientation=orientation,
        zero_below=zero_below,
    )


def pooling() -> dict[str, str]:
    """How slices and modalities become one embedding, for encoders that take them one by one."""
    with st.expander("The encoder takes slices or modalities one by one"), st.container(horizontal=True):
        slices = st.selectbox(
            "Slices become",
            list(SLICES),
            format_func=SLICES.__getitem__,
            width=280,
            key=drafts.key("slice_pool", "mean", SLICES),
        )
        modalities = st.selectbox(
            "Modalities become",
            list(MODALITIES),
            format_func=MODALITIES.__getitem__,
            width=280,
            key=drafts.key("modality_pool", "concatenate", MODALITIES),
        )
    return {"slice_pool": slices, "modality_pool": modalities}
