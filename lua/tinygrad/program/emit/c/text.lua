--- tinygrad.program.emit.c.text: breaks C source into lines, and writes
-- comments.

local WIDTH = 80

--- Breaks a statement into lines at spaces, and appends them.
local function wrap(line, lines)
  local indent = line:match("^ *")
  while #line > WIDTH do
    local at
    for i = WIDTH, #indent + 10, -1 do
      if line:sub(i, i) == " " then
        at = i
        break
      end
    end
    if not at then break end
    lines[#lines + 1] = line:sub(1, at - 1)
    line = indent .. "    " .. line:sub(at + 1)
  end
  lines[#lines + 1] = line
end

--- Breaks a definition that stands in one line into indented lines.
local function lay_out(text, lines)
  local depth, start, parens, braces = 0, 1, 0, {}
  local function put(stop)
    local statement = text:sub(start, stop):match("^%s*(.-)%s*$")
    start = stop + 1
    if statement ~= "" then
      wrap(("  "):rep(depth) .. statement, lines)
    end
  end
  for i = 1, #text do
    local c = text:sub(i, i)
    if c == "(" then
      parens = parens + 1
    elseif c == ")" then
      parens = parens - 1
    end
    local ends = parens == 0 -- false inside the head of a for
    if ends and c == "{" then
      -- a list of values stays in its line
      local list = text:sub(1, i - 1):find("=%s*$") ~= nil
      braces[#braces + 1] = list
      if not list then
        put(i)
        depth = depth + 1
      end
    elseif ends and c == "}" then
      if not table.remove(braces) then
        put(i - 1)
        depth = depth - 1
        if not text:find("^%s*[%a_][%w_]*;", i + 1) then put(i) end
      end
    elseif ends and c == ";" then
      put(i)
    end
  end
  put(#text)
end

local function comment_safe(text)
  return (text:gsub("[%c]", " "):gsub("%*/", "* /"):gsub("/%*", "/ *"))
end

--- Appends comment lines that say what the numbers of an array are.
---@param array string the array's name
---@param paths string[] says what each number is
local function describe(array, paths, lines)
  local i = 1
  while i <= #paths do
    local base, index, rest = paths[i]:match("^(.*)%[(%d+)%](.-)$")
    local last = i
    while base and paths[last + 1] == ("%s[%d]%s"):format(base,
        tonumber(index) + last + 1 - i, rest) do
      last = last + 1
    end
    local place = last > i and ("%s[%d] to [%d]"):format(array, i - 1, last - 1)
      or ("%s[%d]"):format(array, i - 1)
    local meaning = last > i and ("%s to %s"):format(paths[i], paths[last])
      or paths[i]
    lines[#lines + 1] = ("**   %-10s  %s"):format(place, comment_safe(meaning))
    i = last + 1
  end
end

return {comment_safe = comment_safe, describe = describe, lay_out = lay_out,
  wrap = wrap}
