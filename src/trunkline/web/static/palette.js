// The search box: finds records as one types, and the pages and actions of the visitor. A combobox
// with a list box; without this script the form leads to a page with what is found.
const DEBOUNCE_MS = 60;
const COMMANDS_MAX = 6;
const OFFERED_MAX = 10;
const RECENT_MAX = 8;
const RECENT = "trunkline-recent";
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
const recent = () => JSON.parse(localStorage.getItem(RECENT) ?? "[]");

const seen = document.querySelector("[data-record-key]")?.dataset.recordKey;
if (seen) {
  const keys = [seen, ...recent().filter((one) => one !== seen)].slice(0, RECENT_MAX);
  localStorage.setItem(RECENT, JSON.stringify(keys));
}

const named = (control) => control.textContent.trim().replace(/\s+/g, " ");
/** The controls by which the page offers to do something with the record that it shows. */
function doings() {
  const all = document.querySelectorAll("main :is(.doings, .peek-do, .one-do) :is(a[href], button)");
  return [...all].filter((one) => named(one) && !one.disabled && !one.closest("[hidden], [popover]"));
}
function doIt(control, isNew) {
  if (isNew && control.href) {
    window.open(control.href, "_blank", "noopener");
    return;
  }
  for (let one = control.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
  control.focus();
  control.click();
}
/** Tells whether each typed word begins one of a text. */
function fitsFor(text) {
  const asked = fold(text).split(/\s+/).filter(Boolean);
  return (other) => {
    const words = fold(other).split(/[^\p{L}\p{N}]+/u);
    return asked.every((one) => words.some((word) => word.startsWith(one)));
  };
}

async function part(address, signal) {
  const answer = await fetch(address, { signal, headers: { "HX-Request": "true" } });
  if (answer.headers.get("HX-Redirect")) location.assign("/sign-in");
  if (!answer.ok || answer.status === 204) return document.createElement("div");
  const made = document.createElement("div");
  made.innerHTML = new DOMParser().parseFromString(await answer.text(), "text/html").body.innerHTML;
  return made;
}

class Palette extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.list = document.createElement("div");
    Object.assign(this.list, { id: "found", className: "found", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.input.getAttribute("aria-label"));
    this.append(this.list);
    const told = {
      role: "combobox", "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list",
    };
    for (const [name, value] of Object.entries(told)) this.input.setAttribute(name, value);
    this.found = Promise.resolve();
    this.commands = null;
    this.input.addEventListener("focus", (event) => {
      this.before = event.relatedTarget;
      this.ask(0);
    });
    this.input.addEventListener("input", () => this.ask(DEBOUNCE_MS));
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.click(event));
    this.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.enter();
    });
    this.addEventListener("focusout", (event) => {
      if (!this.contains(event.relatedTarget)) this.close();
    });
    // Whoever was quicker than this script is in the box already, and may have typed.
    if (document.activeElement === this.input) this.ask(0);
  }

  get options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  /** Asks for what the text finds; a text that is changed meanwhile is asked for alone. */
  ask(pause) {
    const text = this.input.value.trim();
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.found = this.show(text, pause, signal).catch((error) => {
      if (error.name !== "AbortError") this.close();
    });
  }

  async show(text, pause, signal) {
    this.commands ??= part("/shell/commands").then((made) => made.firstElementChild);
    const commands = await this.commands;
    if (!signal.aborted) this.render(text, [], commands, true);
    if (pause) await new Promise((done) => { setTimeout(done, pause); });
    if (signal.aborted) return;
    const keys = recent().join(",");
    const address = text ? `/shell/found?q=${encodeURIComponent(text)}` : `/shell/found?recent=${encodeURIComponent(keys)}`;
    const made = text || keys ? await part(address, signal) : document.createElement("div");
    if (!signal.aborted) this.render(text, [...made.querySelectorAll("[data-group]")], commands, false);
  }

  render(text, groups, commands, waits) {
    if (document.activeElement !== this.input) return;
    const fitting = [...this.offered(text), ...this.fitting(text, commands)];
    const exact = groups.filter((one) => "exact" in one.dataset);
    const others = groups.filter((one) => !("exact" in one.dataset));
    const shown = text ? [...exact, ...fitting, ...others] : [...groups, ...fitting];
    if (waits && text && !this.list.hidden) return;
    this.list.replaceChildren(...shown);
    this.options.forEach((one, place) => { one.id = `found-${place}`; });
    if (!shown.length) {
      const none = document.createElement("div");
      none.className = "none";
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      none.textContent = waits ? commands?.dataset.waits ?? "" : commands?.dataset.nothing ?? "";
      this.list.replaceChildren(none);
    }
    this.shownFor = waits ? null : text;
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark(text ? this.options[0] : null);
    if (text && !waits && commands) {
      const count = shown.length ? this.options.length : 0;
      const words = count === 1 ? commands.dataset.countOne : commands.dataset.countMany.replace("%(count)s", count);
      document.dispatchEvent(new CustomEvent("trunkline:say", { detail: count ? words : commands.dataset.nothing }));
    }
  }

  /** Returns what the page offers to do with the open record, under its name. */
  offered(text) {
    const head = document.querySelector("main [data-record-key]");
    if (!head) return [];
    const fits = fitsFor(text);
    const some = doings().filter((one) => fits(named(one))).slice(0, OFFERED_MAX);
    if (!some.length) return [];
    const group = document.createElement("div");
    const title = group.appendChild(document.createElement("div"));
    const { recordKey, recordLabel } = head.dataset;
    title.textContent = recordLabel && recordLabel !== recordKey ? `${recordKey} · ${recordLabel}` : recordKey;
    title.setAttribute("role", "presentation");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", title.textContent);
    for (const one of some) {
      const option = group.appendChild(document.createElement("div"));
      option.setAttribute("role", "option");
      option.control = one;
      const what = option.appendChild(document.createElement("span"));
      what.className = "what";
      what.textContent = named(one);
    }
    return [group];
  }

  /** Returns the pages and actions of which each typed word begins one. */
  fitting(text, commands) {
    if (!commands) return [];
    const fits = fitsFor(text);
    const all = [...commands.querySelectorAll("[role=option]")];
    const some = (text ? all.filter((one) => fits(one.textContent)) : all.filter((one) => "first" in one.dataset)).slice(0, COMMANDS_MAX);
    if (!some.length) return [];
    const group = commands.cloneNode(false);
    group.append(commands.querySelector("[role=presentation]").cloneNode(true), ...some.map((one) => one.cloneNode(true)));
    return [group];
  }

  mark(option) {
    for (const one of this.options) one.setAttribute("aria-selected", String(one === option));
    if (option && !option.hasAttribute("aria-disabled")) {
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  get marked() {
    return this.list.querySelector("[role=option][aria-selected=true]:not([aria-disabled])");
  }

  press(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (this.list.hidden) return this.ask(0);
      const all = this.options;
      const at = all.indexOf(this.marked);
      this.mark(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length]);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.enter(event);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (this.list.hidden) this.leave();
      else if (this.input.value) { this.input.value = ""; this.ask(0); }
      else { this.close(); this.leave(); }
    }
  }

  /** Goes back to where one was before the box. */
  leave() {
    if (this.before?.isConnected) this.before.focus();
    else this.input.blur();
  }

  /** Opens the marked option, once what was typed last is found. */
  async enter(event) {
    const isNew = Boolean(event?.ctrlKey || event?.metaKey);
    if (this.shownFor !== this.input.value.trim()) await this.found;
    const option = this.marked;
    if (option) return this.run(option, isNew);
    const text = this.input.value.trim();
    if (text) location.assign(`/go?q=${encodeURIComponent(text)}`);
    return undefined;
  }

  click(event) {
    const option = event.target.closest("[role=option]");
    if (!option || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (!option.hasAttribute("aria-disabled")) this.run(option, false);
  }

  run(option, isNew) {
    const { choose, act } = option.dataset;
    if (option.control) {
      this.input.value = "";
      this.close();
      this.input.blur();
      doIt(option.control, isNew);
      return;
    }
    if (choose) {
      document.dispatchEvent(new CustomEvent("trunkline:choose", { detail: choose.split(" ") }));
    } else if (act) {
      document.querySelector(`[data-key-action~="${act}"]`)?.click();
    } else if (isNew) {
      window.open(option.href, "_blank", "noopener");
    } else {
      location.assign(option.href);
    }
    if (!isNew) {
      this.input.value = "";
      this.close();
      this.input.blur();
    }
  }

  close() {
    this.asking?.abort();
    this.shownFor = null;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
customElements.define("trunkline-palette", Palette);
