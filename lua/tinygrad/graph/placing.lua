--- tinygrad.graph.placing: places the nodes of a drawing in layers, operands
-- before results. For tinygrad.graph only.
--
-- The method is that of Sugiyama, Tagawa and Toda, Methods for visual
-- understanding of hierarchical system structures (1981). Layers follow the
-- longest path to the end. Edges that pass through layers get stations there;
-- edges from one node share them. Each layer gets an order with few crossings,
-- and then places that make edges straight.
--
-- `u` runs along the layers, `v` across; the caller decides where they point.

local SWEEPS = 12
local ACROSS = 14 -- distance between neighbours in a layer
local ALONG = 46 -- distance between layers
local STATION = 6 -- width of an edge in a layer
local MOST_STATIONS = 20000 -- beyond this, edges go straight

-- Layers --------------------------------------------------------------------

-- Gives each item its layer: 1 for the ends. Items come after those that use
-- them. Returns the number of layers.
local function find_layers(items)
  local depth = 1
  for _, item in ipairs(items) do
    item.layer = item.layer or 1
    depth = math.max(depth, item.layer)
    for _, operand in ipairs(item.operands) do
      operand.layer = math.max(operand.layer or 1, item.layer + 1)
    end
  end
  return depth
end

local function count_stations(items)
  local n = 0
  for _, item in ipairs(items) do
    local nearest = item.layer
    for _, user in ipairs(item.users) do
      nearest = math.min(nearest, user.item.layer)
    end
    n = n + math.max(0, item.layer - nearest - 1)
  end
  return n
end

-- Returns the layers as lists. Each edge gets the list of what it passes
-- through, from the operand to the user.
local function fill_layers(items, depth)
  local layers = {}
  for k = 1, depth do layers[k] = {} end
  local function put(item)
    local layer = layers[item.layer]
    layer[#layer + 1] = item
  end
  local direct = count_stations(items) > MOST_STATIONS
  for i = #items, 1, -1 do
    local item = items[i]
    put(item)
    local stations = {[item.layer] = item}
    for _, edge in ipairs(item.users) do
      local way, last = {item}, item
      for k = item.layer - 1, edge.item.layer + 1, -1 do
        if direct then break end
        if not stations[k] then
          stations[k] = {layer = k, thickness = 0, width = STATION, spread = 0,
            station = true, ends = {}, starts = {}}
          put(stations[k])
          table.insert(last.ends, {to = stations[k], port = 0})
          table.insert(stations[k].starts, {from = last, port = 0})
        end
        last = stations[k]
        way[#way + 1] = last
      end
      if last.layer == edge.item.layer + 1 then
        table.insert(last.ends, {to = edge.item, port = edge.port})
        table.insert(edge.item.starts, {from = last, port = edge.port})
      end
      way[#way + 1] = edge.item
      edge.way = way
    end
  end
  return layers
end

-- Order ---------------------------------------------------------------------

local function number_layer(layer)
  for i, item in ipairs(layer) do item.place = i end
end

-- Returns the mean place of an item's neighbours in the layer beside; its own
-- place if there are none.
local function middle(item, links, key)
  local sum, n = 0, 0
  for _, link in ipairs(links) do
    local port = key == "to" and link.port or 0
    sum, n = sum + link[key].place + 0.8 * port, n + 1
  end
  return n > 0 and sum / n or item.place
end

local function sort_layer(layer, links, key)
  for _, item in ipairs(layer) do
    item.wish = middle(item, item[links], key)
  end
  table.sort(layer, function(a, b)
    if a.wish ~= b.wish then return a.wish < b.wish end
    return a.place < b.place
  end)
  number_layer(layer)
end

-- Returns the number of inversions in list[low..high], and sorts it.
local function inversions(list, low, high)
  if low >= high then return 0 end
  local half = math.floor((low + high) / 2)
  local n = inversions(list, low, half) + inversions(list, half + 1, high)
  local merged, i, j = {}, low, half + 1
  while i <= half or j <= high do
    if j > high or i <= half and list[i] <= list[j] then
      merged[#merged + 1], i = list[i], i + 1
    else
      if i <= half then n = n + half - i + 1 end
      merged[#merged + 1], j = list[j], j + 1
    end
  end
  for k, x in ipairs(merged) do list[low + k - 1] = x end
  return n
end

local function crossings(layers)
  local n = 0
  for k = 2, #layers do
    local list = {}
    for _, item in ipairs(layers[k]) do
      local ends = {}
      for i, link in ipairs(item.ends) do
        ends[i] = link.to.place + 0.8 * link.port
      end
      table.sort(ends)
      for _, place in ipairs(ends) do list[#list + 1] = place end
    end
    n = n + inversions(list, 1, #list)
  end
  return n
end

-- Returns the order with the fewest crossings of those that the sweeps find.
local function order(layers)
  local best, least
  local function look()
    local n = crossings(layers)
    if least and n >= least then return end
    least, best = n, {}
    for k, layer in ipairs(layers) do
      best[k] = {}
      for i, item in ipairs(layer) do best[k][i] = item end
    end
  end
  for _, layer in ipairs(layers) do number_layer(layer) end
  look()
  for _ = 1, SWEEPS do
    if least == 0 then break end
    for k = #layers - 1, 1, -1 do sort_layer(layers[k], "starts", "from") end
    look()
    for k = 2, #layers do sort_layer(layers[k], "ends", "to") end
    look()
  end
  for _, layer in ipairs(best) do number_layer(layer) end
  return best
end

-- Places --------------------------------------------------------------------

-- Puts the items of a layer as near to where they wish to be as their widths
-- and order allow: with the least sum of squares, by pooling adjacent
-- violators.
local function settle(layer)
  local clusters, offset = {}, 0
  for i, item in ipairs(layer) do
    if i > 1 then
      offset = offset + (layer[i - 1].width + item.width) / 2
        + (layer[i - 1].station and item.station and STATION or ACROSS)
    end
    item.offset = offset
    local cluster = {first = i, last = i, weight = item.weight,
      v = item.wish - offset}
    while #clusters > 0 and clusters[#clusters].v > cluster.v do
      local before = table.remove(clusters)
      local weight = before.weight + cluster.weight
      cluster = {first = before.first, last = cluster.last, weight = weight,
        v = (before.v * before.weight + cluster.v * cluster.weight) / weight}
    end
    clusters[#clusters + 1] = cluster
  end
  for _, cluster in ipairs(clusters) do
    for i = cluster.first, cluster.last do
      layer[i].v = cluster.v + layer[i].offset
    end
  end
end

-- Sets where an item wishes to be among its neighbours. Links of stations weigh
-- most, so that edges through them are straight.
local function wish(item, links, key)
  local sum, weights = 0, 0
  for _, link in ipairs(links) do
    local other = link[key]
    local weight = (item.station and 4 or 1) * (other.station and 4 or 1)
    local port = key == "to" and link.port * other.spread
      or -link.port * item.spread
    sum, weights = sum + weight * (other.v + port), weights + weight
  end
  item.weight = math.max(weights, 0.01)
  item.wish = weights > 0 and sum / weights or item.v
end

-- Sets a wish among the neighbours on both sides; the last sweep uses it.
local function wish_both(item)
  wish(item, item.starts, "from")
  local v, weight = item.wish, item.weight
  wish(item, item.ends, "to")
  item.wish = (item.wish * item.weight + v * weight) / (item.weight + weight)
end

local function place(layers)
  for _, layer in ipairs(layers) do
    for _, item in ipairs(layer) do item.v, item.wish, item.weight = 0, 0, 1 end
    settle(layer)
  end
  for sweep = 1, SWEEPS do
    for k = 2, #layers do
      for _, item in ipairs(layers[k]) do wish(item, item.ends, "to") end
      settle(layers[k])
    end
    for k = #layers, 1, -1 do
      for _, item in ipairs(layers[k]) do
        if sweep == SWEEPS then wish_both(item)
        else wish(item, item.starts, "from") end
      end
      settle(layers[k])
    end
  end
end

-- The whole -----------------------------------------------------------------

--- Places items and edges. Items get `u` and `v`, the place of their middle.
-- The edges in `users` get their `way`: the items and stations that they pass.
---@param items table[] each after those that use it: {operands=, users= {item=,
-- port=}, thickness= along u, width= along v, spread=}; an edge enters its user
-- at `port`, from -0.5 to 0.5 of the user's spread from its middle
---@return number length along u, which begins at 0
---@return number breadth along v, which begins at 0
return function(items)
  for _, item in ipairs(items) do item.ends, item.starts = {}, {} end
  local layers = order(fill_layers(items, find_layers(items)))
  place(layers)
  local least, most, u = math.huge, -math.huge, 0
  for k = #layers, 1, -1 do
    local thickness = 0
    for _, item in ipairs(layers[k]) do
      thickness = math.max(thickness, item.thickness)
      least = math.min(least, item.v - item.width / 2)
      most = math.max(most, item.v + item.width / 2)
    end
    for _, item in ipairs(layers[k]) do
      item.u, item.layer_thickness = u + thickness / 2, thickness
    end
    u = u + thickness + ALONG
  end
  for _, layer in ipairs(layers) do
    for _, item in ipairs(layer) do item.v = item.v - least end
  end
  return u - ALONG, most - least
end
