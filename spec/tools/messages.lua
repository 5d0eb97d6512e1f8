-- Lists the error messages in the sources, to be read through with a newcomer's
-- eyes: lua5.4 spec/tools/messages.lua
--
-- With an argument, as errors_spec.lua loads it, it returns the function that
-- lists them.

-- Folder, pattern of the call that raises, and what the message has before and
-- after the literal strings.
local RAISERS = {
  {"lua", "[^%w_.]error%("}, {"lua", "[^%w_]fail%("},
  {"lua", "errors[%w_]*%.argument%(", "bad argument: ", " expected, got ..."},
  {"lua", "errors[%w_]*%.argument_problem%(", "bad argument: "},
  {"lua", "errors[%w_]*%.argument_text%(", "bad argument: "},
  {"lua", "errors[%w_]*%.option%(", "bad option: "},
  {"lua", "kinds[%w_]*%.new%(", "bad option: ", " expected, got ..."},
  {"lua", "kinds[%w_]*%.number%(", "bad option: ", " expected, got ..."},
  {"csrc", "luaL_error%("}, {"csrc", "tg_usererror%("},
  {"csrc", "tg_typeerror%("}, {"csrc", "bad_option%("},
}

-- Returns the literal strings of a call, joined. Its argument list begins at
-- `at`.
local function literals(source, at)
  local call = source:match("^%b()", at) or ""
  local parts = {}
  for text in call:gsub("\\\"", "\1"):gmatch('"([^"]*)"') do
    parts[#parts + 1] = (text:gsub("\1", '"'))
  end
  return table.concat(parts)
end

-- Returns the messages: {{place=, text=}, ...}.
local function messages()
  local list = {}
  for _, raiser in ipairs(RAISERS) do
    local pipe = assert(io.popen("find " .. raiser[1]
      .. " -name '*.lua' -o -name '*.c' | sort"))
    for path in pipe:lines() do
      local source = " " .. assert(io.open(path)):read("*a")
      for first, after in source:gmatch("()" .. raiser[2] .. "()") do
        local text = literals(source, after - 1)
        local _, line = source:sub(1, first):gsub("\n", "")
        if text ~= "" then
          text = (raiser[3] or "") .. text .. (raiser[4] or "")
          list[#list + 1] = {place = ("%s:%d"):format(path, line + 1),
            text = text}
        end
      end
    end
    pipe:close()
  end
  return list
end

if ... then return messages end
for _, message in ipairs(messages()) do
  print(message.place .. ": " .. message.text)
end
