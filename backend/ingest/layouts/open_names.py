"""Names for an open protocol: the modalities and regions that the files of a folder name; the rest stays as it is.

Columns of a manifest, suffixes of BIDS, or channels and labels of a dataset.json give the names. What cannot be decided
is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from backend.errors import BadImage, BadSettings
from backend.ingest.layouts import by_protocol, dataset_json, protocol_manifest
from backend.ingest.layouts.bids_studies import named_codes, studies
from backend.ingest.layouts.manifest import listing
from backend.ingest.layouts.open_columns import file_columns
from backend.ingest.layouts.planned_case import Layout, Plan, PlannedCase
from backend.ingest.layouts.protocol_bids import MASKS
from shared.schemas.protocol import Protocol, squeezed

NOT_READ = frozenset(("bold", "sbref", "dwi", "asl", "epi", "phase1", "phase2", "magnitude1", "magnitude2"))
"""Suffixes of BIDS whose files hold several volumes, or measure the field."""
NOTHING = frozenset(("background", "bg", "ignore"))
LONGEST = 24


@dataclass
class Names:
    """What was found, in order: the name -> the words of the files that are it."""

    protocol: Protocol
    modalities: dict[str, list[str]] = field(default_factory=dict)
    regions: dict[str, list[str]] = field(default_factory=dict)
    how: str = ""

    def modality(self, word: str) -> None:
        """Note a word for an image."""
        self._add(self.modalities, self.protocol.modality_of(word), word, r"[^A-Za-z0-9-]+")

    def region(self, word: str) -> None:
        """Note a word for a mask."""
        self._add(self.regions, self.protocol.region_of(word), word, r"[^A-Za-z0-9_-]+")

    def _add(self, names: dict[str, list[str]], known: str, word: str, other: str) -> None:
        name = known or re.sub(other, "-", word.strip()).strip("-_")[:LONGEST]
        if not name:
            raise BadImage(f"{self.how} give the name {word[:40]!r}, which has no letter or digit; rename it.")
        words = names.setdefault(name, [])
        if known or not words or squeezed(words[0]) == squeezed(word):
            words += [] if word in words else [word]
            return
        raise BadImage(f"{self.how} give the names {words[0][:40]!r} and {word[:40]!r}, both {name}; rename one.")


def closed_plan(root: Path, layout: Layout, protocol: Protocol, roots: Sequence[Path]) -> tuple[Plan, Protocol]:
    """The studies of a folder, and the protocol with the names that they give. Raises BadImage or BadSettings."""
    names = _names(root, by_protocol.chosen_layout(root, layout), protocol, roots)
    if not names.modalities:
        raise BadImage(
            f"{names.how} name no image; check the folder, or list the modalities in a protocol of your own."
        )
    first = _closed(protocol, names, [next(iter(names.modalities))])
    planned = by_protocol.plan(root, layout, first)
    everywhere = [name for name in first.modality_names if all(name in case.images for case in planned.cases)]
    if not everywhere:
        raise BadImage(
            f"No image is there in every study ({', '.join(names.modalities)}), so none can give the grid; list the "
            "modalities in a protocol of your own, with the reference."
        )
    found = _closed(protocol, names, everywhere)
    planned = by_protocol.plan(root, layout, found)
    said = ", ".join(
        f"{name}{' (reference)' if name == found.reference else '' if name in everywhere else ' (not in every study)'}"
        for name in found.modality_names
    )
    regions = ", ".join(found.region_names) or "none"
    clinical = f"; {len(planned.columns)} other columns are clinical" if planned.columns else ""
    why = f"{planned.why} {names.how} name the modalities {said} and the regions {regions}{clinical}."
    return replace(planned, why=why), found


def _closed(protocol: Protocol, names: Names, required: list[str]) -> Protocol:
    """The protocol with these names; the first of `required` gives the grid."""
    given = protocol.model_dump(mode="json", exclude={"modalities", "regions", "open"})
    modalities = {one.name: one.model_dump(mode="json") for one in protocol.modalities}
    reference = protocol.reference or required[0]
    for name, words in names.modalities.items():
        own = modalities.get(name, {"name": name})
        aliases = [*own.get("aliases", ()), *(word for word in words if squeezed(word) != squeezed(name))]
        modalities[name] = own | {
            "aliases": list(dict.fromkeys(aliases)),
            "required": name in required or own.get("required", False),
            "reference": name == reference,
        }
    regions = {one.name: one.model_dump(mode="json") for one in protocol.regions}
    for name, words in names.regions.items():
        own = regions.get(name, {"name": name})
        aliases = [*own.get("aliases", ()), *(word for word in words if squeezed(word) != squeezed(name))]
        regions[name] = own | {"aliases": list(dict.fromkeys(aliases))}
    try:
        return Protocol.model_validate(
            given | {"modalities": list(modalities.values()), "regions": list(regions.values()), "open": False}
        )
    except ValidationError as error:
        mistake = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise BadSettings(
            f"{names.how} give names that are no protocol: {mistake}. Rename them, or list them in a protocol."
        ) from None


def _names(root: Path, layout: Layout, protocol: Protocol, roots: Sequence[Path]) -> Names:
    if layout == "manifest":
        path = root if root.is_file() else root / protocol_manifest.NAME
        return _of_manifest(path, protocol, roots)
    if layout == "bids":
        return _of_bids(root, protocol)
    if layout in ("nnunet", "msd"):
        return _of_dataset(root, protocol)
    raise BadImage(
        f"{root.name} has no manifest.csv, no dataset.json and no folder sub-*, whose names the protocol "
        f"{protocol.name} takes; for DICOM or plain files list the modalities in a protocol of your own."
    )


def _of_manifest(path: Path, protocol: Protocol, roots: Sequence[Path]) -> Names:
    table = listing(path)
    names = Names(protocol, how=f"The columns of {path.name}")
    for column, is_mask in file_columns(path, table, protocol, roots).items():
        (names.region if is_mask else names.modality)(table.written[column])
    return names


def _of_bids(root: Path, protocol: Protocol) -> Names:
    names = Names(protocol, how="The suffixes of BIDS")
    images, masks = dict[str, None](), dict[str, None]()

    def add(case: PlannedCase, path: Path, entities: dict[str, str], suffix: str) -> None:
        written = path.name.split(".", 1)[0].rpartition("_")[2]
        if suffix in MASKS:
            table = named_codes(case, path, root, lambda name: name) if suffix == "dseg" else None
            words = [name for _, name in table] if table else [entities.get("label") or entities.get("desc") or written]
            masks.update(dict.fromkeys(word for word in words if word.lower() not in NOTHING))
        elif suffix not in NOT_READ:
            images[f"ce-{entities['ce']}_{written}" if "ce" in entities else written] = None

    studies(root, add)
    for word in sorted(images):
        names.modality(word)
    for word in sorted(masks):
        names.region(word)
    return names


def _of_dataset(root: Path, protocol: Protocol) -> Names:
    names = Names(protocol, how=f"The channels and labels of {dataset_json.NAME}")
    described = dataset_json.description(root)
    for channel in dataset_json.given_channels(described).values():
        word = str(channel)
        if any(squeezed(word) == squeezed(known) for words in names.modalities.values() for known in words):
            raise BadImage(f"The {dataset_json.NAME} names two channels {word[:40]!r}; give each a name of its own.")
        names.modality(word)
    for word in _labels(described):
        if word.lower() not in NOTHING:
            names.region(word)
    return names


def _labels(described: dict[str, Any]) -> list[str]:
    given = described.get("labels", {})
    pairs = given.items() if isinstance(given, dict) else ()
    return [str(other if str(one).isdecimal() else one) for one, other in pairs]
