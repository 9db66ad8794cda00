// What the page does for its reader. Without this script everything is there to read, and no control is shown that
// would not work. All text is set as text, never as HTML: data cannot become markup.
"use strict";
(() => {
const lang = document.documentElement.lang
const said = JSON.parse(document.getElementById("page-words").textContent)
const numbers = document.getElementById("page-numbers")
const known = numbers && JSON.parse(numbers.textContent)
const collator = new Intl.Collator(lang, {numeric: true})

const all = (selector, root = document) => [...root.querySelectorAll(selector)]
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name])
const formatted = number => new Intl.NumberFormat(lang).format(number)
const textOf = element => element.textContent.replace(/\s+/g, " ").trim()

function make(tag, attributes, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value)
  element.append(...children.flat().filter(child => child != null))
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
  const observer = new IntersectionObserver(mark, {rootMargin: "0px 0px -70% 0px"})
  headings.forEach(heading => observer.observe(heading))
}

// Tables: sort, filter, download ------------------------------------------------------------------------------------

const LONG = 15 // rows from which a table is worth sorting and filtering
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

function sortable(table, rows, status) {
  const body = table.tBodies[0]
  // The row of the whole country stays below those of the regions.
  const isSum = row => row.querySelector("[data-n*='_by_region/00/']") !== null
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
  const id = `${frame.querySelector("table").id}-filter`
  const field = make("input", {type: "search", id, autocomplete: "off", spellcheck: "false"})
  const texts = rows.map(row => textOf(row).toLocaleLowerCase(lang))
  field.addEventListener("input", () => {
    const wanted = field.value.trim().replace(/\s+/g, " ").toLocaleLowerCase(lang)
    rows.forEach((row, at) => { row.hidden = !texts[at].includes(wanted) })
    const shown = rows.filter(row => !row.hidden).length
    status.textContent = fill(said.shown, {shown: formatted(shown), all: formatted(rows.length)})
    oneStop(frame.querySelector("table"))
  })
  return [make("label", {for: id}, said.filter), field]
}

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
  const line = (row, isHead) => [...row.cells].map((cell, at) => written(cell, at, isHead)).join(swedish ? ";" : ",")
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

function equip() {
  const plainName = element => element.id.replace(/^\w+-/, "")
  for (const frame of all(".table-frame")) {
    const table = frame.querySelector("table"), rows = [...table.tBodies[0].rows]
    const caption = {"aria-describedby": `${table.id}-caption`}
    const download = button(said.csv, () => save(csv(table), "text/csv;charset=utf-8", `${plainName(table)}.csv`), caption)
    if (rows.length > LONG && table.tHead) {
      const status = make("span", {role: "status", class: "status"})
      sortable(table, rows, status)
      frame.before(make("div", {class: "tools"}, filtered(frame, rows, status), status, download))
    } else if (table.tHead) {
      frame.after(make("div", {class: "tools"}, download))
    }
  }
  for (const figure of all("figure:has(> .figure-frame svg)")) {
    const drawing = figure.querySelector(".figure-frame svg")
    const caption = {"aria-describedby": `${figure.id}-caption`}
    figure.after(make("div", {class: "tools"},
      button(said.svg, () => save(svg(drawing), "image/svg+xml", `${plainName(figure)}.svg`), caption)))
  }
  // A frame is a stop of the Tab key only while there is something in it to scroll to.
  const resized = new ResizeObserver(entries => entries.forEach(({target}) => {
    const scrolls = getComputedStyle(target).overflowX !== "visible" &&
      (target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight)
    if (scrolls) target.tabIndex = 0
    else target.removeAttribute("tabindex")
  }))
  all(".table-frame, .figure-frame").forEach(frame => resized.observe(frame))
}

// Numbers: each is a button. A page has thousands: Tab stops once in a table and once in a paragraph, and the arrow
// keys go on from there. So nobody has to pass 1,200 stops to get beyond the long table, and with a screen reader each
// is reached by reading, as the buttons that they are. -----------------------------------------------------------

const OPEN = ".n[role='button']"
const groupOf = element => element.closest("table, p, li, figcaption, dd, h2, h3, h4") ?? element.parentElement
const inSight = element => !element.closest("[hidden]")

function oneStop(group, wanted) {
  const members = all(OPEN, group).filter(each => groupOf(each) === group)
  const first = wanted ?? members.find(each => inSight(each) && each.closest("tbody")) ?? members.find(inSight)
  members.forEach(each => { each.tabIndex = each === first ? 0 : -1 })
}

function moved(from, key) {
  const group = groupOf(from)
  const lines = group.matches("table") ? all("caption, tr", group).filter(inSight) : [group]
  const rows = lines.map(line => all(OPEN, line)).filter(row => row.length)
  const flat = rows.flat(), y = rows.findIndex(row => row.includes(from)), row = rows[y]
  if (key === "Home") return row[0]
  if (key === "End") return row.at(-1)
  const by = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1}[key]
  if (/Left|Right/.test(key) || rows.length === 1) return flat[flat.indexOf(from) + by]
  const beside = rows[y + by], column = from.closest("td, th")?.cellIndex
  return beside?.find(each => each.closest("td, th")?.cellIndex === column) ?? beside?.[0]
}

function onKey(event) {
  const from = event.target.closest?.(OPEN)
  if (!from || event.altKey || event.ctrlKey || event.metaKey) return
  if (event.key === "Enter" || event.key === " ") explain(from)
  else if (/^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(event.key)) {
    const to = moved(from, event.key)
    if (to) { oneStop(groupOf(to), to); to.focus() }
  } else return
  event.preventDefault()
}

// Explanations ------------------------------------------------------------------------------------------------------

let dialog, opener

function split(address) {
  const parts = address.split("/")
  return [parts[0], parts.slice(1, -1).join("/"), parts.at(-1)]
}

function explain(element) {
  opener = element
  oneStop(groupOf(element), element)
  show(...split(element.dataset.n))
}

function show(table, row, column) {
  const [rest, value, ...sentences] = known.numbers[table][row][column]
  const it = known.rest[rest], source = known.sources[it.source], text = at => known.texts[at]
  const address = [table, ...row.split("/"), ...(column ? [column] : [])].join(".")
  const name = [text(it.row), column && text(known.columns[table][column])].filter(Boolean).join(" · ")
  const terms = it.terms ?? []
  dialog.replaceChildren(make("div", {class: "inside"},
    make("div", {class: "top"}, make("p", {class: "of"}, text(source.table)),
      button("", () => dialog.close(), {class: "close", "aria-label": said.close})),
    make("h2", {id: "explained-title"}, make("span", {}, name), value ? make("span", {class: "value"}, text(value)) : null),
    column ? null : cells(table, row),
    (source.flags ?? []).map(flag => make("p", {class: `flag ${flag}`}, make("strong", {}, said[`${flag}_title`]), " ", said[flag])),
    make("p", {}, sentences.map(text).join(" ")),
    make("dl", {},
      it.base ? [make("dt", {}, said.base), make("dd", {}, `${text(it.base[0])}: ${it.base[1] == null ? EMPTY : formatted(it.base[1])}`)] : null,
      make("dt", {}, said.year), make("dd", {}, String(source.year)),
      source.note == null ? null : [make("dt", {}, said.note), make("dd", {}, text(source.note))]),
    terms.map((at, nth) => municipalities(known.terms[at], nth === 0)),
    it.shares == null ? null : shares(known.shares[it.shares]),
    make("details", {}, make("summary", {}, said.files),
      make("p", {}, `${said.made} `, make("code", {}, text(source.sql))),
      make("dl", {class: "files"}, (source.files ?? []).map(at => known.files[at]).map(([file, sum]) =>
        [make("dt", {}, file), make("dd", {}, `${said.checksum} `, make("code", {}, sum))]))),
    make("p", {class: "link"}, make("a", {href: `#${address}`}, said.link))))
  if (!dialog.open) dialog.showModal()
  dialog.scrollTop = 0
}

// The numbers of a row, as the page has them.
function cells(table, row) {
  const found = Object.keys(known.numbers[table][row]).filter(Boolean)
  return make("dl", {}, found.map(column => [make("dt", {}, known.texts[known.columns[table][column]]),
    make("dd", {}, known.texts[known.numbers[table][row][column][1]] || EMPTY)]))
}

function municipalities({role, label, unit, total, members, values}, open) {
  const listed = known.members[members], regions = new Map()
  listed.forEach((at, nth) => {
    const [name, region] = known.municipalities[at]
    const value = values?.[nth] == null ? "" : ` ${formatted(values[nth])}`
    regions.set(region, [...regions.get(region) ?? [], (name + value).replaceAll(" ", "\u00a0")])
  })
  const count = listed.length === 1 ? said.municipality : fill(said.municipalities, {n: formatted(listed.length)})
  const sum = total == null || role === "counted" || role === "base" ? "" : `: ${formatted(total)}${unit === "kr" ? "\u00a0kr" : ""}`
  const heading = `${said[role === "base" ? "base_of" : role]}: ${known.texts[label]}${sum}`
  if (!listed.length) return make("p", {}, heading)
  return make("details", open ? {open: ""} : {},
    make("summary", {}, heading, " ", make("span", {class: "quiet"}, `(${count})`)),
    make("dl", {class: "names-by-region"}, [...regions].map(([region, names]) => [
      make("dt", {}, `${known.regions[region]} (${names.length})`), make("dd", {}, names.join(", "))])))
}

function shares(rows) {
  const isSmall = base => base > 0 && base < known.small
  const line = ([region, count, base, percent]) => {
    const bar = make("span", {class: "bar"})
    bar.style.inlineSize = `${percent ?? 0}%`
    return make("tr", {}, make("th", {scope: "row"}, known.regions[region] + (isSmall(base) ? "\u00a0*" : "")),
      make("td", {}, `${count}/${base}`),
      make("td", {class: "share"}, percent == null ? EMPTY : `${percent}${lang.startsWith("sv") ? "\u00a0" : ""}%`),
      make("td", {"aria-hidden": "true"}, percent == null ? null : bar))
  }
  const head = [said.region, said.count, said.share].map(words => make("th", {scope: "col"}, words))
  return make("details", {open: ""}, make("summary", {}, said.regions),
    make("table", {"aria-label": said.regions}, make("thead", {}, make("tr", {}, head, make("td", {"aria-hidden": "true"}))),
      make("tbody", {}, rows.map(line))),
    rows.some(([, , base]) => isSmall(base)) ? make("p", {class: "quiet"}, fill(said.small, {n: known.small})) : null)
}

// `#collaboration.civil_society` names a row, `#collaboration.civil_society.count` a number.
function followLink() {
  const wanted = decodeURIComponent(location.hash.slice(1))
  const dotted = (...parts) => parts.filter(Boolean).join(".").replaceAll("/", ".")
  const table = wanted.split(".")[0], rows = known.numbers[table] ?? {}
  for (const [row, columns] of Object.entries(rows)) {
    for (const column of Object.keys(columns)) {
      if (dotted(table, row, column) !== wanted) continue
      const there = all(OPEN).filter(each => each.dataset.n.startsWith(`${table}/${row}/`))
      opener = there.find(each => each.dataset.n.endsWith(`/${column}`)) ?? there[0]
      if (opener && column) opener.scrollIntoView({block: "center"})
      return show(table, row, column)
    }
  }
  if (dialog.open) dialog.close()
}

function openNumbers() {
  dialog = make("dialog", {class: "explained", "aria-labelledby": "explained-title"})
  document.body.append(dialog)
  // The dialog itself is hit only outside what it holds.
  dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close() })
  dialog.addEventListener("close", () => opener?.focus())
  const groups = new Set()
  for (const element of all("main .n[data-n]")) {
    const [table, row, column] = split(element.dataset.n)
    if (!known.numbers[table]?.[row]?.[column] || element.closest("a, button")) continue
    for (const [name, value] of [["role", "button"], ["tabindex", "-1"], ["aria-haspopup", "dialog"]]) element.setAttribute(name, value)
    groups.add(groupOf(element))
  }
  groups.forEach(group => oneStop(group))
  document.addEventListener("click", event => {
    const element = event.target.closest?.(OPEN)
    if (element && getSelection().isCollapsed) explain(element)
  })
  document.addEventListener("keydown", onKey)
  document.querySelector("main .key-figures")?.after(make("p", {class: "hint"}, said.hint))
  addEventListener("hashchange", followLink)
  followLink()
}

equip()
if (known) openNumbers()
followReader()
})()
