"""nnU-Net and Medical Decathlon under a protocol: channels and labels by name or alias."""

from pathlib import Path
from typing import Any

from backend.errors import BadImage
from backend.ingest.layouts.dataset_json import NAME, cases_of, description, given_channels, kind
from backend.ingest.layouts.planned_case import Plan, counted
from shared.schemas.protocol import Protocol

__all__ = ["NAME", "kind", "plan"]


def plan(root: Path, layout: str, protocol: Protocol) -> Plan:
    """The studies of the data set at `root`. Raises BadImage."""
    described = description(root)
    given = given_channels(described)
    channels = {int(number): owner for number, name in given.items() if (owner := protocol.modality_of(str(name)))}
    if len(set(channels.values())) < len(channels):
        raise BadImage(f"The {NAME} names two channels of one modality; keep one, or change the aliases.")
    if not channels:
        called = ", ".join(repr(str(name)[:20]) for name in list(given.values())[:5])
        raise BadImage(
            f"The {NAME} calls the channels {called}, none of which is a modality of {protocol.name} "
            f"({', '.join(protocol.modality_names)}); name them so, or add aliases."
        )
    codes, other = _codes(described, protocol)
    cases = cases_of(root, layout, described, channels)
    for case in cases:
        case.region_codes = codes if case.labels else {}
    if not cases:
        raise BadImage(f"{root.name} has a {NAME} but no image it describes; check the folder.")
    cases.sort(key=lambda case: (case.patient_id, case.study_id))
    names = {path.name for case in cases for path in (*case.images.values(), case.labels) if path}
    drawn = ", ".join(f"{name} = {' + '.join(map(str, own))}" for name, own in codes.items()) or "no region"
    rest = f"; of no region of {protocol.name}: {', '.join(other)}" if other else ""
    why = f"layout {layout}: {NAME} names the channels {', '.join(channels.values())} and {drawn}{rest}; "
    return Plan(tuple(cases), f"{why}{counted(cases)}.", layout, tuple(sorted(names)), (root / NAME,))


def _codes(described: dict[str, Any], protocol: Protocol) -> tuple[dict[str, tuple[int, ...]], list[str]]:
    """Region -> its codes, and the labels that are no region; nnU-Net lists all codes of an overlapping region."""
    given = described.get("labels", {})
    found: dict[str, tuple[int, ...]] = {}
    other: list[str] = []
    for one, own in given.items() if isinstance(given, dict) else ():
        codes, name = (one, own) if str(one).isdecimal() else (own, one)
        listed = codes if isinstance(codes, list) else [codes]
        if not listed or not all(str(code).isdecimal() for code in listed):
            raise BadImage(f"The {NAME} gives the label {str(name)[:30]!r} no code or list of codes; write numbers.")
        region = protocol.region_of(str(name))
        if region:
            found[region] = (*found.get(region, ()), *(int(code) for code in listed))
        elif str(name).lower() not in ("background", "bg", "ignore"):
            other.append(str(name)[:30])
    return found, other
