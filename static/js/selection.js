// The selection of a list: counts what is ticked, in each part of it too, and ticks all or nothing without a new page.
(() => {
  "use strict";

  const form = document.querySelector("form[data-selection]");
  const shown = form && form.querySelector("[data-picked]");
  if (!shown) return;
  const boxes = () => [...form.querySelectorAll("input[type=checkbox][name=pilih]")];
  const hidden = () => [...form.querySelectorAll("input[type=hidden][name=pilih]")];

  const words = (picked) => (picked === 1 ? shown.dataset.one : shown.dataset.many.replace("#", String(picked)));
  const ticked = (part) => part.querySelectorAll("input[type=checkbox][name=pilih]:checked").length;
  const count = () => {
    shown.textContent = words(ticked(form) + hidden().length);
    form.querySelectorAll("[data-picked-here]").forEach((place) => {
      const picked = ticked(place.closest("tbody"));
      place.textContent = picked ? words(picked) : "";
    });
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
