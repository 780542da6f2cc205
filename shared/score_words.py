"""What pages and model cards call the scores of a fine-tuning."""

SCORES = {
    "auc": "AUC, mean over classes",
    "kappa": "Kappa, quadratic weights",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Mean recall",
    "concordance": "Concordance (Harrell)",
    "events": "Studies with the event",
    "dice": "Dice, mean over studies with it",
    "dice_pooled": "Dice of all voxels",
    "hausdorff95_mm": "Hausdorff 95 %, mm",
    "missed_cases": "Missed whole",
    "clear_share": "Left clear where there is none",
    "r2": "R²",
    "mae": "Mean error",
}
