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

const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
if (!person && kept) {
  sessionStorage.setItem(KEPT, JSON.stringify({ ...kept, isOver: true }));
} else if (kept) {
  sessionStorage.removeItem(KEPT);
  if (kept.isOver && kept.person === person && kept.page === here()) restore(kept);
}
addEventListener("pagehide", keep);
