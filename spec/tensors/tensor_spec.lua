-- Tensors: making, reading, files, random numbers.

local tinygrad = require "tinygrad"
local support = require "spec.support.common"
local Tensor = tinygrad.Tensor
local message_of = support.message_of

local INF, NAN = math.huge, 0 / 0

local function bytes(...) return string.char(...) end

-- Returns a .npy file with the given header and body.
local function npy(descr, order, shape, body)
  local header = ("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n")
    :format(descr, order, shape)
  return "\147NUMPY\1\0" .. bytes(#header % 256, math.floor(#header / 256))
    .. header .. body
end

describe("the bytes of a Tensor", function()
  it("must be there when they are decoded", function()
    local ok, message = pcall(require("tinygrad.core").tensor_decode,
      Tensor.zeros(3), "too few", 1, "f", 4, false, false)
    assert.is_false(ok)
    assert.matches("not enough bytes", message, 1, true)
  end)
end)

describe("a Tensor", function()
  it("holds the numbers of nested tables", function()
    local t = Tensor {{1, 2, 3}, {4, 5, 6}}
    assert.same({2, 3}, t:shape())
    assert.equal(2, #t)
    assert.equal(6, t[2][3])
    assert.is_nil(t[3])
    assert.is_nil(t[0])
    assert.is_nil(t[1.5])
    assert.same({{1, 2, 3}, {4, 5, 6}}, t:totable())
    assert.same({1, 2, 3}, Tensor({1, 2, 3}):totable())
    assert.same({{{-0.0}}}, Tensor({{{-0.0}}}):totable())
    assert.is_true(Tensor.is_tensor(t))
    assert.is_false(Tensor.is_tensor({}))
    assert.is_true(t == Tensor(t))
    assert.is_false(t == Tensor {{1, 2, 3}, {4, 5, 7}})
    assert.is_false(t == Tensor {1, 2, 3, 4, 5, 6})
    assert.is_false(Tensor {NAN} == Tensor {NAN})
  end)

  it("has no rows if the table is empty", function()
    local t = Tensor {}
    assert.equal(0, #t)
    assert.same({0}, t:shape())
    assert.same({}, t:totable())
    assert.equal(0, t:sum())
    assert.equal(INF, t:min())
    assert.same({0, 3}, Tensor.zeros(0, 3):shape())
    assert.same({}, Tensor.zeros(0, 3):totable())
  end)

  it("refuses what is no array of numbers", function()
    local function refused(x, expected)
      assert.matches(expected, message_of(Tensor, x), 1, true)
    end
    refused({{1, 2}, {3}}, "t[2] has 1 elements, but another table at this "
      .. "depth has 2: rows must be of equal length")
    refused({1, {2}}, "t[2] is a table beside a number")
    refused({{1}, 2}, "t[2] is a number beside a table")
    refused({1, "2"}, "t[2] must be a number or a table, it is string")
    refused({tinygrad.Value(1)},
      "t[1] must be a number or a table, it is Value")
    refused(nil, "bad argument #1 to 'Tensor' (table expected, got nil)")
    assert.matches("1 to 8 dimensions, got 9",
      message_of(Tensor, {{{{{{{{{1}}}}}}}}}))
    for _, size in ipairs {-1, 1.5, NAN, INF, "2", 2 ^ 70} do
      assert.matches("must be a size", message_of(Tensor.zeros, {2, size}))
    end
    local large = {} -- each size fits 32 bits, their product not 64
    for i = 1, 8 do large[i] = 2 ^ 30 end
    assert.matches("would not fit", message_of(Tensor.zeros, large))
    assert.matches("bad argument #2 to 'full'", message_of(Tensor.full, {2}))
  end)

  it("is filled, copied, reshaped, and seen in parts", function()
    local t = Tensor.zeros(2, 3)
    t[1] = Tensor {1, 2, 3}
    t[2][1] = 7
    assert.same({{1, 2, 3}, {7, 0, 0}}, t:totable())
    local flat = t:reshape(6)
    flat[6] = 9
    assert.equal(9, t[2][3])
    assert.same({3, 2}, t:reshape {3, 2}:shape())
    local copy = t:copy():fill(5)
    assert.equal(1, t[1][1])
    assert.same({{5, 5, 5}, {5, 5, 5}}, copy:totable())
    assert.same({{1, 4, 9}, {49, 0, 81}}, t:map(function(x)
      return x * x
    end):totable())
    local rows = Tensor({1, 2, 3, 4, 5}):rows(2, 4)
    assert.same({2, 3, 4}, rows:totable())
    assert.same({4, 5}, Tensor({1, 2, 3, 4, 5}):rows(-2):totable())
    assert.same({}, Tensor({1, 2}):rows(2, 1):totable())
    assert.same({1}, Tensor.ones(1):totable())
    assert.same({3, 3}, Tensor.full({2}, 3):totable())
    assert.matches("the new shape has 4", message_of(t.reshape, t, 2, 2))
    assert.matches("row 3", message_of(function() t[3] = Tensor {1, 2, 3} end))
    assert.matches("shape of a row", message_of(function() t[1] = 1 end))
    assert.matches("one of another shape",
      message_of(function() t[1] = Tensor {1} end))
    assert.matches("number expected for t",
      message_of(function() flat[1] = "1" end))
    assert.matches("no field 'foo'", message_of(function() return t.foo end))
    assert.matches("no fields to set", message_of(function() t.x = 1 end))
    assert.matches("row 9", message_of(t.rows, t, 9))
    assert.matches("number expected, got table", message_of(t.rows, t, 1, {}))
    assert.matches("number expected, got string", message_of(t.rows, t, 2, "1"))
    assert.matches("map: the function must return a number, it returned nil",
      message_of(t.map, t, function() end))
    assert.matches("do not compute", message_of(function() return t + 1 end))
  end)

  it("lives as long as a part of it", function()
    local parts = {}
    for i = 1, 50 do
      parts[i] = Tensor.full({100, 10}, i):rows(2, 3)[1]
      collectgarbage()
    end
    for i, part in ipairs(parts) do assert.equal(i, part[10]) end
  end)

  it("is walked by rows", function()
    local sum = 0
    local t = Tensor {{1, 2}, {3, 4}}
    for i = 1, #t do sum = sum + t[i][1] end
    assert.equal(4, sum)
    if support.IPAIRS_INDEX then
      for _, row in ipairs(t) do sum = sum + row[2] end
      assert.equal(10, sum)
    end
  end)

  it("knows its statistics", function()
    local t = Tensor {{1, 2}, {3, 6}}
    assert.equal(1, t:min())
    assert.equal(6, t:max())
    assert.equal(12, t:sum())
    assert.equal(3, t:mean())
    assert.equal(math.sqrt(3.5), t:std())
    assert.equal(math.sqrt(14 / 3), t:std(1))
    assert.is_true(support.same(NAN, Tensor({1, NAN, 0}):min()))
    assert.is_true(support.same(NAN, Tensor({1, NAN, 0}):max()))
    -- Added one by one, the ones would all be lost:
    local many = Tensor.ones(1000000)
    many[1] = 1e16
    support.near(1e16 + 999999, many:sum(), 1e-13)
  end)

  it("prints itself, abridged if it is large", function()
    assert.equal("Tensor(2 x 2)\n[[1, 2.5],\n [nan, -inf]]",
      tostring(Tensor {{1, 2.5}, {NAN, -INF}}))
    assert.equal("Tensor(0)\n[]", tostring(Tensor {}))
    assert.equal("Tensor(5000)\n[0, 0, 0, ..., 0, 0, 0]",
      tostring(Tensor.zeros(5000)))
    assert.equal("Tensor(201)\n[1, 1, 1, ..., 1, 1, 1]",
      tostring(Tensor.ones(201)))
    assert.equal([=[
Tensor(6 x 7 x 10)
[[[0, 0, ..., 0, 0],
  [0, 0, ..., 0, 0],
  ...,
  [0, 0, ..., 0, 0],
  [0, 0, ..., 0, 0]],
 [[0, 0, ..., 0, 0],
  [0, 0, ..., 0, 0],
  ...,
  [0, 0, ..., 0, 0],
  [0, 0, ..., 0, 0]],
 ...,
 [[0, 0, ..., 0, 0],
  [0, 0, ..., 0, 0],
  ...,
  [0, 0, ..., 0, 0],
  [0, 0, ..., 0, 0]],
 [[0, 0, ..., 0, 0],
  [0, 0, ..., 0, 0],
  ...,
  [0, 0, ..., 0, 0],
  [0, 0, ..., 0, 0]]]
]=], tostring(Tensor.zeros(6, 7, 10)) .. "\n")
    assert.is_true(#tostring(Tensor.zeros(100, 100)) < 500)
  end)

  it("prints few lines, none of them long, whatever the shape", function()
    for _, shape in ipairs {{999}, {200}, {1, 200}, {200, 1}, {2, 100},
        {14, 14}, {999, 1}, {1, 999}, {10, 10, 10}, {6, 6, 6, 6, 6},
        {4, 4, 4, 4, 4, 4, 4, 4}, {1, 1, 1, 1, 1, 1, 1, 300}} do
      local text = tostring(Tensor.uniform(shape, -1e-10, 1e-10, 1))
      local _, numbers = text:gsub("%d[,%]]", "")
      assert.is_true(numbers <= 256, text) -- 2 for each of 8 dimensions
      for line in text:gmatch("[^\n]+") do
        assert.is_true(#line <= 80, line)
      end
    end
    local ones = ("1, "):rep(23) .. "1"
    local row = ("[%s,\n  %s,\n  %s]"):format(ones, ones, ones:sub(1, 34))
    assert.equal(("Tensor(2 x 60)\n[%s,\n %s]"):format(row, row),
      tostring(Tensor.ones(2, 60)))
  end)

  it("goes through bytes", function()
    local t = Tensor {1, -0.0, INF, 1e-310}
    assert.equal(32, #t:to_string())
    local back = assert(Tensor.from_string(t:to_string()))
    assert.equal(-INF, 1 / back[2])
    assert.is_true(t == back)
    assert.same({{1, 2}}, Tensor.from_string(
      Tensor({1, 2}):to_string(), {1, 2}):totable())
    local none, message = Tensor.from_string("abc")
    assert.is_nil(none)
    assert.equal("a Tensor of 0 numbers takes 0 bytes, got 3", message)
  end)
end)

describe("in-place arithmetic of Tensors", function()
  it("has the sums that loops give", function()
    local random = support.random(5)
    for n = 0, 9 do
      local t, u, w = Tensor.zeros(n), Tensor.zeros(n), Tensor.zeros(n)
      local dot, weighted = 0, 0
      for i = 1, n do
        t[i], u[i], w[i] = random(-1, 1), random(-1, 1), random(-1, 1)
        dot, weighted = dot + t[i] * u[i], weighted + t[i] * u[i] * w[i]
      end
      support.near(dot, t:dot(u))
      support.near(weighted, t:dot(u, w))
      local sum, weighted_sum = t:copy(), t:copy()
      assert.equal(sum, sum:axpy(0.5, u))
      weighted_sum:axpy(0.5, u, w)
      for i = 1, n do
        assert.equal(t[i] + 0.5 * u[i], sum[i])
        assert.equal(t[i] + 0.5 * u[i] * w[i], weighted_sum[i])
      end
    end
    local t = Tensor {1, 2}
    assert.same({3, 6}, t:axpy(2, t):totable())
  end)

  it("reads what overlaps as it was before", function()
    local n = 20 -- more numbers than are drawn at a time
    local t, sums, least = Tensor.zeros(n), {}, {}
    for i = 1, n do t[i] = i end
    for i = 1, n - 1 do sums[i], least[i] = 2 * i + 1, i end
    local u, last = t:copy(), n - 1
    assert.same(sums, t:rows(2, n):axpy(1, t:rows(1, last)):totable())
    assert.same(least, u:rows(2, n):clamp(u:rows(1, last), u:rows(1, last))
      :totable())
  end)

  it("assigns and clamps", function()
    local t = Tensor {{1, 2}, {3, 4}}
    t:rows(2, 2):assign(Tensor {7, 8})
    assert.same({{1, 2}, {7, 8}}, t:totable())
    t:clamp(Tensor {0, 3, -1, 9}, Tensor {0.5, 5, 6, 10})
    assert.same({{0.5, 3}, {6, 9}}, t:totable())
    t = Tensor {NAN, 1}
    t:clamp(Tensor {0, -INF}, Tensor {1, INF})
    assert.is_true(t[1] ~= t[1])
    assert.equal(1, t[2])
  end)

  it("refuses other sizes and types", function()
    local t = Tensor {1, 2}
    assert.matches("dot: Tensor of 2 numbers expected, got one of 3",
      message_of(t.dot, t, Tensor {1, 2, 3}))
    assert.matches("'axpy' %(Tensor expected, got table",
      message_of(t.axpy, t, 1, {1, 2}))
    assert.matches("'axpy' %(number expected, got string",
      message_of(t.axpy, t, "1", t))
    assert.matches("'clamp'", message_of(t.clamp, t, t))
    assert.matches("assign: Tensor of 2 numbers expected, got one of 1",
      message_of(t.assign, t, Tensor {1}))
    assert.matches("whole number from 1 to 2 expected, got 2.5",
      message_of(require("tinygrad.core").tensor_column, Tensor {{1, 2}}, 2.5))
  end)
end)

describe(".npy files", function()
  it("come back exactly", function()
    local path = os.tmpname()
    for _, t in ipairs {Tensor {{1, 2, 3}, {4, 5, 6}}, Tensor {0.1, -0.0},
        Tensor {}, Tensor.zeros(0, 3), Tensor {{{{1}}}}} do
      assert(t:save_npy(path))
      local back = assert(Tensor.load_npy(path))
      assert.same(t:shape(), back:shape())
      assert.is_true(t == back)
      assert.equal(t:to_npy(), back:to_npy())
      assert.equal(0, (#t:to_npy() - #t:to_string()) % 64)
    end
    os.remove(path)
    local none, message = Tensor.load_npy("/no/such/file.npy")
    assert.is_nil(none)
    assert.matches("No such file", message)
    assert.is_nil((Tensor {}:save_npy("/no/such/file.npy")))
  end)

  it("are converted from what others write", function()
    local function numbers(...)
      return assert(Tensor.from_npy(npy(...))):totable()
    end
    assert.same({1.5, -2}, numbers("<f4", "False", "2,",
      "\0\0\192\63\0\0\0\192"))
    assert.same({1.5}, numbers(">f4", "False", "1,", "\63\192\0\0"))
    assert.same({1.5}, numbers(">f8", "False", "1,", "\63\248\0\0\0\0\0\0"))
    assert.same({1, -2, 6.103515625e-05, 2 ^ -24, INF}, numbers("<f2", "False",
      "5,", "\0\60\0\192\0\4\1\0\0\124"))
    assert.same({-2, 258}, numbers("<i2", "False", "2,", "\254\255\2\1"))
    assert.same({-2, 258}, numbers(">i2", "False", "2,", "\255\254\1\2"))
    assert.same({255, 0}, numbers("|u1", "False", "2,", "\255\0"))
    assert.same({1, 0}, numbers("|b1", "False", "2,", "\1\0"))
    assert.same({-1}, numbers("<i8", "False", "1,", ("\255"):rep(8)))
    -- Columns come first:
    assert.same({{1, 3, 5}, {2, 4, 6}}, numbers("|i1", "True", "2, 3",
      "\1\2\3\4\5\6"))
    assert.same({7}, numbers("|i1", "False", "", "\7"))
  end)

  it("that are damaged or foreign are refused with a message", function()
    local function refused(contents, expected)
      local t, message = Tensor.from_npy(contents)
      assert.is_nil(t)
      assert.matches(expected, message, 1, true)
      local path = os.tmpname()
      local file = assert(io.open(path, "wb"))
      file:write(contents)
      file:close()
      t, message = Tensor.load_npy(path)
      os.remove(path)
      assert.is_nil(t)
      assert.matches(expected, message, 1, true)
    end
    refused("", "not a .npy file")
    refused("hello, world", "not a .npy file")
    refused("\147NUMPY\9\0\0\0", "unknown version 9")
    refused("\147NUMPY\1\0\255", "ends in its header")
    refused("\147NUMPY\1\0\255\255{", "ends in its header")
    refused("\147NUMPY\2\0\255\255\255\255{",
      "header is too long: 4294967295 bytes")
    refused(npy("<f8", "Maybe", "1,", ""),
      "lacks descr, fortran_order or shape")
    refused(npy("<c16", "False", "1,", ""), "'<c16' are not supported")
    refused(npy("|O", "False", "1,", ""), "'|O' are not supported")
    refused(npy("<f3", "False", "1,", ""), "not supported")
    for _, fields in ipairs {"[('x', '<f8'), ('y', '<i4')]",
        "[('p', '<f8', (2,))]", "{'names': ['x'], 'formats': ['<f8']}",
        "('<f8', (2, 2))"} do
      local header = ("{'descr': %s, 'fortran_order': False, 'shape': (1,)}")
        :format(fields)
      refused("\147NUMPY\1\0" .. bytes(#header, 0) .. header .. "12345678",
        ("records of several fields, %s, are not supported; save each field as "
        .. "an array of its own"):format(fields))
    end
    refused(npy("<f8", "False", "2,", "12345678"), "cut off")
    refused(npy("<f8", "False", "1000000000000,", "12345678"), "cut off")
    refused(npy("<f8", "False", ("9"):rep(30) .. ",", ""),
      "a size in the .npy file is too large")
    refused(npy("<f8", "False", "99999999999999, 99999999999999", ""),
      "cut off")
    refused(npy("<f8", "False", "1, 1, 1, 1, 1, 1, 1, 1, 1", "12345678"),
      "at most 8 dimensions, the file has 9")
    refused(npy("<u8", "False", "1,", ("\255"):rep(8)), "equal to no double")
    -- any byte of a good file changed
    local good = Tensor({{1, 2}, {3, 4}}):to_npy()
    local random = support.random(7)
    for _ = 1, support.scaled(2000, 100) do
      local at = math.floor(random(1, #good + 1 - 1e-9))
      local changed = good:sub(1, at - 1)
        .. string.char(math.floor(random(0, 256 - 1e-9))) .. good:sub(at + 1)
      local t, message = Tensor.from_npy(changed)
      assert(Tensor.is_tensor(t) or type(message) == "string")
      Tensor.from_npy(good:sub(1, at))
    end
  end)
end)

describe("random Tensors", function()
  it("are the same everywhere", function()
    local u = Tensor.uniform({3}, 0, 1, 42)
    assert.same(Tensor.uniform({3}, 0, 1, 42):totable(), u:totable())
    assert.equal("0.85879814133137 0.25246010842046 0.99933851492974",
      ("%.14g %.14g %.14g"):format(u[1], u[2], u[3]))
    local n = Tensor.normal({2}, 0, 1, 42)
    assert.equal("0.60974092730183 0.96356660905556",
      ("%.14g %.14g"):format(n[1], n[2]))
  end)

  it("are asked of a generator with a colon", function()
    local generator = Tensor.generator(1)
    for _, name in ipairs {"uniform", "normal", "integer"} do
      local ok, message = pcall(generator[name], 3, 2)
      assert.is_false(ok)
      assert.matches("bad argument #1 to '" .. name
        .. "' (Generator expected, got number)", message, 1, true)
    end
  end)

  it("go on with a generator", function()
    local generator = Tensor.generator(1)
    local a = Tensor.uniform({4}, 0, 1, generator)
    local b = Tensor.uniform({4}, 0, 1, generator)
    assert.is_false(a == b)
    assert.is_true(Tensor.uniform({8}, 0, 1, 1):rows(5) == b)
    for _ = 1, 100 do
      local k = generator:integer(6)
      assert.is_true(k >= 1 and k <= 6 and k % 1 == 0)
      local x = generator:uniform(-2, 3)
      assert.is_true(x >= -2 and x < 3)
    end
    assert.equal("number", type(generator:normal(1, 2)))
    assert.matches("a seed or a generator",
      message_of(Tensor.normal, {2}, 0, 1))
    assert.matches("bad argument #2 to 'uniform'",
      message_of(Tensor.uniform, {2}))
  end)

  it("are distributed as they say", function()
    local u = Tensor.uniform({100000}, -1, 3, 5)
    support.near(1, u:mean(), 0.02)
    support.near(4 / math.sqrt(12), u:std(), 0.02)
    assert.is_true(u:min() >= -1 and u:max() < 3)
    local n = Tensor.normal({100000}, 2, 3, 5)
    support.near(2, n:mean(), 0.04)
    support.near(3, n:std(), 0.04)
    local inside = n:map(function(x) return math.abs(x - 2) < 3 and 1 or 0 end)
    support.near(0.6827, inside:mean(), 0.01)
  end)
end)

describe("Tensors", function()
  it("functions name what they were given instead", function()
    for message, call in pairs {
      ["'generator' (number expected, got string)"] = function()
        Tensor.generator("x")
      end,
      ["'from_string' (string expected, got number)"] = function()
        Tensor.from_string(1)
      end,
      ["'from_npy' (string expected, got table)"] = function()
        Tensor.from_npy {}
      end,
    } do
      assert.matches("bad argument #1 to " .. message, message_of(call), 1,
        true)
    end
    local t = Tensor {1, 2}
    assert.matches("bad argument #2 to 'map' (function expected, got number)",
      message_of(t.map, t, 3), 1, true)
    assert.matches("(Generator expected, got number)",
      message_of(Tensor.generator(1).uniform, 3), 1, true)
    assert.matches("dimension 1 of a Tensor must be a size (a whole number "
      .. "from 0), got table", message_of(Tensor.zeros, {{}}), 1, true)
  end)
end)
