--- tinygrad.support.external: runs a program that reads a script and writes a
-- file, if it is there. For tinygrad.plot and tinygrad.graph.
--
-- Script and output are temporary files; a path of the caller never reaches
-- the shell.

local file = require "tinygrad.support.file"

local external = {}

--- How what the programs write ends: a disk that is full cuts it off, which not
-- every program says.
local ENDS = {svg = "</svg>%s*$", png = "IEND\174B`\130$",
  pdf = "%%%%EOF%s*$", text = "\n%s*$"}

-- Runs a command; was its exit status 0? (A number in Lua 5.1.)
local function succeeds(command)
  local status = os.execute(command)
  return status == true or status == 0
end

local function shell_quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

-- Runs a list of words, the program first; what it wrote to `output`.
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

--- What a program makes of a script.
---@param program string its name or path
---@param remedy string what to do where there is none
---@param format string of the output: "svg", "png", "pdf" or "text"
---@param script_for fun(output: string): string, string[] the script that makes
-- the program write the file `output`, and other arguments
---@return string? bytes of the output
---@return string? message if there is no such program, or it fails
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
