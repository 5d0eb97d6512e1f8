-- A recorded derivative holds at every other point: it does not depend on the
-- point of the recording.

local tinygrad = require "tinygrad"
local support = require "spec.support.common"
local flat = support.flat
local Value, compile = tinygrad.Value, tinygrad.compile

local unpack = table.unpack or unpack -- luacheck: compat

local transforms = {
  grad = function(f) return tinygrad.grad(f) end,
  value_and_grad = function(f) return tinygrad.value_and_grad(f) end,
  hessian = function(f) return tinygrad.hessian(f) end,
  jacobian = function(f)
    return tinygrad.jacobian(function(x) return {f(x), 2 * f(x)} end)
  end,
  vjp = function(f)
    return function(x)
      local y, pullback = tinygrad.vjp(f)({x})
      return y, pullback(3)
    end
  end,
  jvp = function(f)
    return function(x) return tinygrad.jvp(f)({x}, {{1, 2, 3, 4}}) end
  end,
  hvp = function(f)
    return function(x) return tinygrad.hvp(f)({x}, {{1, 2, 3, 4}}) end
  end,
  gradients = function(f)
    return function(x)
      local leaves = {}
      for i = 1, #x do
        leaves[i] = tinygrad.is_value(x[i]) and x[i] * 1 or Value(x[i])
      end
      return tinygrad.gradients(f(leaves), leaves, {create_graph = true})
    end
  end,
  ["grad of grad"] = function(f)
    local first = tinygrad.grad(f)
    return tinygrad.grad(function(x)
      local g = first(x)
      local s = 0
      for i = 1, #g do s = s + i * g[i] end
      return s
    end)
  end,
}

-- Derivatives that a Program makes of itself.
local derived = {
  grad = function(p) return p:grad() end,
  value_and_grad = function(p) return p:value_and_grad() end,
  hessian = function(p) return p:hessian() end,
  jvp = function(p)
    local q = p:jvp()
    return function(x) return q({x}, {{1, 2, 3, 4}}) end
  end,
  hvp = function(p)
    local q = p:hvp()
    return function(x) return q({x}, {{1, 2, 3, 4}}) end
  end,
  ["grad of grad"] = function(p)
    return compile(transforms["grad of grad"](p), {0.1, 0.2, 0.3, 0.4})
  end,
}

--- Returns the operation as a function of a list of four numbers or Values.
local function of_four(row)
  local f = tinygrad[row.lua_name]
  if row.arity ~= "n" then
    return function(x) return tinygrad[row.name](unpack(x, 1, row.arity)) end
  elseif row.name:find("_n$") then
    return function(x) return f(x[1], x[2], x[3], x[4]) end
  elseif #row.domain == 2 then
    return function(x) return f({x[1], x[2]}, {x[3], x[4]}) end
  end
  return f
end

-- Points on all sides of the kinks that the rows have, on them, and with ties
-- of two, three and four elements.
local POINTS = {
  {1, 0.5, 2, 0.75}, {0.25, 0.5, 2, 3}, {2, 2, 3, 3}, {3, 1, 3, 3},
  {0.5, 0.5, 0.5, 0.5}, {1.5, 2, 2.5, 1}, {-0.5, -2, -0.25, 3},
  {-1, 0.5, 0.75, -1}, {0, 0, 0, 0}, {0, 1, 2, 0}, {3.75, 1.25, 4, -2},
  {-2, 2, 2, 2}, {0.125, 3, 3.5, 3.5},
}

--- Tells whether the operation takes x: clamp's low bound must not be above its
-- high one.
local function takes(row, x)
  return row.name ~= "clamp" or x[2] <= x[3]
end

local function compare(what, x, expected, got)
  assert.equal(#expected, #got, what)
  for k = 1, #expected do
    local a, b = expected[k], got[k]
    if not (support.same(a, b)
        or math.abs(a - b) <= 1e-12 * math.max(1, math.abs(a))) then
      error(("%s at (%s): result %d is %.17g, not recorded %.17g"):format(what,
        table.concat(x, ", "), k, b, a))
    end
  end
end

describe("recorded derivatives", function()
  for _, row in ipairs(tinygrad.operations()) do
    it("of " .. row.name .. " hold at other points", function()
      local f = of_four(row)
      for name, transform in pairs(transforms) do
        local plain = transform(f)
        for _, at in ipairs {POINTS[1], POINTS[5], POINTS[7]} do
          if takes(row, at) then
            local recorded = compile(transform(f), at)
            local program = derived[name] and derived[name](compile(f, at))
            for _, x in ipairs(POINTS) do
              if takes(row, x) then
                local expected = flat(plain(x))
                compare("compile(" .. name .. ")", x, expected,
                  flat(recorded(x)))
                if program then
                  compare("compile(f):" .. name, x, expected,
                    flat(program(x)))
                end
              end
            end
          end
        end
      end
    end)
  end

  it("count ties where they are run", function()
    local t = tinygrad
    local g = compile(t.grad(function(x) return t.max(x[1], x[2], x[3]) end),
      {0, 0, 0})
    assert.same({1, 0, 0}, g {3, 1, 2})
    assert.same({0, 0.5, 0.5}, g {1, 2, 2})
    local again = assert(t.program_from_string(g:to_string()))
    assert.same({0, 0.5, 0.5}, again {1, 2, 2})
    local batch = g:batch {t.Tensor {{3, 1, 2}, {1, 2, 2}, {1, 1, 1}}}
    assert.same({1, 0, 0}, {batch[1][1], batch[1][2], batch[1][3]})
    assert.same({0, 0.5, 0.5}, {batch[2][1], batch[2][2], batch[2][3]})
  end)
end)
