-- HAProxy: a service that answers requests with the results of model.lua.
local model = require "model"

core.register_service("tinygrad", "http", function(applet)
  local function query(name)
    return applet.qs:match("%f[%w]" .. name .. "=([^&]*)")
  end
  local text, message = model.answer(applet.path:match("^/(%w+)$"),
    query "a" or query "n", query "b")
  local body = (text or message) .. "\n"
  applet:set_status(text and 200 or 503)
  applet:add_header("content-type", "text/plain")
  applet:add_header("content-length", tostring(#body))
  applet:start_response()
  applet:send(body)
end)
