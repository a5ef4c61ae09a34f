// TPI's desk: keys, and "Sesuai" in one action. Saving is autosave.js's. Without this file every button still works.
(() => {
  "use strict";

  const desk = document.querySelector("[data-desk]");
  if (!desk) return;
  const canScore = "canScore" in desk.dataset;
  const onward = document.querySelector("[data-next]");

  const cards = () => [...desk.querySelectorAll("[data-question]")];
  const cardOf = (element) => element.closest("[data-question]");
  const formOf = (card) => card.querySelector("[data-autosave]");
  const stateOf = (card) => card.querySelector(".desk-badge").dataset.state;
  const isSaved = (card) => [undefined, "saved"].includes(card.dataset.save);

  // ---- where the evaluator is ----

  let current = null;
  const choose = (card, focus) => {
    cards().forEach((other) => other.toggleAttribute("data-current", other === card));
    current = card;
    if (!focus) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  };
  const move = (step) => {
    const all = cards();
    const place = all.indexOf(current) + step;
    if (place >= all.length && onward) { onward.focus(); return; }
    choose(all[Math.max(0, Math.min(place, all.length - 1))], true);
  };
  desk.addEventListener("focusin", (event) => {
    const card = cardOf(event.target);
    if (card && card !== current) choose(card, false);
  });
  const byHash = () => cards().find((card) => `#${card.id}` === window.location.hash);
  choose(byHash() || cards().find((card) => stateOf(card) === "unscored") || cards()[0], false);
  window.addEventListener("hashchange", () => { const card = byHash(); if (card) choose(card, false); });

  // ---- "Sesuai" fills the controls, and the form saves itself ----

  const changed = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));
  const agree = (card) => {
    const form = formOf(card);
    const settled = stateOf(card) === "same" && !card.querySelector(".desk-changed") && isSaved(card);
    const own = form.querySelector("[data-own-choice]");
    const blank = form.querySelector("[name=blank]");
    const numbers = [...form.querySelectorAll("[data-own-value]")];
    if (own) own.checked = true;
    if (blank) blank.checked = "ownBlank" in blank.dataset;
    numbers.forEach((field) => { field.value = field.dataset.ownValue; });
    if (!settled) changed(own || numbers[0]);
  };
  desk.addEventListener("click", (event) => {
    const button = event.target.closest("[data-agree]");
    if (!button || !window.htmx) return;
    event.preventDefault();
    agree(cardOf(button));
  });

  // "No data" and numbers exclude each other; this runs before the form sends.
  desk.addEventListener("input", (event) => {
    const form = event.target.closest("[data-autosave]");
    const blank = form && form.querySelector("[name=blank]");
    if (!blank) return;
    if (event.target === blank && blank.checked) form.querySelectorAll("[data-own-value]").forEach((field) => { field.value = ""; });
    if ("ownValue" in event.target.dataset && event.target.value) blank.checked = false;
  }, true);

  // ---- what was refused is easy to miss once one has moved on ----

  const notice = document.querySelector("[data-refused]");
  document.addEventListener("autosave:done", ({ detail: { card, status } }) => {
    if (status >= 200 && status < 300) card?.querySelector(".desk-changed")?.remove();
    const left = cards().filter((other) => ["refused", "failed"].includes(other.dataset.save));
    notice.hidden = left.length === 0;
    if (!left.length) return;
    notice.querySelector("[data-refused-count]").textContent = String(left.length);
    notice.setAttribute("href", `#${left[0].id}`);
  });
  document.addEventListener("autosave:card", ({ detail }) => { if (desk.contains(detail)) choose(detail, true); });

  // ---- keys ----

  const keysSwitch = document.querySelector("[data-keys-switch]");
  const keysOff = () => Boolean(keysSwitch) && !keysSwitch.checked; // kept in the profile by the switch's own form
  const isTyping = (element) => element.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
  const nextEvidence = () => {
    const links = [...current.querySelectorAll("[data-evidence]")];
    if (links.length) links[(links.indexOf(document.activeElement) + 1) % links.length].focus();
  };
  const pick = (key) => {
    const option = current.querySelector(`[data-key="${key}"]`);
    if (!option || option.matches(":disabled") || option.checked) return;
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
    const here = desk.contains(event.target);
    const typing = isTyping(event.target);
    if (event.key === "Enter" && event.ctrlKey && here) {
      event.preventDefault();
      const card = cardOf(event.target);
      if (!isSaved(card)) formOf(card).requestSubmit();
      choose(card, false);
      move(1);
      return;
    }
    if (event.key === "Escape" && typing && here) { choose(cardOf(event.target), true); return; }
    if (typing || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || keysOff()) return;
    const key = event.key.toLowerCase();
    if (/^[1-5]$/.test(key)) { pick(key); event.preventDefault(); } else if (actions[key]) { actions[key](); event.preventDefault(); }
  });
})();
