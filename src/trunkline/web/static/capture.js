// Order capture: Enter adds the first offer, rules answer while one types, dialogs stay open.
const form = () => document.getElementById("form");
const firstOffer = () => document.querySelector("#offers-list .offer:not(.not) button");

function markFirst() {
  const typed = document.getElementById("q")?.value.trim();
  for (const one of document.querySelectorAll("#offers-list .offer.first")) one.classList.remove("first");
  if (typed) firstOffer()?.closest(".offer").classList.add("first");
}

/* The search: Enter adds what stands first once the answer to what was typed is there. */
let wanted = false;
let asking = false;
document.addEventListener("input", (event) => {
  if (event.target.id === "q") asking = true;
});
document.addEventListener("keydown", (event) => {
  if (event.target.id !== "q" || event.isComposing) return;
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    if (event.repeat) return;
    if (asking || !document.querySelector("#offers-list [data-q]")) wanted = true;
    else firstOffer()?.click();
  } else if (event.key === "ArrowDown") {
    event.preventDefault();
    firstOffer()?.focus();
  }
});
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.(".add-offer") || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  const all = [...document.querySelectorAll(".add-offer")];
  const at = all.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
  (at < 0 ? document.getElementById("q") : all[Math.min(at, all.length - 1)]).focus();
});

/* Rules answer while one types: a pause counts as a change. */
const PAUSE_MS = 450;
let pause = 0;
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.closest?.(".cart-line") || !field.matches("input:not([type=checkbox], [type=radio]), textarea")) return;
  clearTimeout(pause);
  pause = setTimeout(() => field.isConnected && field.dispatchEvent(new Event("change", { bubbles: true })), PAUSE_MS);
});

/* What the page asks for by itself is nothing that somebody did; it may have asked before this ran. */
let opening = document.querySelector("#form .awaited") !== null;
document.addEventListener("htmx:before:request", (event) => {
  const { target, sourceElement } = event.detail?.ctx ?? {};
  if (target?.id === "form") opening = Boolean(sourceElement?.matches?.(".awaited"));
});

/* The offers follow the search, the customer and the sites; an answer to an earlier search waits. */
let offeredFor = document.getElementById("offers-list")?.dataset.for;

function offersAgain() {
  const now = document.getElementById("offers-list")?.dataset.for;
  if (now === offeredFor) return;
  offeredFor = now;
  document.getElementById("q")?.dispatchEvent(new Event("offers"));
}

function offersCame(list) {
  const typed = document.getElementById("q")?.value.trim();
  if (list.querySelector("[data-q]")?.dataset.q !== typed) return;
  asking = false;
  markFirst();
  if (wanted) firstOffer()?.click();
  wanted = false;
}

/* Pasted sites: a file is put into the box; what is no site stays there, the rest goes. */
let pasting = false;
document.addEventListener("change", async (event) => {
  if (event.target.id !== "paste-file") return;
  const file = event.target.files[0];
  const box = document.getElementById("paste");
  if (!file) return;
  box.value = [box.value.trim(), await file.text()].filter(Boolean).join("\n");
  event.target.value = "";
  document.querySelector("#paste-sites button[value=paste]")?.focus();
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("button[value=paste]")) pasting = true;
});
function pasteDone() {
  const box = document.getElementById("paste");
  if (pasting && box) box.value = box.defaultValue;
  pasting = false;
}

/* After each answer: dialogs as the server says, and the draft is kept. */
document.addEventListener("htmx:after:swap", (event) => {
  const place = event.detail?.ctx?.target ?? event.target;
  if (place?.id === "offers-list") {
    offersCame(place);
    return;
  }
  if (place?.id !== "form") return;
  markFirst();
  pasteDone();
  offersAgain();
  for (const pop of document.querySelectorAll(".pop[popover]")) {
    const open = pop.matches(":popover-open");
    if (pop.dataset.open !== undefined && !open) pop.showPopover();
    else if (pop.dataset.open === undefined && open) pop.hidePopover();
    if (pop.dataset.open !== undefined) pop.querySelector("[aria-invalid], .alike, textarea, input")?.focus();
  }
  if (!opening) form()?.dispatchEvent(new Event("input", { bubbles: true }));
  opening = false;
});
for (const pop of document.querySelectorAll(".pop[data-open]")) pop.showPopover();
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.(".pop")) return;
  if (event.newState !== "open") {
    // Sites were pasted and what is left of the text is let go: what is sold there comes next.
    if (event.target.querySelector(".left-over")) document.getElementById("q")?.focus();
    return;
  }
  event.target.querySelector("input:not([type=hidden], [type=radio]), textarea")?.focus();
}, true);
markFirst();

/* An order is sent once, however often the button is pressed. */
let sending = false;
document.addEventListener("submit", (event) => {
  if (event.target.id !== "form" || event.defaultPrevented) return;
  if (sending) event.preventDefault();
  sending = true;
});
addEventListener("pageshow", () => { sending = false; });
