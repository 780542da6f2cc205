"""The lines of `import preview`: layout, decisions, and of every study each series with why it was taken or not."""

from collections.abc import Iterator

from shared import schemas as s


def preview_lines(found: s.ImportPreview) -> Iterator[str]:
    """What a look at a folder found."""
    yield f"Read as {found.why}"
    if found.not_used.sentence:
        yield found.not_used.sentence
    for sentence in found.identifiers:
        yield f"decide    {sentence}"
    for study in found.shown:
        problem = "" if study.undecided else study.problem
        yield f"study     {study.study_id}{': ' + problem if problem else ''}"
        for choice in study.series:
            yield f"          {choice.modality}: {choice.reason}"
        for sentence in dict.fromkeys(study.undecided.values()):
            names = " and ".join(name for name, why in study.undecided.items() if why == sentence)
            yield f"          {names}: undecided. {sentence}"
        yield from map(_series, study.candidates)
    if found.studies > len(found.shown):
        yield f"and {found.studies - len(found.shown)} more studies"


def _series(each: s.SeriesCandidate) -> str:
    """`series 8  DWI   diffusion, b = 1400 s/mm2; axial, 2 x 2 mm, 84 x 128, 19 slices; ImageType ...; named ...`."""
    known = [each.why, each.geometry]
    known += [f"ImageType {each.image_type}"] if each.image_type else []
    known += [f"named {each.words}"] if each.words else []
    return f"          series {each.series:<10}{each.taken_as or '-':<5}{'; '.join(filter(None, known))}"
