"""What the choice among series is made of, under every protocol: candidates, rules that narrow them, names."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from backend.ingest.dicom.series_facts import SeriesFacts
from backend.ingest.dicom.series_kind import Kind
from backend.ingest.identifiers.sentences import shown
from backend.ingest.rejection import Rejection

ALIKE = 1.05  # spacings and lengths within it count as equal
HOW_TO_NAME = "name one with --series, or in the import form"


@dataclass(frozen=True)
class Choice:
    """The series taken for a modality: index into the list given, why, and whether a person named it."""

    index: int
    reason: str
    overridden: bool = False


@dataclass(frozen=True)
class Chosen:
    """The choices by modality; for every other modality why none was taken, as a sentence that names candidates.

    `passed` says of series that fit and were not taken which was better, by their index; `tied` are the modalities that
    several fit equally; `about` says what each series is, where a protocol tells.
    """

    choices: dict[str, Choice]
    undecided: dict[str, str] = field(default_factory=dict)
    passed: dict[int, str] = field(default_factory=dict)
    tied: set[str] = field(default_factory=set)
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A series with its place in the list and its kind."""

    index: int
    facts: SeriesFacts
    kind: Kind


Rule = tuple[str, Callable[[Sequence[Candidate]], list[Candidate]]]


def narrowed(left: list[Candidate], rules: Sequence[Rule], chosen: Chosen) -> tuple[list[Candidate], str]:
    """Those that are left after the rules, and the words of the last that decided; `chosen` notes which were better."""
    how, worse = "", dict[int, str]()
    for name, rule in rules:
        best = rule(left)
        if best and len(best) < len(left):
            worse |= {each.index: name for each in left if each not in best}
            left, how = best, name
    chosen.passed.update({at: f"not taken: {keys_of(left, 'series')} is {name}" for at, name in worse.items()})
    return left, how


def among(found: Sequence[Candidate], one: Candidate, how: str) -> str:
    """`; the finest of 3 that fit (also 5, 6)`, where others fit, too."""
    others = sorted({with_problem(each) for each in found if each is not one}, key=order_of)
    return f"; {how} of {len(others) + 1} that fit (also {', '.join(others)})" if others and how else ""


def finest(of: Sequence[Candidate]) -> list[Candidate]:
    """Those of the smallest pixels."""
    least = min(each.facts.plane[0] for each in of)
    return [each for each in of if each.facts.plane[0] <= least * ALIKE]


def largest(of: Sequence[Candidate]) -> list[Candidate]:
    """Those that cover the most along the stack."""
    most = max(_length(each) for each in of)
    return [each for each in of if _length(each) * ALIKE >= most]


def typed(*values: str) -> Callable[[Sequence[Candidate]], list[Candidate]]:
    """A rule: those with one of these values of ImageType."""
    return lambda of: [each for each in of if set(values) & set(each.facts.image_type)]


def _length(each: Candidate) -> float:
    ends = each.facts.ends
    return abs(ends[1] - ends[0]) if len(ends) == 2 else 0.0


def named_choice(known: Sequence[Candidate], modality: str, name: str, why_not: Callable[[SeriesFacts], str]) -> Choice:
    """The series that a person named: by number, by UID, or by a part of its description. Raises Rejection."""
    fitting = called(known, name.strip())
    if len(fitting) != 1:
        keys = ", ".join(sorted((each.facts.key for each in known), key=order_of))
        what = f"{keys_of(fitting)} fit the name" if fitting else "There is no series"
        raise Rejection(
            f"{what} {shown(name.strip())!r} to take for {modality}; the study has {keys}, of which one is named by "
            "number, by UID, or by a part of its description.",
            "dicom_series",
        )
    one = fitting[0]
    why = why_not(one.facts)
    return Choice(one.index, f"series {key_of(one)}: named for {modality} by the importer ({why})", True)


def called(known: Sequence[Candidate], name: str) -> list[Candidate]:
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


def with_problem(each: Candidate) -> str:
    """The key of a series that was not taken, and in short why it could not be."""
    problem = re.split(r", so |;", each.facts.problem)[0]
    return f"{key_of(each)}, which {problem}" if problem else key_of(each)


def key_of(each: Candidate) -> str:
    """The name of a series for people."""
    return each.facts.key or str(each.facts.number)


def keys_of(of: Sequence[Candidate], word: str = "Series") -> str:
    """`Series 6 and 10`."""
    *first, last = sorted({key_of(each) for each in of}, key=order_of)
    return f"{word} {', '.join(first)} and {last}" if first else f"{word} {last}"


def order_of(key: str) -> tuple[int, str]:
    """Sorts names of series by their number."""
    number = re.match(r"\d+", key)
    return (int(number[0]) if number else 0, key)
