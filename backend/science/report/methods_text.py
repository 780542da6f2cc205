"""The methods paragraph of an analysis, its numbers filled in, in words a journal takes."""

from backend.science.analysis.report import Report
from backend.science.analysis.report_trust import TrustReport
from backend.science.analysis.subgroup_text import methods_sentence
from backend.science.lens import other_widths
from backend.science.report.protocol_words import modality_words
from backend.science.report.references import (
    ALLEN,
    BELROSE,
    BENJAMINI_BOGOMOLOV,
    BENJAMINI_HOCHBERG,
    EFRON_STEIN,
    GRIETHUYSEN,
    HEWITT_LIANG,
    LENS,
    SELLAM,
    Reference,
    bibtex,
)
from backend.science.text_format import number, words_only
from backend.science.trust.jackknife.deletions import GROUPS, MOST_ALONE
from backend.science.trust.jackknife.flags import FEWEST_PATIENTS as FEWEST_FLAGGED
from backend.science.trust.jackknife.penalty import PENALTIES
from backend.science.trust.jackknife.shrinkage import FEWEST_PATIENTS as FEWEST_SHRUNKEN
from backend.science.trust.jackknife.standard_error import DEGENERATE_RATIO
from backend.science.trust.thresholds import FALSE_DISCOVERY, MARGIN

__all__ = ["bibtex", "methods_text"]


def methods_text(report: Report) -> str:
    """Paragraphs of plain text, a blank line between them; references by author and year as in `bibtex()`."""
    trust = report.trust
    if trust is None:
        parts = [_data(report), _paper(report)]
    elif report.version == 1:
        parts = [_data(report), _version_1(trust), _paper(report)]
    else:
        parts = [
            *(_data(report), _decoding(report, trust), _effects(report, trust), _tests(report, trust), _label(trust)),
            *(_runs(trust), _controls(trust), _causes(trust), _paper(report)),
        ]
    return "\n\n".join(part for part in [*parts, _software(report)] if part)


def _cite(*references: Reference) -> str:
    return f"({'; '.join(one.cited for one in references)})"


def _data(report: Report) -> str:
    task = f" for {report.task_words}" if report.task else ""
    roi = f" of the {words_only(report.roi)}" if report.roi else ""
    modalities = ", ".join(modality_words(report))
    dropped = f" {_count(len(report.dropped), 'feature')} were left out beforehand." if report.dropped else ""
    return (
        f"We compared the embeddings (d = {report.width}) of an image encoder before and after fine-tuning{task} in "
        f"N = {report.n_studies} studies of P = {report.n_patients} patients.{methods_sentence(report)} As targets we "
        f"used K = {report.n_features} radiomic features{roi} ({modalities}), named and defined as in PyRadiomics "
        f"{_cite(GRIETHUYSEN)}.{dropped} Rows were joined by study identifier.{_protocol(report)}"
    )


def _protocol(report: Report) -> str:
    """How images were prepared and what the task is, where a protocol other than the prostate's says it."""
    words = report.protocol
    if words is None:
        return ""
    kind = f"; the task is of kind {words.target_kind}" if words.target_kind else ""
    return f" Modalities, regions and grid follow the protocol {words_only(words.name)}{kind}."


def _decoding(report: Report, trust: TrustReport) -> str:
    chance = trust.chance_r2
    above = "" if chance is None else f" (mean {number(chance.pre)} before, {number(chance.ft)} after fine-tuning)"
    penalty = "" if trust.penalty is None else f" = {trust.penalty:.3g}"
    given = [words_only(one) for one in trust.covariates]
    covariates = f" Unpenalised covariates of every fit: an intercept and {', '.join(given)}." if given else ""
    return (
        "Each feature, as normal scores of its ranks, was decoded from either embedding by ridge regression. Every "
        f"patient was held out in turn with all studies, in closed form {_cite(ALLEN)}. One penalty λ{penalty}, in "
        "units of the mean eigenvalue of each embedding's Gram matrix, served both stages; it had the least squared "
        f"held-out error among {len(PENALTIES)} values from {PENALTIES[0]:g} to {PENALTIES[-1]:.0f}.{covariates} We "
        f"report R² above chance, (R² − R²₀) / (1 − R²₀), where R²₀ is the expected held-out R² of noise{above}. A "
        "feature counted as decodable above the 95th percentile of the R² of features of the wrong patients "
        f"{_cite(HEWITT_LIANG)}, here {number(trust.permutation_floor)}; whole patients were permuted (seed "
        f"{report.settings.seed})."
    )


def _effects(report: Report, trust: TrustReport) -> str:
    if trust.shared_change is None:
        effect = (
            "Fewer than ten features could be decoded before fine-tuning, so no shared change was taken off: the "
            "effect is the difference of R², ΔR²."
        )
    else:
        effect = (
            "The shared change is the median of ΔR² / R² over features with an R² above 0.02 before fine-tuning "
            f"({number(trust.shared_change)}). The effect of a feature is ΔR² less the shared change times its R² "
            "before. It is thus a difference from the typical feature. Effects of groups (modality by feature class) "
            "are plain means."
        )
    ratio = trust.variance_ratio
    halved = (
        "The jackknife variance was halved, because the statistic is degenerate and the jackknife counts such a "
        f"variance at least twice {_cite(EFRON_STEIN)}."
        if ratio is None or ratio == DEGENERATE_RATIO
        else f"The jackknife variance was multiplied by {ratio:.2f} for features and "
        f"{trust.group_variance_ratio or ratio:.2f} for groups, as measured between random halves of the patients "
        f"{_cite(EFRON_STEIN)}."
    )
    over = "patients" if report.n_patients <= MOST_ALONE else f"{GROUPS} random groups of patients"
    return f"{effect} Standard errors are a jackknife over {over}, the shared change computed anew each time. {halved}"


def _tests(report: Report, trust: TrustReport) -> str:
    if report.n_patients < FEWEST_FLAGGED:
        return f"With fewer than {FEWEST_FLAGGED} patients no test was made, and effects are given without a verdict."
    shrunken = (
        " Effects shrunken towards those of their group were tested the same way; what only they show is called "
        "probable."
        if report.n_patients >= FEWEST_SHRUNKEN
        else ""
    )
    return (
        f"Groups ({len(trust.swap)}) were tested first, at a false discovery rate of {FALSE_DISCOVERY:.2f} "
        f"{_cite(BENJAMINI_HOCHBERG)}. Features were tested inside the selected groups only, at a rate lowered by the "
        f"share of groups selected {_cite(BENJAMINI_BOGOMOLOV)}. A flag also needed an effect beyond ±{MARGIN} and, "
        f"for a feature, the sign of its group.{shrunken} A positive effect with a fallen R² is called kept."
    )


def _label(trust: TrustReport) -> str:
    if trust.label is None:
        unused = None if trust.use is None else words_only(trust.use.label)
        why = "No label was given" if unused is None else f"The label {unused} could not be used as a covariate"
        return f"{why}: changes may go with what the task learned."
    label = " and ".join(words_only(one) for one in trust.label.label)
    return (
        f"Because a fine-tuned embedding carries its label, all was decoded again given the label {label} as an "
        "unpenalised covariate, with a penalty of its own. The difference of both effects is borne by the label; its "
        f"error is the jackknife of the difference. {_count(trust.label.n_label_borne, 'feature')} and "
        f"{_count(len(trust.label.label_borne_groups), 'group')} gained without the label and "
        "show no gain given it."
    )


def _runs(trust: TrustReport) -> str:
    if trust.runs is None:
        return (
            "One fine-tuned encoder was analysed; intervals say whether this checkpoint changed, not whether another "
            "would."
        )
    return (
        f"The encoder was fine-tuned {trust.runs.n_runs} times by one recipe. Effects are means over runs; their "
        "variance adds that between runs, half of it taken from each feature and half from the mean over features "
        f"{_cite(SELLAM)}."
    )


def _controls(trust: TrustReport) -> str:
    if trust.controls is None:
        return ""
    n = trust.controls.n_runs
    return (
        f"As a control, {_count(n, 'run')} fine-tuned on shuffled labels {'was' if n == 1 else 'were'} analysed alike."
    )


def _causes(trust: TrustReport) -> str:
    """Use and new content, where they were computed."""
    parts = []
    if trust.use is not None:
        head = "the given head" if trust.use.head_given else f"a linear head on {words_only(trust.use.label)}"
        parts.append(
            "What the task uses was measured by erasing each feature and group linearly from the fine-tuned embedding "
            f"{_cite(BELROSE)}. Then {head} was scored again in held-out patients, against erasing random directions "
            "and features of the wrong patients."
        )
    if trust.new_content is not None:
        parts.append(
            "New content is what ridge regression on the pre-trained embedding does not predict of the fine-tuned one "
            f"in held-out patients; lost content is the reverse ({len(trust.new_content.axes)} axes new, "
            f"{len(trust.lost_content.axes) if trust.lost_content else 0} lost). Axes count beyond random signs and "
            "beyond what an embedding does not predict of itself."
        )
    return " ".join(parts)


def _version_1(trust: TrustReport) -> str:
    return (
        "Each feature, as normal scores of its ranks, was decoded from either embedding by ridge regression in "
        "repeated cross-validation by patient. Standard errors come from "
        f"{trust.replicates} bootstrap samples of patients. This is version 1 of the method: its errors are too wide, "
        "its R² is not above chance, and it does not take the label into account."
    )


def _paper(report: Report) -> str:
    settings = report.settings
    standardised = "standardised by pre-trained statistics" if settings.standardise_x == "pre" else "as they are"
    return (
        f"The published decoders {_cite(LENS)} were computed beside: a shared projection with {report.hidden} "
        f"rectified units, fitted to the pre-trained embeddings ({standardised}; {settings.epochs} epochs, batch "
        f"{settings.batch_size}, l1 = {settings.l1:g}, l2 = {settings.l2:g}, seed {settings.seed}). Linear decoders "
        f"followed by least squares on {report.n_theta} studies for each stage. The importance of a feature is the "
        f"norm of its weights, and ΔI its change; it is not explanatory power. {_turned(report)}Split: "
        f"{report.split.source} ({report.split.train.patients}, {report.split.val.patients} and "
        f"{report.split.test.patients} patients)."
    )


def _turned(report: Report) -> str:
    """What was done to embeddings of two widths; nothing where they have one."""
    if not any(alert.code == other_widths.CODE for alert in report.alerts):
        return ""
    return (
        "Before and after have different dimensions, so the embedding after was turned onto the one before (orthogonal "
        "Procrustes on training studies); importances and ΔI depend on that turn. "
    )


def _software(report: Report) -> str:
    names = {
        "radiomiclens": "RadiomicLens",
        "python": "Python",
        "numpy": "NumPy",
        "pandas": "pandas",
        "torch": "PyTorch",
    }
    order = [name for name in names if name in report.versions]
    others = [name for name in report.versions if name not in names]
    listed = [f"{names.get(name, name)} {report.versions[name]}" for name in (*order, *others)]
    return f"Software: {', '.join(listed)}."


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
