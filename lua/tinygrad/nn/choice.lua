--- tinygrad.nn.choice: options that are a function, or the name of one.

local core = require "tinygrad.core"
local tree = require "tinygrad.base.tree"
core.library()

--- What is wrong with such an option, or nil.
---@param x any
---@param by_name table<string, function>
---@return string|nil
local function choice_problem(x, by_name)
  if type(x) == "function" or by_name[x] then return nil end
  local names = {}
  for name in pairs(by_name) do names[#names + 1] = name end
  table.sort(names)
  return ("a function or one of %s expected, got %s"):format(
    table.concat(names, ", "), type(x) == "string" and ("'%s'"):format(x)
    or tree.typename(x))
end

return choice_problem
