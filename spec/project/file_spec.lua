-- All files are written in one way, in which nothing is lost.
-- luacheck: ignore 122 (fields of io, os and the core are replaced for a while)

local core = require "tinygrad.core"
local file = require "tinygrad.support.file"
local process = require "spec.support.process"
local support = require "spec.support.common"
local tinygrad = require "tinygrad"
local nn, Tensor, Value = tinygrad.nn, tinygrad.Tensor, tinygrad.Value
local read = support.read

local POSIX = package.config:sub(1, 1) == "/"

local function model() return nn.MLP(2, {2, 1}) end

local function program()
  return tinygrad.compile(function(x) return x * x + 1 end, 1)
end

local function train(path, opts)
  opts = opts or {}
  opts.epochs, opts.checkpoint = 2, path
  return nn.train(model(), nn.squared_error, {x = {{1, 2}}, y = {3}}, opts)
end

-- All functions that write files: a name for a file, and a call.
local WRITERS = {
  {"model.json", function(path) return model():save(path) end},
  {"model.npy", function(path) return model():save(path) end},
  {"checkpoint", train},
  {"tensor.npy", function(path) return Tensor({1, 2, 3}):save_npy(path) end},
  {"program.tgp", function(path) return program():save(path) end},
  {"plot.svg", function(path)
    return tinygrad.plot():line({1, 2}, {1, 2}):save(path)
  end},
  {"graph.html", function(path)
    return tinygrad.graph.html(Value(1), path)
  end},
}
if process.has("dot") then
  for _, name in ipairs {"svg", "png"} do
    WRITERS[#WRITERS + 1] = {"graph." .. name, function(path)
      return tinygrad.graph[name](Value(1), path)
    end}
  end
end
if process.has("gnuplot") then
  WRITERS[#WRITERS + 1] = {"gnuplot.pdf", function(path)
    return tinygrad.plot():line({1, 2}, {1, 2}):save(path,
      {program = "gnuplot"})
  end}
end

local function write(path, text)
  local handle = assert(io.open(path, "wb"))
  assert(handle:write(text))
  assert(handle:close())
end

local io_open, os_rename, os_remove = io.open, os.rename, os.remove
local file_place = core.file_place

local function restore()
  io.open, os.rename, os.remove = io_open, os_rename, os_remove
  core.file_place = file_place
end

-- Each test has a directory, and a path in it.
local dir, path
before_each(function()
  dir = os.tmpname()
  os.remove(dir)
  assert(process.succeeds(POSIX and "mkdir '" .. dir .. "'"
    or "mkdir " .. dir))
  path = dir .. package.config:sub(1, 1) .. "file"
end)
after_each(function()
  restore()
  os.execute(POSIX and "rm -rf '" .. dir .. "'" or "rmdir /s /q " .. dir)
end)

-- Returns the names in the directory in one line.
local function listed()
  return table.concat(process.lines(POSIX and "ls -A '" .. dir .. "'"
    or "dir /b /a " .. dir), " ")
end

describe("a file", function()
  it("is new or replaced, whoever writes it", function()
    for _, writer in ipairs(WRITERS) do
      path = dir .. "/" .. writer[1]
      assert(writer[2](path))
      local bytes = read(path)
      assert.is_true(#bytes > 20, writer[1])
      write(path, ("old"):rep(10000))
      assert(writer[2](path))
      assert.equal(#bytes, #read(path), writer[1])
      os.remove(path)
      assert.equal("", listed())
    end
  end)

  it("says true and nothing else", function()
    assert.same({true}, {file.write(path, "new")})
    assert.same({true}, {program():save(path)})
    assert.equal(1, select("#", program():save(path)))
    assert.equal(2, select("#", program():save(dir)))
  end)

  it("may hold nothing, or any bytes", function()
    for _, text in ipairs {"", "\0\r\n\26\255", ("x"):rep(300000)} do
      assert.is_true(file.write(path, text))
      assert.equal(text, read(path))
      assert.equal(text, file.read(path))
    end
  end)

  it("leaves the neighbours alone", function()
    for _, suffix in ipairs {".new", ".tmp", "~", ".bak", ".old"} do
      write(path .. suffix, "the user's")
    end
    assert.is_true(file.write(path, "one"))
    assert.is_true(file.write(path, "two"))
    for _, suffix in ipairs {".new", ".tmp", "~", ".bak", ".old"} do
      assert.equal("the user's", read(path .. suffix))
      os.remove(path .. suffix)
    end
    assert.equal("file", listed())
  end)

  it("that cannot be written is named", function()
    for _, writer in ipairs(WRITERS) do
      local nowhere = dir .. "/nowhere/" .. writer[1]
      local ok, message = writer[2](nowhere)
      assert.is_nil(ok)
      assert.equal(nowhere .. ": ", message:sub(1, #nowhere + 2))
      assert.is_nil(message:find(".tinygrad-", 1, true))
    end
    for _, place in ipairs {dir, dir .. "/", ""} do
      local ok, message = file.write(place, "text")
      assert.is_nil(ok)
      assert.is_string(message)
    end
    assert.equal("", listed())
  end)

  it("can be looked for", function()
    assert.is_false(file.exists(path))
    assert.is_false(file.exists(dir))
    write(path, "")
    assert.is_true(file.exists(path))
    io.open = function() return nil, path .. ": Permission denied", 13 end
    assert.is_true(file.exists(path))
  end)

  it("is read, or named", function()
    assert.same({nil, path .. ": No such file or directory"},
      {file.read(path)})
    io.open = function()
      return {read = function() end, close = function() end}
    end
    assert.same({nil, path .. ": it cannot be read or written"},
      {file.read(path)})
  end)
end)

-- A disk, or a host's io, that fails -----------------------------------------

-- Returns an io.open whose files are real except for the methods in `changes`.
-- Files that are opened to read have their own methods.
local function failing(changes)
  return function(name, mode)
    local handle, message, code = io_open(name, mode)
    if not handle or mode ~= "wb" then return handle, message, code end
    local proxy = {}
    function proxy:write(text) return self and handle:write(text) end
    function proxy:close() return self and handle:close() end
    for key, f in pairs(changes) do
      proxy[key] = function(_, ...) return f(handle, ...) end
    end
    return proxy
  end
end

local FULL = "No space left on device"

local FAILURES = {
  ["a write that fails"] = {write = function(handle, text)
    handle:write(text:sub(1, 10))
    return nil, FULL, 28
  end},
  ["a write that says false"] = {write = function() return false, FULL end},
  ["a close that fails"] = {close = function(handle)
    handle:close()
    return nil, FULL, 28
  end},
  ["a close that says false"] = {close = function(handle)
    handle:close()
    return false, FULL
  end},
}

describe("what was there stays whole after", function()
  for what, changes in pairs(FAILURES) do
    it(what, function()
      for _, writer in ipairs(WRITERS) do
        path = dir .. "/" .. writer[1]
        write(path, "precious")
        io.open = failing(changes)
        local ok, message = writer[2](path)
        restore()
        assert.is_nil(ok)
        -- For dot and gnuplot it is the script that cannot be written:
        assert.matches(FULL .. "$", message)
        assert.equal("precious", read(path))
        os.remove(path)
        assert.equal("", listed())
        io.open = failing(changes)
        assert.is_nil((writer[2](path)))
        restore()
        assert.equal("", listed())
      end
    end)
  end

  it("a failure without a reason", function()
    write(path, "precious")
    for _, name in ipairs {"write", "close"} do
      io.open = failing {[name] = function(handle)
        if name == "close" then handle:close() end
      end}
      assert.same({nil, path .. ": it cannot be read or written"},
        {file.write(path, "new")})
      restore()
      assert.equal("precious", read(path))
    end
    assert.equal("file", listed())
  end)

  it("an error of the host's io", function()
    write(path, "precious")
    local trouble = {}
    io.open = failing {write = function() error(trouble) end}
    local ok, problem = pcall(file.write, path, "new")
    restore()
    assert.is_false(ok)
    assert.equal(trouble, problem)
    assert.equal("precious", read(path))
    assert.equal("file", listed())
  end)

  it("a want of handles", function()
    write(path, "precious")
    io.open = function(name, mode)
      if mode == "wb" then
        return nil, name .. ": Too many open files", 24
      end
      return io_open(name, mode)
    end
    assert.same({nil, path .. ": Too many open files"},
      {file.write(path, "new")})
    restore()
    assert.equal("precious", read(path))
    assert.equal("file", listed())
  end)
end)

-- Runs a Lua script, which `prefix` (shell code) may restrict. Returns its
-- output.
local function child(prefix, script)
  local name = dir .. ".lua"
  write(name, "local tinygrad = require 'tinygrad'\n"
    .. "local file = require 'tinygrad.support.file'\n"
    .. "local path = ...\nassert(tinygrad)\n" .. script)
  local output = process.run(name, nil, prefix, path)
  os.remove(name)
  return output
end

local TRY = [[
print(file.write(path, ("new"):rep(1e6)))
print(tinygrad.Tensor.zeros {300000}:save_npy(path))
]]

if POSIX then
  describe("a disk", function()
    it("that has a limit", function()
      write(path, "precious")
      local refused = ("nil\t%s: File too large\n"):format(path)
      assert.equal(refused:rep(2), child(
        "sh -c 'trap \"\" XFSZ; ulimit -f 2048; exec \"$@\"' sh", TRY))
      assert.equal("precious", read(path))
      assert.equal("file", listed())
    end)

    it("that is full", function()
      local mount = "unshare -rm sh -c 'mount -t tmpfs -o size=64k none " .. dir
        .. " && exec \"$@\"' sh"
      if not process.succeeds(mount .. " true") then
        pending("no tmpfs can be mounted here")
        return
      end
      -- All pages of the disk are taken, but there is room for names:
      assert.equal("true\nnil\t" .. path .. ": " .. FULL .. "\n"
        .. "nil\t" .. path .. ": " .. FULL .. "\nprecious\n0\ntrue\ntrue\n",
        child(mount, [[
print(file.write(path, "precious"))
local rest = assert(io.open(path .. ".rest", "wb"))
rest:setvbuf("no")
repeat until not rest:write(("x"):rep(4096))
rest:close()
print(file.write(path, ("new"):rep(5000)))
print(tinygrad.Tensor.zeros {1000}:save_npy(path))
print(file.read(path))
local ls = io.popen("ls -A " .. path:match("^(.*)/") .. " | grep -c tinygrad")
print(ls:read())
os.remove(path .. ".rest")
print(file.write(path, ("new"):rep(5000)))
print(file.read(path) == ("new"):rep(5000))
]]))
    end)
  end)
end

-- Hosts ----------------------------------------------------------------------

describe("a host", function()
  local globals = package.loaded._G

  it("that left out what writes files has left out writing", function()
    local libraries = {io = io, os = os}
    for _, lacks in ipairs {"io", "os", "io.open", "os.rename", "os.remove"} do
      local name, key = lacks:match("^(%l+)%.?(%l*)$")
      local owner = key == "" and globals or libraries[name]
      local field = key == "" and name or key
      local had = owner[field]
      for _, writer in ipairs(WRITERS) do
        path = dir .. "/" .. writer[1]
        write(path, "precious")
        owner[field] = nil
        local ran, ok, message = pcall(writer[2], path)
        owner[field] = had
        assert.is_true(ran, ok)
        assert.is_nil(ok, writer[1])
        assert.matches("this Lua state has no " .. name .. "%." .. key, message)
        assert.equal("precious", read(path))
        os.remove(path)
        assert.equal("", listed())
      end
    end
  end)

  it("that left out io.open has left out reading", function()
    path = dir .. "/there"
    write(path, "precious")
    local readers = {file.read, tinygrad.load_program,
      tinygrad.Tensor.load_npy, function(name)
        return tinygrad.nn.MLP(1, {1}):load(name)
      end}
    for _, reader in ipairs(readers) do
      local open = io.open
      io.open = nil
      local ran, x, message = pcall(reader, path)
      io.open = open
      assert.is_true(ran, x)
      assert.is_nil(x)
      assert.equal(path .. ": it cannot be read, as this Lua state has no "
        .. "io.open", message)
    end
  end)

  it("without os.execute runs no other program", function()
    local execute = os.execute
    os.execute = nil
    local ok, message = tinygrad.graph.svg(Value(1), path)
    os.execute = execute
    assert.is_nil(ok)
    assert.equal("the program 'dot' cannot be run, as this Lua state has no "
      .. "os.execute", message)
  end)

  it("whose io leads elsewhere gets all bytes there", function()
    local stored = {}
    io.open = function(name, mode)
      if mode == "rb" then return nil, name .. ": not there" end
      local parts = {}
      return {
        write = function(_, text) parts[#parts + 1] = text return true end,
        close = function() stored[name] = table.concat(parts) return true end,
      }
    end
    os.remove = function(name)
      stored[name] = nil
      return true
    end
    local ok = file.write(path, "new")
    local again = file.write(path, "newer")
    assert.is_false(file.exists(path))
    restore()
    assert.is_true(ok and again)
    assert.same({[path] = "newer"}, stored)
    assert.equal("", listed())
  end)

  it("whose io knows some names only gets these", function()
    for _, old in ipairs {false, "old"} do
      if old then write(path, old) end
      io.open = function(name, mode)
        if name ~= path then return nil, "no such name" end
        return io_open(name, mode)
      end
      local ok = file.write(path, "new")
      restore()
      assert.is_true(ok)
      assert.equal("new", read(path))
      os.remove(path)
    end
  end)
end)

-- Where no file can take the place of another ---------------------------------

describe("written where it is", function()
  -- Makes all files impossible that do not exist yet.
  local function deny(changes)
    local open = changes and failing(changes) or io_open
    io.open = function(name, mode)
      if name:find(".tinygrad-", 1, true) then
        return nil, name .. ": Permission denied", 13
      end
      return open(name, mode)
    end
  end

  it("is what has no room beside it", function()
    for _, writer in ipairs(WRITERS) do
      path = dir .. "/" .. writer[1]
      assert(writer[2](path))
      local bytes = read(path)
      write(path, "old")
      deny()
      local ok, message = writer[2](path)
      restore()
      assert.is_truthy(ok, message)
      assert.equal(#bytes, #read(path))
    end
  end)

  it("a file gets its old contents back after a failure", function()
    write(path, "precious")
    local writes = 0
    deny {write = function(handle, text)
      writes = writes + 1
      if writes > 1 then return handle:write(text) end
      return nil, FULL
    end}
    assert.same({nil, path .. ": " .. FULL}, {file.write(path, "new")})
    restore()
    assert.equal("precious", read(path))
  end)

  -- Makes rename fail, as it does for a file that is a mount point.
  local function refuse()
    os.rename = function() return nil, "Device or resource busy", 16 end
    core.file_place = function(name)
      local target, exists, beside, keep = file_place(name)
      return target, exists, beside, keep, function() return false end
    end
  end

  it("is what cannot be replaced", function()
    write(path, "old")
    refuse()
    assert.is_true(file.write(path, "new"))
    restore()
    assert.equal("new", read(path))
    assert.equal("file", listed())
  end)

  it("a file has its new contents beside it if all fails", function()
    write(path, "precious")
    refuse()
    local files = 0
    io.open = function(name, mode)
      files = files + (mode == "wb" and 1 or 0)
      return (files == 2 and failing(FAILURES["a write that fails"])
        or files == 3 and failing(FAILURES["a close that says false"])
        or io_open)(name, mode)
    end
    local ok, message = file.write(path, "the new contents")
    restore()
    assert.is_nil(ok)
    local said, beside = message:match("^(.*); what was to be written is in "
      .. "'(.*)'$")
    assert.equal(path .. ": " .. FULL, said)
    assert.equal("the new contents", read(beside))
  end)

  it("is everything on an unknown system", function()
    core.file_place = function(name) return name end
    assert.is_false(file.exists(path))
    assert.is_true(file.write(path, "one"))
    assert.is_true(file.write(path, "two"))
    assert.is_true(file.exists(path))
    assert.equal("two", read(path))
    assert.equal("file", listed())
  end)
end)

if not POSIX then return end

-- POSIX ----------------------------------------------------------------------

local function shell(command)
  local lines = process.lines("cd '" .. dir .. "' && " .. command)
  return table.concat(lines, "\n")
end

local function mode_of(name)
  return shell("ls -ld '" .. name .. "'"):sub(1, 10)
end

describe("the mode", function()
  it("of what was there is kept", function()
    for _, writer in ipairs(WRITERS) do
      for _, mode in ipairs {"640", "600", "755", "666"} do
        shell("echo > file; chmod " .. mode .. " file")
        local before = mode_of("file")
        local named = dir .. "/" .. writer[1]
        shell("mv file " .. writer[1])
        assert(writer[2](named))
        assert.equal(before, mode_of(writer[1]), writer[1])
        os.remove(named)
      end
    end
  end)

  it("of what is new is the usual one", function()
    shell("echo > usual")
    assert(file.write(path, "new"))
    assert.equal(mode_of("usual"), mode_of("file"))
  end)

  it("is that of the new file before there is a byte in it", function()
    shell("echo > file; chmod 600 file")
    local seen
    io.open = failing {write = function(handle, text)
      seen = shell("ls -lA | grep tinygrad"):sub(1, 10)
      return handle:write(text)
    end}
    assert.is_true(file.write(path, "secret"))
    assert.equal("-rw-------", seen)
  end)
end)

describe("a link", function()
  it("is followed, whoever writes", function()
    for _, writer in ipairs(WRITERS) do
      shell("mkdir real; echo old > real/file; ln -s real/file "
        .. writer[1])
      assert(writer[2](dir .. "/" .. writer[1]))
      assert.equal("l", mode_of(writer[1]):sub(1, 1), writer[1])
      assert.is_true(#read(dir .. "/real/file") > 20)
      assert.equal("file", shell("ls -A real"))
      shell("rm -r " .. writer[1] .. " real")
    end
  end)

  it("may be one of many, of any kind", function()
    shell("mkdir a b b/c; ln -s ../../a/two b/c/one; ln -s '" .. dir
      .. "/b/three' a/two; ln -s ../four b/three; ln -s b/c way; "
      .. "ln -s way/one file")
    assert.is_true(file.write(path, "first")) -- there is no file "four" yet
    assert.equal("first", read(dir .. "/four"))
    assert.is_true(file.write(path, "second"))
    assert.equal("second", read(dir .. "/four"))
    assert.equal("a b file four way", listed())
    assert.equal("c three", shell("ls -A b | tr '\\n' ' ' | sed 's/ $//'"))
    assert.is_true(file.exists(path))
  end)

  it("that leads nowhere is a message", function()
    shell("ln -s file other; ln -s other file; ln -s no/where lost")
    assert.same({nil, path .. ": Too many levels of symbolic links"},
      {file.write(path, "new")})
    assert.same({nil, dir .. "/lost: No such file or directory"},
      {file.write(dir .. "/lost", "new")})
    assert.equal("file lost other", listed())
  end)

  it("of a device's is the device's", function()
    shell("ln -s /dev/null file")
    assert.is_true(file.write(path, "new"))
    assert.equal("l", mode_of("file"):sub(1, 1))
    assert.equal("c", mode_of("/dev/null"):sub(1, 1))
  end)

  it("that makes two names of one file keeps it one", function()
    for _, writer in ipairs(WRITERS) do
      shell("echo old > one; ln one " .. writer[1])
      assert(writer[2](dir .. "/" .. writer[1]))
      assert.is_true(#read(dir .. "/one") > 20)
      assert.equal(read(dir .. "/one"), read(dir .. "/" .. writer[1]))
      shell("rm one " .. writer[1])
      assert.equal("", listed())
    end
  end)

  it("of one file's two names keeps the old contents on failure", function()
    shell("printf precious > one; ln one file")
    for _, changes in pairs(FAILURES) do
      io.open = failing(changes)
      assert.is_nil((file.write(path, "new")))
      restore()
      assert.equal("precious", read(dir .. "/one"))
      assert.equal("file one", listed())
    end
  end)
end)

describe("a device or a pipe", function()
  it("is written to and never replaced", function()
    for _, writer in ipairs(WRITERS) do
      -- The file's name decides what is written, with two exceptions:
      shell("ln -s /dev/null null_" .. writer[1] .. "; ln -s /dev/full full_"
        .. writer[1])
      assert(writer[2](dir .. "/null_" .. writer[1]))
      local full = dir .. "/full_" .. writer[1]
      local ok, message = writer[2](full)
      assert.is_nil(ok)
      assert.equal(full .. ": " .. FULL, message)
    end
    for _, name in ipairs {"/dev/null", "/dev/full"} do
      assert.equal("c", mode_of(name):sub(1, 1))
    end
    assert.equal("0", shell("ls -A /dev | grep -c tinygrad"))
  end)

  it("is no checkpoint to go on from", function()
    for _, resume in ipairs {false, true} do
      assert(train("/dev/null", {resume = resume}))
      assert.same({nil, "/dev/full: " .. FULL},
        {train("/dev/full", {resume = resume})})
    end
    assert.equal("c", mode_of("/dev/full"):sub(1, 1))
  end)

  it("may have a name in a directory", function()
    for _, writer in ipairs(WRITERS) do
      shell("mkfifo " .. writer[1])
      local reader = io.popen("cat '" .. dir .. "/" .. writer[1] .. "'")
      assert(writer[2](dir .. "/" .. writer[1]))
      assert.is_true(#reader:read("*a") > 20, writer[1])
      reader:close()
      assert.equal("p", mode_of(writer[1]):sub(1, 1))
      assert.is_false(file.exists(dir .. "/" .. writer[1])) -- without waiting
      os.remove(dir .. "/" .. writer[1])
    end
  end)

  it("may be what the process has open", function()
    if not process.succeeds("test -e /dev/stdout") then
      pending("there is no /dev/stdout")
      return
    end
    write(dir .. "/say.lua", [[
      require "tinygrad"
      assert(require("tinygrad.support.file").write("/dev/stdout", "hello"))
    ]])
    local say = ("'%s' '%s/say.lua'"):format(process.interpreter(), dir)
    local pipe = io.popen(say)
    assert.equal("hello", pipe:read("*a"))
    pipe:close()
    shell("echo > out; ln out same") -- to see whether it stays one file
    os.execute(say .. " > '" .. dir .. "/out'")
    assert.equal("hello", read(dir .. "/same"))
    assert.equal("out same say.lua", listed())
  end)
end)

describe("a directory", function()
  -- In /proc files can be written, but no new ones can be made.
  if process.exists("/proc/self/comm") then
    it("of the system takes what is written", function()
      local name = read("/proc/self/comm")
      assert.is_true(file.write("/proc/self/comm", "written"))
      assert.equal("written\n", read("/proc/self/comm"))
      assert.is_true(file.write("/proc/self/comm", name:gsub("\n", "")))
      assert.is_nil((file.write("/proc/self/nothing", "new")))
    end)
  end

  it("that is not writable has files that may be", function()
    local plain = shell("id -u") ~= "0"
    local prefix = plain and "env"
      or "setpriv --reuid=65534 --regid=65534 --clear-groups"
    local interpreter = "'" .. process.interpreter() .. "'"
    if not process.succeeds(("%s %s -e 'require [[tinygrad]]'"):format(prefix,
        interpreter)) then
      pending("nobody else can run the specs here")
      return
    end
    shell("echo old > file; chmod 666 file; echo own > own; chmod 644 own; "
      .. "echo old > sealed; chmod 444 sealed; chmod 555 .")
    -- The user nobody, in a directory of somebody else: the file is written,
    -- and no other.
    local output = child(prefix, [[
local directory = path:match("^(.*)/")
print("wrote", file.write(path, "new"))
print("new", file.write(directory .. "/new", "new"))
print("sealed", file.write(directory .. "/sealed", "new"))
]])
    shell("chmod 755 .")
    assert.matches("wrote\ttrue", output)
    assert.matches("new\tnil\t" .. dir .. "/new: Permission denied", output, 1,
      true)
    assert.matches("sealed\tnil\t" .. dir .. "/sealed: Permission denied",
      output, 1, true)
    assert.equal("new", read(path))
    assert.equal("old\n", read(dir .. "/sealed"))
    assert.equal("file own sealed", listed())
    if plain then return end
    -- A file that nobody may write but not give to its owner:
    shell("chmod 777 .; chmod 666 file")
    output = child(prefix, [[print("wrote", file.write(path, "newer"))]])
    assert.matches("wrote\ttrue", output)
    assert.equal("newer", read(path))
    assert.equal(shell("id -un"), shell("ls -l file | awk '{ print $3 }'"))
    assert.equal("-rw-rw-rw-", mode_of("file"))
    assert.equal("file own sealed", listed())
  end)
end)

describe("an access control list", function()
  it("is kept", function()
    shell("echo old > file")
    if not process.succeeds("setfacl -m u:65534:rw '" .. path .. "'") then
      pending("no access control list can be set here")
      return
    end
    local before = shell("getfacl -n file")
    assert.is_true(file.write(path, "new"))
    assert.equal("new", read(path))
    assert.equal(before, shell("getfacl -n file"))
    assert.equal("file", listed())
  end)
end)

describe("the owner", function()
  it("is kept by root", function()
    if shell("id -u") ~= "0" then
      pending("only root can give files away")
      return
    end
    shell("echo > file; chown 65534:65533 file; chmod 640 file")
    assert.is_true(file.write(path, "new"))
    assert.equal("65534 65533", shell("ls -ln file | awk '{ print $3, $4 }'"))
    assert.equal("-rw-r-----", mode_of("file"))
  end)
end)

describe("two writers", function()
  it("never mix what they write", function()
    local script = dir .. "/writer.lua"
    write(script, [[
      require "tinygrad"
      local file = require "tinygrad.support.file"
      local path, letter = ...
      for _ = 1, ]] .. support.scaled(200, 20) .. [[ do
        assert(file.write(path, letter:rep(20000)))
      end
    ]])
    write(path, ("a"):rep(20000))
    local lua = ("'%s' '%s'"):format(process.interpreter(), script)
    local both = io.popen(("(%s %s a & %s %s b & wait; echo done > %s/done)")
      :format(lua, path, lua, path, dir))
    local seen = {}
    repeat
      local text = read(path)
      local letter = text:sub(1, 1)
      seen[letter] = true
      if text ~= letter:rep(20000) then error("a mixture: " .. #text) end
    until process.exists(dir .. "/done")
    both:close()
    assert.is_true(seen.a or seen.b)
    assert.equal("done file writer.lua", listed())
  end)
end)
