// All features that the filters leave, in one picture: the paper's shift against what can be trusted.

const FIELD = { width: 760, height: 420, left: 56, right: 12, top: 12, bottom: 44 };
const LOWEST = 1;
const NEAR = 14;

class Scatter {
  constructor(explorer) {
    this.explorer = explorer;
    this.title = el("h4", {});
    this.key = el("p", { class: "key" });
    this.frame = el("div", { class: "field", click: (event) => this.click(event), mousemove: (event) => this.hover(event), mouseleave: () => this.hover(null) });
    this.tip = el("div", { class: "tip", hidden: true });
    this.caption = el("p", { class: "quiet" });
    this.saving = el("div", {});
    this.element = el("figure", { class: "chart scatter", "data-chart": "scatter" }, this.title, this.key, this.frame, this.caption, this.saving);
  }

  draw(places) {
    const { ranking, info, look } = this.explorer;
    const y = (k) => (info.trusted ? ranking.at("effect", k) : ranking.paperGain(k));
    const kept = places.filter((k) => y(k) !== null);
    const shift = ranking.column("delta_i");
    const up = kept.map(y).map((value) => Math.max(-LOWEST, Math.min(LOWEST, value)));
    const [left, right] = ends(kept.map((k) => shift[k]));
    const [bottom, top] = ends([...up, -MARGIN, MARGIN]);
    const [x, v] = [scale(left, right, FIELD.left, FIELD.width - FIELD.right), scale(bottom, top, FIELD.height - FIELD.bottom, FIELD.top)];
    this.points = kept.map((k, n) => ({ k, x: x(shift[k]), y: v(up[n]), value: y(k) }));
    this.words(kept, shift, y);
    const drawing = sheet(FIELD.width, FIELD.height, look, this.alt);
    drawing.append(
      svg("rect", { x: FIELD.left, y: v(MARGIN), width: FIELD.width - FIELD.left - FIELD.right, height: v(-MARGIN) - v(MARGIN), fill: look.line, opacity: 0.5 }),
      svg("path", { d: `M${x(0)} ${FIELD.top}V${FIELD.height - FIELD.bottom}M${FIELD.left} ${v(0)}H${FIELD.width - FIELD.right}`, stroke: look.quiet, "stroke-width": 1, fill: "none" }));
    this.axes(drawing, [left, right, x], [bottom, top, v]);
    for (const [look_, of] of this.kinds()) {
      drawing.append(marks(look_.shape, of.map((one) => [one.x, one.y]), look_.size, look_.colour, look, look_.hollow, { opacity: look_.opacity }));
    }
    this.ring = svg("circle", { r: 9, fill: "none", stroke: look.ink, "stroke-width": 2.5 });
    drawing.append(this.ring);
    this.drawing = drawing;
    fill(this.frame, drawing, this.tip);
    this.mark();
    const table = () => [["feature", "label", "modality", "delta_i", info.trusted ? "effect" : "delta_r2", "flag"],
      kept.map((k) => [ranking.feature[k], ranking.label[k], ranking.modality[k], shift[k], y(k), ranking.flag[k]])];
    fill(this.saving, savingRow("features", this.title.textContent, this.caption.textContent, () => this.drawing, table));
  }

  /** Marks of one look are one path: by flag, in the order of drawing; the paper's by the direction of the shift. */
  kinds() {
    const { ranking, info, look } = this.explorer;
    const found = new Map();
    for (const one of this.points) {
      const flag = ranking.flag[one.k];
      const name = info.trusted ? flag : "paper";
      if (!found.has(name)) found.set(name, []);
      found.get(name).push(one);
    }
    const order = [...FLAG_ORDER].reverse();
    return [...found].sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0])).map(([name, of]) => {
      const changed = name in TINT;
      return [{ shape: FLAG_SHAPE[name] ?? "circle", size: changed ? 4.6 : 2.6, colour: look.flag(name), hollow: HOLLOW.has(name), opacity: changed ? 0.95 : 0.6 }, of];
    });
  }

  axes(drawing, [left, right, x], [bottom, top, v]) {
    const { info, look } = this.explorer;
    const [across, up] = [ticks(left, right, 6), ticks(bottom, top, 5)];
    tickWords(across).forEach((text, n) => drawing.append(label(x(across[n]), FIELD.height - FIELD.bottom + 16, text, look, { "text-anchor": "middle" })));
    tickWords(up).forEach((text, n) => drawing.append(label(FIELD.left - 8, v(up[n]) + 4, text, look, { "text-anchor": "end" })));
    const name = info.trusted ? (info.trust.shared_change === null ? "effect: ΔR²" : "effect: ΔR² beyond the shared change") : "paper's held-out ΔR²";
    drawing.append(
      label((FIELD.left + FIELD.width) / 2, FIELD.height - 6, "ΔI, the paper's shift", look, { "text-anchor": "middle", "font-size": 12 }),
      label(0, 0, name, look, { transform: `translate(13 ${(FIELD.height - FIELD.bottom) / 2}) rotate(-90)`, "text-anchor": "middle", "font-size": 12 }));
  }

  words(kept, shift, y) {
    const { ranking, info, look } = this.explorer;
    const rho = rankCorrelation(kept.map((k) => shift[k]), kept.map(y));
    const n = numbers.counted(kept.length, "feature");
    if (info.trusted) {
      const flagged = kept.filter((k) => [...UP, ...DOWN].includes(ranking.flag[k])).length;
      const opposite = ranking.opposite(kept);
      this.title.textContent = flagged === 0
        ? "No feature is flagged stronger or weaker"
        : flagged === 1
          ? `ΔI points ${opposite ? "the other" : "the same"} way for the one flagged feature`
          : `ΔI points the other way for ${numbers.count(opposite)} of ${numbers.counted(flagged, "feature")} flagged stronger or weaker`;
      this.caption.textContent = `Grey band: the margin of ${MARGIN}. A change needs more than it, and a q of 0.10 or less. Rank correlation of ΔI and effect ${numbers.change(rho)}. ${madeOf(info, this.explorer.places.length)}`;
      this.alt = `Scatter of ΔI against the trust effect for ${n}, ${flagged} of them flagged; for ${opposite} of those the signs differ; rank correlation ${numbers.change(rho)}. The list holds the same features.`;
    } else {
      const opposite = kept.filter((k) => shift[k] * y(k) < 0).length;
      const share = kept.length > 0 ? `${Math.round((100 * opposite) / kept.length)} %` : NONE;
      const beyond = kept.filter((k) => Math.abs(y(k)) > LOWEST).length;
      this.title.textContent = `ΔI and held-out decoding point in opposite directions for ${share} of features`;
      this.caption.textContent = `Top right and bottom left: both say the same. Top left: ΔI says lost, decoding says gained. Rank correlation ${numbers.change(rho)}.${beyond > 0 ? ` ${numbers.counted(beyond, "feature")} beyond ±1 drawn at the edge.` : ""} ${madeOf(info, this.explorer.places.length)}`;
      this.alt = `Scatter of ΔI against the change of held-out R² for ${n}: ${opposite} lie where the signs differ; rank correlation ${numbers.change(rho)}. The list holds the same features.`;
    }
    const flags = ranking.flags(kept);
    const entries = info.trusted ? FLAG_ORDER.filter((flag) => flags[flag]) : [];
    fill(this.key, ...entries.map((flag) => el("span", {}, keyMark(flag, look), ` ${flagWords(flag, info)}`)));
  }

  mark() {
    const at = this.points?.find((one) => one.k === this.explorer.chosen);
    if (this.ring === undefined) return;
    this.ring.setAttribute("visibility", at === undefined ? "hidden" : "visible");
    if (at !== undefined) {
      this.ring.setAttribute("cx", at.x);
      this.ring.setAttribute("cy", at.y);
    }
  }

  nearest(event) {
    const box = this.drawing.getBoundingClientRect();
    const zoom = FIELD.width / box.width;
    const [x, y] = [(event.clientX - box.left) * zoom, (event.clientY - box.top) * zoom];
    let [best, least] = [null, (NEAR * zoom) ** 2];
    for (const one of this.points) {
      const far = (one.x - x) ** 2 + (one.y - y) ** 2;
      if (far < least) [best, least] = [one, far];
    }
    return best;
  }

  click(event) {
    const one = this.nearest(event);
    if (one !== null) this.explorer.choose(one.k, true);
  }

  hover(event) {
    const one = event === null ? null : this.nearest(event);
    this.frame.style.cursor = one === null ? "default" : "pointer";
    this.tip.hidden = one === null;
    if (one === null) return;
    const { ranking, info } = this.explorer;
    const shift = numbers.importanceChange(ranking.at("delta_i", one.k), ranking.at("i_pre", one.k), ranking.at("i_ft", one.k));
    this.tip.textContent = `${ranking.label[one.k]}: ΔI ${shift}, ${info.trusted ? "effect" : "ΔR²"} ${numbers.change(one.value)}`;
    this.tip.style.left = `${Math.min(70, (100 * one.x) / FIELD.width)}%`;
    this.tip.style.top = `${(100 * one.y) / FIELD.height}%`;
  }
}

function keyMark(flag, look) {
  const changed = flag in TINT;
  return svg("svg", { viewBox: "0 0 14 14", class: "mark", "aria-hidden": "true" }, marks(FLAG_SHAPE[flag], [[7, 7]], changed ? 5 : 3.5, look.flag(flag), look, HOLLOW.has(flag)));
}

/** Both ends with a little room; around zero where there is nothing. */
function ends(values) {
  if (values.length === 0) return [-1, 1];
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  const room = 0.04 * (high - low || 1);
  return [Math.min(low, 0) - room, Math.max(high, 0) + room];
}
