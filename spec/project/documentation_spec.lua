-- Every public name is documented, and its example prints what it says.

local documentation = require "tinygrad.documentation"
local read = require("spec.support.common").read
local tinygrad = require "tinygrad"

local entries = documentation.entries(tinygrad)

-- Returns what an example says that it prints: the texts after each "-->".
local function promised(example)
  local lines = {}
  for line in (example .. "\n"):gmatch("(.-)\n") do
    local expected = line:match("%-%-> ?(.*)$")
    if expected then lines[#lines + 1] = expected end
  end
  return table.concat(lines, "\n")
end

describe("the annotations for editors", function()
  it("tell of C functions that exist, and of all parameters", function()
    local known = {}
    for _, entry in ipairs(entries) do known[entry.name] = true end
    for _, name in ipairs {"core", "tensor"} do
      local text = read("lua/tinygrad/meta/" .. name .. ".lua")
      local n = 0
      for full in text:gmatch("\nfunction ([%w_.:]+)") do
        n = n + 1
        assert.is_true(known[(full:gsub("^core%.", ""))], full)
      end
      assert.is_true(n > 5)
    end
  end)
end)

describe("tinygrad.help", function()
  it("tells which strings are numbers, and which are not", function()
    for _, name in ipairs {"grad", "compile", "minimize", "optim.SGD",
      "optim.Adam", "optim.AdamW", "optim.RMSProp", "optim.Adagrad",
      "gradcheck"}
    do
      assert.matches("string[^.]* that tonumber takes",
        (tinygrad.help(name):gsub("%s+", " ")))
    end
  end)

  it("says of all that writes files when that is not atomic", function()
    for _, name in ipairs {"Model:save", "Program:save", "Plot:save",
        "Tensor:save_npy", "graph.svg", "graph.png", "graph.html",
        "nn.train"} do
      local text = tinygrad.help(name):gsub("%s+", " ")
      assert.is_truthy(text:find("not atomic", 1, true), text)
    end
  end)

  it("tells of a name, with or without what it belongs to", function()
    local text = tinygrad.help("Value:backward")
    assert.is_truthy(text:find("seed: number or nil", 1, true))
    assert.is_truthy(text:find("Example:\n  local a, b", 1, true))
    assert.equal(text, tinygrad.help("backward"))
    assert.equal(text, tinygrad.help("value:backward"))
    assert.is_truthy(tinygrad.help("hvp"):find("Program:hvp", 1, true))
  end)

  it("tells what the fields of results are", function()
    local text = tinygrad.help("fit")
    assert.is_truthy(text:find("\nA tinygrad.Fit has:\n  fitted: number[]", 1,
      true))
    assert.is_truthy(text:find("\nA tinygrad.Regression has:\n  parameters: ",
      1, true))
  end)

  it("tells what is in a module or class", function()
    for name, inside in pairs {
      nn = {"nn.MLP(inputs, sizes, opts)", "nn.standardize(data)",
        "nn.squared_error(", "Model:predict(xs, opts)", "History:plot(opts)"},
      graph = {"graph.svg(root, path, opts)  ", "graph.tree("},
      optim = {"optim.Adam(", "optim.clip_norm(", "Optimizer:step("},
      Tensor = {"Tensor.zeros(...)  Makes a Tensor of zeros",
        "Tensor:std(less)"},
      program = {"Program:emit_c(opts)", "compile(f, ...)"},
      History = {"History:plot(opts)"},
      levenberg = {"the search behind tinygrad.fit", "Levenberg-Marquardt in a "
        .. "trust region"},
      lbfgs = {"the limited-memory BFGS method"},
      math = {"stands in for Lua's `math`"},
    } do
      for _, wanted in ipairs {name, "tinygrad." .. name, name:upper()} do
        local text = tinygrad.help(wanted)
        for _, part in ipairs(inside) do
          assert.is_truthy(text:find(part, 1, true), part .. " in " .. text)
        end
      end
    end
    for _, module in ipairs {"nn", "optim", "graph"} do
      local text = tinygrad.help(module)
      for name, value in pairs(tinygrad[module]) do
        assert.is_truthy(type(value) ~= "function"
          or text:find(("\n  %s.%s("):format(module, name), 1, true), name)
      end
    end
    assert.is_falsy(tinygrad.help("levenberg"):find("In it:", 1, true))
  end)

  it("asks the loaded modules of the core's own require, if there is one",
    function()
      local name = "tinygrad.fit.levenberg"
      local keep = package.loaded[name]
      package.loaded[name] = nil
      package.loaded["tinygrad.loaded"] = {[name] = true}
      local ok, text = pcall(tinygrad.help, "levenberg")
      package.loaded["tinygrad.loaded"], package.loaded[name] = nil, keep
      assert.is_true(ok, text)
      assert.matches("trust region", text)
    end)

  it("needs no package library", function()
    local keep = package
    rawset(_G, "package", nil)
    local ok, text = pcall(tinygrad.help, "nn")
    local found, nothing = pcall(documentation.introduction, "qqxxyy", true)
    local read_all, classes = pcall(documentation.classes)
    rawset(_G, "package", keep)
    assert.is_true(ok, text)
    assert.is_true(found, nothing)
    assert.is_nil(nothing)
    assert.is_true(read_all, classes)
  end)

  it("names the options of fit, and what its result can do", function()
    local text = tinygrad.help("fit")
    for _, option in ipairs {"lower", "upper", "loss", "huber", "soft_l1",
        "cauchy", "scale", "absolute_sigma", "ftol", "xtol", "gtol",
        "max_iterations", "max_evaluations", "factor", "callback"} do
      assert.is_truthy(text:find(option, 1, true), option)
    end
    for _, method in ipairs {"predict", "band", "confidence", "report",
        "variance"} do
      local call = ("\n  Fit:%s("):format(method)
      local first = text:find(call, 1, true)
      assert.is_truthy(first, method)
      assert.is_falsy(text:find(call, first + 1, true))
    end
    assert.is_truthy(tinygrad.help("least_squares"):find(
      "A tinygrad.Regression can:\n  Regression:confidence(level)", 1, true))
    assert.is_falsy(tinygrad.help("confidence"):find("Regression:confidence", 1,
      true), "one function, told twice")
  end)

  it("shows both ways to a derivative of custom", function()
    local text = tinygrad.help("custom")
    assert.is_truthy(text:find("backward = function(x, y)", 1, true))
    assert.is_truthy(text:find("vjp = function(g, x, y)", 1, true))
  end)

  it("says what it can of functions without comments", function()
    local found = {}
    for _, entry in ipairs(documentation.entries(setmetatable({
      of_text = (loadstring or load)("return function(a) return a end")(),
      of_c = string.rep}, {__index = tinygrad}))) do
      found[entry.name] = entry
    end
    for _, name in ipairs {"of_text", "of_c"} do
      assert.equal(name .. "(...)", found[name].call)
      assert.equal("", found[name].summary or "")
    end
    assert.is_true(found.of_text.missing)
  end)

  it("lists every name", function()
    local index = tinygrad.help()
    for _, entry in ipairs(entries) do
      if not entry.rows then
        assert.is_truthy(index:find(entry.name, 1, true), entry.name)
      end
    end
  end)

  it("says what is near a name that it does not find", function()
    assert.equal("tinygrad has no 'hessians'; near it are: hessian",
      tinygrad.help("hessians"))
    assert.equal("tinygrad has no 'xyzzy'; tinygrad.help() lists all names",
      tinygrad.help("xyzzy"))
  end)

  it("refuses what is no name", function()
    local ok, message = pcall(tinygrad.help, 3)
    assert.is_false(ok)
    assert.equal("bad argument #1 to 'help' (name expected, as in \"grad\", "
      .. "got number)", (message:gsub("^.-:%d+: ", "")))
  end)
end)

describe("the reference", function()
  it("has a section for every name", function()
    local pages = assert(loadfile("spec/tools/reference.lua"))("spec")()
    for _, entry in ipairs(entries) do
      if not (entry.rows and entry.name:find("^Value:")) then
        local page = pages[entry.page .. ".html"]
        assert.is_truthy(page, entry.page)
        assert.is_truthy(page:find(("id=\"%s\""):format(
          (entry.name:gsub("[:.]", "-"))), 1, true), entry.name)
      end
    end
    assert.is_truthy(pages["index.html"]:find("minimize.html#minimize", 1,
      true))
  end)
end)

describe("the documentation of", function()
  it("many names is there", function()
    assert.is_true(#entries > 150)
  end)

  for _, entry in ipairs(entries) do
    describe(entry.name, function()
      it("says what it is", function()
        assert.is_truthy(entry.summary)
        assert.is_truthy(entry.summary:find("[.?]$"), entry.summary)
      end)

      it("says what each parameter and each result is", function()
        if entry.kind == "operation" then return end
        local i = 0
        for name in entry.call:match("%((.*)%)$"):gmatch("[%w_.]+") do
          i = i + 1
          local parameter = entry.parameters[i]
          assert.is_truthy(parameter, name .. " is not described")
          assert.equal(name, parameter.name)
          assert.is_true(parameter.type ~= "", name .. " has no type")
        end
        assert.equal(i, #entry.parameters, "more are described than there are")
      end)

      it("has an example that prints what it says", function()
        assert.is_truthy(entry.example)
        local expected = promised(entry.example)
        assert.is_true(expected ~= "", "it prints nothing")
        assert.equal(expected, table.concat(documentation.run_example(
          entry.example, tinygrad, entry.name), "\n"))
      end)
    end)
  end
end)
