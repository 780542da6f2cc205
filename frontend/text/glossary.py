"""The words of the pages in plain words: what a term says, and in one more sentence why it matters."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A term: its word, what it is in one sentence, and more for those who want it."""

    word: str
    short: str
    long: str = ""


_LISTED = (
    # features
    Term("Radiomic feature", "A number that a formula computes from the voxels inside an outline."),
    Term("First order", "Features of the grey values alone: mean, spread, entropy. Where each voxel lies is ignored."),
    Term("Shape", "Features of the outline alone: volume, surface, how round it is. The image plays no part."),
    Term(
        "GLCM",
        "Grey-level co-occurrence matrix: how often two grey levels lie side by side.",
        "Its features say how alike neighbours are: contrast, correlation, entropy.",
    ),
    Term(
        "GLRLM",
        "Grey-level run-length matrix: how long a line of equal grey levels is.",
        "Long runs are coarse or streaky texture; short runs are fine texture.",
    ),
    Term(
        "GLSZM",
        "Grey-level size-zone matrix: how large connected zones of one grey level are.",
        "Unlike runs, zones have no direction.",
    ),
    Term(
        "GLDM",
        "Grey-level dependence matrix: how many neighbours of a voxel are about as bright as it is.",
        "Many dependent neighbours mean smooth texture.",
    ),
    Term(
        "NGTDM",
        "Neighbouring grey-tone difference matrix: how much a voxel differs from the mean around it.",
        "Coarseness, busyness and strength come from it.",
    ),
    Term("Texture", "How grey values are arranged in space: coarse or fine, regular or busy."),
    Term(
        "Coarseness",
        "How slowly grey values change from voxel to voxel; high in large, even areas.",
        "A feature of the NGTDM. It depends on the size of the outlined region too.",
    ),
    Term("Entropy", "How mixed the values are: zero where all are equal, high where every value is as frequent."),
    Term("Original image", "The feature was computed on the image as it is, without a filter."),
    Term(
        "Wavelet",
        "A filter that splits an image into smooth and detailed parts along its three axes.",
        "H keeps detail and L keeps what is smooth, one letter an axis.",
    ),
    Term(
        "Wavelet HHL",
        "A wavelet image with detail kept along the first two axes and the third smoothed.",
        "There are eight, LLL to HHH; features are computed on each of them.",
    ),
    Term("LoG", "Laplacian of Gaussian: a filter that shows edges and blobs of one size, its sigma, in mm."),
    Term("ROI", "Region of interest: the outlined part of the image, such as the gland or a lesion."),
    Term("T2", "An MR image that shows anatomy: water and gland tissue are bright."),
    Term("DWI", "Diffusion-weighted MR image: bright where water moves little."),
    Term("ADC", "Apparent diffusion coefficient: a map of how freely water moves; low in dense tissue."),
    # model
    Term("Foundation model", "A network trained on many images without labels, to be adapted to many tasks."),
    Term("Encoder", "The part of the network that turns an image into an embedding."),
    Term("Embedding", "The list of numbers into which the network turns an image; all that later steps see of it."),
    Term("Pre-training", "The first training, on images without labels."),
    Term(
        "Fine-tuning",
        "Further training of a network that exists already, for one task such as PI-RADS.",
        "The pages compare the embedding before it with the embedding after it.",
    ),
    Term("Head", "The small last part of a network that turns the embedding into an answer for the task."),
    Term("PI-RADS", "A radiologist's score, 1 to 5, of how likely a prostate MRI shows significant cancer."),
    Term("Seed", "The number that random choices start from; the same seed gives the same result."),
    Term(
        "Run",
        "One fine-tuning with its own seed. Several runs show what is the task's and what is chance.",
        "With one run a page says what this network did, not what the task does.",
    ),
    Term("Control", "A fine-tuning on shuffled labels: it can learn nothing of the task, so its changes are chance."),
    # measure
    Term(
        "Decoder",
        "A simple formula that reads one feature from the embedding, learned on some patients, tried on others.",
        "A good decoder shows that the embedding carries the feature, not that the task uses it.",
    ),
    Term("Decodable", "The decoder reads the feature better than chance, in patients it did not learn from."),
    Term("Carried by", "The embedding holds the feature: a decoder can read it. It need not be used by the task."),
    Term(
        "R²",
        "How much of the differences between patients the decoder predicts: 1 all, 0 none.",
        "Below 0 it is worse than giving everybody the mean.",
    ),
    Term(
        "R² above chance",
        "R² minus what a decoder reaches by chance with this many patients and numbers.",
        "This is the number that leads; the paper's own R² stands apart.",
    ),
    Term("Chance level", "The R² that a decoder reaches where there is nothing to read."),
    Term("By chance", "What would be seen without any true effect, only because patients differ."),
    Term("Stronger", "Read better after fine-tuning, beyond chance, the margin and what all features share. Blue."),
    Term("Weaker", "Read worse after fine-tuning, beyond chance, the margin and what all features share. Orange."),
    Term("Kept", "Read well before and after, with no change beyond the margin."),
    Term(
        "Label-borne",
        "Read better after fine-tuning only because the feature goes with the label. Gold.",
        "Among patients of one label nothing was gained.",
    ),
    Term("Given the label", "Compared among patients with the same label, so that the label itself explains nothing."),
    Term("Shared change", "The change that all features have in common; a feature's own change is what goes beyond."),
    Term("Margin", "The smallest change of R² that the pages ever call a change."),
    Term(
        "Jackknife interval",
        "How far the number moves when patients are left out one at a time, as a 95 % interval.",
        "A change is flagged only where its interval leaves zero out.",
    ),
    Term("Influence", "How much one patient alone moves a result. A result that hangs on one patient is doubtful."),
    Term("Control floor", "The R² that one control feature in twenty passes; above it a feature counts as read."),
    Term("Power", "How often a change of this size would be seen in a study of this size."),
    Term(
        "ΔI",
        "The paper's measure: the change of the length of a decoder's weights.",
        "Its sign can be wrong, so it never leads; choose Paper to sort by it.",
    ),
    Term("Used", "Erasing the feature from the embedding makes the task worse, more than erasing at random does."),
    Term("Erasing", "Taking away all that a linear decoder can read of a feature from the embedding."),
    Term("New content", "What the embedding holds after fine-tuning and did not hold before."),
    Term("CLS", "The paper's fine-tuning for a class: PI-RADS."),
    Term("REG", "The paper's fine-tuning for a number: the volume of the gland."),
    Term("SEG-L", "The paper's fine-tuning that outlines lesions, its features measured in the lesion."),
    Term("SEG-P", "The paper's fine-tuning that outlines lesions, its features measured in the gland."),
    Term("Cohort", "The patients of one import, with their images, outlines and labels."),
    Term("Held-out patients", "Patients that no training saw; results are judged on them."),
    Term("Percentile", "How many in a hundred patients of the cohort have a lower value."),
)
TERMS: dict[str, Term] = {one.word: one for one in _LISTED}
NOT_FOUND = 3
_BY_LOWER = {word.lower(): one for word, one in TERMS.items()}


def term(word: str) -> str:
    """The help text of a term, whatever its capitals; raises KeyError for a word that has none."""
    found = _BY_LOWER[word.lower()]
    return f"{found.short} {found.long}".strip()


def find(asked: str) -> list[Term]:
    """The terms with this text: those that begin with it first, then by name, then those whose explanation has it."""
    text = asked.strip().lower()
    ranked = [(_rank(one, text), one) for one in _LISTED]
    return [one for rank, one in sorted(ranked, key=lambda each: (each[0], each[1].word.lower())) if rank < NOT_FOUND]


def _rank(one: Term, text: str) -> int:
    word = one.word.lower()
    if word.startswith(text):
        return 0
    return 1 if text in word else 2 if text in f"{one.short} {one.long}".lower() else NOT_FOUND
