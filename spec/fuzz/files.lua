-- Feeds bytes to the readers of files that are in Lua: .npy, parameters,
-- optimizers' states, checkpoints, and the shapes of saved Programs. The first
-- byte chooses a reader, the rest is the file. See script.c.

local sandbox = require "spec.fuzz.sandbox"
local files, check_failure = sandbox.files, sandbox.check_failure

local function found(what) error("FOUND " .. what, 0) end

local readers = {}

-- .npy: bytes and file must be read alike, and what was read must come back
-- when it is written and read again.
function readers.n(bytes, tinygrad)
  local Tensor = tinygrad.Tensor
  local t, message = Tensor.from_npy(bytes)
  check_failure(t, message)
  files["x.npy"] = bytes
  local u, problem = Tensor.load_npy("x.npy")
  check_failure(u, problem)
  if not t ~= not u or not t and problem ~= "x.npy: " .. message then
    found(("from_npy and load_npy differ: %s; %s"):format(message, problem))
  elseif t then
    local again = assert(Tensor.from_npy(t:to_npy()))
    if again:to_string() ~= t:to_string()
        or u:to_string() ~= t:to_string() then
      found "other numbers when written and read again"
    end
  end
end

local function new_model(tinygrad)
  return tinygrad.nn.MLP(2, {2, 1}, {seed = 3})
end

-- Checks that the model is whole; and that it is unchanged if the file was not
-- read.
local function check_model(model, before, ok)
  local after = model:to_string()
  if not ok and after ~= before then found "parameters changed by a failure" end
  if not model:from_string(after) or model:to_string() ~= after then
    found "other parameters when written and read again"
  end
end

function readers.p(bytes, tinygrad)
  local model = new_model(tinygrad)
  local before = model:to_string()
  check_model(model, before, check_failure(model:from_string(bytes)))
  files.p = bytes
  check_failure(model:load("p"))
  files["p.npy"] = bytes
  before = model:to_string()
  check_model(model, before, check_failure(model:load("p.npy")))
end

local function adler32(text)
  local a, b = 1, 0
  for i = 1, #text do
    a = (a + text:byte(i)) % 65521
    b = (b + a) % 65521
  end
  return b * 65536 + a
end

-- A checkpoint, from which nn.train goes on. Its checksum is corrected first.
function readers.c(bytes, tinygrad)
  local before = bytes:match('^(.*),\n  "check":') or bytes
  files.c = ('%s,\n  "check": "%.0f"\n}\n'):format(before, adler32(before))
  local model = new_model(tinygrad)
  local history, message = tinygrad.nn.train(model,
    tinygrad.nn.squared_error, {x = {{1, 2}, {3, 4}}, y = {0, 1}},
    {epochs = 3, checkpoint = "c", resume = true, quiet = true})
  if check_failure(history, message) then
    check_model(model, nil, true)
    if #history.loss ~= history.epochs or #tostring(history) == 0 then
      found "a history that makes no sense"
    end
  end
end

local OPTIMIZERS = {"SGD", "Adam", "AdamW", "RMSProp", "Adagrad"}

-- An optimizer's state as JSON. The optimizer must work, and must be unchanged
-- if the state was not loaded.
function readers.o(bytes, tinygrad)
  local json = require "tinygrad.nn.json"
  local state, message = json.decode(bytes)
  if type(state) ~= "table" then return check_failure(state, message) end
  for _, name in ipairs(OPTIMIZERS) do
    local w = {1, {2, 3}}
    local o = tinygrad.optim[name](w, {lr = 0.1,
      momentum = name == "SGD" and 0.5 or nil})
    o:step {1, {2, 3}}
    local before = json.encode(o:state())
    local ok = check_failure(o:load_state(state))
    if not ok and json.encode(o:state()) ~= before then
      found "a state changed by a failure"
    end
    o:step {1, {2, 3}}
    if not o:load_state(o:state()) then found "a state that is refused" end
  end
end

-- The shapes of a saved Program, which are in bencode.
function readers.s(bytes, tinygrad)
  local core = require "tinygrad.core"
  local function f(x, y) return {x * y.a, y.a} end
  local p = tinygrad.compile(f, 1, {a = 2})
  files.s = core.program_bytes(p, bytes)
  local again = check_failure(tinygrad.load_program("s"))
  if not again then return end
  if again:to_string() ~= assert(tinygrad.program_from_string(
      again:to_string())):to_string() then
    found "other shapes when written and read again"
  end
  pcall(again, 1, {a = 2})
  again:grad {argnums = 1}
  sandbox.check_message(#again:emit_c() > 0 and tostring(again))
end

local chosen = {}
for name in pairs(readers) do chosen[#chosen + 1] = name end
table.sort(chosen)

local script = {}

function script.text(bytes) return bytes end

function script.run(bytes)
  sandbox.close_world()
  local name = bytes:sub(1, 1)
  local reader = readers[name]
    or readers[chosen[(name:byte() or 0) % #chosen + 1]]
  local ok, message = pcall(reader, bytes:sub(2), require "tinygrad")
  if not ok then
    if tostring(message):find("^FOUND") then error(message, 0) end
    sandbox.check_message(message)
  end
end

return script
