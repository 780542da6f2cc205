// One file on its way: sent in parts by the tus protocol, gone on with after a cut, looked at by the server at the end.

const API = "/api/v1/uploads";
const PIECE = 8 * 2 ** 20;
const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 15000];
const LOOK_MS = 400;
const AGAIN = new Set([0, 408, 409, 423, 429, 460, 500, 502, 503, 504]);
const NO_ANSWER = "The server does not answer. Check the connection, then try again.";

/** One request; resolves in every case, with status 0 where nothing came back. */
function ask(method, path, { headers = {}, body = null, onProgress = null, signal = null } = {}) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open(method, path);
    for (const [name, value] of Object.entries({ "Tus-Resumable": "1.0.0", ...headers })) {
      request.setRequestHeader(name, value);
    }
    if (onProgress) request.upload.onprogress = (event) => onProgress(event.loaded);
    const end = () => done({
      status: request.status,
      header: (name) => request.getResponseHeader(name),
      json: () => { try { return JSON.parse(request.responseText); } catch { return {}; } },
    });
    request.onload = request.onerror = request.onabort = request.ontimeout = end;
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

function encoded(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

class Transfer {
  constructor({ name, blob, fingerprint }, changed) {
    Object.assign(this, { name, blob, fingerprint, changed });
    this.id = null;
    this.state = "waiting";
    this.sentence = "";
    this.at = 0;
  }

  get share() {
    return this.blob.size ? this.at / this.blob.size : 0;
  }

  get live() {
    return ["waiting", "sending"].includes(this.state);
  }

  tell(state, sentence = "") {
    this.state = state;
    this.sentence = sentence;
    this.changed();
  }

  async cancel() {
    this.tell("cancelled");
    this.stop?.abort();
    if (this.id) await ask("DELETE", `${API}/${this.id}`);
    this.changed();
  }

  /** Sends everything that is missing. `known` are the uploads that the server holds. */
  async run(known) {
    this.stop = new AbortController();
    this.tell("sending");
    if (!(await this.begin(known))) return;
    let tries = 0;
    while (this.at < this.blob.size && this.state === "sending") {
      const before = this.at;
      const answer = await this.part();
      if (this.state !== "sending") return;
      if (answer.status === 204) {
        this.at = Number(answer.header("Upload-Offset"));
      } else if (!AGAIN.has(answer.status) || tries >= PAUSES_MS.length) {
        this.at = before;
        this.tell("stopped", answer.json().detail ?? NO_ANSWER);
        return;
      } else {
        await new Promise((done) => setTimeout(done, PAUSES_MS[tries]));
        await this.askOffset(before);
      }
      tries = this.at > before ? 0 : tries + 1;
      this.changed();
    }
    if (this.state === "sending") this.tell("sent");
  }

  /** Finds an earlier try of the same file, or starts anew. */
  async begin(known) {
    const same = (one) => one.state === "receiving" && one.name === this.name.normalize("NFC")
      && one.n_bytes === this.blob.size && one.fingerprint === this.fingerprint;
    const found = this.id ? known.find((one) => one.id === this.id) : known.find(same);
    if (found) {
      this.id = found.id;
      this.at = found.n_received;
      return true;
    }
    const metadata = `filename ${encoded(this.name)},fingerprint ${encoded(this.fingerprint)}`;
    const headers = { "Upload-Length": String(this.blob.size), "Upload-Metadata": metadata };
    const answer = await ask("POST", API, { headers });
    if (answer.status !== 201) {
      this.tell("stopped", answer.json().detail ?? NO_ANSWER);
      return false;
    }
    this.id = answer.json().id;
    this.at = 0;
    if (this.state !== "sending") await ask("DELETE", `${API}/${this.id}`); // cancelled meanwhile
    return this.state === "sending";
  }

  part() {
    const from = this.at;
    const headers = { "Upload-Offset": String(from), "Content-Type": "application/offset+octet-stream" };
    const onProgress = (bytes) => {
      this.at = Math.min(this.blob.size, from + bytes);
      this.changed();
    };
    const body = this.blob.slice(from, from + PIECE);
    return ask("PATCH", `${API}/${this.id}`, { headers, body, onProgress, signal: this.stop.signal }).then((answer) => {
      this.at = from;
      return answer;
    });
  }

  async askOffset(before) {
    const answer = await ask("HEAD", `${API}/${this.id}`);
    this.at = answer.status === 200 ? Number(answer.header("Upload-Offset")) : before;
  }
}
