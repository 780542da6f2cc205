"""The DICOM masks of a study in the form of an import: each segment or ROI, what it is used as, or why not."""

from frontend.text.escape import escape_markdown
from shared import schemas as s


def mask_list(study: s.PreviewStudy) -> str:
    """Every segment and ROI, by its file, as a list; empty where there is none."""
    return "\n".join(line for one in study.objects for line in _object(one))


def codes(study: s.PreviewStudy) -> str:
    """`1 = PZ, 2 = TZ`: what the codes of a label map mean."""
    return ", ".join(f"{code} = {name}" for code, name in study.zones.items())


def _object(one: s.MaskObject) -> list[str]:
    """`- **SEG seg.dcm**`, then `- Segment 1, Prostate: **used as gland**`."""
    kind = {"SEG": "Segmentation", "RTSTRUCT": "Structure set"}.get(one.kind, "Masks in")
    problem = f": {escape_markdown(one.problem)}" if one.problem else ""
    return [f"- {kind} {escape_markdown(one.file)}{problem}", *(f"    {_drawing(one, each)}" for each in one.drawings)]


def _drawing(one: s.MaskObject, each: s.MaskDrawing) -> str:
    what = "ROI" if one.kind == "RTSTRUCT" else "Segment"
    label = escape_markdown(each.label) or "a name of unknown words"
    if each.used_as:
        return f"- **{what} {each.number}, {label}: used as {' and '.join(each.used_as)}**"
    return f"- {what} {each.number}, {label}: not used, {escape_markdown(_small(each.why))}"


def _small(sentence: str) -> str:
    """A sentence behind a comma: small first letter where it begins with an article, and no stop at its end."""
    starts = ("The ", "Several ", "A ")
    return (sentence[0].lower() + sentence[1:] if sentence.startswith(starts) else sentence).removesuffix(".")
