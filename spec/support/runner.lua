--- Runs the specs without busted: on a Lua that is newer than busted, or one
-- built for another processor, without busted's C modules. It has those
-- functions of busted that the specs use. The assertions are busted's own:
-- luassert, which is plain Lua and must be on package.path.

local luassert = require "luassert"

local runner = {}

-- The block that is being defined: {name=, parent=, hooks}.
local block
local counts = {success = 0, failure = 0, pending = 0}
local PENDING = {} -- the key that marks what pending() raises

-- Runs the hooks of a block after those of the blocks around it.
local function run_before(each)
  if each.parent then run_before(each.parent) end
  for _, hook in ipairs(each.before_each) do hook() end
end

local function run_after(each)
  for _, hook in ipairs(each.after_each) do hook() end
  if each.parent then run_after(each.parent) end
end

local function traced(problem)
  if type(problem) == "table" and problem[PENDING] then return problem end
  return debug.traceback(tostring(problem), 2)
end

local function report(name, ok, problem)
  if ok then
    counts.success = counts.success + 1
  elseif type(problem) == "table" then
    counts.pending = counts.pending + 1
    print("pending: " .. name .. ": " .. tostring(problem.reason))
  else
    counts.failure = counts.failure + 1
    print("FAIL " .. name .. "\n" .. problem)
  end
end

local function full_name(each, name)
  while each do
    name, each = each.name .. " " .. name, each.parent
  end
  return name
end

local words = {assert = luassert}

function words.pending(reason)
  error({[PENDING] = true, reason = reason}, 0)
end

function words.it(name, test)
  local here = block
  local ok, problem = xpcall(function()
    run_before(here)
    test()
  end, traced)
  local cleared, trouble = xpcall(run_after, traced, here)
  report(full_name(here, name), ok and cleared, ok and trouble or problem)
end

function words.describe(name, define)
  block = {name = name, parent = block, before_each = {}, after_each = {}}
  local ok, problem = xpcall(define, traced)
  if not ok then report(full_name(block, "(block)"), ok, problem) end
  if block.teardown then block.teardown() end
  block = block.parent
end

function words.setup(hook) hook() end

function words.teardown(hook) block.teardown = hook end

for _, name in ipairs {"before_each", "after_each"} do
  words[name] = function(hook) table.insert(block[name], hook) end
end

-- Runs a file, and forgets the modules that it was the first to require.
local function run_file(path)
  local loaded = {}
  for name in pairs(package.loaded) do loaded[name] = true end
  words.describe(path, assert(loadfile(path)))
  for name in pairs(package.loaded) do
    if not loaded[name] then package.loaded[name] = nil end
  end
end

local function all_files()
  local files = {}
  local pipe = assert(io.popen("find spec -name '*_spec.lua' | sort"))
  for path in pipe:lines() do files[#files + 1] = path end
  pipe:close()
  return files
end

--- Runs spec files and exits, with status 0 if none fails.
---@param arguments string[] files, or none for all; --exclude-pattern=p leaves
-- out the files whose names match p
function runner.run(arguments)
  local files, excluded = {}, nil
  for _, argument in ipairs(arguments) do
    local pattern = argument:match("^%-%-exclude%-pattern=(.*)")
    assert(pattern or argument:sub(1, 1) ~= "-", "unknown option " .. argument)
    excluded = pattern or excluded
    if not pattern then files[#files + 1] = argument end
  end
  for name, word in pairs(words) do rawset(_G, name, word) end
  for _, path in ipairs(#files > 0 and files or all_files()) do
    if not (excluded and path:find(excluded)) then run_file(path) end
  end
  print(("%d successes / %d failures / %d pending"):format(
    counts.success, counts.failure, counts.pending))
  os.exit(counts.failure == 0 and counts.success > 0 and 0 or 1)
end

return runner
