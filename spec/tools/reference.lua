-- Writes the reference as HTML, a page for each module, into a directory:
--   lua5.4 spec/tools/reference.lua build/doc        (make doc)
-- Its texts come from the comments in the sources (documentation/init.lua).

local documentation = require "tinygrad.documentation"
local tinygrad = require "tinygrad"

local STYLE = [[
:root { color-scheme: light dark; --line: #8884; --accent: #2a6fb0;
  --code: #8881; }
@media (prefers-color-scheme: dark) { :root { --accent: #7db7ee; } }
* { box-sizing: border-box; }
body { margin: 0; display: flex; font: 16px/1.5 system-ui, sans-serif; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
nav { width: 14rem; flex: none; padding: 1.5rem; border-right: 1px solid
  var(--line); height: 100vh; position: sticky; top: 0; overflow: auto; }
nav a { display: block; padding: .1rem 0; }
nav a.here { font-weight: 600; }
main { padding: 1.5rem 2.5rem 6rem; max-width: 54rem; min-width: 0; }
h1 { margin-top: 0; }
h2 { margin: 3rem 0 .5rem; padding-top: 1rem; font-size: 1.15rem;
  border-top: 1px solid var(--line); }
h3 { margin: 1rem 0 .2rem; font-size: .85rem; text-transform: uppercase;
  letter-spacing: .05em; opacity: .7; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: var(--code); padding: .8rem 1rem; border-radius: 6px;
  overflow-x: auto; }
p { margin: .5rem 0; } dl { margin: .2rem 0; }
dt { font-family: ui-monospace, monospace; font-size: .9em; }
dt span { opacity: .65; } dd { margin: 0 0 .4rem 1.5rem; }
table { border-collapse: collapse; } td { padding: .15rem 1rem .15rem 0;
  vertical-align: top; } td p { margin: 0; }
@media (max-width: 50rem) { body { display: block; } nav { position: static;
  width: auto; height: auto; border: 0; columns: 3; } main { padding: 1rem; } }
]]

local function escaped(text)
  return (text:gsub("[&<>\"]", {["&"] = "&amp;", ["<"] = "&lt;",
    [">"] = "&gt;", ["\""] = "&quot;"}))
end

-- Returns the text of a comment as HTML. `code` is code; empty lines separate
-- paragraphs; indented paragraphs are programs; lines that begin with a dash
-- are a list.
local function prose(text)
  local items = {}
  for paragraph in (text .. "\n\n"):gmatch("(.-)\n%s*\n") do
    if paragraph:find("^    ") then
      local program = paragraph:gsub("^    ", ""):gsub("\n    ", "\n")
      items[#items + 1] = ("<pre>%s</pre>"):format(escaped(program))
    elseif paragraph ~= "" then
      local html = escaped(paragraph):gsub("`([^`]+)`", "<code>%1</code>")
      items[#items + 1] = "<p>" .. html:gsub("\n%- ", "<br>&bull; ") .. "</p>"
    end
  end
  return table.concat(items, "\n")
end

local function anchor(name) return (name:gsub("[:.]", "-")) end

local function title(page)
  if page == "core" then return "Values" end
  return (page:gsub("_", " "):gsub("^%l", string.upper))
end

local function list(html, heading, items, head)
  if #items == 0 then return end
  html[#html + 1] = ("<h3>%s</h3>\n<dl>"):format(heading)
  for _, item in ipairs(items) do
    html[#html + 1] = ("<dt>%s</dt><dd>%s</dd>"):format(head(item),
      prose(item.text or ""))
  end
  html[#html + 1] = "</dl>"
end

-- Returns the HTML of a class and its fields, which each page has once.
local function class_section(class)
  local html = {("<h2 id=\"%s\"><code>%s</code></h2>"):format(
    anchor(class.name), class.name)}
  html[#html + 1] = prose((class.summary or "") .. "\n\n"
    .. (class.text or ""))
  list(html, "Fields", class.fields, function(f)
    return ("%s <span>%s%s</span>"):format(f.name, escaped(f.type),
      f.optional and ", optional" or "")
  end)
  return table.concat(html, "\n")
end

-- Returns the classes that a page's entries take and return.
local function classes_of(entries, classes)
  local kinds, classes_here, seen = {}, {}, {}
  for _, entry in ipairs(entries) do
    for _, item in ipairs(entry.parameters) do kinds[#kinds + 1] = item.type end
    for _, item in ipairs(entry.returns) do kinds[#kinds + 1] = item.type end
    local class = entry.name:match("^(%u%l+):")
    if class then kinds[#kinds + 1] = "tinygrad." .. class end
  end
  for _, class in ipairs(documentation.classes_of(table.concat(kinds, " "),
      classes)) do
    if not seen[class.name] and class.name ~= "tinygrad.Value"
        or not seen[class.name] and entries[1].page == "core" then
      seen[class.name] = true
      classes_here[#classes_here + 1] = class
    end
  end
  return classes_here
end

local function section(entry)
  local html = {("<h2 id=\"%s\"><code>%s</code></h2>"):format(
    anchor(entry.name), escaped(entry.call))}
  html[#html + 1] = prose((entry.summary or "") .. "\n\n"
    .. (entry.text or ""))
  list(html, "Takes", entry.parameters, function(p)
    return ("%s <span>%s%s</span>"):format(p.name, escaped(p.type),
      p.optional and ", optional" or "")
  end)
  list(html, "Returns", entry.returns,
    function(r) return "<span>" .. escaped(r.type) .. "</span>" end)
  list(html, "Raises an error if", entry.raises, function() return "" end)
  if entry.example then
    html[#html + 1] = "<h3>Example</h3>\n<pre>" .. escaped(entry.example)
      .. "</pre>"
  end
  return table.concat(html, "\n")
end

local function navigation(pages, here)
  local html = {"<nav><a href=\"index.html\"><b>tinygrad</b></a>"}
  for _, page in ipairs(pages) do
    html[#html + 1] = ("<a%s href=\"%s.html\">%s</a>"):format(
      page == here and " class=\"here\"" or "", page, title(page))
  end
  html[#html + 1] = "</nav>"
  return table.concat(html, "\n")
end

local function document(pages, page, heading, body)
  return ([[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%s - tinygrad</title>
<style>
%s</style>
</head>
<body>
%s
<main>
<h1>%s</h1>
%s
</main>
</body>
</html>
]]):format(heading, STYLE, navigation(pages, page), heading, body)
end

-- Returns the entries of each page, and the pages in alphabetical order.
local function by_page()
  local groups, pages = {}, {}
  for _, entry in ipairs(documentation.entries(tinygrad)) do
    if not (entry.rows and entry.name:find("^Value:")) then
      if not groups[entry.page] then
        groups[entry.page] = {}
        pages[#pages + 1] = entry.page
      end
      table.insert(groups[entry.page], entry)
    end
  end
  table.sort(pages, function(a, b) return title(a) < title(b) end)
  for _, entries in pairs(groups) do -- functions come before methods
    table.sort(entries, function(a, b)
      if (a.kind == "method") ~= (b.kind == "method") then
        return b.kind == "method"
      end
      return a.name < b.name
    end)
  end
  return groups, pages
end

local OPERATIONS = "Functions of numbers and Values: with a Value among the "
  .. "operands the result is one. All but those on tables are methods of "
  .. "Values too. Derivatives at kinks are in examples/guide/edges.md."

local function index_of(groups, pages)
  local html = {("<p>%s, reference. The guide is examples/guide.</p>"):format(
    tinygrad._VERSION)}
  for _, page in ipairs(pages) do
    html[#html + 1] = ("<h2><a href=\"%s.html\">%s</a></h2>\n<table>"):format(
      page, title(page))
    for _, entry in ipairs(groups[page]) do
      html[#html + 1] = ("<tr><td><code><a href=\"%s.html#%s\">%s</a></code>"
        .. "</td><td>%s</td></tr>"):format(page, anchor(entry.name),
        escaped(entry.name), prose(entry.rows and (entry.text or "")
          or entry.summary or ""))
    end
    html[#html + 1] = "</table>"
  end
  return table.concat(html, "\n")
end

local function body_of(page, entries, classes)
  local sections = {}
  local introduction = documentation.introduction(page)
  if introduction then
    introduction = introduction:gsub("^%l", string.upper)
  end
  sections[1] = prose(page == "operations" and OPERATIONS
    or introduction or "")
  for i, entry in ipairs(entries) do sections[i + 1] = section(entry) end
  for _, class in ipairs(classes_of(entries, classes)) do
    sections[#sections + 1] = class_section(class)
  end
  return table.concat(sections, "\n")
end

--- Returns the pages: file name -> HTML.
local function reference()
  local groups, pages = by_page()
  local classes = documentation.classes()
  local files = {["index.html"] = document(pages, nil, "Reference",
    index_of(groups, pages))}
  for _, page in ipairs(pages) do
    files[page .. ".html"] = document(pages, page, title(page),
      body_of(page, groups[page], classes))
  end
  return files
end

local directory = ...
if directory ~= "spec" then
  for name, html in pairs(reference()) do
    local file = assert(io.open(directory .. "/" .. name, "w"))
    file:write(html)
    file:close()
  end
end
return reference
