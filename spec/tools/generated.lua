-- Makes anew all files, and pieces of files, that are made from others:
--   make generated
-- If a script needs a package of Python that the system lacks, its file stays
-- as it is. spec/project/generated_spec.lua finds what is stale.

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function tool(name)
  return assert(loadfile(("spec/tools/%s.lua"):format(name)))("spec")
end

-- Returns the text with `new` between the pattern's two captures.
local function between(text, pattern, new)
  local changed, n = text:gsub(pattern, function(before, after)
    return before .. new .. after
  end)
  assert(n == 1, pattern)
  return changed
end

local generated = {}

--- Files that are made by Lua: {path, what is made, function of the file's
-- text}.
generated.files = {
  {"tinygrad-scm-1.rockspec", "the modules and sources", function(text)
    return tool("rockspec")(text)
  end},
  {"lua/tinygrad/meta/tinygrad.lua", "the annotations for editors", function()
    return tool("annotations")() .. "\n"
  end},
  {"examples/guide/edges.md", "the table of operations", function(text)
    return between(text, "(<!%-%- operations %-%->\n).-(\n<!%-%- /operations)",
      tool("operations_table")())
  end},
  {"spec/README.md", "the number of mutants", function(text)
    return between(text, "(one operator, operand or constant at a time, )%d+"
      .. "( in all)", tostring(tool("mutants")))
  end},
}

--- Files that are made by Python: {path, script, module that it needs, Debian's
-- package of that module}.
generated.scripts = {
  {"spec/reference/points.lua", "spec/reference/generate.py", "mpmath",
    "python3-mpmath"},
  {"spec/reference/optim.lua", "spec/reference/optim.py", "torch",
    "python3-torch"},
}

--- Returns the last line of a file that a script made. Its checksum of the
-- script (Fletcher's, modulo 65521) tells whether the script has changed since.
function generated.stamp(script)
  local low, high = 1, 0
  for byte in read(script):gmatch(".") do
    low = (low + byte:byte()) % 65521
    high = (high + low) % 65521
  end
  return ("-- made by %s, checksum %d-%d\n"):format(script, high, low)
end

local function write(path, text)
  local is_new = text ~= read(path)
  if is_new then
    local file = assert(io.open(path, "wb"))
    assert(file:write(text))
    assert(file:close())
  end
  return is_new and "written" or "as it was"
end

local function run(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  return pipe:close() and text
end

-- Returns a Python that has a module. Debian's packages belong to
-- /usr/bin/python3.
local function python_with(module)
  for _, python in ipairs {"/usr/bin/python3", "python3"} do
    if run(("%s -c 'import %s' 2>/dev/null"):format(python, module)) then
      return python
    end
  end
end

local function script(path, name, module, package)
  local python = python_with(module)
  if not python then
    return ("SKIPPED, for want of Python's %s (Debian: %s)"):format(module,
      package)
  end
  return write(path, assert(run(python .. " " .. name), name .. " failed")
    .. generated.stamp(name))
end

local function main()
  for _, entry in ipairs(generated.files) do
    local path, what, make = entry[1], entry[2], entry[3]
    print(("%s, %s: %s"):format(path, what, write(path, make(read(path)))))
  end
  for _, entry in ipairs(generated.scripts) do
    print(("%s, of %s: %s"):format(entry[1], entry[2], script(entry[1],
      entry[2], entry[3], entry[4])))
    io.stdout:flush()
  end
end

if ... == nil then main() end
return generated
