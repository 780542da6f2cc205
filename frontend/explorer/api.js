// Asks the API of the same address, as the signed-in visitor; a refusal is its one sentence.

const SIGNED_OUT = "Your session has ended. Sign in again to see this.";
const UNREACHABLE = "The server does not answer. Check the connection, then choose the feature again.";

async function api(path, options = {}) {
  const answer = await fetch(`/api/v1${path}`, { credentials: "same-origin", ...options }).catch((error) => {
    throw error.name === "AbortError" ? error : new Error(UNREACHABLE);
  });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({}));
  const refusal = new Error(answer.status === 401 ? SIGNED_OUT : (problem.detail ?? "The server refused without saying why."));
  refusal.status = answer.status;
  throw refusal;
}

const sent = (body) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
const pathOf = (...parts) => parts.map((part) => `/${encodeURIComponent(part)}`).join("");

/** All items of a list, page by page. */
async function listed(path, query) {
  const found = [];
  let cursor = null;
  do {
    const asked = new URLSearchParams({ ...query, limit: 500, ...(cursor === null ? {} : { cursor }) });
    const page = await api(`${path}?${asked}`);
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return found;
}

/** The visitor's stars on features of the analysis: feature -> id of the star. */
async function readStars(explorer) {
  const { analysis } = explorer.info;
  const found = await listed("/stars", {});
  explorer.stars = new Map(found.filter((one) => one.analysis_id === analysis && one.feature !== null).map((one) => [one.feature, one.id]));
}

/** Answers about features, kept while the page is open: an analysis never changes. */
class Answers {
  constructor() {
    this.kept = new Map();
  }

  get(path) {
    if (!this.kept.has(path)) {
      if (this.kept.size > 60) this.kept.delete(this.kept.keys().next().value);
      const answer = api(path);
      answer.catch(() => this.kept.delete(path));
      this.kept.set(path, answer);
    }
    return this.kept.get(path);
  }

  /** The evidence of a feature, or the paper's decoders where an analysis kept none; `kind` says which. */
  async feature(info, feature) {
    const of = (what) => `${pathOf("analyses", info.analysis)}/${what}${pathOf(feature)}`;
    if (info.trust !== null) {
      try {
        return { kind: "evidence", found: await this.get(of("evidence")) };
      } catch (refusal) {
        if (refusal.status !== 404) throw refusal;
      }
    }
    return { kind: "paper", found: await this.get(of("cases-for-feature")) };
  }
}
