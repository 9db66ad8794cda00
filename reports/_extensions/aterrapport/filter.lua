-- One filter for HTML and Typst, under pandoc alone and under Quarto.
--
-- Under Quarto it only adds what Quarto lacks: row headers, key figures, compact names, boxes, notes under tables, in
-- print the widths of columns and numbers that keep their unit, on the page frames that scroll and what its template asks
-- for. Under pandoc alone it also does what Quarto does itself: number floats, resolve references. What the floats are
-- called comes from the metadata `floats` (made from quarto.yml); nothing is named here.

local TYPST = FORMAT:match '^typst' ~= nil
local QUARTO = quarto ~= nil
local SHORT = 25 -- rows of a table that is kept on one page
local MANY = 18 -- rows of a table that is set tighter
local SHORT_KEY = 9 -- answers whose key has one column
local HALF_LINE = 46 -- characters of a key that fit in half the width of the page

local kinds = {} -- prefix of an id -> { key, caption, reference, location, space }
local delimiter, note_title, quotes = '', '', {}
local numbers = {} -- id of a float -> { kind, number }
local unprinted = {} -- id of a float that only the page has -> its kind
local anchors = {} -- every id that a link may go to

local function fail(message) error('aterrapport: ' .. message, 0) end
local function raw(text) return pandoc.RawBlock('typst', text) end
local function quoted(text) return '"' .. text:gsub('\\', '\\\\'):gsub('"', '\\"') .. '"' end

local function write_typst(inlines)
  local options = pandoc.WriterOptions { wrap_text = 'wrap-none' }
  return (pandoc.write(pandoc.Pandoc { pandoc.Plain(inlines) }, 'typst-smart', options):gsub('%s+$', ''))
end

local function wrapped(opening, blocks, closing)
  local result = pandoc.Blocks { raw(opening) }
  result:extend(blocks)
  result:insert(raw(closing))
  return result
end

-- A list of pairs, since Lua walks a table of named values in another order each time.
local function attributes(classes, values) return pandoc.Attr('', classes, values) end

-- The frame of a table, or of a figure, which has no rows. It scrolls sideways on a small screen: so it is reached by
-- the keyboard and named by its caption.
local function frame(blocks, rows, id)
  local classes = { rows and 'table-frame' or 'figure-frame', rows and rows > SHORT and 'long' or nil }
  return pandoc.Div(blocks, attributes(classes,
    { { 'role', rows and 'region' or 'group' }, { 'tabindex', '0' }, { 'aria-labelledby', id .. '-caption' } }))
end

-- What belongs to a float stands in one frame with it: its note, and what the page's script puts there.
local function around(blocks) return pandoc.Div(blocks, attributes { 'float' }) end

local function box(title, content)
  if TYPST then return wrapped('#note-box(' .. quoted(title) .. ')[', content, ']') end
  local blocks = pandoc.Blocks { pandoc.Div({ pandoc.Plain(title) }, { class = 'callout-title' }) } .. content
  return pandoc.Div(blocks, attributes({ 'callout' }, { { 'role', 'note' }, { 'aria-label', title } }))
end

-- Tables --------------------------------------------------------------------------------------------------------

-- The rows of the table among these blocks; nil where there is none.
local function rows_in(blocks)
  local rows
  blocks:walk { Table = function(tbl)
    for _, body in ipairs(tbl.bodies) do rows = (rows or 0) + #body.body end
  end }
  return rows
end

-- In print every table has the full width. Numbers and names stand on one line; what is left goes to the columns of text,
-- in the proportions that the source gives, and none is narrower than its longest word.
local LINE = 88 -- characters of table text that fit side by side
local UNEVEN = 1.2 -- how many more lines a row has than its characters alone would need
local FULL = 36 -- lines of a table that is kept on one page
local BESIDE = 2.1 -- the room between two columns, in characters

-- Few rows can be high, too: a guess of their lines, for to measure them takes Typst longer than to set the report.
local function fills_a_page(blocks)
  local lines = 0
  if (rows_in(blocks) or 0) > SHORT then return false end -- it may break as it is
  blocks:walk { Table = function(tbl)
    for _, body in ipairs(tbl.bodies) do
      for _, row in ipairs(body.body) do
        local characters = 0
        for _, cell in ipairs(row.cells) do characters = characters + utf8.len(pandoc.utils.stringify(cell.contents)) end
        lines = lines + math.max(math.ceil(characters * UNEVEN / LINE), 1)
      end
    end
  end }
  return lines > FULL
end

-- The template lets a table with this inset break.
local function breakable(blocks, is_listing)
  return blocks:walk { Table = function(tbl)
    if is_listing then tbl.classes:insert 'listing' end
    tbl.attributes['typst:inset'] = 'listing-inset'
    return tbl
  end }
end

local function turned(cell)
  local first = cell.contents[1] and cell.contents[1].content[1]
  return first and first.t == 'Span' and first.classes:includes 'turned'
end

local function widths(tbl)
  local longest, word, share, least = {}, {}, {}, {}
  local function measure(rows, head)
    for _, row in ipairs(rows) do
      for i, cell in ipairs(row.cells) do
        local text = head and turned(cell) and 'n' or pandoc.utils.stringify(cell)
        for part in text:gmatch '%S+' do word[i] = math.max(word[i] or 1, utf8.len(part) * (head and 1.1 or 1)) end
        longest[i] = math.max(longest[i] or 1, head and word[i] or utf8.len(text))
      end
    end
  end
  local function sum(values)
    local total = 0
    for _, value in ipairs(values) do total = total + value end
    return total
  end
  measure(tbl.head.rows, true)
  for _, body in ipairs(tbl.bodies) do measure(body.body, false) end
  for i, spec in ipairs(tbl.colspecs) do
    share[i] = spec[2] or longest[i]
    least[i] = (longest[i] + BESIDE) / LINE
  end
  if sum(least) > 1 then
    -- Not everything stands on one line: numbers do, texts share the rest.
    local texts, rest = 0, 1
    for i, spec in ipairs(tbl.colspecs) do
      if spec[1] == 'AlignRight' then rest = rest - least[i] else texts = texts + share[i] end
    end
    for i, spec in ipairs(tbl.colspecs) do
      if spec[1] == 'AlignRight' then share[i] = least[i] else
        share[i] = texts > 0 and share[i] / texts * math.max(rest, 0) or 0
        least[i] = math.min((word[i] + BESIDE) / LINE, least[i])
      end
    end
  end
  local total, needed, spare = sum(share), 0, 0
  for i in ipairs(share) do
    share[i] = share[i] / total
    needed = needed + math.max(least[i] - share[i], 0)
    spare = spare + math.max(share[i] - least[i], 0)
  end
  local given = spare > 0 and math.min(needed / spare, 1) or 0
  tbl.colspecs = pandoc.List(tbl.colspecs):map(function(spec, i)
    local over = share[i] - least[i]
    return { spec[1], over > 0 and share[i] - over * given or share[i] - over * math.min(spare / needed, 1) }
  end)
end

-- Turn what stands upright in the head of a narrow column.
local function turn(cell)
  if turned(cell) then
    local inlines = cell.contents[1].content
    inlines:insert(1, pandoc.RawInline('typst', '#rotate(-90deg, reflow: true)['))
    inlines:insert(pandoc.RawInline('typst', ']'))
  end
end

-- The first cell of a row names the row. An address printed a second time keeps its anchor at the first.
local function headers(tbl)
  for _, row in ipairs(tbl.head.rows) do
    for _, cell in ipairs(row.cells) do cell.attributes.scope = 'col' end
  end
  for _, body in ipairs(tbl.bodies) do
    body.row_head_columns = 1
    for _, row in ipairs(body.body) do row.cells[1].attributes.scope = 'row' end
  end
  if not TYPST then
    -- The style sheet sets first columns to the left and others to the right; what differs says so in each cell.
    tbl.colspecs = pandoc.List(tbl.colspecs):map(function(spec, i)
      local align = spec[1] == 'AlignDefault' and 'AlignLeft' or spec[1]
      return { align == (i == 1 and 'AlignLeft' or 'AlignRight') and 'AlignDefault' or align, spec[2] }
    end)
  elseif not tbl.classes:includes 'listing' then
    if not tbl.attributes['typst:inset'] and rows_in(pandoc.Blocks { tbl }) > MANY then
      tbl.attributes['typst:inset'] = 'tight-inset'
      tbl.attributes['typst:text:size'] = '8.2pt'
    end
    widths(tbl)
  end
  for _, row in ipairs(TYPST and tbl.head.rows or {}) do row.cells:map(turn) end
  return tbl
end

local function unique(span)
  if span.identifier == '' then return nil end
  if not anchors[span.identifier] then
    anchors[span.identifier] = true
    return nil
  end
  span.identifier = ''
  return span
end

-- In print a number stands on one line with its unit, or whatever word comes after it; a year needs none.
local function with_unit(inlines)
  local changed = nil -- what is given back costs time, and a report has thousands of cells
  for i = 1, #inlines - 2 do
    local number, space, word = inlines[i], inlines[i + 1], inlines[i + 2]
    local counts = number.t == 'Span' and pandoc.utils.stringify(number):match '%d$'
      and not (number.attributes['data-n'] or ''):match '/year$'
    if counts and (space.t == 'Space' or space.t == 'SoftBreak') and word.t == 'Str' and word.text:match '^%a' then
      inlines[i + 1] = pandoc.Str '\u{a0}'
      changed = inlines
    end
  end
  return changed
end

-- Divs that both renderers leave to this filter ------------------------------------------------------------------

-- `- **cirka [86]{.n} miljoner kronor** text`: the first number of the bold words is set large.
local function enlarged(inlines)
  local done = false
  return inlines:walk { Str = function(str)
    local first, last = str.text:find '%d+'
    if done or not first then return nil end
    done = true
    -- Digits go on after a no-break space or a decimal comma.
    while true do
      local _, more = str.text:find('^\u{a0}%d%d%d', last + 1)
      if not more then _, more = str.text:find('^,%d+', last + 1) end
      if not more then break end
      last = more
    end
    local large = pandoc.Inlines { pandoc.Str(str.text:sub(first, last)) }
    local parts = pandoc.Inlines { pandoc.Str(str.text:sub(1, first - 1)) }
    if TYPST then
      parts:insert(pandoc.RawInline('typst', '#key-number['))
      parts:extend(large)
      parts:insert(pandoc.RawInline('typst', ']'))
    else
      parts:insert(pandoc.Span(large, pandoc.Attr('', { 'number' })))
    end
    parts:insert(pandoc.Str(str.text:sub(last + 1)))
    return parts
  end }
end

local function key_figures(div)
  local items = {}
  local list = div.content[1]
  if #div.content ~= 1 or list.t ~= 'BulletList' then fail 'key figures are one list' end
  for i, item in ipairs(list.content) do
    local inlines = pandoc.utils.blocks_to_inlines(item)
    local strong = inlines[1]
    if not strong or strong.t ~= 'Strong' then fail 'a key figure begins with its number in bold' end
    strong.content = enlarged(strong.content)
    list.content[i] = { pandoc.Plain(inlines) }
    inlines = inlines:clone()
    inlines:remove(1)
    items[i] = ('([%s], [%s])'):format(write_typst(strong.content), write_typst(inlines))
  end
  return TYPST and raw('#key-figures(' .. table.concat(items, ', ') .. ')') or div
end

-- The key to the letters of many answers is set in two columns, the first as long as the second or longer.
local function in_columns(div)
  local blocks, list = div.content, div.content[1]
  if not div.classes:includes 'key' or #blocks ~= 1 or list.t ~= 'BulletList' or #list.content <= SHORT_KEY then return blocks end
  local length, sum = {}, 0
  for i, item in ipairs(list.content) do
    length[i] = math.ceil((utf8.len(pandoc.utils.stringify(item)) + 1) / HALF_LINE)
    sum = sum + length[i]
  end
  local first, second, before = pandoc.List {}, pandoc.List {}, 0
  for i, item in ipairs(list.content) do
    (before < sum / 2 and first or second):insert(item)
    before = before + length[i]
  end
  return wrapped('#two-columns[', pandoc.Blocks { pandoc.BulletList(first), raw '][', pandoc.BulletList(second) }, ']')
end

-- A table of the analysts' own has no caption: its frame is named by the heading above it, else by its own head.
local function framed(div)
  local heading
  local blocks = pandoc.Blocks {}
  for _, block in ipairs(div.content) do
    if block.t == 'Header' then heading = pandoc.utils.stringify(block) end
    if block.t == 'Table' then
      local head = pandoc.List {}
      for _, row in ipairs(block.head.rows) do
        for _, cell in ipairs(row.cells) do head:insert(pandoc.utils.stringify(cell.contents)) end
      end
      local name = { 'aria-label', heading or table.concat(head, ', ') }
      block = pandoc.Div({ block }, attributes({ 'own-frame' }, { { 'role', 'region' }, { 'tabindex', '0' }, name }))
    end
    blocks:insert(block)
  end
  div.content = blocks
  return div
end

local function is_note(block) return block and block.t == 'Div' and block.classes:includes 'table-note' end

local function own_div(div)
  -- What Quarto puts around a cell's output would keep headings out of the contents.
  if QUARTO and (div.classes:includes 'cell' or div.classes:includes 'cell-output') then return div.content end
  if div.classes:includes 'key-figures' then return key_figures(div) end
  if not TYPST then return div.classes:includes 'own-text' and framed(div) or nil end
  if div.classes:includes 'content-visible' then return pandoc.Blocks {} end
  if div.classes:includes 'finder' then return pandoc.Blocks {} end
  if div.classes:includes 'new-page' then return raw '#pagebreak(weak: true)' end
  if div.classes:includes 'table-note' then return wrapped('#table-note[', div.content, ']') end
  if div.classes:includes 'own-mark' then return wrapped('#own-mark[', div.content, ']') end
  if div.classes:includes 'made-up-mark' then return wrapped('#made-up-mark[', div.content, ']') end
  if div.classes:includes 'names' then return wrapped('#names[', in_columns(div), ']') end
  if div.classes:includes 'review' then return wrapped('#review-note[', div.content, ']') end
  if div.classes:includes 'own-text' then return wrapped('#own-text[', div.content, ']') end
end

-- In print a number of the text that counts made-up answers is marked as on the page; under a table its note says it.
local marked = { traverse = 'topdown', Table = function(tbl) return tbl, false end, Span = TYPST and function(span)
  if not span.classes:includes 'made-up' then return nil end
  return pandoc.Inlines { pandoc.RawInline('typst', '#made-up['), span, pandoc.RawInline('typst', ']') }, false
end or nil }

local printed = TYPST and with_unit or nil

-- A line in bold is a heading of the analysts': in print it stays with what comes after it.
local heading = TYPST and function(para)
  return #para.content == 1 and para.content[1].t == 'Strong' and wrapped('#block(sticky: true)[', { para }, ']') or nil
end or nil

local function language(meta) return pandoc.utils.stringify(meta.lang):match '^%a+' end

local function set_quotes(meta)
  quotes = language(meta) == 'sv' and { DoubleQuote = { '”', '”' }, SingleQuote = { '’', '’' } }
    or { DoubleQuote = { '“', '”' }, SingleQuote = { '‘', '’' } }
end

local function quote(element)
  local pair = quotes[element.quotetype]
  return pandoc.Inlines { pandoc.Str(pair[1]) } .. element.content .. pandoc.Inlines { pandoc.Str(pair[2]) }
end

-- Under Quarto, which hands floats and callouts as nodes of its own ------------------------------------------------

local function callout(node)
  local title = pandoc.utils.stringify(node.title or '')
  return title ~= '' and box(title, pandoc.Blocks(quarto.utils.as_blocks(node.content))) or nil
end

local function float_node(node)
  local content = pandoc.Blocks(quarto.utils.as_blocks(node.content))
  if TYPST then
    local is_listing = node.classes:includes 'listing'
    if not is_listing and not fills_a_page(content) then return nil end
    node.content = breakable(content, is_listing)
    return node
  end
  local caption = pandoc.Span(quarto.utils.as_inlines(node.caption_long), { id = node.identifier .. '-caption' })
  node.caption_long = pandoc.Plain { caption }
  node.content = pandoc.Blocks { frame(content, rows_in(content), node.identifier) }
  return node
end

-- In print a short table stays on one page with its note.
local function together(list)
  local changed, i = nil, 1
  while i < #list do
    local block = list[i]
    local rows = block.t == 'Div' and is_note(list[i + 1]) and rows_in(block.content)
    if rows and rows <= SHORT and not fills_a_page(block.content) then
      list:insert(i, raw '#block(breakable: false, width: 100%)[')
      list:insert(i + 3, raw ']')
      changed, i = list, i + 3
    end
    i = i + 1
  end
  return changed
end

local function floats_with_notes(list)
  local result, i = pandoc.Blocks {}, 1
  while i <= #list do
    local block, note = list[i], is_note(list[i + 1]) and list[i + 1] or nil
    local is_float = block.t == 'Div' and block.attributes.__quarto_custom_type == 'FloatRefTarget'
    result:insert(is_float and around { block, note } or block)
    i = i + (is_float and note and 2 or 1)
  end
  return result
end

-- What report.html asks for, as builtin.py gives it: words, scripts and, where our own command has put it beside this
-- filter, what the page holds beside the document.
local function page(meta)
  set_quotes(meta)
  if TYPST then return nil end
  local function read(name)
    local file = io.open(quarto.utils.resolve_path(name), 'rb')
    return file and file:read 'a'
  end
  local function html(text) return pandoc.Inlines { pandoc.RawInline('html', text) } end
  local words = pandoc.json.decode(read 'words.json', false)[language(meta)] or fail 'words.json: not this language'
  local given = pandoc.json.decode(read 'page.json' or '{}', false)
  local said, scripts = {}, pandoc.List {}
  for _, part in ipairs { { 'script', 'page.js' }, { 'numbers', 'numbers.js' }, { 'charts', 'charts.js' }, { 'finder', 'finder.js' } } do
    if part[1] ~= 'numbers' or given.numbers then
      for name, text in pairs(words[part[1]]) do said[name] = text end
      scripts:insert(read(part[2]))
    end
  end
  meta.words = { skip = words.skip, edition = words.edition, ['edition-lang'] = words['edition-lang'] }
  meta.said = html((pandoc.json.encode(said):gsub('<', '\\u003c')))
  meta.script = html(table.concat(scripts, '\n'))
  meta.numbers = given.numbers and html(given.numbers)
  meta.edition = given.edition
  return meta
end

if QUARTO then
  return { { Meta = page }, { Blocks = TYPST and together or floats_with_notes }, marked, { Table = headers, Div = own_div, Quoted = quote,
    Inlines = printed, Para = heading, Callout = callout, FloatRefTarget = float_node } }
end

-- What Quarto does itself ----------------------------------------------------------------------------------------

local function settings(meta)
  for _, kind in ipairs(meta.floats.kinds) do
    local read = {}
    for key, value in pairs(kind) do read[key] = pandoc.utils.stringify(value) end
    kinds[read.key] = { key = read.key, caption = read.caption, reference = read.reference, location = read.location,
      space = read.space ~= 'false', count = 0 }
  end
  delimiter = pandoc.utils.stringify(meta.floats.delimiter)
  note_title = pandoc.utils.stringify(meta.floats.note)
  set_quotes(meta)
end

local function kind_of(id) return kinds[id:match '^(%w+)%-' or ''] end

local function label(words, kind, number) return words .. (kind.space and '\u{a0}' or '') .. number end

local function number(div)
  local id, kind = div.identifier, kind_of(div.identifier)
  if not kind then return nil end
  if numbers[id] then fail(('two floats are called #%s'):format(id)) end
  kind.count = kind.count + 1
  numbers[id] = { kind = kind, number = kind.count }
  if TYPST and (div.classes:includes 'listing' or fills_a_page(div.content)) then
    if not div.classes:includes 'high' then div.classes:insert 'high' end
    div.content = breakable(div.content, div.classes:includes 'listing')
    return div
  end
end

-- What only the page shows has no number in print, and nothing to refer to.
local function unseen(div)
  if not (TYPST and div.classes:includes 'content-visible') then return nil end
  div.content:walk { Div = function(float) unprinted[float.identifier] = kind_of(float.identifier) end }
  return pandoc.Blocks {}
end

local function anchor(element)
  if element.identifier ~= '' then anchors[element.identifier] = true end
end

local function reference(cite)
  local result = pandoc.Inlines {}
  for i, citation in ipairs(cite.citations) do
    local found = numbers[citation.id]
    if not found and unprinted[citation.id] then return pandoc.Inlines { pandoc.Str(unprinted[citation.id].reference) } end
    if not found then fail(('unknown reference @%s'):format(citation.id)) end
    local words = tostring(found.number)
    if citation.mode ~= 'SuppressAuthor' then words = label(found.kind.reference, found.kind, words) end
    if i > 1 then result:extend { pandoc.Str ',', pandoc.Space() } end
    result:insert(pandoc.Link(words, '#' .. citation.id))
  end
  return result
end

local function known(link)
  local target = link.target
  if target:match '^#' then
    if not anchors[target:sub(2)] then fail(('unknown link target %s'):format(target)) end
  elseif target:match '^%a[%w+.-]*:' and not (target:match '^https?:' or target:match '^mailto:') then
    fail(('link target %s is no web or mail address'):format(target))
  end
end

-- One float -> a captioned table or a figure. `note` is the div below a table: it belongs to it.
local function float(div, note)
  local id, found = div.identifier, numbers[div.identifier]
  local kind, blocks = found.kind, div.content
  local last = blocks[#blocks]
  if not last or last.t ~= 'Para' then fail(('#%s has no caption: its last paragraph'):format(id)) end
  blocks:remove(#blocks)
  local caption = last.content
  local rows = rows_in(blocks)

  if TYPST then
    local open = ('], caption: figure.caption(position: %s, [%s]), kind: "quarto-float-%s", supplement: [%s])<%s>'):format(
      kind.location, write_typst(caption), kind.key, kind.caption, id)
    if note then blocks:extend(own_div(note)) end
    local result = wrapped('#figure([', blocks, open)
    if rows and rows <= SHORT and not div.classes:includes 'high' then return wrapped('#[\n#show figure: set block(breakable: false)', result, ']') end
    if rows then result:insert(1, raw '#room-for-rows()') end
    return result
  end

  local name = pandoc.Span(label(kind.caption, kind, found.number) .. delimiter, { class = 'label' })
  caption = pandoc.Inlines { name, pandoc.Space() } .. caption
  if not rows then
    caption = pandoc.Plain { pandoc.Span(caption, { id = id .. '-caption', class = 'caption' }) }
    if kind.location == 'top' then -- lists of the analysts'
      local content = pandoc.Blocks { caption } .. blocks
      return around { pandoc.Div(content, pandoc.Attr(id, {}, { { 'role', 'group' }, { 'aria-labelledby', id .. '-caption' }, { 'data-text', div.attributes['data-text'] } })), note }
    end
    return around { pandoc.Figure({ frame(blocks, nil, id) }, { long = { caption } }, { id = id }), note }
  end
  blocks = blocks:walk { Table = function(tbl)
    tbl.identifier = id
    tbl.caption = { long = { pandoc.Plain { pandoc.Span(caption, { id = id .. '-caption', class = 'caption' }) } } }
    return tbl
  end }
  return around { frame(blocks, rows, id), note }
end

-- What a page shows when it is asked for; without scripts too.
local function folded(title, content)
  local function html(text) return pandoc.RawBlock('html', text) end
  return pandoc.Blocks { html '<details class="fold"><summary>', pandoc.Plain { title }, html '</summary>' } .. content
    .. pandoc.Blocks { html '</details>' }
end

local function blocks(list)
  if #list == 1 and list[1].t == 'Plain' then return nil end -- a cell: there are thousands
  local result, i = pandoc.Blocks {}, 1
  while i <= #list do
    local block, new = list[i], nil
    if block.t == 'Div' then
      if numbers[block.identifier] then
        local after = list[i + 1]
        local note = is_note(after) and after or nil
        if note then i = i + 1 end
        new = float(block, note)
      elseif block.classes:find_if(function(class) return class:match '^callout%-' end) then
        new = box(block.attributes.title or note_title, block.content)
      elseif block.classes:includes 'fold' and not TYPST then
        new = folded(block.attributes.title, block.content)
      else
        new = own_div(block)
      end
    end
    new = new or block
    if pandoc.utils.type(new) == 'Blocks' then result:extend(new) else result:insert(new) end
    i = i + 1
  end
  return result
end

-- Raw HTML and Typst draw a figure and do nothing else: text must not bring its own.
local function no_raw(element)
  fail(('raw %s outside a figure: %s'):format(element.format, element.text:sub(1, 40)))
end

local function no_image(image)
  fail(('image %s: pictures come as figures that hold them'):format(image.src))
end

local function strict(div)
  if kind_of(div.identifier) then
    div.content:walk { RawInline = no_raw, Image = no_image }
    return nil, false
  end
end

return {
  { Meta = settings },
  { traverse = 'topdown', Div = strict, RawBlock = no_raw, RawInline = no_raw, Image = no_image },
  { Div = unseen },
  { Div = number },
  marked,
  { Span = unique, Header = anchor, Div = anchor, Table = headers, Cite = reference, Quoted = quote,
    Inlines = printed },
  { Link = known },
  { Para = heading, Blocks = blocks },
}
