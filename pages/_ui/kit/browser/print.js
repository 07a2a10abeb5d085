/* On paper a figure has the page's width, not the window's: its drawing gets a frame of its own to be scaled by
   (style.css, print), and loses it afterwards, as on the screen Plotly itself draws it anew in every width. */

const drawings = () => document.querySelectorAll(".js-plotly-plot .main-svg");

function onPaper() {
  for (const drawing of drawings()) {
    const [width, height] = [drawing.getAttribute("width"), drawing.getAttribute("height")];
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawing.parentElement.style.setProperty("--drawn", `${width} / ${height}`);
  }
}

function onScreen() {
  for (const drawing of drawings()) drawing.removeAttribute("viewBox");
}

/* Where the window itself becomes the paper, Plotly draws for it a moment later. */
function whilePaper(paper) {
  if (!paper.matches) return onScreen();
  onPaper();
  setTimeout(whilePaper, 200, paper);
}

export function readyForPaper() {
  addEventListener("beforeprint", onPaper);
  addEventListener("afterprint", onScreen);
  const paper = matchMedia("print");
  paper.addEventListener("change", () => whilePaper(paper));
}
