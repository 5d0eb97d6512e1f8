-- The accuracy of the vector functions of csrc/engine/numeric/lanes.h, measured
-- by spec/lanes/accuracy.c at few points; .ci/run lanes takes more points and
-- builds.
local process = require "spec.support.process"

describe("the vector kernels", function()
  local cc = os.getenv("CC") or "cc"
  local source = "spec/lanes/accuracy.c"

  it("are as accurate as their table says", function()
    if not process.has(cc) then
      return pending("no C compiler (set CC)")
    end
    local path = os.tmpname()
    local build = ("%s -std=c99 -O2 -Icsrc -o %s %s -lm"):format(cc, path,
      source)
    assert.is_true(process.succeeds(build), "cannot build: " .. build)
    local run = io.popen(path .. " 20000; echo status $?")
    local output = run:read("*a")
    run:close()
    os.remove(path)
    assert.is_truthy(output:find("status 0", 1, true), output)
  end)
end)
