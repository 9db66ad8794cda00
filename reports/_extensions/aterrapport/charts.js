// Drawings: pointing at a mark tells its name and figure, choosing it opens the explanation. The template puts this last,
// where a page has drawings. The drawing stays the image that it is; what is pointed at lies over it, as a list that is
// one stop of the Tab key. A screen reader reads each mark of that list as the arrow keys come to it.

function drawn(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

// Of each mark: row and column in the table, figure, parts of its name.
function marksOf(drawing) {
  const parts = JSON.parse(drawing.dataset.parts)
  return JSON.parse(drawing.dataset.marks).map(([address, value, ...name]) => [address, value, ...name.map(at => parts[at])])
}

function pointable(drawing, nth) {
  const across = Number(drawing.dataset.across)
  const marks = marksOf(drawing).map(([address, value, ...name]) => [address, name.join(": "), value])
  // How to do it is said once on the page: under the first drawing.
  const hint = nth ? "" : typeof explainMark === "function" ? `${said.point} ${said.choose}` : said.point
  const reading = make("p", {class: "reading"}, hint)
  drawing.closest(".figure-frame").after(reading)
  const areas = {wide: drawing.dataset.areas, narrow: drawing.dataset.narrow}
  for (const picture of all("svg", drawing)) {
    const size = picture.matches(".narrow") ? "narrow" : "wide"
    overlaid(drawing, picture, `${nth}-${size}`, areas[size].split("|"), marks, across, reading, hint)
  }
}

function overlaid(drawing, picture, name, areas, marks, across, reading, hint) {
  const opens = typeof explainMark === "function" ? at => explainMark(`${drawing.dataset.n}/${marks[at][0]}`, list) : null
  const figure = drawing.closest("figure")
  const options = marks.map(([, called, value], at) =>
    drawn("path", {role: "option", id: `mark-${name}-${at}`, "aria-label": `${called}: ${value}`, "aria-selected": "false", d: areas[at]}))
  const list = drawn("g", {role: "listbox", tabindex: "0", "aria-label": said.marks,
    ...(figure ? {"aria-describedby": `${named(figure).id}-caption`} : {})}, ...options)
  const outline = drawn("path", {class: "outline", d: ""}) // above all marks, so that no neighbour hides a side of it
  const over = drawn("svg", {class: picture.getAttribute("class").replace("chart", "marks"), viewBox: picture.getAttribute("viewBox"),
    width: picture.getAttribute("width"), height: picture.getAttribute("height")}, list, outline)
  drawing.querySelector(".stack").append(over)

  let current = -1, last = 0
  function tell(at) {
    if (at === current) return
    options[current]?.setAttribute("aria-selected", "false")
    current = at
    outline.setAttribute("d", areas[at] ?? "")
    if (at < 0) {
      list.removeAttribute("aria-activedescendant")
      return reading.replaceChildren(hint)
    }
    last = at
    options[at].setAttribute("aria-selected", "true")
    list.setAttribute("aria-activedescendant", options[at].id)
    reading.replaceChildren(make("strong", {}, marks[at][1]), " ", marks[at][2])
  }
  const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across}

  list.addEventListener("pointerover", event => tell(options.indexOf(event.target)))
  over.addEventListener("pointerleave", () => tell(-1))
  list.addEventListener("click", event => { if (options.includes(event.target)) opens?.(options.indexOf(event.target)) })
  list.addEventListener("focus", () => { if (list.matches(":focus-visible")) tell(last) })
  list.addEventListener("blur", () => tell(-1))
  list.addEventListener("keydown", event => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    if (event.key === "Escape" && current >= 0) tell(-1)
    else if (event.key === "Enter" || event.key === " ") current < 0 ? tell(last) : opens?.(current)
    else if (event.key === "Home" || event.key === "End") tell(event.key === "Home" ? 0 : marks.length - 1)
    else if (event.key in step) {
      const to = current < 0 ? last : current + step[event.key]
      if (to in marks) tell(to)
    } else return
    event.preventDefault()
    options[current]?.scrollIntoView({block: "nearest", inline: "nearest"})
  })
}

all("[data-marks]").filter(drawing => drawing.closest(".figure-frame")).forEach(pointable)
