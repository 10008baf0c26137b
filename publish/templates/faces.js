const line = document.getElementById("line");
const copy = document.getElementById("copy");
const LEAST = 1; // hundredths of the photo

const round = (value) => Math.round(value * 10) / 10;
const within = (value, low, high) => Math.min(high, Math.max(low, value));

function place(zone, x, y, w, h) {
  const width = within(round(w), LEAST, 100);
  const height = within(round(h), LEAST, 100);
  zone.edges = { x: within(round(x), 0, round(100 - width)), y: within(round(y), 0, round(100 - height)), w: width, h: height };
  Object.assign(zone.style, {
    left: `${zone.edges.x}%`, top: `${zone.edges.y}%`, width: `${zone.edges.w}%`, height: `${zone.edges.h}%`,
  });
  write();
}

function write() {
  const parts = [];
  for (const section of document.querySelectorAll("section")) {
    const numbers = [...section.querySelectorAll("input:checked")].map((box) => box.value).join(", ");
    const zones = [...section.querySelectorAll(".zone")].map(({ edges: { x, y, w, h } }) => `(${x} ${y} ${w} ${h})`);
    const chosen = [numbers, ...zones].filter(Boolean).join(" ");
    if (chosen) parts.push(`${section.dataset.file} ${chosen} #${section.dataset.mark}`);
  }
  line.value = parts.length ? `Flou: ${parts.join("; ")}` : line.dataset.none;
}

function at(figure, event) {
  const frame = figure.getBoundingClientRect();
  return [((event.clientX - frame.left) / frame.width) * 100, ((event.clientY - frame.top) / frame.height) * 100];
}

function follow(figure, event, step, end) {
  event.preventDefault();
  const target = event.currentTarget;
  const from = at(figure, event);
  const move = (next) => step(from, at(figure, next).map((value) => within(value, 0, 100)));
  const done = () => {
    target.removeEventListener("pointermove", move);
    target.removeEventListener("pointerup", done);
    target.removeEventListener("pointercancel", done);
    if (end) end();
  };
  target.setPointerCapture(event.pointerId);
  target.addEventListener("pointermove", move);
  target.addEventListener("pointerup", done);
  target.addEventListener("pointercancel", done);
}

function addZone(figure, x, y, w, h) {
  const zone = document.createElement("div");
  const corner = document.createElement("span");
  const cross = document.createElement("button");
  const rank = figure.querySelectorAll(".zone").length + 1;
  zone.className = "zone";
  zone.tabIndex = 0;
  zone.setAttribute("role", "group");
  zone.setAttribute("aria-label", line.dataset.zone.replace("{rank}", rank).replace("{file}", figure.parentElement.dataset.file));
  corner.className = "corner";
  cross.type = "button";
  cross.textContent = "×";
  cross.setAttribute("aria-label", line.dataset.remove);
  zone.append(corner, cross);
  const remove = () => {
    zone.remove();
    figure.parentElement.querySelector(".add").focus();
    write();
  };
  cross.addEventListener("click", remove);
  cross.addEventListener("pointerdown", (event) => event.stopPropagation());
  corner.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    const { x: left, y: top } = zone.edges;
    follow(figure, event, (_, [toX, toY]) => place(zone, left, top, toX - left, toY - top));
  });
  zone.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    zone.focus();
    const { x: left, y: top, w: width, h: height } = zone.edges;
    follow(figure, event, ([fromX, fromY], [toX, toY]) => place(zone, left + toX - fromX, top + toY - fromY, width, height));
  });
  zone.addEventListener("keydown", (event) => {
    if (event.target !== zone) return;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const { x: left, y: top, w: width, h: height } = zone.edges;
    if (event.key === "Delete" || event.key === "Backspace") remove();
    else if (step && event.shiftKey) place(zone, left, top, Math.min(width + step[0], 100 - left), Math.min(height + step[1], 100 - top));
    else if (step) place(zone, left + step[0], top + step[1], width, height);
    else return;
    event.preventDefault();
  });
  figure.append(zone);
  place(zone, x, y, w, h);
  return zone;
}

for (const figure of document.querySelectorAll("figure")) {
  figure.addEventListener("pointerdown", (event) => {
    if (event.target.tagName !== "IMG" || event.pointerType === "touch" || event.button !== 0) return;
    let zone = null;
    follow(figure, event, ([fromX, fromY], [toX, toY]) => {
      const edges = [Math.min(fromX, toX), Math.min(fromY, toY), Math.abs(toX - fromX), Math.abs(toY - fromY)];
      if (zone) place(zone, ...edges);
      else if (edges[2] > LEAST && edges[3] > LEAST) zone = addZone(figure, ...edges);
    }, () => zone && zone.focus());
  });
  figure.parentElement.querySelector(".add").addEventListener("click", () => addZone(figure, 40, 40, 20, 20).focus());
}
document.addEventListener("change", write);
copy.addEventListener("click", async () => {
  line.select();
  try {
    await navigator.clipboard.writeText(line.value);
  } catch {
    document.execCommand("copy");
  }
  copy.textContent = copy.dataset.done;
});
write();
