-- Makes the writes of one output that is in another slot than its request, once.
--
-- KEYS: 1 the ledger of the request in that slot · 2 the key that is written
-- ARGV: seconds that the ledger lasts, the output's key, its note, the time to live of KEYS[2] or 0, then the command and what follows its key
-- Returns 'done', 'before' where it was written already, or 'error: …' with nothing written.
-- Both keys are declared, so that a server that is handing the slot over refuses the call before it has begun.
if redis.call('HSETNX', KEYS[1], ARGV[2], ARGV[3]) == 0 then return 'before' end
local r = redis.pcall(ARGV[5], KEYS[2], unpack(ARGV, 6))
if type(r) == 'table' and r.err then
  redis.call('HDEL', KEYS[1], ARGV[2])
  return 'error: ' .. r.err
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
if ARGV[4] ~= '0' then redis.call('EXPIRE', KEYS[2], ARGV[4]) end
return 'done'
