// Small things for every page. All of it is a help only: without this file each page still works.
(() => {
  "use strict";

  const root = document.documentElement;
  const WARN_BEFORE_SECONDS = 120;

  // Menus close on Escape and on a click elsewhere.
  const openMenus = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    openMenus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    openMenus().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });

  // A demo account fills the log-in form.
  document.addEventListener("click", (event) => {
    const account = event.target.closest("[data-fill-login]");
    const form = document.querySelector("form[data-login]");
    if (!account || !form) return;
    form.elements.username.value = account.dataset.fillLogin;
    form.elements.password.value = account.dataset.fillPassword;
    form.querySelector("[type=submit]").focus();
  });

  // The summary of what is wrong gets the focus.
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  // The session: warn before it ends, prolong on request, count anew after every answer.
  const warning = document.getElementById("session-warning");
  const length = Number(root.dataset.sessionSeconds);
  let endsAt = 0;
  const begin = (seconds) => { endsAt = Date.now() + seconds * 1000; if (warning) warning.hidden = true; };
  const ask = (method) => {
    const field = document.querySelector("input[name=csrfmiddlewaretoken]");
    const headers = method === "POST" && field ? { "X-CSRFToken": field.value } : {};
    return fetch(root.dataset.sessionUrl, { method, headers, credentials: "same-origin" }).then((answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    });
  };
  if (warning && length > 0) {
    begin(length);
    setInterval(() => { warning.hidden = endsAt - Date.now() > WARN_BEFORE_SECONDS * 1000; }, 5000);
    const prolonged = () => {
      if (endsAt - Date.now() < (length - 60) * 1000) ask("GET").then((state) => begin(state.seconds)).catch(() => {});
    };
    document.addEventListener("htmx:afterOnLoad", prolonged);
    document.addEventListener("queue:saved", prolonged);
    warning.querySelector("[data-extend-session]").addEventListener("click", () => {
      ask("POST").then((state) => begin(state.seconds)).catch(() => window.location.reload());
    });
  }

  // A page left open across a new log-in: fetch the new form token and send again, if it is the same person.
  let renewed = 0;
  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, elt } = event.detail;
    if (xhr.status !== 403 || !xhr.getResponseHeader("X-Token-Expired") || Date.now() - renewed < 10000) return;
    renewed = Date.now();
    ask("GET").then((state) => {
      if (!state.user || state.user !== root.dataset.sessionOwner) return;
      document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => { field.value = state.token; });
      document.getElementById("portal-mistake").replaceChildren();
      begin(state.seconds);
      if (elt.requestSubmit) elt.requestSubmit();
    }).catch(() => {});
  });

  // A good answer takes away the notice of the bad one before it.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) document.getElementById("portal-mistake").replaceChildren();
  });
})();
