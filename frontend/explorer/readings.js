// The readings of one feature side by side: effect, every run, given the label, with its group, controls.

const WIDE = 360;
const ROW_HEIGHT = 30;
const NAMES_WIDTH = 112;

function readingsOf(found, info) {
  const { row } = found;
  const control = info.trust.controls[`${row.modality}_${row.feature_class}`];
  const every = {
    effect: [row.effect, row.ci_low, row.ci_high],
    "given the label": [row.effect_given_label, row.given_label_low, row.given_label_high],
    "with its group": [row.effect_shrunk, row.shrunk_low, row.shrunk_high],
    control: control ?? [null, null, null],
  };
  return Object.entries(every).filter(([, ends]) => ends.every((value) => value !== null && value !== undefined));
}

function readings(found, info, look) {
  const { row } = found;
  const shown = readingsOf(found, info);
  if (shown.length === 0) return null;
  const runs = found.by_run.length > 1 ? found.by_run : [];
  const names = [shown[0][0], ...(runs.length > 0 ? ["each run"] : []), ...shown.slice(1).map(([name]) => name)];
  const ends = [...shown.flatMap(([, values]) => values), ...runs, 0, -found.margin, found.margin];
  const room = 0.04 * (Math.max(...ends) - Math.min(...ends));
  const [low, high] = [Math.min(...ends) - room, Math.max(...ends) + room];
  const x = scale(low, high, NAMES_WIDTH, WIDE - 12);
  const height = ROW_HEIGHT * names.length + 44;
  const bottom = height - 36;
  const told = shown.map(([name, values]) => `${name} ${numbers.effect(...values)}`).join("; ");
  const drawing = sheet(WIDE, height, look, `Readings of one feature: ${told}.${runs.length > 0 ? ` Runs alone: ${runs.map(numbers.change).join(", ")}.` : ""}`);
  drawing.append(
    svg("rect", { x: x(-found.margin), y: 4, width: x(found.margin) - x(-found.margin), height: bottom - 4, fill: look.line, opacity: 0.55 }),
    svg("path", { d: `M${x(0)} 4V${bottom}`, stroke: look.quiet }),
    label(WIDE - 12, height - 4, "effect", look, { "text-anchor": "end" }));
  const at = ticks(low, high, 4);
  tickWords(at).forEach((text, n) => drawing.append(label(x(at[n]), bottom + 14, text, look, { "text-anchor": "middle" })));
  const middle = (name) => 6 + ROW_HEIGHT * (names.indexOf(name) + 0.62);
  for (const name of names) drawing.append(svg("text", { x: NAMES_WIDTH - 10, y: middle(name) + 4, "text-anchor": "end", "font-size": 12, fill: look.ink }, name));
  const colours = { effect: look.flag(row.flag), "given the label": look.colours.label_borne, control: look.colours.unchanged };
  const shapes = { effect: FLAG_SHAPE[row.flag] ?? "circle", "given the label": "diamond", "with its group": "square", control: "bar" };
  for (const [name, [value, from, to]] of shown) {
    const y = middle(name);
    const colour = colours[name] ?? look.ink;
    drawing.append(
      svg("path", { d: `M${x(from)} ${y}H${x(to)}`, stroke: colour, "stroke-width": name === "control" ? 7 : 2, opacity: name === "control" ? 0.45 : 1 }),
      marks(shapes[name], [[x(value), y]], 5, colour, look, name !== "effect" || HOLLOW.has(row.flag)),
      label(Math.min(WIDE - 24, Math.max(NAMES_WIDTH + 16, x(value))), y - 9, numbers.change(value), look, { "text-anchor": "middle", fill: look.ink }));
  }
  if (runs.length > 0) drawing.append(marks("bar", runs.map((value) => [x(value), middle("each run")]), 7, look.ink, look, false, { "stroke-width": 1.6 }));
  const title = `${capital(flagWords(row.flag, info))}: ${readingTitle(row)}`;
  const caption = `Lines: 95 % intervals. Grey band: the margin of ${found.margin}. ${meanings(names, info)}${madeOf(info)}`;
  const rows = [...shown.map(([name, values]) => [name, ...values]), ...runs.map((value, n) => [`run ${n + 1}`, value, null, null])];
  return chartPart(title, drawing, caption, "readings", () => [["reading", "effect", "ci_low", "ci_high"], rows]);
}

function readingTitle(row) {
  const given = row.effect_given_label === null ? "" : `, given the label ${numbers.change(row.effect_given_label)}`;
  const runs = row.n_runs !== null && row.n_runs > 1 && row.n_runs_agree !== null ? `, in ${row.n_runs_agree} of ${row.n_runs} runs` : "";
  return `effect ${numbers.change(row.effect)}${given}${runs}`;
}

/** What the further rows are; the label is named. */
function meanings(names, info) {
  const label = info.trust.labels.join(" and ") || "the label";
  const known = {
    "given the label": `Given the label: decoded with ${label} known, so that only what is beyond it counts. `,
    "with its group": "With its group: drawn towards what its group did, by how sure it is alone. ",
    "each run": "Each run: fine-tuning repeated with another seed. ",
    control: "Control: its group in runs trained on shuffled labels, what nothing looks like. ",
  };
  return names.map((name) => known[name] ?? "").join("");
}

/** A drawing with its finding as title, how to read it, and what saves it. */
function chartPart(title, drawing, caption, name, table) {
  return el("figure", { class: "chart", "data-chart": name },
    el("h4", {}, title), drawing,
    el("figcaption", {}, lazyFold("How to read it", () => el("p", {}, caption))),
    savingRow(name, title, caption, () => drawing, table));
}

const MOST_BARS = 8;

/** Which patients carry an effect: how much it would fall or rise were one of them left out. */
function influence(explorer, found) {
  const { info, look, panel } = explorer;
  if (found.influence.length === 0 || found.row.effect === null) return null;
  const { effect } = found.row;
  const shown = found.influence.slice(0, MOST_BARS);
  const most = Math.max(...shown.map((one) => Math.abs(one.carries)), 1e-9);
  const points = new Map([...found.points].reverse().map((point) => [point.patient_id, point]));
  const share = topShare(found);
  const title = share === null ? "There is no effect for patients to carry" : `${share >= 0.5 ? "A few patients carry much of it" : "No few patients carry it"}: the top ${TOP} hold ${Math.round(100 * share)} % of the effect`;
  const caption =
    `The ${numbers.counted(shown.length, "patient")} of ${numbers.count(found.influence.length)} that matter most: each was left out with all studies and ` +
    "the effect computed again. Filled: without this patient the effect would be nearer to zero. Hollow: further from it. " + madeOf(info);
  const drawing = sheet(WIDE, 22 * shown.length + 8, look, `Bars of ${shown.length} patients by how much they carry the effect. ${shown.slice(0, TOP).map((one) => `${one.patient_id}: ${without(effect, one)}`).join("; ")}.`);
  const x = scale(-most, most, NAMES_WIDTH, WIDE - 60);
  shown.forEach((one, n) => {
    const [y, to] = [22 * n + 4, x(one.carries)];
    const colour = look.direction(one.carries);
    const name = one.patient_id.length <= 14 ? one.patient_id : `${one.patient_id.slice(0, 13)}…`;
    drawing.append(
      svg("text", { x: NAMES_WIDTH - 8, y: y + 12, "text-anchor": "end", "font-size": 12, fill: look.ink }, name),
      svg("rect", { x: Math.min(x(0), to), y: y + 2, width: Math.max(1, Math.abs(to - x(0))), height: 13, fill: one.carries * effect > 0 ? colour : look.ground, stroke: colour, "stroke-width": 1.4 }),
      label(WIDE, y + 12, numbers.fineChange(one.carries), look, { "text-anchor": "end" }));
  });
  drawing.append(svg("path", { d: `M${x(0)} 2V${22 * shown.length + 4}`, stroke: look.quiet }));
  const rows = found.influence.map((one) => [one.patient_id, one.carries, effect - one.carries]);
  const part = chartPart(title, drawing, caption, "influence", () => [["patient_id", "carries", "effect_without"], rows]);
  const ways = found.influence.slice(0, TOP).map((one) => {
    const point = points.get(one.patient_id);
    const name = `Patient ${one.patient_id}`;
    return el("li", {}, point === undefined ? el("b", {}, name) : link(name, panel.caseHref(point.case_id)), ` ${without(effect, one)}`);
  });
  part.append(el("p", { class: "said" }, influenceSentence(found)), el("ul", { class: "ways" }, ways));
  return part;
}
