-- Reports which lines the specs reached, for `make coverage`:
--   lua5.4 spec/tools/coverage.lua FOLDER LUAC GCOV MOST
-- FOLDER has the records of what ran: *.lines of spec/tools/lines.c, and gcov's
-- *.gcno and *.gcda. Prints a table by file, the branches of C that were not
-- taken, by reason, and the lines that were not reached. Fails if more than
-- MOST lines were not reached. Lines do not count that are declared to be out
-- of reach: in C by a comment LCOV_EXCL_LINE: why, or from LCOV_EXCL_START: why
-- to LCOV_EXCL_STOP; in Lua with `coverage: why`, or from `coverage off: why`
-- to `coverage on`.

local folder, luac, gcov, most = ...

local function lines_of(command)
  local pipe = assert(io.popen(command))
  local list = {}
  for line in pipe:lines() do list[#list + 1] = line end
  assert(pipe:close())
  return list
end

-- files[path] is {lines = {[number] = times}, text = {[number] = line of
-- source}, branches = {{line=, taken=}, ...}}.
local files = {}

local function file_of(path)
  files[path] = files[path] or {lines = {}, text = {}, branches = {}}
  return files[path]
end

-- --- Lua ------------------------------------------------------------------

-- Tells whether a line only closes a block. Its code need not run: a function
-- that has returned still has a return at its `end`.
local function is_closing(text)
  return text:find("^%s*end[%s%)%]},;]*$") or text:find("^%s*[%)%]},;]+$")
    or text:find("^%s*else%s*$") or text:find("^%s*until%f[%W]")
end

-- Notes a file's lines that have instructions, as lines that did not run.
local function read_source(path)
  local file, number = file_of(path), 0
  for text in io.lines(path) do
    number = number + 1
    file.text[number] = text
  end
  for _, listed in ipairs(lines_of(luac .. " -l -p " .. path)) do
    local line, operation = listed:match("^\t%d+\t%[(%d+)%]%s+(%u+)")
    line = tonumber(line)
    if line and operation ~= "VARARGPREP"
      and not is_closing(file.text[line]) then
      file.lines[line] = 0
    end
  end
end

-- Adds the lines that ran in one process.
local function read_runs(path)
  for record in io.lines(path) do
    local name, ran = record:match("^@.-(lua/tinygrad[^\t]*)\t(.*)$")
    local file = name and files[name]
    for line in pairs(file and file.lines or {}) do
      if ran:sub(line + 1, line + 1) == "1" then
        file.lines[line] = file.lines[line] + 1
      end
    end
  end
end

-- --- C --------------------------------------------------------------------

-- Adds what gcov reports about all objects. A header is part of several
-- objects, and each of its lines counts once.
local function read_objects()
  local file, line, index
  local branches = {} -- by path, line and index, which several objects share
  for _, said in ipairs(lines_of(gcov .. " -bct $(find " .. folder
      .. " -name '*.gcno') 2>/dev/null")) do
    local times, number, text = said:match("^%s*([^:]+):%s*(%d+):(.*)$")
    local path = number == "0" and text:match("^Source:(.*)$")
    if path then
      file = path:find("^csrc/") and file_of(path)
    elseif file and number and number ~= "0" then
      line, index = tonumber(number), 0
      file.text[line] = text
      if times ~= "-" then
        local more = tonumber(times:match("^%d+")) or 0
        file.lines[line] = (file.lines[line] or 0) + more
      end
    elseif file and said:find("^branch") then
      index = index + 1
      local key = ("%d %d"):format(line, index)
      branches[file] = branches[file] or {}
      local branch = branches[file][key]
      if not branch then
        branch = {line = line, taken = 0}
        branches[file][key] = branch
        table.insert(file.branches, branch)
      end
      branch.taken = branch.taken + (tonumber(said:match("taken (%d+)")) or 0)
    end
  end
end

-- --- The report -----------------------------------------------------------

-- Returns the lines that are declared to be out of reach.
local function excluded_lines(text)
  local excluded, within = {}, false
  for line, this in ipairs(text) do
    within = within or this:find("LCOV_EXCL_START: %S")
      or this:find("%-%- coverage off: %S")
    excluded[line] = within or this:find("LCOV_EXCL_LINE: %S")
      or this:find("%-%- coverage: %S")
    within = within and not (this:find("LCOV_EXCL_STOP", 1, true)
      or this:find("-- coverage on", 1, true))
  end
  return excluded
end

-- Returns how often a line ran. gcov counts a call that does not return at the
-- line where its statement ends.
local function times_of(file, line)
  local times = file.lines[line] or 0
  if times == 0 and file.text[line]:find("^%s*return .*,$") then
    return times_of(file, line + 1)
  end
  return times
end

-- Returns {lines=, reached=, missed = {line, ...}, branches=, taken=} for a
-- file.
local function judge(file)
  local result = {lines = 0, reached = 0, missed = {}}
  local excluded = excluded_lines(file.text)
  for line in pairs(file.lines) do
    if not excluded[line] then
      result.lines = result.lines + 1
      if times_of(file, line) > 0 then result.reached = result.reached + 1
      else table.insert(result.missed, line) end
    end
  end
  table.sort(result.missed)
  result.branches, result.taken = #file.branches, 0
  for _, branch in ipairs(file.branches) do
    if branch.taken > 0 then result.taken = result.taken + 1 end
  end
  return result
end

local function percent(part, whole)
  if whole == 0 then return "     " end
  return ("%5.1f"):format(math.floor(1000 * part / whole) / 10)
end

local function row(name, r)
  print(("%-36s %5d %5d %s   %s"):format(name, r.lines, r.reached,
    percent(r.reached, r.lines), r.branches == 0 and ""
    or ("%5d %5d %s"):format(r.branches, r.taken,
      percent(r.taken, r.branches))))
end

for _, path in ipairs(lines_of(
    "find lua -name '*.lua' -not -path '*/meta/*'")) do
  read_source(path)
end
for _, path in ipairs(lines_of("find " .. folder .. " -name '*.lines'")) do
  read_runs(path)
end
read_objects()

local names = {}
for name in pairs(files) do names[#names + 1] = name end
table.sort(names)
print(("%-36s %5s %5s %5s   %5s %5s %5s"):format("file", "lines", "ran", "%",
  "brchs", "taken", "%"))
local results, sums = {}, {}
for _, name in ipairs(names) do
  local r, kind = judge(files[name]), name:match("^%w+")
  results[name] = r
  row(name, r)
  local sum = sums[kind] or {lines = 0, reached = 0, branches = 0, taken = 0}
  sums[kind] = sum
  for key in pairs(sum) do sum[key] = sum[key] + r[key] end
end
row("all C", sums.csrc)
row("all Lua", sums.lua)
print()
-- REASONS has, for branches that are not taken, patterns for the file's name
-- and for the line, and the reason. The first row whose patterns match counts.
local CHECKED = "what the Lua side has checked before"
local EXPANDED = "formulas and steps that each interpreter and vector kernel "
  .. "expands anew: every copy has its own branches"
local REASONS = {
  {"%.def$", "", EXPANDED}, {"lanes%.h$", "", EXPANDED},
  {"eval%.c$", "", EXPANDED}, {"kernels%.c$", "", EXPANDED},
  {"", "LCOV_EXCL", "declared out of reach, see there"},
  {"", "luaL_addchar", "Lua's macro: the buffer is full just there"},
  {"", "lua_is%a+%(", CHECKED}, {"", "lua_type%(", CHECKED},
  {"", "typeerror", CHECKED}, {"", "argcheck", CHECKED},
  {"", "_step%(", "a loop is left just there, by a hook or for want of memory"},
  {"", "poll", "a hook stops it just there"},
  {"save%.c$", "", "damage that a file may have: make fuzz looks for it"},
  {"", "TG_OK", "memory ran out, or a hook stopped it, just before"},
  {"", "NULL", "memory ran out, or there is none of what is optional"},
  {"", "pthread_", "the system gives no thread or lock"},
  {"", "lua_getstack", "a frame of Lua's stack that is not there"},
  {"", "switch", "a value that is none of the enumeration"},
  {"", "", "one side of a condition that others decide in the specs"},
}

local function reason_of(name, text)
  for _, reason in ipairs(REASONS) do
    if name:find(reason[1]) and text:find(reason[2]) then return reason[3] end
  end
end

-- Prints the places of all branches that were not taken, under each reason.
local function list_branches()
  local counts, places, order = {}, {}, {}
  for _, name in ipairs(names) do
    local last = {}
    for _, branch in ipairs(files[name].branches) do
      if branch.taken == 0 then
        local why = reason_of(name, files[name].text[branch.line])
        if not counts[why] then
          counts[why], places[why], order[#order + 1] = 0, {}, why
        end
        counts[why] = counts[why] + 1
        local list, line = places[why], tostring(branch.line)
        if not last[why] then
          list[#list + 1] = name .. ":" .. line
        elseif last[why] ~= line and not name:find("%.def$") then
          list[#list] = list[#list] .. "," .. line
        end
        last[why] = line
      end
    end
  end
  for _, why in ipairs(order) do
    print(("%d branches not taken: %s\n  %s"):format(counts[why], why,
      table.concat(places[why], "\n  ")))
  end
end

list_branches()
local missed = 0
for _, name in ipairs(names) do
  for _, line in ipairs(results[name].missed) do
    print(("not reached: %s:%d: %s"):format(name, line,
      files[name].text[line]:match("^%s*(.*)$")))
    missed = missed + 1
  end
end
print(("%d lines not reached, of %s that may be"):format(missed, most))
os.exit(missed <= tonumber(most))
