"""Chooses the axial T2, the high-b image and the ADC map among the series of a study, with a reason each.

`series_kind` says what each series is; of several of a kind the rules here take one, each named where it decided. Where
none fits, or two fit equally, nothing is taken: the candidates are named, and a person chooses.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from backend.ingest.dicom.series_facts import SeriesFacts
from backend.ingest.dicom.series_kind import Kind, kind_of
from backend.ingest.identifiers.sentences import shown
from backend.ingest.rejection import Rejection

MIN_HIGH_B = 500.0  # s/mm2
ALIKE = 1.05  # spacings and lengths within it count as equal
MODALITIES = ("T2", "DWI", "ADC")
HOW_TO_NAME = "name one with --series, or in the import form"
LISTED = 8
WANTED = {
    "T2": "no series that is known to be an axial T2",
    "DWI": f"no diffusion image with a known b-value of {MIN_HIGH_B:g} s/mm2 or more",
    "ADC": "no series that is known to be an ADC map",
}


@dataclass(frozen=True)
class Choice:
    """The series taken for a modality: index into the list given, why, and whether a person named it."""

    index: int
    reason: str
    overridden: bool = False


@dataclass(frozen=True)
class Chosen:
    """The choices by modality; for every other modality why none was taken, as a sentence that names candidates.

    `passed` says of series that fit and were not taken which was better, by their index.
    """

    choices: dict[str, Choice]
    undecided: dict[str, str] = field(default_factory=dict)
    passed: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Candidate:
    """A series with its place in the list and its kind."""

    index: int
    facts: SeriesFacts
    kind: Kind


Rule = tuple[str, Callable[[Sequence[Candidate]], list[Candidate]]]


def choose_series(series: Sequence[SeriesFacts], named: Mapping[str, str] | None = None) -> Chosen:
    """The choice of T2, DWI and ADC, as far as the study decides it; `named` overrides by key.

    Raises Rejection where a named series does not exist.
    """
    known = [Candidate(at, facts, kind_of(facts)) for at, facts in enumerate(series)]
    chosen = Chosen({modality: _named(known, modality, key) for modality, key in (named or {}).items()})
    for modality in MODALITIES:
        if modality not in chosen.choices:
            dwi = chosen.choices.get("DWI")
            _choose(modality, known, known[dwi.index] if dwi else None, chosen)
    return chosen


def why_not(facts: SeriesFacts) -> str:
    """What a series is, for people who look at all of them."""
    kind = kind_of(facts)
    if facts.problem:
        return f"{facts.problem} ({kind.why})"
    if kind.role != "DWI":
        return kind.why
    b = "b-value not stated" if facts.high_b is None else f"b = {facts.high_b:g} s/mm2"
    of = "computed " if facts.is_computed else "one direction of " if facts.directional else ""
    low = ", too low" if facts.high_b is not None and facts.high_b < MIN_HIGH_B else ""
    return f"{of}diffusion, {b}{low}"


def _choose(modality: str, known: Sequence[Candidate], dwi: Candidate | None, chosen: Chosen) -> None:
    """Adds the choice for a modality, or why there is none."""
    fitting = [each for each in known if each.kind.role == modality]
    found, left = fitting, list(fitting)
    if modality == "DWI":
        found = left = [each for each in fitting if (each.facts.high_b or 0) >= MIN_HIGH_B]
        unknown = [each for each in fitting if each.facts.is_computed and each.facts.high_b is None]
        if found and unknown:
            chosen.undecided[modality] = (
                f"{_keys(unknown)} is computed for a b-value that is stated nowhere, so whether it is higher than "
                f"that of {_keys(found)} is unknown; {HOW_TO_NAME}."
            )
            return
    if not found:
        chosen.undecided[modality] = _none_fits(modality, known)
        return
    how, worse = "", dict[int, str]()
    for name, rule in _rules(modality, dwi):
        best = rule(left)
        if best and len(best) < len(left):
            worse |= {each.index: name for each in left if each not in best}
            left, how = best, name
    chosen.passed.update({at: f"not taken: {_keys(left, 'series')} is {name}" for at, name in worse.items()})
    if len(left) > 1:
        chosen.passed.update({each.index: f"undecided: fits {modality} as well as another" for each in left})
        chosen.undecided[modality] = (
            f"{_keys(left)} fit {modality} equally ({left[0].kind.why}; {left[0].facts.geometry}); {HOW_TO_NAME}."
        )
        return
    one = left[0]
    why = one.kind.why
    if modality == "DWI":
        kind = "computed diffusion image" if one.facts.is_computed else "diffusion"
        why = f"{kind} with the highest b-value, {one.facts.high_b:g} s/mm2"
    others = sorted({_with_problem(each) for each in found if each is not one}, key=_order)
    more = f"; {how} of {len(others) + 1} that fit (also {', '.join(others)})" if others and how else ""
    chosen.choices[modality] = Choice(one.index, f"series {_key(one)}: {why}{more}")


def _rules(modality: str, dwi: Candidate | None) -> list[Rule]:
    """The rules in their order: each keeps the best of those that are left, or all of them."""
    general: list[Rule] = [
        ("the only sound one", lambda of: [each for each in of if not each.facts.problem]),
        ("the one corrected for distortion", _typed("DIS2D", "DIS3D")),
        ("the one corrected for the coil", _typed("NORM")),
        ("the one named a repeat", lambda of: [each for each in of if "repeat" in each.facts.named.meanings]),
        ("the one with the largest coverage", _largest),
    ]
    if modality == "T2":
        acquired: list[Rule] = [
            ("the finest", _finest),
            ("the one without fat suppression", lambda of: [each for each in of if not _has(each, "fat_suppressed")]),
            ("the acquired one", lambda of: [each for each in of if each.facts.is_original]),
        ]
        return [*acquired, *general]
    if modality == "DWI":
        mean: list[Rule] = [
            ("the highest", _highest_b),
            ("the mean of all directions", lambda of: [each for each in of if not each.facts.directional]),
            ("the isotropic one", lambda of: [each for each in of if each.facts.isotropic]),
            ("the computed one", lambda of: [each for each in of if each.facts.is_computed]),
        ]
        return [*mean, *general, ("the finest", _finest)]
    on_grid: list[Rule] = []
    if dwi is not None:
        on_grid = [
            ("the one on the high-b image's grid", lambda of: [s for s in of if s.facts.same_grid(dwi.facts)]),
            ("the one of the high-b image's protocol", lambda of: [s for s in of if _same_protocol(s, dwi)]),
        ]
    return [*on_grid, *general, ("the finest", _finest)]


def _typed(*values: str) -> Callable[[Sequence[Candidate]], list[Candidate]]:
    return lambda of: [each for each in of if set(values) & set(each.facts.image_type)]


def _has(each: Candidate, meaning: str) -> bool:
    return meaning in each.facts.type_words | each.facts.named.meanings


def _same_protocol(each: Candidate, dwi: Candidate) -> bool:
    return bool(each.facts.protocol) and each.facts.protocol == dwi.facts.protocol


def _finest(of: Sequence[Candidate]) -> list[Candidate]:
    least = min(each.facts.plane[0] for each in of)
    return [each for each in of if each.facts.plane[0] <= least * ALIKE]


def _largest(of: Sequence[Candidate]) -> list[Candidate]:
    most = max(_length(each) for each in of)
    return [each for each in of if _length(each) * ALIKE >= most]


def _length(each: Candidate) -> float:
    ends = each.facts.ends
    return abs(ends[1] - ends[0]) if len(ends) == 2 else 0.0


def _highest_b(of: Sequence[Candidate]) -> list[Candidate]:
    highest = max(each.facts.high_b or 0.0 for each in of)
    return [each for each in of if each.facts.high_b == highest]


def _none_fits(modality: str, known: Sequence[Candidate]) -> str:
    """That none fits, and what there is, the likeliest first."""
    if not known:
        return f"There is {WANTED[modality]}; add it."
    near = {"T2": "", "DWI": "ADC", "ADC": "DWI"}[modality]
    likely = sorted(known, key=lambda each: (each.kind.role not in (modality, near, ""), _order(_key(each))))
    listed = "; ".join(f"{_key(each)} is {why_not(each.facts)}" for each in likely[:LISTED])
    more = f"; and {len(likely) - LISTED} others, which the preview lists" if len(likely) > LISTED else ""
    return (
        f"There is {WANTED[modality]} among {len(known)} series: {listed}{more}. If one of them is, "
        f"{HOW_TO_NAME.replace('one', 'it', 1)}."
    )


def _named(known: Sequence[Candidate], modality: str, name: str) -> Choice:
    """The series that a person named: by number, by UID, or by a part of its description. Raises Rejection."""
    fitting = _called(known, name.strip())
    if len(fitting) != 1:
        keys = ", ".join(sorted((each.facts.key for each in known), key=_order))
        what = f"{_keys(fitting)} fit the name" if fitting else "There is no series"
        raise Rejection(
            f"{what} {shown(name.strip())!r} to take for {modality}; the study has {keys}, of which one is named by "
            "number, by UID, or by a part of its description.",
            "dicom_series",
        )
    one = fitting[0]
    why = why_not(one.facts)
    return Choice(one.index, f"series {_key(one)}: named for {modality} by the importer ({why})", True)


def _called(known: Sequence[Candidate], name: str) -> list[Candidate]:
    """The series of a number or UID, else of a description, else those whose description holds the name."""
    lowered = name.lower()
    ways: tuple[Callable[[SeriesFacts], bool], ...] = (
        lambda facts: name == facts.key,
        lambda facts: bool(name) and name == facts.uid,
        lambda facts: lowered == facts.description.strip(),
        lambda facts: re.search(r"[^\W\d_]", name) is not None and lowered in facts.description,
    )
    found = ([each for each in known if fits(each.facts)] for fits in ways)
    return next((fitting for fitting in found if fitting), [])


def _with_problem(each: Candidate) -> str:
    """The key of a series that was not taken, and in short why it could not be."""
    problem = re.split(r", so |;", each.facts.problem)[0]
    return f"{_key(each)}, which {problem}" if problem else _key(each)


def _key(each: Candidate) -> str:
    return each.facts.key or str(each.facts.number)


def _keys(of: Sequence[Candidate], word: str = "Series") -> str:
    """`Series 6 and 10`."""
    *first, last = sorted({_key(each) for each in of}, key=_order)
    return f"{word} {', '.join(first)} and {last}" if first else f"{word} {last}"


def _order(key: str) -> tuple[int, str]:
    number = re.match(r"\d+", key)
    return (int(number[0]) if number else 0, key)
