// Forms: look-ups as one types, drafts kept while one types, focus after each step. All of it is
// bound once to the document; every form works without it.
const FIND_AFTER_MS = 120;
const KEEP_AFTER_MS = 900;

// --- Look-ups -------------------------------------------------------------------------------

let asked = 0;

function partsOf(input) {
  const box = input.closest("[data-look-up]");
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  return { box, list: box.querySelector("[role=listbox]"), part };
}

async function find(input) {
  const address = partsOf(input).box.dataset.lookUp;
  const mine = ++asked;
  const query = (address.includes("?") ? "&" : "?") + new URLSearchParams({ q: input.value });
  const answer = await fetch(address + query, { headers: { "HX-Request": "true" } });
  if (mine !== asked || !answer.ok || document.activeElement !== input) return;
  const choices = await answer.text();
  const { list } = partsOf(input); // the form may have been drawn anew since
  list.innerHTML = choices;
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
  point(input, input.value ? 0 : -1);
  say(list.querySelectorAll("[role=option]").length);
}

function say(count) {
  const status = document.getElementById("status");
  if (status) status.textContent = String(count);
}

function optionsOf(input) {
  return [...partsOf(input).list.querySelectorAll("[role=option]")];
}

function point(input, index) {
  const options = optionsOf(input);
  options.forEach((one, at) => one.setAttribute("aria-selected", String(at === index)));
  const chosen = options[index];
  if (chosen) {
    input.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  } else {
    input.removeAttribute("aria-activedescendant");
  }
}

function close(input) {
  const { list } = partsOf(input);
  asked += 1;
  list.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function pick(input, option) {
  const { part } = partsOf(input);
  input.value = option.dataset.label;
  part("shown").value = option.dataset.label;
  part("id").value = option.dataset.id;
  part("name").value = option.dataset.label;
  part("kind").value = option.dataset.kind;
  close(input);
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

const waiting = new WeakMap();
const isLookUp = (element) => element.matches?.("[data-look-up] [role=combobox]");

document.addEventListener("input", (event) => {
  if (!isLookUp(event.target)) return;
  const input = event.target;
  clearTimeout(waiting.get(input));
  waiting.set(input, setTimeout(() => find(input), FIND_AFTER_MS));
});

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!isLookUp(input)) return;
  const isOpen = input.getAttribute("aria-expanded") === "true";
  const options = optionsOf(input);
  const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (!isOpen) find(input);
    else point(input, (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length);
  } else if (event.key === "Enter" && isOpen && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    if (options[at]) pick(input, options[at]);
  } else if (event.key === "Escape" && isOpen) {
    event.preventDefault();
    event.stopPropagation();
    close(input);
  }
}, true);

document.addEventListener("mousedown", (event) => {
  const option = event.target.closest("[data-look-up] [role=option]");
  if (!option) return;
  event.preventDefault();
  pick(option.closest("[data-look-up]").querySelector("[role=combobox]"), option);
});

document.addEventListener("focusout", (event) => {
  if (isLookUp(event.target)) close(event.target);
});

// --- Attachments ----------------------------------------------------------------------------

const ATTACHED_BYTES_MAX = 200 * 1024;

document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches?.("[data-attach]")) return;
  const file = input.files[0];
  const box = input.closest("[data-attached]");
  const isTooLarge = Boolean(file) && file.size > ATTACHED_BYTES_MAX;
  input.setCustomValidity(isTooLarge ? input.dataset.tooLarge : "");
  if (!file || isTooLarge) {
    input.reportValidity();
    return;
  }
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    const part = (name) => box.querySelector(`[name$='"${name}"]']`);
    part("name").value = file.name;
    part("mimeType").value = file.type || "application/octet-stream";
    const content = part("content");
    content.value = reader.result.slice(reader.result.indexOf(",") + 1);
    content.dispatchEvent(new Event("change", { bubbles: true }));
  });
  reader.readAsDataURL(file);
});

// --- Drafts ---------------------------------------------------------------------------------

let keeping = null;
let typed = null;
let sending = null;

function body(form) {
  return new URLSearchParams(new FormData(form));
}

async function keep(form) {
  keeping = null;
  sending = new AbortController();
  try {
    const answer = await fetch(`${form.dataset.form}/draft`, {
      method: "POST", body: body(form), headers: { "HX-Request": "true" }, signal: sending.signal,
      redirect: "error",
    });
    const place = document.getElementById("kept");
    // 204: the session is over; whoever sends the form next is led to the sign-in and back.
    if (answer.ok && answer.status !== 204 && place) place.textContent = (await answer.text()).trim();
  } catch {
    // Without a connection nothing is kept; the form itself still has all that was typed.
  }
  sending = null;
}

function changed(event) {
  const form = event.target.closest?.("form[data-form]");
  if (!form) return;
  typed = form;
  clearTimeout(keeping);
  keeping = setTimeout(() => keep(form), KEEP_AFTER_MS);
}
document.addEventListener("input", changed);
document.addEventListener("change", changed);

function stopKeeping() {
  clearTimeout(keeping);
  keeping = null;
  sending?.abort();
}

document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-form]") && !event.defaultPrevented) stopKeeping();
});

function keepNow() {
  if (keeping === null || !typed?.isConnected) return;
  clearTimeout(keeping);
  keeping = null;
  navigator.sendBeacon(`${typed.dataset.form}/draft`, body(typed));
}
addEventListener("pagehide", keepNow);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") keepNow();
});

// --- One step at a time: what is done while the server answers is done again on its answer -----

let busy = null; // the request of the form that is under way; a part beside it asks for itself
let held = [];
let before = null;
let after = null;
let from = null; // who had the focus when it was asked: who has moved on since stays there
let looking = null;
let step = null;
let several = "";

const inputs = () => document.querySelectorAll("#form input[id], #form textarea[id], #form select[id]");
const isOfForm = (event) => (event.detail?.ctx?.target ?? event.target)?.id === "form";
const twin = (name, value) => document.querySelector(`#form [name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);

function hold(event) {
  const field = event.target.closest?.("#form [name]");
  if (!busy || !field) return;
  const isStep = event.type === "click" && field.name === "step";
  if (event.type === "click" && !isStep) return;
  event.stopImmediatePropagation();
  if (isStep) event.preventDefault();
  const { id, name, value, checked } = field;
  held.push({ isStep, id, name, value, checked });
}
document.addEventListener("click", hold, true);
document.addEventListener("change", hold, true);

function release() {
  const next = held.findIndex((one) => one.isStep);
  const changes = held.slice(0, next < 0 ? held.length : next);
  const fields = changes.map(changeAgain).filter(Boolean);
  const asking = fields.findLast((one) => one.hasAttribute("hx-post")) ?? fields.at(-1);
  held = held.slice(changes.length);
  if (asking) asking.dispatchEvent(new Event("change", { bubbles: true }));
  if (asking?.hasAttribute("hx-post") || !held.length) return;
  const step = held.shift();
  const button = twin(step.name, step.value);
  if (button) button.click();
  else release();
}

function changeAgain(one) {
  const field = one.id ? document.getElementById(one.id) : twin(one.name, one.value);
  if (field?.matches("[type=checkbox], [type=radio]")) field.checked = one.checked;
  else if (field) field.value = one.value;
  return field;
}

document.addEventListener("htmx:before:request", (event) => {
  if (!isOfForm(event)) return;
  busy = event.detail?.ctx ?? event;
  from = document.activeElement;
  before = new Map([...inputs()].map((one) => [one.id, one.value]));
});

document.addEventListener("htmx:finally:request", (event) => {
  const ended = event.detail?.ctx;
  if (!isOfForm(event) || ended !== busy) return;
  setTimeout(() => {
    if (ended !== busy) return;
    busy = before = after = step = null;
    release();
  }, 0);
});

// --- Steps: what was typed while the server answered stays, and focus goes on ----------------

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (!button) return;
  step = button.value;
  several = button.closest(".several")?.id ?? "";
}, true);

document.addEventListener("htmx:before:swap", (event) => {
  if (!isOfForm(event)) return;
  after = new Map();
  for (const one of inputs()) {
    if (before?.has(one.id) && before.get(one.id) !== one.value) after.set(one.id, one.value);
  }
  const active = document.activeElement;
  if (active !== from) step = null;
  looking = isLookUp(active) && active.getAttribute("aria-expanded") === "true" ? active : null;
});

document.addEventListener("htmx:after:swap", (event) => {
  if (!isOfForm(event)) return;
  for (const [id, value] of after ?? []) {
    const one = document.getElementById(id);
    if (one) one.value = value;
  }
  before = after = null;
  if (step) goOn(step);
  step = null;
  // The form that came has no open choices; who was among them finds them again.
  if (looking && looking === document.activeElement) find(looking);
  looking = null;
});

function anchor(path) {
  return `at-${path.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "")}`;
}

function goOn(done) {
  const [verb, path] = [done.slice(0, done.indexOf(":")), done.slice(done.indexOf(":") + 1)];
  const named = anchor(verb === "drop" ? path.replace(/\[\d+\]$/, "") : path);
  const place = document.getElementById(verb === "more" ? several : named);
  if (!place) return;
  const first = "input:not([type=hidden]), select, textarea";
  let target = place.querySelector(first);
  if (verb === "add" || verb === "more") target = [...place.querySelectorAll(":scope > .item")].at(-1)?.querySelector(first);
  if (verb === "drop") target = place.querySelector(":scope > .add");
  if (verb === "close") target = place.querySelector("button");
  (target ?? place).focus();
  typed = document.getElementById("form");
  if (typed) changed({ target: typed });
}

// --- Problems: a link of the summary opens what its field is folded into ----------------------

document.addEventListener("click", (event) => {
  const link = event.target.closest(".summary a[href^='#'], .conflict a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  for (let one = field.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
  field.focus();
  field.scrollIntoView({ block: "center" });
});

// --- A fact that is changed where it stands ---------------------------------------------------

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-inline]");
  if (!form || event.defaultPrevented) return;
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    form.querySelector("[data-cancel]").click();
  }
}, true);

document.addEventListener("htmx:after:swap", () => {
  const open = document.querySelector("form[data-inline]");
  if (open && !open.contains(document.activeElement)) {
    const first = open.querySelector("[aria-invalid=true]") ?? open.querySelector("input:not([type=hidden]), select, textarea");
    first?.focus();
    first?.select?.();
  }
  for (const saved of document.querySelectorAll("template[data-saved]")) {
    const { saved: text, undo, undoTitle, undone, version, name } = saved.dataset;
    saved.remove();
    document.getElementById(`fact-${name}`)?.querySelector(".fact-edit")?.focus();
    const run = () => takeBack(undo, version, name, undone);
    document.dispatchEvent(new CustomEvent("trunkline:toast", { detail: { text, act: { title: undoTitle, run } } }));
  }
});

async function takeBack(address, version, name, told) {
  const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";
  const answer = await fetch(address, {
    method: "POST", body: new URLSearchParams({ csrf, version, name }), headers: { "HX-Request": "true" },
  });
  const place = document.getElementById(`fact-${name}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById(`fact-${name}`);
  if (answer.ok && now && place) {
    place.replaceWith(now);
    htmx.process(now);
    now.querySelector(".fact-edit")?.focus();
    document.dispatchEvent(new CustomEvent("trunkline:toast", { detail: { text: told, seconds: 5 } }));
  } else {
    const text = page.querySelector("main p:not(.code)")?.textContent ?? "";
    document.dispatchEvent(new CustomEvent("trunkline:toast", { detail: { text } }));
  }
}
