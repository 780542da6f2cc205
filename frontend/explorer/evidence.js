// What speaks for or against the numbers of a feature, most telling first; or the paper's decoders alone.

const CARRIERS = 6;

/** Before and after, the reading in words, then the further evidence. */
function evidenceParts(explorer, found) {
  const { info, look } = explorer;
  const values = heldOut(found, info, look);
  const decoded = el("div", { class: "chart", "data-chart": "held-out" }, values.pair, el("h4", {}, values.title), values.saving,
    lazyFold("How to read it", () => el("p", {}, values.caption)));
  return [
    el("div", { class: "reading" }, decoded, reading(explorer, found)),
    el("div", { class: "pair" }, info.trust.version === 2 ? readings(found, info, look) : null, influence(explorer, found)),
    why(found.disagreement),
    el("div", { class: "pair" }, carriers(explorer, found), rest(explorer, found)),
  ];
}

function reading(explorer, found) {
  const { info } = explorer;
  const { row } = found;
  const used = usedSentence(row, info);
  const shift = numbers.importanceChange(row.delta_i, row.i_pre, row.i_ft);
  const jump = () => explorer.panel.body.querySelector(".why").scrollIntoView({ block: "center", behavior: "smooth" });
  const poor = row.icc !== null && row.icc < REPEATABLE;
  return el("div", { class: "words" }, el("h4", {}, "Reading"),
    el("p", {}, `${capital(info.words.meaning[row.flag] ?? "")}.`),
    beyondLabel(row) && el("p", {}, beyondLabel(row)),
    used !== "" && el("p", {}, used),
    poor && el("p", { class: "poor" }, repeatability(row.icc)),
    el("p", { class: "quiet" }, `The paper's ΔI: ${shift}, rank ${numbers.count(row.rank_paper)}. `,
      button(found.disagreement.disagrees ? "Why these two disagree" : "Both agree", jump, { class: "plain" })));
}

/** What is left of the gain with the label known; empty where that was not computed. */
function beyondLabel(row) {
  if (row.effect_given_label === null) return "";
  return `With the label known ${numbers.effect(row.effect_given_label, row.given_label_low, row.given_label_high)} is left of it.`;
}

/** Why paper and trust disagree: the reasons that apply, then those that do not, in a fold. */
function why(found) {
  const line = (one) => el("p", {}, el("b", {}, `${one.title}. `), one.sentence);
  const applying = found.reasons.filter((one) => one.applies && found.disagrees);
  const stated = found.reasons.filter((one) => one.code === "shared" && !applying.includes(one));
  const others = found.reasons.filter((one) => !applying.includes(one) && !stated.includes(one));
  return el("section", { class: "why" },
    el("h4", {}, found.disagrees ? "Why do these two disagree?" : "Paper and trust agree"), el("p", {}, found.headline),
    applying.map(line), stated.map((one) => el("div", { class: "quiet" }, line(one))),
    others.length === 0 ? null : lazyFold(found.disagrees ? "Checked, and not the reason here" : "What was checked", () => el("div", {}, others.map(line))));
}

/** The studies whose decoding changed most, each a link to its images. */
function carriers(explorer, found) {
  const items = found.points.slice(0, CARRIERS).map((point) =>
    el("li", {}, link(`Study ${point.study_id}`, explorer.panel.caseHref(point.case_id)), ` ${carrierWords(point)}`));
  return el("section", {}, el("h4", {}, "Studies decoded most differently"), el("ul", { class: "ways" }, items),
    el("p", { class: "quiet" }, "Largest share of ΔR² first (in brackets); true and decoded values are normal scores."));
}

function rest(explorer, found) {
  const { info } = explorer;
  const { row, quality } = found;
  const images = found.points.some((point) => point.has_images);
  const nothing = images ? "Nothing was noted against them." : "Nothing is known of them: these features came as a table.";
  return el("section", {},
    el("h4", {}, `The ${found.roi} outlines it was measured in`),
    quality.sentences.length > 0 ? el("ul", {}, quality.sentences.map((one) => el("li", {}, one))) : el("p", { class: "quiet" }, nothing),
    el("h4", {}, "The numbers in full"), el("p", { class: "full" }, effectSentence(found, info)),
    el("p", { class: "full" }, paperNumbers(row, info)),
    el("p", { class: "quiet" }, repeatability(row.icc)));
}

function paperNumbers(row, info) {
  return (
    `The paper's numbers for it: importance ${numbers.importance(row.i_pre)} → ${numbers.importance(row.i_ft)}, ΔI ` +
    `${numbers.importanceChange(row.delta_i, row.i_pre, row.i_ft)}, rank ${numbers.count(row.rank_paper)} of ${numbers.count(info.n_features)}; held-out R² ` +
    `${numbers.r2(row.paper_r2_pre)} → ${numbers.r2(row.paper_r2_ft)}.`
  );
}

/** The paper's decoders, where an analysis kept no evidence. */
function paperParts(explorer, found) {
  const { info, look, panel } = explorer;
  const { row } = found;
  const tested = { shape: "circle", colour: look.quiet, size: 4 };
  const trained = { shape: "circle", colour: look.quiet, size: 2.6, opacity: 0.5, hollow: true };
  const points = found.cases.map((one) => ({ true: one.true, pre: one.decoded_pre, ft: one.decoded_ft, kind: one.held_out ? tested : trained }));
  const titles = [`before · R² ${numbers.r2(row.paper_r2_pre)}`, `after · R² ${numbers.r2(row.paper_r2_ft)}`];
  const n = found.cases.filter((one) => one.split === "test").length;
  const caption =
    "Each point is a study; 0 to 1 is the range of the training studies. On the dashed line the embedding tells the feature exactly. R² counts the " +
    `${numbers.counted(n, "test study", "test studies")} only (large discs), decoded without them. ${madeOf(info)}`;
  const pair = decodedPair(points, titles, look, `The paper's decoders; ${studies(points.length)}, ${n} held out.`);
  const columns = ["case_id", "study_id", "patient_id", "split", "held_out", "true", "decoded_pre", "decoded_ft", "error_change"];
  const table = () => [columns, found.cases.map((one) => columns.map((name) => (typeof one[name] === "boolean" ? String(one[name]) : one[name])))];
  const title = paperTitle(row);
  const old = row.flag === null ? null : "This analysis was made before evidence was kept: run it again to see who carries it, and held-out values.";
  const items = found.cases.slice(0, CARRIERS).map((one) => el("li", {}, link(`Study ${one.study_id}`, panel.caseHref(one.case_id)), ` ${paperCarrierWords(one)}`));
  return [
    el("div", { class: "reading" },
      el("div", { class: "chart", "data-chart": "decoded-against-true" }, pair, el("h4", {}, title), savingRow("decoded-against-true", title, caption, () => joined(pair, look), table), lazyFold("How to read it", () => el("p", {}, caption))),
      el("div", { class: "words" }, el("h4", {}, "Reading"),
        row.flag === null ? el("p", {}, paperReading(row)) : el("p", {}, `${capital(info.words.meaning[row.flag] ?? "")}.`),
        old && el("p", { class: "quiet" }, old), el("p", { class: "full" }, paperNumbers(row, info)))),
    found.disagreement.length > 0 && el("section", { class: "why" }, el("h4", {}, "Why these disagree"), found.disagreement.map((one) => el("p", {}, one))),
    el("section", {}, el("h4", {}, "Patients that carry the change"), el("ul", { class: "ways" }, items),
      el("p", { class: "quiet" }, "Studies whose decoded value moved most, towards the true value or away from it. 0 to 1 is the training range.")),
  ];
}

function paperTitle(row) {
  const [pre, ft] = [row.paper_r2_pre, row.paper_r2_ft];
  if (pre === null || ft === null) return "Paper's decoders: held-out R² is undefined for this feature";
  if (Math.max(pre, ft) <= 0) return "Paper's decoders: not decoded on held-out studies, before or after";
  if (Math.abs(ft - pre) <= MARGIN) return `Paper's decoders: about as good as before (ΔR² ${numbers.change(ft - pre)})`;
  return `Paper's decoders: ${ft > pre ? "better" : "worse"} after fine-tuning (ΔR² ${numbers.change(ft - pre)})`;
}
