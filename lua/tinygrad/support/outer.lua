--- tinygrad.support.outer: what is differentiated or recorded around a search.
--
-- Minimisers, fits and training return plain numbers, and a recording around
-- them cannot hold the search. So a function that they search must not depend
-- on the Values of a transform or recording around them: the result would lose
-- those derivatives without a word.

local core = require "tinygrad.core"
local programs = require "tinygrad.program"
core.library()

local outer = {}

--- Raises an error if a result, or a Program, depends on such a Value.
---@param name string of the search
---@param x any
---@param variables? tinygrad.Value[] those of the search itself
function outer.refuse(name, x, variables)
  local depends
  if core.is_program(x) then
    depends = programs.keeps_values(core.get_shapes(x).captured)
  else
    depends = core.is_value(x) and core.is_foreign(x, variables or {})
  end
  if depends then
    core.fail(core.format("%s: the function depends on a Value that is "
      .. "differentiated or recorded around it; the result, which is numbers, "
      .. "would lose that (use its number, v.data, if that is meant)", name), 2)
  end
end

return outer
