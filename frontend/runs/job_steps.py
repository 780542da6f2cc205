"""How a job goes, in plain words: its step, how far, how long the whole of it still takes, until when."""

from frontend.text import job_words, numbers
from shared import schemas as s

ACTIVE = ("running", "cancelling", "queued")
STATES = {
    "running": (":material/play_circle:", "running"),
    "cancelling": (":material/stop_circle:", "stopping"),
    "queued": (":material/hourglass_empty:", "waiting"),
    "done": (":material/check_circle:", "done"),
    "failed": (":material/error:", "failed"),
    "cancelled": (":material/cancel:", "cancelled"),
}
SHORT = {
    "synth": "Draw images",
    "synth_tables": "Draw tables",
    "import_cases": "Import images",
    "import_tables": "Import tables",
    "extract": "Radiomics",
    "import_encoder": "Encoder",
    "embed": "Embed",
    "pretrain": "Pre-train",
    "finetune": "Fine-tune",
    "analyze": "Analyse",
    "compare": "Compare",
    "trajectory": "Follow",
    "selfcheck": "Power",
}
"""Kind of a job -> what it does, in a word or two."""


def short(job: s.Job) -> str:
    """`Analyse pirads gland`: a job's place in a row of several."""
    task = job.params.get("task") if job.kind in ("finetune", "analyze", "trajectory") else None
    region = job.params.get("roi") if job.kind == "analyze" else None
    return " ".join([SHORT.get(job.kind, job.kind), *(str(word) for word in (task, region) if word)])


def state_words(job: s.Job) -> str:
    """Symbol and word: never the colour alone."""
    icon, word = STATES[job.state]
    return f"{icon} {word} ·"


def share(job: s.Job) -> float:
    """How much of the step is done, 0..1."""
    return min(1.0, job.done / job.total) if job.total else 0.0


def progress_words(job: s.Job) -> str:
    """`Reading tables: 2 of 4, about 3 min left in all, done about 16:53 UTC`."""
    if job.state == "cancelling":
        return "Stopping"
    step = job.step or "starting"
    far = f": {numbers.count(job.done)} of {numbers.count(job.total)}" if job.total else ""
    again = f" (attempt {job.attempts})" if job.attempts > 1 else ""
    return f"{step[:1].upper()}{step[1:]}{far}{job_words.left(job)}{again}"


def took(job: s.Job) -> str:
    """`3 min · 24 Nov 2026, 09:15 UTC`; empty for a job that has not run."""
    if job.finished_at is None or job.started_at is None:
        return ""
    seconds = (job.finished_at - job.started_at).total_seconds()
    answered = " · from the cache" if job.result.get("cached") else ""
    return f"{numbers.duration(seconds)}{answered} · {numbers.day(job.finished_at)}"
