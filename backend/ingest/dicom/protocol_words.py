"""Words of a protocol in the name of a series: whole words, also glued ones, in any capitals; and words of contrast."""

import re
from functools import lru_cache

from backend.ingest.dicom.series_facts import SeriesFacts
from backend.ingest.dicom.series_words import GLUED, tokens_of
from backend.ingest.identifiers.letters import word_set
from shared.schemas.protocol import Protocol, squeezed
from shared.schemas.protocol_parts import ProtocolModality

WITH_AGENT = word_set("""
    ce gd gad gado gadolinium gadovist dotarem postgd postgad post postcontrast contrast contrasted enhanced km mitkm
    mdc t1ce t1c t1gd t1gad t1post t1km avec inj gadoter
""")
"""Words of an image after a contrast agent, in the languages of series names."""
WITHOUT_AGENT = word_set("""
    pre precontrast nativ native natif unenhanced noncontrast nonenhanced plain without ohne sans wo woc ncct nect t1n
    t1pre
""")
SIGNS = ((re.compile(r"\bw */ *o\b|\bohne km\b"), " without "), (re.compile(r"\+ *c\b|\bc ?\+|\bw */ *c\b"), " post "))
"""Signs and what they stand for."""


def pieces(text: str, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """The words of a name; a word that is made of known ones is taken apart (`axt1post`)."""
    lowered = text.lower()
    for sign, word in SIGNS:
        lowered = sign.sub(word, lowered)
    return tuple(piece for token in tokens_of(lowered) for piece in _apart(token, vocabulary))


def holds(words: tuple[str, ...], wanted: str) -> bool:
    """Whether a word, or several in a row, are the one that is wanted: `t2 flair` is `T2-FLAIR`."""
    joined = squeezed(wanted)
    starts = range(len(words))
    return any("".join(words[at:end]) == joined for at in starts for end in range(at + 1, len(words) + 1))


def vocabulary_of(protocol: Protocol) -> frozenset[str]:
    """The words that glued ones may be made of."""
    own = (word for one in protocol.modalities for word in words_of_modality(one))
    return frozenset({*GLUED, *WITH_AGENT, *WITHOUT_AGENT, *(token for word in own for token in tokens_of(word))})


def words_of_modality(modality: ProtocolModality) -> tuple[str, ...]:
    """Its name, its aliases and the words of its rule."""
    return (modality.name, *modality.aliases, *(modality.dicom.words if modality.dicom else ()))


def with_agent(facts: SeriesFacts, words: tuple[str, ...]) -> tuple[bool, str]:
    """Whether an image was taken after a contrast agent, and what tells."""
    if set(words) & WITHOUT_AGENT and not set(words) & {"post", "postcontrast"}:
        return False, "named without contrast"
    if set(words) & WITH_AGENT:
        return True, "named with contrast"
    return (True, "with a contrast agent") if facts.agent else (False, "no contrast agent stated")


@lru_cache(4096)
def _apart(token: str, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """The known words that a token is made of; the token itself where it is one, or where a rest is left."""
    if token in vocabulary or len(token) < 4:
        return (token,)
    bare = token.rstrip("0123456789")
    if len(bare) > 2 and bare in vocabulary:
        return (bare,)
    return _split(token, vocabulary) or (token,)


def _split(token: str, vocabulary: frozenset[str]) -> tuple[str, ...]:
    if token in vocabulary:
        return (token,)
    for end in range(len(token) - 2, 1, -1):
        if token[:end] in vocabulary and (rest := _split(token[end:], vocabulary)):
            return (token[:end], *rest)
    return ()
