// A small map of our own: tiles of a server that the operator names, or a plain sketch without.
// <trunkline-map data-latitude data-longitude data-tiles data-points data-pick>; what stands inside
// is shown until this runs. Arrow keys move it, + and - zoom, Enter takes the middle as the place.
const TILE = 256;
const SVG = "http://www.w3.org/2000/svg";
const NEAREST = 19, FARTHEST = 2, USUAL = 15;
const EQUATOR_M_PER_PIXEL = 156543.03392;
const STEP = 80;
const LATITUDE_MAX = 85.0511;
const WORDS = { in: "zoomIn", out: "zoomOut" };

/** Where a point is in the whole world's pixels at a zoom. */
function pixels(latitude, longitude, zoom) {
  const size = TILE * 2 ** zoom;
  const held = Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, latitude));
  const sine = Math.sin((held * Math.PI) / 180);
  return {
    x: ((longitude + 180) / 360) * size,
    y: (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * size,
  };
}

/** The point of the world at these pixels. */
function degrees(x, y, zoom) {
  const size = TILE * 2 ** zoom;
  const up = Math.PI * (1 - (2 * y) / size);
  return {
    latitude: (Math.atan(Math.sinh(up)) * 180) / Math.PI,
    longitude: ((((x / size) * 360) % 360) + 360) % 360 - 180,
  };
}

/** The longest round length in meters that is no longer than this. */
function round(meters) {
  const power = 10 ** Math.floor(Math.log10(meters));
  return [5, 2, 1].map((one) => one * power).find((one) => one <= meters) ?? power;
}

function drawn(name, attributes, parent) {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, String(value));
  parent.append(one);
  return one;
}

class TrunklineMap extends HTMLElement {
  connectedCallback() {
    this.points = JSON.parse(this.dataset.points || "[]").map((one) => ({
      ...one, latitude: Number(one.latitude), longitude: Number(one.longitude),
    }));
    const own = this.dataset.latitude && this.dataset.longitude;
    this.mark = own ? { latitude: Number(this.dataset.latitude), longitude: Number(this.dataset.longitude) } : null;
    this.middle = this.mark ?? this.points[0] ?? null;
    if (!this.middle && !this.hasAttribute("data-pick")) return;
    this.middle ??= { latitude: 50, longitude: 10 };
    this.zoom = this.mark || this.points.length ? this.fitting() : 4;
    this.build();
    new ResizeObserver(() => this.draw()).observe(this);
  }

  /** The nearest zoom at which all points are in sight. */
  fitting() {
    const width = this.clientWidth || 600, height = this.clientHeight || 320;
    for (let zoom = USUAL; zoom > FARTHEST; zoom -= 1) {
      const here = pixels(this.middle.latitude, this.middle.longitude, zoom);
      const all = this.points.slice(0, 8).every((one) => {
        const there = pixels(one.latitude, one.longitude, zoom);
        return Math.abs(there.x - here.x) < width / 2 - 30 && Math.abs(there.y - here.y) < height / 2 - 30;
      });
      if (all) return zoom;
    }
    return USUAL;
  }

  build() {
    this.why = this.mark || this.points.length ? null : this.querySelector("p");
    this.replaceChildren();
    this.dir = "ltr";
    this.tabIndex = 0;
    this.setAttribute("role", "group");
    this.tiles = this.appendChild(document.createElement("div"));
    this.tiles.className = "tiles-of-map";
    this.sketch = drawn("svg", { "aria-hidden": "true" }, this);
    const buttons = this.appendChild(document.createElement("div"));
    buttons.className = "zoom";
    for (const [sign, by, word] of [["+", 1, WORDS.in], ["−", -1, WORDS.out]]) {
      const one = buttons.appendChild(document.createElement("button"));
      one.type = "button";
      one.textContent = sign;
      one.setAttribute("aria-label", this.dataset[word] ?? sign);
      one.addEventListener("click", () => this.by(by));
    }
    this.scale = this.appendChild(document.createElement("div"));
    this.scale.className = "scale";
    const credit = this.dataset.tiles ? this.dataset.credit : this.dataset.sketch;
    if (credit) this.appendChild(document.createElement("small")).textContent = credit;
    if (this.why) this.append(this.why);
    this.listen();
    this.draw();
  }

  listen() {
    this.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
      if (event.target !== this || event.ctrlKey || event.metaKey || event.altKey) return;
      if (moves[event.key]) this.shift(...moves[event.key]);
      else if (event.key === "+" || event.key === "=") this.by(1);
      else if (event.key === "-") this.by(-1);
      else if (event.key === "Enter" && this.hasAttribute("data-pick")) this.take(this.middle);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.addEventListener("pointerdown", (event) => {
      if (event.target.closest("button, a") || event.button) return;
      this.held = { x: event.clientX, y: event.clientY, far: 0 };
      this.setPointerCapture(event.pointerId);
    });
    this.addEventListener("pointermove", (event) => {
      if (!this.held) return;
      const [x, y] = [this.held.x - event.clientX, this.held.y - event.clientY];
      this.held = { x: event.clientX, y: event.clientY, far: this.held.far + Math.abs(x) + Math.abs(y) };
      this.shift(x, y);
    });
    this.addEventListener("pointerup", (event) => {
      const far = this.held?.far ?? 9;
      this.held = null;
      if (far > 5 || !this.hasAttribute("data-pick")) return;
      const box = this.getBoundingClientRect();
      const here = pixels(this.middle.latitude, this.middle.longitude, this.zoom);
      this.take(degrees(
        here.x + event.clientX - box.left - box.width / 2,
        here.y + event.clientY - box.top - box.height / 2, this.zoom,
      ));
    });
    this.addEventListener("pointercancel", () => { this.held = null; });
    for (const one of this.fields()) one.addEventListener("change", () => this.follow());
  }

  fields() {
    return ["latitude", "longitude"].map((one) => document.getElementById(one)).filter(Boolean);
  }

  /** Takes a point as the place: it is written when the form is saved. */
  take(point) {
    const [latitude, longitude] = this.fields();
    if (!longitude) return;
    latitude.value = point.latitude.toFixed(6);
    longitude.value = point.longitude.toFixed(6);
    this.mark = { ...point };
    latitude.closest("details")?.setAttribute("open", "");
    document.dispatchEvent(new CustomEvent("trunkline:say", { detail: `${latitude.value}, ${longitude.value}` }));
    this.draw();
  }

  /** Shows what was typed. */
  follow() {
    const [latitude, longitude] = this.fields().map((one) => (one.value.trim() ? Number(one.value.replace(",", ".")) : NaN));
    if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return;
    this.mark = { latitude, longitude };
    this.middle = { ...this.mark };
    this.draw();
  }

  by(steps) {
    this.zoom = Math.max(FARTHEST, Math.min(NEAREST, this.zoom + steps));
    this.draw();
  }

  shift(x, y) {
    const here = pixels(this.middle.latitude, this.middle.longitude, this.zoom);
    this.middle = degrees(here.x + x, here.y + y, this.zoom);
    this.draw();
  }

  draw() {
    if (!this.sketch) return;
    if (this.mark) this.why?.remove();
    const width = this.clientWidth, height = this.clientHeight;
    const here = pixels(this.middle.latitude, this.middle.longitude, this.zoom);
    const corner = { x: here.x - width / 2, y: here.y - height / 2 };
    const meters = (EQUATOR_M_PER_PIXEL * Math.cos((this.middle.latitude * Math.PI) / 180)) / 2 ** this.zoom;
    const length = round(meters * 120);
    this.scale.textContent = length >= 1000 ? `${length / 1000} km` : `${length} m`;
    this.scale.style.inlineSize = `${length / meters}px`;
    this.sketch.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.sketch.replaceChildren();
    if (this.dataset.tiles) this.lay(corner, width, height);
    else this.grid(corner, width, height, length / meters);
    const shown = (point) => {
      const at = pixels(point.latitude, point.longitude, this.zoom);
      return { x: at.x - corner.x, y: at.y - corner.y };
    };
    const named = this.mark ? [{ ...shown(this.mark) }] : [];
    for (const point of this.points) {
      const at = shown(point);
      const free = named.every((one) => Math.abs(one.y - at.y) > 13 || at.x - one.x > 170 || one.x - at.x > 170);
      if (free) named.push(at);
      this.dot(point, at, free);
    }
    if (this.mark) {
      const at = shown(this.mark);
      drawn("path", { class: "mark", d: `M${at.x} ${at.y}c-4-8-9-12-9-18a9 9 0 1 1 18 0c0 6-5 10-9 18z` }, this.sketch);
      drawn("circle", { class: "eye", cx: at.x, cy: at.y - 18, r: 3 }, this.sketch);
    }
    if (this.hasAttribute("data-pick")) {
      drawn("path", { class: "cross", d: `M${width / 2 - 7} ${height / 2}h14M${width / 2} ${height / 2 - 7}v14` }, this.sketch);
    }
  }

  dot(point, at, named) {
    const link = drawn("a", { href: point.address, tabindex: "-1" }, this.sketch);
    drawn("circle", { class: "dot", cx: at.x, cy: at.y, r: 6 }, link);
    drawn("title", {}, link).textContent = point.label;
    if (!named) return;
    const name = drawn("text", { x: at.x + 10, y: at.y + 4 }, link);
    name.textContent = point.label.length > 28 ? `${point.label.slice(0, 27)}…` : point.label;
  }

  /** Lines at a round distance, where there are no tiles. */
  grid(corner, width, height, step) {
    const lines = [];
    for (let x = step - (corner.x % step); x < width; x += step) lines.push(`M${x} 0V${height}`);
    for (let y = step - (corner.y % step); y < height; y += step) lines.push(`M0 ${y}H${width}`);
    drawn("path", { class: "grid", d: lines.join("") }, this.sketch);
  }

  lay(corner, width, height) {
    const count = 2 ** this.zoom;
    const wanted = new Map();
    for (let y = Math.floor(corner.y / TILE); y * TILE < corner.y + height; y += 1) {
      for (let x = Math.floor(corner.x / TILE); x * TILE < corner.x + width; x += 1) {
        if (y >= 0 && y < count) wanted.set(`${this.zoom}/${x}/${y}`, [x, y]);
      }
    }
    for (const old of [...this.tiles.children]) if (!wanted.has(old.dataset.tile)) old.remove();
    for (const [name, [x, y]] of wanted) {
      let tile = this.tiles.querySelector(`[data-tile="${name}"]`);
      if (!tile) {
        tile = this.tiles.appendChild(document.createElement("img"));
        tile.dataset.tile = name;
        tile.alt = "";
        tile.draggable = false;
        tile.addEventListener("error", () => { tile.hidden = true; });
        tile.src = this.dataset.tiles
          .replace("{z}", this.zoom).replace("{x}", ((x % count) + count) % count).replace("{y}", y);
      }
      tile.style.translate = `${x * TILE - corner.x}px ${y * TILE - corner.y}px`;
    }
  }
}

customElements.define("trunkline-map", TrunklineMap);
