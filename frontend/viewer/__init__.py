"""The image viewer of a case: its images in one browser component, drawn on Canvas2D from the API's own volumes.

The scripts of this folder are joined into one module, because inline component code cannot import its neighbours.
Only addresses and geometry travel over the dashboard's connection; the browser fetches the voxels from `/api/v1`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from shared.schemas import CaseDetail, CaseMaps

FOLDER = Path(__file__).parent
SCRIPTS = (
    "volume.js", "plane.js", "outline.js", "colours.js", "overlay.js", "regions.js", "pane.js", "contrast.js",
    "masks.js", "zoom.js", "position.js", "loading.js", "map_choice.js", "maps.js", "frame.js", "filmstrip.js",
    "input.js", "touch.js", "picture.js", "screen.js", "controls.js", "viewer.js", "mount.js",
)  # fmt: skip


@dataclass(frozen=True)
class ViewerState:
    """Where the reader came to rest.

    `k` is the slice (0-based), `moved` whether the reader chose it; `go` is "previous" or "next" in the one run that
    follows the key for another case. `expired` is true in the one run after the browser found its addresses too old.
    `stands` is true from when the first case's pictures were drawn, or could not be.
    """

    k: int
    moved: bool
    go: str | None
    expired: bool
    stands: bool


@cache
def _component() -> Callable[..., Any]:
    script = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return st.components.v2.component(
        "radiomiclens_viewer",
        html=(FOLDER / "viewer.html").read_text(encoding="utf-8"),
        css=(FOLDER / "viewer.css").read_text(encoding="utf-8"),
        js=script,
    )


def viewer_data(case: CaseDetail, k: int, maps: CaseMaps | None, roi: str | None = None) -> dict[str, Any]:
    """What the browser needs to fetch and place the images and `maps` of `case`, opening at slice `k`.

    `roi` is the region that the chosen feature of the maps was measured in.
    """
    base = f"/api/v1/images/{case.signed}"
    return {
        "case_id": case.id,
        "title": case.study_id,
        "signed": case.signed,
        "k": k,
        "first_voxel_mm": case.first_voxel_mm,
        "letters": case.axis_letters,
        "picture": f"/api/v1/cases/{case.id}/picture.png",
        "display": case.display.model_dump(),
        "volumes": [v.model_dump() | {"url": f"{base}/{v.modality}"} for v in case.volumes],
        "maps": None if maps is None else maps.model_dump() | {"url": f"{base}/maps", "roi": roi},
        "masks": [m.model_dump() | {"url": f"{base}/{m.roi}"} for m in case.masks],
    }


def viewer(
    case: CaseDetail, k: int | None = None, maps: CaseMaps | None = None, roi: str | None = None, key: str = "viewer"
) -> ViewerState:
    """Shows `case` (it must have volumes) at slice `k`, or where most of its finding is; `maps` may lie over it.

    The chosen feature of the maps, measured in `roi`, lies over it at once.
    """
    start = case.best_slice if k is None else k
    shown = _component()(
        key=key,
        data=viewer_data(case, start, maps, roi),
        on_rest_change=lambda: None,
        on_go_change=lambda: None,
        on_renew_change=lambda: None,
        on_stands_change=lambda: None,
        height="content",
    )
    rest = shown.rest or {}
    here = rest.get("case_id") == case.id
    return ViewerState(
        k=int(rest["k"]) if here else start,
        moved=here,
        go=shown.go,
        expired=shown.renew == case.id,
        stands=bool(shown.stands),
    )
