-- The numbers in the table of operations (csrc/engine/ops/ops.def), domains and
-- default operands, reach the engine as they are written.

local process = require "spec.support.process"
local read = require("spec.support.common").read
local tinygrad = require "tinygrad"

local TABLE = "csrc/engine/ops/ops.def"

local function numbers_in(text)
  local list = {}
  for number in text:gmatch("[^%s,]+") do list[#list + 1] = tonumber(number) end
  return list
end

--- Reads the rows as they are written: name -> {domain = numbers, fallback =
-- number, required = whether the row says so instead}.
local function written(text)
  local rows = {}
  for row in text:gmatch("\n%u+(%b())") do
    local name = row:match("^%(([%l%d_]+), \"")
    local domain = row:match("%f[%u]IN%d?(%b())")
    if name and domain then
      rows[name] = {domain = numbers_in(domain:sub(2, -2)),
        fallback = tonumber(row:match("DEFAULT%(([^()]*)%)")),
        required = row:find("REQUIRED", 1, true) ~= nil}
    end
  end
  return rows
end

--- Returns the rows that the engine makes of a table, in the form of `written`.
local function compiled(text)
  local directory = os.tmpname()
  os.remove(directory)
  assert(process.succeeds(("cp -r csrc %s"):format(directory)))
  local file = assert(io.open(directory .. "/engine/ops/ops.def", "w"))
  file:write(text)
  file:close()
  local command = ("%s -std=c99 -I%s -o %s/host spec/operations/table_host.c "
    .. "%s/engine/ops/ops_info.c -lm"):format(os.getenv("CC") or "cc",
    directory, directory, directory)
  assert(process.succeeds(command), "cannot build: " .. command)
  local rows = {}
  for _, line in ipairs(process.lines(directory .. "/host")) do
    local name, required, fallback, domain =
      line:match("^(%S+) %S+ %d+ (%d) (%S+) (.*)$")
    local values = {}
    for number in domain:gmatch("%S+") do
      values[#values + 1] = tonumber(number)
    end
    rows[name] = {domain = values,
      fallback = required == "0" and tonumber(fallback) or nil}
  end
  process.succeeds("rm -r " .. directory)
  return rows
end

describe("the table's numbers", function()
  local text = read(TABLE)

  it("are the intervals that operations() gives", function()
    local rows = written(text)
    for _, row in ipairs(tinygrad.operations()) do
      local domain = {}
      for _, interval in ipairs(row.domain) do
        domain[#domain + 1] = interval[1]
        domain[#domain + 1] = interval[2]
      end
      local expected = assert(rows[row.name], row.name).domain
      for i, number in ipairs(domain) do
        assert.equal(expected[i], number, row.name)
      end
    end
  end)

  it("are the operands that callers leave out", function()
    for name, row in pairs(written(text)) do
      local f = tinygrad[name]
      if row.fallback then
        assert.equal(f(-0.7, row.fallback), f(-0.7))
        assert.equal(f(-0.7, row.fallback), f(tinygrad.Value(-0.7)).data)
      elseif row.required and name ~= "max" and name ~= "min" then
        assert.is_false(pcall(f, 1), name)
      end
    end
  end)

  it("arrive whatever they are", function()
    if not process.has(os.getenv("CC") or "cc") then
      return pending("no C compiler (set CC)")
    end
    for _, fallback in ipairs {"0.015", "0.004", "0.0", "-0.1234567890123",
      "4000.25", "1e-300"}
    do
      local changed = text:gsub("DEFAULT%([^()]*%)",
        ("DEFAULT(%s)"):format(fallback))
      changed = changed:gsub("IN%(0.1, 9%)", "IN(0.00123456789, 9876.54321)")
        :gsub("IN2%(%-4, %-0.1, 0.5, 2%)", "IN2(-1e9, -1e-9, 0.004, 327.68)")
      local rows = compiled(changed)
      for name, row in pairs(written(changed)) do
        assert.equal(row.fallback, rows[name].fallback, name)
        for i, number in ipairs(rows[name].domain) do
          assert.equal(row.domain[i], number, name)
        end
      end
      assert.equal(tonumber(fallback), rows.leaky_relu.fallback)
      assert.equal(tonumber(fallback), rows.elu.fallback)
      assert.equal(9876.54321, rows.log.domain[2])
      assert.equal(327.68, rows.elu.domain[4])
    end
  end)
end)

describe("the table's named constants", function()
  it("are words of values and of exports as of partials", function()
    local folder, n = "csrc/engine/ops/", 0
    for word in read(folder .. "ops_info.c"):gmatch(
        "\n#define (%u[%u%d_]+) CONST_CODE%(") do
      n = n + 1
      for _, name in ipairs {"values.h", "text.c"} do
        assert.matches("\n#define " .. word .. " ", read(folder .. name), 1,
          true)
      end
    end
    assert.is_true(n > 15)
  end)
end)
