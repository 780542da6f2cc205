// Takes the invitation and its user's name from the address; sets the password that is typed twice, and goes on.

const form = document.querySelector("form");
const button = form.querySelector("button");
const trouble = document.querySelector("[role=alert]");
const [token, ...name] = location.hash.slice(1).split(".");

// Out of the address bar and the history before anybody can copy it from there.
history.replaceState(null, "", location.pathname);

function shown(text) {
  try { return decodeURIComponent(text); } catch { return ""; }
}

form.elements.name.value = shown(name.join("."));
if (!token) {
  form.hidden = true;
  trouble.textContent = "This address carries no invitation. Open the whole link that you were given.";
}

async function join() {
  if (form.elements.password.value !== form.elements.again.value) {
    trouble.textContent = "The two passwords differ; type the same one twice.";
    return;
  }
  button.disabled = true;
  trouble.textContent = "";
  try {
    const answer = await fetch("/api/v1/session/invitation", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, password: form.elements.password.value }),
      credentials: "same-origin",
    });
    if (answer.ok) {
      location.replace("/overview");
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
  join();
});
