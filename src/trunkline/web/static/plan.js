// The plan of an order: which step is chosen, its pane, and the graph that is moved and zoomed.
// Listeners sit on the document, so what is swapped in needs no binding; all works without them.
const pane = () => document.getElementById("step");
const chosen = () => pane()?.querySelector("[data-step]")?.dataset.step ?? "";
const linksOf = (step) => document.querySelectorAll(`#plan a[data-step="${CSS.escape(step)}"]`);

/** Returns an address that names the chosen step, or none. */
function withStep(address, step) {
  const url = new URL(address, location);
  if (step) url.searchParams.set("step", step);
  else url.searchParams.delete("step");
  return url.pathname + url.search;
}

/** Marks the chosen step in the plan, whatever was swapped; what is asked for next names it. */
function mark() {
  const step = chosen();
  for (const one of document.querySelectorAll("#plan[hx-get], #plan .switch a")) {
    for (const name of ["href", "hx-get"]) {
      const address = one.getAttribute(name);
      if (address) one.setAttribute(name, withStep(address, step));
    }
  }
  for (const link of document.querySelectorAll("#plan a[data-step]")) {
    if (link.dataset.step === step) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/* The open pane follows its step, unless somebody is typing into it. */
const marks = new Map();
function stateOf(step) {
  const row = document.getElementById(`row-${step}`) ?? linksOf(step)[0]?.closest("[data-row]");
  return row?.querySelector(".gantt-state, .state, .box-words")?.textContent.trim() ?? "";
}
function follow() {
  const step = chosen();
  if (!step) return;
  const now = stateOf(step);
  const before = marks.get(step);
  marks.set(step, now);
  if (before === undefined || before === now) return;
  const inside = pane();
  const typing = [...inside.querySelectorAll("input:not([type=hidden]), textarea, select")].some(
    (one) => one === document.activeElement || (one.value && one.value !== (one.defaultValue ?? one.value)),
  );
  if (typing) return;
  const link = linksOf(step)[0];
  const address = link?.getAttribute("hx-get");
  if (!address) return;
  const hadFocus = inside.contains(document.activeElement);
  fetch(address, { headers: { "HX-Request": "true" } }).then(async (answer) => {
    if (answer.status !== 200 || chosen() !== step) return;
    const opened = [...inside.querySelectorAll("details[open][id]")].map((one) => one.id);
    const top = inside.scrollTop;
    inside.innerHTML = await answer.text();
    window.htmx?.process(inside);
    for (const id of opened) inside.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
    inside.scrollTop = top;
    if (hadFocus) inside.querySelector("h2")?.focus({ preventScroll: true });
  }).catch(() => {});
}

/* What stands below the plan is asked for again when the order has come to another state. */
const orderState = () => document.getElementById("order-state")?.textContent.trim();
let stoodAt = orderState();
function tellOfMove() {
  if (stoodAt === orderState()) return;
  stoodAt = orderState();
  document.body.dispatchEvent(new Event("order-moved"));
}

document.addEventListener("htmx:after:swap", () => {
  mark();
  follow();
  tellOfMove();
  if (chosen()) pane().classList.toggle("unasked", !new URLSearchParams(location.search).has("step"));
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#plan a[data-step], #step a[data-step], #plan .switch a");
  if (link && !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
    if (link.dataset.step) pane()?.classList.remove("unasked");
    if (link.href !== location.href) history.pushState(null, "", link.href);
  }
  const close = event.target.closest?.("[data-close-step]");
  if (!close) return;
  event.preventDefault();
  shut();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && pane()?.contains(document.activeElement)) shut();
});

// The address says what is shown, also on the way back.
addEventListener("popstate", () => location.reload());

/** Closes the pane and goes back to the row of its step. */
function shut() {
  const step = chosen();
  const back = pane().querySelector("[data-close-step]")?.getAttribute("href");
  pane().replaceChildren();
  if (back) history.pushState(null, "", back);
  mark();
  linksOf(step)[0]?.focus();
}

/* What is reported of a task comes back into the pane, not as another page. */
document.addEventListener("submit", (event) => {
  const box = event.target.closest?.("[data-report]");
  if (!box || !window.htmx) return;
  event.preventDefault();
  window.htmx.ajax("POST", box.dataset.report, {
    source: event.target, target: "#step", swap: "innerHTML", values: new FormData(event.target),
  });
});

/* What is refused outright is said, since no part of the page is swapped then. */
document.addEventListener("htmx:response:error", (event) => {
  const text = pane()?.dataset.refused || event.detail?.ctx?.response?.status;
  document.dispatchEvent(new CustomEvent("trunkline:toast", { detail: { text: String(text ?? ""), seconds: 6 } }));
});
mark();
if (chosen()) marks.set(chosen(), stateOf(chosen()));

const STEP = 60;
const FOOT = 44;
const ZOOM = 1.25;
const SMALLEST = 0.2;
const LARGEST = 2.5;

/** A graph that is dragged, zoomed and fitted; the server has drawn it. */
class PlanGraph extends HTMLElement {
  connectedCallback() {
    this.classList.add("moves");
    this.addEventListener("click", (event) => this.#tool(event));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.addEventListener("pointerdown", (event) => this.#grab(event));
    this.addEventListener("focusin", (event) => this.#show(event.target));
    let wide = this.clientWidth;
    new ResizeObserver(() => {
      if (this.clientWidth === wide) return;
      wide = this.clientWidth;
      if (!this.moved) this.fit();
    }).observe(this);
    // What is swapped in live must not put the picture back.
    new MutationObserver(() => {
      if (!this.classList.contains("moves")) this.classList.add("moves");
      if (this.style.height !== this.tall) this.style.height = this.tall;
      if (this.picture?.style.transform !== this.placed) this.#place();
    }).observe(this, { attributes: true, subtree: true, attributeFilter: ["style", "class"] });
    this.fit();
  }

  get picture() { return this.querySelector("svg"); }

  fit() {
    const { width, height } = this.picture.viewBox.baseVal;
    // Words that nobody can read help nobody: a wide plan begins at its first layer instead.
    this.scale = Math.max(Math.min(1.05, this.clientWidth / width), 0.8);
    this.tall = `${Math.round(Math.min(innerHeight * 0.66, Math.max(110, height * this.scale) + FOOT))}px`;
    this.style.height = this.tall;
    const right = this.matches(":dir(rtl)");
    const over = this.clientWidth - width * this.scale;
    this.x = over > 0 ? over / 2 : right ? over : 0;
    this.y = 0;
    this.moved = false;
    this.#place();
  }

  #place() {
    this.picture.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.placed = this.picture.style.transform;
  }

  #zoom(by, x = this.clientWidth / 2, y = this.clientHeight / 2) {
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.scale * by));
    this.x = x - (x - this.x) * (scale / this.scale);
    this.y = y - (y - this.y) * (scale / this.scale);
    this.scale = scale;
    this.moved = true;
    this.#place();
  }

  #move(x, y) {
    this.x += x;
    this.y += y;
    this.moved = true;
    this.#place();
  }

  #tool(event) {
    const button = event.target.closest("[data-zoom]");
    if (!button) return;
    if (button.dataset.zoom === "fit") this.fit();
    else this.#zoom(button.dataset.zoom === "in" ? ZOOM : 1 / ZOOM);
  }

  #key(event) {
    if (event.target !== this || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
    if (moves[event.key]) this.#move(...moves[event.key]);
    else if (event.key === "+") this.#zoom(ZOOM);
    else if (event.key === "-") this.#zoom(1 / ZOOM);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const place = this.getBoundingClientRect();
    this.#zoom(event.deltaY < 0 ? ZOOM : 1 / ZOOM, event.clientX - place.x, event.clientY - place.y);
  }

  #grab(event) {
    if (event.button || event.target.closest("button")) return;
    let [x, y, far] = [event.clientX, event.clientY, false];
    const drag = (moved) => {
      if (!far && Math.hypot(moved.clientX - x, moved.clientY - y) < 4) return;
      far = true;
      this.classList.add("held");
      this.#move(moved.clientX - x, moved.clientY - y);
      [x, y] = [moved.clientX, moved.clientY];
    };
    const stop = () => {
      document.removeEventListener("pointermove", drag);
      this.classList.remove("held");
      if (far) this.addEventListener("click", (click) => { click.preventDefault(); click.stopPropagation(); }, { capture: true, once: true });
    };
    document.addEventListener("pointermove", drag);
    document.addEventListener("pointerup", stop, { once: true });
    document.addEventListener("pointercancel", stop, { once: true });
  }

  /** Brings a box that has the focus into sight. */
  #show(target) {
    const box = target.closest?.(".box");
    if (!box) return;
    this.scrollTo(0, 0);
    const [own, place] = [box.getBoundingClientRect(), this.getBoundingClientRect()];
    const off = (from, to, least, most) => (from < least + 8 ? least + 8 - from : to > most - 8 ? most - 8 - to : 0);
    const [x, y] = [off(own.left, own.right, place.left, place.right), off(own.top, own.bottom, place.top, place.bottom)];
    if (x || y) this.#move(x, y);
  }
}
customElements.define("plan-graph", PlanGraph);
