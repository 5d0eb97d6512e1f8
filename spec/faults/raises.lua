-- Calls f, which must raise `expected`. Memory may run out before.
return function(expected, f, ...)
  local ok, message = pcall(f, ...)
  if message == "not enough memory" then error(message, 0) end
  assert(not ok, "no error")
  assert(message:find(expected, 1, true), message)
end
