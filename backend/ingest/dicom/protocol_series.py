"""Chooses the series of each modality of a protocol, with a reason; what fits several equally is left to a person."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from backend.ingest.dicom.protocol_fit import Fitting
from backend.ingest.dicom.series_choice import (
    ALIKE,
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
from backend.ingest.dicom.series_kind import Kind
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolModality

LISTED = 8


def choose_by_protocol(
    series: Sequence[SeriesFacts],
    protocol: Protocol,
    named: Mapping[str, str] | None = None,
    drawn_on: frozenset[int] = frozenset(),
) -> Chosen:
    """The choice of each modality, as far as the study decides it; `named` overrides by key.

    `drawn_on` are the places of series that a mask of the study names as its source. Raises Rejection where a named
    series does not exist.
    """
    fitting = Fitting(protocol)
    about = [_about(facts, protocol, fitting) for facts in series]
    known = [Candidate(at, facts, Kind("", about[at])) for at, facts in enumerate(series)]
    told = dict(zip(series, about, strict=True))
    choices = {name: named_choice(known, name, key, lambda facts: told[facts]) for name, key in (named or {}).items()}
    chosen = Chosen(choices, about=tuple(about))
    for modality in protocol.modalities:
        if modality.name not in chosen.choices:
            _choose(modality, known, fitting, chosen, drawn_on if modality.reference else frozenset())
    _check_once(known, chosen)
    return chosen


def _about(facts: SeriesFacts, protocol: Protocol, fitting: Fitting) -> str:
    """What a series is, for people who look at all of them."""
    nothing = fitting.no_volume(facts)
    if nothing:
        return nothing
    found = [(one.name, fitting.fit(facts, one)) for one in protocol.modalities]
    words = "; ".join(f"fits {name} ({fit.why})" for name, fit in found if fit.fits)
    words = words or "; ".join(f"no {name} ({fit.why})" for name, fit in found)
    return f"{facts.problem} ({words})" if facts.problem else words


def _choose(
    modality: ProtocolModality,
    known: Sequence[Candidate],
    fitting: Fitting,
    chosen: Chosen,
    drawn_on: frozenset[int],
) -> None:
    """Adds the choice for a modality, or why there is none."""
    found = []
    for each in known:
        fit = fitting.fit(each.facts, modality)
        if fit.fits and not fitting.no_volume(each.facts):
            found.append(replace(each, kind=Kind("", fit.why)))
    if not found:
        chosen.undecided[modality.name] = _none_fits(modality.name, known)
        return
    left, how = narrowed(list(found), _rules(modality, drawn_on), chosen)
    if len(left) > 1:
        chosen.passed.update({each.index: f"undecided: fits {modality.name} as well as another" for each in left})
        chosen.undecided[modality.name] = (
            f"{keys_of(left)} fit {modality.name} equally ({'; '.join(dict.fromkeys(each.kind.why for each in left))}; "
            f"{left[0].facts.geometry}); {HOW_TO_NAME}."
        )
        chosen.tied.add(modality.name)
        return
    (one,) = left
    step = f", slices of {one.facts.step_mm:.3g} mm" if one.facts.step_mm else ""
    reason = f"series {key_of(one)}: {one.kind.why}{step}{among(found, one, how)}"
    chosen.choices[modality.name] = Choice(one.index, reason)


def _rules(modality: ProtocolModality, drawn_on: frozenset[int]) -> list[Rule]:
    """The rules in their order: each keeps the best of those that are left, or all of them."""
    b = modality.dicom.b_value if modality.dicom else None
    of_b: list[Rule] = [(f"the {b}", lambda of: _end_of_b(of, lowest=b == "lowest"))] if isinstance(b, str) else []
    return [
        ("the only sound one", lambda of: [each for each in of if not each.facts.problem]),
        *of_b,
        ("the acquired one", lambda of: [each for each in of if each.facts.is_original]),
        ("the one that a mask was drawn on", lambda of: [each for each in of if each.index in drawn_on]),
        ("the one not of single directions", lambda of: [each for each in of if not each.facts.directional]),
        ("the one of the thinnest slices", _thinnest),
        ("the one corrected for distortion", typed("DIS2D", "DIS3D")),
        ("the one corrected for the coil", typed("NORM")),
        ("the one named a repeat", lambda of: [each for each in of if "repeat" in each.facts.named.meanings]),
        ("the one with the largest coverage", largest),
        ("the finest", finest),
    ]


def _thinnest(of: Sequence[Candidate]) -> list[Candidate]:
    least = min(each.facts.step_mm for each in of)
    return [each for each in of if each.facts.step_mm <= least * ALIKE]


def _end_of_b(of: Sequence[Candidate], *, lowest: bool) -> list[Candidate]:
    values = [each.facts.high_b or 0.0 for each in of]
    end = min(values) if lowest else max(values)
    return [each for each, b in zip(of, values, strict=True) if b == end]


def _check_once(known: Sequence[Candidate], chosen: Chosen) -> None:
    """Take back the choice of one series for several modalities, unless a person named it."""
    for each in known:
        owners = [name for name, choice in chosen.choices.items() if choice.index == each.index]
        for name in owners if len(owners) > 1 else ():
            if not chosen.choices[name].overridden:
                del chosen.choices[name]
                chosen.undecided[name] = f"Series {key_of(each)} fits {' and '.join(owners)}; {HOW_TO_NAME}."
                chosen.tied.add(name)


def _none_fits(modality: str, known: Sequence[Candidate]) -> str:
    """That none fits, and what there is."""
    if not known:
        return f"There is no series of {modality}; add it."
    listed = "; ".join(
        f"{key_of(each)} is {each.kind.why}" for each in sorted(known, key=lambda each: order_of(key_of(each)))[:LISTED]
    )
    more = f"; and {len(known) - LISTED} others, which the preview lists" if len(known) > LISTED else ""
    return (
        f"There is no series that is known to be {modality} among {len(known)}: {listed}{more}. If one of them is, "
        f"{HOW_TO_NAME.replace('one', 'it', 1)}."
    )
