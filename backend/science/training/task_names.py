"""The names of the fine-tuning tasks as sentences write them; without torch, unlike `tasks`."""

from backend.science.text_format import words_only

TASK_WORDS = {"pirads": "PI-RADS", "lesion_seg": "lesion segmentation", "volume": "gland volume"}
"""A task of this program within a sentence."""


def task_words(task: str) -> str:
    """A task within a sentence; names given with imported tables lose everything that could be markup."""
    return TASK_WORDS.get(task) or words_only(task)
