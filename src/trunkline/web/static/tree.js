// <lazy-tree>: a tree whose branches are fetched when they are opened (`data-children` of an item).
// Arrows, Home, End, letters and Enter as in any tree; M opens "Move to …" of an item, and an item
// that is `data-movable` may be dragged onto one that takes its `data-kind` (`data-takes`): the form
// named by `data-form` is then sent to `{data-address}/place`. What is open is kept under `data-keep`;
// `data-path` of the entry shown says where to ask what is to be opened to see it, line by line.
const items = (root) => [...root.querySelectorAll("[role=treeitem]")];
const group = (item) => item.querySelector(":scope > [role=group]");
const above = (item) => item.parentElement.closest("[role=treeitem]");

class LazyTree extends HTMLElement {
  connectedCallback() {
    const fold = this.closest("details");
    if (fold && matchMedia("(max-width: 900px)").matches) fold.open = false;
    this.dragged = null;
    for (const kind of ["click", "keydown", "focusin", "dragstart", "dragover", "dragleave", "drop", "dragend"]) {
      this.addEventListener(kind, (event) => this[kind]?.(event));
    }
    this.choose(location.pathname);
    const first = this.querySelector("[aria-selected=true]") ?? items(this)[0];
    if (first) first.tabIndex = 0;
    this.restore().then(() => this.reveal());
    document.addEventListener("htmx:after:swap", () => this.follow());
    addEventListener("popstate", () => location.reload());
  }

  // --- what is open ---
  get kept() { return JSON.parse(sessionStorage.getItem(`tree:${this.dataset.keep}`) ?? "[]"); }
  keep() {
    const open = items(this).filter((one) => one.getAttribute("aria-expanded") === "true");
    sessionStorage.setItem(`tree:${this.dataset.keep}`, JSON.stringify(open.map((one) => one.dataset.children)));
  }
  async restore() {
    const wanted = new Set(this.kept);
    let opened = true;
    while (opened) {
      opened = false;
      for (const one of items(this)) {
        if (one.getAttribute("aria-expanded") === "false" && wanted.has(one.dataset.children)) {
          wanted.delete(one.dataset.children);
          await this.open(one, { quiet: true });
          opened = true;
        }
      }
    }
    this.keep();
    this.choose(location.pathname);
  }
  choose(path) {
    for (const one of items(this)) {
      if (one.dataset.address && path === one.dataset.address) one.setAttribute("aria-selected", "true");
      else one.removeAttribute("aria-selected");
    }
  }

  /** Lets the address say which entry is shown, so that it can be kept, sent and gone back from. */
  follow() {
    const address = document.querySelector("[data-entry]")?.dataset.entry;
    if (address && address !== location.pathname) history.pushState(null, "", address);
    this.choose(location.pathname);
    this.reveal();
  }

  /** Opens what the entry that is shown lies in, unless it can be seen already. */
  async reveal() {
    const where = document.querySelector("[data-path]")?.dataset.path;
    if (!where || this.revealed === where || this.querySelector("[aria-selected=true]")) return;
    this.revealed = where;
    const answer = await fetch(where, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) return;
    for (const of of (await answer.text()).trim().split("\n")) {
      const item = this.querySelector(`[data-of="${CSS.escape(of)}"]`);
      if (item) await this.open(item);
    }
    const chosen = this.querySelector("[aria-selected=true]");
    if (!chosen) return;
    if (!this.contains(document.activeElement)) this.focusOn(chosen, false);
    const box = this.closest(".catalog-tree");
    if (box && box.scrollHeight > box.clientHeight) {
      box.scrollTop += chosen.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
    }
  }

  // --- opening and closing ---
  open(item, options) {
    item.opening ??= this.unfold(item, options).finally(() => { item.opening = null; });
    return item.opening;
  }
  async unfold(item, { quiet = false } = {}) {
    if (item.getAttribute("aria-expanded") !== "false") return;
    let inner = group(item);
    if (!inner) {
      item.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(item.dataset.children, { headers: { "HX-Request": "true" } });
        if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
        inner = document.createElement("ul");
        inner.setAttribute("role", "group");
        inner.innerHTML = await answer.text();
        item.append(inner);
        globalThis.htmx?.process(inner);
      } catch {
        document.dispatchEvent(new CustomEvent("trunkline:toast", { detail: { text: this.dataset.failed } }));
        return;
      } finally {
        item.removeAttribute("aria-busy");
      }
    }
    inner.hidden = false;
    item.setAttribute("aria-expanded", "true");
    this.choose(location.pathname);
    if (!quiet) this.keep();
  }
  close(item) {
    item.setAttribute("aria-expanded", "false");
    group(item).hidden = true;
    this.keep();
  }
  toggle(item) {
    if (item.getAttribute("aria-expanded") === "true") this.close(item);
    else this.open(item);
  }
  click(event) {
    const item = event.target.closest("[role=treeitem]");
    if (!item) return;
    this.focusOn(item, false);
    if (event.target.closest("a")) {
      if (item.getAttribute("aria-expanded") === "false") this.open(item);
    } else if (event.target.closest(".tree-row") && item.hasAttribute("aria-expanded")) {
      this.toggle(item);
    }
  }

  // --- keys ---
  get shown() { return items(this).filter((one) => one.offsetParent !== null && !one.closest("[role=group][hidden]")); }
  focusOn(item, really = true) {
    if (!item) return;
    for (const one of this.querySelectorAll("[role=treeitem][tabindex='0']")) one.tabIndex = -1;
    item.tabIndex = 0;
    if (really) item.focus();
  }
  focusin(event) {
    if (event.target.matches("[role=treeitem]")) this.focusOn(event.target, false);
  }
  keydown(event) {
    const item = event.target.closest("[role=treeitem]");
    if (!item || event.target !== item || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = this.shown;
    const at = all.indexOf(item);
    const isRight = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const isLeft = document.documentElement.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const state = item.getAttribute("aria-expanded");
    const link = item.querySelector(":scope > .tree-row a");
    if (event.key === "ArrowDown") this.focusOn(all[at + 1]);
    else if (event.key === "ArrowUp") this.focusOn(all[at - 1]);
    else if (event.key === "Home") this.focusOn(all[0]);
    else if (event.key === "End") this.focusOn(all.at(-1));
    else if (event.key === isRight && state === "false") this.open(item);
    else if (event.key === isRight && state === "true") this.focusOn(group(item)?.querySelector("[role=treeitem]"));
    else if (event.key === isLeft && state === "true") this.close(item);
    else if (event.key === isLeft) this.focusOn(above(item));
    else if (event.key === "Enter" || event.key === " ") link ? link.click() : this.toggle(item);
    else if (event.key.toLowerCase() === "m" && item.hasAttribute("data-movable")) location.assign(`${item.dataset.address}/place`);
    else if (event.key.length === 1 && /\p{L}|\p{N}/u.test(event.key)) this.type(event.key, all, at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  type(letter, all, at) {
    const wanted = letter.toLowerCase();
    const next = [...all.slice(at + 1), ...all.slice(0, at)];
    this.focusOn(next.find((one) => one.getAttribute("aria-label").toLowerCase().startsWith(wanted)));
  }

  // --- dragging ---
  target(event) {
    const item = event.target.closest("[role=treeitem]");
    const takes = (item?.dataset.takes ?? "").split(" ");
    const moved = this.dragged;
    return moved && item && item !== moved && item !== above(moved) && !moved.contains(item)
      && takes.includes(moved.dataset.kind) ? item : null;
  }
  dragstart(event) {
    const item = event.target.closest("[role=treeitem][data-movable]");
    if (!item) return;
    this.dragged = item;
    item.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.stopPropagation();
  }
  dragover(event) {
    const item = this.target(event);
    if (!item) return;
    event.preventDefault();
    for (const one of this.querySelectorAll(".over")) if (one !== item) one.classList.remove("over");
    item.classList.add("over");
  }
  dragleave(event) { event.target.closest("[role=treeitem]")?.classList.remove("over"); }
  drop(event) {
    const item = this.target(event);
    const form = document.getElementById(this.dataset.form);
    if (!item || !form) return;
    event.preventDefault();
    form.action = `${this.dragged.dataset.address}/place`;
    form.elements.to.value = item.dataset.address;
    form.elements.from.value = above(this.dragged)?.dataset.address ?? "";
    form.submit();
  }
  dragend() {
    this.dragged?.classList.remove("dragged");
    for (const one of this.querySelectorAll(".over")) one.classList.remove("over");
    this.dragged = null;
  }
}

customElements.define("lazy-tree", LazyTree);
