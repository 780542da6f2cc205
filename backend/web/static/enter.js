// Takes the token from the address, swaps it for a cookie when the button is pressed, and goes on.
// A button, not an automatic request: mail scanners open links but press nothing.

const form = document.querySelector("form");
const passphrase = form.querySelector("input");
const button = form.querySelector("button");
const trouble = document.querySelector("[role=alert]");
const token = location.hash.slice(1);

// Where to go on: the page asked for before signing in (remembered by signin.js), else the form's own.
function destination() {
  const asked = localStorage.getItem("radiomiclens-next");
  localStorage.removeItem("radiomiclens-next");
  const own = asked !== null && new URL(asked, location.origin).origin === location.origin;
  return form.dataset.then === "/overview" && own && asked.startsWith("/") ? asked : form.dataset.then;
}

// Out of the address bar and the history before anybody can copy it from there.
history.replaceState(null, "", location.pathname);

if (!token) {
  form.hidden = true;
  trouble.textContent = form.dataset.missing;
}

async function enter() {
  button.disabled = true;
  trouble.textContent = "";
  try {
    const answer = await fetch(form.dataset.to, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(passphrase?.value ? { token, passphrase: passphrase.value } : { token }),
      credentials: "same-origin",
    });
    if (answer.ok) {
      location.replace(answer.headers.get("Content-Location") ?? destination());
      return;
    }
    trouble.textContent = (await answer.json()).detail;
  } catch {
    trouble.textContent = "The server did not answer; check that it is running and try again.";
  }
  button.disabled = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  enter();
});
