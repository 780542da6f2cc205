"""Detects the layout of a folder of studies by names alone; `auto` looks for the marks of each layout, in order."""

from pathlib import Path

from backend.errors import BadImage
from backend.ingest.layouts import bids, bids_studies, by_protocol, dataset_json, manifest, picai
from backend.ingest.layouts.planned_case import LAYOUTS, Layout, Plan, PlannedCase
from backend.ingest.layouts.side_files import beside
from shared.schemas.protocol import Protocol

__all__ = ["LAYOUTS", "Layout", "Plan", "PlannedCase", "plan"]


def plan(root: Path, layout: Layout = "auto", protocol: Protocol | None = None) -> Plan:
    """The studies of `root`; a manifest may be named itself. Raises BadImage where it holds no study in that layout.

    `protocol` is another one than the prostate's.
    """
    if layout not in LAYOUTS:
        raise BadImage(f"There is no layout `{layout}`; choose one of {', '.join(LAYOUTS)}.")
    if protocol is not None:
        return by_protocol.plan(root, layout, protocol)
    if root.is_file() and root.suffix.lower() in manifest.SUFFIXES and layout in ("auto", "manifest"):
        return manifest.plan(root)
    if not root.is_dir():
        raise BadImage(f"{root.name or 'The path'} is no folder; give the folder that holds the studies.")
    chosen = _recognised(root) if layout == "auto" else layout
    if chosen == "manifest":
        own = beside(root, (manifest.NAME,))
        tables = [own] if own else manifest.of_prostate158(root) or [root / manifest.NAME]
        return manifest.plan(*tables)
    if chosen in ("msd", "nnunet"):
        return dataset_json.plan(root, chosen)
    if chosen == "bids":
        return bids.plan(root)
    return picai.plan(root, layout)


def _recognised(root: Path) -> str:
    """The layout whose marks `root` bears."""
    if (root / dataset_json.NAME).is_file():
        return dataset_json.kind(root)
    if (root / manifest.NAME).is_file() or manifest.of_prostate158(root):
        return "manifest"
    if (root / bids_studies.NAME).is_file() or any(each.is_dir() for each in root.glob("sub-*")):
        return "bids"
    return "picai or dicom"
