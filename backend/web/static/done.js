// Leads from the institution's sign-in to the page that was asked for before (remembered by signin.js).
// A page of our own in between: the browser sends the session's cookie only where our own site leads.

const asked = localStorage.getItem("radiomiclens-next") ?? "";
localStorage.removeItem("radiomiclens-next");
const own = asked.startsWith("/") && new URL(asked, location.origin).origin === location.origin;
location.replace(own && !asked.startsWith("/login") ? asked : "/overview");
