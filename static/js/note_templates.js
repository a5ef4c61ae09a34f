// Templates of notes: "/" in an empty note opens them, arrows choose, Escape leaves, and the chosen text stands where the
// cursor was. Without this file they stay hidden. desk.js puts questions into the page later: `dress` shows theirs.
(() => {
  "use strict";

  const dress = (root) => root.querySelectorAll("[data-templates]").forEach((templates) => { templates.hidden = false; });
  const noteOf = (element) => element.closest("[data-note-field]").querySelector("[data-note]");
  const templatesOf = (note) => note.closest("[data-note-field]").querySelector("[data-templates]");

  const close = (templates) => {
    templates.open = false;
    noteOf(templates).focus();
  };
  const insert = (choice) => {
    const note = noteOf(choice);
    note.setRangeText(choice.dataset.template, note.selectionStart, note.selectionEnd, "end");
    note.dispatchEvent(new Event("input", { bubbles: true }));
    close(templatesOf(note));
  };
  const step = (templates, choice, by) => {
    const all = [...templates.querySelectorAll("button")];
    const at = all.indexOf(choice);
    all[at < 0 ? 0 : (at + by + all.length) % all.length].focus();
  };
  const open = (note) => {
    const templates = templatesOf(note);
    if (!templates) return false;
    templates.open = true;
    templates.querySelector("button").focus();
    return true;
  };
  // True where the key was meant for the templates.
  const pressed = (target, key) => {
    if (key === "/" && target.matches("[data-note]") && !target.value) return open(target);
    const templates = target.closest("[data-templates]");
    if (!templates) return false;
    if (key === "Escape") close(templates);
    else if (key === "ArrowDown") step(templates, target, 1);
    else if (key === "ArrowUp") step(templates, target, -1);
    else return false;
    return true;
  };

  document.addEventListener("click", ({ target }) => {
    const choice = target.closest("[data-template]");
    if (choice) insert(choice);
  });
  document.addEventListener("keydown", (event) => {
    if (pressed(event.target, event.key)) event.preventDefault();
  });

  dress(document);
  window.portalTemplates = { dress };
})();
