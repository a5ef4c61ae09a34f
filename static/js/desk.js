// TPI's desk by keyboard: one question after the other in the same page, the next ones fetched ahead with the first page of
// their evidence. Saving is autosave.js's: what is left behind unsaved is handed to it. Without this file every link and
// button still works.
(() => {
  "use strict";

  const desk = document.querySelector("[data-desk]");
  const queue = window.portalQueue;
  if (!desk || !window.htmx || !queue) return;
  const AHEAD = 2;
  const FRESH_MS = 2 * 60 * 1000;
  const trouble = document.querySelector("[data-trouble]");
  const keys = document.querySelector("[data-keys]");

  const current = () => desk.querySelector("[data-question]");
  const formOf = (question) => question.querySelector("form[data-autosave][data-status]");
  const isSaved = (question) => [undefined, "saved"].includes(question.dataset.save);
  const addressOf = (url) => new URL(url, window.location.href).href.split("#")[0];

  // ---- questions that were fetched ----

  const fetched = new Map(); // address -> { at, ready }
  const onItsWay = new Set(); // addresses whose text may not be saved yet
  const get = async (url) => {
    if (onItsWay.delete(url)) await queue.settled();
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = answer.ok && page.querySelector("[data-question]");
    if (!found) return { url, question: null, isUnknown: answer.status === 404 };
    const question = document.importNode(found, true); // the image of its evidence begins to load
    question.querySelector("[data-viewer-page] img")?.decode().catch(() => {});
    return { url: answer.url, question };
  };
  const ask = (url) => {
    const known = fetched.get(url);
    if (known && Date.now() - known.at < FRESH_MS) return known.ready;
    const ready = get(url);
    fetched.set(url, { at: Date.now(), ready });
    ready.catch(() => fetched.delete(url));
    return ready;
  };
  const prefetch = async (url, depth) => {
    if (!url || !depth) return;
    const { question } = await ask(addressOf(url));
    if (question) await prefetch(question.dataset.after, depth - 1);
  };
  const lookAhead = () => prefetch(current().dataset.after, AHEAD).catch(() => {});

  // Back on the line: what was said about it no longer holds.
  const reconnected = () => { if (!trouble.hidden) { trouble.hidden = true; lookAhead(); } };
  window.addEventListener("online", reconnected);
  document.addEventListener("queue:saved", reconnected);

  // ---- from one to the next ----

  const trail = []; // what was worked on, for the way back where the queue has let it go
  let here = addressOf(window.location.href);
  let moving = null;

  // Hands over what was typed and not sent yet.
  const leave = (question) => {
    if (formOf(question) && question.dataset.save === "edited") formOf(question).requestSubmit();
    if (!isSaved(question)) onItsWay.add(here);
  };
  const place = (question) => {
    current().replaceWith(question);
    document.title = `${question.dataset.title} – Portal ZI`;
    window.htmx.process(question);
    dress();
    queue.look(); // a text may be waiting for it
    question.focus({ preventScroll: true });
    if (window.scrollY > desk.offsetTop) desk.scrollIntoView({ block: "start" });
  };
  const dress = () => {
    window.portalTemplates?.dress(current());
    window.portalPanes?.dress();
  };
  const move = async (url, isStep) => {
    leave(current());
    const target = addressOf(url);
    try {
      const found = await ask(target);
      if (!found.question) { window.location.assign(target); return; }
      fetched.delete(target); // it stands in the page only once
      fetched.delete(here);
      place(found.question);
      if (isStep) window.history.pushState(null, "", found.url);
      here = addressOf(found.url);
      trouble.hidden = true;
      lookAhead();
    } catch {
      trouble.hidden = false;
    }
  };
  const go = (url, isStep = true) => {
    moving = (moving || Promise.resolve()).then(() => move(url, isStep)).then(() => { moving = null; });
  };
  const forward = () => {
    const { after } = current().dataset;
    if (after) {
      trail.push(here);
      go(after);
      return;
    }
    leave(current());
    current().querySelector("[data-onward]").focus();
  };
  const backward = () => {
    const last = trail.pop();
    const before = current().dataset.before || last;
    if (before) go(before);
  };
  window.addEventListener("popstate", () => {
    const target = addressOf(window.location.href);
    if (target !== here) go(target, false);
  });

  // ---- "Sesuai" fills the controls, and the form saves itself ----

  const changed = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));
  const agree = (question) => {
    const form = formOf(question);
    const settled = "settled" in question.querySelector(".desk-badge").dataset && isSaved(question);
    if (settled) return;
    const own = form.querySelector("[data-own-choice]");
    const blank = form.querySelector("[name=blank]");
    const numbers = [...form.querySelectorAll("[data-own-value]")];
    if (own) own.checked = true;
    if (blank) blank.checked = "ownBlank" in blank.dataset;
    numbers.forEach((field) => { field.value = field.dataset.ownValue; });
    changed(own || numbers[0]);
    form.requestSubmit();
  };
  const save = (question) => {
    const form = formOf(question);
    if (form && !isSaved(question)) form.requestSubmit();
  };

  desk.addEventListener("click", (event) => {
    const { target } = event;
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const step = target.closest("[data-next], [data-prev]");
    const evidence = target.closest("[data-evidence][hx-get]");
    if (evidence) mark(evidence);
    if (step && "prev" in step.dataset) backward();
    else if (step) forward();
    else if (target.closest("[data-agree]")) { agree(current()); forward(); }
    else if (target.closest("[data-save-next]")) { save(current()); forward(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const mark = (evidence) => {
    evidence.closest("ol").querySelectorAll("[aria-current]").forEach((other) => other.removeAttribute("aria-current"));
    evidence.setAttribute("aria-current", "true");
  };

  // A score is taken back after what was typed is saved; the question then stands there anew.
  const withdraw = async (question) => {
    leave(question);
    await queue.settled();
    const form = question.querySelector("[data-withdraw]"); // the one that stands now
    if (!form || question !== current()) return;
    const status = document.getElementById(formOf(question).dataset.status);
    const url = new URL(form.action);
    url.search = window.location.search; // the queue that is worked through
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true" }, credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = answer.ok && page.querySelector("[data-question]");
      fetched.clear();
      if (question !== current()) return;
      if (found) {
        page.querySelectorAll("[hx-swap-oob]").forEach((part) => {
          part.removeAttribute("hx-swap-oob");
          document.getElementById(part.id)?.replaceWith(part);
        });
        place(document.importNode(found, true));
      } else if ([409, 422].includes(answer.status)) status.replaceChildren(...page.body.childNodes);
      else form.submit(); // a page of its own tells
    } catch {
      status.textContent = form.dataset.failed;
    }
  };
  desk.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-withdraw]")) return;
    event.preventDefault();
    withdraw(current());
  });

  // "No data" and numbers exclude each other; this runs before the form sends.
  desk.addEventListener("input", (event) => {
    const form = event.target.closest("[data-autosave]");
    const blank = form && form.querySelector("[name=blank]");
    if (!blank) return;
    if (event.target === blank && blank.checked) form.querySelectorAll("[data-own-value]").forEach((field) => { field.value = ""; });
    if ("ownValue" in event.target.dataset && event.target.value) blank.checked = false;
  }, true);

  // After a conflict the question stands there anew.
  document.addEventListener("autosave:card", ({ detail }) => {
    if (!desk.contains(detail)) return;
    dress();
    detail.focus({ preventScroll: true });
  });

  const search = document.querySelector("[data-go]");
  const wanted = search.elements.ke;
  search.addEventListener("submit", async (event) => {
    event.preventDefault();
    const target = addressOf(`${search.getAttribute("action")}?${new URLSearchParams(new FormData(search))}`);
    const { isUnknown, url } = await ask(target).catch(() => ({}));
    if (url && addressOf(url) === here) fetched.delete(target); // what was typed here may not be in it yet
    if (isUnknown) {
      wanted.setCustomValidity(search.dataset.unknown);
      search.reportValidity();
      return;
    }
    wanted.value = "";
    trail.push(here);
    go(target);
  });
  wanted.addEventListener("input", () => wanted.setCustomValidity(""));

  // ---- keys ----

  const keysSwitch = document.querySelector("[data-keys-switch]");
  const isTyping = (element) => element.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
  // Where only one pane shows, a key brings its own to the front.
  const bring = (pane) => window.portalPanes?.open(pane);
  const nextEvidence = () => {
    bring("bukti");
    const links = [...current().querySelectorAll("[data-evidence]")];
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    const shown = links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[((at >= 0 ? at : shown) + 1) % links.length];
    next.focus();
    if (next.hasAttribute("hx-get")) next.click(); // a link opens a tab of its own: Enter does
  };
  const page = (name) => {
    bring("bukti");
    current().querySelector(`[data-viewer-${name}]`)?.click();
  };
  const writeNote = () => {
    bring("nilai");
    const note = current().querySelector("[data-note]");
    note?.focus();
    note?.setSelectionRange(note.value.length, note.value.length);
  };
  const pick = (number) => {
    const question = current();
    bring("nilai");
    const option = question.querySelector(`[data-key="${number}"]`);
    const field = question.querySelectorAll("[data-own-value]")[number - 1];
    if (field) { field.focus(); field.select(); return; }
    if (!option || option.matches(":disabled") || option.checked) return;
    option.checked = true;
    changed(option);
  };
  const actions = {
    j: forward,
    k: backward,
    s: () => { if ("canScore" in current().dataset) { agree(current()); forward(); } },
    n: writeNote,
    e: nextEvidence,
    "[": () => page("previous"),
    "]": () => page("next"),
    f: () => document.querySelector("[data-queue]").click(),
    g: () => search.elements.ke.focus(),
    "?": () => { keys.open = !keys.open; },
  };
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    const typing = isTyping(target);
    if (key === "Enter" && event.ctrlKey && desk.contains(target)) {
      event.preventDefault();
      save(current());
      forward();
      return;
    }
    if (key === "Escape" && typing) { current().focus({ preventScroll: true }); return; }
    if (typing || !keysSwitch.checked || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || moving) return;
    const name = key.toLowerCase();
    if (/^[1-9]$/.test(name)) pick(Number(name));
    else if (Object.hasOwn(actions, name)) actions[name]();
    else return;
    event.preventDefault();
  });

  keys.hidden = false;
  dress();
  lookAhead();
})();
