-- The plan of lua/tinygrad: what is public, and what must work with the base
-- library alone.

local documentation = require "tinygrad.documentation"
local lazy = require "tinygrad.base.lazy"
local process = require "spec.support.process"
local read = require("spec.support.common").read
local tinygrad = require "tinygrad"

-- The fields of the module, without the names of operations.
local PUBLIC = {"Tensor", "Value", "_VERSION", "compile", "custom",
  "derivative", "detect_anomaly", "fit", "grad", "gradcheck", "gradients",
  "graph", "help", "hessian", "hvp", "is_program", "is_value", "jacobian",
  "jvp", "least_squares", "load_program", "math", "minimize", "nn", "no_grad",
  "operations", "optim", "plot", "program_from_string", "value_and_grad",
  "vjp"}

describe("the module", function()
  it("holds what is public and nothing else", function()
    local expected, got = {}, {}
    for _, name in ipairs(PUBLIC) do expected[name] = true end
    for _, row in ipairs(tinygrad.operations()) do
      expected[row.name], expected[row.lua_name] = true, true
    end
    for name in lazy.pairs(tinygrad) do got[name] = true end
    assert.same(expected, got)
  end)
end)

-- Returns the modules by name: path, text, and the libraries that each needs,
-- according to the builds that contain them (csrc/embed/amalgamate.lua).
local function read_modules()
  local directory = os.tmpname()
  os.remove(directory)
  assert(process.succeeds(("mkdir %s && %s csrc/embed/amalgamate.lua %s "
    .. "%s/modules.c $(find lua -name '*.lua')"):format(directory,
    process.interpreter(), directory, directory)))
  local modules = {}
  local rows = read(directory .. "/modules.c")
  for name, path, needs in rows:gmatch(
      '{ "([%w_.]+)", "@([^"]+)", NULL, module_%d+, sizeof module_%d+, (%d+)')
      do
    modules[name] = {text = read("lua/" .. path), needs = tonumber(needs),
      path = path}
  end
  process.succeeds("rm -r " .. directory)
  return modules
end

-- Whether a module says in its heading that it lives with the base library
-- alone.
local function is_basic(module)
  local heading = module.text:match("^(.-)\n\n"):gsub("\n%-%- ?", " ")
  return heading:find("base library alone", 1, true) ~= nil
end

describe("the modules that live with the base library alone", function()
  local modules = read_modules()
  local basic = {}
  for name, module in pairs(modules) do
    if is_basic(module) then basic[name] = module end
  end

  it("are all of base, and say so", function()
    for name in pairs(modules) do
      if name:find("^tinygrad%.base%.") then
        assert.is_truthy(basic[name], name)
      end
    end
  end)

  it("are those of transforms and of Programs", function()
    for _, name in ipairs {"base.options", "base.tree", "transform",
        "transform.custom", "program", "program.compile"} do
      assert.is_truthy(basic["tinygrad." .. name], name)
    end
  end)

  it("use no other library", function()
    for name, module in pairs(basic) do
      assert.equal(0, module.needs, name)
      local code = module.text:gsub("%-%-[^\n]*", "")
      for _, library in ipairs {"io", "os", "debug", "coroutine", "utf8"} do
        assert.is_nil(not module.text:find('rawget(_G, "' .. library .. '")', 1,
          true) and code:find("%f[%w_.]" .. library .. "%.%l") or nil,
          name .. " uses " .. library)
      end
    end
  end)

  it("load no module that needs another", function()
    for name, module in pairs(basic) do
      for other in module.text:gmatch(
          '\nlocal [%w_, ]+ = require%(?%s?"([^"]+)"') do
        assert.is_truthy(basic[other] or other == "tinygrad.core"
          or other == "tinygrad.load", -- such a host replaces it
          name .. " loads " .. other)
      end
    end
  end)
end)

describe("the rooms", function()
  it("are small enough to be seen at once", function()
    local count = {}
    for _, path in ipairs(process.lines("find lua -name '*.lua'")) do
      local directory = path:match("^(.*)/")
      count[directory] = (count[directory] or 0) + 1
    end
    for directory, n in pairs(count) do
      assert.is_true(n <= 25, ("%s has %d files"):format(directory, n))
    end
  end)
end)

describe("the options of every function", function()
  local classes = documentation.classes()

  it("are a class that its documentation names", function()
    local named = {}
    for _, entry in ipairs(documentation.entries(tinygrad)) do
      for _, parameter in ipairs(entry.parameters) do
        for name in parameter.type:gmatch("tinygrad%.[%w_.]+") do
          named[name] = true
        end
        assert.is_false(parameter.name:find("^opt") ~= nil
          and parameter.type == "table", entry.name)
      end
    end
    for name, class in pairs(classes) do
      if class.options and name:find("Options$") then
        assert.is_true(named[name], name)
      end
    end
  end)

  it("have a type and a text each", function()
    local options = 0
    for name, class in pairs(classes) do
      for _, field in ipairs(class.options and class.fields or {}) do
        options = options + 1
        assert.is_true(field.type ~= "" and field.text ~= "",
          name .. "." .. field.name)
      end
    end
    assert.is_true(options > 100)
  end)
end)
