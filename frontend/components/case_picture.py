"""The picture of a case: one slice with the outlines of its protocol, which the browser fetches when it is in view."""

import html
from urllib.parse import quote

from shared import schemas as s
from shared.protocol_words import frame_of


def case_picture(
    case_id: str, study_id: str, modality: str, protocol: s.Protocol, side: int, codes: bool = False
) -> str:
    """An image element; with `codes` masks of several regions are outlined, too. The server chooses the slice."""
    words = html.escape(f"{modality} of {study_id} with outlines", quote=True)
    frame = frame_of(protocol)
    part = f"&amp;part={quote(frame)}" if frame else ""
    outlined = ",".join(protocol.region_names if codes else protocol.rois)
    query = f"modality={quote(modality)}{part}&amp;side={side}&amp;rois={quote(outlined, safe=',')}"
    address = f"/api/v1/cases/{quote(case_id)}/slice.png"
    return f'<img class="study-picture" loading="lazy" alt="{words}" src="{address}?{query}">'
