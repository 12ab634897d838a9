// Worklists: groups that open, the pane beside them, and what is done about rows by mouse and key.
// Bound to the document; every queue works by its links and forms without any of it.
const AT = "trunkline-queue-at";
const queue = () => document.querySelector("form[data-queue]");
const pane = () => document.querySelector(".queue-and-peek #peek");
const dialog = () => document.getElementById("dialog");
const rowOf = (element) => element?.closest?.("form[data-queue] [data-row]") ?? null;
const rows = () => [...document.querySelectorAll("form[data-queue] [data-row]")].filter((one) => one.offsetParent);
const say = (text) => document.dispatchEvent(new CustomEvent("trunkline:say", { detail: text }));
const toast = (text) => document.dispatchEvent(new CustomEvent("trunkline:toast", { detail: { text, seconds: 6 } }));
const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

/* The row that keys are about: the first one, then the one that had the focus last; it is marked. */
let current = null;
function mark(row) {
  current?.classList.remove("current");
  current = row;
  row?.classList.add("current");
}
const marked = () => rowOf(document.activeElement) ?? (current?.isConnected ? current : null);

// --- Groups ---------------------------------------------------------------------------------

async function fill(link) {
  const place = link.closest(".queue-group").querySelector(".group-rows");
  const answer = await fetch(link.dataset.rowsAt, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  place.innerHTML = await answer.text();
  globalThis.htmx?.process(place);
}
async function toggle(link) {
  const place = link.closest(".queue-group").querySelector(".group-rows");
  const open = link.getAttribute("aria-expanded") !== "true";
  link.setAttribute("aria-expanded", String(open));
  if (open && !place.querySelector("table")) await fill(link);
  place.hidden = !open;
}
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("form[data-queue] .queue-open");
  const rest = event.target.closest?.("form[data-queue] [data-rest]");
  if ((!link && !rest) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link) toggle(link);
  else fill(rest.closest(".queue-group").querySelector(".queue-open"));
});

// --- Peek -----------------------------------------------------------------------------------

let asked = 0;
let shown = null;
function put(html) {
  const place = pane();
  place.innerHTML = html;
  place.hidden = false;
  globalThis.htmx?.process(place);
  const told = place.querySelector("[data-announce]")?.dataset.announce;
  say(told || place.querySelector("h2")?.textContent || "");
}
async function peek(row, wanted) {
  const address = row?.dataset.peekAt;
  if (!address || !pane()) return;
  const mine = ++asked;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (mine !== asked || !answer.ok) return;
  for (const one of document.querySelectorAll("tr.peeked")) one.classList.remove("peeked");
  row.classList.add("peeked");
  shown = row;
  put(await answer.text());
  const place = wanted ? pane().querySelector(wanted) ?? pane().querySelector("[data-focus]") : null;
  place?.focus();
  if (place?.matches("input")) place.select?.();
}
function close() {
  const place = pane();
  if (!place || place.hidden) return false;
  asked += 1;
  document.dispatchEvent(new CustomEvent("trunkline:unpeek", { detail: { place, row: shown } }));
  shown = null;
  return true;
}
document.addEventListener("focusin", (event) => {
  const row = rowOf(event.target);
  if (row) mark(row);
  if (row && shown && row !== shown && row.dataset.peekAt && !pane()?.hidden) peek(row);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("form[data-queue] [data-peek-open]");
  if (button) {
    const row = rowOf(button);
    if (row === shown) close();
    else peek(row, "[data-focus]");
  }
  if (pane()?.contains(event.target) && event.target.closest("[data-close-peek]")) close();
});

// --- What is chosen ---------------------------------------------------------------------------

function chosen() {
  const form = queue();
  let count = 0;
  for (const group of form.querySelectorAll(".queue-group")) {
    const whole = group.querySelector("input[name=whole]");
    if (whole?.checked) count += Number(group.querySelector(".group-head .count").textContent.replace(/\D/g, ""));
    else count += group.querySelectorAll("input[name=chosen]:checked").length;
  }
  return count;
}
function tell() {
  const place = queue()?.querySelector("[data-chosen]");
  if (!place) return;
  const count = chosen();
  if (place.textContent !== String(count)) {
    place.textContent = String(count);
    if (count) say(place.parentElement.textContent.trim().replace(/\s+/g, " "));
  }
}
function clear() {
  for (const one of queue().querySelectorAll("input[type=checkbox]")) one.checked = false;
  tell();
}
document.addEventListener("change", (event) => {
  const box = event.target;
  if (!box.closest?.("form[data-queue]") || box.type !== "checkbox") return;
  const group = box.closest(".queue-group");
  if (box.name === "whole") {
    for (const one of group.querySelectorAll("input[name=chosen]")) one.checked = box.checked;
  } else if (!box.checked) {
    group.querySelector("input[name=whole]").checked = false;
  }
  tell();
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("form[data-queue] [data-clear]")) clear();
});
addEventListener("pageshow", tell);

// --- What is done -----------------------------------------------------------------------------

function ask(content) {
  const place = dialog();
  const back = content.querySelector("input[name=back]");
  const own = queue()?.querySelector("input[name=back]");
  if (back && own) back.value = own.value;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain close";
  button.textContent = "×";
  button.setAttribute("aria-label", "Esc");
  button.addEventListener("click", () => place.close());
  place.replaceChildren(button, content);
  globalThis.htmx?.process(place);
  place.showModal();
  place.querySelector("[data-focus]")?.focus();
}
document.addEventListener("click", (event) => {
  if (event.target.closest?.("dialog [data-close-dialog]")) {
    event.preventDefault();
    dialog().close();
  }
  const fillIn = event.target.closest?.("[data-fill]");
  if (fillIn) {
    const input = document.getElementById(fillIn.dataset.fill);
    input.value = fillIn.dataset.value;
    input.focus();
  }
});
document.addEventListener("change", (event) => {
  const chosen = event.target.closest?.("select[data-texts]")?.selectedOptions[0];
  if (!chosen) return;
  const form = event.target.form;
  form.elements.subject.value = chosen.dataset.subject;
  form.elements.message.value = chosen.dataset.content;
});
function remember() {
  const at = rows().indexOf(marked());
  if (at >= 0) sessionStorage.setItem(AT, JSON.stringify({ path: location.pathname, at }));
}
async function send(form, body) {
  const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
  if (answer.redirected) {
    remember();
    location.assign(answer.url);
    return;
  }
  const text = await answer.text();
  const page = parsed(text);
  const content = page.querySelector("[data-dialog]");
  if (content) {
    ask(content);
  } else if (page.querySelector("[data-one]") && pane()) {
    put(text);
    const one = pane().querySelector("[data-one]");
    if (one.dataset.wasDone) document.getElementById(`row-${one.dataset.one}`)?.classList.add("gone");
    pane().querySelector("[data-focus]")?.focus();
  } else {
    toast(page.querySelector(".problem, .failed")?.textContent.trim().replace(/\s+/g, " ") || answer.statusText);
  }
}
function said(form, submitter) {
  const body = new URLSearchParams(new FormData(form));
  if (submitter?.name) body.set(submitter.name, submitter.value);
  return body;
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form[data-queue]")) {
    event.preventDefault();
    send(form, said(form, event.submitter));
  } else if (form.matches("[data-one-form]") && pane()?.contains(form)) {
    event.preventDefault();
    send(form, said(form, event.submitter));
  } else if (form.matches("dialog .ask-form")) {
    remember();
  }
});
function deed(action) {
  const form = queue();
  const button = form?.querySelector(`.queue-bar [data-list-key="${action}"]`);
  if (!button) return false;
  const body = said(form, button);
  if (!chosen()) {
    const box = marked()?.querySelector("input[type=checkbox]");
    if (!box) return false;
    body.append(box.name, box.value);
  }
  send(form, body);
  return true;
}
/* A task is added where the row leads to; what can be done is chosen in the bar, for the row or all chosen. */
function addTask(row) {
  const link = row.querySelector("a.row[href]");
  if (link) location.assign(`${link.getAttribute("href")}#compose-task`);
  return Boolean(link);
}
function offerDeeds(row) {
  const box = row.querySelector("input[type=checkbox]");
  if (!chosen() && !box) return false;
  if (!chosen()) box.click();
  const first = queue().querySelector(".queue-bar button[name=verb]");
  first?.focus();
  return Boolean(first);
}
document.addEventListener("trunkline:key", (event) => {
  if (!queue()) return;
  const { action } = event.detail;
  const row = marked();
  let heard = true;
  if (action === "list.peek" && row?.dataset.group !== undefined) toggle(row.querySelector(".queue-open"));
  else if (action === "list.peek" && row) row === shown ? close() : peek(row);
  else if (action === "list.edit" && row) peek(row.dataset.peekAt ? row : row.parentElement.querySelector("[data-peek-at]"), "[data-fix]");
  else if (action === "cancel" && pane() && !pane().hidden) close();
  else if (action === "list.task" && row) heard = addTask(row);
  else if (action === "list.status" && row) heard = offerDeeds(row);
  else if (["list.retry", "list.assign", "list.due", "list.note", "list.tell"].includes(action)) heard = deed(action);
  else heard = false;
  if (heard) event.preventDefault();
});

// --- After the page came again, the row that comes next has the focus ---------------------------

mark(rows().find((one) => one.dataset.peekAt) ?? null);
const before = JSON.parse(sessionStorage.getItem(AT) ?? "null");
sessionStorage.removeItem(AT);
if (before?.path === location.pathname && queue()) {
  const next = rows()[Math.min(before.at, rows().length - 1)];
  (next?.querySelector("a.row, .queue-open") ?? next)?.focus({ preventScroll: false });
}

// --- What was seen last, which this browser alone knows ------------------------------------------

const lastSeen = document.querySelector("[data-seen]");
if (lastSeen) {
  const keys = JSON.parse(localStorage.getItem("trunkline-recent") ?? "[]").join(",");
  const answer = await fetch(`${lastSeen.dataset.seen}?keys=${encodeURIComponent(keys)}`, { headers: { "HX-Request": "true" } });
  if (answer.ok) lastSeen.innerHTML = await answer.text();
}
