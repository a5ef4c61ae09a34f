// The selection of a list: counts what is ticked, and ticks all or nothing without a new page.
(() => {
  "use strict";

  const form = document.querySelector("form[data-selection]");
  const shown = form && form.querySelector("[data-picked]");
  if (!shown) return;
  const boxes = () => [...form.querySelectorAll("input[type=checkbox][name=pilih]")];
  const hidden = () => [...form.querySelectorAll("input[type=hidden][name=pilih]")];

  const count = () => {
    const picked = boxes().filter((box) => box.checked).length + hidden().length;
    shown.textContent = picked === 1 ? shown.dataset.one : shown.dataset.many.replace("#", String(picked));
  };
  const tick = (checked) => (event) => {
    event.preventDefault();
    boxes().forEach((box) => { box.checked = checked; });
    if (!checked) hidden().forEach((field) => field.remove());
    count();
  };
  form.addEventListener("change", count);
  form.querySelector("[data-all]").addEventListener("click", tick(true));
  form.querySelector("[data-none]").addEventListener("click", tick(false));
  window.addEventListener("pageshow", count);
})();
