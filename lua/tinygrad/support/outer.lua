--- tinygrad.support.outer: keeps a search from losing derivatives of the code
-- around it.
--
-- Minimisers, fits and training return plain numbers, and a recording around
-- them cannot contain the search. If the function that they search depended on
-- Values of a transform or recording around the search, the result would lose
-- those derivatives without a message: it is an error.

local core = require "tinygrad.core"
local programs = require "tinygrad.program"
core.library()

local outer = {}

--- Raises an error if a result, or a Program, depends on a Value that is
-- differentiated or recorded around the search.
---@param name string the name of the search
---@param x any
---@param variables? tinygrad.Value[] the variables of the search itself
function outer.refuse(name, x, variables)
  local depends
  if core.is_program(x) then
    depends = programs.keeps_values(core.get_shapes(x).captured)
  else
    depends = core.is_value(x) and core.is_foreign(x, variables or {})
  end
  if depends then
    core.fail(core.format("%s: the function depends on a Value that is "
      .. "differentiated or recorded around it; the result is numbers, so that "
      .. "these derivatives would be lost (use v.data if only the number is "
      .. "meant)", name), 2)
  end
end

return outer
