"""Reasons why the paper's delta I and the trust effect disagree about a feature, as sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.science.text_format import number, percent, signed
from backend.science.trust.thresholds import MARGIN

COMMON_SCALE = 1.25
NOTICEABLE_DRIFT = 0.05
SIGNS = {
    "stronger": "gained",
    "probable_stronger": "gained",
    "kept": "kept",
    "label_borne": "gained",
    "weaker": "lost",
    "probable_weaker": "lost",
}
UP = ("gained", "kept")
"""Words of a positive effect: `kept` is beyond the typical feature, though R² fell."""
QUALIFIED = {
    "probable_stronger": " (probably: read with its group)",
    "probable_weaker": " (probably: read with its group)",
    "label_borne": " (because it goes with the label)",
    "kept": " (it lost less than the typical feature)",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One possible reason for a difference; `applies`: whether it holds for this feature."""

    code: str  # weights, scale, noise, drift, swap, shared, label or runs
    title: str
    sentence: str
    value: float | None
    applies: bool


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Paper's and trust result for one feature, and all eight reasons in a fixed order."""

    disagrees: bool
    headline: str
    reasons: tuple[Reason, ...]

    @property
    def sentences(self) -> list[str]:
        """The headline and one sentence per applying reason; empty where paper and trust agree."""
        if not self.disagrees:
            return []
        return [self.headline, *(one.sentence for one in self.reasons if one.applies and one.code != "noise")]


def disagreement(row: Mapping[str, Any], scale: float, shared_change: float | None) -> Disagreement:
    """Evaluate every reason for this feature; the shared change is always stated.

    row: a line of ranking.csv (missing numbers None or NaN). scale: median of I_ft / I_pre over all features.
    """
    line: dict[str, Any] = {
        name: None if value != value else value for name, value in row.items()
    }  # NaN is unknown, as None is
    paper = "gained" if line["delta_i"] > 0 else "lost"
    trust = SIGNS.get(str(line["flag"]))
    disagrees = paper != trust or line["flag"] == "label_borne"
    return Disagreement(
        disagrees,
        _headline(line, paper, trust),
        (
            _weights(line, paper, trust),
            _scale(line, scale, disagrees),
            _noise(line, trust),
            _drift(line, disagrees),
            _swap(line, disagrees),
            _shared(line, trust, shared_change),
            _label(line, trust),
            _runs(line, trust),
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
    if row["flag"] == "too_few":
        return f"ΔI says {paper}; there are too few patients for a verdict on what can be decoded ({r2}; {between})."
    qualified = QUALIFIED.get(str(row["flag"]), "")
    if trust == paper:
        return f"ΔI and held-out decoding both say {paper}{qualified} ({r2}; {between})."
    if trust is not None:
        return f"ΔI says {paper}; held-out decoding says {trust}{qualified} ({r2}; {between})."
    if row["ci_low"] <= 0 <= row["ci_high"]:
        why = f"the interval includes zero ({between})"
    elif abs(row["effect"]) <= MARGIN:
        why = f"the change is smaller than the margin of {MARGIN} ({between})"
    elif row["q"] is None:
        why = f"its group as a whole is not shown to change, and single features are read in such groups ({between})"
    else:
        why = f"among so many features it is not beyond chance (q = {number(row['q'])}; {between})"
    tail = "; this cohort is too small to see a change of 0.15." if row["flag"] == "underpowered" else "."
    return f"ΔI says {paper}, but no change of what can be decoded is shown: {why}{tail}"


def _weights(row: Mapping[str, Any], paper: str, trust: str | None) -> Reason:
    """Reason: decoder weights are inversely proportional to the strength of the encoding."""
    moved = f"Its weights went from {number(row['i_pre'])} to {number(row['i_ft'])}." if "i_pre" in row else ""
    sentence, applies = f"Weights moved the way decoding did, or decoding shows no change. {moved}".strip(), False
    if trust in UP and paper == "lost":
        sentence = (
            "A signal that is written more strongly needs smaller weights to be read: ΔI falls as it grows."
            if trust == "gained"
            else "Its signal stands out more among what is left, so it needs smaller weights to be read."
        )
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


def _shared(row: Mapping[str, Any], trust: str | None, shared_change: float | None) -> Reason:
    """Reason: the flag compares with the typical feature and not with before; that is in every sentence."""
    title = "What all features share"
    if shared_change is None or shared_change != shared_change:
        sentence = "Fewer than 10 features can be decoded, so no shared change is taken off: the effect is ΔR²."
        return Reason("shared", title, sentence, None, False)
    verb = "lost" if shared_change < 0 else "gained"
    against = trust is not None and (row["delta_r2"] > 0) != (trust in UP)
    if against:
        sentence = (
            f"Its own R² changed by {signed(row['delta_r2'])}; the typical feature {verb} "
            f"{percent(abs(shared_change))} of its R² (shared change {number(shared_change)}), and "
            f"this one {verb} less."
        )
    else:
        sentence = (
            f"The typical feature {verb} {percent(abs(shared_change))} of its R² (shared change "
            f"{number(shared_change)}): of this one's ΔR² {signed(row['delta_r2'])} that is "
            f"{signed(shared_change * row['r2_pre'])}, and "
            f"{signed(row['effect'])} is what differs from it."
        )
    return Reason("shared", title, sentence, shared_change, against)


def _label(row: Mapping[str, Any], trust: str | None) -> Reason:
    """Reason: a feature that goes with the label is decoded better although nothing of it was learned."""
    title, given, borne = "The label rides along", row.get("effect_given_label"), row.get("label_borne")
    if given is None or borne is None:
        sentence = "There is no effect given a label: how much of the change only goes with it cannot be said."
        return Reason("label", title, sentence, None, False)
    low, high = row.get("given_label_low"), row.get("given_label_high")
    interval = "" if low is None or high is None else f", interval {number(low)} to {number(high)}"
    parts = (
        f"Of the effect {signed(row['effect'])}, {signed(borne)} goes with the label and {signed(given)} is left given "
        f"the label{interval}"
    )
    applies = row["flag"] == "label_borne"
    tail = ": it is decoded better because it goes with the label." if applies else "."
    return Reason("label", title, parts + tail, borne, applies and trust is not None)


def _runs(row: Mapping[str, Any], trust: str | None) -> Reason:
    """Reason: one fine-tuning run is one draw, and a change need not come back in every run."""
    title, runs, agree = "One run is one draw", row.get("n_runs"), row.get("n_runs_agree")
    if not runs or runs < 2 or agree is None:
        sentence = "There is one fine-tuning run: whether another would change this feature again cannot be said."
        return Reason("runs", title, sentence, None, False)
    sentence = f"In {agree:.0f} of {runs:.0f} runs the effect alone has this direction and is beyond {MARGIN}"
    applies = trust is not None and agree < runs
    return Reason("runs", title, sentence + (": not in every run." if applies else "."), float(agree), applies)
