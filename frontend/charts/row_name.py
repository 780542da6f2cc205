"""A feature's name above its own row of a chart, short enough for a phone."""

from textwrap import shorten

from frontend.text.escape import escape_html

MOST = 58
"""Characters of 12 px that fit a screen of 390 px."""


def row_name(label: str, most: int = MOST) -> str:
    """`what it is · class · modality · image type`, in at most `most` characters.

    The modality and the image type stay, for the rows of a chart often differ by them alone; the class goes first, then
    words of the name.
    """
    name, *rest = label.split(" · ")
    if len(label) > most and rest:
        tail = "".join(f" · {part}" for part in rest[-2:])
        label = shorten(name, max(most - len(tail), 12), placeholder=" …").replace(", …", " …") + tail
    return escape_html(label if len(label) <= most else f"{label[: most - 1]}…")
