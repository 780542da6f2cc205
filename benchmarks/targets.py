"""The targets of the prostate's protocol, as a training knows them."""

from backend.jobs.data.learned_target import learned_target
from shared.protocols.reader import prostate

SEEN = {one.name: tuple(prostate().modality_names.index(name) for name in one.modalities) for one in prostate().targets}
TARGETS = {one.name: learned_target(prostate(), one, SEEN[one.name] or None) for one in prostate().targets}
