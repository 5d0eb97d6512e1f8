-- Neovim: a command that puts results of model.lua under the cursor.
--
--   nvim -u examples/hosts/neovim.lua
--   :Tinygrad gradient 1.3 -0.7
local here = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or "./"
package.path = here .. "?.lua;" .. package.path
local model = require "model"

vim.api.nvim_create_user_command("Tinygrad", function(call)
  local text, message = model.answer(unpack(call.fargs))
  if not text then return vim.notify(message, vim.log.levels.ERROR) end
  vim.api.nvim_put({text}, "l", true, true)
end, {nargs = "+", desc = "value and gradient, or a fit"})
