// Decoded against true values of one feature, before and after fine-tuning: two squares on one axis.

const SIDE = 250;
const EDGE = { left: 34, right: 6, top: 22, bottom: 34 };

/** `points`: true, pre, ft, words, href, and a colour or shape of their kind. */
function decodedPair(points, titles, look, words) {
  const reach = points.flatMap((p) => [p.true, p.pre, p.ft]).filter((value) => value !== null);
  const [low, high] = [Math.min(...reach, 0), Math.max(...reach, 1)];
  const room = 0.05 * (high - low || 1);
  return el("div", { class: "decoded" }, ["pre", "ft"].map((stage, n) => square(points, stage, titles[n], [low - room, high + room], look, words)));
}

function square(points, stage, title, [low, high], look, words) {
  const x = scale(low, high, EDGE.left, SIDE - EDGE.right);
  const y = scale(low, high, SIDE - EDGE.bottom, EDGE.top);
  const drawing = sheet(SIDE, SIDE, look, `${title}. ${words}`);
  const at = ticks(low, high, 4);
  tickWords(at).forEach((text, n) => {
    drawing.append(
      label(x(at[n]), SIDE - EDGE.bottom + 14, text, look, { "text-anchor": "middle" }),
      label(EDGE.left - 5, y(at[n]) + 4, text, look, { "text-anchor": "end" }));
  });
  drawing.append(
    svg("rect", { x: EDGE.left, y: EDGE.top, width: SIDE - EDGE.left - EDGE.right, height: SIDE - EDGE.top - EDGE.bottom, fill: "none", stroke: look.line }),
    svg("path", { d: `M${x(low)} ${y(low)}L${x(high)} ${y(high)}`, stroke: look.quiet, "stroke-dasharray": "3 4" }),
    svg("text", { x: EDGE.left, y: 14, "font-size": 12, "font-weight": 600, fill: look.ink }, title),
    label((EDGE.left + SIDE) / 2, SIDE - 4, "true value", look, { "text-anchor": "middle" }));
  const kinds = new Map();
  for (const p of points) kinds.set(p.kind, [...(kinds.get(p.kind) ?? []), p]);
  for (const [kind, of] of kinds) {
    const { shape, colour, size = 3.2, opacity = 0.8 } = kind;
    drawing.append(marks(shape, of.map((p) => [x(p.true), y(p[stage])]), size, colour, look, stage === "pre" || kind.hollow, { opacity }));
  }
  return el("div", {}, drawing);
}

/** Held-out values as normal scores: every study decoded by a model that never saw its patient. */
function heldOut(found, info, look) {
  const { row } = found;
  const colour = info.trusted ? look.flag(row.flag) : look.direction(row.delta_r2);
  const closer = { shape: "circle", colour };
  const further = { shape: "cross", colour: look.quiet, size: 2.6 };
  const points = found.points.map((p) => ({ true: p.true, pre: p.decoded_pre, ft: p.decoded_ft, kind: p.gain > 0 ? closer : further }));
  const n = found.points.filter((p) => p.gain > 0).length;
  const titles = [`before · R² ${numbers.r2(row.r2_pre)}`, `after · R² ${numbers.r2(row.r2_ft)}`];
  const caption =
    `Each point is a study, decoded while its patient was held out; values as normal scores; this is ${info.words.r2}. On the dashed line the ` +
    `embedding tells the feature exactly. ${n} of ${studies(found.points.length)} are decoded closer after fine-tuning (discs; crosses: further off). ${madeOf(info)}`;
  const pair = decodedPair(points, titles, look, `${capital(info.words.r2)}, ${numbers.counted(points.length, "point")}; ${n} decoded closer after.`);
  const columns = ["case_id", "study_id", "patient_id", "split", "true", "decoded_pre", "decoded_ft", "gain"];
  const table = () => [columns, found.points.map((p) => columns.map((name) => p[name]))];
  return { pair, caption, title: heldOutTitle(row), saving: savingRow("held-out", heldOutTitle(row), caption, () => joined(pair, look), table) };
}

function heldOutTitle(row) {
  if (row.flag === "not_decodable") return "Not decoded on held-out patients, before or after";
  if (row.delta_r2 === null || Math.abs(row.delta_r2) <= MARGIN) return `Decoded about as well as before (ΔR² ${numbers.change(row.delta_r2)})`;
  return `Decoded ${row.delta_r2 > 0 ? "better" : "worse"} after fine-tuning (ΔR² ${numbers.change(row.delta_r2)})`;
}

/** Both squares in one drawing, for a file. */
function joined(pair, look) {
  const whole = sheet(2 * SIDE + 10, SIDE, look, "");
  [...pair.querySelectorAll("svg")].forEach((part, n) => {
    whole.append(svg("g", { transform: `translate(${n * (SIDE + 10)} 0)` }, [...part.childNodes].map((child) => child.cloneNode(true))));
  });
  return whole;
}
