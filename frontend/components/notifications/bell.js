// Asks the API every few seconds which jobs ended; the list, the count and a short message are drawn here.

const EVERY_MS = 5000;
const SAID_MS = 12000;
const SHOWN = 20;
const PAGES = { overview: "Open the result", compare: "Open the comparison", run: "Go on: analyse", data: "See what was accepted", jobs: "See the job" };

class Bell {
  constructor(root) {
    this.root = root;
    this.button = root.querySelector(".bell");
    this.count = root.querySelector(".count");
    this.list = root.querySelector("ul");
    this.none = root.querySelector(".none");
    this.all = root.querySelector(".all");
    this.toast = root.querySelector(".toast");
    this.popover = root.querySelector("#list");
    this.known = null; // ids seen so far; null before the first answer
    this.all.onclick = () => this.read(null);
  }

  async look() {
    if (!this.button.isConnected) return;
    if (!document.hidden) await this.ask();
    setTimeout(() => this.look(), EVERY_MS);
  }

  async ask() {
    let page;
    try {
      const headers = { "X-RadiomicLens-Background": "1" }; // asked by the clock: it keeps no session alive
      const answer = await fetch(`${this.api}/notifications?limit=${SHOWN}`, { credentials: "same-origin", headers });
      if (!answer.ok) return;
      page = (await answer.json()).items;
    } catch { return; } // the server is away; the next look tells
    const text = JSON.stringify(page);
    if (text === this.last) return;
    this.last = text;
    const fresh = this.known === null ? [] : page.filter((one) => !one.read_at && !this.known.has(one.id));
    this.known = new Set(page.map((one) => one.id));
    this.draw(page);
    if (fresh.length) this.say(fresh);
  }

  draw(page) {
    const unread = page.filter((one) => !one.read_at);
    const many = unread.length === SHOWN ? `${SHOWN}+` : String(unread.length);
    this.count.textContent = many;
    this.count.hidden = this.all.hidden = unread.length === 0;
    this.button.setAttribute("aria-label", unread.length ? `Jobs that ended, ${many} unread` : "Jobs that ended");
    this.none.hidden = page.length > 0;
    this.list.replaceChildren(...page.map((one) => this.row(one)));
  }

  row(one) {
    const row = document.createElement("li");
    row.className = one.read_at ? "" : "unread";
    const link = this.link(one);
    link.append(part("title", one.title), part("what", `${what(one)} · ${when(one.at)}`));
    row.append(link);
    return row;
  }

  link(one) {
    const link = document.createElement("a");
    link.href = `/${one.page}?${new URLSearchParams(one.query)}`;
    link.onclick = (event) => {
      if (!one.read_at) this.read([one.id]);
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // into a tab of its own
      event.preventDefault();
      this.popover.hidePopover();
      this.toast.replaceChildren();
      this.go(one.id);
    };
    return link;
  }

  say(fresh) {
    const one = fresh[0];
    const link = this.link(one);
    link.textContent = PAGES[one.page] ?? "Open";
    const rest = fresh.length > 1 ? ` And ${fresh.length - 1} more.` : "";
    this.toast.replaceChildren(`${one.state === "done" ? "Done" : "Failed"}: ${one.title}.${rest} `, link);
    clearTimeout(this.until);
    this.until = setTimeout(() => this.toast.replaceChildren(), SAID_MS);
  }

  async read(ids) {
    const body = JSON.stringify({ ids });
    const headers = { "Content-Type": "application/json" };
    try {
      await fetch(`${this.api}/notifications/read`, { method: "POST", credentials: "same-origin", headers, body });
    } catch { return; }
    await this.ask();
  }
}

function part(name, text) {
  const found = document.createElement("span");
  found.className = name;
  found.textContent = text;
  return found;
}

function what(one) {
  return one.state === "done" ? `Done. ${PAGES[one.page] ?? "Open"}` : `Failed: ${one.sentence}`;
}

function when(at) {
  const format = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "UTC", hour12: false };
  return `${new Intl.DateTimeFormat("en-GB", format).format(new Date(at))} UTC`;
}

export default function mount({ parentElement, data, setTriggerValue }) {
  const button = parentElement.querySelector(".bell");
  const bell = (button.drawn ??= new Bell(parentElement));
  bell.api = data.api;
  bell.go = (id) => setTriggerValue("go", id);
  if (!bell.looking) {
    bell.looking = true;
    bell.look();
  }
}
