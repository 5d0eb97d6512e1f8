--- tinygrad.program.emit.c: C as a language for Programs. It has the functions
-- that emit/init.lua describes, in that order.

local core = require "tinygrad.core"
local expression = require "tinygrad.program.emit.c.expression"
local file = require "tinygrad.program.emit.c.file"
local names = require "tinygrad.program.emit.c.names"
local text = require "tinygrad.program.emit.c.text"
core.library()

local C = {}
C.__index = C

---@param name string the name of the exported function, with which all its
-- names begin
---@param real string "double" or "float"
---@param doc boolean whether the text has comments
---@param header string|false the file that the source includes, if any
local function new(name, real, doc, header)
  return setmetatable({name = name, real = real, doc = doc, header = header}, C)
end

-- Expressions and statements -------------------------------------------------

function C:write(x) return (expression.write(x, self.real)) end

function C:declare(name, x, fixed)
  return ("%s%s %s = %s;"):format(fixed and "const " or "", self.real, name,
    self:write(x))
end

function C:assign(place, x)
  return ("%s = %s;"):format(self:write(place), self:write(x))
end

function C.run(_, name) return ("%s(w);"):format(name) end

function C.ignore(_, name) return ("(void)%s;"):format(name) end

-- Lines ----------------------------------------------------------------------

function C:put(lines, depth, statement, comment)
  text.wrap(("  "):rep(depth) .. statement, lines)
  if comment and self.doc then
    lines[#lines] = ("%s /* %s */"):format(lines[#lines],
      text.comment_safe(comment))
  end
end

function C:loop(lines, depth, count, statements)
  local head = ("for (k = 0; k < %.0f; k++)"):format(count)
  if #statements == 1 then
    self:put(lines, depth, ("%s %s"):format(head, statements[1]))
    return
  end
  self:put(lines, depth, head .. " {")
  for _, statement in ipairs(statements) do
    self:put(lines, depth + 1, statement)
  end
  self:put(lines, depth, "}")
end

function C:open(lines, depth) self:put(lines, depth, "{") end

function C:close(lines, depth) self:put(lines, depth, "}") end

local function append(lines, more)
  for _, line in ipairs(more) do lines[#lines + 1] = line end
end

--- Puts a function: its head, and a body of lines at depth 1.
local function put_function(lines, head, body, loops)
  text.wrap(head .. " {", lines)
  if loops then lines[#lines + 1] = "  int k;" end
  append(lines, body)
  lines[#lines + 1] = "}"
end

function C:chunk(lines, name, body, loops)
  put_function(lines, ("static void %s(%s *w)"):format(name, self.real), body,
    loops)
  lines[#lines + 1] = ""
end

function C:array(lines, name, numbers)
  local values = {}
  for k, x in ipairs(numbers) do values[k] = self:write(x) end
  text.wrap(("static const %s %s[%d] = { %s };"):format(self.real, name,
    #values, table.concat(values, ", ")), lines)
  lines[#lines + 1] = ""
end

-- Functions that expressions call --------------------------------------------

function C:own(what) return names.own(self.name, what) end

function C:define(name, parameters, x)
  local list = {}
  for i, parameter in ipairs(parameters) do
    list[i] = self.real .. " " .. parameter
  end
  return ("%s %s (%s) { return %s; }"):format(self.real, name,
    table.concat(list, ", "), self:write(x))
end

local HELPERS, MACROS = core.helpers()

--- Helpers that only C needs: two that lanes.h writes with memcpy, and one for
-- floats.
local EXTRA = {
  {"lane_bits", "uint64_t lane_bits (double x) { union { double x; uint64_t "
    .. "bits; } both; both.x = x; return both.bits; }"},
  {"lane_double", "double lane_double (uint64_t bits) { union { double x; "
    .. "uint64_t bits; } both; both.bits = bits; return both.x; }"},
  {"sigmoidf", "double sigmoidf (double x) { return 1.0 / (1.0 + exp(-x)); }"},
}

local helper_texts, macro_texts = {}, {}
for _, list in ipairs {HELPERS, EXTRA} do
  for _, entry in ipairs(list) do helper_texts[entry[1]] = entry[2] end
end
for _, entry in ipairs(MACROS) do macro_texts[entry[1]] = entry[2] end

--- The C names of functions in formulas, where they differ; FLOAT has those for
-- floats.
local LIBM = {tg_lgamma = "lgamma", lane_abs = "fabs"}
local FLOAT = {lane_tanh = "tanhf", lane_sigmoid = "sigmoidf"}

function C:function_name(name)
  local is_float = self.real == "float"
  if is_float and FLOAT[name] then
    name = FLOAT[name]
    return name, helper_texts[name] ~= nil
  end
  name = LIBM[name] or name
  if helper_texts[name] then return name, true end
  return is_float and name .. "f" or name, false
end

--- Adapts the text of a helper to the type of numbers, with macros replaced.
local function adapted(definition, real)
  definition = definition:gsub("[%a_][%w_]*", function(word)
    return macro_texts[word] or LIBM[word] or nil
  end)
  if real ~= "float" or definition:find("uint64_t") then
    return (definition:gsub("uint64_t", "unsigned long long"))
  end
  definition = definition:gsub("%f[%w_.]([%a_][%w_]*)", function(word)
    if word == "double" then return "float" end
    return names.MATH[word] and word .. "f" or nil
  end)
  return (definition:gsub("%f[%w_.]%d+%.%d*[eE]?[-+]?%d*%f[^%d.]",
    function(number)
      return (number:find("[eE][-+]?$") and nil) or number .. "f"
    end))
end

function C:helper(name, name_of)
  return (adapted(helper_texts[name], self.real):gsub("[%a_][%w_]*",
    function(word) return helper_texts[word] and name_of(word) or nil end))
end

--- Returns the C name of a host's operation. With float it ends in f, as in
-- libm, because a program may have one for each type.
function C:host_function(name)
  local called = self.real == "float" and name .. "f" or name
  if not (names.is_free(name) and names.is_free(called)) then
    error(("emit_c: the operation '%s' has a name that C does not allow")
      :format(name), 0)
  elseif called == self.name or called:find("^[dx]%d*$") then
    error(("emit_c: the operation '%s' has a name that the exported text gives "
      .. "to something else"):format(name), 0)
  end
  return called
end

function C:define_call(name, host, which, count)
  local real, parameters, values = self.real, {}, {}
  for i = 1, count do
    parameters[i] = ("%s x%d"):format(real, i)
    values[i] = ("x[%d] = x%d;"):format(i - 1, i)
  end
  local body = which == 0 and ("return %s(x);"):format(host)
    or ("%s d[%d]; %s_partials(x, %s(x), d); return d[%d];"):format(real,
      count, host, host, which - 1)
  return ("%s %s (%s) { %s x[%d]; %s %s }"):format(real, name,
    table.concat(parameters, ", "), real, count, table.concat(values, " "),
    body)
end

-- The whole ------------------------------------------------------------------

function C:file(export)
  local prototype = ("void %s(const %s *in, %s *out%s)"):format(self.name,
    self.real, self.real,
    export.work > 0 and (", %s *w"):format(self.real) or "")
  local head, lines = file.head(self, export, prototype), {}
  append(lines, export.before)
  put_function(lines, prototype, export.body, export.loops)
  return file.source(self, export, head, lines), file.header(self, head)
end

return {new = new, is_name = names.is_export}
