// The list of features: a few dozen rows at first, more as one scrolls. Arrows, j and k move through it.

const STEP = 60;
const MINI = { width: 92, height: 18 };
const TINT = {
  stronger: "up", probable_stronger: "up", weaker: "down", probable_weaker: "down", label_borne: "label", kept: "kept",
};

class List {
  constructor(explorer) {
    this.explorer = explorer;
    this.places = [];
    this.drawn = 0;
    this.box = el("div", {
      class: "rows", role: "listbox", tabindex: "0", "aria-label": "Features", "aria-describedby": "list-keys",
      keydown: (event) => this.key(event), scroll: () => this.reach(), click: (event) => this.click(event),
    });
    this.order = el("span", {});
    this.axis = el("span", { class: "axis" });
    this.foot = el("p", { class: "foot", id: "list-keys" });
    this.empty = el("p", { class: "empty" }, "Reading the ranking …");
    this.element = el("div", { class: "list" }, el("div", { class: "top" }, this.order, this.axis), this.box, this.empty, this.foot);
  }

  show(places) {
    const { info } = this.explorer;
    this.places = places;
    this.at = new Map(places.map((k, place) => [k, place]));
    this.reached = this.range();
    fill(this.box);
    this.drawn = 0;
    this.more(Math.max(STEP, (this.at.get(this.explorer.chosen) ?? 0) + STEP / 2));
    this.box.hidden = places.length === 0;
    this.axis.hidden = places.length === 0;
    this.empty.hidden = places.length > 0;
    this.empty.textContent = this.explorer.emptyWords();
    const reach = numbers.r2(this.reached);
    this.axis.textContent = info.trusted
      ? `effect, 95 % interval, ±${reach}`
      : "I before (hollow), after (filled)";
    const order = orderWords(this.explorer.state.order, this.explorer.ranking, info);
    this.foot.textContent = `${order === "" ? "" : `${order} `}j and k move, Enter opens the patient.`;
    this.mark();
  }

  /** How far the axis of the rows reaches: all that changed, and nearly all of what did not. */
  range() {
    const { ranking, info } = this.explorer;
    const names = info.trusted ? ["ci_low", "ci_high", "effect_given_label"] : ["i_pre", "i_ft"];
    const sizeOf = (k) => Math.max(...names.map((name) => Math.abs(ranking.at(name, k) ?? 0)));
    const sizes = this.places.map(sizeOf).sort((a, b) => a - b);
    const changed = this.places.filter((k) => info.trusted && ranking.flag[k] in TINT).map(sizeOf);
    return Math.max(info.trusted ? 0.1 : 1e-6, sizes[Math.floor(0.98 * (sizes.length - 1))] ?? 0, ...changed);
  }

  reach() {
    if (this.box.scrollTop + 2 * this.box.clientHeight > this.box.scrollHeight) this.more(this.drawn + STEP);
  }

  more(to) {
    const end = Math.min(to, this.places.length);
    if (end <= this.drawn) return;
    const rows = [];
    for (; this.drawn < end; this.drawn += 1) rows.push(this.row(this.places[this.drawn], this.drawn));
    this.box.append(...rows);
  }

  row(k, place) {
    const { ranking, info, stars } = this.explorer;
    const flag = info.trusted ? ranking.flag[k] : null;
    const icc = ranking.at("icc", k);
    const poor = icc !== null && icc < REPEATABLE;
    return el("div", {
      role: "option", id: `row-${k}`, "data-k": k, "aria-setsize": this.places.length, "aria-posinset": place + 1,
      class: poor ? "row poor" : "row", "aria-selected": "false", title: info.trusted ? this.beside(k) : this.papers(k),
    },
      el("span", { class: "rank" }, numbers.count(place + 1)),
      el("span", { class: "what" },
        el("b", {}, stars.has(ranking.feature[k]) ? el("i", { class: "star", title: "starred" }, "★ ") : null, capital(ranking.words[k])),
        el("small", {}, el("strong", {}, ranking.modality[k]), ` · ${classWords(ranking.feature_class[k], info)} · ${imageWords(ranking.image_type[k])}${poor ? ` · ICC ${numbers.r2(icc)}: repeats poorly` : ""}`)),
      info.trusted ? this.interval(k) : this.dumbbell(k),
      this.badge(k, flag));
  }

  /** What stands beside an effect: R² before and after, the effect given the label, how many runs agree. */
  beside(k) {
    const { ranking } = this.explorer;
    const given = ranking.at("effect_given_label", k);
    const runs = ranking.at("n_runs", k);
    return (
      `R² ${numbers.r2(ranking.at("r2_pre", k))} → ${numbers.r2(ranking.at("r2_ft", k))}` +
      (given === null ? "" : `; given the label ${numbers.change(given)}`) +
      (runs !== null && runs > 1 ? `; ${ranking.at("n_runs_agree", k)} of ${runs} runs` : "")
    );
  }

  papers(k) {
    const { ranking } = this.explorer;
    return `paper's R² ${numbers.r2(ranking.at("paper_r2_pre", k))} → ${numbers.r2(ranking.at("paper_r2_ft", k))}`;
  }

  badge(k, flag) {
    const { ranking, info } = this.explorer;
    const words = info.trusted
      ? numbers.change(ranking.at("effect", k))
      : numbers.importanceChange(ranking.at("delta_i", k), ranking.at("i_pre", k), ranking.at("i_ft", k));
    const shift = ranking.at("delta_i", k);
    const tint = info.trusted ? (TINT[flag] ?? "same") : shift > 0 ? "up" : shift < 0 ? "down" : "same";
    const mark = flag === null ? "" : flagMark(flag, info);
    return el("span", { class: `badge ${tint}`, title: flag === null ? "ΔI" : capital(flagWords(flag, info)) },
      mark === "" ? null : el("i", { "aria-hidden": "true" }, mark), words,
      flag === null ? null : el("span", { class: "unseen" }, `, ${flagWords(flag, info)}`));
  }

  interval(k) {
    const { ranking, look } = this.explorer;
    const { width, height } = MINI;
    const x = scale(-this.reached, this.reached, 4, width - 4);
    const within = (value) => Math.min(width - 3, Math.max(3, x(value)));
    const [value, low, high, given] = ["effect", "ci_low", "ci_high", "effect_given_label"].map((name) => ranking.at(name, k));
    const flag = ranking.flag[k];
    const colour = look.flag(flag);
    const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "mini", "aria-hidden": "true" },
      svg("rect", { x: x(-MARGIN), y: 1, width: x(MARGIN) - x(-MARGIN), height: height - 2, fill: look.line, opacity: 0.6 }),
      svg("path", { d: `M${x(0)} 0v${height}`, stroke: look.quiet, "stroke-width": 1 }));
    if (value === null) return drawing;
    if (low !== null && high !== null) drawing.append(svg("path", { d: `M${within(low)} ${height / 2}H${within(high)}`, stroke: colour, "stroke-width": 2 }));
    if (given !== null) drawing.append(marks("diamond", [[within(given), height / 2]], 3.4, look.colours.label_borne, look, true));
    drawing.append(marks(FLAG_SHAPE[flag] ?? "circle", [[within(value), height / 2]], 4.2, colour, look, HOLLOW.has(flag)));
    return drawing;
  }

  dumbbell(k) {
    const { ranking, look } = this.explorer;
    const { width, height } = MINI;
    const x = scale(0, this.reached, 5, width - 5);
    const [from, to] = ["i_pre", "i_ft"].map((name) => Math.min(width - 4, x(ranking.at(name, k))));
    const colour = look.direction(ranking.at("delta_i", k));
    return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "mini", "aria-hidden": "true" },
      svg("path", { d: `M${x(0)} 0v${height}`, stroke: look.line, "stroke-width": 1 }),
      svg("path", { d: `M${from} ${height / 2}H${to}`, stroke: colour, "stroke-width": 2 }),
      marks("circle", [[from, height / 2]], 3.6, colour, look, true),
      marks("circle", [[to, height / 2]], 3.6, colour, look));
  }

  /** Shows which row is chosen, without drawing any of them again. */
  mark() {
    const { chosen } = this.explorer;
    this.box.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    const place = this.at.get(chosen);
    if (place === undefined) {
      this.box.removeAttribute("aria-activedescendant");
      return;
    }
    this.more(place + STEP / 2);
    const row = this.box.children[place];
    row.setAttribute("aria-selected", "true");
    this.box.setAttribute("aria-activedescendant", row.id);
    const [top, bottom] = [row.offsetTop, row.offsetTop + row.offsetHeight];
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (bottom > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = bottom - this.box.clientHeight;
  }

  click(event) {
    const row = event.target.closest("[data-k]");
    if (row !== null) this.explorer.choose(Number(row.dataset.k), true);
  }

  /** The feature some rows further, or null at an end. */
  beyond(by) {
    const place = this.at.get(this.explorer.chosen);
    if (place === undefined) return this.places[0] ?? null;
    return this.places[Math.min(this.places.length - 1, Math.max(0, place + by))];
  }

  key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity }[event.key];
    if (by !== undefined && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.explorer.move(by);
    }
  }
}
