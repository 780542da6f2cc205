"""Two analyses against each other in labels."""

from collections import Counter
from collections.abc import Sequence

from frontend.text import encoder_labels, labels, numbers
from shared import schemas as s


def label(protocol: s.Protocol, analysis: s.Analysis) -> str:
    """`PI-RADS · gland · epoch 12 · run 2`; epoch and run where they are known, and that it is of a control."""
    epoch = "" if analysis.ft_encoder.epoch is None else f" · epoch {analysis.ft_encoder.epoch}"
    run = f" · {words}" if (words := encoder_labels.place(analysis.ft_encoder)) else ""
    part = f" · {analysis.subgroup.words}" if analysis.subgroup else ""
    return f"{labels.task(protocol, analysis.task)} · {analysis.roi}{epoch}{run}{part}"


def analysis_labels(protocol: s.Protocol, analyses: Sequence[s.Analysis]) -> dict[str, str]:
    """A unique label for each id of one cohort: where two are equal, the time is added, then the start of the id."""
    by_label = {one.id: label(protocol, one) for one in analyses}
    by_time = {one.id: f"{by_label[one.id]} · {numbers.day(one.created_at)}" for one in analyses}
    for finer in (by_time, {i: f"{text} · {i[:4]}" for i, text in by_time.items()}):
        counts = Counter(by_label.values())
        by_label = {i: finer[i] if counts[text] > 1 else text for i, text in by_label.items()}
    return by_label


def names_of(detail: s.ComparisonDetail, pair: s.ComparedPair) -> tuple[str, str]:
    """Names of both analyses; equal names get a letter each."""
    first, second = (detail.members[place].label for place in (pair.first, pair.second))
    return (first, second) if first != second else (f"{first} (a)", f"{second} (b)")


def counts(pair: s.ComparedPair, names: tuple[str, str]) -> str:
    """Counts by verdict, those that say something first."""
    text = [
        f"{numbers.count(n)} {labels.verdict(verdict, names)}"
        for verdict in labels.VERDICTS
        if (n := pair.verdicts.get(verdict, 0))
    ]
    return f"Of {numbers.counted(sum(pair.verdicts.values()), 'feature')}: {', '.join(text)}."


def alike(pair: s.ComparedPair) -> str:
    """The correlation of effects, as measured and with errors taken out."""
    if pair.correlation is None:
        return "Too few features can be decoded in either to say how alike the effects are."
    text = (
        f"Effects of the {numbers.counted(pair.n_correlated, 'feature')} decodable in either correlate by "
        f"{interval(pair.correlation, pair.correlation_low, pair.correlation_high)}"
    )
    if pair.true_correlation is None:
        return f"{text}; effects do not spread beyond their errors, so their true correlation cannot be told."
    return f"{text}; with errors taken out {interval(pair.true_correlation, pair.true_low, pair.true_high)}."


def interval(value: float, low: float | None, high: float | None) -> str:
    """`0.61 [0.50, 0.71]`."""
    return numbers.r2(value) if low is None or high is None else f"{numbers.r2(value)} {numbers.interval(low, high)}"


def made_of(detail: s.ComparisonDetail) -> str:
    """Who and what was compared."""
    again = " Both were decoded anew on the patients they share." if detail.recomputed else ""
    return (
        f"{numbers.counted(detail.n_studies, 'study', 'studies')} of {numbers.counted(detail.n_patients, 'patient')} "
        f"in common, {numbers.counted(detail.n_features, 'feature')}, seed {detail.seed}.{again}"
    )
