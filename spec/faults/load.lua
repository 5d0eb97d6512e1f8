-- Opens the C core while memory fails. (The Lua modules' own requests are those
-- of Lua's parser.)
arm()
require "tinygrad.core"
