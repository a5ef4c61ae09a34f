// Long tables of a page, closed at first on phones (phone.css shows the buttons there only); without this file all are open.
// What was opened is open again after a reload and on the way back.
(() => {
  "use strict";

  const buttons = [...document.querySelectorAll("button[data-fold]")];
  const isOpen = (button) => button.getAttribute("aria-expanded") === "true";
  const show = (button, open) => button.setAttribute("aria-expanded", String(open));
  const kept = window.history.state?.unfolded;
  const keep = () => {
    window.history.replaceState({ ...window.history.state, unfolded: buttons.map(isOpen) }, "");
  };

  buttons.forEach((button, place) => {
    button.hidden = false;
    show(button, kept ? kept[place] === true : button.dataset.fold === "open");
    button.addEventListener("click", () => {
      show(button, !isOpen(button));
      keep();
    });
  });
})();
