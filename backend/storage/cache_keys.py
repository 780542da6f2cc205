"""What a result was made from, as one hash: images, masks, settings and code; equal keys mean an equal result."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from backend.models import Case, Volume

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
