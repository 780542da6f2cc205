"""How an encoder sees images under a protocol, as its row records it: part of its keys, compared when it is used again.

Nothing is recorded under the prostate's protocol, so that its rows and keys are those of earlier versions.
"""

from collections.abc import Iterable
from typing import Any

from backend.errors import BadSettings
from backend.models import Encoder
from shared.schemas.protocol import Protocol

UNTOLD = "z-score nonzero"
"""The intensity of a modality that declares none."""


def declared(protocol: Protocol, modality: str) -> Any:
    """The intensity of a modality as a file writes it: a word, `{"window": [a, b]}` or `{"percentile": [p, q]}`."""
    found = protocol.intensity.get(modality, UNTOLD)
    return found if isinstance(found, str) else found.model_dump(mode="json")


def seen_images(protocol: Protocol, modalities: Iterable[str]) -> dict[str, Any] | None:
    """The grid, the reference, the intensities of these modalities, and targets that are learnt from some alone."""
    if protocol.is_prostate:
        return None
    return {
        "spacing_mm": list(protocol.grid.spacing_mm),
        "reference": protocol.reference,
        "intensity": {name: declared(protocol, name) for name in dict.fromkeys(modalities)},
        "targets": {one.name: list(one.modalities) for one in protocol.targets if one.modalities},
    }


def own_grid(protocol: Protocol) -> dict[str, Any]:
    """The fields of an encoder's input that a request leaves open: the window and the axes that the protocol gives."""
    grid = protocol.grid
    return {"size_zyx": grid.size_zyx, "spacing_zyx_mm": grid.spacing_mm[::-1], "orientation": grid.orientation}


def check_seen(encoder: Encoder, protocol: Protocol) -> None:
    """Raises BadSettings where an encoder was made under a protocol whose images are others than these."""
    recorded = encoder.settings.get("seen")
    now = seen_images(protocol, (recorded or {}).get("intensity", ()))
    if recorded == now:
        return
    known, here = recorded or {}, now or {}
    what = next(name for name in (*known, *here) if known.get(name) != here.get(name))
    raise BadSettings(
        f"The encoder {encoder.name} was made of images with another {WORDS[what]} than the protocol {protocol.name} "
        "gives; import its weights for this cohort."
    )


WORDS = {
    "spacing_mm": "grid",
    "reference": "reference",
    "intensity": "intensity",
    "targets": "choice of modalities for a target",
}
