-- Publishes the outputs of a batch of requests and acknowledges those that are finished, in one step.
--
-- KEYS: 1 the input stream · 2 the delayed set · 3 marks of withdrawn requests
-- ARGV: group, consumer, delete finished entries (0/1), prefix of done marks, prefix of ledgers, seconds that done marks
--       last, seconds that a ledger lasts, lowest and highest entry id, number of submissions, then runs of submissions: their
--       shape, their number, and of each its entry, and the arguments that the shape asks for, in its order.
-- A shape is a text that says what submissions of the same kind consist of. Its words, separated by spaces:
--   first the flags:  f final · n fresh · m marked · i has an id other than its entry (request) · q is put back (due ms, member)
--                     t the entry was taken from the stream, and may be pending for anyone · e goes on elsewhere
--                     w is committed although it may be withdrawn
--   k  an output begins that the ledger knows (key, note)
--   u  an output begins that the ledger does not know
--   x<cap>,<name>,…  XADD, cap 0 is none (stream, a value for each name)
--   X<cap>,<n>       XADD with n names and values in turn (stream, names and values)
--   t<seconds>       EXPIRE (key)
--   l<n>             XADD with n names and values in turn, behind the entry whose turn it is (stream, turns, line, waiting, key, names and values)
--   p                end of a turn (stream, turns, line, waiting, key, turn)
--   h  HSET and EXPIRE (key, field, value, ttl, number of fields that completes the hash or 0, ttl then)
--   g<keys>,<n>      the next n writes are made where none of the keys is there, which are then set, else those after them (value, ms, keys)
--   c<n>             count a finished request, where so many are announced (key, field of the count, status key, status, ttl)
--   r  the next round of a request, or their end (key of the holder, holder, first 0/1, ttl or 0, due ms or '', member)
--   w  withdraw a request (marks, stream of withdrawals, request, status, seconds, most)
-- Returns the answers that are not 'done', each after the number of its submission: 'duplicate', 'fenced', as what the request is withdrawn, or 'error: …'
-- with nothing acknowledged.
local ARGV, call, try = ARGV, redis.call, redis.pcall
local stream, delayed = KEYS[1], KEYS[2]
local group, consumer, delete, donePrefix, ledgerPrefix = ARGV[1], ARGV[2], ARGV[3] == '1', ARGV[4], ARGV[5]
local window, ledgerTTL, lowest, highest, count = tonumber(ARGV[6]), ARGV[7], ARGV[8], ARGV[9], tonumber(ARGV[10])
local at = 10 -- the last argument that was taken
local function take() at = at + 1 return ARGV[at] end

-- keepNotes keeps in a ledger what was written, so many at a time: no call takes more values than Lua's stack has room for.
local function keepNotes(ledger, written)
  for from = 1, #written, 2000 do call('HSET', ledger, unpack(written, from, math.min(from + 1999, #written))) end
  call('EXPIRE', ledger, ledgerTTL)
end

-- What this consumer still holds among the entries of this batch: one look for all of them.
local held = {}
if lowest ~= '' then
  local pending = try('XPENDING', stream, group, lowest, highest, 100000, consumer)
  if pending.err then return redis.error_reply(pending.err) end
  for i = 1, #pending do held[pending[i][1]] = true end
end

local doneNow, doneBefore
local function isDone(request)
  if not doneNow then
    local bucket = math.floor(tonumber(call('TIME')[1]) / window)
    doneNow, doneBefore = donePrefix .. bucket, donePrefix .. (bucket - 1)
  end
  return call('SISMEMBER', doneNow, request) == 1 or call('SISMEMBER', doneBefore, request) == 1
end

-- Whether any request is withdrawn: one look for all of them.
local marks = KEYS[3]
local some = call('EXISTS', marks) == 1
local function withdrawn(request) return some and call('HGET', marks, request) end

-- Each kind of write: how its word is read, and what it does. A write takes its arguments and returns an error text, or nil.
local read, write = {}, {}

function read.x(op, cap, names)
  op.args, op.slots = {'XADD', ''}, {2}
  if cap ~= '0' then op.args[3], op.args[4], op.args[5] = 'MAXLEN', '~', cap end
  op.args[#op.args + 1] = '*'
  for name in string.gmatch(names, '[^,]+') do
    op.args[#op.args + 1] = name
    op.args[#op.args + 1] = ''
    op.slots[#op.slots + 1] = #op.args
  end
  op.takes = #op.slots
end

function write.x(op)
  local args, slots = op.args, op.slots
  for i = 1, #slots do args[slots[i]] = ARGV[at + i] end
  at = at + #slots
  local r = try(unpack(args))
  if r.err then return r.err end
end

function read.X(op, cap, n)
  op.cap, op.n = cap, tonumber(n)
  op.takes = 1 + 2 * op.n
end

function write.X(op)
  local key, from, r = take(), at + 1, nil
  at = at + 2 * op.n
  if op.cap == '0' then r = try('XADD', key, '*', unpack(ARGV, from, at))
  else r = try('XADD', key, 'MAXLEN', '~', op.cap, '*', unpack(ARGV, from, at)) end
  if r.err then return r.err end
end

function read.t(op, seconds) op.seconds, op.takes = seconds, 1 end

function write.t(op) call('EXPIRE', take(), op.seconds) end

-- Entries of a key are on the stream one at a time: 'turns' knows the keys that have one there, or put off, and its first id; the line of a key holds the others.
function read.l(op, n)
  op.n = tonumber(n)
  op.takes = 5 + 2 * op.n
end

function write.l(op)
  local stream, turns, line, waiting, key, from = take(), take(), take(), take(), take(), at + 1
  at = at + 2 * op.n
  local turn = try('HGET', turns, key)
  if type(turn) == 'table' and turn.err then return turn.err end
  local id = try('XADD', turn and line or stream, '*', unpack(ARGV, from, at))
  if id.err then return id.err end
  if turn then call('HINCRBY', waiting, 'entries', 1) else call('HSET', turns, key, id) end
end

function read.p(op) op.takes = 6 end

function write.p()
  local stream, turns, line, waiting, key, turn = take(), take(), take(), take(), take(), take()
  local now = try('HGET', turns, key)
  if type(now) == 'table' and now.err then return now.err end
  if now ~= turn then return end
  local first = try('XRANGE', line, '-', '+', 'COUNT', 1)
  if first.err then return first.err end
  if #first == 0 then call('HDEL', turns, key) return end
  local id = try('XADD', stream, '*', unpack(first[1][2]))
  if id.err then return id.err end
  call('XDEL', line, first[1][1])
  if call('XLEN', line) == 0 then call('DEL', line) end
  call('HINCRBY', waiting, 'entries', -1)
  call('HSET', turns, key, id)
end

function read.h(op) op.takes = 6 end

function write.h()
  local key, field, value, ttl, complete, completeTTL = take(), take(), take(), take(), tonumber(take()), take()
  local r = try('HSET', key, field, value)
  if type(r) == 'table' and r.err then return r.err end
  if complete > 0 and call('HLEN', key) >= complete then ttl = completeTTL end
  call('EXPIRE', key, ttl)
end

function read.g(op, keys, n)
  op.keys, op.guards = tonumber(keys), tonumber(n)
  op.takes = 2 + op.keys
end

function read.c(op, least)
  op.least, op.takes = tonumber(least), 5
end

function write.c(op)
  local key, field, statusKey, status, ttl = take(), take(), take(), take(), take()
  local total, meta = 1, try('HGET', key, '__meta__')
  if type(meta) == 'table' and meta.err then return meta.err end
  if meta then
    local ok, m = pcall(cjson.decode, meta)
    if ok and type(m) == 'table' and tonumber(m.total_messages) then total = tonumber(m.total_messages) end
  end
  if total < op.least then return end
  local n = try('HINCRBY', key, field, 1)
  if type(n) == 'table' and n.err then return n.err end
  call('EXPIRE', key, ttl)
  if n >= total then call('SET', statusKey, status, 'EX', ttl) end
end

function read.r(op) op.takes = 6 end

function write.r()
  local key, holder, first, ttl, due, member = take(), take(), take(), take(), take(), take()
  local now = try('GET', key)
  if type(now) == 'table' and now.err then return now.err end
  if first == '1' then
    if now and later(now, holder) then return end
  elseif now ~= holder then return end
  local r
  if due == '' then
    holder = holder .. '~' -- nobody's, and not for a request that came before
  else
    r = try('ZADD', delayed, due, member)
    if type(r) == 'table' and r.err then return r.err end
  end
  if ttl == '0' then r = try('SET', key, holder, 'KEEPTTL') else r = try('SET', key, holder, 'EX', ttl) end
  return r.err
end

function read.w(op) op.takes = 6 end

function write.w()
  some = true
  return withdraw(take(), take(), take(), take(), tonumber(take()), tonumber(take()))
end

local shapes = {}
local function shapeOf(text)
  local shape = shapes[text]
  if shape then return shape end
  shape = {takes = 0}
  local output
  for word in string.gmatch(text, '%S+') do
    local kind = string.sub(word, 1, 1)
    if not shape.flags then
      shape.flags = word
      for flag in string.gmatch(word, '.') do shape[flag] = true end
      shape.takes = (shape.i and 1 or 0) + (shape.q and 2 or 0)
    elseif kind == 'k' or kind == 'u' then
      output = {known = kind == 'k', takes = 0, ops = {}}
      shape[#shape + 1] = output
      if output.known then shape.takes = shape.takes + 2 end
    else
      local op = {write = write[kind]}
      read[kind](op, string.match(word, '^.([^,]*),?(.*)$'))
      output.ops[#output.ops + 1] = op
      output.takes = output.takes + op.takes
      shape.takes = shape.takes + op.takes
    end
  end
  local first = shape[1]
  if shape.flags == 'fn' and #shape == 1 and not first.known and #first.ops == 1 and first.ops[1].write == write.x then shape.only = first.ops[1] end
  shapes[text] = shape
  return shape
end

-- publish writes what has not been sent yet and returns an error text, or nil.
local function publish(shape, request)
  local fresh, keep, written = shape.n, not shape.f or shape.q, {}
  local ledger
  if not fresh or keep then ledger = ledgerPrefix .. request end
  for o = 1, #shape do
    local output, key, note = shape[o], nil, nil
    if output.known then key, note = take(), take() end
    if key and not fresh and call('HEXISTS', ledger, key) == 1 then
      at = at + output.takes
    else
      local first, last, marks = 0, -1, nil -- the writes that are left out, and what a guard sets
      for p = 1, #output.ops do
        local op, err = output.ops[p], nil
        if op.guards then
          local value, ms, from, known = take(), take(), at + 1, false
          at = at + op.keys
          for i = from, at do known = known or call('EXISTS', ARGV[i]) == 1 end
          if known then first, last = p + 1, p + op.guards
          else first, last, marks = p + op.guards + 1, #output.ops, {from, at, value, ms} end
        elseif p >= first and p <= last then at = at + op.takes
        else err = op.write(op) end
        if err then
          -- What this submission has written so far must not be written again by the next try.
          if #written > 0 then
            ledger = ledgerPrefix .. request
            keepNotes(ledger, written)
          end
          return err
        end
      end
      if marks then
        for i = marks[1], marks[2] do call('SET', ARGV[i], marks[3], 'PX', marks[4]) end
      end
      if key then
        written[#written + 1] = key
        written[#written + 1] = note
      end
    end
  end
  if keep and #written > 0 then
    keepNotes(ledger, written)
  end
end

local acks, answers = {}, {}
local function answer(s, text) answers[#answers + 1] = s answers[#answers + 1] = text end
local function finish(entry)
  if entry ~= '' then
    acks[#acks + 1] = entry
    held[entry] = nil
  end
end

local function submission(s, shape)
  local entry = take()
  local past = at + shape.takes
  local request, due, member = entry, nil, nil
  if shape.i then request = take() end
  if shape.q then due, member = take(), take() end
  local status = not shape.w and withdrawn(request)
  if shape.t then held[entry] = #call('XPENDING', stream, group, entry, entry, 1) > 0 end
  if entry ~= '' and not held[entry] then
    answer(s, 'fenced')
  elseif shape.m and isDone(request) then
    answer(s, 'duplicate')
    if shape.f then finish(entry) end
  elseif status then
    answer(s, status)
  else
    local err = publish(shape, request)
    if err then
      answer(s, 'error: ' .. err)
    elseif shape.f then
      if due then
        call('ZADD', delayed, due, member)
      elseif not shape.e then
        if not shape.n then call('DEL', ledgerPrefix .. request) end
        if shape.m then call('SADD', doneNow, request) call('EXPIRE', doneNow, window * 2) end
      end
      finish(entry)
    end
  end
  at = past
end

-- single publishes what most requests are: one message at their end and nothing before it, which needs no ledger.
local function single(s, op)
  local args, slots, entry = op.args, op.slots, ARGV[at + 1]
  local status = withdrawn(entry)
  if not held[entry] then
    answer(s, 'fenced')
  elseif status then
    answer(s, status)
  else
    for i = 1, #slots do args[slots[i]] = ARGV[at + 1 + i] end
    local r = try(unpack(args))
    if r.err then
      answer(s, 'error: ' .. r.err)
    else
      acks[#acks + 1] = entry
      held[entry] = nil
    end
  end
  at = at + 1 + #slots
end

local s = 0
while s < count do
  local shape, run = shapeOf(take()), tonumber(take())
  for n = s + 1, s + run do
    if shape.only then single(n, shape.only) else submission(n, shape) end
  end
  s = s + run
end

if #acks > 0 then
  call('XACK', stream, group, unpack(acks))
  if delete then call('XDEL', stream, unpack(acks)) end
end
return answers
