-- Puts a live post on the stream of its routing key, unless one with its id has come before.
--
-- KEYS: 1 the mark of the id · 2 the stream
-- ARGV: seconds that the mark lasts, the stream's approximate cap or 0, then names and values of the entry
-- Returns 1, or 0 where it has come before.
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local id
if ARGV[2] == '0' then id = redis.pcall('XADD', KEYS[2], '*', unpack(ARGV, 3))
else id = redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', unpack(ARGV, 3)) end
if type(id) == 'table' and id.err then return redis.error_reply(id.err) end
redis.call('SET', KEYS[1], id, 'EX', ARGV[1])
return 1
