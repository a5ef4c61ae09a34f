// TPI's desk: keys, "Sesuai" in one action, and what is not saved yet. Without this file every button still works.
(() => {
  "use strict";

  const desk = document.querySelector("[data-desk]");
  if (!desk) return;
  const cards = [...desk.querySelectorAll("[data-card]")];
  const canScore = "canScore" in desk.dataset;
  const onward = document.querySelector("[data-next]");
  const RETRY_MS = [2000, 5000, 10000, 20000];
  const KEYS_OFF = "desk-keys-off";

  const cardOf = (element) => element.closest("[data-card]");
  const formOf = (card) => card.querySelector("[data-desk-form]");
  const stateOf = (card) => card.querySelector(".desk-badge").dataset.state;
  const statusOf = (card) => card.querySelector("[data-status]");

  // ---- where the evaluator is ----

  let current = null;
  const choose = (card, focus) => {
    cards.forEach((other) => other.toggleAttribute("data-current", other === card));
    current = card;
    if (!focus) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  };
  const move = (step) => {
    const place = cards.indexOf(current) + step;
    if (place >= cards.length && onward) { onward.focus(); return; }
    choose(cards[Math.max(0, Math.min(place, cards.length - 1))], true);
  };
  desk.addEventListener("focusin", (event) => {
    const card = cardOf(event.target);
    if (card && card !== current) choose(card, false);
  });
  const byHash = () => cards.find((card) => `#${card.id}` === window.location.hash);
  choose(byHash() || cards.find((card) => stateOf(card) === "unscored") || cards[0], false);
  window.addEventListener("hashchange", () => { const card = byHash(); if (card) choose(card, false); });

  // ---- "Sesuai" fills the controls, and the form saves itself ----

  const changed = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));
  const fillAsUnit = (form) => {
    const own = form.querySelector("[data-own-choice]");
    const blank = form.querySelector("[name=blank]");
    if (own) own.checked = true;
    if (blank) blank.checked = "ownBlank" in blank.dataset;
    form.querySelectorAll("[data-own-value]").forEach((field) => { field.value = field.dataset.ownValue; });
    return own || blank || form;
  };
  const agree = (card) => {
    const settled = stateOf(card) === "same" && !card.querySelector(".desk-changed") && !isUnsaved(card);
    const last = fillAsUnit(formOf(card));
    if (!settled) changed(last);
  };

  desk.addEventListener("click", (event) => {
    if (!window.htmx) return;
    const button = event.target.closest("[data-agree]");
    if (button) {
      event.preventDefault();
      agree(cardOf(button));
    }
    const over = event.target.closest("[data-take-over]");
    if (over) {
      event.preventDefault();
      const form = over.closest("form");
      [form.elements.version, form.elements.note_version].forEach((field, place) => {
        if (field) field.value = over.value.split(".")[place];
      });
      changed(form);
    }
    if (event.target.closest("[data-reload]")) {
      event.preventDefault();
      unsaved.clear();
      window.location.hash = cardOf(event.target).id;
      window.location.reload();
    }
  });

  // "No data" and numbers exclude each other.
  desk.addEventListener("input", (event) => {
    const form = event.target.closest("[data-desk-form]");
    const blank = form && form.querySelector("[name=blank]");
    if (!blank) return;
    if (event.target === blank && blank.checked) form.querySelectorAll("[data-own-value]").forEach((field) => { field.value = ""; });
    if ("ownValue" in event.target.dataset && event.target.value) blank.checked = false;
  });

  // ---- what is saved and what is not ----

  const unsaved = new Map();
  const isUnsaved = (card) => unsaved.has(card);
  const notice = document.querySelector("[data-unsaved]");
  const refused = new Set();
  const showRefused = () => {
    notice.hidden = refused.size === 0;
    if (!refused.size) return;
    notice.querySelector("[data-unsaved-count]").textContent = String(refused.size);
    notice.href = `#${[...refused][0].id}`;
  };
  const say = (card, text, kind) => {
    const status = statusOf(card);
    const line = document.createElement("p");
    line.className = "desk-status-line";
    line.textContent = text;
    status.dataset.kind = kind;
    status.replaceChildren(line);
  };
  const touched = (event) => {
    const card = event.target.closest("[data-desk-form]") && cardOf(event.target);
    if (card) unsaved.set(card, (unsaved.get(card) || 0) + 1);
  };
  // Before the form hears of it, which sends at once.
  desk.addEventListener("input", touched, true);
  desk.addEventListener("change", touched, true);

  const sent = new WeakMap();
  const tries = new WeakMap();
  desk.addEventListener("htmx:beforeRequest", (event) => {
    const card = cardOf(event.target);
    if (!card) return;
    sent.set(event.detail.xhr, unsaved.get(card));
    say(card, desk.dataset.saving, "saving");
  });
  desk.addEventListener("htmx:afterRequest", (event) => {
    const card = cardOf(event.target);
    if (!card) return;
    const { xhr } = event.detail;
    if (xhr.status >= 200 && xhr.status < 300) {
      if (unsaved.get(card) === sent.get(xhr)) unsaved.delete(card);
      refused.delete(card);
      tries.delete(card);
      card.querySelector(".desk-changed")?.remove();
    } else {
      refused.add(card);
      if (![409, 422].includes(xhr.status)) tryAgain(card, xhr.status);
    }
    showRefused();
  });
  // The line is off; or the portal was busy: the text stays in its field and is sent again.
  const tryAgain = (card, status) => {
    say(card, desk.dataset.unsent, "refused");
    if (status && status < 500) return;
    const count = tries.get(card) || 0;
    tries.set(card, count + 1);
    setTimeout(() => { if (isUnsaved(card)) changed(formOf(card)); }, RETRY_MS[Math.min(count, RETRY_MS.length - 1)]);
  };
  window.addEventListener("beforeunload", (event) => { if (unsaved.size) event.preventDefault(); });

  // ---- keys ----

  const keysSwitch = document.querySelector("[data-keys-switch]");
  const remember = (off) => { try { localStorage.setItem(KEYS_OFF, off ? "1" : ""); } catch { /* private window */ } };
  const keysOff = () => { try { return localStorage.getItem(KEYS_OFF) === "1"; } catch { return false; } };
  if (keysSwitch) {
    keysSwitch.checked = !keysOff();
    keysSwitch.addEventListener("change", () => remember(!keysSwitch.checked));
  }
  const isTyping = (element) => element.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
  const nextEvidence = () => {
    const links = [...current.querySelectorAll("[data-evidence]")];
    if (links.length) links[(links.indexOf(document.activeElement) + 1) % links.length].focus();
  };
  const pick = (key) => {
    const option = current.querySelector(`[data-key="${key}"]`);
    if (!option || option.disabled || option.checked) return;
    option.checked = true;
    changed(option);
  };
  const actions = {
    j: () => move(1),
    k: () => move(-1),
    s: () => { if (canScore) { agree(current); move(1); } },
    n: () => current.querySelector("[data-note]")?.focus(),
    e: nextEvidence,
    "?": () => { const keys = document.querySelector(".desk-keys"); if (keys) keys.open = !keys.open; },
  };
  document.addEventListener("keydown", (event) => {
    const typing = isTyping(event.target);
    if (event.key === "Enter" && event.ctrlKey && desk.contains(event.target)) {
      event.preventDefault();
      const card = cardOf(event.target);
      if (isUnsaved(card)) changed(formOf(card));
      move(1);
      return;
    }
    if (event.key === "Escape" && typing && desk.contains(event.target)) { choose(cardOf(event.target), true); return; }
    if (typing || event.ctrlKey || event.altKey || event.metaKey || keysOff()) return;
    const key = event.key.toLowerCase();
    if (/^[1-5]$/.test(key)) { pick(key); event.preventDefault(); } else if (actions[key]) { actions[key](); event.preventDefault(); }
  });
})();
