"""Plans a folder under another protocol than the prostate's: images and masks are found by names and aliases."""

from pathlib import Path

from backend.errors import BadImage
from backend.ingest.layouts import bids_studies, protocol_bids, protocol_dataset, protocol_files, protocol_manifest
from backend.ingest.layouts.planned_case import Layout, Plan
from backend.ingest.layouts.side_files import beside
from shared.schemas.protocol import Protocol


def plan(root: Path, layout: Layout, protocol: Protocol) -> Plan:
    """The studies of `root`. Raises BadImage where it holds none."""
    chosen = chosen_layout(root, layout)
    if chosen == "manifest":
        return protocol_manifest.plan(root if root.is_file() else root / protocol_manifest.NAME, protocol)
    if chosen == "bids":
        return protocol_bids.plan(root, protocol)
    if chosen in ("auto", "picai", "dicom"):
        return protocol_files.plan(root, chosen, protocol)
    return protocol_dataset.plan(root, chosen, protocol)


def chosen_layout(root: Path, layout: Layout) -> Layout:
    """The layout that is asked for, or whose marks `root` bears. Raises BadImage for a file that is no table."""
    if root.is_file():
        if root.suffix.lower() in protocol_manifest.SUFFIXES and layout in ("auto", "manifest"):
            return "manifest"
        raise BadImage(f"{root.name} is no manifest; give a table (.csv, .tsv) or the folder that holds the studies.")
    if not root.is_dir():
        raise BadImage(f"{root.name or 'The path'} is no folder; give the folder that holds the studies.")
    return _recognised(root) if layout == "auto" else layout


def _recognised(root: Path) -> Layout:
    if (root / protocol_dataset.NAME).is_file():
        return protocol_dataset.kind(root)
    if beside(root, (protocol_manifest.NAME,)):
        return "manifest"
    if (root / bids_studies.NAME).is_file() or any(each.is_dir() for each in root.glob("sub-*")):
        return "bids"
    return "auto"
