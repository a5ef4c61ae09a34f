// Texts that are typed and not yet saved, kept in this browser until the portal has them: IndexedDB, written through to
// the disk. Nothing else is stored: no saved answer, no form token. A record belongs to one person and to the page (tab)
// that sends it; what a closed page leaves behind is taken over by the next page of the same person. Records of somebody
// else, and those older than a day, are removed.
(() => {
  "use strict";

  const DATABASE = "portal-zi";
  const STORE = "unsent";
  const KEPT_MS = 24 * 60 * 60 * 1000;
  const LEASE_MS = 60 * 1000; // only where the browser has no locks: after this silence a page counts as closed
  const TAB_LOCK = "portal-zi-tab:";

  // A random UUID, also where the page is not a secure context and has no crypto.randomUUID.
  const newKey = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  const tab = newKey();
  const locks = navigator.locks;
  // Held as long as this page lives: the browser lets go of it when the page is closed, reloaded or killed.
  const alive = locks ? new Promise((held) => {
    locks.request(TAB_LOCK + tab, () => { held(); return new Promise(() => {}); }).catch(held);
  }) : Promise.resolve();

  let opening = null;
  const open = () => {
    if (!opening) {
      opening = new Promise((done, failed) => {
        const request = indexedDB.open(DATABASE, 1);
        request.onupgradeneeded = () => { request.result.createObjectStore(STORE, { keyPath: "id" }); };
        request.onerror = () => failed(request.error);
        request.onsuccess = () => {
          const database = request.result;
          database.onversionchange = () => { database.close(); opening = null; };
          database.onclose = () => { opening = null; };
          done(database);
        };
      });
      opening.catch(() => { opening = null; });
    }
    return opening;
  };

  // Resolves when it stands on the disk. `act` gets the store.
  const write = async (act) => {
    const database = await open();
    return new Promise((done, failed) => {
      const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => done();
      transaction.onabort = () => failed(transaction.error);
      act(transaction.objectStore(STORE), transaction);
    });
  };

  // `commit` hands the writing to the browser at once, so that it is done even if the page ends now.
  const put = (record) => write((store, transaction) => {
    store.put({ ...record, tab, touched: Date.now() });
    if (transaction.commit) transaction.commit();
  });
  const remove = (id) => write((store) => store.delete(id));

  const each = (store, act) => {
    store.openCursor().onsuccess = (event) => {
      const cursor = event.target.result;
      if (!cursor) return;
      act(cursor);
      cursor.continue();
    };
  };
  const purge = (doomed) => write((store) => each(store, (cursor) => { if (doomed(cursor.value)) cursor.delete(); }));

  const openTabs = async () => {
    if (!locks) return null;
    const { held } = await locks.query();
    return new Set(held.filter(({ name }) => name.startsWith(TAB_LOCK)).map(({ name }) => name.slice(TAB_LOCK.length)));
  };
  const adopt = async (owner) => {
    await alive;
    const tabs = await openTabs();
    const now = Date.now();
    const found = [];
    await write((store) => each(store, (cursor) => {
      const record = cursor.value;
      if (record.owner !== owner || record.edited < now - KEPT_MS) { cursor.delete(); return; }
      const orphan = tabs ? !tabs.has(record.tab) : record.tab !== tab && record.touched < now - LEASE_MS;
      if (!orphan) return;
      const mine = { ...record, tab, touched: now };
      cursor.update(mine);
      found.push(mine);
    }));
    return found.sort((one, other) => one.at - other.at);
  };

  window.portalOutbox = {
    newKey,
    put,
    remove,
    // What closed pages of this person left, now this page's; of several pages only one gets a record.
    adopt: (owner) => (locks ? locks.request("portal-zi-adopt", () => adopt(owner)) : adopt(owner)),
    purgeOwner: (owner) => purge((record) => record.owner === owner),
    purgeOld: () => purge((record) => record.edited < Date.now() - KEPT_MS),
    // Where there are no locks: lets the next page take the records at once.
    release: () => (locks ? Promise.resolve() : write((store) => each(store, (cursor) => {
      if (cursor.value.tab === tab) cursor.update({ ...cursor.value, touched: 0 });
    }))),
  };
})();
