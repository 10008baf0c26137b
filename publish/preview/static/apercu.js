/* Reloads the page when another preview is ready. Only a page that is looked at listens: a browser keeps six
   connections to one host, and people open more windows than that. */
"use strict";
(() => {
  const banner = document.querySelector("[data-apercu-version]");
  if (!banner) return;
  const shown = banner.dataset.apercuVersion;
  let source = null;
  const listen = () => {
    if (document.hidden) {
      if (source) source.close();
      source = null;
    } else if (!source) {
      source = new EventSource("/-/apercu/versions");
      source.onmessage = (event) => {
        if (event.data !== shown) location.reload();
      };
    }
  };
  document.addEventListener("visibilitychange", listen);
  // A page that comes back from the back/forward cache has lost its connection.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  addEventListener("pagehide", () => {
    if (source) source.close();
    source = null;
  });
  listen();
})();
