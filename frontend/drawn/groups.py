"""Groups on the Overview: R² before and after, the effect given the label, and every run alone."""

from collections.abc import Sequence

from frontend.charts import style
from frontend.charts.dumbbell_words import alt, groups_title
from frontend.charts.effect_rows import EffectRow, effect_frame
from frontend.charts.effect_words import alt as effects_alt
from frontend.charts.flag_marks import marks
from frontend.charts.pair import Pair, pair_frame
from frontend.drawn.axis import Axis
from frontend.drawn.chart import Picture
from frontend.drawn.rows import Line, rows_html, tone
from frontend.text import numbers, trust_words
from frontend.text.trust_words import TrustWords

PAPERS = "the paper's held-out R²"
BEFORE_AFTER = ("○ before", "● after fine-tuning")


def before_after(
    pairs: Sequence[Pair],
    what: str,
    made_of: str,
    floor: float | None = None,
    words: TrustWords = trust_words.PLAIN,
    shared: bool = True,
) -> Picture:
    """R² of every group before and after; `floor` (of the trust block) brings intervals, flags and the shared change.

    `shared` says whether a shared change was computed: without one an effect is the plain change.
    """
    kind = PAPERS if floor is None else words.r2
    lowest = _lowest(pairs)
    lines = [_line(pair, floor is not None, shared, words, lowest) for pair in pairs]
    axis = Axis.around([max(place, lowest) for line in lines for place in line.places] + [floor or 0.0], kind)
    key = [*BEFORE_AFTER, *([f"◁ below {numbers.count(int(lowest))}"] if any(line.below for line in lines) else [])]
    if floor is not None:
        key += ["▭ 95 % interval", *(["| shared change"] if shared else []), "┊ floor"]
        key += marks((pair.flag for pair in pairs), words)
    title = groups_title(pairs, floor, words)
    caption = f"Each row is one {what}: {_read(kind, floor, shared)} {made_of}"
    told = alt(pairs, f"{kind[:1].upper()}{kind[1:]}", numbers.r2, words)
    return Picture(title, rows_html(lines, axis, key, floor), caption, told, pair_frame(pairs))


def _read(kind: str, floor: float | None, shared: bool) -> str:
    if floor is None:
        return (
            f"the mean held-out R² of its features with the paper's decoders, largest gain first. Changes of "
            f"{style.MARGIN} or less are grey; what is below zero in both stages is grey and last. The paper's table "
            "has no intervals."
        )
    beyond = (
        "The tick is where the change that all features share would have brought it; the flag judges from there, and "
        "so do band and order."
        if shared
        else "No shared change was computed, so the flag judges the plain change."
    )
    return (
        f"the mean {kind} of its features, largest effect first. The number is the change that is drawn. {beyond} "
        f"Grey: not flagged. Dashed: control floor {numbers.r2(floor)}."
    )


def _lowest(pairs: Sequence[Pair]) -> float:
    """The lowest R² that is drawn at its place: one far below must not flatten others; all below set it."""
    values = [value for pair in pairs for value in (pair.pre, pair.ft)]
    return style.LOWEST if max(values, default=0.0) > style.LOWEST else min(values)


def _line(pair: Pair, trusted: bool, shared: bool, words: TrustWords, lowest: float) -> Line:
    mark = style.FLAG_MARK.get(pair.flag or "", "")
    told = [
        f"before {numbers.r2(pair.pre)}, after {numbers.r2(pair.ft)}",
        f"change {numbers.change(pair.ft - pair.pre)}",
    ]
    if trusted:
        told.append(words.flag(pair.flag))
        beyond = "effect beyond the shared change" if shared else "effect"
        told.append(f"{beyond} {numbers.effect(pair.effect, pair.low, pair.high)}")
    if pair.given is not None:
        told.append(f"given the label {numbers.change(pair.given)}")
    told += [pair.note] if pair.note else []
    plain = style.direction(pair.ft - pair.pre if pair.says_something else None, style.MARGIN)
    by_change = {style.STRONGER: "stronger", style.WEAKER: "weaker"}.get(plain, "quiet")
    return Line(
        pair.label,
        tuple(told),
        f"{mark} {numbers.change(pair.ft - pair.pre)}".strip(),
        max(pair.ft, lowest),
        max(pair.pre, lowest),
        tone(pair.flag) if trusted else by_change,
        pair.whisker if trusted else None,
        pair.expected if trusted and shared else None,
        below=min(pair.pre, pair.ft) < lowest,
    )


def given_label(rows: Sequence[EffectRow], label: str, made_of: str, words: TrustWords) -> Picture:
    """The effect with the label known to both stages, beside the one without: what lies between goes with the label."""
    lines = [
        Line(
            row.label,
            (
                f"given the label {numbers.effect(*row.given)}",
                f"without {numbers.effect(*row.effect)}",
                words.flag(row.flag),
            ),
            numbers.change(row.given[0]),
            row.given[0],
            0.0,
            tone(row.flag),
            (row.given[1], row.given[2]),
            row.effect[0],
        )
        for row in rows
        if row.given is not None
    ]
    axis = Axis.around([place for line in lines for place in line.places], f"effect given {label}", signed=True)
    left = [
        row for row in rows if row.given is not None and (row.given[1] > style.MARGIN or row.given[2] < -style.MARGIN)
    ]
    title = (
        f"Given {label}, {numbers.counted(len(left), 'group')} of {len(lines)} still "
        f"{'differs' if len(left) == 1 else 'differ'} by more than {style.MARGIN}"
        if left
        else f"Given {label}, no group is shown to differ by more than {style.MARGIN}"
    )
    caption = (
        f"Filled: the effect with {label} known before and after, from zero; band: its 95 % interval. Tick: the effect "
        f"without it. What lies between tick and mark goes with {label}. {made_of}"
    )
    key = ["● given the label", "▭ 95 % interval", "| without the label"]
    return Picture(title, rows_html(lines, axis, key), caption, effects_alt(rows, words), effect_frame(rows))


def by_run(rows: Sequence[EffectRow], n_runs: int, made_of: str, words: TrustWords) -> Picture:
    """The effect as the mean of all runs, every run as a tick, and what runs on shuffled labels show."""
    lines = [
        Line(
            row.label,
            tuple(_runs_told(row, words)),
            numbers.change(row.effect[0]),
            row.effect[0],
            0.0,
            tone(row.flag),
            (row.effect[1], row.effect[2]),
            None,
            row.by_run,
            None if row.control is None else (row.control[1], row.control[2]),
        )
        for row in rows
    ]
    axis = Axis.around([place for line in lines for place in line.places], "effect", signed=True)
    controls = any(row.control for row in rows)
    caption = "Filled: the mean over runs, from zero; ticks: each run alone; band: 95 % interval of the mean. " + (
        "Grey bar below: the same group in runs on shuffled labels; a change inside it is no news of the task. "
        if controls
        else ""
    )
    key = ["● mean", "| each run", "▭ 95 % interval", *(["▬ controls"] if controls else [])]
    told = effects_alt(rows, words)
    return Picture(
        _runs_title(rows, n_runs), rows_html(lines, axis, key), f"{caption}{made_of}", told, effect_frame(rows)
    )


def _runs_title(rows: Sequence[EffectRow], n_runs: int) -> str:
    """How many of the flagged groups go the same way in every run."""
    flagged = [row for row in rows if row.flag in style.FLAG_COLOUR]
    if not flagged:
        return "No group is flagged"
    if n_runs < 2:
        return "The effects beside those of runs on shuffled labels"
    agree = sum(row.runs is not None and row.runs[0] == row.runs[1] for row in flagged)
    goes = "goes" if agree == 1 else "go"
    return f"{agree} of {numbers.counted(len(flagged), 'flagged group')} {goes} the same way in all {n_runs} runs"


def _runs_told(row: EffectRow, words: TrustWords) -> list[str]:
    told = [f"effect {numbers.effect(*row.effect)}", words.flag(row.flag)]
    if row.by_run:
        told.append(f"runs {', '.join(numbers.change(one) for one in row.by_run)}")
    if row.runs is not None:
        told.append(f"{row.runs[0]} of {row.runs[1]} agree")
    if row.control is not None:
        told.append(f"controls {numbers.effect(*row.control)}")
    return told
