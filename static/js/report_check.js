// Compares a file with the report that the portal stored, in the browser. What was added behind it, as an electronic
// signature is, leaves the report itself as it was. Without this file, or without a safe line, the page says how to
// compare by hand.
(() => {
  "use strict";

  const place = document.querySelector("[data-report-check]");
  if (!place || !window.crypto?.subtle) return;
  const words = place.dataset;
  const result = place.querySelector("[data-result]");
  const [right, wrong, wait] = place.querySelector("[data-icons]").content.children;
  const TONES = { busy: ["info", wait], same: ["success", right], longer: ["success", right], other: ["danger", wrong], failed: ["danger", wrong] };

  const say = (state) => {
    const [tone, icon] = TONES[state];
    const text = document.createElement("span");
    text.textContent = words[state];
    result.dataset.tone = tone;
    result.dataset.state = state;
    result.replaceChildren(icon.cloneNode(true), text);
  };
  const digest = async (bytes) => {
    const hash = new Uint8Array(await window.crypto.subtle.digest("SHA-256", bytes));
    return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const compare = async (file) => {
    const size = Number(words.size);
    const bytes = await file.arrayBuffer();
    if (await digest(bytes) === words.sha) return "same";
    return bytes.byteLength > size && await digest(bytes.slice(0, size)) === words.sha ? "longer" : "other";
  };

  let asked = 0;
  place.querySelector("input").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    asked += 1;
    const turn = asked;
    if (!file) { result.replaceChildren(); return; }
    say("busy");
    const state = await compare(file).catch(() => "failed");
    if (turn === asked) say(state);
  });
  place.hidden = false;
})();
