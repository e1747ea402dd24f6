-- Publishes the outputs of a batch of requests and acknowledges those that are finished, in one step.
--
-- KEYS: 1 the input stream · 2 the delayed set
-- ARGV: group, consumer, delete finished entries (0/1), prefix of done marks, prefix of ledgers, seconds that done marks
--       last, seconds that a ledger lasts, lowest and highest entry id, number of submissions, then each submission:
--       entry, request, marked, final, fresh, due (ms, or ''), member, number of arguments of its outputs, number of outputs,
--       then each output: key, note, number of arguments of its writes, number of writes, then each write: its letter and
--       its arguments (see write below).
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

-- Each write takes its arguments and returns an error text, or nil.
local write = {}

function write.x() -- XADD: stream, cap (0 none), number of fields, fields
  local key, cap, n = take(), num(), num()
  local from = at + 1
  at = at + n
  local r
  if cap > 0 then r = redis.pcall('XADD', key, 'MAXLEN', '~', cap, '*', unpack(ARGV, from, at))
  else r = redis.pcall('XADD', key, '*', unpack(ARGV, from, at)) end
  if type(r) == 'table' and r.err then return r.err end
end

function write.h() -- HSET: key, field, value, ttl, number of fields that completes it (0 none), ttl then
  local key, field, value, ttl, complete, completeTTL = take(), take(), take(), num(), num(), num()
  local r = redis.pcall('HSET', key, field, value)
  if type(r) == 'table' and r.err then return r.err end
  if complete > 0 and redis.call('HLEN', key) >= complete then ttl = completeTTL end
  redis.call('EXPIRE', key, ttl)
end

function write.f() -- count a finished request: key, field of the count, status key, status, ttl
  local key, field, statusKey, status, ttl = take(), take(), take(), take(), num()
  local n = redis.pcall('HINCRBY', key, field, 1)
  if type(n) == 'table' and n.err then return n.err end
  redis.call('EXPIRE', key, ttl)
  local total = 1
  local meta = redis.call('HGET', key, '__meta__')
  if meta then
    local ok, m = pcall(cjson.decode, meta)
    if ok and type(m) == 'table' and tonumber(m.total_messages) then total = tonumber(m.total_messages) end
  end
  if n >= total then redis.call('SET', statusKey, status, 'EX', ttl) end
end

local acks, answers = {}, {}

-- outputs writes what has not been sent yet and returns an error text, or nil.
local function outputs(n, ledger, fresh, keep)
  local written = {}
  for _ = 1, n do
    local key, note, skip, writes = take(), take(), num(), num()
    if not fresh and key ~= '' and redis.call('HEXISTS', ledger, key) == 1 then
      at = at + skip
    else
      for _ = 1, writes do
        local err = write[take()]()
        if err then
          -- What this submission has written so far must not be written again by the next try.
          if not keep then
            for i = 1, #written, 2 do redis.call('HSET', ledger, written[i], written[i + 1]) end
          end
          if #written > 0 then redis.call('EXPIRE', ledger, ledgerTTL) end
          return err
        end
      end
      if key ~= '' then
        if keep then redis.call('HSET', ledger, key, note) end
        written[#written + 1] = key
        written[#written + 1] = note
      end
    end
  end
  if keep and #written > 0 then redis.call('EXPIRE', ledger, ledgerTTL) end
end

for s = 1, num() do
  local entry, request = take(), take()
  local marked, final, fresh = take() == '1', take() == '1', take() == '1'
  local due, member = take(), take()
  local skip, n = num(), num()
  local past = at + skip
  local ledger = ledgerPrefix .. request
  if entry ~= '' and not held[entry] then
    answers[s] = 'fenced'
  elseif marked and (redis.call('SISMEMBER', doneNow, request) == 1 or redis.call('SISMEMBER', doneBefore, request) == 1) then
    answers[s] = 'duplicate'
    if final and entry ~= '' then acks[#acks + 1] = entry held[entry] = nil end
  else
    local err = outputs(n, ledger, fresh, not final or due ~= '')
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
  at = past
end

if #acks > 0 then
  redis.call('XACK', stream, group, unpack(acks))
  if delete then redis.call('XDEL', stream, unpack(acks)) end
end
return answers
