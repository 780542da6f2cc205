"""The settings of a training on the Run page: the few that everybody sets, and a fold with all others."""

from typing import Any

import streamlit as st

from frontend.runs import drafts
from shared import schemas as s

ADAPT = {"full": "the whole encoder", "frozen": "the head only", "lora": "low-rank changes (LoRA)"}
PRECISION = {"auto": "bf16 on a GPU only", "float32": "float32", "bf16": "bf16"}
KEEP = {"last": "the last epoch", "best": "the lowest validation loss"}
PATCHES = [4, 8, 16, 32]
FOLD = "More settings"
RUNS_HELP = "One run is one draw: five tell the recipe from luck. Each has its own seed, and takes as long as one."
CONTROLS_HELP = (
    "The same training, but the training patients' labels are dealt out at random. It shows what a change looks like "
    "that has nothing to do with the label; two are a good start. Validation and test patients keep their labels."
)


def pretraining() -> dict[str, Any]:
    """Fields of a pre-training besides architecture and input."""
    fields = _first_row(s.PretrainParams)
    with st.expander(FOLD):
        with _row():
            fields |= _memory(s.PretrainParams)
        with _row():
            fields |= _optimiser(s.PretrainParams)
        with _row():
            fields["patch"] = st.selectbox(
                "Hidden cubes, voxels a side", PATCHES, width=200, key=drafts.key("patch", 16, PATCHES)
            )
            fields["mask_ratio"] = st.number_input(
                "Share hidden", 0.05, 0.95, step=0.05, width=150, key=drafts.key("mask_ratio", 0.6)
            )
            fields["decoder_width"] = _whole(s.PretrainParams, "decoder_width", "Decoder width", 8, 2048)
            fields["checkpoint_every"] = _checkpoints(s.PretrainParams)
    return fields


def finetuning(kind_of_target: str) -> dict[str, Any]:
    """Fields of a fine-tuning besides encoder and task; those of other kinds of targets are left out."""
    kind = s.FinetuneParams
    fields = _first_row(kind)
    with _row():
        fields["seeds"] = _whole(kind, "seeds", "Runs", 1, 20, RUNS_HELP)
        fields["shuffle_labels"] = _whole(kind, "shuffle_labels", "Controls on shuffled labels", 0, 20, CONTROLS_HELP)
    with st.expander(FOLD):
        st.caption("The paper trained 100 epochs at a constant rate of 1e-3. With few studies, let the rate fall.")
        with _row():
            fields["adapt"] = _choice("adapt", "What learns", ADAPT)
            if fields["adapt"] == "lora":
                fields["lora_rank"] = _whole(kind, "lora_rank", "LoRA rank", 1, 256)
            fields["keep"] = _choice("keep", "Weights kept", KEEP)
            fields["patience"] = _whole(kind, "patience", "Stop after (epochs)", 0, 5000)
            fields["checkpoint_every"] = _checkpoints(kind)
        with _row():
            fields |= _memory(kind)
        with _row():
            fields |= _optimiser(kind)
            fields["layer_decay"] = st.number_input(
                "Rate of earlier stages", 0.05, 1.0, step=0.05, width=180, key=drafts.key("layer_decay", 1.0)
            )
        with _row():
            fields["cosine"] = st.checkbox("Rate falls along a cosine", key=drafts.key("cosine", False))
            fields["decay_head"] = st.checkbox("Weight decay on the head", key=drafts.key("decay_head", True))
            fields["augment"] = st.checkbox("Flips, rotations, zooms, bias field", key=drafts.key("augment", False))
            fields["augment_intensity"] = st.checkbox(
                "Contrast, brightness, noise", key=drafts.key("augment_intensity", False)
            )
            if kind_of_target in ("class", "ordinal", "mask"):
                fields["balanced"] = st.checkbox("Draw classes equally often", key=drafts.key("balanced", False))
            if kind_of_target != "mask":
                fields["settle_norms"] = st.checkbox(
                    "Measure BatchNorm anew each epoch", key=drafts.key("settle_norms", False)
                )
        if kind_of_target == "mask":
            with _row():
                fields["decoder_width"] = _whole(kind, "decoder_width", "UPerNet width", 8, 1024)
                fields["dice_cross_entropy"] = st.checkbox(
                    "Dice + cross entropy", key=drafts.key("dice_cross_entropy", False)
                )
    return fields


def _first_row(kind: type[s.PretrainParams] | type[s.FinetuneParams]) -> dict[str, Any]:
    with _row():
        return {
            "epochs": _whole(kind, "epochs", "Epochs", 1, 5000),
            "batch": _whole(kind, "batch", "Batch", 1, 256),
            "lr": st.number_input(
                "Learning rate", 1e-7, 1.0, format="%.1e", width=160, key=drafts.key("lr", _default(kind, "lr"))
            ),
            "seed": _whole(kind, "seed", "Seed", 0, None),
        }


def _memory(kind: type[s.Schema]) -> dict[str, Any]:
    return {
        "accumulate": _whole(kind, "accumulate", "Batches a step", 1, 256),
        "precision": _choice("precision", "Precision", PRECISION),
        "checkpoint_activations": st.checkbox(
            "Less memory, more time",
            help="Activations are computed twice.",
            key=drafts.key("checkpoint_activations", False),
        ),
    }


def _optimiser(kind: type[s.Schema]) -> dict[str, Any]:
    warmup = st.number_input(
        "Warm-up epochs", 0, 5000, None, width=150, placeholder="as usual", key=drafts.key("warmup_epochs", None)
    )
    decay = st.number_input(
        "Weight decay", 0.0, 10.0, step=0.01, width=150, key=drafts.key("weight_decay", _default(kind, "weight_decay"))
    )
    clip = st.number_input("Longest gradient", 0.0, 1e6, width=150, help="0 = any.", key=drafts.key("clip_norm", 0.0))
    return {"warmup_epochs": warmup, "weight_decay": decay, "clip_norm": clip}


def _checkpoints(kind: type[s.Schema]) -> int:
    return _whole(kind, "checkpoint_every", "Keep every k-th epoch", 0, 5000)


def _choice(name: str, label: str, choices: dict[str, str]) -> str:
    chosen: str = st.selectbox(
        label,
        list(choices),
        format_func=choices.__getitem__,
        width=240,
        key=drafts.key(name, next(iter(choices)), choices),
    )
    return chosen


def _whole(
    kind: type[s.Schema], name: str, label: str, low: int, high: int | None, explained: str | None = None
) -> int:
    width = 150 if explained is None else 230
    value: int = st.number_input(
        label, low, high, help=explained, width=width, key=drafts.key(name, _default(kind, name))
    )
    return value


def _default(kind: type[s.Schema], name: str) -> Any:
    return kind.model_fields[name].default


def _row() -> Any:
    return st.container(horizontal=True, vertical_alignment="bottom")
