--- Prints the results of specs for busted: a mark for each spec, then the
-- failures, then one line that counts them. Specs that were not run, because
-- something optional is absent, share one line with the reasons.

local base = require "busted.outputHandlers.base"

local MARKS = {success = "+", pending = ".", failure = "-", error = "*"}

--- Describes the specs that were not run: "3 (files absent; no terminal)".
local function reasons(pendings)
  local list, seen = {}, {}
  for _, each in ipairs(pendings) do
    local reason = type(each.message) == "string"
      and each.message:gsub("^%S+:%d+: ", "") or each.name
    if not seen[reason] then list[#list + 1] = reason end
    seen[reason] = true
  end
  return ("%d (%s)"):format(#pendings, table.concat(list, "; "))
end

local function describe(kind, each, verbose)
  local trace = each.element.trace or {}
  local message = each.message
  if message == nil then message = "nil error" end
  io.write(("\n%s -> %s @ %s\n%s\n%s\n"):format(kind, trace.short_src or "?",
    tostring(trace.currentline or "?"), each.name or "?", tostring(message)))
  if verbose and each.trace and each.trace.traceback then
    io.write(each.trace.traceback, "\n")
  end
end

return function(options)
  local busted = require "busted"
  local handler = base()

  local function mark(text)
    io.write(text)
    io.flush()
    return nil, true
  end

  local function finish()
    io.write("\n")
    for _, each in ipairs(handler.failures) do
      describe("Failure", each, options.verbose)
    end
    for _, each in ipairs(handler.errors) do
      describe("Error", each, options.verbose)
    end
    if #handler.pendings > 0 then
      io.write("not run: ", reasons(handler.pendings), "\n")
    end
    local failed = handler.failuresCount + handler.errorsCount
    io.write(("%s: %d specs passed, %d failed, %d not run, in %.0f s\n")
      :format(failed == 0 and "ok" or "FAILED", handler.successesCount, failed,
        handler.pendingsCount, handler.getDuration()))
    return nil, true
  end

  busted.subscribe({"test", "end"}, function(_, _, status)
    return mark(MARKS[status] or "?")
  end, {predicate = handler.cancelOnPending})
  busted.subscribe({"suite", "end"}, finish)
  for _, kind in ipairs {"error", "failure"} do
    for _, where in ipairs {"file", "describe"} do
      busted.subscribe({kind, where}, function() return mark(MARKS.error) end)
    end
  end
  return handler
end
