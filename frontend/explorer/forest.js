// The first features of the list in one figure for a paper: effects with intervals, or importance before and after.

const MOST_LISTED = 15;
const LONGEST_NAME = 58;
const FOREST = { width: 860, row: 24, left: 350, right: 60, top: 8, bottom: 44 };

class Forest {
  constructor(explorer) {
    this.explorer = explorer;
    this.element = el("details", { class: "forest", toggle: () => this.draw() }, el("summary", {}, "The listed features as a figure"));
  }

  show(places) {
    this.places = places.slice(0, MOST_LISTED);
    this.draw();
  }

  draw() {
    if (!this.element.open) return;
    const { info, ranking } = this.explorer;
    const names = info.trusted ? ["effect", "ci_low", "ci_high", "effect_given_label"] : ["i_pre", "i_ft"];
    const values = this.places.flatMap((k) => names.map((name) => ranking.at(name, k))).filter((value) => value !== null);
    const [low, high] = ends(info.trusted ? [...values, -MARGIN, MARGIN] : values);
    const x = scale(low, high, FOREST.left, FOREST.width - FOREST.right);
    const title = info.trusted ? "The listed features: what moved, and how sure it is" : "The listed features: importance before and after";
    const drawing = this.drawing(x, [low, high]);
    const caption = `${info.trusted
      ? "Lines: 95 % intervals. Grey band: the margin. Open diamonds: the effect given the label."
      : "Hollow: before fine-tuning. Filled: after."} ${madeOf(info, this.explorer.places.length)}`;
    const table = () => [["feature", "label", "modality", "flag", ...names],
      this.places.map((k) => [ranking.feature[k], ranking.label[k], ranking.modality[k], ranking.flag[k], ...names.map((name) => ranking.at(name, k))])];
    const part = chartPart(title, drawing, caption, "listed-features", table);
    while (this.element.children.length > 1) this.element.lastChild.remove();
    this.element.append(part);
  }

  drawing(x, [low, high]) {
    const { info, look, ranking } = this.explorer;
    const height = FOREST.top + FOREST.row * this.places.length + FOREST.bottom;
    const bottom = height - FOREST.bottom;
    const told = this.places.map((k) => `${ranking.label[k]} ${this.words(k)}`).join("; ");
    const drawing = sheet(FOREST.width, height, look, `${numbers.counted(this.places.length, "feature")}: ${told}.`);
    if (info.trusted) drawing.append(svg("rect", { x: x(-MARGIN), y: 0, width: x(MARGIN) - x(-MARGIN), height: bottom, fill: look.line, opacity: 0.5 }));
    drawing.append(svg("path", { d: `M${x(0)} 0V${bottom}`, stroke: look.quiet }));
    const at = ticks(low, high, 6);
    tickWords(at).forEach((text, n) => drawing.append(label(x(at[n]), bottom + 16, text, look, { "text-anchor": "middle" })));
    drawing.append(label(FOREST.width - FOREST.right, bottom + 34, info.trusted ? "effect (ΔR² beyond what is shared)" : "importance I", look, { "text-anchor": "end", "font-size": 12 }));
    const name = (words) => capital(words.length <= LONGEST_NAME ? words : `${words.slice(0, LONGEST_NAME - 1)}…`);
    this.places.forEach((k, n) => {
      const y = FOREST.top + FOREST.row * n;
      drawing.append(
        svg("text", { x: FOREST.left - 12, y: y + 16, "text-anchor": "end", "font-size": 11.5, fill: look.ink }, name(ranking.label[k])),
        svg("text", { x: FOREST.width, y: y + 16, "font-size": 11.5, "text-anchor": "end", fill: look.ink }, this.words(k)),
        ...(info.trusted ? this.effect(k, x, y + 12) : this.dumbbell(k, x, y + 12)));
    });
    return drawing;
  }

  words(k) {
    const { info, ranking } = this.explorer;
    if (info.trusted) return numbers.change(ranking.at("effect", k));
    return numbers.importanceChange(ranking.at("delta_i", k), ranking.at("i_pre", k), ranking.at("i_ft", k));
  }

  effect(k, x, y) {
    const { look, ranking } = this.explorer;
    const [value, low, high, given] = ["effect", "ci_low", "ci_high", "effect_given_label"].map((name) => ranking.at(name, k));
    const flag = ranking.flag[k];
    const colour = look.flag(flag);
    if (value === null) return [];
    return present([
      low !== null && high !== null && svg("path", { d: `M${x(low)} ${y}H${x(high)}`, stroke: colour, "stroke-width": 2 }),
      given !== null && marks("diamond", [[x(given), y]], 4.4, look.colours.label_borne, look, true),
      marks(FLAG_SHAPE[flag] ?? "circle", [[x(value), y]], 5.2, colour, look, HOLLOW.has(flag)),
    ]);
  }

  dumbbell(k, x, y) {
    const { look, ranking } = this.explorer;
    const [from, to] = ["i_pre", "i_ft"].map((name) => x(ranking.at(name, k)));
    const colour = look.direction(ranking.at("delta_i", k));
    return [
      svg("path", { d: `M${from} ${y}H${to}`, stroke: colour, "stroke-width": 2 }),
      marks("circle", [[from, y]], 4.6, colour, look, true),
      marks("circle", [[to, y]], 4.6, colour, look),
    ];
  }
}
