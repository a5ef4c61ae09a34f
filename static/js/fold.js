// Long tables of a page, closed at first on phones (phone.css shows the buttons there only); without this file all are open.
(() => {
  "use strict";

  document.querySelectorAll("button[data-fold]").forEach((button) => {
    button.hidden = false;
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => {
      button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") !== "true"));
    });
  });
})();
