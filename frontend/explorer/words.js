// What the numbers say in sentences: the answer above the list, and the reading of one feature.

const MARGIN = 0.03;
const REPEATABLE = 0.75;
const TOP = 5;

const capital = (text) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
const studies = (n) => numbers.counted(n, "study", "studies");

/** `GLCM`, `First order`; a class of other software keeps its name. */
const classWords = (name, info) => info.classes[name] ?? name;
const imageWords = (name) => name.replaceAll("-", " ");
const flagWords = (flag, info) => (flag === null ? NONE : (info.words.flags[flag] ?? flag));
/** The flag with its mark: no two flags differ by colour alone. */
const flagMark = (flag, info) => info.marks[flag] ?? "";

/** N, K and seed, for captions; of a filter how many of all. */
function madeOf(info, shown = info.n_features) {
  const all = numbers.counted(info.n_features, "feature");
  const features = shown === info.n_features ? all : `${numbers.count(shown)} of ${all}`;
  return `${studies(info.n_studies)} of ${numbers.counted(info.n_patients, "patient")}, ${features}, seed ${info.seed}.`;
}

/** The headline and the sentence below it, for the features that the filters leave. */
function answer(ranking, places, info) {
  if (places.length === 0) return ["No feature matches", `0 of ${numbers.counted(ranking.length, "feature")} match the filters.`];
  const [head, text] = info.trusted ? flagsAnswer(ranking, places, info) : paperAnswer(ranking, places);
  const part = places.length === ranking.length;
  const of = `${numbers.count(places.length)} of ${numbers.counted(ranking.length, "feature")} match the filters. `;
  return [head, part ? text : of + text];
}

function flagsAnswer(ranking, places, info) {
  const flags = ranking.flags(places);
  const head = flagCounts(flags, info);
  if (Object.keys(flags).length === 1 && flags.too_few) {
    return [head, "No feature is flagged, for there are too few patients. Every effect stands below with its interval."];
  }
  const changed = [...UP, ...DOWN].reduce((sum, flag) => sum + (flags[flag] ?? 0), 0);
  const rest = restCounts(flags, info);
  if (changed === 0) {
    const why = flags.label_borne
      ? "No single feature is shown to gain or lose beside what goes with the label."
      : "No single feature is shown to change beyond chance and the margin; see Groups for what can still be read.";
    return [head, `${rest}${why}`];
  }
  const opposite = ranking.opposite(places);
  if (changed === 1) return [head, `${rest}For the one that changed, the paper's ΔI points ${opposite ? "the other" : "the same"} way.`];
  return [head, `${rest}For ${numbers.count(opposite)} of the ${numbers.count(changed)} that changed, the paper's ΔI points the other way.`];
}

const LEADING = ["stronger", "weaker", "unchanged"];

/** `54 stronger, 12 weaker, 1 590 unchanged`: what gained and lost also where there is none. */
function flagCounts(flags, info) {
  if (Object.keys(flags).length === 1 && flags.too_few) return `${numbers.counted(flags.too_few, "feature")}, none flagged`;
  const told = LEADING.filter((flag) => flags[flag] || flag !== "unchanged");
  return told.map((flag) => `${numbers.count(flags[flag] ?? 0)} ${flagWords(flag, info)}`).join(", ");
}

/** The flags that the headline leaves out. */
function restCounts(flags, info) {
  const told = FLAG_ORDER.filter((flag) => flags[flag] && !LEADING.includes(flag));
  return told.length === 0 ? "" : `${told.map((flag) => `${numbers.count(flags[flag])} ${flagWords(flag, info)}`).join(", ")}. `;
}

function paperAnswer(ranking, places) {
  const shift = ranking.column("delta_i");
  const [up, down] = [places.filter((k) => shift[k] > 0).length, places.filter((k) => shift[k] < 0).length];
  const opposite = places.filter((k) => shift[k] * (ranking.paperGain(k) ?? 0) < 0).length;
  return [
    `Importance rose for ${numbers.counted(up, "feature")} and fell for ${numbers.count(down)}`,
    `For ${numbers.count(opposite)} of ${numbers.count(places.length)} the paper's held-out R² moved the other way: ΔI is a ` +
      "weight norm, and weights shrink when a signal grows.",
  ];
}

/** What stands below the list about its order. */
function orderWords(order, ranking, info) {
  if (!info.trusted || ranking.rankedBy === "effect" || !["flag", "effect", "fall"].includes(order)) return "";
  return "Effects are ordered as read with their group: from 80 patients that ranks better than a feature alone.";
}

/** The effect with its interval and the shared change beside it, always. */
function effectSentence(found, info) {
  const { row } = found;
  const common = found.shared_change === null
    ? "no shared change could be computed, so the effect is ΔR² itself"
    : `${numbers.change(found.shared_change * (row.r2_pre ?? 0))} (shared change ` +
      `${numbers.effect(found.shared_change, found.shared_change_low, found.shared_change_high)})`;
  return (
    `Effect ${numbers.effect(row.effect, row.ci_low, row.ci_high)}, q ${numbers.q(row.q)}: ΔR² ` +
    `${numbers.effect(row.delta_r2, row.delta_r2_low, row.delta_r2_high)} less what all features share, ${common}. ` +
    `${capital(info.words.r2)} ${numbers.r2(row.r2_pre)} → ${numbers.r2(row.r2_ft)}${chanceWords(row)}; control floor ` +
    `${numbers.r2(found.control_floor)}.`
  );
}

/** The chance level that was taken off; nothing in version 1, which knew none. */
function chanceWords(row) {
  if (row.chance_r2_pre === null || row.chance_r2_ft === null) return "";
  return ` (pure noise reaches ${numbers.r2(row.chance_r2_pre)} before and ${numbers.r2(row.chance_r2_ft)} after, already taken off)`;
}

/** What the task's head loses without it; empty where no head was asked, or it has no skill to lose. */
function usedSentence(row, info) {
  if (row.use === null || row.used === null) return "";
  return `Without it the task's head loses ${numbers.shareWithInterval(row.used, row.used_low, row.used_high)} of its skill: ${info.words.use[row.use]}.`;
}

function repeatability(icc) {
  if (icc === null) return "Repeatability unknown: no test-retest table was given with this analysis.";
  if (icc >= REPEATABLE) return `Repeatable: ICC ${numbers.r2(icc)} between two measurements of the same patient.`;
  return `ICC ${numbers.r2(icc)}: measured twice in the same patient this feature differs (ICC below ${REPEATABLE}), so a shift of it says little.`;
}

/** What ΔI and the paper's held-out R² say together, where there is no trust block. */
function paperReading(row) {
  const shift = `Importance ${row.delta_i > 0 ? "rose" : "fell"} (${numbers.importanceChange(row.delta_i, row.i_pre, row.i_ft)})`;
  if (row.paper_r2_pre === null || row.paper_r2_ft === null) return `${shift}; held-out decoding could not be scored.`;
  if (Math.max(row.paper_r2_pre, row.paper_r2_ft) <= 0) {
    return `${shift}, but on held-out studies the embedding does not tell this feature in either stage: do not read the shift.`;
  }
  const gain = row.paper_r2_ft - row.paper_r2_pre;
  const way = `${gain > 0 ? "gained" : "lost"} (${numbers.change(gain)})`;
  if (gain * row.delta_i < 0) {
    return `${shift}, while held-out decoding ${way}. ${gain > 0 ? "The weights can shrink because the signal grew." : "Larger weights do not mean more signal."}`;
  }
  return `${shift}, and held-out decoding ${way} too. This analysis has no intervals.`;
}

/** How much of the effect would be gone, to first order, without the patients that carry most of it. */
function topShare(found) {
  const { effect } = found.row;
  if (effect === null || Math.abs(effect) < 1e-6) return null;
  const parts = found.influence.map((one) => one.carries / effect).sort((a, b) => b - a);
  return parts.slice(0, TOP).filter((part) => part > 0).reduce((sum, part) => sum + part, 0);
}

function influenceSentence(found) {
  const share = topShare(found);
  if (share === null) return "The effect is zero; no patient carries it.";
  const { effect } = found.row;
  return (
    `The ${TOP} patients that carry most hold about ${Math.round(100 * share)} % of the effect: without them it would be about ` +
    `${numbers.change(effect * (1 - share))} instead of ${numbers.change(effect)}.`
  );
}

const without = (effect, one) => `without this patient the effect would be ${numbers.fineChange(effect - one.carries)}`;

function carrierWords(point) {
  const way = point.gain > 0 ? "closer" : "further off";
  return `true ${numbers.r2(point.true)}, decoded ${numbers.r2(point.decoded_pre)} → ${numbers.r2(point.decoded_ft)}, ${way} (${numbers.fineChange(point.gain)})`;
}

function paperCarrierWords(one) {
  const way = one.error_change < 0 ? "closer" : "further away";
  const side = one.held_out ? "held out" : "training";
  return (
    `true ${numbers.r2(one.true)}, decoded ${numbers.r2(one.decoded_pre)} → ${numbers.r2(one.decoded_ft)}, ${way} by ` +
    `${numbers.r2(Math.abs(one.error_change))} (${side})`
  );
}
