"""Whether files, inputs, settings and versions are those that the report names."""

import hashlib
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from backend.errors import RadiomicLensError
from backend.science.analysis.build_report import PACKAGES, caption
from backend.science.analysis.report import InputTable, Report
from backend.science.analysis.subgroup_text import subgroup_words
from backend.science.report.check import Check, compared
from backend.science.report.result_files import SUMS_FILE
from backend.science.report.stored_folder import StoredFolder
from backend.science.tables.read_embeddings import read_embeddings
from backend.science.tables.read_radiomics import read_radiomics
from backend.science.text_format import count, counted

CHUNK = 1 << 20


def file_checks(stored: StoredFolder, inputs: Mapping[str, Path]) -> Iterator[Check]:
    """Checksums of the result files, hashes of the inputs, settings and version. `inputs`: files by name of a table."""
    yield _checksums(stored)
    for file, reason in stored.damaged.items():
        yield Check(file, "differs", f"{file} cannot be read: {reason}.")
    for name, table in stored.report.inputs.items():
        yield _input(name, table, _found(stored.folder, table, inputs.get(name)))
    yield _settings(stored.report)
    yield from _subgroup(stored.report)
    yield from _versions(stored.report)


def _checksums(stored: StoredFolder) -> Check:
    name, path = "result files", stored.folder / SUMS_FILE
    if not path.is_file():
        return Check(name, "not checked", f"There is no {SUMS_FILE} beside the report.")
    wrong = []
    for line in path.read_text("utf-8").splitlines():
        digest, _, file = line.partition("  ")
        if not (stored.folder / file).is_file():
            wrong.append(f"{file} is missing")
        elif _sha256(stored.folder / file) != digest:
            wrong.append(f"{file} was changed after the analysis wrote it")
    return compared(name, wrong, f"Every file is as {SUMS_FILE} names it.")


def _found(folder: Path, table: InputTable, given: Path | None) -> Path | None:
    """The file given, else one of that name beside the report or one folder up."""
    if given is not None:
        return given
    name = Path(table.name).name
    places = [place / name for place in (folder, folder.parent)] if name else []
    return next((place for place in places if place.is_file()), None)


def _input(name: str, table: InputTable, path: Path | None) -> Check:
    label = f"input {name}"
    if path is None:
        return Check(label, "not checked", f"{table.name} is not at hand; name it with --input {name}=FILE.")
    if _sha256(path) == table.sha256:
        return Check(label, "holds", f"{path.name} has the SHA-256 of the report.")
    try:
        content = (read_radiomics if name == "radiomics" else read_embeddings)(path).content_sha256()
    except RadiomicLensError as error:
        return Check(label, "differs", f"{path.name} is not the table that was analysed: {error.sentence}")
    if content == table.content_sha256:
        return Check(label, "holds", f"{path.name} has the content that the report names, in other bytes.")
    return Check(label, "differs", f"{path.name} does not hold what was analysed: its content has another SHA-256.")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _settings(report: Report) -> Check:
    """The settings against what other parts of the report say of them."""
    settings, split = report.settings, report.split.source
    told = {
        "task": (settings.task, report.task),
        "roi": (settings.roi, report.roi),
        "hidden": (settings.hidden, report.hidden),
        "seed": (settings.seed, report.seeds.projection),
        "trust": (settings.trust, report.trust is not None),
    }
    wrong = [
        f"{name} is {one!r} in the settings and {other!r} elsewhere"
        for name, (one, other) in told.items()
        if one != other
    ]
    words = caption(settings, report.n_studies, report.n_patients, split == "given")
    if report.version > 1 and words != report.caption:
        changed = [f"{one!r} is {other!r} in the caption" for one, other in _parts(words, report.caption)]
        wrong.append(f"the settings do not give the report's caption ({'; '.join(changed)})")
    return compared("settings", wrong, "The settings are those that the rest of the report names.")


def _subgroup(report: Report) -> Iterator[Check]:
    """Whose numbers these are, where a part of a cohort was analysed: the rest of it is not here to choose from."""
    if report.subgroup is not None:
        whole = counted(report.subgroup.n_patients_all, "patient")
        sentence = f"The numbers are of {count(report.n_patients)} of the cohort's {whole}: {subgroup_words(report)}. "
        yield Check("subgroup", "not checked", f"{sentence}The others are not in this folder, so the choice stands.")


def _parts(one: str, other: str) -> list[tuple[str, str]]:
    pairs = zip(one.split(", "), other.split(", "), strict=False)
    return [(first, second) for first, second in pairs if first != second][:2]


def _versions(report: Report) -> Iterator[Check]:
    """The program's own version must be this one; of packages it is said where another one is used here."""
    made, here = report.versions.get("radiomiclens", "unknown"), version("radiomiclens")
    sentence = f"RadiomicLens {made} made it, and this is {here}."
    yield Check("code version", "holds" if made == here else "differs", sentence)
    others = {name: version(name) for name in PACKAGES if name != "radiomiclens"}
    then = report.versions
    differ = [f"{name} {then.get(name)} then, {now} now" for name, now in others.items() if then.get(name) != now]
    if differ:
        yield Check("packages", "not checked", f"Other packages compute here: {', '.join(differ)}.")
