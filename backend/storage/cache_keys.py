"""What a result was made from, as one hash: images, masks, settings and code; equal keys mean an equal result."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from backend.models import Case, Encoder, Volume
from shared.schemas import EncoderInput

IMAGES = ("T2", "DWI", "ADC")
IMPORTED = "imported"
"""`input_key` and architecture of embeddings, and settings of radiomics, that came as tables."""
TRAINING_CODE = 2
"""Raised when training, its inputs or an encoder's architecture change what comes out of the same request."""
LENS_CODE = 1
"""Raised when the lens computes something else from the same tables and settings."""


def request_key(kind: str, **parts: Any) -> str:
    """sha256 of what a result depends on, in canonical JSON."""
    return hashlib.sha256(json.dumps([kind, parts], sort_keys=True).encode()).hexdigest()


def volume_key(volumes: Iterable[Volume], kinds: Iterable[str]) -> str:
    """Hash of the named volumes of one case: voxels (by the sha256 of the stored file) and geometry."""
    wanted = set(kinds)
    parts = sorted(
        [v.kind, v.sha256, v.dtype, v.size, v.spacing, v.origin, v.direction] for v in volumes if v.kind in wanted
    )
    return request_key("volumes", parts=parts)


def cases_key(cases: Iterable[Case], masks: Iterable[str] = ()) -> str:
    """Hash of a cohort's images, of the named masks, and of who is in it; the order of the cases does not matter."""
    kinds = (*IMAGES, *masks)
    return request_key("cases", parts=sorted([c.study_id, c.patient_id, volume_key(c.volumes, kinds)] for c in cases))


SEEN_BY_TASK = {"volume": ("T2",)}
"""Modalities a task lets through, where not all three; both stages are embedded on what the task sees."""


def input_key(given: EncoderInput, task: str | None) -> str:
    """Names the input of an embedding: size, spacing and modalities."""
    seen = SEEN_BY_TASK.get(task or "", IMAGES)
    left_out = {"coverage"} if given.coverage == "crop" else set()  # what older versions knew keeps its name
    dumped = given.model_dump(mode="json", exclude=left_out)
    return request_key("input", code=TRAINING_CODE, given=dumped, modalities=list(seen))


def input_key_of(pre: Encoder, ft: Encoder, task: str) -> tuple[str, str]:
    """The input under which each of the two encoders is read for a task; imported embeddings have only one."""
    before, after = (
        IMPORTED
        if encoder.arch == IMPORTED
        else input_key(EncoderInput.model_validate(encoder.settings["input"]), task)
        for encoder in (pre, ft)
    )
    return before, after
