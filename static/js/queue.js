// Nothing typed is ever lost: what a form hands over here is written to the browser's disk (outbox.js), sent until the
// portal has acknowledged it, and only then forgotten. It outlives a lost line, a reload, a crash and a new log-in; any
// page of the same person sends on what another one left behind. Per question there is at most one text on its way, with
// a key by which the portal knows it again, and behind it the newest one.
(() => {
  "use strict";

  const outbox = window.portalOutbox;
  const place = document.getElementById("queue");
  if (!place) { outbox?.purgeOld().catch(() => {}); return; }

  const root = document.documentElement;
  const words = place.dataset; // also the two waits, in milliseconds
  const owner = root.dataset.sessionOwner;
  const AT_ONCE = 3;
  const ANSWER_WITHIN_MS = 20000;
  const DISK_WITHIN_MS = 3000;
  const LEAVE_WITHIN_MS = 6000;
  const LOOK_AROUND_MS = 30000;
  const PRESS_WITHIN_MS = 1000;
  const KEEPALIVE_BYTES = 50000;
  const AGAIN = new Set([0, 408, 429, 500, 502, 503, 504]);

  const entries = []; // in the order in which they were begun
  const later = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });
  // What the page with the forms adds (autosave.js).
  let view = { formFor: () => null, flush() {}, restore() {}, show() {}, done() {}, held() {} };
  let signedOut = false; // a new log-in is needed before anything can be sent
  let forgetful = false; // logged out in another tab: nothing more goes to the disk
  let leaving = false;

  // ---- a press under way ----

  // While a button or a finger is down nothing on the page may move: a press that ends on something else is no click.
  let press = null;
  const lift = (ended) => {
    if (!ended || ended !== press) return;
    press = null;
    ended.lift();
  };
  window.addEventListener("pointerdown", () => {
    lift(press);
    const begun = {};
    begun.lifted = new Promise((done) => { begun.lift = done; });
    press = begun;
    setTimeout(lift, PRESS_WITHIN_MS, begun);
  }, true);
  // The click comes after the end of the press.
  ["pointerup", "pointercancel"].forEach((name) => {
    window.addEventListener(name, () => setTimeout(lift, 0, press), true);
  });

  // ---- the disk ----

  const keep = async (entry) => {
    entry.writes += 1;
    const turn = entry.writes;
    if (forgetful) { entry.durable = false; return; }
    entry.writing += 1;
    try {
      await Promise.race([outbox.put(entry.record), later(DISK_WITHIN_MS).then(() => { throw new Error("slow"); })]);
      if (turn === entry.writes) entry.durable = true;
    } catch { /* stays in memory only, and the page asks before it is left */ } finally { entry.writing -= 1; }
  };
  const forget = (entry) => {
    const at = entries.indexOf(entry);
    if (at >= 0) entries.splice(at, 1);
    clearTimeout(entry.timer);
    outbox.remove(entry.record.id).catch(() => {});
  };

  // ---- what is waiting ----

  const enter = (record) => {
    const entry = { record, form: null, due: false, flying: false, tries: 0, timer: 0, held: "", durable: false, writes: 0, writing: 0, renewed: false };
    entries.push(entry);
    return entry;
  };
  const begin = ({ form, ...about }) => {
    const now = Date.now();
    const entry = enter({ id: outbox.newKey(), owner, at: now, edited: now, flight: null, next: null, ...about });
    entry.form = form;
    return entry;
  };
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  // The newest text of a question; `base` is the version that it was made from, when that is another than before.
  const note = (entry, fields, base) => {
    const { record } = entry;
    if (base) record.base = base;
    record.next = record.flight && !base && same(record.flight.fields, fields) ? null : fields;
    record.edited = Date.now();
    if (entry.held === "refused") entry.held = "";
    entry.durable = false; // other writes change keys and versions; this text is not on the disk yet
    return keep(entry);
  };
  const latest = ({ record }) => record.next || record.flight.fields;

  // Each form on the page takes up the oldest text that waits for it, one at a time.
  const unseat = (entry) => { if (entry.form && !entry.form.isConnected) entry.form = null; };
  const seat = () => {
    entries.forEach(unseat);
    entries.filter((entry) => !entry.form).forEach((entry) => {
      const form = view.formFor(entry.record.url);
      if (!form || entries.some((other) => other.form === form)) return;
      entry.form = form;
      entry.held = "";
      entry.due = true;
      view.restore(entry);
    });
  };
  const isFirst = (entry) => {
    const others = entries.filter((other) => other.record.url === entry.record.url);
    return (others.find((other) => other.form) || others[0]) === entry;
  };
  const isReady = (entry) => !entry.flying && !entry.timer && !entry.held && isFirst(entry)
    && Boolean(entry.record.flight || (entry.record.next && entry.due));

  // ---- sending ----

  const tokens = () => document.querySelectorAll("input[name=csrfmiddlewaretoken]");
  const post = async ({ url, flight }) => {
    const body = new URLSearchParams([...Object.entries(flight.base), ...flight.fields, ["kunci", flight.key]]);
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), ANSWER_WITHIN_MS);
    try {
      const answer = await fetch(url, {
        method: "POST",
        body,
        signal: stop.signal,
        credentials: "same-origin",
        keepalive: document.hidden && body.toString().length < KEEPALIVE_BYTES,
        headers: { "X-CSRFToken": tokens()[0]?.value || "", "HX-Request": "true", "HX-Current-URL": window.location.href },
      });
      const text = await answer.text();
      return { status: answer.redirected ? 401 : answer.status, text, headers: answer.headers };
    } catch {
      return { status: 0, text: "", headers: new Headers() };
    } finally {
      clearTimeout(timer);
    }
  };

  const send = async (entry) => {
    const { record } = entry;
    entry.flying = true;
    if (!record.flight) {
      entry.due = false;
      record.flight = { key: outbox.newKey(), fields: record.next, base: record.base };
      record.next = null;
    }
    if (press) await press.lifted;
    view.show(entry, "saving");
    await keep(entry); // its key has to outlive a crash
    const answer = await post(record);
    if (press) await press.lifted;
    entry.flying = false;
    settle(entry, answer);
    pump();
  };
  const pump = () => {
    seat();
    if (!signedOut) {
      entries.filter(isReady).slice(0, Math.max(0, AT_ONCE - entries.filter(({ flying }) => flying).length)).forEach(send);
    }
    tell();
  };

  const settle = (entry, answer) => {
    const { status, headers } = answer;
    entry.status = status;
    unseat(entry); // its question may have made room for the next one meanwhile
    if (status >= 200 && status < 300) acknowledged(entry, answer);
    else if (status === 401) needsLogin();
    else if (status === 403 && headers.get("X-Token-Expired") && !entry.renewed) renew(entry);
    else if (AGAIN.has(status) || headers.get("X-Token-Expired")) again(entry, Number(headers.get("Retry-After")) || 0);
    else hold(entry, answer);
  };
  const acknowledged = (entry, answer) => {
    const { record } = entry;
    const page = new DOMParser().parseFromString(answer.text, "text/html");
    const base = Object.keys(record.base).map((name) => [name, page.querySelector(`input[name="${name}"]`)?.value]);
    record.base = { ...record.base, ...Object.fromEntries(base.filter(([, value]) => value !== undefined)) };
    record.flight = null;
    entry.tries = 0;
    entry.renewed = false;
    if (record.next) keep(entry); else forget(entry);
    view.done(entry, answer, page);
    entries.forEach((other) => { if (other.status === 0) wake(other); }); // the line is back
    document.dispatchEvent(new CustomEvent("queue:saved"));
  };
  const again = (entry, seconds) => {
    const wait = Math.min(Number(words.longestWait), Number(words.firstWait) * 2 ** entry.tries) * (0.75 + Math.random() / 2);
    entry.tries += 1;
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => { wake(entry); pump(); }, Math.max(wait, seconds * 1000));
    view.show(entry, "failed");
  };
  const wake = (entry) => { clearTimeout(entry.timer); entry.timer = 0; };
  // Refused, or in conflict: the text stays until somebody decides.
  const hold = (entry, answer) => {
    const { record } = entry;
    const page = new DOMParser().parseFromString(answer.text, "text/html");
    const edited = Boolean(record.next);
    record.next ||= record.flight.fields;
    record.flight = null;
    entry.tries = 0;
    entry.held = page.querySelector("[data-conflict]") ? "conflict" : "refused";
    if (entry.held === "refused" && edited) entry.held = ""; // what was typed since is another text
    keep(entry);
    view.held(entry, answer, page, edited);
  };

  // ---- who is logged in ----

  const needsLogin = () => {
    signedOut = true;
    entries.forEach((entry) => { unseat(entry); view.show(entry, "login"); });
  };
  const takeUp = (state) => {
    if (state.user === owner) {
      tokens().forEach((field) => { field.value = state.token; });
      const was = signedOut;
      signedOut = false;
      if (forgetful) { forgetful = false; entries.forEach(keep); }
      if (was) entries.forEach((entry) => { wake(entry); view.show(entry, "saving"); });
      document.dispatchEvent(new CustomEvent("queue:saved"));
    } else if (state.user) {
      leaving = true; // somebody else works here now: the former person's texts go
      entries.length = 0;
      outbox.purgeOwner(owner).catch(() => {}).then(() => window.location.replace("/"));
    } else {
      needsLogin();
    }
  };
  const ask = () => fetch(root.dataset.sessionUrl, { credentials: "same-origin" }).then((answer) => {
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  });
  const renew = (entry) => {
    entry.renewed = true;
    entry.flying = true;
    ask().then((state) => { entry.flying = false; takeUp(state); }, () => { entry.flying = false; again(entry, 0); }).then(pump);
  };
  // From here on at once: back on the line, back from the tab of a new log-in.
  const tryAll = () => {
    if (!signedOut) { entries.forEach(wake); pump(); return; }
    ask().then(takeUp).catch(() => {}).then(pump);
  };

  const dialog = document.getElementById("queue-login");
  const problem = dialog.querySelector("[data-problem]");
  place.querySelector("[data-open-login]").addEventListener("click", () => { problem.textContent = ""; dialog.showModal(); });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  const logIn = async (form) => {
    const { token } = await ask();
    const body = new URLSearchParams(new FormData(form));
    body.set("csrfmiddlewaretoken", token);
    const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
    if (!answer.ok) { problem.textContent = answer.status === 422 ? words.wrongPassword : words.loginFailed; return; }
    takeUp(await answer.json());
    dialog.close();
    pump();
  };
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    logIn(event.target).catch(() => { problem.textContent = words.loginFailed; }).then(() => {
      event.target.elements.password.value = "";
    });
  });

  // ---- what the page says ----

  const line = place.querySelector("[data-line]");
  const list = place.querySelector("[data-stuck]");
  const item = place.querySelector("template");
  const stuckItem = (entry) => {
    const node = item.content.cloneNode(true);
    const link = node.querySelector("a");
    link.textContent = entry.record.label;
    link.href = entry.record.page;
    node.querySelector("[data-why]").textContent = entry.held === "conflict" ? words.whyConflict : words.whyRefused;
    node.querySelector("[data-text]").textContent = latest(entry).map(([, value]) => value).filter(Boolean).join("\n");
    node.querySelector("button").addEventListener("click", () => {
      if (!window.confirm(words.discard)) return;
      forget(entry);
      pump();
    });
    return node;
  };
  let told = "";
  const tell = () => {
    if (press) { press.lifted.then(tell); return; }
    const waiting = entries.filter(({ held }) => !held);
    const stuck = entries.filter(({ held, form }) => held && !form);
    const loud = signedOut || waiting.some(({ tries, form }) => tries || !form);
    const many = waiting.length === 1 ? words.one : words.many.replace("#", waiting.length);
    const tail = waiting.every(({ durable }) => durable) ? words.safe : words.fragile;
    const text = loud && waiting.length ? `${many} ${tail}` : "";
    const now = JSON.stringify([text, signedOut, stuck.map(({ record, held }) => [record.id, held])]);
    if (now === told) return;
    told = now;
    line.textContent = text;
    place.querySelector("[data-login]").hidden = !signedOut || !waiting.length;
    list.replaceChildren(...stuck.map(stuckItem));
    list.hidden = !stuck.length;
    place.toggleAttribute("data-shown", Boolean(text || stuck.length));
  };

  // ---- leaving ----

  const isFresh = (entry) => !entry.held && !entry.tries && !signedOut;
  // Waits until everything that has a chance is saved, and the rest is on the disk.
  const settled = async () => {
    view.flush();
    entries.forEach((entry) => { entry.due = true; });
    pump();
    const until = Date.now() + LEAVE_WITHIN_MS;
    while (entries.some((entry) => isFresh(entry) || entry.writing) && Date.now() < until) await later(30);
  };
  window.addEventListener("beforeunload", (event) => {
    if (leaving) return;
    view.flush();
    if (entries.some(({ durable }) => !durable)) event.preventDefault();
  });
  window.addEventListener("pagehide", () => { view.flush(); outbox.release().catch(() => {}); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });

  const shout = "BroadcastChannel" in window ? new BroadcastChannel("portal-zi") : null;
  if (shout) {
    shout.onmessage = ({ data }) => {
      if (data !== owner) return;
      forgetful = true;
      needsLogin();
      tell();
    };
  }
  const endsSession = (form) => form.matches(".logout");
  const mayGo = async (form) => {
    await settled();
    if (!endsSession(form)) return !entries.length || !form.matches("[data-after-queue]") || window.confirm(words.sendAnyway);
    if (entries.length && !window.confirm(words.logoutLoses)) return false;
    entries.length = 0;
    shout?.postMessage(owner);
    await outbox.purgeOwner(owner).catch(() => {});
    return true;
  };
  // At the window: after every script that sends a form itself.
  const passed = new WeakSet();
  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (passed.delete(form) || event.defaultPrevented || form.method !== "post") return;
    view.flush();
    if (!entries.length && !endsSession(form)) return;
    event.preventDefault();
    const { submitter } = event;
    mayGo(form).then((may) => {
      if (!may) return;
      leaving = endsSession(form);
      passed.add(form);
      form.requestSubmit(submitter);
    });
  });

  // ---- beginning ----

  const adopt = () => outbox.adopt(owner).then((records) => {
    records.forEach((record) => Object.assign(enter(record), { due: true, durable: true }));
    if (records.length) pump();
  }).catch(() => {});
  document.addEventListener("DOMContentLoaded", () => {
    adopt();
    setInterval(() => {
      if (document.hidden) return;
      adopt();
      if (signedOut) tryAll();
    }, LOOK_AROUND_MS);
  });
  window.addEventListener("online", tryAll);
  window.addEventListener("focus", () => { if (signedOut) tryAll(); });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { view.flush(); entries.forEach((entry) => { entry.due = true; }); pump(); } else tryAll();
  });

  window.portalQueue = {
    begin,
    note,
    latest,
    settled,
    entryOf: (form) => entries.find((entry) => entry.form === form),
    // When nothing is pressed any more: before something moves on the page.
    unpressed: () => (press ? press.lifted : Promise.resolve()),
    isBusy: () => entries.some(isFresh),
    // The text of this entry may go now, whatever it waited for.
    go: (entry) => { entry.due = true; entry.tries = 0; wake(entry); pump(); },
    attach: (own) => { view = own; },
    look: () => { entries.forEach(unseat); if (entries.some(({ form }) => !form)) pump(); },
  };
})();
