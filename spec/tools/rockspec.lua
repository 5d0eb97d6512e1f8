-- Returns the rockspec with the lists of modules and sources that the Makefile
-- finds in the folders. (`make generated` writes it. A rockspec cannot find
-- them itself, because luarocks runs it without libraries.)

-- Returns the words of a variable of the Makefile.
local function variable(name)
  local pipe = assert(io.popen(
    "make -s --no-print-directory print-" .. name))
  local words = {}
  for word in pipe:read("*a"):gmatch("%S+") do words[#words + 1] = word end
  assert(pipe:close() and #words > 0, name)
  return words
end

-- Returns a field of the rockspec, in lines of at most 80 columns.
local function field(name, path)
  local line = ("    [%q] = %q,\n"):format(name, path)
  if #line <= 80 then return line end
  return ("    [%q] =\n      %q,\n"):format(name, path)
end

local function lua_modules()
  local lines = {}
  for _, path in ipairs(variable("MODULES")) do
    local name = path:gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
    lines[#lines + 1] = {name, field(name, "lua/" .. path)}
  end
  table.sort(lines, function(a, b) return a[1] < b[1] end)
  for i, line in ipairs(lines) do lines[i] = line[2] end
  return table.concat(lines)
end

local function c_module(name, sources)
  local lines = {}
  for i, path in ipairs(sources) do
    lines[i] = ("        %q,\n"):format(path)
  end
  return ([[
    [%q] = {
      incdirs = { "csrc" },
      sources = {
%s      },
    },
]]):format(name, table.concat(lines))
end

--- Returns the rockspec as it should be, for the text of the one that is there.
local function rockspec(text)
  local before, after = text:match("^(.*\n  modules = {\n).*(\n  },\n}\n)$")
  assert(before, "the rockspec does not end in its list of modules")
  return before .. lua_modules() .. c_module("tinygrad.core",
    variable("CORE_SOURCES")) .. c_module("tinygrad.kernels",
    variable("KERNELS_SOURCES")) .. after:sub(2)
end

return rockspec
