// Remembers the page that was asked for, so that signing in leads there.

localStorage.setItem("radiomiclens-next", location.pathname + location.search);
