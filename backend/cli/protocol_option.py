"""The option `--protocol NAME|FILE`: a built-in protocol by its name, or the user's own from a YAML file."""

from pathlib import Path

from backend.errors import BadFile, BadSettings, NotFound
from shared.protocols.reader import BUILT_IN, LARGEST_FILE, BadProtocol, built_in, own_protocol
from shared.schemas.protocol import Protocol


def named_protocol(given: str) -> Protocol:
    """The protocol of a name or of a file. Raises NotFound, BadFile or BadSettings."""
    if given in BUILT_IN:
        return built_in(given)
    path = Path(given)
    if not path.suffix and not path.exists():
        names = ", ".join(BUILT_IN)
        raise NotFound(f"There is no protocol {given[:40]!r}; built in are {names}; your own is a YAML file.")
    try:
        return own_protocol(file_text(path), path.name)
    except BadProtocol as error:
        raise BadSettings(_first(error)) from None


def file_text(path: Path) -> str:
    """The text of a protocol file. Raises BadFile where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1).decode("utf-8-sig")
    except OSError as error:
        raise BadFile(f"The protocol {path.name} cannot be read ({error.strerror}); check the path.") from None
    except UnicodeDecodeError:
        raise BadFile(f"The protocol {path.name} is not UTF-8 text; write it again in an editor.") from None


def _first(error: BadProtocol) -> str:
    first, *rest = error.sentences
    return f"{first} There are {len(rest)} more mistakes; see `protocol check`." if rest else first
