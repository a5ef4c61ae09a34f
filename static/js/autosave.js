// Saving a worksheet while it is filled. htmx sends each question's form; this file says what becomes of it, tries
// again when the line is down, and keeps people from leaving while something is not saved. Without it each form has a
// button.
(() => {
  "use strict";

  const sheet = document.querySelector("[data-autosave-words]");
  if (!sheet || !window.htmx) return;
  const words = sheet.dataset;
  const FIRST_WAIT_MS = 1000;
  const LONGEST_WAIT_MS = 30000;
  const LEAVE_WAIT_MS = 6000;
  const AGAIN = new Set([0, 408, 429, 502, 503, 504]);
  const STAYS = new Set([409, 422]);
  const forms = new Map();
  let leaving = false;

  document.documentElement.classList.add("autosaves");

  // The rail begins where this page stands in it.
  const here = document.querySelector(".outline [aria-current]");
  const rail = document.querySelector(".rail-card");
  if (here && rail) rail.scrollTop = here.offsetTop - rail.offsetTop - rail.clientHeight / 2;

  const isAnswer = (element) => element instanceof HTMLFormElement && element.matches("[data-autosave]");
  const stateOf = (form) => {
    if (!forms.has(form)) forms.set(form, { edits: 0, sent: 0, tries: 0, timer: 0, flying: false });
    return forms.get(form);
  };
  const isUnsaved = (state) => state.edits > state.sent || state.flying || state.failed;
  const unsaved = () => {
    forms.forEach((_state, form) => { if (!form.isConnected) forms.delete(form); });
    return [...forms].filter(([, state]) => isUnsaved(state)).map(([form]) => form);
  };
  const mark = (form, how) => { form.closest("[data-question]").dataset.save = how; };
  const say = (form, text, tone) => {
    const line = document.createElement("p");
    line.className = "save-line";
    line.dataset.tone = tone;
    line.textContent = text;
    document.getElementById(form.getAttribute("hx-target").slice(1)).replaceChildren(line);
  };

  const edited = (event) => {
    const form = event.target.form;
    if (!isAnswer(form)) return;
    const state = stateOf(form);
    state.edits += 1;
    state.tries = 0;
    const conflict = form.querySelector("[data-conflict]");
    if (conflict) conflict.dataset.edited = "";
    mark(form, conflict ? "refused" : "edited");
  };
  // While capturing: counted before htmx, which listens on the form, sends the very same edit.
  document.addEventListener("input", edited, true);
  document.addEventListener("change", edited, true);

  // A conflict waits for a choice: typing on does not save, and does not take the buttons away under the finger.
  document.addEventListener("htmx:confirm", (event) => {
    const form = event.detail.elt;
    if (!isAnswer(form) || event.detail.triggeringEvent?.type === "submit") return;
    if (form.querySelector("[data-conflict]")) event.preventDefault();
  });

  document.addEventListener("htmx:beforeSend", (event) => {
    const form = event.detail.elt;
    if (!isAnswer(form)) return;
    const state = stateOf(form);
    clearTimeout(state.timer);
    state.sent = state.edits;
    state.flying = true;
    say(form, words.saving, "info");
    mark(form, "saving");
  });

  const retry = (form, state) => {
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** state.tries) * (0.75 + Math.random() / 2);
    state.tries += 1;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => { if (form.isConnected) form.requestSubmit(); }, wait);
  };

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (!isAnswer(form)) return;
    const state = stateOf(form);
    const { status } = event.detail.xhr;
    state.flying = false;
    state.failed = status < 200 || status >= 300; // htmx calls 409 and 422 successful, as we swap them
    if (!state.failed) {
      state.tries = 0;
      if (!isUnsaved(state)) mark(form, "saved");
    } else if (STAYS.has(status)) {
      mark(form, "refused");
    } else {
      mark(form, "failed");
      say(form, AGAIN.has(status) ? words.unsaved : words.unsavedOther, "danger");
      if (AGAIN.has(status)) retry(form, state);
    }
  });

  // Back on the line, or back from another tab where somebody logged in again: try at once.
  const tryAll = () => unsaved().forEach((form) => {
    const state = stateOf(form);
    const stays = form.closest("[data-question]").dataset.save === "refused";
    if (state.failed && !state.flying && !stays) form.requestSubmit();
  });
  window.addEventListener("online", tryAll);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tryAll(); });

  // Leaving: send what is pending first; the browser asks only when something really stays behind.
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && unsaved().length) event.preventDefault();
  });
  const settle = async () => {
    unsaved().forEach((form) => { if (!stateOf(form).flying) form.requestSubmit(); });
    const until = Date.now() + LEAVE_WAIT_MS;
    while (unsaved().some((form) => form.closest("[data-question]").dataset.save !== "refused") && Date.now() < until) {
      await new Promise((done) => { setTimeout(done, 50); });
    }
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const samePage = link.getAttribute("href").startsWith("#");
    if (link.target || samePage || !unsaved().length) return;
    event.preventDefault();
    settle().then(() => { window.location.assign(link.href); });
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.hasAttribute("hx-post") || !unsaved().length) return;
    event.preventDefault();
    settle().then(() => {
      if (unsaved().length && !window.confirm(words.unsavedOther)) return;
      leaving = true;
      HTMLFormElement.prototype.submit.call(form);
    });
  });

  // Uploads: too large is said before anything is sent; then how far it is.
  const isUpload = (element) => element instanceof HTMLFormElement && element.matches("[data-upload]");
  const progressOf = (form) => form.querySelector("[data-upload-progress]");
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt;
    if (!isUpload(form)) return;
    const file = form.elements.berkas.files[0];
    if (!file || file.size <= Number(form.dataset.maxBytes)) return;
    event.preventDefault();
    const place = form.querySelector("[role=alert]");
    const line = document.createElement("p");
    line.className = "save-line";
    line.dataset.tone = "danger";
    line.textContent = words.tooLarge;
    place.replaceChildren(line);
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const form = event.target;
    if (!isUpload(form) || !event.detail.lengthComputable) return;
    const place = progressOf(form);
    place.hidden = false;
    place.textContent = `${words.uploading} ${Math.floor(100 * event.detail.loaded / event.detail.total)} %`;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (isUpload(event.detail.elt)) progressOf(event.detail.elt).hidden = true;
  });
})();
