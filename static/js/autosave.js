// The forms of a worksheet and of TPI's desk save themselves: what is typed goes to the queue (queue.js), and what
// becomes of it is shown beside the question. Without this file each form has a button.
(() => {
  "use strict";

  const queue = window.portalQueue;
  const place = document.getElementById("queue");
  if (!queue || !document.querySelector("[data-autosaves], form[data-autosave]")) return;
  const words = place.dataset;
  const PAUSE_MS = 900;
  const TO_DISK_MS = 200;
  const pens = new WeakMap();
  const writing = new Set(); // forms with an edit that the queue has not got yet

  document.documentElement.classList.add("autosaves");

  // The rail begins where this page stands in it.
  const here = document.querySelector(".outline [aria-current]");
  const rail = document.querySelector(".rail-card");
  if (here && rail) rail.scrollTop = here.offsetTop - rail.offsetTop - rail.clientHeight / 2;

  const isAnswer = (element) => element instanceof HTMLFormElement && element.matches("[data-autosave][data-status]");
  const penOf = (form) => {
    if (!pens.has(form)) pens.set(form, { disk: 0, pause: 0, stored: "" });
    return pens.get(form);
  };
  const cardOf = (form) => form.closest("[data-question]");
  const statusOf = (form) => document.getElementById(form.dataset.status);
  const mark = (form, how) => { cardOf(form).dataset.save = how; };
  const finished = (card, form, status) => {
    document.dispatchEvent(new CustomEvent("autosave:done", { detail: { card, form, status } }));
  };

  // ---- what stands in a form ----

  const versionNames = (form) => form.dataset.versions.split(" ").filter((name) => form.elements[name]);
  const versions = (form) => Object.fromEntries(versionNames(form).map((name) => [name, form.elements[name].value]));
  const fieldsOf = (form, submitter) => {
    const skipped = new Set(["csrfmiddlewaretoken", "kunci", ...versionNames(form)]);
    const fields = [...new FormData(form)].filter(([name, value]) => !skipped.has(name) && typeof value === "string");
    return submitter?.name ? [...fields, [submitter.name, submitter.value]] : fields;
  };
  const fill = (form, fields, inside = form) => {
    const given = new Map();
    fields.forEach(([name, value]) => given.set(name, [...(given.get(name) || []), value]));
    [...form.elements].filter((control) => inside.contains(control) && control.type !== "hidden").forEach((control) => {
      if (control.matches("[type=radio], [type=checkbox]")) control.checked = (given.get(control.name) || []).includes(control.value);
      else if (control.matches("input, textarea, select") && given.has(control.name)) [control.value] = given.get(control.name);
    });
  };
  const capture = (form, submitter, base) => {
    const pen = penOf(form);
    clearTimeout(pen.disk);
    pen.disk = 0;
    writing.delete(form);
    const fields = fieldsOf(form, submitter);
    const about = { form, url: form.getAttribute("action"), page: `${cardOf(form).dataset.page || window.location.pathname}#${cardOf(form).id}`, label: form.dataset.label };
    const entry = queue.entryOf(form) || queue.begin({ ...about, base: versions(form) });
    queue.note(entry, fields, base);
    return entry;
  };
  const hand = (form) => {
    const pen = penOf(form);
    clearTimeout(pen.pause);
    pen.pause = 0;
    if (writing.has(form)) capture(form);
    const entry = queue.entryOf(form);
    if (entry) queue.go(entry);
  };

  // ---- what is shown beside a question ----

  const icon = (name) => {
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    drawing.setAttribute("class", "icon");
    drawing.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${words.icons}#${name}`);
    drawing.append(use);
    return drawing;
  };
  const STATES = {
    saving: ["send", "info", "saving"],
    failed: ["warning", "danger", "unsaved"],
    login: ["key", "danger", "needsLogin"],
    other: ["cross-circle", "danger", "unsavedOther"],
  };
  const say = (form, state) => {
    const [drawing, tone, word] = STATES[state];
    const status = statusOf(form);
    const old = status.querySelector(":scope > .save-line");
    if (old?.dataset.state === state) return;
    const line = document.createElement("p");
    const text = document.createElement("span");
    line.className = "save-line";
    line.dataset.tone = tone;
    line.dataset.state = state;
    text.textContent = words[word];
    line.append(icon(drawing), text);
    if (old) old.replaceWith(line); else status.replaceChildren(line);
  };
  // Everything that follows from a save stands beside its status line in the answer; never a control.
  const swap = (page, form) => {
    const roots = [page, ...[...page.querySelectorAll("template")].map((part) => part.content)];
    roots.flatMap((part) => [...part.querySelectorAll("[hx-swap-oob]")]).forEach((part) => {
      part.remove();
      part.removeAttribute("hx-swap-oob");
      const old = document.getElementById(part.id);
      if (!old) return;
      old.replaceWith(part);
      window.htmx?.process(part);
    });
    page.querySelectorAll("template").forEach((part) => part.remove());
    if (form) statusOf(form).replaceChildren(...page.body.childNodes);
  };
  const exchange = (page, selector) => {
    const old = document.querySelector(selector);
    const fresh = page.querySelector(selector);
    if (!old || !fresh) return null;
    old.replaceWith(fresh);
    window.htmx?.process(fresh);
    fresh.querySelector("input:checked, textarea, input:not([type=hidden])")?.focus({ preventScroll: true });
    return fresh;
  };

  document.addEventListener("htmx:load", queue.look); // a card that has just come may have a text waiting for it
  queue.attach({
    formFor: (url) => [...document.forms].find((form) => isAnswer(form) && form.getAttribute("action") === url) || null,
    flush: () => writing.forEach((form) => { if (form.isConnected) capture(form); else writing.delete(form); }),
    restore: (entry) => {
      fill(entry.form, queue.latest(entry));
      mark(entry.form, "edited");
    },
    show: ({ form }, state) => {
      if (!form) return;
      say(form, state);
      mark(form, state === "saving" ? "saving" : "failed");
      if (state !== "saving") finished(cardOf(form), form, 0);
    },
    done: ({ form, record }, { headers, status }, page) => {
      if (!form) { swap(page, null); return; }
      document.getElementById("portal-mistake").replaceChildren();
      const whole = headers.get("HX-Retarget");
      if (whole) {
        const card = exchange(page, whole);
        if (card) document.dispatchEvent(new CustomEvent("autosave:card", { detail: card }));
        finished(card, form, status);
        return;
      }
      swap(page, form);
      if (record.next || writing.has(form)) { say(form, "saving"); return; }
      penOf(form).stored = JSON.stringify(fieldsOf(form));
      mark(form, "saved");
      finished(cardOf(form), form, status);
    },
    held: (entry, { status }, page, edited) => {
      const { form, held } = entry;
      if (!form) return;
      mark(form, "refused");
      if (status === 409 || status === 422) {
        swap(page, form);
        fill(form, queue.latest(entry), statusOf(form)); // a text made of both may have been begun
      } else {
        document.getElementById("portal-mistake").replaceChildren(...page.body.childNodes);
        say(form, "other");
      }
      if (held === "conflict" && edited) statusOf(form).querySelector("[data-conflict]").dataset.edited = "";
      finished(cardOf(form), form, status);
    },
  });

  // ---- when it is saved: at every choice, at a pause in typing, when a field is left ----

  const edited = (event) => {
    const { form } = event.target;
    if (!isAnswer(form)) return;
    const pen = penOf(form);
    const leavesField = event.type === "change";
    // Leaving a field repeats what its typing has sent already.
    if (leavesField && event.isTrusted && !queue.entryOf(form) && JSON.stringify(fieldsOf(form)) === pen.stored) {
      writing.delete(form);
      clearTimeout(pen.disk);
      clearTimeout(pen.pause);
      pen.disk = 0;
      mark(form, "saved");
      return;
    }
    writing.add(form);
    const conflict = form.querySelector("[data-conflict]");
    if (conflict) {
      if (!conflict.contains(event.target)) conflict.dataset.edited = "";
      capture(form); // a conflict waits for a choice, and the text on the disk
      return;
    }
    if (cardOf(form).dataset.save !== "refused") say(form, "saving"); // what the portal refused stays readable meanwhile
    mark(form, "edited");
    clearTimeout(pen.pause);
    pen.pause = setTimeout(hand, leavesField ? 0 : PAUSE_MS, form);
    if (!pen.disk) pen.disk = setTimeout(() => { if (writing.has(form)) capture(form); pen.disk = 0; }, leavesField ? 0 : TO_DISK_MS);
  };
  document.addEventListener("input", edited, true);
  document.addEventListener("change", edited, true);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!isAnswer(form)) return;
    event.preventDefault();
    const { submitter } = event;
    const over = submitter && "takeOver" in submitter.dataset ? submitter.value.split(".") : [];
    form.dataset.versions.split(" ").forEach((name, at) => { if (over[at] && form.elements[name]) form.elements[name].value = over[at]; });
    const entry = capture(form, submitter, over.length ? versions(form) : undefined);
    entry.held = "";
    queue.go(entry);
  }, true);

  // A link waits until what was just typed is saved, so that the next page shows it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.target || link.hasAttribute("download") || link.getAttribute("href").startsWith("#")) return;
    if (!writing.size && !queue.isBusy()) return;
    event.preventDefault();
    queue.settled().then(() => window.location.assign(link.href));
  });
})();
