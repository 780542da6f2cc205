"""The works a methods paragraph names: how they are named in the text, and their BibTeX entries."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """A published work: `cited` stands in the text, in brackets; `fields` are those of its BibTeX entry."""

    key: str
    kind: str
    cited: str
    fields: tuple[tuple[str, str], ...]

    @property
    def entry(self) -> str:
        """The BibTeX entry."""
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in self.fields)
        return f"@{self.kind}{{{self.key},\n{lines}}}\n"


def _article(key: str, cited: str, year: str, author: str, title: str, rest: Sequence[tuple[str, str]]) -> Reference:
    return Reference(key, "article", cited, (("author", author), ("title", title), ("year", year), *rest))


def _talk(key: str, cited: str, year: str, author: str, title: str, rest: Sequence[tuple[str, str]]) -> Reference:
    return Reference(key, "inproceedings", cited, (("author", author), ("title", title), ("year", year), *rest))


ALLEN = _article(
    "allen1974press",
    "Allen 1974",
    "1974",
    "Allen, David M.",
    "The Relationship Between Variable Selection and Data Augmentation and a Method for Prediction",
    (("journal", "Technometrics"), ("volume", "16"), ("number", "1"), ("pages", "125--127")),
)
EFRON_STEIN = _article(
    "efron1981jackknife",
    "Efron & Stein 1981",
    "1981",
    "Efron, Bradley and Stein, Charles",
    "The Jackknife Estimate of Variance",
    (("journal", "The Annals of Statistics"), ("volume", "9"), ("number", "3"), ("pages", "586--596")),
)
BENJAMINI_HOCHBERG = _article(
    "benjamini1995fdr",
    "Benjamini & Hochberg 1995",
    "1995",
    "Benjamini, Yoav and Hochberg, Yosef",
    "Controlling the False Discovery Rate: A Practical and Powerful Approach to Multiple Testing",
    (
        ("journal", "Journal of the Royal Statistical Society: Series B"),
        *(("volume", "57"), ("number", "1"), ("pages", "289--300")),
    ),
)
BENJAMINI_BOGOMOLOV = _article(
    "benjamini2014families",
    "Benjamini & Bogomolov 2014",
    "2014",
    "Benjamini, Yoav and Bogomolov, Marina",
    "Selective Inference on Multiple Families of Hypotheses",
    (
        ("journal", "Journal of the Royal Statistical Society: Series B"),
        *(("volume", "76"), ("number", "1"), ("pages", "297--318")),
    ),
)
HEWITT_LIANG = _talk(
    "hewitt2019control",
    "Hewitt & Liang 2019",
    "2019",
    "Hewitt, John and Liang, Percy",
    "Designing and Interpreting Probes with Control Tasks",
    (("booktitle", "Proceedings of EMNLP-IJCNLP 2019"), ("pages", "2733--2743")),
)
SELLAM = _talk(
    "sellam2022multiberts",
    "Sellam et al. 2022",
    "2022",
    "Sellam, Thibault and Yadlowsky, Steve and Tenney, Ian and Wei, Jason and others",
    "The {MultiBERTs}: {BERT} Reproductions for Robustness Analysis",
    (("booktitle", "International Conference on Learning Representations"),),
)
GRIETHUYSEN = _article(
    "vangriethuysen2017pyradiomics",
    "van Griethuysen et al. 2017",
    "2017",
    "van Griethuysen, Joost J. M. and Fedorov, Andriy and Parmar, Chintan and Hosny, Ahmed and Aucoin, Nicole and "
    "Narayan, Vivek and Beets-Tan, Regina G. H. and Fillion-Robin, Jean-Christophe and Pieper, Steve and Aerts, Hugo "
    "J. W. L.",
    "Computational Radiomics System to Decode the Radiographic Phenotype",
    (("journal", "Cancer Research"), ("volume", "77"), ("number", "21"), ("pages", "e104--e107")),
)
LENS = _talk(
    "wang2026radiomiclens",
    "Wang et al. 2026",
    "2026",
    "Wang, Yipei and Chen, Yaxi and Yan, Wen and Thorley, Natasha and Ng, Alexander and Barratt, Dean C. and "
    "Alexander, Daniel C. and Punwani, Shonit and Emberton, Mark and Kasivisvanathan, Veeru and Hu, Yipeng",
    "What Fine-Tuning Changes: A Radiomic Lens on Prostate Foundation Model Representations",
    (
        ("booktitle", "Medical Imaging with Deep Learning"),
        *(("series", "Proceedings of Machine Learning Research"), ("volume", "315"), ("pages", "2233--2247")),
    ),
)
BELROSE = _talk(
    "belrose2023leace",
    "Belrose et al. 2023",
    "2023",
    "Belrose, Nora and Schneider-Joseph, David and Ravfogel, Shauli and Cotterell, Ryan and Raff, Edward and "
    "Biderman, Stella",
    "{LEACE}: Perfect Linear Concept Erasure in Closed Form",
    (("booktitle", "Advances in Neural Information Processing Systems"), ("volume", "36")),
)
REFERENCES = (
    *(ALLEN, BELROSE, BENJAMINI_BOGOMOLOV, BENJAMINI_HOCHBERG, EFRON_STEIN),
    *(GRIETHUYSEN, HEWITT_LIANG, LENS, SELLAM),
)


def bibtex() -> str:
    """All entries, by key."""
    return "\n".join(one.entry for one in sorted(REFERENCES, key=lambda one: one.key))
