// Keys of the worksheet: options by letter, next and previous question, note, evidence, save. They rest while somebody
// types and can be switched off, on the page or in the profile (WCAG 2.1.4). Without this file everything still works.
(() => {
  "use strict";

  const sheet = document.querySelector(".sheet");
  const help = document.querySelector("[data-keys]");
  if (!sheet || !help) return;
  const keysSwitch = help.querySelector("[data-keys-switch]");
  help.hidden = false;

  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });

  // ---- where the person is: the question that holds the focus or held it last, else the one of the address, else the first in sight ----

  let last = null;
  const cards = () => [...sheet.querySelectorAll("[data-question]")];
  const cardOf = (element) => element?.closest?.("[data-question]");
  const inSight = () => cards().find((card) => card.getBoundingClientRect().bottom > 80);
  const current = () => cardOf(document.activeElement)
    || (last?.isConnected && last)
    || cards().find((card) => `#${card.id}` === window.location.hash)
    || inSight() || cards()[0];
  sheet.addEventListener("focusin", (event) => { last = cardOf(event.target) || last; });

  const go = (element) => {
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "start" });
  };
  const turn = (link) => {
    if (!link) return;
    if (cards().length === 1 || document.activeElement === link) link.click(); else link.focus();
  };
  const move = (step) => {
    const all = cards();
    const beyond = document.activeElement.closest("[data-next], [data-prev]");
    const started = cardOf(document.activeElement) || last?.isConnected || window.location.hash;
    const place = beyond || !started ? all.indexOf(current()) + (beyond ? step : Math.min(step, 0)) : all.indexOf(current()) + step;
    if (place >= all.length) turn(document.querySelector("[data-next]"));
    else if (place < 0) turn(document.querySelector("[data-prev]"));
    else go(all[place]);
  };

  // ---- what a key does in its question ----

  const formOf = (card) => card.querySelector("[data-autosave]");
  const choose = (card, wanted) => {
    const option = [...card.querySelectorAll("[data-autosave] input[type=radio]")].find((radio) => wanted(radio.value));
    if (!option) return;
    option.focus();
    option.click(); // as by hand: saving listens to what a click sends
  };
  const fields = (card) => {
    const form = formOf(card);
    const edit = card.querySelector("[data-edit]");
    const field = form?.querySelector("input:checked") || form?.querySelector("input[type=text], input[type=radio]");
    if (field) { field.focus(); field.select?.(); } else if (edit) edit.click();
  };
  const evidence = (card) => {
    const add = card.querySelector("[data-proof-add]");
    if (add) add.open = true;
    const place = add?.querySelector("summary") || card.querySelector(".question-proof a, .question-proof summary");
    place?.focus();
  };
  const save = (card) => {
    const form = formOf(card);
    if (form && !["saved", undefined].includes(card.dataset.save)) form.requestSubmit();
  };
  const actions = {
    j: () => move(1),
    k: () => move(-1),
    i: (card) => fields(card),
    n: (card) => card.querySelector("textarea[name=catatan]")?.focus(),
    l: evidence,
    s: save,
    0: (card) => choose(card, (value) => value === ""),
    "?": () => { help.open = !help.open; if (help.open) help.querySelector("summary").focus(); },
  };
  actions.backspace = actions[0];

  const LETTERS = /^[a-eyt]$/;
  const isTyping = (element) => element.matches("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])");

  document.addEventListener("keydown", (event) => {
    const typing = isTyping(event.target);
    const card = cardOf(event.target);
    if (event.key === "Enter" && event.ctrlKey && card && sheet.contains(card)) {
      event.preventDefault();
      save(card);
      last = card;
      move(1);
      return;
    }
    if (event.key === "Escape" && typing && card) { go(card); return; }
    if (typing || !keysSwitch.checked || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const here = current();
    const key = event.key.toLowerCase();
    if (LETTERS.test(key)) choose(here, (value) => value.charAt(0).toLowerCase() === key);
    else if (Object.hasOwn(actions, key)) actions[key](here);
    else return;
    event.preventDefault();
  });

  // A question fetched into its place takes the focus that its button had.
  document.addEventListener("htmx:afterSwap", (event) => {
    const card = event.detail.elt.matches?.("[data-question]") ? event.detail.elt : null;
    if (card && sheet.contains(card)) { last = card; fields(card); }
  });
})();
