-- Opening the C core. (What the Lua modules ask for is their parsing.)
arm()
require "tinygrad.core"
