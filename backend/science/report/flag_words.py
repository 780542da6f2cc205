"""What the flags are called in a report."""

FLAG_WORDS = {
    "stronger": "carried more strongly",
    "weaker": "carried more weakly",
    "kept": "lost less than the typical feature",
    "probable_stronger": "probably carried more strongly (read with its group)",
    "probable_weaker": "probably carried more weakly (read with its group)",
    "label_borne": "carried more because it goes with the label",
    "unchanged": "no change shown",
    "not_decodable": "cannot be decoded",
    "underpowered": "too few patients to say",
    "too_few": "too few patients for any flag",
}
FLAGGED = ("stronger", "weaker", "kept", "probable_stronger", "probable_weaker", "label_borne")
