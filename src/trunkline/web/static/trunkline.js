// The shell's comforts; every page works without them. All listeners sit on the document, so what
// is swapped in needs no binding. Other scripts ask by events: `trunkline:toast` {text, act, seconds},
// `trunkline:say` text, `trunkline:choose` [name, value], `trunkline:unpeek` {place, row}.
const root = document.documentElement;
const status = () => document.getElementById("status");
const csrf = () => document.querySelector("meta[name=csrf]")?.content ?? "";

/** Says something to people who listen to the page. */
function say(text) {
  const region = status();
  if (!region || !text) return;
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 50);
}

/** Shows a short note for some seconds; `act` is {title, run} of a button on it. */
function toast(text, act, seconds = 10) {
  const note = document.createElement("div");
  note.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  note.append(words);
  const button = (title, run, action) => {
    const one = document.createElement("button");
    one.type = "button";
    one.textContent = title;
    if (action) one.dataset.keyAction = action;
    one.addEventListener("click", () => { note.remove(); run?.(); });
    note.append(one);
  };
  if (act) button(act.title, act.run, "undo");
  document.getElementById("toasts")?.append(note);
  say(text);
  setTimeout(() => note.remove(), seconds * 1000);
}
/* What may be undone for ten seconds goes after them. */
for (const passing of document.querySelectorAll("[data-passing]")) {
  setTimeout(() => passing.remove(), 10_000);
}
document.addEventListener("trunkline:say", (event) => say(event.detail));
document.addEventListener("trunkline:toast", (event) => {
  const { text, act, seconds } = event.detail;
  toast(text, act, seconds);
});
/* The pane beside a list closes, and the focus is back on its row. */
document.addEventListener("trunkline:unpeek", (event) => {
  const { place, row } = event.detail;
  place.hidden = true;
  place.replaceChildren();
  row?.classList.remove("peeked");
  (row?.querySelector("a.row") ?? document.getElementById("content"))?.focus();
});
document.addEventListener("trunkline:choose", (event) => choose(...event.detail));

/* Announcements and focus, on purpose, after each page and each swap. */
function announce(place) {
  const found = place.matches?.("[data-announce]") ? place : place.querySelector?.("[data-announce]");
  if (found) say(found.dataset.announce || found.textContent.trim().replace(/\s+/g, " "));
}
announce(document.body);
document.addEventListener("htmx:after:swap", (event) => {
  const place = event.detail?.ctx?.target ?? event.target;
  const now = place?.isConnected ? place : document.getElementById(place?.id ?? "") ?? document.body;
  announce(now);
  const wanted = now.querySelector?.("[data-focus]");
  if (wanted) {
    wanted.focus();
  } else if (document.activeElement === document.body && now !== document.body) {
    const heading = now.querySelector("h1, h2, h3") ?? now;
    if (!heading.hasAttribute("tabindex")) heading.tabIndex = -1;
    if (now.dataset.keepFocus === undefined) heading.focus({ preventScroll: true });
  }
});

/* A rule is checked as it is typed; what is wrong with it stands at its field. */
let ruling = 0;
async function rule(field) {
  const asked = new URLSearchParams({ as: field.dataset.rule, text: field.value });
  const answer = await fetch(`/rule/check?${asked}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok || !field.isConnected || field.value !== asked.get("text")) return;
  const place = field.closest(".field") ?? field.parentElement;
  let told = place.querySelector("[data-ruled]");
  if (!told) {
    told = document.createElement("div");
    told.dataset.ruled = "";
    told.id = `${field.id}-ruled`;
    told.setAttribute("aria-live", "polite");
    place.append(told);
    field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${told.id}`.trim());
  }
  told.innerHTML = new DOMParser().parseFromString(await answer.text(), "text/html").body.innerHTML;
  field.setAttribute("aria-invalid", String(Boolean(told.querySelector(".wrong"))));
}
document.addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-rule]");
  if (!field) return;
  clearTimeout(ruling);
  ruling = setTimeout(rule, 300, field);
});

/* What opens stays inside the window: where it would stand over its edge it is moved back. */
document.addEventListener("toggle", (event) => {
  const drop = event.target;
  if (!drop.open || !drop.matches?.("details.drop")) return;
  drop.querySelector("[data-first]")?.focus();
  const sheet = drop.querySelector(":scope > .sheet");
  if (!sheet) return;
  sheet.style.translate = "";
  const { left, right } = sheet.getBoundingClientRect();
  const over = Math.max(0, right + 8 - document.documentElement.clientWidth);
  const move = left - over < 8 ? 8 - left : -over;
  if (left < 0 || over > 8) sheet.style.translate = `${move}px 0`;
}, true);

/* What opens from the bar closes with Escape and a click elsewhere. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details[data-drop][open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details[data-drop][open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

/* What is made most often stands first under “New”; the browser counts, nobody else. */
const used = () => JSON.parse(localStorage.getItem("trunkline-used") ?? "{}");
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-use]");
  if (link) {
    const counts = used();
    counts[link.dataset.use] = (counts[link.dataset.use] ?? 0) + 1;
    localStorage.setItem("trunkline-used", JSON.stringify(counts));
  }
  const rest = event.target.closest?.("[data-show-rest]");
  if (rest) {
    const list = rest.parentElement.querySelector("ul");
    list.classList.add("all");
    rest.remove();
    list.querySelector(".rest a")?.focus();
  }
});
for (const list of document.querySelectorAll("[data-used]")) {
  const counts = used();
  const count = (line) => counts[line.querySelector("a").dataset.use] ?? 0;
  const lines = [...list.children].sort((one, other) => count(other) - count(one));
  lines.forEach((line, place) => line.classList.toggle("rest", place >= 8));
  list.replaceChildren(...lines);
}

/* The menu folds and stays so, and on a phone it is a drawer. */
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-fold]");
  if (!button) return;
  const folded = root.dataset.menu !== "folded";
  if (folded) root.dataset.menu = "folded"; else delete root.dataset.menu;
  button.setAttribute("aria-pressed", String(folded));
  const safe = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `trunkline-menu=${folded ? "folded" : ""}; Path=/; Max-Age=31536000; SameSite=Lax${safe}`;
});

/* Choices of the person hold at once; only another language asks for the page anew. */
document.addEventListener("submit", async (event) => {
  const form = event.target.closest?.("form[data-quick]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  await choose(form.dataset.quick, event.submitter.value);
});

/** Keeps one choice of the person and shows the page by it. */
async function choose(name, value) {
  const body = new URLSearchParams({ csrf: csrf(), [name]: value });
  const answer = await fetch("/preferences/quick", { method: "POST", body, redirect: "manual" });
  if (answer.type !== "opaqueredirect" && !answer.ok) return;
  if (name === "language" || name === "shortcuts") {
    location.reload();
    return;
  }
  root.dataset[name] = value;
  for (const one of document.querySelectorAll(`form[data-quick="${name}"] button`)) {
    one.setAttribute("aria-pressed", String(one.value === value));
  }
}

/* Counts of the queues: asked while the page is looked at; nothing comes where nothing moved. */
const COUNT_EVERY_MS = 20_000;
let mark = sessionStorage.getItem("trunkline-mark");
function showCounts(counts) {
  for (const badge of document.querySelectorAll("[data-count]")) {
    const count = counts[badge.dataset.count] ?? 0;
    badge.hidden = !count;
    badge.textContent = count >= 1000 ? "999+" : String(count);
  }
}
async function count() {
  if (document.hidden || !document.querySelector("[data-count]")) return;
  const headers = mark ? { "If-None-Match": mark } : {};
  try {
    const answer = await fetch("/shell/counts", { headers, cache: "no-store" });
    if (answer.status !== 200) return;
    const text = await answer.text();
    mark = answer.headers.get("ETag");
    sessionStorage.setItem("trunkline-mark", mark ?? "");
    sessionStorage.setItem("trunkline-counts", text);
    showCounts(JSON.parse(text));
  } catch {
    // The next time will do.
  }
}
if (csrf()) {
  showCounts(JSON.parse(sessionStorage.getItem("trunkline-counts") ?? "{}"));
  count();
  setInterval(count, COUNT_EVERY_MS);
  document.addEventListener("visibilitychange", count);
} else {
  const typed = document.querySelector("[data-over]") ? sessionStorage.getItem("trunkline-typed") : null;
  sessionStorage.clear();
  if (typed) sessionStorage.setItem("trunkline-typed", typed);
  localStorage.removeItem("trunkline-recent");
}

/* One box for all boxes of a column. */
document.addEventListener("change", (event) => {
  const name = event.target.dataset.all;
  if (!name || !event.target.form) return;
  for (const box of event.target.form.querySelectorAll("input[type=checkbox]")) {
    if (box.name === name) box.checked = event.target.checked;
  }
});

/* What is shown once is copied by a button, where the browser lets pages copy. */
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
  toast(document.body.dataset.copied, null, 3);
});
