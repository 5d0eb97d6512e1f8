-- Nmap: a script that runs before a scan, or without one.
--
--   nmap --script ./examples/hosts/nmap.nse --script-args what=gradient,a=1.3,b=-0.7
local nmap = require "nmap"
local here = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or "./"
package.path = here .. "?.lua;" .. package.path
local model = require "model"

description = "Value and gradient of a function, or a fit."
categories = {"safe"}
prerule = function() return true end

action = function()
  local args = nmap.registry.args
  local text, message = model.answer(args.what, args.a or args.n, args.b)
  return text or message
end
