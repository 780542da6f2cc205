"""What explains the new content of an embedding, as one bar that is whole at 100 %."""

from html import escape

import pandas as pd

from frontend.drawn.chart import Picture
from frontend.text import causes_words as words
from shared import schemas as s


def shares(content: s.ContentSummary) -> Picture:
    """Label first, with what both explain; then what radiomics add to it; the rest has no name."""
    named = 1.0 - min(max(content.rest if content.rest is not None else 1.0, 0.0), 1.0)
    label = min(words.within(content.label.value) or 0.0, named) if content.label is not None else None
    parts = [] if label is None else [("part-label", "goes with the label", label)]
    parts.append(("part-radiomics", "radiomics" if label is None else "other radiomics", named - (label or 0.0)))
    parts.append(("part-none", "has no name here", 1.0 - named))
    bar = "".join(f'<i class="{kind}" style="width:{100 * value:.1f}%"></i>' for kind, _, value in parts)
    told = "".join(
        f'<li><i class="{kind}"></i><b>{escape(words.share(value))}</b> {escape(name)}</li>'
        for kind, name, value in parts
    )
    alt = f"Of what is new: {', '.join(f'{words.share(value)} {name}' for _, name, value in parts)}."
    caption = (
        f"Radiomics explain {words.share_of_variance(content.radiomics)} of what is new, with and without the label. "
        "What has no name here may be anything that was not measured."
    )
    frame = pd.DataFrame([{"part": name, "share": value} for _, name, value in parts])
    return Picture(
        "", f'<div class="stack" aria-hidden="true">{bar}</div><ul class="parts">{told}</ul>', caption, alt, frame
    )
