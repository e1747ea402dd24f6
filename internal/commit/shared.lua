-- What several scripts have at their beginning.

-- later says that the request which first came as entry a came after that of entry b.
local function later(a, b)
  local ams, aseq = string.match(a, '^(%d+)-(%d+)')
  local bms, bseq = string.match(b, '^(%d+)-(%d+)')
  if not ams or not bms then return false end
  if ams == bms then return tonumber(aseq) > tonumber(bseq) end
  return tonumber(ams) > tonumber(bms)
end

-- withdraw notes as what a request is withdrawn, unless that is known: in a hash, by which commits are refused, and in a stream, from which consumers hear of
-- it. What is older than so many seconds is forgotten, and the oldest where they are more than so many. It returns an error text, or nil.
local function withdraw(marks, list, request, status, age, most)
  local known = redis.pcall('HEXISTS', marks, request)
  if type(known) == 'table' then return known.err end
  if known == 1 then return end
  local r = redis.pcall('HSET', marks, request, status)
  if type(r) == 'table' and r.err then return r.err end
  local id = redis.pcall('XADD', list, '*', 'request', request, 'status', status)
  if id.err then
    redis.call('HDEL', marks, request)
    return id.err
  end
  local over, since = redis.call('XLEN', list) - most, tonumber(string.match(id, '^%d+')) - age * 1000
  for _, e in ipairs(redis.call('XRANGE', list, '-', '+', 'COUNT', 20)) do
    if over <= 0 and tonumber(string.match(e[1], '^%d+')) >= since then break end
    redis.call('HDEL', marks, e[2][2])
    redis.call('XDEL', list, e[1])
    over = over - 1
  end
  redis.call('EXPIRE', marks, age)
  redis.call('EXPIRE', list, age)
end
