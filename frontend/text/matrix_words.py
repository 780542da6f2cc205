"""The matrix of analyses in words: what stands in a cell, and how far its row agrees."""

from collections import Counter
from collections.abc import Sequence

from frontend.text import labels, numbers, trust_words
from shared import schemas as s

MARKS = {
    "stronger": "▲",
    "probable_stronger": "△",
    "kept": "▲",
    "weaker": "▼",
    "probable_weaker": "▽",
    "label_borne": "◆",
}
AGREEMENT = {
    "stronger": "all stronger",
    "weaker": "all weaker",
    "label_borne": "all label-borne",
    "opposite": "opposite signs",
    "one": "in some",
    "none": "in none",
}
EVERYWHERE: dict[s.Agreement, str] = {"stronger": "stronger", "weaker": "weaker", "label_borne": "label-borne"}
BY: dict[str, s.MatrixBy] = {
    "Modality × class": "modality_class",
    "Class": "class",
    "Modality": "modality",
    "Features": "feature",
}


def cell(found: s.MatrixCell) -> str:
    """`▲ +0.08`, `+0.01`, or why there is no number: `cannot be read`, `not measured there`."""
    if found.effect is None:
        return found.missing
    if found.flag == "not_decodable":
        return "cannot be read"
    mark = MARKS.get(found.flag or "", "")
    word = f" {trust_words.flag(found.flag)}" if found.flag in ("kept", "label_borne") else ""
    return f"{mark} {numbers.change(found.effect)}{word}".strip()


def row(by: s.MatrixBy, found: s.MatrixRow) -> str:
    """A group or feature in words."""
    return found.label if by == "feature" else labels.group(by, found.name)


def spread(found: s.MatrixRow) -> str:
    """`+0.06 ± 0.02 in 3 runs`; empty where no two columns are runs of one recipe."""
    told = [f"{numbers.change(one.mean)} ± {numbers.r2(one.sd)} in {len(one.members)} runs" for one in found.spreads]
    return "; ".join(told)


def answer(found: s.ComparisonMatrix) -> str:
    """How many of the rows shown agree, in one sentence: what holds everywhere first."""
    kinds = Counter(one.agreement for one in found.rows)
    where = "both" if len(found.members) == 2 else f"all {len(found.members)}"
    told = [f"{numbers.count(kinds[kind])} {words} in {where}" for kind, words in EVERYWHERE.items() if kinds[kind]]
    told += [f"{numbers.count(kinds['opposite'])} with opposite signs"] if kinds["opposite"] else []
    told += [f"{numbers.count(kinds['one'])} changed in some and not in others"] if kinds["one"] else []
    kind = "feature" if found.by == "feature" else "group"
    if not told:
        return f"No change was found in any {kind} of {where}."
    rest = f"; no change was found in the other {numbers.count(kinds['none'])}" if kinds["none"] else ""
    return f"Of {numbers.counted(len(found.rows), kind)}, {_listed(told)}{rest}."


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def alike(names: Sequence[str], pair: s.MatrixPair) -> str:
    """`A and B: 96 features can be read in both, 71 with one flag; effects correlate by 0.62`."""
    who = f"{names[pair.first]} and {names[pair.second]}"
    if pair.n_features == 0:
        return f"{who}: no feature can be read in both."
    both = numbers.counted(pair.n_features, "feature")
    told = f"{who}: {both} can be read in both, {numbers.count(pair.n_same_flag)} with one flag"
    return f"{told}." if pair.correlation is None else f"{told}; effects correlate by {numbers.r2(pair.correlation)}."
