// Every feature that the filters leave with all its numbers, in a fold that is filled when it is opened.

const TABLE_STEP = 100;

const columnsOf = (info, ranking) => {
  const text = (name) => (k) => ranking[name][k];
  const number = (name, words) => (k) => words(ranking.at(name, k));
  const r2 = info.words.r2;
  const trust = [
    ["Flag", (k) => flagWords(ranking.flag[k], info), "What the trust block says."],
    ["Effect", number("effect", numbers.change), "ΔR² beyond the change that all features share."],
    ["95 % interval", (k) => numbers.interval(ranking.at("ci_low", k), ranking.at("ci_high", k)), "Of the effect."],
    ["q", number("q", numbers.q), "False-discovery rate at which this change would be called one; none where its group shows no change, so that the feature was not tested."],
    [`${r2} pre`, number("r2_pre", numbers.r2), "Each patient held out, straight from the embedding before fine-tuning."],
    [`${r2} ft`, number("r2_ft", numbers.r2), "The same after fine-tuning."],
  ];
  const more = [
    ["effect_shrunk", "With its group", numbers.change, "The effect read with its group."],
    ["effect_given_label", "Given label", numbers.change, "The effect with the label known."],
    ["label_borne", "Label's part", numbers.change, "Of the effect, what goes with the label."],
    ["n_runs_agree", "Runs", numbers.count, "Runs that agree."],
    ["used", "Used", numbers.share, "What the task's head loses when this feature is erased."],
  ].filter(([name]) => ranking[name]).map(([name, title, words, help]) => [title, (k) => (ranking.at(name, k) === null ? NONE : words(ranking.at(name, k))), help]);
  const change = (k) => numbers.importanceChange(ranking.at("delta_i", k), ranking.at("i_pre", k), ranking.at("i_ft", k));
  const paper = [
    ["Rank by ΔI", number("rank_paper", numbers.count), "1 is the largest rise of importance."],
    ["I pre", number("i_pre", numbers.importance), "Importance before: a weight norm."],
    ["I ft", number("i_ft", numbers.importance), "Importance after."],
    ["ΔI", change, "A weight norm: not explanatory power."],
    ["paper R² pre", number("paper_r2_pre", numbers.r2), "Held out, with the paper's decoders."],
    ["paper R² ft", number("paper_r2_ft", numbers.r2), "Held out, with the paper's decoders."],
  ];
  const icc = ranking.icc ? [["ICC", number("icc", numbers.r2), "Repeatability between two measurements; below 0.75 read no shift."]] : [];
  const ofTrust = info.trust === null ? [] : [...trust, ...more];
  const both = info.trusted ? [...ofTrust, ...paper] : [...paper, ...ofTrust];
  return [["In words", text("label"), ""], ...both, ...icc, ["PyRadiomics name", text("feature"), ""]];
};

class Table {
  constructor(explorer) {
    this.explorer = explorer;
    this.element = el("details", { class: "table", toggle: () => this.fill() }, el("summary", {}, "Table of all features"));
    this.content = el("div", {});
    this.element.append(this.content);
  }

  show(places) {
    this.places = places;
    this.element.firstChild.textContent = `Table of all ${numbers.counted(places.length, "feature")}`;
    this.fill();
  }

  fill() {
    if (!this.element.open) return;
    const { info, ranking } = this.explorer;
    this.columns = columnsOf(info, ranking);
    this.body = el("tbody", { click: (event) => this.click(event) });
    this.drawn = 0;
    const box = el("div", { class: "scrolled", tabindex: "0", role: "region", "aria-label": "Table of features", scroll: () => this.reach(box) },
      el("table", {}, el("thead", {}, el("tr", {}, this.columns.map(([title, , help]) => el("th", { scope: "col", title: help }, title)))), this.body));
    fill(this.content, box, el("p", { class: "feet" },
      el("a", { href: `${this.csvHref(true)}`, download: "ranking.csv" }, "These features as CSV"), " · ",
      el("a", { href: `${this.csvHref(false)}`, download: `ranking-${info.analysis}.csv` }, "All features as CSV")));
    this.more();
  }

  reach(box) {
    if (box.scrollTop + 2 * box.clientHeight > box.scrollHeight) this.more();
  }

  more() {
    const end = Math.min(this.places.length, this.drawn + TABLE_STEP);
    const rows = this.places.slice(this.drawn, end).map((k) => el("tr", { "data-k": k }, this.columns.map(([, words], n) => {
      if (n > 0) return el("td", {}, words(k));
      return el("th", { scope: "row" }, button(words(k), () => null, { class: "plain" }));
    })));
    this.drawn = end;
    this.body.append(...rows);
  }

  /** The API filters in the same way, by the same words; stars are known to nobody else, so they are left out. */
  csvHref(filtered) {
    const { info, state } = this.explorer;
    const where = { modality: info.modality, feature_class: state.feature_class, image_type: state.image_type, flag: state.flag, text: state.text };
    const asked = new URLSearchParams({ sort: info.trusted ? "trust" : "delta_i" });
    if (filtered) for (const [name, value] of Object.entries(where)) if (value) asked.set(name, value);
    return `/api/v1${pathOf("analyses", info.analysis)}/ranking.csv?${asked}`;
  }

  click(event) {
    const row = event.target.closest("[data-k]");
    if (row === null) return;
    this.explorer.choose(Number(row.dataset.k), true);
    this.explorer.panel.element.scrollIntoView({ block: "start", behavior: "smooth" });
  }
}
