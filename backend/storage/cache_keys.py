"""Cache keys: a hash of everything a result depends on (images, masks, settings, code); equal keys, equal results."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from backend.models import Case, Encoder, Volume
from shared.protocols.reader import prostate
from shared.schemas import EncoderInput

IMAGES = prostate().modality_names
OF_TARGETS = {one.name: one.modalities for one in prostate().targets if one.modalities}
"""Modalities of the prostate, and of its targets that are learnt from some of them."""
IMPORTED = "imported"
"""`input_key` and architecture of embeddings that were imported as tables, and settings of such radiomics."""
TRAINING_CODE = 2
"""Version of training; increase it when the same request would give other weights."""
LENS_CODE = 2
"""Version of the lens; increase it when the same tables and settings would give another result."""


def request_key(kind: str, **parts: Any) -> str:
    """The sha256 (hex) of a kind and its parts in canonical JSON."""
    return hashlib.sha256(json.dumps([kind, parts], sort_keys=True).encode()).hexdigest()


def volume_key(volumes: Iterable[Volume], kinds: Iterable[str]) -> str:
    """Hash of the volumes of `kinds` of one case: voxels (by the sha256 of their blob) and geometry."""
    wanted = set(kinds)
    parts = sorted(
        [v.kind, v.sha256, v.dtype, v.size, v.spacing, v.origin, v.direction] for v in volumes if v.kind in wanted
    )
    return request_key("volumes", parts=parts)


def cases_key(cases: Iterable[Case], masks: Iterable[str] = (), modalities: Iterable[str] = IMAGES) -> str:
    """Hash of the cases' ids, their images and the named masks; the order of the cases does not matter."""
    kinds = (*modalities, *masks)
    return request_key("cases", parts=sorted([c.study_id, c.patient_id, volume_key(c.volumes, kinds)] for c in cases))


OWN_INPUT = ("slice_wise", "one_channel", "modalities", "prepare")
"""Facts of an encoder from elsewhere that change what it sees; a request alone does not say them."""


def input_key(
    encoder_input: EncoderInput,
    task: str | None,
    facts: Mapping[str, Any] | None = None,
    seen: Mapping[str, Any] | None = None,
) -> str:
    """Hash of an embedding's input: size, spacing, coverage, orientation, zero threshold, modalities, own facts.

    `seen`: the record of `seen_images`, None under the prostate's protocol. A target may be learnt from some modalities
    alone; both stages are embedded on these.
    """
    recorded = {"targets": OF_TARGETS} if seen is None else seen
    modalities = recorded["targets"].get(task or "") or encoder_input.modalities or (IMAGES if seen is None else ())
    left_out = {"coverage"} if encoder_input.coverage == "crop" else set()  # the keys of older versions stay valid
    dumped = encoder_input.model_dump(mode="json", exclude=left_out)
    own = {name: value for name, value in (facts or {}).items() if name in OWN_INPUT}
    images = {name: value for name, value in recorded.items() if name != "targets"}
    rest = ({"own": own} if own else {}) | ({"seen": images} if images else {})
    return request_key("input", code=TRAINING_CODE, given=dumped, modalities=list(modalities), **rest)


def encoder_input_key(encoder: Encoder, task: str | None) -> str:
    """The input key of an encoder's embeddings for a task; `IMPORTED` for imported ones."""
    if encoder.arch == IMPORTED:
        return IMPORTED
    given, own = EncoderInput.model_validate(encoder.settings["input"]), encoder.settings
    return input_key(given, task, own.get("facts"), own.get("seen"))


def input_key_of(pre: Encoder, ft: Encoder, task: str) -> tuple[str, str]:
    """The input keys of the embeddings of two encoders for a task; `IMPORTED` for imported ones."""
    return encoder_input_key(pre, task), encoder_input_key(ft, task)
