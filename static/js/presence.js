// Who else is at this question: told while somebody is in its form, and asked again every 25 seconds. Only a hint: when
// the line is lost it is silent, and it forgets what it was told in time.
(() => {
  "use strict";

  const AGAIN_MS = 25000;
  const IDLE_MS = 300000; // so long after the last key nobody is editing any more
  let form = null;
  let again = 0;
  let touched = 0;
  const ends = new WeakMap();

  const isKnown = (element) => element instanceof HTMLFormElement && "presenceUrl" in element.dataset;
  const show = (place, line) => {
    clearTimeout(ends.get(place));
    if (line) ends.set(place, setTimeout(show, Number(line.dataset.seconds) * 1000, place, null));
    if (place.textContent.trim() !== (line ? line.textContent.trim() : "")) place.replaceChildren(...(line ? [line] : []));
  };
  const ask = async () => {
    const asked = form;
    clearTimeout(again);
    if (!asked?.isConnected || document.hidden || Date.now() - touched > IDLE_MS) return;
    again = setTimeout(ask, AGAIN_MS);
    try {
      const headers = { "X-CSRFToken": asked.elements.csrfmiddlewaretoken.value, "HX-Request": "true" };
      const answer = await fetch(asked.dataset.presenceUrl, { method: "POST", headers, credentials: "same-origin", redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      await window.portalQueue?.unpressed();
      show(asked.querySelector("[data-presence]"), page.querySelector("[data-seconds]"));
    } catch { /* no line, no hint */ }
  };
  const enter = (event) => {
    const next = isKnown(event.target.form) ? event.target.form : null;
    const wasIdle = Date.now() - touched > IDLE_MS;
    touched = Date.now();
    if (next === form && !wasIdle) return;
    form = next;
    if (form) ask(); else clearTimeout(again);
  };
  document.addEventListener("focusin", enter);
  document.addEventListener("input", enter);
  document.addEventListener("focusout", (event) => {
    if (event.relatedTarget?.form === form) return;
    form = null;
    clearTimeout(again);
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
})();
