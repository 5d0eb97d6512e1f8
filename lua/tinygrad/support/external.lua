--- tinygrad.support.external: runs another program, if it is installed, that
-- reads a script and writes a file. For tinygrad.plot and tinygrad.graph.
--
-- Script and output are temporary files: a path that the user gave never
-- reaches the shell.

local file = require "tinygrad.support.file"

local external = {}

--- What the output ends with, for each format. A full disk cuts the output off,
-- and not every program reports that.
local ENDS = {svg = "</svg>%s*$", png = "IEND\174B`\130$",
  pdf = "%%%%EOF%s*$", text = "\n%s*$"}

-- Runs a command and returns whether its exit status is 0. (os.execute returns
-- the status as a number in Lua 5.1.)
local function succeeds(command)
  local status = os.execute(command)
  return status == true or status == 0
end

local function shell_quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

-- Runs a command given as a list of words, the program first. Returns what it
-- wrote to the file `output`; or nil and a message with what it wrote to
-- `errors`.
local function run_words(words, output, errors)
  local program, quoted = words[1], {}
  for i, word in ipairs(words) do quoted[i] = shell_quote(word) end
  if not succeeds(("%s >/dev/null 2>%s"):format(table.concat(quoted, " "),
      shell_quote(errors))) then
    return nil, ("the program '%s' failed: %s"):format(program,
      ((file.read(errors) or ""):gsub("^%s+", ""):gsub("%s+$", "")))
  end
  return file.read(output)
end

--- Runs a program on a script and returns what it writes.
---@param program string its name or path
---@param remedy string what to do if the program is not installed
---@param format string the format of the output: "svg", "png", "pdf" or "text"
---@param script_for fun(output: string): string, string[] gives the script that
-- makes the program write the file `output`, and further arguments for it
---@return string? bytes the output
---@return string? message if the program is not installed, or fails
function external.run(program, remedy, format, script_for)
  local missing = file.missing {"os.execute", "os.tmpname", "os.remove",
    "io.open"}
  if missing then
    return nil, ("the program '%s' cannot be run, as this Lua state has no %s")
      :format(program, missing)
  end
  if not succeeds("command -v " .. shell_quote(program) .. " >/dev/null 2>&1")
  then
    return nil, ("the program '%s' was not found: %s"):format(program, remedy)
  end
  local source, output, errors = os.tmpname(), os.tmpname(), os.tmpname()
  local script, words = script_for(output)
  table.insert(words, 1, program)
  words[#words + 1] = source
  local made, message = file.write(source, script)
  if made then made, message = run_words(words, output, errors) end
  os.remove(source)
  os.remove(output)
  os.remove(errors)
  if made and not made:find(ENDS[format]) then
    return nil, ("the program '%s' did not write all of its %s: is there room "
      .. "for temporary files?"):format(program, format)
  end
  return made, message
end

return external
