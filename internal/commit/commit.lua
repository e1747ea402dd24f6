-- Publishes the outputs of a batch of requests and acknowledges those that are finished, in one step.
--
-- KEYS: 1 the input stream · 2 the delayed set
-- ARGV: group, consumer, delete finished entries (0/1), prefix of done marks, prefix of ledgers, seconds that done marks
--       last, seconds that a ledger lasts, lowest and highest entry id, number of submissions, then each submission:
--       entry, request, marked, final, fresh, due (ms, or ''), member, number of outputs, then each output:
--       key, note, number of writes, then each write: its letter and its arguments (see write below).
-- Returns one answer a submission: 'done', 'duplicate', 'fenced', or 'error: …' with nothing acknowledged.
local at = 0
local function take() at = at + 1 return ARGV[at] end
local function num() return tonumber(take()) end

local stream, delayed = KEYS[1], KEYS[2]
local group, consumer, delete = take(), take(), take() == '1'
local donePrefix, ledgerPrefix = take(), take()
local window, ledgerTTL = num(), num()
local lowest, highest = take(), take()

-- What this consumer still holds among the entries of this batch: one look for all of them.
local held = {}
if lowest ~= '' then
  local pending = redis.pcall('XPENDING', stream, group, lowest, highest, 100000, consumer)
  if pending.err then return redis.error_reply(pending.err) end
  for _, p in ipairs(pending) do held[p[1]] = true end
end

local bucket = math.floor(tonumber(redis.call('TIME')[1]) / window)
local doneNow, doneBefore = donePrefix .. bucket, donePrefix .. (bucket - 1)

-- Each write returns an error text, or nil.
local function call(...)
  local r = redis.pcall(...)
  if type(r) == 'table' and r.err then return nil, r.err end
  return r, nil
end

local write = {}

function write.x() -- XADD: stream, cap (0 none), number of fields, fields
  local key, cap, n = take(), num(), num()
  local args = {'XADD', key}
  if cap > 0 then args[3] = 'MAXLEN' args[4] = '~' args[5] = cap end
  args[#args + 1] = '*'
  for i = 1, n do args[#args + 1] = take() end
  return function() local _, err = call(unpack(args)) return err end
end

function write.h() -- HSET: key, field, value, ttl, number of fields that completes it (0 none), ttl then
  local key, field, value, ttl, complete, completeTTL = take(), take(), take(), num(), num(), num()
  return function()
    local _, err = call('HSET', key, field, value)
    if err then return err end
    if complete > 0 and redis.call('HLEN', key) >= complete then ttl = completeTTL end
    redis.call('EXPIRE', key, ttl)
  end
end

function write.f() -- count a finished request: key, field of the count, status key, status, ttl
  local key, field, statusKey, status, ttl = take(), take(), take(), take(), num()
  return function()
    local n, err = call('HINCRBY', key, field, 1)
    if err then return err end
    redis.call('EXPIRE', key, ttl)
    local total = 1
    local meta = redis.call('HGET', key, '__meta__')
    if meta then
      local ok, m = pcall(cjson.decode, meta)
      if ok and type(m) == 'table' and tonumber(m.total_messages) then total = tonumber(m.total_messages) end
    end
    if n >= total then redis.call('SET', statusKey, status, 'EX', ttl) end
  end
end

local acks, answers = {}, {}

-- outputs writes what has not been sent yet and returns an error text, or nil.
local function outputs(list, ledger, fresh, keepLedger)
  local wrote = false
  for i, o in ipairs(list) do
    local sent = not fresh and o.key ~= '' and redis.call('HEXISTS', ledger, o.key) == 1
    if not sent then
      for _, w in ipairs(o.writes) do
        local err = w()
        if err then
          -- What this submission has written so far must not be written again by the next try.
          for j = 1, i - 1 do
            if list[j].key ~= '' then redis.call('HSET', ledger, list[j].key, list[j].note) end
          end
          redis.call('EXPIRE', ledger, ledgerTTL)
          return err
        end
      end
      if keepLedger and o.key ~= '' then redis.call('HSET', ledger, o.key, o.note) wrote = true end
    end
  end
  if wrote then redis.call('EXPIRE', ledger, ledgerTTL) end
end

for s = 1, num() do
  local entry, request = take(), take()
  local marked, final, fresh = take() == '1', take() == '1', take() == '1'
  local due, member = take(), take()
  local list = {}
  for i = 1, num() do
    local o = {key = take(), note = take(), writes = {}}
    for w = 1, num() do o.writes[w] = write[take()]() end
    list[i] = o
  end

  local ledger = ledgerPrefix .. request
  if entry ~= '' and not held[entry] then
    answers[s] = 'fenced'
  elseif marked and (redis.call('SISMEMBER', doneNow, request) == 1 or redis.call('SISMEMBER', doneBefore, request) == 1) then
    answers[s] = 'duplicate'
    if final and entry ~= '' then acks[#acks + 1] = entry held[entry] = nil end
  else
    local err = outputs(list, ledger, fresh, not final or due ~= '')
    if err then
      answers[s] = 'error: ' .. err
    else
      answers[s] = 'done'
      if final then
        if due ~= '' then
          redis.call('ZADD', delayed, due, member)
        else
          if not fresh then redis.call('DEL', ledger) end
          if marked then redis.call('SADD', doneNow, request) redis.call('EXPIRE', doneNow, window * 2) end
        end
        if entry ~= '' then acks[#acks + 1] = entry held[entry] = nil end
      end
    end
  end
end

if #acks > 0 then
  redis.call('XACK', stream, group, unpack(acks))
  if delete then redis.call('XDEL', stream, unpack(acks)) end
end
return answers
