"""Chooses the axial T2, the high-b image and the ADC map among the series of a study, with a reason each.

`series_kind` says what each series is; of several of a kind the rules here take one, each named where it decided. Where
none fits, or two fit equally, nothing is taken: the candidates are named, and a person chooses.
"""

from collections.abc import Mapping, Sequence

from backend.ingest.dicom.series_choice import (
    HOW_TO_NAME,
    Candidate,
    Choice,
    Chosen,
    Rule,
    among,
    finest,
    key_of,
    keys_of,
    largest,
    named_choice,
    narrowed,
    order_of,
    typed,
)
from backend.ingest.dicom.series_facts import SeriesFacts
from backend.ingest.dicom.series_kind import kind_of

MIN_HIGH_B = 500.0  # s/mm2
MODALITIES = ("T2", "DWI", "ADC")
LISTED = 8
WANTED = {
    "T2": "no series that is known to be an axial T2",
    "DWI": f"no diffusion image with a known b-value of {MIN_HIGH_B:g} s/mm2 or more",
    "ADC": "no series that is known to be an ADC map",
}


def choose_series(series: Sequence[SeriesFacts], named: Mapping[str, str] | None = None) -> Chosen:
    """The choice of T2, DWI and ADC, as far as the study decides it; `named` overrides by key.

    Raises Rejection where a named series does not exist.
    """
    known = [Candidate(at, facts, kind_of(facts)) for at, facts in enumerate(series)]
    choices = {modality: named_choice(known, modality, key, why_not) for modality, key in (named or {}).items()}
    chosen = Chosen(choices, about=tuple(map(why_not, series)))
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
                f"{keys_of(unknown)} is computed for a b-value that is stated nowhere, so whether it is higher than "
                f"that of {keys_of(found)} is unknown; {HOW_TO_NAME}."
            )
            return
    if not found:
        chosen.undecided[modality] = _none_fits(modality, known)
        return
    left, how = narrowed(left, _rules(modality, dwi), chosen)
    if len(left) > 1:
        chosen.passed.update({each.index: f"undecided: fits {modality} as well as another" for each in left})
        chosen.undecided[modality] = (
            f"{keys_of(left)} fit {modality} equally ({left[0].kind.why}; {left[0].facts.geometry}); {HOW_TO_NAME}."
        )
        return
    one = left[0]
    why = one.kind.why
    if modality == "DWI":
        kind = "computed diffusion image" if one.facts.is_computed else "diffusion"
        why = f"{kind} with the highest b-value, {one.facts.high_b:g} s/mm2"
    chosen.choices[modality] = Choice(one.index, f"series {key_of(one)}: {why}{among(found, one, how)}")


def _rules(modality: str, dwi: Candidate | None) -> list[Rule]:
    """The rules in their order: each keeps the best of those that are left, or all of them."""
    general: list[Rule] = [
        ("the only sound one", lambda of: [each for each in of if not each.facts.problem]),
        ("the one corrected for distortion", typed("DIS2D", "DIS3D")),
        ("the one corrected for the coil", typed("NORM")),
        ("the one named a repeat", lambda of: [each for each in of if "repeat" in each.facts.named.meanings]),
        ("the one with the largest coverage", largest),
    ]
    if modality == "T2":
        acquired: list[Rule] = [
            ("the finest", finest),
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
        return [*mean, *general, ("the finest", finest)]
    on_grid: list[Rule] = []
    if dwi is not None:
        on_grid = [
            ("the one on the high-b image's grid", lambda of: [s for s in of if s.facts.same_grid(dwi.facts)]),
            ("the one of the high-b image's protocol", lambda of: [s for s in of if _same_protocol(s, dwi)]),
        ]
    return [*on_grid, *general, ("the finest", finest)]


def _has(each: Candidate, meaning: str) -> bool:
    return meaning in each.facts.type_words | each.facts.named.meanings


def _same_protocol(each: Candidate, dwi: Candidate) -> bool:
    return bool(each.facts.protocol) and each.facts.protocol == dwi.facts.protocol


def _highest_b(of: Sequence[Candidate]) -> list[Candidate]:
    highest = max(each.facts.high_b or 0.0 for each in of)
    return [each for each in of if each.facts.high_b == highest]


def _none_fits(modality: str, known: Sequence[Candidate]) -> str:
    """That none fits, and what there is, the likeliest first."""
    if not known:
        return f"There is {WANTED[modality]}; add it."
    near = {"T2": "", "DWI": "ADC", "ADC": "DWI"}[modality]
    likely = sorted(known, key=lambda each: (each.kind.role not in (modality, near, ""), order_of(key_of(each))))
    listed = "; ".join(f"{key_of(each)} is {why_not(each.facts)}" for each in likely[:LISTED])
    more = f"; and {len(likely) - LISTED} others, which the preview lists" if len(likely) > LISTED else ""
    return (
        f"There is {WANTED[modality]} among {len(known)} series: {listed}{more}. If one of them is, "
        f"{HOW_TO_NAME.replace('one', 'it', 1)}."
    )
