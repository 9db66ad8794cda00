// Every number open: what it is, who is in it, where it comes from. The template puts this after page.js, where a page
// has explanations.

const known = JSON.parse(document.getElementById("page-numbers").textContent)

// Numbers: each is a button. A page has thousands: Tab stops once in a table and once in a paragraph, and the arrow
// keys go on from there. So nobody has to pass 1,200 stops to get beyond the long table, and with a screen reader each
// is reached by reading, as the buttons that they are.

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

let dialog, chosen

function split(address) {
  const parts = address.split("/")
  return [parts[0], parts.slice(1, -1).join("/"), parts.at(-1)]
}

function explain(element) {
  chosen = element
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
    (source.flags ?? []).map(flag => make("p", {class: `flag ${flag}`}, make("strong", {}, said[`${flag}_title`], "."), " ", said[flag])),
    make("p", {}, sentences.map(text).join(" ")),
    make("dl", {},
      it.base ? [make("dt", {}, said.base), make("dd", {}, `${text(it.base[0])}: ${it.base[1] == null ? EMPTY : formatted(it.base[1])}`)] : null,
      it.base?.[2] == null ? null : [make("dt", {}, said.answered), make("dd", {}, formatted(it.base[2]))],
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

function municipalities({role, label, unit, total, members, values, unnamed}, open) {
  const listed = known.members[members], regions = new Map()
  listed.forEach((at, nth) => {
    const [name, region] = known.municipalities[at]
    const value = values?.[nth] == null ? "" : ` ${formatted(values[nth])}`
    regions.set(region, [...regions.get(region) ?? [], (name + value).replaceAll(" ", "\u00a0")])
  })
  const n = listed.length || unnamed
  const count = n === 1 ? said.municipality : fill(said.municipalities, {n: formatted(n)})
  const quiet = make("span", {class: "quiet"}, `(${count})`)
  const sum = total == null || role === "counted" || role === "base" ? "" : `: ${formatted(total)}${unit === "kr" ? "\u00a0kr" : ""}`
  const heading = `${said[role === "base" ? "base_of" : role]}: ${known.texts[label]}${sum}`
  if (!listed.length) return make("p", {}, heading, n ? [" ", quiet] : null)
  return make("details", open ? {open: ""} : {},
    make("summary", {}, heading, " ", quiet),
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

// A mark of a drawing (charts.js): the number that it shows, or else its row, which tells of the numbers beside it.
function explainMark(address, from) {
  const [table, row, column] = split(address)
  const told = known.numbers[table]?.[row]
  if (!told) return
  chosen = from
  show(table, row, column in told ? column : "")
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
      chosen = there.find(each => each.dataset.n.endsWith(`/${column}`)) ?? there[0]
      if (chosen && column) chosen.scrollIntoView({block: "center"})
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
  dialog.addEventListener("close", () => chosen?.focus())
  const groups = new Set()
  for (const element of all("main .n[data-n]")) {
    const [table, row, column] = split(element.dataset.n)
    if (!known.numbers[table]?.[row]?.[column] || element.closest("a, button")) continue
    for (const [name, value] of [["role", "button"], ["tabindex", "-1"], ["aria-haspopup", "dialog"]]) element.setAttribute(name, value)
    groups.add(groupOf(element))
  }
  groups.forEach(group => oneStop(group))
  all(".table-frame").forEach(frame => frame.addEventListener("filtered", () => oneStop(frame.querySelector("table"))))
  document.addEventListener("click", event => {
    const element = event.target.closest?.(OPEN)
    if (element && getSelection().isCollapsed) explain(element)
  })
  document.addEventListener("keydown", onKey)
  document.querySelector("main .key-figures")?.after(make("p", {class: "hint"}, said.hint))
  addEventListener("hashchange", followLink)
  followLink()
}

openNumbers()
