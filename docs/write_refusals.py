"""Writes docs/troubleshooting/ from the code: every sentence the program refuses with, by topic, with its kind."""

import re
from collections import defaultdict
from pathlib import Path

from placeholders import CLOSE, OPEN
from refusal_advice import ADVICE, OUTSIDE
from refusal_sites import Kind, Site, alerts, findings, kinds, sites, unread
from refusal_topics import TOPICS, section_of
from sentence_forms import HELD
from source_index import Source

FOLDER = "troubleshooting"
NOTE = "<!-- written by docs/write_refusals.py from the code: do not edit -->\n"
SPECIAL = re.compile(r"([\\*_<>\[\]$|~#^{}])")
AS_CODE = re.compile(
    r"(?<![\w-])(?:RADIOMICLENS_\ue000[^\ue001]*\ue001|--[a-z][\w-]*|[A-Za-z]+(?:_[A-Za-z0-9]+)+|\w+\.(?:csv|json|npz|yaml|safetensors))"
)
"""Options, names with an underscore and files: left as they are typed."""
BEFORE = "What people meet most often, and how to find a sentence: [troubleshooting](index.md).\n"
KINDS_SAY = (
    "Every refusal has a kind. The API gives it as `code` beside its HTTP status. A command ends with the exit code. "
    "A dash says that the kind occurs in jobs and commands alone.\n"
)
ALERTS_SAY = (
    "An alert does not refuse. It says what weakens a result that was made. "
    "A finding says what an import saw in a study.\n"
)


def pages(root: Path) -> dict[str, str]:
    """Every page by its path below docs/, with its text. Raises LookupError for a sentence that cannot be read."""
    source = Source(root)
    places, known = sites(source), kinds(source)
    if lost := [f"{site.path}, line {site.line}" for site in unread(places)]:
        raise LookupError(f"No sentence was read from {', '.join(lost)}; write it in place, or name it in PASSED_ON.")
    found = {f"{FOLDER}/{name}.md": _topic(name, places, known) for name in TOPICS}
    found[f"{FOLDER}/kinds.md"] = _kinds(known, {site.kind for site in places})
    found[f"{FOLDER}/alerts.md"] = _alerts(source)
    return found


def _topic(name: str, places: list[Site], known: dict[str, Kind]) -> str:
    topic = TOPICS[name]
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    for site in places:
        page, heading = section_of(site.path)
        if page == name:
            rows[heading] |= dict.fromkeys((as_markdown(form) for form in site.forms), _code(site.kind, known))
    lines = [NOTE, f"# {topic.title}\n", f"{topic.about} {BEFORE}"]
    for heading in topic.sections:
        if rows[heading]:
            lines += [f"## {heading}\n", "| the program says | kind |", "|---|---|"]
            lines += [f"| {sentence} | [{code}](kinds.md) |" for sentence, code in rows[heading].items()]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _kinds(known: dict[str, Kind], used: set[str]) -> str:
    lines = [NOTE, "# Kinds of refusals\n", KINDS_SAY]
    lines += ["| kind | HTTP | exit | it means | what to do |", "|---|---|---|---|---|"]
    for name, advice in ADVICE.items():
        if name in used:
            kind = known.get(name) or OUTSIDE[name]
            lines.append(
                f"| {kind.code} | {kind.status or '–'} | {kind.exit_code or '–'} | {advice.means} | {advice.do} |"
            )
    return "\n".join(lines) + "\n"


def _alerts(source: Source) -> str:
    lines = [NOTE, "# Alerts and findings\n", ALERTS_SAY, "## Alerts of a result\n"]
    lines += ["| code | it says | why it matters |", "|---|---|---|"]
    lines += [
        f"| {' | '.join((_as_code(code), as_markdown(says), as_markdown(why)))} |" for code, says, why in alerts(source)
    ]
    lines += ["", "## Findings about a study\n", "| code | level | it means | what to do |", "|---|---|---|---|"]
    lines += [
        f"| {' | '.join((_as_code(code), *(as_markdown(one) for one in rest)))} |" for code, *rest in findings(source)
    ]
    return "\n".join(lines) + "\n"


def _code(kind: str, known: dict[str, Kind]) -> str:
    return (known.get(kind) or OUTSIDE[kind]).code


def as_markdown(form: str) -> str:
    """A sentence for a cell of a table: placeholders and what is typed as code, all else as plain words."""
    parts = form.split("`")
    words = [_as_code(part) if at % 2 else _as_words(part) for at, part in enumerate(parts)]
    return " ".join("".join(words).split())


def _as_words(text: str) -> str:
    found, last = [], 0
    for held in re.finditer(f"(?:{HELD.pattern})+|{AS_CODE.pattern}", text):
        found += [SPECIAL.sub(r"\\\1", text[last : held.start()]), _as_code(held[0])]
        last = held.end()
    return "".join([*found, SPECIAL.sub(r"\\\1", text[last:])])


def _as_code(text: str) -> str:
    typed = text.replace(OPEN, "<").replace(CLOSE, ">").replace("|", "\\|")
    return f"`{typed}`"
