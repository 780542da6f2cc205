"""Details of a training job: its curves as it runs, reconstructions of a pre-training, scores of a fine-tuning."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from frontend.api import cohorts, connection
from frontend.api.refusals import answer_or_stop
from frontend.charts import training
from frontend.components.chart_block import dark, show
from frontend.text import numbers, score_words
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.protocol_words import target_words

KINDS = ("pretrain", "finetune")
ACTIVE = ("running", "cancelling")
SIDES = {"train": "Trained on", "val": "chose with", "test": "tested on"}


def look(job: s.Job, open_now: bool) -> None:
    """A fold with everything; read only while it stands open."""
    if job.kind not in KINDS or job.state == "queued":
        return
    with st.expander("Curves", expanded=open_now, key=f"curves-{job.id}", on_change="rerun", type="compact") as fold:
        if not fold.open:
            return
        made = _encoders(job)
        told = by_place(answer_or_stop(connection.client().job_epochs, job.id), made)
        if not told:
            st.caption("No epoch is done yet." if job.state in ACTIVE else "No epoch was done.")
            return
        if job.result.get("cached"):
            st.caption("The same training was done before; these are its curves.")
        place = which(job, told)
        curves(job, told[place])
        reconstructions(job, told[place])
        if place in made:
            outcome(made[place])


def by_place(told: Sequence[s.TrainingEpoch], made: Mapping[int, s.Encoder]) -> dict[int, Sequence[s.TrainingEpoch]]:
    """The epochs of each training of a job; of one that was done before, as its encoder remembers them."""
    found: dict[int, list[s.TrainingEpoch]] = {}
    for one in told:
        found.setdefault(one.run_number, []).append(one)
    places = sorted({*found, *made})
    return {place: epochs for place in places if (epochs := found.get(place) or recorded(made.get(place)))}


def which(job: s.Job, told: Mapping[int, Sequence[s.TrainingEpoch]]) -> int:
    """The training to show: the only one, or one to choose, below a chart of all of them."""
    seeds, controls = int(job.params.get("seeds", 1)), int(job.params.get("shuffle_labels", 0))
    if seeds + controls == 1:
        return next(iter(told))
    names = {place: place_words(place, seeds, controls) for place in told}
    if len(told) > 1:
        of_controls = [name for place, name in names.items() if place >= seeds]
        chart = training.losses_of_runs({names[place]: epochs for place, epochs in told.items()}, of_controls, dark())
        show(chart, f"{chart.name}-{job.id}")
    first = max(told) if job.state in ACTIVE else min(told)
    options = list(names)
    chosen: int = st.selectbox(
        "Training", options, options.index(first), format_func=names.__getitem__, key=f"run-{job.id}", width=260
    )
    return chosen


def place_words(place: int, seeds: int, controls: int) -> str:
    """`run 2 of 5`, `control 1 of 2`: the trainings of a job in the order it does them."""
    return f"run {place + 1} of {seeds}" if place < seeds else f"control {place - seeds + 1} of {controls}"


def recorded(encoder: s.Encoder | None) -> list[s.TrainingEpoch]:
    """The epochs as the encoder remembers them: a request answered by an earlier training has none of its own."""
    history = [] if encoder is None else encoder.history
    return [
        s.TrainingEpoch(
            epoch=int(one["epoch"]), scores={name: one[name] for name in one if name != "epoch"}, pictures=[]
        )
        for one in history
    ]


def curves(job: s.Job, epochs: Sequence[s.TrainingEpoch]) -> None:
    """Losses and validation scores, side by side where there is room."""
    protocol = cohorts.protocol(str(job.params.get("cohort_id")))
    called = score_words.short_words(protocol, job.params.get("task"))
    charts = [training.losses(epochs, dark()), *training.scores(epochs, dark(), called)]
    for column, chart in zip(st.columns(len(charts)), charts, strict=True):
        with column:
            show(chart, f"{chart.name}-{job.id}")


def reconstructions(job: s.Job, epochs: Sequence[s.TrainingEpoch]) -> None:
    """What a pre-training painted after an epoch to choose."""
    pictured = [one for one in epochs if one.pictures]
    if not pictured:
        return
    st.markdown("##### What it paints", anchors=False)
    numbered = {one.epoch: one for one in pictured}
    chosen = st.select_slider("After epoch", list(numbered), max(numbered), key=f"painted-{job.id}") if len(
        numbered
    ) > 1 else next(iter(numbered))  # fmt: skip
    for modality in numbered[chosen].pictures:
        st.image(
            answer_or_stop(connection.client().reconstruction, job.id, chosen, modality),
            caption=f"{modality}: the image, what was shown of it, the hidden cubes painted in",
            width=560,
        )
    st.caption(
        "The middle slice of the first case under one mask for all epochs. The loss compares each cube by its own mean "
        "and contrast, so these two are taken from the image; what is painted is the pattern within."
    )


def outcome(encoder: s.Encoder) -> None:
    """Scores of a finished fine-tuning, with intervals, confusion and notes."""
    if encoder.stage != "ft":
        return
    metrics, protocol = encoder.metrics, cohorts.protocol(str(encoder.cohort_id))
    st.markdown(f"##### Scores of epoch {encoder.epoch}", anchors=False)
    table = score_table(metrics, score_words.score_words(protocol, encoder.task))
    st.dataframe(table, hide_index=True, width="content")
    patients = metrics.get("patients", {})
    if patients:
        st.caption(
            f"{patients['train']} patients trained, {patients['val']} chose, {patients['test']} tested. "
            "95 % intervals by drawing the test patients again; a dash where too few draws define the score."
        )
    told = [
        f"{SIDES[side]} {score_words.count_words(counts)}"
        for side, counts in metrics.get("target", {}).get("counts", {}).items()
    ]
    if told:
        st.caption(escape_markdown("; ".join(told) + "."))
    target = protocol.target(encoder.task or "")
    counted = metrics.get("confusion", {}).get("test")
    if counted and target is not None:
        words = escape_markdown(target_words(protocol, target.name))
        st.markdown(f"Test studies by {words} (rows) and what was predicted (columns)")
        st.dataframe(pd.DataFrame(counted, index=target.classes, columns=target.classes), width="content")
    for note in metrics.get("notes", []):
        st.caption(escape_markdown(note))


def score_table(metrics: dict[str, Any], called: Mapping[str, str]) -> pd.DataFrame:
    """Score, validation, test, interval: as text, in the digits they deserve; `called`: score -> words."""
    intervals: dict[str, Any] = metrics.get("intervals", {}).get("test") or {}
    val, test = metrics.get("val", {}), metrics.get("test", {})
    rows = []
    for name, words in called.items():
        if name in val or name in test:
            low, high = intervals.get(name) or (None, None)
            rows.append(
                (
                    words,
                    numbers.r2(val.get(name)),
                    numbers.r2(test.get(name)),
                    numbers.interval(low, high),
                )
            )
    return pd.DataFrame(rows, columns=["score", "validation", "test", "95 % of test"])


def _encoders(job: s.Job) -> dict[int, s.Encoder]:
    """The encoders of a finished job by the place of their training: runs, then controls."""
    if job.state != "done" or not job.result.get("encoder_id"):
        return {}
    made = [*job.result.get("runs", [job.result["encoder_id"]]), *job.result.get("controls", [])]
    known = {one.id: one for one in answer_or_stop(connection.client().encoders, str(job.result["cohort_id"]))}
    return {place: known[encoder_id] for place, encoder_id in enumerate(made) if encoder_id in known}
