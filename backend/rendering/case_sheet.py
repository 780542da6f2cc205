"""A case as a picture to take away: a slice with its outlines, below it the study, the slice and a map's legend."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from backend.models import Case
from backend.rendering import feature_maps, viewer_data
from backend.rendering.display import display_of
from backend.rendering.region_picture import Overlay, View, draw, picture_etag, slice_shown
from backend.rendering.slice_png import LETTER
from backend.rendering.viridis import viridis
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import request_key
from shared.protocol_words import spoken
from shared.schemas.protocol import Protocol

SHEET_CODE = 1
"""Raised when the same request would be drawn differently, so that caches and browsers forget what they have."""
QUIET = (150, 150, 150)
RESEARCH_ONLY = "RadiomicLens · research use only"
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class _Line:
    """A line below the picture: text, its colour, and whether a legend stands before it."""

    text: str
    colour: tuple[int, int, int] = LETTER
    legend: tuple[str, str] | None = None


def sheet_etag(case: Case, protocol: Protocol, view: View, over: Overlay | None) -> str:
    """Names the content of a sheet before it is drawn."""
    return request_key("sheet", code=SHEET_CODE, study=case.study_id, drawn=picture_etag(case, protocol, view, over))


def case_sheet(
    files: BlobStore,
    case: Case,
    protocol: Protocol,
    view: View,
    over: Overlay | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> bytes:
    """The picture with its lines as PNG; raises as `region_picture`."""
    picture = draw(files, case, protocol, view, over, cancelled)
    points = max(11, view.size // 42)
    lines = _lines(files, case, protocol, view, over)
    step = round(1.6 * points)
    whole = Image.new("RGB", (view.size, view.size + step * len(lines) + points))
    whole.paste(picture, (0, 0))
    drawing, font = ImageDraw.Draw(whole), ImageFont.load_default(points)
    for at, line in enumerate(lines):
        left, top = points, view.size + points // 2 + at * step
        if line.legend is not None:
            left = _draw_legend(whole, line.legend, (left, top, points)) + points
        drawing.text((left, top), line.text, fill=line.colour, font=font)
    out = io.BytesIO()
    whole.save(out, "PNG", optimize=True)
    return out.getvalue()


def file_name(case: Case, modality: str) -> str:
    """A name for the file: letters, digits and hyphens of the study id."""
    study = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in case.study_id)
    return f"{study}-{modality}.png"


def _lines(files: BlobStore, case: Case, protocol: Protocol, view: View, over: Overlay | None) -> list[_Line]:
    k, shown = slice_shown(files, case, protocol, view), viewer_data.view(files, case, protocol)
    mm = shown.first_voxel_mm[0] + k * shown.volumes[0].spacing_zyx_mm[0]
    position = f"{'+' if mm >= 0 else MINUS}{abs(mm):.1f} mm"
    of = f"slice {k + 1} of {shown.volumes[0].shape_zyx[0]} at {position}"
    lines = [_Line(f"Study {case.study_id} · {view.modality} · {of}")]
    if over is not None:
        facts, _ = feature_maps.feature_map(files, case, protocol, over.wanted)
        low, high = (own if given is None else given for own, given in ((facts.low, over.low), (facts.high, over.high)))
        unit = f", {facts.unit}" if facts.unit else ""
        where = f" in the {spoken(over.wanted.roi)}"
        lines.append(_Line(f"{facts.label}{where}{unit}", legend=(_brief(low), _brief(high))))
    drawn = [one.name for one in display_of(protocol).regions if one.name in view.lines]
    there = {volume.kind for volume in case.volumes}
    named = ", ".join(spoken(name) for name in drawn if name in there)
    return [*lines, _Line(f"{f'Outlined: {named} · ' if named else ''}{RESEARCH_ONLY}", QUIET)]


def _draw_legend(whole: Image.Image, ends: tuple[str, str], at: tuple[int, int, int]) -> int:
    """The scale of a map's colours with its ends; gives its right edge."""
    left, top, points = at
    drawing, font = ImageDraw.Draw(whole), ImageFont.load_default(points)
    drawing.text((left, top), ends[0], fill=LETTER, font=font)
    left += round(drawing.textlength(ends[0], font=font)) + points // 2
    width = 10 * points
    bar = np.broadcast_to(viridis(np.linspace(0, 1, width)), (max(6, points * 2 // 3), width, 3))
    whole.paste(Image.fromarray(np.ascontiguousarray(bar)), (left, top + points // 4))
    left += width + points // 2
    drawing.text((left, top), ends[1], fill=LETTER, font=font)
    return left + round(drawing.textlength(ends[1], font=font))


def _brief(value: float) -> str:
    """A value to three digits, with a real minus."""
    return f"{value:.3g}".replace("-", MINUS)
