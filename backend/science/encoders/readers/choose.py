"""Which container and prefix of a checkpoint are the weights of a model; else the sentence that says why none is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import torch
from torch import Tensor

from backend.errors import BadCheckpoint
from backend.science.encoders.readers.choice import AS_FOUND, Choice
from backend.science.encoders.readers.contents import Container, Contents
from backend.science.encoders.readers.fit import SHOWN, WRAPPERS, Fit, fits, is_plain, listed
from backend.science.encoders.readers.kinds import LARGEST_RATIO


@dataclass(frozen=True)
class Chosen:
    """The fit that was taken; sentences about how it was `read`, and about other weights that lay `beside`."""

    fit: Fit
    read: tuple[str, ...]
    beside: tuple[str, ...]


def choose(contents: Contents, own: Mapping[str, Tensor], target: str, choice: Choice = AS_FOUND) -> Chosen:
    """Find the weights that fit a model with the state `own`, called `target` in messages.

    Known containers and prefixes come first, averaged weights last. Two other sets that both fit are a question.
    Raises BadCheckpoint, naming containers, prefixes and the first misfits, where none fits or more than one could.
    """
    tried = [each for container in asked_for(contents, choice) for each in fits(container, own, choice.prefix)]
    if choice.ema:
        tried = [fit for fit in tried if fit.is_ema]
        if not tried:
            raise BadCheckpoint(
                f"{contents.name} holds no averaged weights (EMA) for --ema; it holds {held(contents)}."
            )
    complete = [fit for fit in tried if fit.complete]
    if not complete:
        raise BadCheckpoint(misfit_sentence(contents, tried, target, choice))
    complete.sort(key=lambda fit: (fit.is_ema, fit.rank))
    first, *others = complete
    rivals = [fit for fit in others if (fit.is_ema, fit.rank) == (first.is_ema, first.rank) and differ(fit, first)]
    if rivals:
        places = "; ".join(fit.words for fit in [first, *rivals][:SHOWN])
        raise BadCheckpoint(
            f"{contents.name} holds {1 + len(rivals)} different sets of weights that fit {target} ({places}); choose "
            "one by --key or --prefix."
        )
    check_all_values(contents.name, first.state)
    return Chosen(first, read_sentences(contents.name, first), beside_sentences(others))


def asked_for(contents: Contents, choice: Choice) -> tuple[Container, ...]:
    """The containers to try: all, or the one that was named. Raises BadCheckpoint where it is not there."""
    if not choice.key:
        return contents.containers
    found = tuple(each for each in contents.containers if each.key == choice.key)
    if not found:
        raise BadCheckpoint(f"{contents.name} has no weights under {choice.key[:60]!r}; it holds {held(contents)}.")
    return found


def held(contents: Contents) -> str:
    """The containers of a file in words, with the prefixes of the names in each."""
    said = []
    for each in contents.containers[:SHOWN]:
        firsts = list(dict.fromkeys(name.partition(".")[0] for name in each.state))
        said.append(f"{each.words} ({len(each.state)} tensors: {', '.join(f'{first}.*' for first in firsts[:SHOWN])}"
                    f"{', ...' if len(firsts) > SHOWN else ''})")  # fmt: skip
    rest = len(contents.containers) - SHOWN
    return ", ".join(said) + (f" and {rest} more" if rest > 0 else "")


def misfit_sentence(contents: Contents, tried: Sequence[Fit], target: str, choice: Choice) -> str:
    """Why nothing in the file fits: the nearest set with its misfits, and what else the file holds."""
    if not tried:
        return (
            f"{contents.name} has no names that begin with {choice.prefix[:60]!r}, given by --prefix; it holds "
            f"{held(contents)}."
        )
    best = min(tried, key=lambda fit: (len(fit.missing), len(fit.misshapen) + len(fit.unexpected), fit.rank))
    adapted = any("lora_" in name for name in best.container.state)
    hint = " It holds LoRA parts: give the adapter's folder, or merge them where it was made." if adapted else ""
    return (
        f"{contents.name} does not fit {target}: {best.faults}; {best.advice}. Read were {best.words}; the file holds "
        f"{held(contents)}. Other weights are chosen by --key, --prefix or --ema.{hint}"
    )


def differ(one: Fit, other: Fit) -> bool:
    """Whether two complete fits are different weights."""
    return any(not torch.equal(value, other.state[name]) for name, value in one.state.items())


def check_all_values(name: str, state: Mapping[str, Tensor]) -> None:
    """Raise BadCheckpoint where numbers are not finite, or where a shape repeats the few numbers that are there."""
    plain = {key: value for key, value in state.items() if is_plain(value)}
    repeated = tuple(
        f"{key} {tuple(value.shape)}"
        for key, value in plain.items()
        if value.numel() * value.element_size() > LARGEST_RATIO * value.untyped_storage().nbytes()
    )
    if repeated:
        raise BadCheckpoint(
            f"{name} holds fewer numbers than the shapes in it have, so copy it again: {listed(repeated)}."
        )
    broken = tuple(key for key, value in plain.items() if not value.isfinite().all())
    if broken:
        raise BadCheckpoint(f"{name} holds non-finite values in {listed(broken)}; train or fetch it again.")


def read_sentences(name: str, fit: Fit) -> tuple[str, ...]:
    """Where the weights lay and what was done to their names."""
    wrapped = any(word in each for word in WRAPPERS for each in fit.container.state)
    averaged = ", which are averaged weights (EMA)" if fit.is_ema else ""
    taken = f', prefix "{fit.prefix}" taken off' if fit.prefix else ""
    marks = ", marks of torch.compile or FSDP taken out of the names" if wrapped else ""
    said = [f"{name}: weights of {fit.container.words}{averaged}{taken}{marks}."]
    if fit.outside:
        firsts = sorted({first_words(each, fit.prefix) for each in fit.outside})
        many = len(fit.outside)
        were = "1 tensor beside the encoder was" if many == 1 else f"{many} tensors beside the encoder were"
        said.append(f"{were} not read: {listed(tuple(firsts))}.")
    return tuple(said)


def first_words(name: str, prefix: str) -> str:
    """The word that tells a name from those of the encoder; what it has in common with their prefix stands before."""
    if name.startswith(prefix):
        return name.removeprefix(prefix).partition(".")[0]
    words = name.split(".")
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(words, prefix.split("."), strict=False)))
    return ".".join(words[: same + 1])


def beside_sentences(others: Sequence[Fit]) -> tuple[str, ...]:
    """The other weights that fit and were not taken."""
    if not others:
        return ()
    places = listed(tuple(f"{each.words}{' (EMA: --ema)' if each.is_ema else ''}" for each in others))
    return (f"Other weights that fit lay beside and were not taken: {places}; choose by --key, --prefix or --ema.",)
