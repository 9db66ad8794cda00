// Find a municipality: what the page's tables and drawings say of it and of its region, in one place. Nothing is told here
// that does not stand there, and nothing of it is kept twice.

function finder(place) {
  const {amounts, absent, regions} = place.dataset
  // A municipality is called otherwise than the recipient in its row; without explanations only that is known.
  const called = (code, text) => {
    const row = typeof known === "undefined" ? undefined : known.numbers[amounts]?.[code]?.[""]
    return row ? known.texts[known.rest[row[0]].row] : text
  }
  const found = new Map()
  for (const each of all(`main th [data-n^="${amounts}/"]`)) {
    const code = each.dataset.n.split("/")[1]
    found.set(called(code, textOf(each)), {code, row: each.closest("tr"), link: `${amounts}.${code}`})
  }
  for (const each of all(`main [id^="${absent}."]`)) found.set(textOf(each), {code: each.id.split(".")[1], link: each.id})
  if (!found.size) return
  const names = [...found.keys()].sort(collator.compare)
  const field = make("input", {id: "finder-field", list: "finder-names", autocomplete: "off", spellcheck: "false"})
  const told = make("div", {class: "told", "aria-live": "polite"})
  const form = make("form", {role: "search", "aria-label": said.find}, make("label", {for: "finder-field"}, said.find),
    make("div", {}, field, make("button", {}, said.show)),
    make("datalist", {id: "finder-names"}, names.map(name => make("option", {value: name}))))
  // As somebody may write it: without hyphens, with what the municipality is called in full, without marks on letters.
  const lower = text => text.trim().replace(/[\s-]+/g, " ").toLocaleLowerCase(lang)
  const short = text => lower(text).replace(/^region /, "").replace(/s? (kommun|stad|municipality)$/, "")
  const bare = text => short(text).normalize("NFD").replace(/[\u0300-\u036f]/g, "")
  const ways = [[lower, lower], [lower, short], [bare, bare]]
  const like = test => ways.map(([of, by]) => names.filter(name => test(of(name), by(field.value)))).find(hits => hits.length) ?? []

  function search(event) {
    event.preventDefault()
    const exact = like((name, wanted) => name === wanted)
    const near = exact.length || event.type === "input" ? exact : like((name, wanted) => wanted && name.startsWith(wanted))
    if (near.length === 1) tell(near[0], found.get(near[0]))
    else if (event.type === "input" || !field.value.trim()) told.replaceChildren()
    else told.replaceChildren(make("p", {}, near.length ? fill(said.several, {names: near.join(", ")}) : said.none))
  }

  function tell(name, {code, row, link}) {
    const isHere = address => address.split("/")[0].split("-").includes(code.slice(0, 2))
    const region = all(`main th [data-n^="${regions}/"]`).find(each => isHere(each.dataset.n.slice(regions.length + 1)))?.closest("tr")
    const drawings = all(".drawing[data-n$='_by_region']").map(drawing => [drawing, marksOf(drawing).filter(([at]) => isHere(at))])
    const leads = (to, words) => make("p", {}, make("a", {href: `#${to}`}, words))
    told.replaceChildren(make("div", {}, make("h3", {}, name),
      row ? ofRow(row) : make("p", {}, fill(said.absent, {name})),
      leads(link, row ? said.row : said.list),
      region ? [make("h3", {}, textOf(region.cells[0])), ofRow(region), leads(region.querySelector("[id]").id, said.row),
        answers(drawings.filter(([, marks]) => marks.length), textOf(region.cells[0]))] : []))
  }

  field.addEventListener("input", search)
  form.addEventListener("submit", search)
  place.append(form, told)
}

// The cells of a row with the heads of their columns. Numbers that open do so here too.
function ofRow(row) {
  const heads = row.closest("table").tHead.rows[0].cells
  const pairs = [...row.cells].slice(1).map((cell, at) => {
    const value = make("dd", {}, [...cell.childNodes].map(each => each.cloneNode(true)))
    all("[id]", value).forEach(each => each.removeAttribute("id"))
    all("[tabindex]", value).forEach(each => { each.tabIndex = 0 })
    return [make("dt", {}, textOf(heads[at + 1])), value]
  })
  return make("dl", {}, pairs)
}

// Regions of few municipalities stand together there, and are called so.
function answers(drawings, region) {
  if (!drawings.length) return null
  const told = drawings.map(([drawing, marks]) => [
    make("h4", {}, make("a", {href: `#${named(drawing).id}`}, textOf(named(drawing).querySelector("figcaption")))),
    isMadeUp(drawing) ? make("p", {class: "made-up-mark"}, said.made_up) : null,
    marks[0][2] === region ? null : make("p", {}, marks[0][2]),
    make("dl", {}, marks.map(([, value, ...name]) =>
      [make("dt", {}, name.at(-1)), make("dd", {}, make("span", isMadeUp(drawing) ? {class: "made-up"} : {}, value))]))])
  return make("details", {}, make("summary", {}, said.answers), told)
}

all(".finder").forEach(finder)
