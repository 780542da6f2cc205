"""Data sets described by a dataset.json: Medical Decathlon (4-D images) and nnU-Net (one file a channel)."""

import json
import re
from pathlib import Path
from typing import Any, Literal

from backend.errors import BadImage
from backend.ingest.formats.read_image import stem
from backend.ingest.layouts.folder_files import is_clutter
from backend.ingest.layouts.planned_case import Plan, PlannedCase, counted
from backend.ingest.layouts.side_files import beside, small_text
from backend.ingest.limits import MAX_DESCRIPTION_BYTES
from backend.ingest.regions import region_of
from backend.ingest.sandbox.read_images import resolve

NAME = "dataset.json"
MODALITIES = {
    "T2": ("t2", "t2w", "t2 weighted", "t2_tse"),
    "DWI": ("dwi", "hbv", "highb", "high b", "high b value", "b high", "dwi high b"),
    "ADC": ("adc", "adc map"),
}
MEANING = {name: modality for modality, names in MODALITIES.items() for name in names}
CHANNEL = re.compile(r"(?P<case>.+)_(?P<channel>\d{4})")
PICAI = re.compile(r"(?P<patient>\d+)_(?P<study>\d+)")


def kind(root: Path) -> Literal["nnunet", "msd"]:
    """`nnunet` where every channel is a file of its own, else `msd`."""
    described = description(root)
    names = [stem(path.name) for path in _listed(root, "imagesTr")]
    if "channel_names" in described or any(CHANNEL.fullmatch(name) for name in names):
        return "nnunet"
    return "msd"


def plan(root: Path, layout: str) -> Plan:
    """The studies of the data set at `root`. Raises BadImage."""
    described = description(root)
    channels = _channels(described)
    if not channels:
        raise BadImage(
            f"The {NAME} calls the channels {_quoted(given_channels(described).values())}, which does not tell T2, "
            "DWI and ADC; name them so."
        )
    codes = _codes(described)
    cases = cases_of(root, layout, described, channels)
    for case in cases:
        case.codes = codes if case.labels else {}
    if not cases:
        raise BadImage(f"{root.name} has a {NAME} but no image it describes; check the folder.")
    cases.sort(key=lambda case: (case.patient_id, case.study_id))
    drawn = ", ".join(f"{code} = {name}" for code, name in codes.items()) or "no labels"
    why = f"layout {layout}: {NAME} names the channels {', '.join(channels.values())} and {drawn}; {counted(cases)}."
    return Plan(tuple(cases), why, layout, tuple(_names(cases)), (root / NAME,))


def modality_of(name: str) -> str:
    """T2, DWI or ADC by any of their usual names; nothing for others."""
    return MEANING.get(" ".join(re.split(r"[\s_-]+", name.strip().lower())), "")


def _names(cases: list[PlannedCase]) -> list[str]:
    paths = [path for case in cases for path in (*case.images.values(), case.labels) if path]
    return sorted({path.name for path in paths})


def description(root: Path) -> dict[str, Any]:
    """The dataset.json of a folder. Raises BadImage."""
    try:
        text = small_text(beside(root, (NAME,)) or root / NAME, MAX_DESCRIPTION_BYTES)
        described = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise BadImage(
            f"The {NAME} of {root.name} is no JSON (line {error.lineno}, column {error.colno}): a comma too many or a "
            "comment there? Correct it."
        ) from None
    except (OSError, ValueError, RecursionError):
        raise BadImage(f"{root.name} has no {NAME} that can be read; add it or choose another layout.") from None
    if not isinstance(described, dict):
        raise BadImage(f"The {NAME} of {root.name} describes nothing; correct it.")
    return described


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Raises BadImage where it has a key twice: the last would count, unsaid."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadImage(f"The {NAME} has the key {twice[:40]!r} twice; keep one.")
    return found


def _channels(described: dict[str, Any]) -> dict[int, str]:
    """Number of a channel to modality; channels of other names are left out."""
    found = {int(number): modality_of(str(name)) for number, name in given_channels(described).items()}
    return {number: modality for number, modality in found.items() if modality}


def given_channels(described: dict[str, Any]) -> dict[str, Any]:
    """The channels as the description names them. Raises BadImage."""
    given = described.get("channel_names", described.get("modality"))
    if not isinstance(given, dict) or not all(str(number).isdecimal() for number in given):
        raise BadImage(f"The {NAME} does not name its channels (channel_names or modality); add them.")
    return given


def _codes(described: dict[str, Any]) -> dict[int, str]:
    """Code of a label to region; nnU-Net writes name to code or to a list of codes, Decathlon code to name.

    A code that several regions hold, as nnU-Net's overlapping ones do, is of the region with the fewest codes.
    """
    given = described.get("labels", {})
    regions: list[tuple[list[int], str]] = []
    for one, other in given.items() if isinstance(given, dict) else ():
        codes, name = (one, other) if str(one).isdecimal() else (other, one)
        listed = codes if isinstance(codes, list) else [codes]
        region = region_of(str(name))
        if not listed or not all(str(code).isdecimal() for code in listed):
            raise BadImage(
                f"The {NAME} gives the label {str(name)[:30]!r} no code or list of codes; write whole numbers."
            )
        if not region:
            raise BadImage(
                f"The {NAME} has a label {str(name)[:30]!r} that is no known region; name it PZ, TZ, lesion or gland."
            )
        regions.append(([int(code) for code in listed], region))
    found: dict[int, str] = {}
    for codes, region in sorted(regions, key=lambda each: -len(each[0])):
        found |= dict.fromkeys(codes, region)
    return {code: region for code, region in sorted(found.items()) if region != "background"}


def _quoted(names: Any) -> str:
    return ", ".join(repr(str(name)[:20]) for name in list(names)[:5])


def cases_of(root: Path, layout: str, described: dict[str, Any], channels: dict[int, str]) -> list[PlannedCase]:
    """The studies with their images, by number of a channel to modality. Raises BadImage."""
    return _nnunet(root, channels) if layout == "nnunet" else _msd(root, described, channels)


def _nnunet(root: Path, channels: dict[int, str]) -> list[PlannedCase]:
    cases: dict[str, PlannedCase] = {}
    for part in ("Tr", "Ts"):
        labels = {stem(path.name): path for path in _listed(root, f"labels{part}")}
        for path in _listed(root, f"images{part}"):
            match = CHANNEL.fullmatch(stem(path.name))
            if not match or int(match["channel"]) not in channels:
                continue
            case = cases.setdefault(match["case"], _case(match["case"]))
            case.images[channels[int(match["channel"])]] = path
            case.labels = labels.get(match["case"])
    return list(cases.values())


def _listed(root: Path, name: str) -> list[Path]:
    """The files of a folder of the data set; one that is a link out of it is not listed. Raises BadFile."""
    folder = root / name
    if not folder.is_dir():
        return []
    return sorted(path for path in resolve(folder, (root,)).iterdir() if not is_clutter(path.name))


def _msd(root: Path, described: dict[str, Any], channels: dict[int, str]) -> list[PlannedCase]:
    cases = []
    entries = [*described.get("training", ()), *({"image": each} for each in described.get("test", ()))]
    for entry in entries:
        image = _inside(root, entry.get("image") if isinstance(entry, dict) else None)
        case = _case(stem(image.name) or image.name)
        case.images = dict.fromkeys(channels.values(), image)
        case.channels = {modality: number for number, modality in channels.items()}
        case.labels = _inside(root, entry["label"]) if entry.get("label") else None
        cases.append(case)
    return cases


def _inside(root: Path, name: object) -> Path:
    """A path the description names, below its folder."""
    if not isinstance(name, str) or "\0" in name or Path(name).is_absolute() or ".." in Path(name).parts:
        raise BadImage(f"The {NAME} names a file outside its folder; list files below it.")
    return root / name


def _case(name: str) -> PlannedCase:
    match = PICAI.fullmatch(name)
    return PlannedCase(match["patient"], name) if match else PlannedCase(name, name)
