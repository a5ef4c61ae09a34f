// Uploading evidence: files are chosen, dropped, pasted or photographed into a list, and go to the server one request
// each, with progress, cancel and retry. What the server answers is shown beside the file. Without this file the form
// sends everything at once.
(() => {
  "use strict";

  const { htmx } = window;
  if (!htmx || !document.querySelector("[data-uploader]")) return;
  const ASK_FROM_BYTES = 256 * 1024;
  const SHRINK_FROM_BYTES = 2.5 * 1024 * 1024;
  const LONGEST_SIDE = 2560;
  const STALLED_MS = 90000;
  const AGAIN = new Set([0, 408, 425, 429, 500, 502, 503, 504]);
  const WAITING = new Set(["ready", "failed", "cancelled"]);
  const queues = new WeakMap();
  const flying = new Set();
  document.documentElement.classList.add("uploads");
  document.documentElement.classList.toggle("touches", navigator.maxTouchPoints > 0);

  const make = (tag, className, text = "") => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
  };
  const sizeOf = (bytes) => (bytes < 1024 * 1024
    ? `${Math.max(1, Math.round(bytes / 1024))} KB`
    : `${(bytes / 1024 / 1024).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} MB`);
  const stamp = () => {
    const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString();
    return `${now.slice(0, 10)} ${now.slice(11, 19).replaceAll(":", ".")}`;
  };
  const queueOf = (form) => {
    if (!queues.has(form)) queues.set(form, { items: [], record: "", running: false });
    return queues.get(form);
  };
  const part = (form, name) => form.querySelector(`[data-upload-${name}]`);
  const wordsOf = (form) => part(form, "words").dataset;
  const announce = (form, text) => { part(form, "status").textContent = text; };
  const isJoined = (form) => Boolean(form.elements.satukan?.checked && "many" in form.dataset);

  // One row of the list for each file

  const show = (item, state, text, tone = "info") => {
    const { form, row } = item;
    const words = wordsOf(form);
    item.state = state;
    row.dataset.state = state;
    item.line.textContent = text;
    item.line.dataset.tone = tone;
    item.line.hidden = !text;
    item.bar.hidden = state !== "sending";
    const button = (label, act, className) => {
      const made = make("button", `btn btn-sm ${className}`, label);
      made.type = "button";
      made.append(make("span", "visually-hidden", ` ${item.name}`));
      made.addEventListener("click", act);
      return made;
    };
    const had = item.buttons.contains(document.activeElement);
    const buttons = [];
    if (state === "sending") buttons.push(button(words.cancel, () => item.xhr?.abort(), "btn-outline-danger"));
    if (state === "failed" || state === "cancelled") buttons.push(button(words.retry, () => run(form, [item]), "btn-primary"));
    if (WAITING.has(state) || state === "refused") buttons.push(button(words.remove, () => remove(item), "btn-link"));
    item.buttons.replaceChildren(...buttons);
    if (had) (buttons[0] ?? item.row).focus();
  };

  const counted = (form) => { form.toggleAttribute("data-many", queueOf(form).items.length > 1); };

  const remove = (item) => {
    const queue = queueOf(item.form);
    queue.items = queue.items.filter((other) => other !== item);
    item.row.remove();
    counted(item.form);
    item.form.querySelector("input[type=file]").focus();
  };

  const add = (form, { file = null, link = "", note = "" }) => {
    const item = { form, file, link, name: file ? file.name : link, asked: false };
    item.row = make("li", "upload-row");
    item.row.tabIndex = -1;
    const name = make("p", "upload-name", item.name);
    if (file) name.append(make("span", "record-facts", ` ${sizeOf(file.size)}${note ? `, ${note}` : ""}`));
    item.bar = make("progress", "upload-bar");
    item.bar.max = 100;
    item.bar.setAttribute("aria-label", item.name);
    item.line = make("p", "save-line");
    item.answer = make("div", "upload-answer");
    item.buttons = make("div", "upload-buttons");
    item.row.append(name, item.bar, item.line, item.answer, item.buttons);
    part(form, "list").append(item.row);
    const wrong = file ? whatIsWrong(form, file) : "";
    show(item, wrong ? "refused" : "ready", wrong || wordsOf(form).ready, wrong ? "danger" : "info");
    queueOf(form).items.push(item);
    counted(form);
    part(form, "alert").replaceChildren();
    return item;
  };

  const whatIsWrong = (form, file) => {
    const words = wordsOf(form);
    const ending = `.${file.name.split(".").pop().toLowerCase()}`;
    if (!words.accept.split(",").includes(ending)) return words.kind;
    if (!file.size) return words.empty;
    return file.size > Number(words.maxBytes) ? words.tooLarge : "";
  };

  // Ways in: chosen, photographed, dropped, pasted

  const shrunk = async (file) => {
    if (!window.createImageBitmap || file.size < SHRINK_FROM_BYTES) return file;
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const smaller = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.85); });
    return smaller && smaller.size < file.size ? smaller : file;
  };

  document.addEventListener("change", async (event) => {
    const input = event.target;
    const form = input.form?.matches("[data-uploader]") && input.type === "file" ? input.form : null;
    if (!form) return;
    const files = [...input.files];
    const isCamera = input.matches("[data-upload-camera]");
    input.value = "";
    for (const file of files) {
      if (!isCamera) {
        add(form, { file });
      } else {
        const smaller = await shrunk(file).catch(() => file);
        const note = smaller === file ? "" : `${wordsOf(form).shrunk} ${sizeOf(file.size)}`;
        const named = new File([smaller], `${wordsOf(form).photo} ${stamp()}.jpg`, { type: "image/jpeg" });
        add(form, { file: named, note });
      }
    }
  });

  const uploaderAt = (target) => {
    const near = target.closest?.("[data-uploader]") ?? target.closest?.(".question-proof, .detail-add")?.querySelector("[data-uploader]");
    const details = near?.closest("details");
    if (details) details.open = true;
    return near;
  };
  const over = (place) => {
    document.querySelectorAll("[data-over]").forEach((old) => { if (old !== place) delete old.dataset.over; });
    if (place) place.dataset.over = "";
  };
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // a file dropped beside the place must not replace the page
    const form = uploaderAt(event.target);
    over(form && part(form, "drop"));
    event.dataTransfer.dropEffect = form ? "copy" : "none";
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(null); });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    over(null);
    const form = uploaderAt(event.target);
    if (form) [...event.dataTransfer.files].forEach((file) => add(form, { file }));
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    const open = [...document.querySelectorAll("[data-uploader]")].filter((form) => form.offsetParent);
    const form = event.target.closest?.("[data-uploader]") ?? (open.length === 1 ? open[0] : null);
    if (!form) return;
    event.preventDefault();
    files.forEach((file) => {
      const ending = file.name.split(".").pop();
      const name = file.name.startsWith("image.") ? `${wordsOf(form).pasted} ${stamp()}.${ending}` : file.name;
      add(form, { file: new File([file], name, { type: file.type }) });
    });
  });

  // Sending

  const tokenOf = (form) => form.elements.csrfmiddlewaretoken;
  const renewToken = async () => {
    const { dataset } = document.documentElement;
    const state = await (await fetch(dataset.sessionUrl, { credentials: "same-origin" })).json();
    if (!state.user || state.user !== dataset.sessionOwner) throw new Error("other");
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => { field.value = state.token; });
  };

  // The portal's own fragment, put in place by htmx as everywhere else, with what it carries for other places.
  const fill = (item, fragment) => {
    htmx.swap(item.answer, fragment, { swapStyle: htmx.config.defaultSwapStyle, swapDelay: 0, settleDelay: 0 });
  };

  const answered = (item, xhr) => {
    const { form } = item;
    const words = wordsOf(form);
    const { status } = xhr;
    if (status === 401) return show(item, "failed", words.login, "danger");
    if (AGAIN.has(status)) return show(item, "failed", words.failed, "danger");
    if (status === 413) return show(item, "refused", words.tooLarge, "danger");
    fill(item, xhr.responseText);
    if (status === 200) {
      queueOf(form).record ||= xhr.getResponseHeader("Evidence-Record") ?? "";
      item.kept = true;
      return show(item, "done", "");
    }
    return show(item, item.answer.querySelector("[data-upload-choice]") ? "same" : "refused", "");
  };

  const post = (item, url, data) => new Promise((done) => {
    const xhr = new XMLHttpRequest();
    const words = wordsOf(item.form);
    let watch = 0;
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => { item.stalled = true; xhr.abort(); }, STALLED_MS);
    };
    item.xhr = xhr;
    item.stalled = false;
    xhr.open("POST", url);
    xhr.setRequestHeader("HX-Request", "true");
    xhr.setRequestHeader("X-CSRFToken", tokenOf(item.form).value);
    xhr.upload.addEventListener("progress", (event) => {
      alive();
      item.bar.value = event.lengthComputable ? Math.floor(100 * event.loaded / event.total) : 0;
      show(item, "sending", `${words.sending} ${item.bar.value} %`);
    });
    // Everything is on its way: from here on the server decides, and cancelling would only hide what it keeps.
    xhr.upload.addEventListener("load", () => { alive(); show(item, "scanning", words.scanning); });
    xhr.addEventListener("loadend", () => {
      clearTimeout(watch);
      flying.delete(item);
      done(xhr);
    });
    xhr.addEventListener("abort", () => {
      show(item, item.stalled ? "failed" : "cancelled", item.stalled ? words.failed : words.cancelled, item.stalled ? "danger" : "info");
    });
    flying.add(item);
    item.answer.replaceChildren();
    show(item, "sending", words.sending);
    alive();
    xhr.send(data);
  });

  // Where the line is bad, a file that the unit has already need not be sent at all.
  const isKnown = async (item) => {
    const { form, file } = item;
    if (!form.dataset.knownUrl || !crypto.subtle || file.size < ASK_FROM_BYTES || isJoined(form) || item.asked) return false;
    item.asked = true;
    show(item, "scanning", wordsOf(form).hashing);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const answer = await fetch(`${form.dataset.knownUrl}?sha256=${hex}`, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (answer.status !== 200) return false;
    fill(item, await answer.text());
    show(item, "same", "");
    return true;
  };

  const formData = (item, isAlone) => {
    const { form } = item;
    const data = new FormData();
    const joined = isJoined(form);
    if (form.elements.judul && (isAlone || joined)) data.set("judul", form.elements.judul.value);
    if (item.link) data.set("tautan", item.link);
    else data.set("berkas", item.file, item.name);
    if (joined && !item.link) {
      data.set("satukan", "1");
      if (queueOf(form).record) data.set("ke", queueOf(form).record);
    }
    return data;
  };

  const send = async (item, isAlone) => {
    if (item.file && await isKnown(item).catch(() => false)) return;
    const { form } = item;
    let xhr = await post(item, form.action, formData(item, isAlone));
    if (item.state === "cancelled") return;
    if (xhr.status === 403 && xhr.getResponseHeader("X-Token-Expired") && await renewToken().then(() => true, () => false)) {
      xhr = await post(item, form.action, formData(item, isAlone));
    }
    if (item.state !== "cancelled") answered(item, xhr);
  };

  const run = async (form, items) => {
    const queue = queueOf(form);
    items.forEach((item) => { item.queued = true; });
    if (queue.running) return;
    queue.running = true;
    const isAlone = queue.items.filter((item) => item.state !== "refused").length === 1;
    for (let item = queue.items.find((other) => other.queued); item; item = queue.items.find((other) => other.queued)) {
      item.queued = false;
      await send(item, isAlone);
    }
    queue.running = false;
    finish(form, queue);
  };

  const finish = (form, queue) => {
    const kept = queue.items.filter((item) => item.state === "done").length;
    announce(form, `${kept}/${queue.items.length} ${wordsOf(form).done}`);
    if (queue.items.some((item) => item.state !== "done")) return;
    queue.record = "";
    if ("reload" in form.dataset) window.location.reload();
    for (const name of ["judul", "tautan"]) if (form.elements[name]) form.elements[name].value = "";
    queue.items = []; // the rows stay to be read; the next choice begins anew
    counted(form);
  };

  // While capturing: before anything else on the page looks at the submission.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const choice = form.matches("[data-upload-choice]") ? form.closest("[data-upload-list]") : null;
    if (!choice && !form.matches("[data-uploader]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (choice) {
      const uploader = choice.closest("[data-uploader]");
      const item = queueOf(uploader).items.find((other) => other.row.contains(form));
      const data = new FormData(form);
      if (uploader.elements.judul && queueOf(uploader).items.length === 1) data.set("judul", uploader.elements.judul.value);
      answered(item, await post(item, form.action, data));
      finish(uploader, queueOf(uploader));
      return;
    }
    begin(form);
  }, true);

  const begin = (form) => {
    const queue = queueOf(form);
    const list = part(form, "list");
    const link = form.elements.tautan?.value.trim();
    if (link && !queue.items.some((item) => item.link === link)) add(form, { link });
    const waiting = queue.items.filter((item) => WAITING.has(item.state));
    list.querySelectorAll(".upload-row[data-state=done]").forEach((row) => { row.remove(); });
    if (!isJoined(form)) queue.items = queue.items.filter((item) => item.state !== "done");
    counted(form);
    if (waiting.length) {
      run(form, waiting);
      return;
    }
    const line = make("p", "save-line", wordsOf(form).nothing);
    line.dataset.tone = "danger";
    part(form, "alert").replaceChildren(line);
  };

  window.addEventListener("beforeunload", (event) => { if (flying.size) event.preventDefault(); });
})();
