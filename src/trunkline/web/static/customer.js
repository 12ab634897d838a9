// The panels of a customer: each is read on its own and may fail alone. What was read last stays,
// with its age; the browser keeps it for this tab until the person signs out.
const KEEP_MAX = 200_000;
const AGAIN_AFTER_MS = 120_000;
/* What a panel reads: its body, and what stands above it. */
const partsOf = (panel) => [...panel.querySelectorAll(":scope > [hx-get]")];
const nameOf = (part) => `trunkline-panel ${part.getAttribute("hx-get")}`;
const isRead = (place) => /^load\b/.test(place?.getAttribute?.("hx-trigger") ?? "");
/* The places of each panel that could not be read, those inside its parts included. */
const failing = new WeakMap();
function failingOf(panel) {
  const places = new Set([...(failing.get(panel) ?? [])].filter((one) => one.isConnected));
  failing.set(panel, places);
  return places;
}
/* As all times on the pages: in the zone of who reads, from 00:00 to 23:59. */
const language = `${document.documentElement.lang || "en"}-u-nu-latn`;
const times = new Intl.DateTimeFormat(language, {
  hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: document.body.dataset.zone || undefined,
});
const clock = (at) => times.format(at);

const sourceOf = (event) => event.detail?.ctx?.sourceElement ?? event.target;
const panelOf = (event) => sourceOf(event)?.closest?.("[data-panel]") ?? null;
const partOf = (panel, place) => partsOf(panel).find((part) => part.contains(place));

/* Keeps what was read; `at` is when, which stays where only something inside was read anew. */
function keep(part, at) {
  const html = part.innerHTML;
  part.dataset.at = String(at);
  try {
    if (html.length < KEEP_MAX) sessionStorage.setItem(nameOf(part), JSON.stringify({ at, html }));
  } catch {
    // There is no room; it is not kept then.
  }
}

/* When all of a panel was good last, by its oldest part; 0 where a part never was. */
const goodAt = (panel) => Math.min(...partsOf(panel).map((part) => Number(part.dataset.at ?? 0)));

function show(panel) {
  const at = goodAt(panel);
  const age = panel.querySelector("[data-as-of]");
  if (age) age.textContent = at ? clock(at) : "";
  const stale = panel.querySelector("[data-stale]");
  const has = failingOf(panel).size > 0;
  if (has) {
    const when = at ? panel.dataset.good.replace("%s", clock(at)) : panel.dataset.never;
    panel.querySelector("[data-stale-text]").textContent = `${panel.dataset.failed} ${when}`;
    if (stale.hidden) {
      const title = panel.dataset.title ?? panel.querySelector("h2").textContent;
      document.dispatchEvent(new CustomEvent("trunkline:say", { detail: `${title}: ${panel.dataset.failed}` }));
    }
  }
  stale.hidden = !has;
}

function good(panel, place) {
  const part = partOf(panel, place);
  failingOf(panel).delete(place);
  if (part === place) panel.removeAttribute("aria-busy");
  if (part) keep(part, part === place ? Date.now() : Number(part.dataset.at || Date.now()));
  show(panel);
}

function bad(panel, place) {
  const part = partOf(panel, place);
  failingOf(panel).add(place);
  panel.removeAttribute("aria-busy");
  if (part === place && !Number(part.dataset.at ?? 0)) {
    const kept = JSON.parse(sessionStorage.getItem(nameOf(part)) ?? "null");
    if (kept) {
      part.innerHTML = kept.html;
      part.dataset.at = String(kept.at);
    } else {
      part.replaceChildren();
    }
  }
  show(panel);
}

for (const name of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(name, (event) => {
    const [panel, place] = [panelOf(event), sourceOf(event)];
    if (panel && isRead(place)) bad(panel, place);
    else if (place?.dataset?.unread) place.textContent = place.dataset.unread;
  });
}
document.addEventListener("htmx:after:swap", (event) => {
  const panel = panelOf(event);
  if (panel && (event.detail?.ctx?.response?.status ?? 200) < 400) good(panel, sourceOf(event));
});

function again(panel) {
  panel.setAttribute("aria-busy", "true");
  for (const part of partsOf(panel)) part.dispatchEvent(new CustomEvent("again"));
}
// What was answered before this script listened is asked for once more.
for (const panel of document.querySelectorAll("[data-panel][aria-busy=true]")) {
  for (const part of partsOf(panel)) {
    const isOver = part.hasAttribute("data-htmx-powered") && !part.classList.contains("htmx-request");
    if (isOver) part.dispatchEvent(new CustomEvent("again"));
  }
}
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-refresh]");
  if (button) again(button.closest("[data-panel]"));
  const compose = event.target.closest?.("[data-compose]");
  if (compose) {
    const heard = new CustomEvent("trunkline:key", { cancelable: true, detail: { action: `detail.${compose.dataset.compose}` } });
    if (!document.dispatchEvent(heard)) event.preventDefault();
  }
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const panel of document.querySelectorAll("[data-panel]:not([data-still])")) {
    if (Date.now() - goodAt(panel) > AGAIN_AFTER_MS && !panel.contains(document.activeElement)) again(panel);
  }
});

/* A part of a hierarchy is dragged onto another one of it; what changes is shown before it is saved. */
let dragged = null;
const nodeOf = (event) => event.target.closest?.("[data-node]");
function placeOf(event) {
  const place = dragged && nodeOf(event);
  return place && place !== dragged && !dragged.contains(place) && place.dataset.tree === dragged.dataset.tree ? place : null;
}
document.addEventListener("dragstart", (event) => { dragged = nodeOf(event) ?? null; });
document.addEventListener("dragover", (event) => {
  const place = placeOf(event);
  document.querySelectorAll(".org.over").forEach((one) => one.classList.toggle("over", one === place));
  if (!place) return;
  event.preventDefault();
  place.classList.add("over");
});
document.addEventListener("drop", (event) => {
  const place = placeOf(event);
  if (!place) return;
  event.preventDefault();
  location.assign(`${dragged.dataset.tree}/${encodeURIComponent(dragged.dataset.node)}/move?to=${encodeURIComponent(place.dataset.node)}`);
});
document.addEventListener("dragend", () => { dragged = null; });
