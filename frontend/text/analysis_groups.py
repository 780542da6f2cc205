"""Analyses that belong side by side: the regions of one task, cohort and pair of encoders; and which one is meant."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from frontend.text import labels, numbers
from shared import schemas as s

READABLE_SHARE = 0.1
"""By the control floor's definition one feature in twenty is read by chance; twice that is more than chance."""

STRONG_SHARE = 0.05
"""Of the features, which are flagged as changed where a change is strong."""

Family = tuple[s.Analysis, ...]
PlaceOf = Callable[[s.Analysis], tuple[int, str, str]]
"""Where an analysis stands among others."""
ProtocolOf = Callable[[str], s.Protocol]
"""The protocol of a cohort, by its id."""


def families(analyses: Sequence[s.Analysis], protocol_of: ProtocolOf) -> tuple[Family, ...]:
    """Analyses that differ in the region only, together; `analyses` come newest first and stay so.

    Of those with the same encoders, width and seed the n-th newest of each region make one family.
    """
    runs: Counter[tuple[Hashable, ...]] = Counter()
    found: dict[tuple[Hashable, ...], list[s.Analysis]] = {}
    for analysis in analyses:
        made_of = _made_of(analysis)
        run = runs[*made_of, analysis.roi]
        runs[*made_of, analysis.roi] += 1
        found.setdefault((*made_of, run), []).append(analysis)
    orders = {one.cohort_id: paper_order(protocol_of(one.cohort_id)) for one in analyses}
    return tuple(tuple(sorted(family, key=orders[family[0].cohort_id])) for family in found.values())


def _made_of(analysis: s.Analysis) -> tuple[Hashable, ...]:
    """What two analyses must share to stand side by side as regions of one."""
    return (*lineage(analysis), where_of(analysis))


def lineage(analysis: s.Analysis) -> tuple[Hashable, ...]:
    """What analyses of the same encoders share, whatever their region and whichever part of the cohort they read."""
    encoders = (analysis.pre_encoder.id, analysis.ft_encoder.id)
    return (analysis.cohort_id, analysis.task, *encoders, analysis.hidden, analysis.seed)


def where_of(analysis: s.Analysis) -> str | None:
    """The conditions of the subgroup that an analysis is of; None for all of its cohort."""
    return None if analysis.subgroup is None else analysis.subgroup.where


def of_part(known: Sequence[Family], shown: s.Analysis, roi: str | None, where: str | None) -> s.Analysis:
    """The newest analysis of the same encoders, of a region, of exactly a part of the cohort; None is all of it.

    Else that of all of the cohort in this region, else the one that is shown.
    """
    alike = [one for family in known for one in family if lineage(one) == lineage(shown)]
    region = roi if any(one.roi == roi for one in alike) else shown.roi
    here = [one for one in alike if one.roi == region]
    mine = [shown] if shown.roi == region and where_of(shown) is None else []
    exact = [one for one in ([shown, *here] if shown.roi == region else here) if where_of(one) == where]
    return next(iter([*exact, *mine, *(one for one in here if where_of(one) is None), shown]))


def regions_of(known: Sequence[Family], shown: s.Analysis, order: PlaceOf) -> list[str]:
    """The regions that analyses of the same encoders are of, whichever part of the cohort they read."""
    alike = [one for family in known for one in family if lineage(one) == lineage(shown)]
    return list(dict.fromkeys(one.roi for one in sorted(alike, key=order)))


def resolve(known: Sequence[Family], analysis_id: str | None, roi: str | None) -> tuple[Family, s.Analysis]:
    """The family and analysis an address means; `known` holds at least one family.

    An unknown id falls back to the analysis to see first, a region the family lacks to the named analysis.
    """
    family = next((family for family in known if any(a.id == analysis_id for a in family)), None)
    if family is None:
        known = [one for one in known if where_of(one[0]) is None] or known
        of_region = [family for family in known if any(a.roi == roi for a in family)] or known
        family = to_see_first(of_region)
    named = next((a for a in family if a.id == analysis_id), max(family, key=_worth_seeing))
    return family, next((a for a in family if a.roi == roi), named)


def to_see_first(known: Sequence[Family]) -> Family:
    """The family with the strongest analysis, else the newest that can be read, else the newest.

    The strongest has the largest share of features flagged as changed: a first look should have something to see. Of
    those that are strong enough one with images comes first, for there the change can be seen in patients.
    """
    strongest = max(known, key=_strength)  # the first of equals: the newest
    if _share_changed(strongest) > 0:
        return strongest
    return next((family for family in known if any(_is_readable(a) for a in family)), known[0])


def _strength(family: Family) -> tuple[bool, float]:
    share = _share_changed(family)
    return share >= STRONG_SHARE and family[0].has_images, share


def _share_changed(family: Family) -> float:
    return max((one.n_changed or 0) / max(one.n_features, 1) for one in family)


def _worth_seeing(analysis: s.Analysis) -> tuple[float, bool]:
    return _share_changed((analysis,)), _is_readable(analysis)


def _is_readable(analysis: s.Analysis) -> bool:
    return (analysis.n_readable or 0) > READABLE_SHARE * analysis.n_features


def by_cohort(known: Sequence[Family]) -> list[str]:
    """The first ids of the families, those of one cohort together; cohorts and families newest first."""
    cohorts = list(dict.fromkeys(family[0].cohort_id for family in known))
    return [family[0].id for family in sorted(known, key=lambda family: cohorts.index(family[0].cohort_id))]


def family_labels(known: Sequence[Family], protocol_of: ProtocolOf) -> dict[str, str]:
    """Names in the analysis box by the first id of a family; a time tells repeated runs apart."""
    names = {
        one.id: f"{one.cohort_name} · {labels.task(protocol_of(one.cohort_id), one.task)}"
        + (f" · {one.subgroup.words}" if one.subgroup else "")
        for one, *_ in known
    }
    repeated = {name for name in names.values() if list(names.values()).count(name) > 1}
    return {
        family[0].id: names[family[0].id]
        + (f" · {numbers.day(family[0].created_at)}" if names[family[0].id] in repeated else "")
        for family in known
    }


def paper_order(protocol: s.Protocol) -> PlaceOf:
    """Places of analyses: CLS, REG, SEG-L, SEG-P or the protocol's targets and regions, then what it does not name."""
    known = labels.analysed_pairs(protocol)

    def place(analysis: s.Analysis) -> tuple[int, str, str]:
        pair = (analysis.task, analysis.roi)
        return (known.index(pair) if pair in known else len(known), *pair)

    return place
