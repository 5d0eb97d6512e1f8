--- tinygrad.optim: first-order optimisers, clipping of gradients, and schedules
-- of the learning rate.
--
--     local optimizer = tinygrad.optim.Adam(parameters, {lr = 0.01})
--     for _ = 1, 100 do optimizer:step(gradients_at(parameters)) end
--
-- Parameters are a Tensor, a Value, or nested tables of numbers, Values (leaves
-- of the graph) and Tensors; anything else in a table is left alone. Parameters
-- are changed in place: fields are assigned, Values get a new `data`, Tensors
-- new numbers. The optimiser looks them up at each step, so that between steps
-- a table, Value or Tensor may be replaced by another of the same shape.
--
-- Names, defaults and arithmetic are PyTorch's; spec/solvers/optim_spec.lua
-- compares the first steps. A new algorithm is a row in algorithms.lua and a
-- function here.

local clipping = require "tinygrad.optim.clipping"
local core = require "tinygrad.core"
local names = require "tinygrad.base.names"
local new = require("tinygrad.optim.optimizer").new
local schedules = require "tinygrad.optim.schedules"
require "tinygrad.optim.state" -- its methods
core.library()

local optim = {}
for _, functions in ipairs {clipping, schedules} do
  for name, f in pairs(functions) do optim[name] = f end
end

--- Stochastic gradient descent, with momentum as in Sutskever et al. (2013).
--
--     local w = {3}
--     local optimizer = tinygrad.optim.SGD(w, {lr = 0.5})
--     optimizer:step {2}
--     print(("%g"):format(w[1])) --> 2
---@param parameters any Tensor, Value or nested table, changed in place; what
-- else is in it is left alone, but a string that tonumber takes is an error
---@param options tinygrad.SGDOptions
---@return tinygrad.Optimizer
function optim.SGD(parameters, options)
  return (new("SGD", parameters, options))
end

--- Adam, by Kingma and Ba (2015).
--
--     local w = {3}
--     tinygrad.optim.Adam(w, {lr = 0.1}):step {2}
--     print(("%.3f"):format(w[1])) --> 2.900
---@param parameters any Tensor, Value or nested table, changed in place; what
-- else is in it is left alone, but a string that tonumber takes is an error
---@param options? tinygrad.AdamOptions
---@return tinygrad.Optimizer
function optim.Adam(parameters, options)
  return (new("Adam", parameters, options))
end

--- AdamW, by Loshchilov and Hutter (2019): Adam with weights that decay apart
-- from the gradient.
--
--     local w = {3}
--     tinygrad.optim.AdamW(w, {lr = 0.1, weight_decay = 0.5}):step {2}
--     print(("%.3f"):format(w[1])) --> 2.750
---@param parameters any Tensor, Value or nested table, changed in place; what
-- else is in it is left alone, but a string that tonumber takes is an error
---@param options? tinygrad.AdamWOptions
---@return tinygrad.Optimizer
function optim.AdamW(parameters, options)
  return (new("AdamW", parameters, options))
end

--- RMSProp, by Tieleman and Hinton (2012); centered by Graves (2013).
--
--     local w = {3}
--     tinygrad.optim.RMSProp(w, {lr = 0.1}):step {2}
--     print(("%.3f"):format(w[1])) --> 2.000
---@param parameters any Tensor, Value or nested table, changed in place; what
-- else is in it is left alone, but a string that tonumber takes is an error
---@param options? tinygrad.RMSPropOptions
---@return tinygrad.Optimizer
function optim.RMSProp(parameters, options)
  return (new("RMSProp", parameters, options))
end

--- Adagrad, by Duchi, Hazan and Singer (2011).
--
--     local w = {3}
--     tinygrad.optim.Adagrad(w, {lr = 0.1}):step {2}
--     print(("%.3f"):format(w[1])) --> 2.900
---@param parameters any Tensor, Value or nested table, changed in place; what
-- else is in it is left alone, but a string that tonumber takes is an error
---@param options? tinygrad.AdagradOptions
---@return tinygrad.Optimizer
function optim.Adagrad(parameters, options)
  return (new("Adagrad", parameters, options))
end

return names.module(optim, "optim")
