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
        for one in study.objects:
            yield from _mask_object(one)
        yield from _files(study)
    if found.studies > len(found.shown):
        yield f"and {found.studies - len(found.shown)} more studies"


def _series(each: s.SeriesCandidate) -> str:
    """`series 8  DWI   diffusion, b = 1400 s/mm2; axial, 2 x 2 mm, 84 x 128, 19 slices; ImageType ...; named ...`."""
    known = [each.why, each.geometry]
    known += [f"ImageType {each.image_type}"] if each.image_type else []
    known += [f"named {each.words}"] if each.words else []
    return f"          series {each.series:<10}{each.taken_as or '-':<5}{'; '.join(filter(None, known))}"


def _mask_object(one: s.MaskObject) -> Iterator[str]:
    """`SEG seg.dcm`, then each segment: `segment 1  Prostate: used as gland`."""
    yield f"          {one.kind or 'masks'} {one.file}{': ' + one.problem if one.problem else ''}"
    what = "ROI" if one.kind == "RTSTRUCT" else "segment"
    for each in one.drawings:
        use = f"used as {' and '.join(each.used_as)}" if each.used_as else f"not used: {each.why}"
        yield f"            {what} {each.number:<3} {each.label or 'of an unknown name'}: {use}"


def _files(study: s.PreviewStudy) -> Iterator[str]:
    """`T2 100_9_t2w.mha, gland 100_9_gland.nii.gz`; of a label map what its codes mean, too."""
    codes = ", ".join(f"{code} = {name}" for code, name in study.zones.items())
    told = []
    for name, file in (study.images | study.masks).items():
        own = ", unless its header names them" if file.lower().endswith((".nrrd", ".nhdr")) else ""
        told.append(f"{name} {file}" + (f" ({codes}{own})" if codes and name in ("zones", "labels") else ""))
    if told:
        yield f"          {', '.join(told)}"
