"""Every place in the code that can refuse, with the sentences it refuses with."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from placeholders import placeholder
from read_sentences import Reader
from sentence_forms import Forms, is_phrase
from source_index import Call, Source, last_name

ROOT_CLASS = "RadiomicLensError"
ALSO = {"Incomplete", "BadConditions", "BadProtocol", "BadParameter"}
"""Errors outside the tree whose text a user reads."""
VALUES = ("shared/schemas/", "backend/settings", "backend/sign_in_settings", "backend/cluster_settings")
"""Where a ValueError is one that pydantic puts behind the name of a field."""
INHERITED = {"status": 0, "code": "", "exit_code": 1}
SPOKEN = {
    "RadiomicLensError": "failed",
    "ChildDied": "case-failed",
    "ClusterLost": "cluster-lost",
    "LostClaim": "lost-claim",
}
"""Kinds that no answer of the API carries, in words."""
ANSWERED = {"Damaged": 500}
"""Statuses that the API's handlers give and no class states."""


@dataclass(frozen=True)
class Kind:
    """A kind of refusal as programs see it; 0 is no status or exit code of its own."""

    code: str
    status: int
    exit_code: int


@dataclass(frozen=True)
class Site:
    """One call that makes a refusal: where, of which kind, and what it can say."""

    path: str
    line: int
    kind: str
    forms: Forms
    passed_on: bool

    @property
    def is_read(self) -> bool:
        return bool(self.forms) and all(is_phrase(form) for form in self.forms)


def kinds(source: Source) -> dict[str, Kind]:
    """Every class of the exception tree; status, code and exit code are inherited where a class sets none."""
    trees = {node.name: (node, [last_name(base) for base in node.bases]) for _, node in source.classes()}

    def line(name: str) -> list[ast.ClassDef]:
        node, bases = trees[name]
        return [node, *(above for base in bases if base in trees for above in line(base))]

    found = {}
    for name in trees:
        above = line(name)
        if above[-1].name == ROOT_CLASS or name == ROOT_CLASS:
            code, status, exit_code = (_set_to(above, key, INHERITED[key]) for key in ("code", "status", "exit_code"))
            word = str(code) or SPOKEN.get(name, name.lower())
            found[name] = Kind(word, int(status) or ANSWERED.get(name, 0), int(exit_code))
    return found


def _set_to(above: list[ast.ClassDef], key: str, otherwise: str | int) -> str | int:
    for node in above:
        for part in node.body:
            if isinstance(part, ast.Assign) and last_name(part.targets[0]) == key:
                assert isinstance(part.value, ast.Constant)
                assert isinstance(part.value.value, str | int)
                return part.value.value
    return otherwise


def sites(source: Source) -> list[Site]:
    """Every call of a class of the tree, and of the other errors that users read, in the order of the files."""
    reader, wanted = Reader(source), {*kinds(source), *ALSO}
    found = [
        _site(reader, name, call)
        for name, calls in source.calls.items()
        for call in calls
        if name in wanted or (name == "ValueError" and call.module.path.startswith(VALUES))
    ]
    return sorted([*found, *_told_later(source, reader)], key=lambda site: (site.path, site.line))


def _told_later(source: Source, reader: Reader) -> Iterator[Site]:
    """Sentences that are kept first and refused with afterwards: why no series was taken, how the reader ended."""
    for module in source.modules.values():
        for node in module.nodes:
            match node:
                case ast.Assign(targets=[ast.Subscript(value=ast.Attribute(attr="undecided"))], value=said):
                    yield Site(module.path, node.lineno, "Rejection", reader.sentences(module, said), passed_on=False)
    for module, ending in source.methods["_serve"]:
        if module.name != "backend.ingest.sandbox.sandbox_client":
            continue
        forms = (form for said in source.returns(ending) for form in reader.sentences(module, said) if form)
        said_of = tuple(f"{placeholder('file')} {form}." for form in forms)
        yield Site(module.path, ending.lineno, "BadFile", said_of, passed_on=False)


def _site(reader: Reader, kind: str, call: Call) -> Site:
    said = call.node.args[0] if call.node.args else ast.Constant(value="")
    passed = _is_passed_on(said) or (call.module.path, ast.unparse(said)) in PASSED_ON
    forms = () if passed else reader.sentences(call.module, said)
    if kind == "ValueError":
        forms = tuple(_with_field(form) for form in forms)
    return Site(call.module.path, call.node.lineno, kind, forms, passed)


def _with_field(form: str) -> str:
    """The sentence that pydantic's message becomes: the field, and a full stop."""
    named = re.match(r"[a-z_]+: ", form)
    return f"{form}." if named else f"{placeholder('field')}: {form}."


def alerts(source: Source) -> list[tuple[str, str, str]]:
    """Code, sentence and reason of every alert that a result can have."""
    reader, found = Reader(source), {}
    for call in source.calls["Alert"]:
        given = [*call.node.args, *(one.value for one in call.node.keywords if one.arg in ("code", "sentence", "why"))]
        if len(given) == 3:
            code, says, why = (reader.sentences(call.module, one) for one in given)
            found |= {(name, one): why[0] for name in code for one in says}
    return sorted((code, says, why) for (code, says), why in found.items())


def findings(source: Source) -> list[tuple[str, str, str, str]]:
    """Code, level, title and remedy of every finding of an import."""
    module = source.modules["backend.ingest.checks.finding_codes"]
    codes, reader = module.constants["CODES"], Reader(source)
    assert isinstance(codes, ast.Dict)
    found = []
    for key, value in zip(codes.keys, codes.values, strict=True):
        assert isinstance(key, ast.Constant)
        assert isinstance(value, ast.Call)
        level, title, remedy = (reader.sentences(module, one)[0] for one in value.args)
        found.append((str(key.value), level, f"{title}.", remedy))
    return found


PASSED_ON = {
    ("backend/cli/features.py", "f'{mask.name}, label {chosen.mask.label}: {found.reason}.'"): "the reason in the row",
    ("backend/cli/follow_job.py", "f'{job.title} failed: {job.error}'"): "the sentence that the job ended with",
    ("backend/cli/submit.py", "f\"{first['msg']}.\""): "what pydantic says of a number",
    (
        "backend/ingest/dicom/read_study.py",
        "f'Series {one.key} {one.problem}.'",
    ): "the problem of the series, as above it",
    ("backend/ingest/dicom/read_study.py", "sentence"): "why no series was taken, from `undecided`",
    ("backend/ingest/sandbox/read_images.py", "f'{wanted[reading].path.name} {ending}.'"): "how the reader ended",
    ("backend/science/tables/readers.py", "f'{file}: {refusal.sentence}'"): "the sentence with the file before it",
    ("frontend/runs/tables_door.py", "sentence"): "what the look at the tables found missing",
}
"""Place and expression of a sentence made elsewhere -> where it comes from."""


def _is_passed_on(said: ast.expr) -> bool:
    """Whether the sentence is that of another refusal, or of a child process, as it stands."""
    match said:
        case ast.Attribute(attr="sentence" | "detail"):
            return True
        case ast.Call(func=ast.Name(id="str" | "masked"), args=[inner]):
            return isinstance(inner, ast.Name) or _is_passed_on(inner)
        case ast.Subscript(value=ast.Name(id="header" | "told")):
            return True
    return False


def unread(found: list[Site]) -> Iterator[Site]:
    """The places whose sentence the reader does not know."""
    return (site for site in found if not site.passed_on and not site.is_read)
