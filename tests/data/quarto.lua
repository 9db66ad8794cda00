-- Stands in for Quarto between pandoc's reader and writer, after the sources of 1.10 and what was seen of one: floats and
-- callouts become nodes with slots, our filter is run over them, and what it leaves is rendered. The environment's
-- EXTENSION is the folder of our filter; `floats` in the metadata says how floats are called (document.floats).

local FOLDER, HTML = os.getenv 'EXTENSION', FORMAT:match '^html' ~= nil
local SLOTS = { FloatRefTarget = { 'content', 'caption_long' }, Callout = { 'title', 'content' } }
local kinds, numbers, values, nodes = {}, {}, {}, setmetatable({}, { __mode = 'k' })
local delimiter

local function as_blocks(value)
  local what = pandoc.utils.type(value)
  if what == 'Inlines' then value = pandoc.Plain(value) end
  return what == 'Blocks' and value or pandoc.Blocks(value and { value } or {})
end

quarto = { utils = {
  as_blocks = as_blocks,
  as_inlines = function(value) return pandoc.utils.blocks_to_inlines(as_blocks(value)) end,
  resolve_path = function(name) return FOLDER .. '/' .. name end,
} }

local function settings(meta)
  for _, kind in ipairs(meta.floats.kinds) do kinds[pandoc.utils.stringify(kind.key)] = kind end
  delimiter = pandoc.utils.stringify(meta.floats.delimiter)
end

-- A node: a div that holds a div for each slot; all else that is known of it is kept beside the tree.
local function node(kind, known, slots)
  values[#values + 1] = known
  local inside = pandoc.Blocks {}
  for _, slot in ipairs(SLOTS[kind]) do
    inside:insert(pandoc.Div(as_blocks(slots[slot]), pandoc.Attr('', {}, { __quarto_custom_scaffold = 'true' })))
  end
  return pandoc.Div(inside, pandoc.Attr('', {}, { __quarto_custom = 'true', __quarto_custom_type = kind,
    __quarto_custom_context = 'Block', __quarto_custom_id = tostring(#values) }))
end

local function make_nodes(div)
  local kind = kinds[div.identifier:match '^(%w+)%-' or '']
  if kind then
    kind.count = (kind.count or 0) + 1
    numbers[div.identifier] = kind.count
    local caption = div.content:remove(#div.content)
    return node('FloatRefTarget', { identifier = div.identifier, classes = div.classes, kind = kind },
      { content = div.content, caption_long = caption })
  elseif div.classes:find_if(function(class) return class:match '^callout%-' end) then
    return node('Callout', {}, { title = pandoc.Inlines(div.attributes.title or {}), content = div.content })
  end
end

-- A node as a filter gets it: its slots are read and written by name.
local function accessor(div)
  local slots = {}
  for at, slot in ipairs(SLOTS[div.attributes.__quarto_custom_type]) do slots[slot] = at end
  local known = values[tonumber(div.attributes.__quarto_custom_id)]
  local made = setmetatable({}, {
    __index = function(_, key)
      if not slots[key] then return known[key] end
      local content = div.content[slots[key]].content
      if #content > 1 then return content end
      return content[1]
    end,
    __newindex = function(_, key, value) div.content[slots[key]].content = as_blocks(value) end,
  })
  nodes[made] = div
  return made
end

-- A filter's own functions get no node as a div, and no slot.
local function run_as_quarto_does(filter)
  local run = {}
  for name, each in pairs(filter) do if not SLOTS[name] then run[name] = each end end
  function run.Div(div)
    local own = filter[div.attributes.__quarto_custom_type]
    if own then
      local given = own(accessor(div))
      return nodes[given] or given
    elseif not div.attributes.__quarto_custom and not div.attributes.__quarto_custom_scaffold and filter.Div then
      return filter.Div(div)
    end
  end
  return run
end

local function words_of(kind, name) return pandoc.utils.stringify(kind[name]) end

local function resolve(cite)
  local refs = pandoc.Inlines {}
  for at, citation in ipairs(cite.citations) do
    local id = citation.id
    local kind, number = kinds[id:match '^(%w+)%-' or ''], numbers[id]
    if at > 1 then refs:extend { pandoc.Str ',', pandoc.Space() } end
    if not number then
      refs:insert(pandoc.Strong { pandoc.Str('?@' .. id) })
    elseif HTML then
      refs:insert(pandoc.Link(words_of(kind, 'reference') .. '\u{a0}' .. number, '#' .. id, '', { class = 'quarto-xref' }))
    else
      refs:insert(pandoc.RawInline('typst', '@' .. id))
    end
  end
  return refs
end

local function render(div)
  local what = div.attributes.__quarto_custom_type
  if what == 'Callout' then return pandoc.BlockQuote(accessor(div).content) end
  if what ~= 'FloatRefTarget' then return nil end
  local float = accessor(div)
  local id, caption, content = float.identifier, quarto.utils.as_inlines(float.caption_long), as_blocks(float.content)
  local on_top = words_of(float.kind, 'location') == 'top'
  local function raw(text) return pandoc.RawBlock(HTML and 'html' or 'typst', text) end
  if HTML then
    caption:insert(1, pandoc.Str(words_of(float.kind, 'caption') .. '\u{a0}' .. numbers[id] .. delimiter .. ' '))
    local above = pandoc.Blocks { raw(('<figcaption id="%s-caption-0ceaefa1">'):format(id)), pandoc.Plain(caption), raw '</figcaption>' }
    local inside = pandoc.Blocks { pandoc.Div(content, pandoc.Attr('', {}, { ['aria-describedby'] = id .. '-caption-0ceaefa1' })) }
    inside = on_top and above .. inside or inside .. above
    return pandoc.Div(pandoc.Blocks { raw '<figure class="quarto-float">' } .. inside .. { raw '</figure>' }, pandoc.Attr(id, float.classes))
  end
  return pandoc.Blocks { raw '#figure([' } .. content .. {
    raw(('], caption: figure.caption(position: %s, ['):format(on_top and 'top' or 'bottom')), pandoc.Plain(caption),
    raw((']), kind: "quarto-float-%s", supplement: [%s], numbering: "1")<%s>'):format(
      words_of(float.kind, 'key'), words_of(float.kind, 'caption'), id)) }
end

local filters = { { Meta = settings }, { Div = make_nodes } }
for _, filter in ipairs(dofile(FOLDER .. '/filter.lua')) do filters[#filters + 1] = run_as_quarto_does(filter) end
filters[#filters + 1] = { Cite = resolve }
filters[#filters + 1] = { Div = render }
return filters
