// The panels of a customer: each is read on its own and may fail alone. What was read last stays,
// with its age; the browser keeps it for this tab until the person signs out.
const KEEP_MAX = 200_000;
const AGAIN_AFTER_MS = 120_000;
const bodyOf = (panel) => panel.querySelector("[hx-get]");
const nameOf = (panel) => `trunkline-panel ${bodyOf(panel).getAttribute("hx-get")}`;
/* As all times on the pages: in the zone of who reads, from 00:00 to 23:59. */
const language = `${document.documentElement.lang || "en"}-u-nu-latn`;
const times = new Intl.DateTimeFormat(language, {
  hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: document.body.dataset.zone || undefined,
});
const clock = (at) => times.format(at);

function panelOf(event) {
  const place = event.detail?.ctx?.sourceElement ?? event.target;
  return place?.closest?.("[data-panel]") ?? null;
}
const isOwn = (panel, event) => (event.detail?.ctx?.sourceElement ?? event.target) === bodyOf(panel);

function good(panel) {
  const html = bodyOf(panel).innerHTML;
  panel.dataset.at = String(Date.now());
  panel.removeAttribute("aria-busy");
  panel.querySelector("[data-stale]").hidden = true;
  panel.querySelector("[data-as-of]").textContent = clock(Date.now());
  try {
    if (html.length < KEEP_MAX) sessionStorage.setItem(nameOf(panel), JSON.stringify({ at: Date.now(), html }));
  } catch {
    // There is no room; it is not kept then.
  }
}

function bad(panel) {
  panel.removeAttribute("aria-busy");
  let at = Number(panel.dataset.at ?? 0);
  if (!at) {
    const kept = JSON.parse(sessionStorage.getItem(nameOf(panel)) ?? "null");
    if (kept) {
      bodyOf(panel).innerHTML = kept.html;
      panel.dataset.at = String(kept.at);
      at = kept.at;
    } else {
      bodyOf(panel).replaceChildren();
    }
  }
  const when = at ? panel.dataset.good.replace("%s", clock(at)) : panel.dataset.never;
  panel.querySelector("[data-stale-text]").textContent = `${panel.dataset.failed} ${when}`;
  panel.querySelector("[data-as-of]").textContent = at ? clock(at) : "";
  const stale = panel.querySelector("[data-stale]");
  if (stale.hidden) {
    const title = panel.querySelector("h2").textContent;
    document.dispatchEvent(new CustomEvent("trunkline:say", { detail: `${title}: ${panel.dataset.failed}` }));
  }
  stale.hidden = false;
}

for (const name of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(name, (event) => {
    const panel = panelOf(event);
    if (panel && isOwn(panel, event)) bad(panel);
  });
}
document.addEventListener("htmx:after:swap", (event) => {
  const panel = panelOf(event);
  if (panel && isOwn(panel, event) && (event.detail?.ctx?.response?.status ?? 200) < 400) good(panel);
});

function again(panel) {
  panel.setAttribute("aria-busy", "true");
  bodyOf(panel).dispatchEvent(new CustomEvent("again"));
}
// What was answered before this script listened is asked for once more.
for (const panel of document.querySelectorAll("[data-panel][aria-busy=true]")) {
  const body = bodyOf(panel);
  if (body?.hasAttribute("data-htmx-powered") && !body.classList.contains("htmx-request")) again(panel);
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
  for (const panel of document.querySelectorAll("[data-panel]")) {
    if (Date.now() - Number(panel.dataset.at ?? 0) > AGAIN_AFTER_MS && !panel.contains(document.activeElement)) again(panel);
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
