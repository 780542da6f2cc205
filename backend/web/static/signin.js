// Remembers the page that was asked for, and offers a password where this server has users with one.

const form = document.querySelector("form");
const button = form.querySelector("button");
const trouble = document.querySelector("[role=alert]");
const asked = location.pathname + location.search;

localStorage.setItem("radiomiclens-next", asked);

async function offer() {
  try {
    const answer = await fetch("/api/v1/session/ways");
    if (!answer.ok || !(await answer.json()).password) return;
  } catch { return; } // the words about links stand there already
  form.hidden = document.querySelector("[data-for=password]").hidden = false;
  document.querySelector("[data-for=link]").hidden = true;
  form.elements.name.focus();
}

async function enter() {
  button.disabled = true;
  trouble.textContent = "";
  try {
    const answer = await fetch("/api/v1/session/password", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name: form.elements.name.value, password: form.elements.password.value }),
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
  enter();
});
offer();
