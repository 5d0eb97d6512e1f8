-- Writes tinygrad as few files, for hosts that add it to their own build:
--   lua amalgamate.lua DIRECTORY MODULES FILE...
-- FILEs are the C sources and the Lua modules. Into DIRECTORY go tinygrad.c,
-- which holds all of them, tinygrad.h and tinygrad_lua.h. MODULES is a C source
-- to be written that holds the Lua modules alone. `make amalgamation` runs it.
--
-- Each C source becomes a section of tinygrad.c: pragmas and macros end with
-- it, and the names that are its own get the source's name in front.

local directory, modules_path = arg[1], arg[2]
assert(modules_path:find("%.c$"), "the second argument must name a C file")

--- Headers of which each source gets a copy, since their definitions depend on
-- the source that includes them. Files named *.def are treated alike.
local PER_SOURCE = {["config.h"] = true, ["lanes.h"] = true,
  ["values.h"] = true}

--- The beginnings of the names of functions in these headers. text.c keeps the
-- names of lanes.h: it makes text of these functions, which must stay as it is.
local FAMILIES = {"lane_", "value_"}
local KEEPS_FAMILIES = {["csrc/engine/ops/text.c"] = true}

--- The rooms of lua/tinygrad, each with the macro that leaves out its folder
-- and the folders below, or ALWAYS, or NEVER for modules that are of use only
-- beside their files. A module in none of these rooms is an error, so that a
-- new folder says here where it belongs.
local ALWAYS, NEVER = "always", "never"
local ROOMS = {
  ["tinygrad"] = ALWAYS,
  ["tinygrad.base"] = ALWAYS,
  ["tinygrad.documentation"] = ALWAYS,
  ["tinygrad.fit"] = "TG_NO_FIT",
  ["tinygrad.graph"] = "TG_NO_DRAW",
  ["tinygrad.load"] = NEVER, -- loader.c is in its place
  ["tinygrad.math"] = ALWAYS,
  ["tinygrad.meta"] = ALWAYS,
  ["tinygrad.minimize"] = "TG_NO_FIT",
  ["tinygrad.nn"] = "TG_NO_BATCH",
  ["tinygrad.optim"] = "TG_NO_BATCH",
  ["tinygrad.plot"] = "TG_NO_DRAW",
  ["tinygrad.program"] = "TG_NO_PROGRAM",
  ["tinygrad.program.batch"] = "TG_NO_BATCH",
  ["tinygrad.program.emit"] = "TG_NO_EMIT",
  ["tinygrad.program.save"] = "TG_NO_SAVE",
  ["tinygrad.support"] = ALWAYS,
  ["tinygrad.tensor"] = "TG_NO_TENSOR",
  ["tinygrad.transform"] = "TG_NO_DERIVE",
}

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function write(path, texts)
  local file = assert(io.open(path, "wb"))
  assert(file:write(table.concat(texts)))
  assert(file:close())
end

-- Lua modules ----------------------------------------------------------------

--- Calls f(kind, text) on each piece of a Lua program: "comment", "string", and
-- "code" between them.
local function scan_lua(source, f)
  local at = 1
  while at <= #source do
    local from = source:find("[%-\"'%[]", at) or #source + 1
    f("code", source:sub(at, from - 1))
    local rest = source:sub(from, from + 80)
    local dashes, level = rest:match("^(%-?%-?)%[(=*)%[")
    local to
    if dashes == "" or dashes == "--" then
      local _, last = source:find("]" .. level .. "]", from, true)
      to = assert(last)
      f(dashes == "" and "string" or "comment", source:sub(from, to))
    elseif rest:find("^%-%-") then
      to = (source:find("\n", from, true) or #source + 1) - 1
      f("comment", source:sub(from, to))
    elseif rest:find("^[\"']") then
      local quote = rest:sub(1, 1)
      to = from + 1
      while source:sub(to, to) ~= quote do
        to = to + (source:sub(to, to) == "\\" and 2 or 1)
      end
      f("string", source:sub(from, to))
    else
      to = from
      f("code", source:sub(from, to))
    end
    at = to + 1
  end
end

local METHODS = {}
for _, name in ipairs {"byte", "find", "format", "gmatch", "gsub", "lower",
    "match", "rep", "sub", "upper"} do
  METHODS[name] = true
end

--- Returns which of Lua's libraries a program needs, as a sum: the libraries
-- that it uses, except those whose presence it checks with rawget.
local function needs_of(code, source)
  local needs = 0
  for i, name in ipairs {"string", "table", "math"} do
    local used = code:find("%f[%w_]" .. name .. "%f[^%w_]%s*[%.,\n]")
    if name == "string" then
      for method in code:gmatch(":(%l+)%(") do
        used = used or METHODS[method]
      end
    end
    if used and not source:find(("rawget(_G, %q)"):format(name), 1, true) then
      needs = needs + 2 ^ (i - 1)
    end
  end
  return needs
end

--- Returns a program without its comments and strings.
local function code_of(source)
  local code = {}
  scan_lua(source, function(kind, text)
    if kind == "code" then code[#code + 1] = text end
  end)
  return table.concat(code)
end

--- Returns bytes as the elements of an array in C.
local function array_of(bytes)
  assert(#bytes <= 65535, "C99 promises no longer arrays")
  local lines = {}
  for from = 1, #bytes, 20 do
    lines[#lines + 1] =
      table.concat({bytes:byte(from, math.min(from + 19, #bytes))}, ",")
  end
  return table.concat(lines, ",\n")
end

--- Returns what ROOMS says of a module, or of the nearest folder around it. The
-- room "tinygrad" holds files alone: it says nothing of modules in folders.
local function room_of(name)
  local at = name
  while not ROOMS[at] and at:find("%..*%.") do at = at:match("^(.*)%.") end
  return ROOMS[at]
    or error(("%s: name its folder in ROOMS (csrc/embed/amalgamate.lua)")
      :format(name))
end

--- Returns the macro that leaves a module out, or a false value.
local function part_of(name)
  local room = room_of(name)
  return room:find("^TG_") and room
end

local function module_name(path)
  return (path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", "")
    :gsub("/", "."))
end

--- Returns a C source that holds the Lua modules.
local function modules_source(paths)
  local arrays, rows = {}, {}
  for i, path in ipairs(paths) do
    local name, source = module_name(path), read(path)
    local part = part_of(name)
    local open = part and ("#ifndef %s\n"):format(part) or ""
    local close = part and "#endif\n" or ""
    arrays[i] = ("%sstatic const unsigned char module_%d[] = { /* %s */\n%s\n"
      .. "};\n%s\n"):format(open, i, path, array_of(source), close)
    rows[i] = ("%s  { %q, %q, NULL, module_%d, sizeof module_%d, %d },\n")
      :format(open, name, "@" .. path:gsub("^lua/", ""), i, i,
        needs_of(code_of(source), source))
    if part then
      rows[i] = rows[i] .. ("#else\n  { %q, NULL, %q, NULL, 0, 0 },\n#endif\n")
        :format(name, part)
    end
  end
  return "/* modules.c: tinygrad's Lua modules; amalgamate.lua wrote it. */\n"
    .. "#include \"modules.h\"\n\n" .. table.concat(arrays)
    .. "const tg_module tg_modules[] = {\n" .. table.concat(rows)
    .. "  { NULL, NULL, NULL, NULL, 0, 0 }\n};\n"
end

-- C sources ------------------------------------------------------------------

local function base_name(path) return path:match("[^/]*$") end

--- Returns the prefix for the names of a source's own: its path, which no other
-- source has.
local function prefix_of(path)
  return (path:gsub("^csrc/", ""):gsub("%.%w+$", ""):gsub("/", "_")) .. "_"
end

--- Returns the path of the file `name` that the file at `path` includes.
local function resolve(path, name)
  local found, n = path:gsub("[^/]*$", "") .. name, 1
  while n > 0 do found, n = found:gsub("[^/.]+/%.%./", "", 1) end
  return found
end

local function is_per_source(path)
  return PER_SOURCE[base_name(path)] or path:find("%.def$") ~= nil
end

--- Returns a header's text without its guard and without comments.
local function header_body(path)
  local text = read(path):gsub("/%*.-%*/", "")
  text = text:gsub("^%s*#ifndef [%w_]+_H\n#define [%w_]+\n(.*)#endif%s*$",
    "%1")
  return (text:gsub("[ \t]+\n", "\n"):gsub("\n\n+", "\n"))
end

--- Returns the text with each include of our files replaced by f(path).
local function expand(path, text, f)
  return (text:gsub("#include \"([^\"\n]+)\"[^\n]*\n", function(name)
    return f(resolve(path, name))
  end))
end

--- Returns the text of a source, with the headers of PER_SOURCE in place of
-- their includes. A *.def is there as often as it is included, a header once.
local function own_text(path, text, seen)
  return expand(path, text, function(included)
    if seen[included] or not is_per_source(included) then return "" end
    seen[included] = not included:find("%.def$")
    return own_text(included, header_body(included), seen)
  end)
end

local headers_of -- see below

--- Returns the text of the headers for all sources that a file includes,
-- without those in `seen`. For a public header it is an #include.
local function common_headers(path, text, seen)
  return expand(path, text, function(included)
    if included:find("%.def$") then
      return own_text(included, header_body(included), {})
    elseif seen[included] then
      return ""
    end
    seen[included] = true
    if is_per_source(included) then return headers_of(included, seen) end
    local guard = read(included):match("#ifndef ([%w_]+_H)")
    assert(not seen[guard], included .. ": another header has its guard")
    seen[guard] = true
    if included:find("^csrc/[^/]+$") then
      return ("#include \"%s\"\n"):format(base_name(included))
    end
    return ("\n/* --- %s --- */\n%s"):format(included,
      common_headers(included, read(included), seen))
  end)
end

--- Returns the text of the headers for all sources that a source includes.
function headers_of(path, seen)
  local includes = {}
  for line in read(path):gmatch("#include \"[^\"\n]*%.h\"[^\n]*\n") do
    includes[#includes + 1] = line
  end
  return common_headers(path, table.concat(includes), seen)
end

--- Patterns of the definitions of names that a source has for itself alone.
local DEFINITIONS = {
  "\nstatic [^\n=(]-([%a_][%w_]*) %(",
  "\nINLINE [^\n=(]-([%a_][%w_]*) %(",
  "\nstatic const [^\n=(]-([%a_][%w_]*)[%[%]%w_]* =",
  "\n} ([%a_][%w_]*);",
  "\ntypedef struct ([%a_][%w_]*) {",
}

local function names_of(path)
  local names = {}
  local text = "\n" .. read(path)
  for _, pattern in ipairs(DEFINITIONS) do
    for name in text:gmatch(pattern) do names[name] = true end
  end
  for list in text:gmatch("\n[typedf ]*enum[%s%w_]*(%b{})") do
    local members = list:gsub("/%*.-%*/", ""):gsub("%b()", "")
    for name in members:gmatch("[{,]%s*([%a_][%w_]*)") do names[name] = true end
  end
  return names
end

--- Replaces each name in a C source by what f returns for it, but for names of
-- fields and for strings and comments. In a structure, a field is a name that
-- neither a name nor * follows.
local function map_names(text, f)
  local texts, at, depth = {}, 1, 0 -- depth: of braces in a structure
  local function replacement(name)
    local after = text:match("^%s*(.)", at + #name)
    if depth > 0 and after:find("[;,%[%)]") then return name end
    if name == "struct" and text:find("^%s*[%w_]*%s*{", at + #name) then
      depth = depth > 0 and depth or 1
    end
    return f(name)
  end
  local function other(char)
    if char == "{" and depth > 0 then depth = depth + 1 end
    if char == "}" and depth > 0 then
      depth = depth == 2 and 0 or depth - 1
    end
    return char
  end
  local function skip(pattern)
    local _, to = text:find(pattern, at)
    if to then
      texts[#texts + 1] = text:sub(at, to)
      at = to + 1
    end
    return to
  end
  while at <= #text do
    if not (skip("^/%*.-%*/") or skip("^\"\"") or skip("^\".-[^\\]\"")
        or skip("^'\\?.'") or skip("^%d[%w_.]*") or skip("^%->%s*[%a_][%w_]*")
        or skip("^%.[%a_][%w_]*")) then
      local name = text:match("^[%a_][%w_]*", at)
      texts[#texts + 1] = name and replacement(name)
        or other(text:sub(at, at))
      at = at + (name and #name or 1)
    end
  end
  return table.concat(texts)
end

local function in_family(name)
  for _, family in ipairs(FAMILIES) do
    if name:sub(1, #family) == family then return true end
  end
  return false
end

--- Returns the section of a source.
local function section(path)
  local names, prefix = names_of(path), prefix_of(path)
  local text = map_names(own_text(path, read(path), {}), function(name)
    local is_mine = names[name]
      or (in_family(name) and not KEEPS_FAMILIES[path])
    return is_mine and prefix .. name or name
  end)
  local undefs, seen = {}, {}
  for macro in text:gmatch("#%s*define ([%a_][%w_]*)") do
    if not seen[macro] and not macro:find("^TG_") and not macro:find("^_") then
      seen[macro] = true
      undefs[#undefs + 1] = ("#undef %s\n"):format(macro)
    end
  end
  return ("\n/* --- %s --- */\n%s%s%s%s"):format(path, [[
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function" /* of headers */
#elif defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC push_options
#endif
]], text, table.concat(undefs), [[
#if defined(__clang__)
#pragma clang diagnostic pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#pragma GCC diagnostic pop
#endif
]])
end

local HEAD = [[
/*
** tinygrad.c: tinygrad %s, all of it in one file: the engine, its binding to
** Lua, and the Lua modules. amalgamate.lua made it of the sources: change them.
**
** Compile it as C99 or C++, with Lua's headers in reach, and link libm. Then
**   luaL_requiref(L, "tinygrad", luaopen_tinygrad, 0);
** (Lua 5.1 and LuaJIT: put luaopen_tinygrad into package.preload). See
** tinygrad_lua.h. With TG_NO_LUA it is the engine alone, without a need of Lua.
**
%s
*/
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE 1 /* in spite of -std=c99 */
#endif

]]

local function amalgamation(c_paths, modules)
  local seen = {}
  local license = read("LICENSE"):gsub("%s+$", ""):gsub("[^\n]*", "** %0")
    :gsub(" +\n", "\n"):gsub(" +$", "")
  local texts = {HEAD:format(
    read("csrc/tinygrad.h"):match("#define TG_VERSION \"([^\"]+)\""), license)}
  local function add(is_engine)
    for _, make in ipairs {headers_of, section} do
      for _, path in ipairs(c_paths) do
        if (path:find("^csrc/engine/") ~= nil) == is_engine then
          texts[#texts + 1] = make(path, seen)
        end
      end
    end
  end
  add(true)
  texts[#texts + 1] = "\n#ifndef TG_NO_LUA\n"
  add(false)
  texts[#texts + 1] = modules:gsub("#include \"modules.h\"\n", "")
  texts[#texts + 1] = "\n#endif\n"
  return texts
end

local c_paths, lua_paths = {}, {}
for i = 3, #arg do
  local is_lua = arg[i]:find("%.lua$") ~= nil
  if not is_lua then
    c_paths[#c_paths + 1] = arg[i]
  elseif room_of(module_name(arg[i])) ~= NEVER then
    lua_paths[#lua_paths + 1] = arg[i]
  end
end
local modules = modules_source(lua_paths)
write(modules_path, {modules})
write(directory .. "/tinygrad.c", amalgamation(c_paths, modules))
write(directory .. "/tinygrad.h", {read("csrc/tinygrad.h")})
write(directory .. "/tinygrad_lua.h", {read("csrc/tinygrad_lua.h")})
