/* Where the focus goes when a page, or a step of it, takes the place of another: to its headline or first problem.
   Without this it is nowhere: what had it is gone, and a screen reader says nothing. The first page keeps the
   browser's own start. */

import { readyForPaper } from "./print.js";

const WAIT = 3000;
let shown;

readyForPaper();

const target = (hasProblem) =>
  document.querySelector(`[data-testid=stMain] [data-stale=false] ${hasProblem ? "[role=alert]" : "h1"}`);

function move(hasProblem, from, until) {
  const now = document.activeElement;
  const mine = target(hasProblem);
  const elsewhere = now !== document.body && now !== from && now?.isConnected;
  if (elsewhere && now !== mine) return;
  if (mine && now !== mine) {
    mine.tabIndex = -1;
    mine.focus({ preventScroll: !hasProblem });
  }
  /* What the run before left behind goes a little later, and may take the focus with it. */
  if (performance.now() < until) setTimeout(move, 100, hasProblem, from, until);
}

/* On a phone the sidebar lies over the page, and stays there when a page is chosen in it. */
function closeSidebar() {
  if (matchMedia("(max-width: 768px)").matches) {
    document.querySelector("[data-testid=stSidebar][data-collapsed=false] [data-testid=stSidebarCollapseButton] button")?.click();
  }
}

export default function ({ data }) {
  const before = shown;
  shown = data.view;
  if (before !== undefined && before !== shown) {
    closeSidebar();
    move(data.has_problem, document.activeElement, performance.now() + WAIT);
  }
}
