// What was typed outlives the end of a session. When a page is left, its fields that differ from
// what the server sent are kept in this tab; the sign-in drops them unless a session was over
// (`trunkline.js`), and the same person gets them back on the same page. Nothing is sent.
const KEPT = "trunkline-typed";
const WORTH_SHOWING = 2;
const person = document.querySelector("meta[name=person]")?.content;
const here = () => location.pathname + location.search;
const FIELDS = "main :is(input:not([type=hidden], [type=password], [type=file], [type=search]), textarea, select)";

/** Tells whether a field says something else than what the server sent. */
function isTyped(field) {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (field.matches("select")) {
    const given = [...field.options].filter((one) => one.defaultSelected).map((one) => one.value);
    const chosen = [...field.selectedOptions].map((one) => one.value);
    return String(given.length || field.multiple ? given : [field.options[0]?.value]) !== String(chosen);
  }
  return field.value !== field.defaultValue;
}

/** Returns what tells a field from the others of its page. */
function nameOf(field) {
  const form = field.form?.getAttribute("action") ?? field.form?.getAttribute("hx-post") ?? "";
  const alike = [...document.querySelectorAll(FIELDS)].filter((one) => one.name === field.name && one.form === field.form);
  return [form, field.name || field.id, alike.indexOf(field)].join(" ");
}

function keep() {
  if (!person) return;
  const fields = [...document.querySelectorAll(FIELDS)]
    .filter((one) => one.form?.method !== "get" && isTyped(one))
    .map((one) => ({
      name: nameOf(one),
      label: one.labels?.[0]?.textContent.trim() || one.getAttribute("aria-label") || one.name,
      value: one.value,
      checked: one.checked,
    }));
  if (fields.length) sessionStorage.setItem(KEPT, JSON.stringify({ person, page: here(), fields }));
  else sessionStorage.removeItem(KEPT);
}

/** Shows what has no field on this page any more, to be copied. */
function show(fields) {
  const card = document.createElement("section");
  card.className = "card pad typed";
  const told = document.createElement("p");
  told.textContent = document.body.dataset.typed;
  const list = document.createElement("dl");
  for (const one of fields) {
    const [term, value] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = one.label;
    value.textContent = one.value;
    list.append(term, value);
  }
  card.append(told, list);
  document.getElementById("content").prepend(card);
}

function restore({ fields }) {
  const places = new Map([...document.querySelectorAll(FIELDS)].map((one) => [nameOf(one), one]));
  const homeless = [];
  for (const one of fields) {
    const field = places.get(one.name);
    if (!field) {
      if (one.value.trim().length > WORTH_SHOWING) homeless.push(one);
      continue;
    }
    if (field.matches("[type=checkbox], [type=radio]")) field.checked = one.checked;
    else field.value = one.value;
    field.closest("details")?.setAttribute("open", "");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (homeless.length) show(homeless);
  document.dispatchEvent(new CustomEvent("trunkline:say", { detail: document.body.dataset.typed }));
}

/** Waits for what a page asks for by itself: the fields may be there. */
function restoreOnceWhole(what) {
  const awaited = document.querySelector("main .awaited");
  if (!awaited) {
    restore(what);
    return;
  }
  const whole = () => {
    if (awaited.isConnected) return;
    document.removeEventListener("htmx:after:swap", whole);
    setTimeout(restore, 0, what);
  };
  document.addEventListener("htmx:after:swap", whole);
}

const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
if (!person && kept) {
  sessionStorage.setItem(KEPT, JSON.stringify({ ...kept, isOver: true }));
} else if (kept) {
  sessionStorage.removeItem(KEPT);
  if (kept.isOver && kept.person === person && kept.page === here()) restoreOnceWhole(kept);
}
addEventListener("pagehide", keep);

/* --- Forms with a place of their own: what is typed there outlives a reload, until it is sent. --- */
const KEEP_AFTER_MS = 700;
const LEFT_OUT = "[type=password], [type=file], [type=submit], [type=button], button, fieldset, output, [name=csrf], [name=draft], [name=version], [name=base]";
const PLACE = "input[name=draft][value^='/']";  // another one is the key of a kept order
const seen = new Set();
let waiting = null;
let sending = null;
const placeOf = (form) => form?.querySelector(PLACE)?.value;
const parts = (form) => [...form.elements].filter((one) => one.name && !one.matches(LEFT_OUT));
const isMark = (one) => one.matches("[type=checkbox], [type=radio]");

/** Returns what a form says as texts: names, and of those that are marks whether they are set. */
function told(form) {
  const all = parts(form);
  const isOther = all.some((one) => !one.matches("[type=hidden]") && isTyped(one));
  return isOther ? JSON.stringify(all.map((one) => [one.name, one.value, isMark(one) && one.checked])) : "";
}
function asForm(form, typed) {
  return new URLSearchParams({ csrf: form.querySelector("[name=csrf]").value, place: placeOf(form), typed });
}
async function send(form, typed) {
  waiting = null;
  sending = new AbortController();
  try {
    await fetch("/typed", { method: "POST", body: asForm(form, typed), signal: sending.signal, redirect: "error" });
  } catch {
    // Without a connection nothing is kept; the form itself still has all that was typed.
  }
}
function stop() {
  clearTimeout(waiting?.timer);
  waiting = null;
  sending?.abort();
}
function follow(event) {
  const form = event.target.form;
  if (!placeOf(form)) return;
  clearTimeout(waiting?.timer);
  waiting = { form, timer: setTimeout(() => send(form, told(form)), KEEP_AFTER_MS) };
}
document.addEventListener("input", follow);
document.addEventListener("change", follow);
document.addEventListener("submit", (event) => { if (placeOf(event.target)) stop(); }, true);
addEventListener("pagehide", () => {
  if (waiting?.form.isConnected) navigator.sendBeacon("/typed", asForm(waiting.form, told(waiting.form)));
  stop();
});
document.addEventListener("click", (event) => {
  const form = event.target.closest?.("[data-cancel]")?.closest("form");
  if (placeOf(form)) {
    stop();
    send(form, "");
  }
}, true);

function put(form, typed) {
  const rest = parts(form);
  for (const [name, value, isSet] of typed) {
    const at = rest.findIndex((one) => one.name === name && (!isMark(one) || one.value === value));
    if (at < 0) continue;
    const [field] = rest.splice(at, 1);
    if (isMark(field)) field.checked = isSet;
    else field.value = value;
    if (field.matches("[type=hidden]")) continue;
    if (isTyped(field)) field.closest("details")?.setAttribute("open", "");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
async function bring(form) {
  const place = placeOf(form);
  if (!place || seen.has(place)) return;
  seen.add(place);
  const answer = await fetch(`/typed?place=${encodeURIComponent(place)}`, { headers: { "HX-Request": "true" } });
  if (answer.status !== 200 || !form.isConnected) return;
  const notice = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-typed-here]");
  if (!notice || parts(form).some((one) => !one.matches("[type=hidden]") && isTyped(one))) return;
  put(form, JSON.parse(notice.dataset.typedHere));
  stop();
  notice.removeAttribute("data-typed-here");
  notice.querySelector("[data-discard-typed]").addEventListener("click", async () => {
    stop();
    await send(form, "");
    location.reload();
  });
  form.before(notice);
  document.dispatchEvent(new CustomEvent("trunkline:say", { detail: notice.querySelector("p").textContent }));
}
// A page that says what is wrong shows what was sent just now; what was kept before is older.
const isRefused = performance.getEntriesByType("navigation")[0]?.responseStatus >= 400;
for (const one of document.querySelectorAll(PLACE)) isRefused ? seen.add(one.value) : bring(one.form);
document.addEventListener("htmx:after:swap", () => {
  for (const one of document.querySelectorAll(PLACE)) bring(one.form);
});
