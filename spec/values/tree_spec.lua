-- Nested tables of numbers as lists of leaves, and back.

local tinygrad = require "tinygrad"
local tree = require "tinygrad.base.tree"

local Value = tinygrad.Value

local function message_of(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  return tostring(message)
end

local function paths(x, name)
  local list = {}
  tree.leaves(x, nil, name, list)
  return list
end

-- Returns an equal table, with its keys entered in another order.
local function reversed(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  local copy = {}
  for i = #keys, 1, -1 do
    local x = t[keys[i]]
    copy[keys[i]] = type(x) == "table" and reversed(x) or x
  end
  return copy
end

--- Returns the paths of a tree's leaves, in order.
local function paths_of(t)
  local found = {}
  tree.leaves(t, nil, nil, found)
  return found
end

describe("the leaves of a tree", function()
  it("are its numbers and Values", function()
    local v = Value(1)
    assert.are.same({1, v, 2.5}, tree.leaves({1, "x", v, true, print, 2.5}))
    assert.are.same({7}, tree.leaves(7))
    assert.are.same({v}, tree.leaves(v))
    assert.are.same({}, tree.leaves("seven"))
    assert.are.same({}, tree.leaves(nil))
    assert.are.same({}, tree.leaves({}))
    assert.are.same({}, tree.leaves({{}, {{}}}))
  end)

  it("come array first, then fields by name", function()
    assert.are.same({1, 2, 3, 4, 5},
      tree.leaves({z = 5, 1, b = {4}, 2, a = 3}))
  end)

  it("come in the same order however the table was made", function()
    local function build(order)
      local t = {}
      for _, key in ipairs(order) do t[key] = 1 end
      return t
    end
    local names = {}
    for i = 1, 100 do names[i] = ("k%d"):format(i * 7919 % 1000) end
    local expected = {}
    for i, name in ipairs(names) do expected[i] = name end
    table.sort(expected)
    local backwards = {}
    for i = #names, 1, -1 do backwards[#backwards + 1] = names[i] end
    for i, name in ipairs(expected) do expected[i] = "x." .. name end
    assert.are.same(expected, paths_of(build(names)))
    assert.are.same(expected, paths_of(build(backwards)))
    local nested = {c = {y = 1, x = 2}, a = {3, {q = 4, p = 5}}}
    assert.are.same({3, 5, 4, 2, 1}, tree.leaves(nested))
    assert.are.same({3, 5, 4, 2, 1}, tree.leaves(reversed(nested)))
  end)

  it("may have numbers that are no positions as keys", function()
    local t = {[-1] = 3, [0] = 4, 1, 2, [2.5] = 5, [10] = 6, a = 7}
    assert.are.same({1, 2, 3, 4, 5, 6, 7}, tree.leaves(t))
    assert.are.same({"x[1]", "x[2]", "x[-1]", "x[0]", "x[2.5]", "x[10]",
      "x.a"}, paths_of(t))
  end)

  it("of an array with holes keep their order", function()
    local t = {}
    t[1], t[2], t[4] = 1, 2, 4
    assert.are.same({1, 2, 4}, tree.leaves(t))
    local u = {}
    for _, i in ipairs({4, 2, 1}) do u[i] = i end
    assert.are.same({1, 2, 4}, tree.leaves(u))
  end)

  it("have paths", function()
    assert.are.same({"params.b", "params.w[1][1]", "params.w[1][2]",
      "params.w[2].deep"},
      paths({w = {{1, 2}, {deep = 3}}, b = 4, name = "n"}, "params"))
    assert.are.same({"x"}, paths(5))
    assert.are.same({"x._ok1", 'x["two words"]'},
      paths({["two words"] = 1, _ok1 = 2}))
  end)

  it("are appended to a list", function()
    local list = tree.leaves({1, 2})
    assert.are.equal(list, tree.leaves({3}, list))
    assert.are.same({1, 2, 3}, list)
  end)

  it("that occur twice count twice", function()
    local shared = {1, 2}
    assert.are.same({1, 2, 1, 2}, tree.leaves({a = shared, b = shared}))
  end)

  it("may be deep down", function()
    local t = 1
    for _ = 1, 150 do t = {t} end
    assert.are.same({1}, tree.leaves(t))
  end)

  it("are many", function()
    local t = {}
    for i = 1, 1e4 do t[i] = i end
    assert.are.equal(1e4, #tree.leaves(t))
  end)
end)

describe("a tree", function()
  it("that contains itself is refused, by path", function()
    local t = {1, list = {{}}}
    t.list[1].up = t.list
    assert.matches("x%.list%[1%]%.up contains itself",
      message_of(tree.leaves, t))
    t = {}
    t[1] = t
    assert.matches("params%[1%] contains itself",
      message_of(tree.map, t, tostring, "params"))
    -- An error that ends a walk leaves nothing behind:
    assert.is_false(pcall(tree.map, {{1}}, error))
    assert.are.same({1}, tree.leaves({{1}}))
  end)

  it("with other keys than numbers and names is refused", function()
    for _, case in ipairs({{true, "boolean"}, {{}, "table"},
      {Value(1), "userdata"}, {print, "function"}})
    do
      assert.matches("it has a key of the type " .. case[2],
        message_of(tree.leaves, {[case[1]] = 1}))
    end
  end)
end)

describe("what is meant as a number and is none", function()
  it("is refused, by path", function()
    assert.are.equal("number expected at p.list[2], got string; tonumber makes "
      .. "a number of a string",
      message_of(tree.leaves, {list = {1, "2"}}, nil, "p"))
    assert.are.equal("number expected at x.t, got Tensor; t:totable() makes "
      .. "tables of a Tensor",
      message_of(tree.leaves, {t = tinygrad.Tensor {1}}))
    for _, text in ipairs {"7", "-1.5e3", "0x10", " 2 "} do
      assert.matches("^number expected at x, got string",
        message_of(tree.map_leaves, text, tostring))
    end
  end)

  it("can be the error of a function, at a line of the program", function()
    local ok, message = pcall(function()
      local leaves = tree.leaves({"1"}, nil, "p", nil, "clip")
      return leaves
    end)
    assert.is_false(ok)
    assert.matches("^[^:]*tree_spec%.lua:%d+: clip: number expected at p%[1%]",
      message)
  end)
end)

describe("match", function()
  local function matched(shape, given)
    local list = {}
    local expected, got = tree.match(shape, given, list, "t", "f")
    if expected then return expected .. ", got " .. got end
    return list
  end

  it("gives the leaves in the other's order", function()
    assert.are.same({7}, matched(0, 7))
    assert.are.same({1, 2, 3, 4, 5}, matched({0, 0, {0}, a = 0, z = {b = 0}},
      {z = {b = 5}, a = 4, 1, 2, {3}}))
    assert.are.same({1, 4, 2, 3}, matched({0, [3] = 0, [-1] = 0, n = 0},
      {n = 3, 1, [3] = 2, [-1] = 4}))
    local sparse = {}
    for i = 1, 4 do sparse[i] = i end
    sparse[2] = nil
    assert.are.same({1, 3, 4}, matched({[1] = 0, [3] = 0, [4] = 0}, sparse))
    assert.are.same({1, 3, 4}, matched(sparse, {[1] = 1, [3] = 3, [4] = 4}))
  end)

  it("does not look at what passes through", function()
    assert.are.same({1}, matched({0, "fast", name = "n", f = print}, {1}))
    assert.are.same({1}, matched({0}, {1, name = "m", on = true, {}}))
    assert.are.same({}, matched("fast", nil))
    assert.are.same({}, matched({"a", {}}, "b"))
  end)

  it("says what is missing, and what is too much", function()
    for _, case in ipairs {
      {{x = 0, y = 0}, {y = 1, z = 0}, "a number at t.x expected, got nil"},
      {{x = 0}, {x = 1, z = 0}, "nothing at t.z expected, got a number"},
      {{0, 0}, {1}, "a number at t[2] expected, got nil"},
      {{0}, {1, 2}, "nothing at t[2] expected, got a number"},
      {{0}, {1, [3] = 2}, "nothing at t[3] expected, got a number"},
      {{{0, 0}}, {{1, {2}}}, "a number at t[1][2] expected, got table"},
      {{a = {b = {0}}}, {a = 1}, "a number at t.a.b[1] expected, got number "
        .. "at t.a"},
      {{a = 0}, {a = {1}}, "a number at t.a expected, got table"},
      {{a = "s"}, {a = {b = 1}}, "nothing at t.a.b expected, got a number"},
      {0, nil, "a number at t expected, got nil"},
      {nil, 1, "nothing at t expected, got a number"},
      {{a = 0}, {a = "1"}, "a number at t.a expected, got string; tonumber "
        .. "makes a number of a string"},
      {{0, 0}, tinygrad.Tensor {1, 2}, "a number at t[1] expected, got "
        .. "Tensor at t; t:totable() makes tables of a Tensor"},
    } do
      local got = matched(case[1], case[2])
      assert.are.equal(case[3], type(got) == "string" and
        (got:gsub(", got", " expected, got", 1)) or "no error")
    end
    assert.matches("f: number expected at t%.b, got string",
      message_of(matched, {a = 0}, {a = 1, b = "2"}))
  end)
end)

describe("map", function()
  it("copies, and calls for everything that is no table", function()
    local seen = {}
    local t = {1, "two", {x = 3, f = print}}
    local copy = tree.map(t, function(leaf)
      seen[leaf] = true
      return type(leaf) == "number" and leaf * 10 or leaf
    end)
    assert.are.same({10, "two", {x = 30, f = print}}, copy)
    assert.are.same({[1] = true, two = true, [3] = true, [print] = true},
      seen)
    assert.are.same({1, "two", {x = 3, f = print}}, t)
    assert.are_not.equal(t[3], copy[3])
  end)

  it("may remove leaves", function()
    assert.are.same({a = 1}, tree.map({a = 1, b = 2}, function(leaf)
      if leaf == 1 then return leaf end
    end))
  end)

  it("passes on false", function()
    assert.are.same({false}, tree.map({false}, function(x) return x end))
  end)
end)

describe("replace", function()
  it("is the inverse of leaves", function()
    local shape = {3, {x = 4, name = "n", list = {5, {6}}}, flag = true}
    local leaves = tree.leaves(shape)
    local copy, next = tree.replace(shape, leaves)
    assert.are.same(shape, copy)
    assert.are.equal(5, next)
    for i = 1, #leaves do leaves[i] = leaves[i] * 2 end
    assert.are.same({6, {x = 8, name = "n", list = {10, {12}}}, flag = true},
      (tree.replace(shape, leaves)))
  end)

  it("begins where told", function()
    local copy, next = tree.replace({1, 2}, {10, 20, 30, 40}, 3)
    assert.are.same({30, 40}, copy)
    assert.are.equal(5, next)
    copy, next = tree.replace(1, {10, 20}, 2)
    assert.are.equal(20, copy)
    assert.are.equal(3, next)
    copy, next = tree.replace("x", {10}, 1)
    assert.are.equal("x", copy)
    assert.are.equal(1, next)
  end)

  it("puts Values and numbers alike", function()
    local v = Value(1)
    assert.are.same({v, 2}, (tree.replace({v, v}, {v, 2})))
  end)
end)

describe("typename", function()
  it("calls a Value a Value", function()
    assert.are.equal("Value", tree.typename(Value(1)))
    assert.are.equal("number", tree.typename(1))
    assert.are.equal("userdata", tree.typename(io.stdout))
    assert.are.equal("nil", tree.typename(nil))
  end)
end)

describe("an object", function()
  it("keeps its methods in the function that is differentiated", function()
    local Vector = {}
    Vector.__index = Vector
    function Vector:length() return tinygrad.hypot(self.x, self.y) end
    local v = setmetatable({x = 3, y = 4}, Vector)
    local g = tinygrad.grad(function(u) return u:length() end)(v)
    assert.are.equal(0.6, g.x)
    assert.are.equal(0.8, g.y)
  end)
end)

describe("a list of arguments", function()
  it("may have holes where its n says how many there are", function()
    local list, n, stray = tree.arguments {[2] = 5, n = 3}
    assert.are.same({[2] = 5}, list)
    assert.are.equal(3, n)
    assert.is_nil(stray)
  end)
end)
