"""How a folder of studies is laid out, decided by names alone; `auto` looks for the marks of each layout, in order."""

from pathlib import Path

from backend.errors import BadImage
from backend.ingest import layout_bids, layout_dataset, layout_manifest, layout_picai
from backend.ingest.plans import LAYOUTS, Layout, Plan, PlannedCase
from backend.ingest.side_files import beside

__all__ = ["LAYOUTS", "Layout", "Plan", "PlannedCase", "plan"]


def plan(root: Path, layout: Layout = "auto") -> Plan:
    """What `root` holds; a manifest may be named itself. Raises BadImage where it holds no study in that layout."""
    if layout not in LAYOUTS:
        raise BadImage(f"There is no layout `{layout}`; choose one of {', '.join(LAYOUTS)}.")
    if root.is_file() and root.suffix.lower() in layout_manifest.SUFFIXES and layout in ("auto", "manifest"):
        return layout_manifest.plan(root)
    if not root.is_dir():
        raise BadImage(f"{root.name or 'The path'} is no folder; give the folder that holds the studies.")
    chosen = _recognised(root) if layout == "auto" else layout
    if chosen == "manifest":
        return layout_manifest.plan(beside(root, (layout_manifest.NAME,)) or root / layout_manifest.NAME)
    if chosen in ("msd", "nnunet"):
        return layout_dataset.plan(root, chosen)
    if chosen == "bids":
        return layout_bids.plan(root)
    return layout_picai.plan(root, layout)


def _recognised(root: Path) -> str:
    """The layout whose marks `root` bears."""
    if (root / layout_dataset.NAME).is_file():
        return layout_dataset.kind(root)
    if (root / layout_manifest.NAME).is_file():
        return "manifest"
    if (root / layout_bids.NAME).is_file() or any(each.is_dir() for each in root.glob("sub-*")):
        return "bids"
    return "picai or dicom"
