// Where one can go: pages, analyses, cohorts, features and cases, asked of the API when the palette is opened.

const FRESH_MS = 60000;
const MOST_COHORTS = 8;
const MOST_CASES = 1000;

class Places {
  constructor() {
    this.asked = new Map();
  }

  /** The pages and commands that are known without asking. */
  known(data, commands) {
    const pages = data.pages.map(({ name, title, section }) => {
      return { kind: "page", name: title, also: section, page: name, query: {}, first: true, weight: 1 };
    });
    return [...pages, ...commands.map((one) => ({ kind: "command", first: true, ...one }))];
  }

  /** Hands over lists one after the other as answers come; a list that cannot be read is said once. */
  async ask(data, found, failed) {
    try {
      const [analyses, cohorts] = await Promise.all([this.list("analyses"), this.list("cohorts")]);
      const words = taskWords(cohorts);
      found("analysis", analyses.map((one) => analysisPlace(one, words)));
      found("cohort", cohorts.map(cohortPlace));
      const here = this.analysisHere(data, analyses);
      const rest = cohorts.filter(({ id }) => id !== here?.cohort_id);
      const own = cohorts.filter(({ id }) => id === here?.cohort_id);
      const asked = [...own, ...rest].slice(0, MOST_COHORTS).map((cohort) => this.cases(cohort, found));
      if (here) asked.push(this.features(here, found));
      await Promise.all(asked);
    } catch {
      failed();
    }
  }

  /** The analysis of the address, else the one last looked at. */
  analysisHere(data, analyses) {
    const named = new URLSearchParams(location.search).get("analysis") ?? data.analysis;
    return analyses.find(({ id }) => id === named);
  }

  async features(analysis, found) {
    const table = await this.json(`analyses/${encodeURIComponent(analysis.id)}/ranking.packed`);
    const query = { analysis: analysis.id, roi: analysis.roi };
    found("feature", table.feature.map((feature, row) => {
      return { kind: "feature", name: table.label[row], also: feature, page: "shifts", query: { ...query, feature } };
    }));
  }

  async cases(cohort, found) {
    const cases = await this.list(`cohorts/${encodeURIComponent(cohort.id)}/cases?limit=${MOST_CASES}`);
    found(`case ${cohort.id}`, cases.map((one) => {
      const query = { cohort: cohort.id, case: one.id };
      return { kind: "case", name: one.study_id, also: `${one.patient_id} ${cohort.name}`, page: "cases", query };
    }));
  }

  async list(path) {
    return (await this.json(path)).items;
  }

  /** An answer of the API; the same question within a minute is not asked again. */
  json(path) {
    const kept = this.asked.get(path);
    if (kept && performance.now() - kept.at < FRESH_MS) return kept.answer;
    const answer = fetch(`/api/v1/${path}`, { credentials: "same-origin" }).then((response) => {
      if (!response.ok) throw new Error(response.statusText);
      return response.json();
    });
    this.asked.set(path, { at: performance.now(), answer });
    answer.catch(() => this.asked.delete(path));
    return answer;
  }
}

/** Cohort -> task -> what sentences call it. */
function taskWords(cohorts) {
  const of = ({ protocol }) => new Map((protocol?.targets ?? []).map(({ name, label }) => [name, label || name]));
  return new Map(cohorts.map((cohort) => [cohort.id, of(cohort)]));
}

function analysisPlace(one, words) {
  const task = words.get(one.cohort_id)?.get(one.task) ?? one.task;
  const query = { analysis: one.id, roi: one.roi };
  const also = `seed ${one.seed}, ${one.n_patients} patients`;
  return { kind: "analysis", name: `${one.cohort_name} · ${task} · ${one.roi}`, also, page: "overview", query, first: true };
}

function cohortPlace({ id, name, n_cases }) {
  return { kind: "cohort", name, also: `${n_cases} cases`, page: "cases", query: { cohort: id }, weight: 0.5 };
}
