/* What JavaScript adds to pages that read well without it: printing, and photos full screen. No storage, no request. */
(() => {
  "use strict";

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  const template = document.getElementById("visionneuse");
  const links = [...document.querySelectorAll("a[data-photo]")];
  if (!template || !links.length || typeof HTMLDialogElement !== "function") return;

  const viewer = template.content.firstElementChild.cloneNode(true);
  const part = (name) => viewer.querySelector(`[data-${name}]`);
  const [stage, previous, next, announce] = ["stage", "previous", "next", "announce"].map(part);
  const withdraw = part("withdraw");
  const letter = withdraw.href;
  let current = 0;
  document.body.append(viewer);

  /* The page's own <picture>, told that it now fills the screen. */
  const picture = (link) => {
    const copy = link.querySelector("picture").cloneNode(true);
    for (const source of copy.children) source.sizes = "100vw";
    const image = copy.querySelector("img");
    image.loading = "eager";
    image.draggable = false;
    return copy;
  };

  const show = (number) => {
    if (number < 0 || number >= links.length) return;
    current = number;
    const link = links[number];
    const caption = link.parentElement.querySelector("figcaption")?.textContent.trim() ?? "";
    const count = announce.dataset.words.replace("{number}", number + 1).replace("{count}", links.length);
    const shown = picture(link);
    stage.replaceChildren(shown);
    part("count").textContent = count;
    part("caption").textContent = caption;
    part("reference").textContent = link.dataset.reference;
    withdraw.href = letter + encodeURIComponent(link.dataset.reference);
    const alt = shown.querySelector("img").alt;
    announce.textContent = [alt.startsWith(count) ? "" : count, alt, caption].filter(Boolean).join(". ");
    const first = number === 0;
    const last = number === links.length - 1;
    const focused = document.activeElement;
    previous.disabled = first;
    next.disabled = last;
    if (first && focused === previous) next.focus();
    if (last && focused === next) previous.focus();
    if (!last) picture(links[number + 1]);
  };

  links.forEach((link, number) => {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      viewer.showModal();
      show(number);
    });
  });

  previous.addEventListener("click", () => show(current - 1));
  next.addEventListener("click", () => show(current + 1));
  part("close").addEventListener("click", () => viewer.close());
  viewer.addEventListener("close", () => {
    stage.replaceChildren();
    announce.textContent = "";
    links[current].focus();
  });

  /* On the page, not on the viewer: a click on the photo takes the focus to the page. Tab goes round in the viewer. */
  document.addEventListener("keydown", (event) => {
    if (!viewer.open) return;
    if (event.key === "Tab") {
      const reached = [...viewer.querySelectorAll("button:enabled, a[href]")];
      const [from, to] = event.shiftKey ? [reached[0], reached[reached.length - 1]] : [reached[reached.length - 1], reached[0]];
      if (viewer.contains(document.activeElement) && document.activeElement !== from) return;
      event.preventDefault();
      to.focus();
      return;
    }
    const to = { ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: links.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  });

  /* A swipe is one finger, mostly sideways, on a photo that isn't zoomed. */
  let start = null;
  stage.addEventListener("touchstart", (event) => {
    const zoomed = window.visualViewport && window.visualViewport.scale > 1.01;
    start = event.touches.length === 1 && !zoomed ? event.touches[0] : null;
  }, { passive: true });
  stage.addEventListener("touchend", (event) => {
    if (!start) return;
    const across = event.changedTouches[0].clientX - start.clientX;
    const down = event.changedTouches[0].clientY - start.clientY;
    start = null;
    if (Math.abs(across) > 48 && Math.abs(across) > 2 * Math.abs(down)) show(current + (across < 0 ? 1 : -1));
  }, { passive: true });
})();
