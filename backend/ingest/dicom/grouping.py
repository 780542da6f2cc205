"""Which slices belong together: by their UIDs, and where an anonymiser removed or replaced these, by what is left.

A SeriesInstanceUID that is absent, or new in every slice, is replaced by number, description, kind and plane of the
series. A StudyInstanceUID that differs inside a series, or with every series, says nothing; the frame of reference
does.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backend.ingest.dicom.slices import Slice
from backend.ingest.dicom.stated import shown
from backend.ingest.rejection import Rejection

ALIKE_DIGITS = 3
FEWEST = 3  # slices of a volume


@dataclass(frozen=True)
class Grouped:
    """The series of each slice, in the order given; a note about UIDs; why some series are ambiguous, by series."""

    series: tuple[str, ...]
    note: str
    ambiguous: dict[str, str]


def by_series(slices: Sequence[Slice]) -> Grouped:
    """The series of each slice. Raises Rejection where the slices are of several exams, or cannot be told apart."""
    described: dict[str, list[int]] = defaultdict(list)
    telling = len({each.study for each in slices}) < len(slices)  # a new one in every slice tells nothing
    for at, each in enumerate(slices):
        described[_described(each) + (each.study if telling else "")].append(at)
    names = [each.series for each in slices]
    notes, ambiguous = set(), {}
    for alike, places in described.items():
        uids = Counter(slices[at].series for at in places)
        absent, single = uids.pop("", 0), bool(uids) and max(uids.values()) == 1
        if not absent and not (single and len(uids) >= 2):
            continue
        name = f"alike {alike}"
        for at in places:
            names[at] = name
        what = "is absent" if absent else "differs in every slice"
        notes.add(f"{shown('SeriesInstanceUID')} {what}")
        if len(uids) > 1 and not single:
            ambiguous[name] = (
                f"lacks {shown('SeriesInstanceUID')} in {absent} slices, and several series look like them"
            )
        elif not slices[places[0]].facts.number:
            ambiguous[name] = (
                f"has no {shown('SeriesInstanceUID')} that holds it together, and no {shown('SeriesNumber')} either"
            )
    names = _split_by_number(slices, names)
    _check_one_exam(slices, names, notes)
    note = f"{' and '.join(sorted(notes))}; slices were put together by what is left." if notes else ""
    return Grouped(tuple(names), note, ambiguous)


def _described(each: Slice) -> str:
    """What a series has in common beside its UID."""
    facts, place = each.facts, each.place
    axes = [round(float(number), ALIKE_DIGITS) + 0.0 for number in place.axes.ravel()]
    spacing = [round(mm, ALIKE_DIGITS) for mm in place.spacing]
    return repr((facts.number, facts.description, facts.image_type, facts.spin_echo_ms, axes, spacing, place.shape))


def _split_by_number(slices: Sequence[Slice], names: list[str]) -> list[str]:
    """A series has one number: several under one UID, each of a volume's slices, are several series."""
    numbers: dict[str, Counter[int]] = defaultdict(Counter)
    for each, name in zip(slices, names, strict=True):
        numbers[name][each.facts.number] += 1
    split = {name for name, counts in numbers.items() if len(counts) > 1 and min(counts.values()) >= FEWEST}
    return [f"{name} {s.facts.number}" if name in split else name for s, name in zip(slices, names, strict=True)]


def _check_one_exam(slices: Sequence[Slice], names: list[str], notes: set[str]) -> None:
    """Refuse slices of several exams; a UID that tells them apart inside a series tells nothing."""
    if len({each.study for each in slices}) == 1:
        return
    exams = _joined((f"study {each.study}", f"series {name}") for each, name in zip(slices, names, strict=True))
    of_exam: dict[str, set[str]] = defaultdict(set)
    for name in set(names):
        of_exam[exams[f"series {name}"]].add(name)
    frames = {each.frame_of_reference for each in slices}
    replaced = all(len(series) == 1 for series in of_exam.values())
    if len(of_exam) > 1 and not (replaced and len(frames) == 1 and "" not in frames):
        if len({(each.study, name) for each, name in zip(slices, names, strict=True)}) > len(set(names)):
            raise Rejection(
                f"{shown('StudyInstanceUID')} differs between slices of one series, and no one "
                f"{shown('FrameOfReferenceUID')} says whether its {len(of_exam)} series are of one exam; "
                "export the study again.",
                "dicom_series",
            )
        raise Rejection(
            f"The folder holds slices of more than one study ({len(of_exam)} that {shown('StudyInstanceUID')} tells "
            "apart); give each a folder of its own.",
            "dicom_series",
        )
    within = "series" if len(of_exam) > 1 else "slices"
    notes.add(f"{shown('StudyInstanceUID')} differs between {within} of one exam")


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Name -> the first name of its group, where each pair belongs together."""
    head: dict[str, str] = {}

    def first(name: str) -> str:
        while head.setdefault(name, name) != name:
            name = head[name]
        return name

    for one, other in pairs:
        head[first(other)] = first(one)
    return {name: first(name) for name in head}
