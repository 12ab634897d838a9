// Keys: what `pages/keys.py` declares, as the person has moved them. An action is done by the
// element that carries its name in `data-key-action`, else by whoever hears `trunkline:key`.
const CHORD_MS = 1200;
const COPY_MS = 900;
const bound = JSON.parse(document.body.dataset.keys || "{}");
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

const byKey = new Map();
for (const [action, [place, ...keys]] of Object.entries(bound)) {
  for (const key of keys) byKey.set(key, [...(byKey.get(key) ?? []), { action, place }]);
}
const beginnings = new Set(
  [...byKey.keys()].flatMap((key) => key.split(" ").slice(0, -1).map((_, at, all) => all.slice(0, at + 1).join(" "))),
);

const rows = () => [...document.querySelectorAll("[data-rows] [data-row], table.list tbody tr")].filter((row) => row.offsetParent);
const rowOf = (element) => element?.closest?.("[data-rows] [data-row], table.list tbody tr") ?? null;
const linkOf = (row) => row?.querySelector("a.row, a[data-row-link], a[href]");
const pageIsList = () => rows().length > 0;
const typing = (element) => Boolean(element?.closest?.(
  "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable=true]",
));

/* On a keyboard of another script a letter is its place, unless somebody chose the letter itself. */
const SIGNS = { Slash: "/?", Period: ".>", BracketLeft: "[{", BracketRight: "]}" };
const strokes = [...byKey.keys()].flatMap((key) => key.split(" "));
function latin({ key, code, shiftKey }) {
  const isOther = /^[\p{L}\p{Nd}؟]$/u.test(key) && !/[\p{Script=Latin}0-9]/u.test(key);
  if (!isOther || strokes.some((one) => one.endsWith(key))) return key;
  return /^(?:Key|Digit)(.)$/.exec(code)?.[1] ?? SIGNS[code]?.[Number(shiftKey)] ?? key;
}

function strokeOf(event) {
  if (!event.key) return null;
  const isTyped = event.getModifierState("AltGraph");
  let key = event.key === " " ? "Space" : isTyped ? event.key : latin(event);
  const letter = key.length === 1;
  if (letter && /[a-z]/i.test(key)) key = key.toLowerCase();
  const mod = (isMac ? event.metaKey : event.ctrlKey) && !isTyped;
  if ((isMac ? event.ctrlKey : event.metaKey)) return null;
  const shift = event.shiftKey && (!letter || /[a-z]/.test(key));
  return `${mod ? "Mod+" : ""}${event.altKey && !letter ? "Alt+" : ""}${shift ? "Shift+" : ""}${key}`;
}

/* A row is where the focus is; else the one that was last. */
let current = null;
const currentRow = () => rowOf(document.activeElement) ?? (current?.isConnected ? current : null);
document.addEventListener("focusin", (event) => {
  const row = rowOf(event.target);
  if (row) current = row;
});
function moveTo(step) {
  const all = rows();
  const at = all.indexOf(currentRow());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
  const place = linkOf(next) ?? next;
  if (place === next) next.tabIndex = -1;
  place?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
let lastTicked = null;
function tick(row, upTo) {
  const boxOf = (one) => one?.querySelector("input[type=checkbox]");
  const box = boxOf(row);
  if (!box) return false;
  const all = rows();
  const from = upTo && lastTicked?.isConnected ? all.indexOf(lastTicked) : all.indexOf(row);
  const [first, last] = [from, all.indexOf(row)].sort((one, other) => one - other);
  const on = upTo ? true : !box.checked;
  for (const one of all.slice(first, last + 1).map(boxOf)) {
    if (one && one.checked !== on) one.click();
  }
  lastTicked = row;
  return true;
}

/* The list that a record was opened from, for the next and the previous of it. */
const LIST = "trunkline-list";
document.addEventListener("click", (event) => {
  const row = rowOf(event.target);
  if (!row || !event.target.closest("a")) return;
  const links = rows().map((one) => linkOf(one)?.getAttribute("href")).filter(Boolean);
  sessionStorage.setItem(LIST, JSON.stringify({ from: location.pathname + location.search, links }));
});
function neighbour(step) {
  const { links = [] } = JSON.parse(sessionStorage.getItem(LIST) ?? "{}");
  const at = links.findIndex((one) => new URL(one, location).pathname === location.pathname);
  const to = at < 0 ? undefined : links[at + step];
  const link = to ? null : document.querySelector(`[data-neighbours] a[rel=${step > 0 ? "next" : "prev"}][href]`);
  if (to) location.assign(to);
  else link?.click();
  return Boolean(to || link);
}

/* A number leads to a panel, and pressed once more to a row of it; where something is offered it
   chooses of that; on a page without panels it opens a row of the list. */
const PANELS = ".home-panel, [data-panel]";
const ITEMS = "tbody tr, .home-lines > li, .lines > li, .product";
const OFFERED = "input[type=radio]:not(:disabled), .sheet :is(a[href], button)";
const among = (place, wanted) => [...place.querySelectorAll(wanted)].filter((one) => one.getClientRects().length);
const itemOf = (element) => (element?.closest?.(PANELS) ? element.closest(ITEMS) : null);
let counted = { panel: null, at: 0 };
function choose(at) {
  const offered = document.activeElement?.closest?.("details[open]:is([data-choices], [data-drop])");
  if (offered) {
    const one = among(offered, OFFERED)[at];
    one?.focus();
    one?.click();
    return Boolean(one);
  }
  if (document.querySelector("dialog[open]")) return false;
  const panels = among(document, PANELS);
  if (!panels.length) {
    const link = linkOf(rows()[at]);
    link?.click();
    return Boolean(link);
  }
  const again = counted.panel?.isConnected && performance.now() - counted.at < CHORD_MS;
  const row = again ? among(counted.panel, ITEMS)[at] : null;
  const panel = row ? counted.panel : panels[at];
  if (!panel) return false;
  counted = row ? { panel: null, at: 0 } : { panel, at: performance.now() };
  const item = row ?? among(panel, ITEMS)[0];
  const place = linkOf(item) ?? among(panel, "a[href], button")[0];
  place?.focus();
  (item ?? panel).scrollIntoView({ block: "nearest" });
  return Boolean(place);
}
/* The number of a panel stands beside its name. */
function count() {
  for (const [at, panel] of among(document, PANELS).entries()) {
    const head = panel.querySelector("h2");
    const key = bound[`number.${at + 1}`]?.[1];
    if (head && key && head.dataset.number !== key) head.dataset.number = key;
  }
}

let copies = 0;
let copiedAt = 0;
async function copy() {
  const head = document.querySelector("[data-record-key]");
  if (!head) return;
  copies = performance.now() - copiedAt < COPY_MS ? Math.min(3, copies + 1) : 1;
  copiedAt = performance.now();
  const { recordKey, recordLabel } = head.dataset;
  const text = [recordKey, recordLabel === recordKey ? "" : recordLabel, location.href]
    .slice(0, copies).filter(Boolean).join(" ");
  try {
    await navigator.clipboard.writeText(text);
    const detail = { text: `${document.body.dataset.copied}: ${text}`, seconds: 3 };
    document.dispatchEvent(new CustomEvent("trunkline:toast", { detail }));
  } catch {
    // The browser does not let pages copy here.
  }
}

async function help() {
  const dialog = document.getElementById("dialog");
  if (!dialog || dialog.open) return;
  const answer = await fetch("/shell/keys");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "plain close";
  close.textContent = "×";
  close.setAttribute("aria-label", "Esc");
  close.addEventListener("click", () => dialog.close());
  dialog.replaceChildren(close, page.querySelector("[data-dialog]"));
  dialog.showModal();
}

const OWN = {
  help,
  "list.next": () => moveTo(1),
  "list.previous": () => moveTo(-1),
  "list.select": () => tick(currentRow(), false),
  "list.select-to": () => tick(currentRow(), true),
  "list.open": () => false,
  "detail.copy": copy,
  "detail.previous": () => neighbour(-1),
  "detail.next": () => neighbour(1),
  ...Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`number.${at + 1}`, () => choose(at)])),
};

function elementOf(action) {
  const mine = `[data-key-action~="${CSS.escape(action)}"]`;
  const dialog = document.querySelector("dialog[open]");
  const focused = document.activeElement;
  const own = action.startsWith("save") ? [focused?.closest?.("form")] : [itemOf(focused)];
  const places = [...own, currentRow(), dialog, document.querySelector("[data-peek]"), dialog ? null : document];
  for (const place of places) {
    const found = [...(place?.querySelectorAll(mine) ?? [])].find((one) => one.offsetParent || one.getClientRects().length);
    if (found) return found;
  }
  return document.querySelector(`a${mine}[href]`);
}

/** Does an action, and tells whether anybody did. */
function act(action, row) {
  if (action in OWN) return OWN[action]() !== false;
  const heard = new CustomEvent("trunkline:key", { cancelable: true, detail: { action, row } });
  if (!document.dispatchEvent(heard)) return true;
  const element = elementOf(action);
  if (!element) return false;
  if (element.matches("input, textarea, select")) {
    element.focus();
    element.select?.();
  } else if (element.matches("summary")) {
    element.click();
    element.focus();
  } else if (element.matches("[data-key-focus]")) {
    element.focus();
  } else if (element.matches("button") && element.form && element.type === "submit") {
    element.form.requestSubmit(element);
  } else {
    element.click();
  }
  return true;
}

let pending = "";
let timer = 0;
function forget() {
  pending = "";
  clearTimeout(timer);
}
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const stroke = strokeOf(event);
  if (!stroke) return;
  const isCommand = stroke.startsWith("Mod+") || stroke === "Escape";
  if (typing(event.target) && !isCommand) return forget();
  if (stroke === "Space" && event.target.closest("button, summary, a.button, [role=button], input")) return;
  if (event.target.closest("[role=listbox], [role=tree], [role=menu], [role=grid], [role=tablist]") && !isCommand) return;
  const key = pending ? `${pending} ${stroke}` : stroke;
  forget();
  const list = pageIsList();
  const isOpen = Boolean(document.querySelector("dialog[open]"));
  for (const { action, place } of byKey.get(key) ?? []) {
    if (place === "list" && !list) continue;
    if (place === "detail" && list && !document.querySelector("[data-record-key]")) continue;
    if (isOpen && place !== "everywhere") continue;
    if (act(action, currentRow())) {
      event.preventDefault();
      return;
    }
  }
  if (beginnings.has(key)) {
    pending = key;
    timer = setTimeout(forget, CHORD_MS);
    event.preventDefault();
  }
});

/* `aria-keyshortcuts` tells of keys that are one stroke; the way of saying has none for more. */
function tell(place) {
  for (const one of place.querySelectorAll("[data-key-action]")) {
    const keys = one.dataset.keyAction.split(" ").flatMap((action) => (bound[action] ?? []).slice(1));
    const told = keys.filter((key) => !key.includes(" ")).map((key) => key.replace("Mod", isMac ? "Meta" : "Control"));
    if (told.length) one.setAttribute("aria-keyshortcuts", told.join(" "));
  }
}
tell(document);
count();
document.addEventListener("htmx:after:swap", () => {
  tell(document);
  count();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-key-action~=help]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  for (const open of document.querySelectorAll("details[data-drop][open]")) open.open = false;
  help();
});
