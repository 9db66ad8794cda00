// What the page does for its reader. Without this script everything is there to read, and no control is shown that
// would not work. All text is set as text, never as HTML: data cannot become markup. numbers.js goes on from here.
const lang = document.documentElement.lang
const said = JSON.parse(document.getElementById("page-words").textContent)
const collator = new Intl.Collator(lang, {numeric: true})

const all = (selector, root = document) => [...root.querySelectorAll(selector)]
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name])
const formatted = number => new Intl.NumberFormat(lang).format(number)
const named = element => element.closest("[id]") // a table or figure; Quarto names what is around it
const textOf = element => element.textContent.replace(/\s+/g, " ").trim()

function make(tag, attributes, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value)
  element.append(...children.flat(Infinity).filter(child => child != null))
  return element
}

function button(words, action, attributes) {
  const element = make("button", {type: "button", ...attributes}, words)
  element.addEventListener("click", action)
  return element
}

// Contents: the link of the chapter in view -------------------------------------------------------------------------

function followReader() {
  const nav = document.querySelector(".contents")
  if (!nav) return
  const links = new Map(all("a[href^='#']", nav).map(link => [decodeURIComponent(link.hash.slice(1)), link]))
  const headings = [...links.keys()].map(id => document.getElementById(id)).filter(Boolean)
  const mark = () => {
    const passed = headings.filter(heading => heading.getBoundingClientRect().top < innerHeight * 0.3)
    const current = links.get((passed.at(-1) ?? headings[0])?.id)
    for (const link of links.values()) if (link !== current) link.removeAttribute("aria-current")
    if (!current || current.ariaCurrent) return
    current.setAttribute("aria-current", "true")
    if (nav.scrollHeight > nav.clientHeight) nav.scrollTop = current.offsetTop - nav.clientHeight / 2
  }
  // All that lies above a third of the screen counts as passed, also when the reader jumps past it.
  const observer = new IntersectionObserver(mark, {rootMargin: "1000000px 0px -70% 0px"})
  headings.forEach(heading => observer.observe(heading))
}

// Tables: sort, filter, download ------------------------------------------------------------------------------------

const LONG = 15 // rows from which a table is worth sorting and filtering
const FOLDED = 40, SHOWN = 10 // rows from which only the first are shown until asked for, and how many those are
// A long table whose figures a drawing on the page shows is folded too.
const isDrawn = table => all("[data-n]", table.tBodies[0]).slice(0, 1).some(({dataset}) =>
  document.querySelector(`.drawing[data-n="${dataset.n.split("/")[0]}"]`))
const EMPTY = "–"

// The number in a cell as a number; null for other text. Nothing but what the report writes is understood.
function numberIn(cell) {
  const plain = textOf(cell).replace(/[\s\u00a0]|%$/g, "").replace("\u2212", "-")
  const read = lang.startsWith("sv") ? plain.replace(",", ".") : plain.replaceAll(",", "")
  return /^-?\d+(\.\d+)?$/.test(read) ? Number(read) : null
}

function isNumeric(rows, column) {
  const told = rows.map(row => row.cells[column]).filter(cell => cell && textOf(cell) !== EMPTY)
  return told.length > 0 && told.every(cell => numberIn(cell) !== null)
}

// A row of sums is none of those that it sums: it stays below them, and is not shown among some of them.
const isSum = row => row.cells[0].querySelector("strong") !== null

function sortable(table, rows, status) {
  const body = table.tBodies[0]
  const heads = [...table.tHead.rows[0].cells]
  heads.forEach((head, column) => {
    const name = textOf(head)
    const sort = () => {
      const before = head.getAttribute("aria-sort")
      const order = before === "ascending" ? "descending" : before === "descending" ? null : "ascending"
      const sign = order === "descending" ? -1 : 1
      const compare = isNumeric(rows, column)
        ? (a, b) => numberIn(a) - numberIn(b)
        : (a, b) => collator.compare(textOf(a), textOf(b))
      const isEmpty = row => textOf(row.cells[column]) === EMPTY
      const sorted = order === null ? rows : rows.toSorted((a, b) =>
        isSum(a) - isSum(b) || isEmpty(a) - isEmpty(b) ||
        (isEmpty(a) ? 0 : sign * compare(a.cells[column], b.cells[column])))
      body.append(...sorted)
      heads.forEach(each => each.removeAttribute("aria-sort"))
      if (order) head.setAttribute("aria-sort", order)
      status.textContent = fill(said[order ?? "unsorted"], {column: name})
    }
    // A number in the head is itself to choose: then the button stands beside it.
    const open = head.querySelector("[data-n]")
    const control = button(open ? "" : [...head.childNodes], sort, {class: "sort"})
    if (open) control.setAttribute("aria-label", fill(said.sort, {column: name}))
    head.append(control)
  })
}

function filtered(frame, rows, status) {
  const id = `${named(frame.querySelector("table")).id}-filter`
  const field = make("input", {type: "search", id, autocomplete: "off", spellcheck: "false"})
  const texts = rows.map(row => textOf(row).toLocaleLowerCase(lang))
  field.addEventListener("input", () => {
    const wanted = field.value.trim().replace(/\s+/g, " ").toLocaleLowerCase(lang)
    rows.forEach((row, at) => { row.hidden = wanted !== "" && (isSum(row) || !texts[at].includes(wanted)) })
    const parts = rows.filter(row => !isSum(row)), shown = parts.filter(row => !row.hidden)
    status.textContent = fill(said.shown, {shown: formatted(shown.length), all: formatted(parts.length)})
    frame.dispatchEvent(new Event("filtered"))
  })
  return [make("label", {for: id}, said.filter), field]
}

// The rest of a very long table lies below the edge of its frame until it is asked for. It is there all the same: for who
// listens, for a search in the page, for print; and what leads to a row of it (a link, a key, a search) unfolds it.
function folded(frame, table, rows) {
  const parts = rows.filter(row => !isSum(row))
  const isOpen = () => !frame.classList.contains("folded")
  const measure = () => {
    const next = [...table.tBodies[0].rows].filter(row => !row.hidden)[SHOWN]
    frame.style.setProperty("--fold", next ? `${next.offsetTop + next.offsetHeight / 2}px` : "none")
  }
  const words = {false: fill(said.all, {n: formatted(parts.length)}), true: said.fewer}
  const control = button("", () => set(!isOpen()), {class: "more", "aria-describedby": `${named(table).id}-caption`})
  function set(open) {
    const passed = open ? frame.scrollTop : 0
    frame.classList.toggle("folded", !open)
    frame.scrollTop = 0
    scrollBy({top: passed, behavior: "instant"})
    control.textContent = words[open]
    if (!open && frame.getBoundingClientRect().top < 0) frame.scrollIntoView()
  }
  frame.addEventListener("scroll", () => { if (!isOpen() && frame.scrollTop > 0) set(true) })
  frame.addEventListener("filtered", measure)
  new ResizeObserver(measure).observe(table)
  const wanted = () => document.getElementById(decodeURIComponent(location.hash.slice(1)))
  const show = () => { if (table.contains(wanted())) { set(true); wanted().scrollIntoView({block: "center"}) } }
  addEventListener("hashchange", show)
  measure()
  set(false)
  wanted()?.scrollIntoView()
  show()
  return control
}

const isMadeUp = element => element.querySelector(".made-up, [aria-label^='" + said.made_up + "']") !== null
const offered = (words, element) => isMadeUp(element) ? `${words} (${said.made_up.toLowerCase()})` : words

// A spreadsheet takes text that begins with one of these for a formula.
const harmless = text => /^[=+\-@\t\r]/.test(text) ? `'${text}` : text

// Semicolons and decimal commas are what a Swedish spreadsheet opens, commas and points an English one.
function csv(table) {
  const swedish = lang.startsWith("sv")
  const rows = [...table.tBodies[0].rows]
  const numeric = [...table.tHead.rows[0].cells].map((_, column) => isNumeric(rows, column))
  const written = (cell, column, isHead) => {
    const number = isHead || !numeric[column] ? null : numberIn(cell)
    if (number !== null) return swedish ? String(number).replace(".", ",") : String(number)
    const text = textOf(cell).replaceAll("\u00a0", " ")
    return `"${(!isHead && numeric[column] ? "" : harmless(text)).replaceAll('"', '""')}"`
  }
  // As in the files of open data: which rows are made up, where any is.
  const mark = row => isMadeUp(table) ? [row ? String(isMadeUp(row)) : "made_up"] : []
  const line = (row, isHead) =>
    [...[...row.cells].map((cell, at) => written(cell, at, isHead)), ...mark(isHead ? null : row)].join(swedish ? ";" : ",")
  return "\ufeff" + [line(table.tHead.rows[0], true), ...rows.map(row => line(row, false))].join("\r\n") + "\r\n"
}

function svg(drawing) {
  const copy = drawing.cloneNode(true)
  const title = document.createElementNS("http://www.w3.org/2000/svg", "title")
  title.textContent = drawing.closest("[aria-label]")?.getAttribute("aria-label") ?? ""
  copy.prepend(title)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`
}

function save(content, type, name) {
  const link = make("a", {href: URL.createObjectURL(new Blob([content], {type})), download: name})
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

// What is copied keeps its mark: a line that says so stands before it. A part of a table is put back into one.
function marked(event) {
  const selection = getSelection(), range = selection.rangeCount ? selection.getRangeAt(0) : null
  if (!range || !all(".made-up").some(each => range.intersectsNode(each))) return
  const around = range.commonAncestorContainer, within = around.closest ? around : around.parentElement
  const copy = make("div", {}, make("p", {}, make("strong", {}, said.made_up)))
  const inside = within.closest("table, thead, tbody, tr")
  let target = copy
  for (const tag of {TABLE: ["table"], TR: ["table", "tbody", "tr"]}[inside?.tagName] ?? (inside ? ["table", "tbody"] : [])) {
    target.append(make(tag))
    target = target.lastElementChild
  }
  target.append(range.cloneContents())
  event.clipboardData.setData("text/html", copy.innerHTML)
  event.clipboardData.setData("text/plain", `${said.made_up}\n${selection}`)
  event.preventDefault()
}

function equip() {
  document.addEventListener("copy", marked)
  const plainName = element => named(element).id.replace(/^\w+-/, "")
  for (const frame of all(".table-frame")) {
    const table = frame.querySelector("table"), rows = [...table.tBodies[0].rows]
    const caption = {"aria-describedby": `${named(table).id}-caption`}
    const download = button(offered(said.csv, table), () => save(csv(table), "text/csv;charset=utf-8", `${plainName(table)}.csv`),
      {class: "download", ...caption})
    if (!table.tHead) continue
    const around = frame.closest(".float") ?? frame.parentElement
    if (rows.length > LONG) {
      const status = make("span", {role: "status", class: "status"})
      sortable(table, rows, status)
      around.prepend(make("div", {class: "tools"}, filtered(frame, rows, status), status, download))
      if (rows.length > FOLDED || isDrawn(table)) frame.after(make("div", {class: "tools"}, folded(frame, table, rows)))
    } else around.append(make("div", {class: "tools"}, download))
  }
  for (const figure of all("figure:has(.figure-frame svg)")) {
    const drawing = figure.querySelector(".figure-frame svg"), caption = {"aria-describedby": `${named(figure).id}-caption`}
    const download = button(offered(said.svg, figure), () => save(svg(drawing), "image/svg+xml", `${plainName(figure)}.svg`),
      {class: "download", ...caption})
    ;(figure.closest(".float") ?? figure.parentElement).append(make("div", {class: "tools"}, download))
  }
  // A frame is a stop of the Tab key only while there is something in it to scroll to.
  const resized = new ResizeObserver(entries => entries.forEach(({target}) => {
    const scrolls = getComputedStyle(target).overflowX !== "visible" &&
      (target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight)
    if (scrolls) target.tabIndex = 0
    else target.removeAttribute("tabindex")
  }))
  all(".table-frame, .figure-frame, .own-frame").forEach(frame => resized.observe(frame))
}

equip()
followReader()
