// The timeline's comforts: keys lead to the composer, files are dropped and pasted, what is typed
// outlives a reload, and a name behind an @ is offered. All listeners sit on the document.
const composer = () => document.querySelector("[data-composer]");
const KEPT = "trunkline-note ";

function compose(what) {
  const radio = document.getElementById(`compose-${what}`);
  if (!radio) return false;
  radio.checked = true;
  const field = composer().querySelector(`.new-${what} textarea, .new-${what} input:not([type=hidden])`);
  field.focus();
  field.scrollIntoView({ block: "center" });
  return true;
}
document.addEventListener("trunkline:key", (event) => {
  const what = { "detail.note": "note", "detail.task": "task" }[event.detail.action];
  if (!what) return;
  if (compose(what)) {
    event.preventDefault();
    return;
  }
  const tab = document.querySelector(".tabs a[href$='?tab=timeline']:not([aria-current])");
  if (tab) {
    event.preventDefault();
    location.assign(`${tab.href}#compose-${what}`);
  }
});

/* Ctrl or Command and Enter sends what is being written. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.(".composer form, form.again");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
}, true);

/* A note that is not sent yet is there again after a reload. */
document.addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-kept]");
  if (field) sessionStorage.setItem(KEPT + field.closest("[data-composer]").dataset.composer, field.value);
});
const WANTED = /^#compose-(note|task)$/;
function restore() {
  const place = composer();
  const timeline = place ? null : document.querySelector(".tabs a[href$='?tab=timeline']:not([aria-current])");
  if (timeline && WANTED.test(location.hash)) location.replace(timeline.href + location.hash);
  const field = place?.querySelector("[data-kept]");
  if (!field || field.dataset.restored) return;
  field.dataset.restored = "yes";
  const kept = sessionStorage.getItem(KEPT + place.dataset.composer);
  if (kept && !field.value) field.value = kept;
  const wanted = location.hash.match(WANTED);
  if (wanted) {
    history.replaceState(history.state, "", location.pathname + location.search);
    compose(wanted[1]);
  }
}
document.addEventListener("htmx:before:request", (event) => {
  const form = event.target.closest?.("form.new-note");
  if (form) sessionStorage.removeItem(KEPT + form.closest("[data-composer]").dataset.composer);
});
document.addEventListener("htmx:after:swap", restore);
restore();

/* Files come by dropping, by pasting, or by the button. */
function send(files) {
  const input = composer()?.querySelector(".new-file input[type=file]");
  if (!input || !files.length) return false;
  const chosen = new DataTransfer();
  for (const one of files) chosen.items.add(one);
  input.files = chosen.files;
  input.form.requestSubmit();
  return true;
}
const zone = (event) => event.target.closest?.(".timeline");
const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  const place = zone(event);
  document.querySelector(".timeline.dropping")?.classList.toggle("dropping", Boolean(place));
  if (!place || !composer()) return;
  event.preventDefault();
  place.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.querySelector(".timeline.dropping")?.classList.remove("dropping");
});
document.addEventListener("drop", (event) => {
  const place = zone(event);
  place?.classList.remove("dropping");
  if (place && hasFiles(event) && send([...event.dataTransfer.files])) event.preventDefault();
});
document.addEventListener("paste", (event) => {
  if (!zone(event)) return;
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length && send(files)) event.preventDefault();
});

/* Names: what stands behind an @ before the cursor is looked up among the people. */
let list = null;
let asked = 0;
const NAME = /(^|[^\w@.])@([\w.-]*)$/;
function close() {
  list?.remove();
  list = null;
}
function take(option) {
  const field = list.field;
  const end = field.selectionStart;
  const start = end - field.value.slice(0, end).match(NAME)[2].length;
  field.setRangeText(`${option.dataset.login} `, start, end, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  close();
  field.focus();
}
function choose(option) {
  for (const one of list.querySelectorAll("[aria-selected=true]")) one.setAttribute("aria-selected", "false");
  option.setAttribute("aria-selected", "true");
  list.field.setAttribute("aria-activedescendant", option.id);
}
function offer(field, people) {
  close();
  if (!people.length) return;
  list = document.createElement("div");
  list.className = "names";
  list.id = "names";
  list.setAttribute("role", "listbox");
  list.field = field;
  people.forEach((one, at) => {
    const option = document.createElement("div");
    option.id = `name-${at}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.login = one.value;
    option.textContent = `${one.textContent} @${one.value}`;
    option.addEventListener("mousedown", (event) => { event.preventDefault(); take(option); });
    list.append(option);
  });
  field.parentElement.insertBefore(list, field.nextSibling);
  field.setAttribute("aria-controls", "names");
  choose(list.firstChild);
}
document.addEventListener("input", async (event) => {
  const field = event.target.closest?.("textarea[data-names]");
  if (!field) return;
  const found = field.value.slice(0, field.selectionStart).match(NAME);
  if (!found) return close();
  const mine = ++asked;
  const answer = await fetch(`/my-tasks/people?q=${encodeURIComponent(found[2])}`);
  if (mine !== asked || !answer.ok) return;
  const page = new DOMParser().parseFromString(`<datalist>${await answer.text()}</datalist>`, "text/html");
  offer(field, [...page.querySelectorAll("option")]);
});
document.addEventListener("keydown", (event) => {
  if (!list || event.target !== list.field) return;
  const options = [...list.children];
  const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) choose(options[(at + step + options.length) % options.length]);
  else if (event.key === "Enter" || event.key === "Tab") take(options[at]);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
document.addEventListener("focusout", (event) => {
  if (list && event.target === list.field) close();
});
