"""Reasons why the paper's delta I and the trust effect disagree about a feature, as sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.science.text_format import number, signed
from backend.science.trust.thresholds import MARGIN

COMMON_SCALE = 1.25
NOTICEABLE_DRIFT = 0.05
SIGNS = {"stronger": "gained", "weaker": "lost"}


@dataclass(frozen=True, slots=True)
class Reason:
    """One possible reason for a difference; `applies`: whether it holds for this feature."""

    code: str  # weights, scale, noise, drift, swap or shared
    title: str
    sentence: str
    value: float | None
    applies: bool


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Paper's and trust result for one feature, and all six reasons in a fixed order."""

    disagrees: bool
    headline: str
    reasons: tuple[Reason, ...]

    @property
    def sentences(self) -> list[str]:
        """The headline and one sentence per applying reason; empty where paper and trust agree."""
        if not self.disagrees:
            return []
        return [self.headline, *(one.sentence for one in self.reasons if one.applies and one.code != "noise")]


def disagreement(row: Mapping[str, Any], scale: float, b: float | None) -> Disagreement:
    """Evaluate every reason for this feature; b is always stated.

    row: a line of ranking.csv (missing numbers None or NaN). scale: median of I_ft / I_pre over all features.
    """
    line: dict[str, Any] = {
        name: None if value != value else value for name, value in row.items()
    }  # NaN is unknown, as None is
    paper = "gained" if line["delta_i"] > 0 else "lost"
    trust = SIGNS.get(str(line["flag"]))
    disagrees = paper != trust
    return Disagreement(
        disagrees,
        _headline(line, paper, trust),
        (
            _weights(line, paper, trust),
            _scale(line, scale, disagrees),
            _noise(line, trust),
            _drift(line, disagrees),
            _swap(line, disagrees),
            _shared(line, trust, b),
        ),
    )


def _headline(row: Mapping[str, Any], paper: str, trust: str | None) -> str:
    """Sentence on the trust effect beside ΔI, with its evidence."""
    r2 = f"R² {number(row['r2_pre'])} → {number(row['r2_ft'])}"
    between = f"effect {signed(row['effect'])}, interval {number(row['ci_low'])} to {number(row['ci_high'])}"
    if row["flag"] == "not_decodable":
        return (
            f"ΔI says {paper}, but the feature cannot be read from the embedding in either stage ({r2}; wrong "
            f"patients reach {number(row['control_floor'])}): its weights fit noise, and so does their change."
        )
    if trust == paper:
        return f"ΔI and held-out decoding both say {paper} ({r2}; {between})."
    if trust is not None:
        return f"ΔI says {paper}; held-out decoding says {trust} ({r2}; {between})."
    if row["ci_low"] <= 0 <= row["ci_high"]:
        why = f"the interval includes zero ({between})"
    elif abs(row["effect"]) <= MARGIN:
        why = f"the change is smaller than the margin of {MARGIN} ({between})"
    else:
        why = f"among so many features it is not beyond chance (q = {number(row['q'])}; {between})"
    tail = "; this cohort is too small to see a change of 0.15." if row["flag"] == "underpowered" else "."
    return f"ΔI says {paper}, but no change of what can be decoded is shown: {why}{tail}"


def _weights(row: Mapping[str, Any], paper: str, trust: str | None) -> Reason:
    """Reason: decoder weights are inversely proportional to the strength of the encoding."""
    moved = f"Its weights went from {number(row['i_pre'])} to {number(row['i_ft'])}." if "i_pre" in row else ""
    sentence, applies = f"Weights moved the way decoding did, or decoding shows no change. {moved}".strip(), False
    if trust == "gained" and paper == "lost":
        sentence = "A signal that is written more strongly needs smaller weights to be read: ΔI falls as it grows."
        applies = True
    if trust == "lost" and paper == "gained":
        sentence = "A signal that is written more weakly needs larger weights to be read: ΔI rises as it fades."
        applies = True
    return Reason("weights", "Weights shrink when a signal grows", sentence, row["delta_i"], applies)


def _scale(row: Mapping[str, Any], scale: float, disagrees: bool) -> Reason:
    applies = disagrees and not 1 / COMMON_SCALE <= scale <= COMMON_SCALE
    if 1 / COMMON_SCALE <= scale <= COMMON_SCALE:
        sentence = f"The middle feature's importance went to {scale:.2f} of its size: no common change of scale."
    else:
        sentence = (
            f"The importances of all features moved together (the middle one to {scale:.2f} of its size): a change of "
            "the embedding's scale or axes, not of this feature."
        )
    if row.get("i_pre"):
        sentence += f" This one's went to {row['i_ft'] / row['i_pre']:.2f}."
    return Reason("scale", "Scale of the embedding", sentence, scale, applies)


def _noise(row: Mapping[str, Any], trust: str | None) -> Reason:
    best, floor = max(row["r2_pre"], row["r2_ft"]), row["control_floor"]
    if row["flag"] == "not_decodable":
        sentence = (
            f"The better stage reaches R² {number(best)}, features of the wrong patients {number(floor)}: there is "
            "nothing to have changed."
        )
    elif trust is None:
        sentence = (
            f"The effect is {signed(row['effect'])} and its 95 % interval runs from {number(row['ci_low'])} to "
            f"{number(row['ci_high'])}: a change of this size is not told from chance, or is too small to matter."
        )
    else:
        sentence = (
            f"R² reaches {number(best)}, the wrong patients' features {number(floor)}; the interval of the effect "
            f"({number(row['ci_low'])} to {number(row['ci_high'])}) keeps clear of zero."
        )
    return Reason("noise", "Noise", sentence, None if row.get("se") is None else row["se"], trust is None)


def _drift(row: Mapping[str, Any], disagrees: bool) -> Reason:
    """Reason: the projection is fitted before; after fine-tuning the content can lie in other directions."""
    title, before, after = "Axes that moved away", row.get("paper_r2_pre"), row.get("paper_r2_ft")
    if before is None or after is None:
        return Reason("drift", title, "The paper's decoders have no held-out R² of this feature.", None, False)
    lost = (after - before) - row["delta_r2"]
    sentence = (
        f"Through the projection fitted before fine-tuning R² changed by {signed(after - before)}; read from the "
        f"embedding itself by {signed(row['delta_r2'])}"
    )
    drifted = lost < -NOTICEABLE_DRIFT
    tail = (
        ": the content moved to axes that the frozen projection does not look at, it was not lost."
        if drifted
        else ": the frozen projection hides nothing here."
    )
    return Reason("drift", title, sentence + tail, lost, disagrees and drifted)


def _swap(row: Mapping[str, Any], disagrees: bool) -> Reason:
    title, swap = "The stage the projection was fitted on", row.get("swap_delta_i")
    if swap is None:
        return Reason("swap", title, "Too few studies to fit the projection on the fine-tuned stage.", None, False)
    turned = swap * row["delta_i"] < 0
    sentence = (
        "With the shared projection fitted on the fine-tuned stage ΔI changes its sign: it says which stage the "
        "projection was fitted on."
        if turned
        else "With the shared projection fitted on the fine-tuned stage ΔI keeps its sign."
    )
    return Reason("swap", title, sentence, swap, disagrees and turned)


def _shared(row: Mapping[str, Any], trust: str | None, b: float | None) -> Reason:
    """Reason: the flag compares with the other features and not with before; b is in every sentence."""
    title = "What all features share"
    if b is None or b != b:
        sentence = "Fewer than 10 features can be decoded, so no shared change (b) is taken off: the effect is ΔR²."
        return Reason("shared", title, sentence, None, False)
    verb = "lost" if b < 0 else "gained"
    against = trust is not None and (row["delta_r2"] > 0) != (trust == "gained")
    if against:
        sentence = (
            f"Its own R² changed by {signed(row['delta_r2'])}; all features {verb} about {abs(b):.0%} of theirs "
            f"(b = {number(b)}), and this one {verb} less."
        )
    else:
        sentence = (
            f"All features together {verb} about {abs(b):.0%} of their R² (b = {number(b)}): of this one's ΔR² "
            f"{signed(row['delta_r2'])} that is {signed(b * row['r2_pre'])}, and {signed(row['effect'])} is its own."
        )
    return Reason("shared", title, sentence, b, against)
