// Keys of the evidence viewer: only while its page has the focus (WCAG 2.1.4). Every key presses a link that is there.
(() => {
  "use strict";

  const tell = () => document.querySelectorAll("[data-viewer-keys]").forEach((line) => { line.hidden = false; });
  tell();
  document.addEventListener("htmx:afterSettle", tell);

  const isWide = (page) => page.scrollWidth > page.clientWidth;
  const zoom = (viewer, step) => {
    const all = [...viewer.querySelectorAll("[data-viewer-zoom]")];
    return all[all.findIndex((link) => link.hasAttribute("aria-current")) + step];
  };
  const links = {
    ArrowLeft: (viewer, page) => !isWide(page) && viewer.querySelector("[data-viewer-previous]"),
    ArrowRight: (viewer, page) => !isWide(page) && viewer.querySelector("[data-viewer-next]"),
    "+": (viewer) => zoom(viewer, 1),
    "=": (viewer) => zoom(viewer, 1),
    "-": (viewer) => zoom(viewer, -1),
  };

  document.addEventListener("keydown", (event) => {
    const page = event.target.closest("[data-viewer-page]");
    if (!page || event.target !== page || event.ctrlKey || event.metaKey || event.altKey || !(event.key in links)) return;
    const link = links[event.key](page.closest("[data-viewer]"), page);
    if (!link) return;
    event.preventDefault();
    link.click();
  });
})();
