// The panes of TPI's desk: their widths, which are remembered on this device, and tabs on narrow screens. Without this file
// the panes stand beside or below each other.
(() => {
  "use strict";

  const desk = document.querySelector("[data-desk]");
  if (!desk) return;
  const STORE = "portal-zi-desk";
  const LEAST = 18;
  const MOST = 50;
  const MIDDLE = 20; // what the evidence keeps at least

  const remembered = () => {
    try { return JSON.parse(localStorage.getItem(STORE)) || {}; } catch { return {}; }
  };
  const widths = { tanya: 29, nilai: 29, ...remembered() };
  const remember = () => {
    try { localStorage.setItem(STORE, JSON.stringify(widths)); } catch { /* then they last as long as the page */ }
  };

  // Sizes stand on the desk, which stays while its question changes.
  const show = () => {
    Object.entries(widths).forEach(([name, width]) => desk.style.setProperty(`--${name}`, `${width}%`));
    desk.querySelectorAll("[data-split]").forEach((split) => {
      split.setAttribute("aria-valuenow", String(Math.round(widths[split.dataset.split])));
    });
  };
  const resize = (name, wanted) => {
    const other = name === "tanya" ? widths.nilai : widths.tanya;
    widths[name] = Math.max(LEAST, Math.min(MOST, 100 - MIDDLE - other, wanted));
    show();
  };
  const sign = (split) => (split.dataset.split === "tanya" ? 1 : -1);

  desk.addEventListener("keydown", (event) => {
    const split = event.target.closest("[data-split]");
    const step = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
    if (!split || !step) return;
    event.preventDefault();
    resize(split.dataset.split, widths[split.dataset.split] + step * sign(split));
    remember();
  });
  desk.addEventListener("pointerdown", (event) => {
    const split = event.target.closest("[data-split]");
    if (!split || event.button) return;
    event.preventDefault();
    const name = split.dataset.split;
    const from = { x: event.clientX, width: widths[name], whole: split.parentElement.clientWidth };
    const move = ({ clientX }) => resize(name, from.width + sign(split) * ((clientX - from.x) / from.whole) * 100);
    const end = () => {
      split.removeEventListener("pointermove", move);
      remember();
    };
    split.setPointerCapture(event.pointerId);
    split.addEventListener("pointermove", move);
    split.addEventListener("lostpointercapture", end, { once: true });
  });

  // ---- tabs ----

  const open = (name) => {
    desk.dataset.tab = name;
    desk.querySelectorAll("[data-tab]").forEach((tab) => {
      if (tab.dataset.tab === name) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current");
    });
  };
  desk.addEventListener("click", (event) => {
    const tab = event.target.closest("a[data-tab]");
    if (!tab) return;
    event.preventDefault();
    open(tab.dataset.tab);
  });
  // What needs somebody's eyes is brought to the front.
  desk.addEventListener("focusin", (event) => {
    const pane = event.target.closest("[data-pane]");
    if (pane && pane.dataset.pane !== desk.dataset.tab) open(pane.dataset.pane);
  });

  const dress = () => { show(); open(desk.dataset.tab || (desk.querySelector("[data-focus]") ? "nilai" : "tanya")); };
  desk.dataset.ready = "";
  dress();
  window.portalPanes = { dress, open };
})();
