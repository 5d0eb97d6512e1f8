--- tinygrad.documentation: collects all public names and their comments.
--
-- The comments above functions are the only source. Those of a Lua function are
-- in the file that it was loaded from, those of a C function in meta/, and that
-- of an operation is a row of the engine's table. `help`, the reference that
-- `make doc` writes, and the specs read them here; documentation/comments.lua
-- describes their form.

local comments = require "tinygrad.documentation.comments"
local core = require "tinygrad.core"
local lazy = require "tinygrad.base.lazy"
local options = require "tinygrad.base.options"
local write = require "tinygrad.support.write"
core.library()

local debug = rawget(_G, "debug")
if not debug then
  error("tinygrad.help needs the library 'debug', which is not open in this "
    .. "Lua state", 0)
end

local documentation = {}

---@class tinygrad.Entry what is known of a public name
---@field name string "grad", "optim.Adam", "Value:backward"
---@field kind string "function", "method", "operation" or "module"
---@field f function the function of this name
---@field page string the name of its file, without directory and ".lua"; for a
-- method, that of the file of its class
---@field module string|nil the module of a Lua function, as require takes it
---@field call string "grad(f, opts)"
---@field summary string|nil the first sentence; nil if there is no comment
---@field text string|nil the sentences after the first
---@field parameters {name: string, type: string, text: string}[]
---@field returns {type: string, text: string}[]
---@field raises {text: string}[] what it raises an error for
---@field example string|nil Lua code, with its output in comments

-- Files ---------------------------------------------------------------------

local function source_path(f)
  local source = debug.getinfo(f, "S").source
  return source:sub(1, 1) == "@" and source:sub(2) or nil
end

--- The directory of the modules, lua/tinygrad/, found from the path of this
-- file.
local HERE = (source_path(function() end) or "")
  :match("^(.*[/\\])documentation[/\\]") or ""

--- Returns the lines of a module's file.
local function lines_of(read, module)
  return read(HERE .. module .. ".lua") or read(HERE .. module .. "/init.lua")
end

--- Returns the loaded modules by name: those of the core's own `require`
-- (csrc/embed/loader.c) if there is one, else those of the package library,
-- which a host may have taken away.
local function loaded_modules()
  local is_embedded, loaded = pcall(require, "tinygrad.loaded")
  if is_embedded then return loaded end
  local package = rawget(_G, "package")
  return package and package.loaded or {}
end

-- What there is -------------------------------------------------------------

--- Returns the page of a file: its name, or that of the directory under
-- lua/tinygrad that it is in.
local function page_of(path)
  if path:sub(1, #HERE) == HERE then path = path:sub(#HERE + 1) end
  return path:match("^(%w+)[/\\]") or path:match("([^/\\]+)%.lua$") or path
end

--- Returns the name by which require finds a file under lua/tinygrad.
local function module_of(path)
  return "tinygrad." .. path:sub(#HERE + 1):gsub("%.lua$", "")
    :gsub("[/\\]init$", ""):gsub("[/\\]", ".")
end

--- Makes "f(a, b)" of a name and the line that defines the function.
local function call_of(name, line)
  return name .. (line:match("function[^(]*(%b())")
    or "(...)")
end

--- Fills an entry with the comment above a Lua function.
local function describe_lua(entry, f, read)
  local info = debug.getinfo(f, "S")
  local path = source_path(f)
  local lines = path and read(path)
  entry.page = page_of(path or info.source)
  entry.module = path and module_of(path)
  if not lines then
    entry.missing = true
    entry.call = entry.name .. "(...)"
    return comments.parse(entry, {})
  end
  entry.call = call_of(entry.name, lines[info.linedefined])
    :gsub("%(_, ", "(") -- leaves out the object of a __call
  return comments.parse(entry, comments.above(lines, info.linedefined))
end

--- Fills an entry with the comment in meta/ above a C function.
local function describe_c(entry, read)
  local class = entry.name:match("^(%u%l+)[:.]")
  entry.page = class and class ~= "Value" and class:lower() or "core"
  entry.call = entry.name .. "(...)"
  local lines = read(HERE .. "meta/" .. entry.page .. ".lua")
  entry.missing = not lines
  local wanted = "function " .. (class and "" or "core.") .. entry.name
  for i, line in ipairs(lines or {}) do
    if line:sub(1, #wanted + 1) == wanted .. "(" then
      entry.call = call_of(entry.name, line)
      return comments.parse(entry, comments.above(lines, i))
    end
  end
  return comments.parse(entry, {})
end

--- Returns how the operation of a row of the table is called: "atan(y, x)".
---@param row table a row of tinygrad.operations()
---@return string
function documentation.operation_call(row)
  if row.arity == "n" then
    if row.lua_name == "max" or row.lua_name == "min" then
      return row.lua_name .. "(a, b, c, ...)"
    end
    return row.name == "dot" and "dot(xs, ws)" or row.lua_name .. "{...}"
  end
  local operands = ({"x", "x, y", "x, y, z"})[row.arity]
  local from_note = row.note:match("^" .. row.lua_name .. "(%b())")
  return row.lua_name .. (from_note or "(" .. operands .. ")")
end

--- Returns the note of an operation without its call.
---@param row table a row of tinygrad.operations()
---@return string may be empty
function documentation.operation_note(row)
  return (row.note:gsub("^" .. row.lua_name .. "%b()[:;]?%s*", "")
    :gsub("^" .. row.lua_name .. "{...}[:;]?%s*", ""):gsub("^= ", ""))
end

local SPOKEN = {[1] = "a number or Value", [2] = "numbers or Values",
  [3] = "numbers or Values", n = "numbers or Values, in a table or not"}

--- Returns arguments for an operation's example, as Lua code.
local function example_arguments(row)
  if row.name == "dot" then return "{1, 2, 4}, {3, 5, 1}" end
  if row.arity == "n" then
    return row.lua_name == row.name and "{1, 2, 4}" or "1, 2, 4"
  end
  local arguments = {}
  for i, interval in ipairs(row.domain) do
    local x = interval[1] + 0.625 * (interval[2] - interval[1])
    arguments[i] = write.general(x, 3)
  end
  return table.concat(arguments, ", ")
end

--- Runs an example and returns what it prints.
---@param example string
---@param tinygrad table the module
---@param name string the name of the example in error messages
---@return string[] printed the lines that it prints, with spaces for tabs
function documentation.run_example(example, tinygrad, name)
  local lines = {}
  local environment = setmetatable({tinygrad = tinygrad,
    print = function(...)
      local parts = {...}
      for i = 1, select("#", ...) do parts[i] = tostring(parts[i]) end
      for line in (table.concat(parts, " ") .. "\n"):gmatch("(.-)\n") do
        lines[#lines + 1] = line
      end
    end}, {__index = _G})
  local chunk
  local set = rawget(_G, "setfenv") -- a host may refuse to look for it
  if set then -- coverage off: of Lua 5.1
    chunk = set(assert(loadstring(example, "=" .. name)), environment)
  else -- coverage on
    chunk = assert(load(example, "=" .. name, "t", environment))
  end
  chunk()
  return lines
end

--- Writes an example that calls an operation and its gradient.
local function operation_example(row)
  local f, arguments = "tinygrad." .. row.lua_name, example_arguments(row)
  local lines = {("print((\"%%.6g\"):format(%s(%s)))"):format(f, arguments)}
  if arguments:find("{", 1, true) then
    lines[2] = ("local g = tinygrad.grad(%s)(%s)"):format(f, arguments)
    lines[3] = "print((\"%.6g %.6g %.6g\"):format(g[1], g[2], g[3]))"
  else
    local format = ("%.6g "):rep(tonumber(row.arity) or 3):sub(1, -2)
    lines[2] = ("print((\"%s\"):format("):format(format)
    lines[3] = ("  tinygrad.grad(%s)(%s)))"):format(f, arguments)
  end
  return table.concat(lines, "\n")
end

--- Adds the output of an operation's example to it.
local function with_output(example, tinygrad)
  local printed = documentation.run_example(example, tinygrad, "example")
  local lines = {}
  for line in (example .. "\n"):gmatch("(.-)\n") do
    local prints = line:find("%)%)%)$") or line:find("3%]%)%)$")
    lines[#lines + 1] = line
      .. (prints and " --> " .. table.remove(printed, 1) or "")
  end
  return table.concat(lines, "\n")
end

--- Fills an entry for the operations that have a Lua name in common.
local function describe_operation(entry, rows, tinygrad)
  entry.kind, entry.page = "operation", "operations"
  entry.parameters, entry.raises = {}, {}
  local calls, notes = {}, {}
  for i, row in ipairs(rows) do
    calls[i] = documentation.operation_call(row)
    local note = documentation.operation_note(row)
    if note ~= "" then
      notes[#notes + 1] = (#rows > 1 and calls[i] .. ": " or "") .. note
    end
  end
  entry.call = table.concat(calls, ", ")
  entry.summary = ("The operation '%s', of %s."):format(rows[1].name,
    SPOKEN[rows[#rows].arity])
  entry.text = #notes > 0 and table.concat(notes, "\n") or nil
  entry.returns = {{type = "number|tinygrad.Value",
    text = "a Value if an operand is one"}}
  entry.example = with_output(operation_example(rows[1]), tinygrad)
  entry.rows = rows
  return entry
end

--- Returns the rows of the operations by the names that they have in Lua.
local function operations_by_name()
  local by_name = {}
  for _, row in ipairs(core.operations()) do
    for name in pairs {[row.lua_name] = true, [row.name] = true} do
      by_name[name] = by_name[name] or {}
      table.insert(by_name[name], row)
    end
  end
  return by_name
end

-- Each class, the page of its methods, and a function that makes an object.
local CLASSES = {
  {"Value", "core", function(tinygrad) return tinygrad.Value(0) end},
  {"Program", "program", function(tinygrad)
    return tinygrad.compile(function(x) return x end, 1)
  end},
  {"Tensor", "tensor", function(tinygrad) return tinygrad.Tensor {0} end},
  {"Generator", "tensor", function(tinygrad)
    return tinygrad.Tensor.generator(1)
  end},
  {"Optimizer", "optim", function(tinygrad)
    return tinygrad.optim.SGD({0}, {lr = 1})
  end},
  {"Plot", "plot", function(tinygrad) return tinygrad.plot() end},
  {"Model", "nn", function(tinygrad) return tinygrad.nn.MLP(1, {1}) end},
  {"History", "nn", function(tinygrad)
    return tinygrad.nn.train(tinygrad.nn.MLP(1, {1}),
      tinygrad.nn.squared_error, {x = {1}, y = {1}}, {epochs = 1, quiet = true})
  end},
  {"Fit", "fit", function(tinygrad)
    return tinygrad.fit(function(x, p) return p * x end,
      {x = {1, 2}, y = {1, 2}}, 1)
  end},
  {"Regression", "fit", function(tinygrad)
    return tinygrad.least_squares(function(p) return {p} end, 1)
  end},
}

--- Returns the methods of an object by name: those that its metatable's __index
-- leads to or, if that is a C function, its field `methods`.
local function methods_of(object)
  local metatable = debug.getmetatable(object)
  local methods, index = {}, metatable.methods or metatable.__index
  while type(index) == "table" do
    for name, f in lazy.pairs(index) do methods[name] = methods[name] or f end
    index = (getmetatable(index) or {}).__index
  end
  return methods
end

local function described(tinygrad, name, f, kind, read, operations)
  local entry = {name = name, kind = kind, f = f}
  if debug.getinfo(f, "S").what ~= "C" then
    return describe_lua(entry, f, read)
  end
  local rows = operations[(name:gsub("^Value:", ""))]
  if rows then return describe_operation(entry, rows, tinygrad) end
  return describe_c(entry, read)
end

--- Returns all public names in alphabetical order, with what is known of each.
---@param tinygrad table the module
---@return tinygrad.Entry[]
function documentation.entries(tinygrad)
  local read, operations = comments.reader(), operations_by_name()
  local list = {}
  local function add(name, f, kind, page)
    local entry = described(tinygrad, name, f, kind, read, operations)
    if not entry.rows then entry.page = page or entry.page end
    list[#list + 1] = entry
  end
  local function add_module(prefix, module)
    for key, value in lazy.pairs(module) do
      local name = prefix .. key
      if type(value) == "function" then
        add(name, value, "function")
      elseif type(value) == "table" and name ~= "math" then
        if getmetatable(value) and getmetatable(value).__call then
          add(name, getmetatable(value).__call, "function")
        end
        add_module(name .. ".", value)
      end
    end
  end
  add_module("", tinygrad)
  for _, class in ipairs(CLASSES) do
    for key, f in pairs(methods_of(class[3](tinygrad))) do
      if not key:find("^__") then
        add(class[1] .. ":" .. key, f, "method", class[2])
      end
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

--- Writes a number, string, boolean or list as Lua code.
local function literal(x)
  if type(x) == "table" then
    local list = {}
    for i, element in ipairs(x) do list[i] = literal(element) end
    return "{" .. table.concat(list, ", ") .. "}"
  end
  return type(x) == "string" and ("%q"):format(x)
    or type(x) == "number" and ("%.14g"):format(x) or tostring(x)
end

--- Breaks a text into lines of at most 76 columns. In the first one, `taken`
-- columns are taken already.
local function wrapped(text, taken)
  local lines, line = {}, nil
  for word in text:gmatch("%S+") do
    if line and taken + #line + #word > 75 then
      lines[#lines + 1], line, taken = line, nil, 0
    end
    line = line and line .. " " .. word or word
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

--- Makes the field of a class from the row of an option.
local function option_field(row)
  local default, text = row[3], row[4]
  local shown = row.shown
  if not shown and default ~= nil and default ~= options.REQUIRED then
    shown = literal(default)
  end
  if shown then text = ("%s (%s)"):format(text, shown) end
  local kind = row.type or row[2].type
  return {name = row[1], type = kind, optional = default ~= options.REQUIRED,
    text = wrapped(text, #row[1] + #kind + 14)}
end

--- Adds the classes of options.
local function add_options(classes)
  for class, schema in pairs(options.schemas) do
    local fields = {}
    for i, row in ipairs(schema.own) do fields[i] = option_field(row) end
    classes["tinygrad." .. class] = {name = "tinygrad." .. class,
      fields = fields, options = true,
      parent = schema.parent and "tinygrad." .. schema.parent.class}
  end
end

--- Returns the classes in the comments of all loaded modules, by name.
---@return table classes name -> {name=, parent=, summary=, text=, fields=}
function documentation.classes()
  local read, classes = comments.reader(), {}
  local paths = {"meta/core", "meta/tensor"}
  for name in pairs(loaded_modules()) do
    local module = type(name) == "string" and name:match("^tinygrad%.(.+)$")
    if module then paths[#paths + 1] = (module:gsub("%.", "/")) end
  end
  table.sort(paths)
  for _, path in ipairs(paths) do
    comments.classes(lines_of(read, path) or {}, classes)
  end
  add_options(classes)
  return classes
end

--- Returns the classes that a type names, if they have fields, each followed by
-- its parents: "tinygrad.Fit|nil" names "tinygrad.Fit".
---@param kind string
---@param classes table of documentation.classes()
---@return table[]
function documentation.classes_of(kind, classes)
  local list = {}
  for name in kind:gmatch("tinygrad%.[%w_.]+") do
    local class = classes[name]
    while class do
      if #class.fields > 0 then list[#list + 1] = class end
      class = class.parent and classes[class.parent]
    end
  end
  return list
end

--- Returns the names of the modules in tinygrad, in alphabetical order.
---@param tinygrad table the module
---@return string[]
function documentation.modules(tinygrad)
  local names = {}
  for name, value in lazy.pairs(tinygrad) do
    if type(value) == "table" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

--- Returns the file of a loaded module, given the last part of its name.
local function loaded_file(last)
  local file
  for name in pairs(loaded_modules()) do
    local module = tostring(name):match("^tinygrad%.(.+)$")
    if module and module:match("[^.]+$") == last
        and not (file and file < module) then
      file = module
    end
  end
  return file and file:gsub("%.", "/") or nil
end

--- Returns the heading of a page's or module's file, which is its first
-- comment.
---@param page string a page as in an entry, or the last part of a module's name
---@param anywhere? boolean whether it may be the last part of a module's name:
-- "levenberg"
---@return string|nil
function documentation.introduction(page, anywhere)
  local read = comments.reader()
  local lines = lines_of(read, page) or lines_of(read, "meta/" .. page)
    or anywhere and lines_of(read, loaded_file(page) or page)
  if not lines then return nil end
  local text = {}
  for _, line in ipairs(lines) do
    local body = line:match("^%-%-%-? ?(.*)$")
    if not body then break end
    if not body:find("^@") then text[#text + 1] = body end
  end
  return (table.concat(text, "\n"):gsub("^tinygrad%.[%w_.]+: ", ""))
end

return documentation
