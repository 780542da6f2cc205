// Remembers the page that was asked for, and offers the ways to sign in that this server has.

const form = document.querySelector("form");
const button = form.querySelector("button");
const trouble = document.querySelector("[role=alert]");
const asked = location.pathname + location.search;

localStorage.setItem("radiomiclens-next", asked);

const part = (name) => document.querySelector(`[data-for=${name}]`);

async function offer() {
  let ways = {};
  try {
    const answer = await fetch("/api/v1/session/ways");
    if (answer.ok) ways = await answer.json();
  } catch { return; } // the words about links stand there already
  for (const name of ["oidc", "proxy"]) {
    part(name).hidden = !ways[name];
    part(name).querySelector("span").textContent = ways[name];
  }
  form.hidden = part("password").hidden = !ways.password;
  part("link").hidden = Boolean(ways.password || ways.oidc || ways.proxy);
  if (ways.password) form.elements.name.focus();
}

async function enter(address, body) {
  button.disabled = true;
  trouble.textContent = "";
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      credentials: "same-origin",
    });
    if (answer.ok) {
      localStorage.removeItem("radiomiclens-next");
      location.reload();
      return;
    }
    trouble.textContent = (await answer.json()).detail;
  } catch {
    trouble.textContent = "The server did not answer; check that it is running and try again.";
  }
  form.elements.password.value = "";
  button.disabled = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  enter("/api/v1/session/password", { name: form.elements.name.value, password: form.elements.password.value });
});
part("proxy").addEventListener("click", () => enter("/api/v1/session/proxy", {}));
offer();
