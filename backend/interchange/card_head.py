"""The YAML head of a model card, as Hugging Face reads it.

Source: huggingface.co/docs/hub/model-cards (metadata of a model repository, `model-index` of its evaluations).
"""

import re
from typing import Any

import yaml

from backend.interchange import licences
from backend.models import Encoder
from backend.queries.protocol_words import task_words
from backend.storage.cache_keys import IMPORTED
from shared.score_words import SCORES

TASKS = {"class": "image-classification", "ordinal": "image-classification", "mask": "image-segmentation"}
"""Kind of a target -> the task of Hugging Face; other kinds have none there."""
OTHER_TASK = "other"
TAGS = ("medical-imaging", "radiomics", "fine-tuned")


def head(encoder: Encoder, cohort: Any, licence: str | None) -> str:
    """The head, between its two lines of hyphens."""
    tags = [*TAGS, *([] if encoder.arch == IMPORTED else [slug(encoder.arch)])]
    found: dict[str, Any] = {
        **licences.front_matter(licence),
        "library_name": "radiomiclens",
        "pipeline_tag": "image-feature-extraction",
        "tags": tags,
    }
    if results := _results(encoder, cohort):
        found["metrics"] = sorted({one["type"] for one in results[0]["metrics"]})
        found["model-index"] = [{"name": encoder.name, "results": results}]
    return f"---\n{yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=120)}---"


def slug(name: str) -> str:
    """A name as identifiers have it: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "unnamed"


def _results(encoder: Encoder, cohort: Any) -> list[dict[str, Any]]:
    """The scores on the test patients, with their intervals in the names; nothing where none is known."""
    scores = {name: value for name, value in encoder.metrics.get("test", {}).items() if value is not None}
    if not scores or not encoder.task:
        return []
    intervals = encoder.metrics.get("intervals", {}).get("test", {})
    kind = encoder.metrics.get("target", {}).get("kind", "")
    metrics = [
        {"type": name, "value": value, "name": SCORES.get(name, name) + _interval_words(intervals.get(name))}
        for name, value in scores.items()
    ]
    return [
        {
            "task": {"type": TASKS.get(kind, OTHER_TASK), "name": task_words(cohort, encoder.task)},
            "dataset": {"type": slug(cohort.name), "name": cohort.name, "split": "test"},
            "metrics": metrics,
        }
    ]


def _interval_words(found: list[float] | None) -> str:
    return "" if found is None else f" (95 % interval {found[0]:.3g} to {found[1]:.3g})"
