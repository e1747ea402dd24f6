-- Puts a request on the input stream and notes it, in one step; one that is noted already is not put there again.
--
-- KEYS: 1 the request's record · 2 the input stream · 3 the stream of what came last
-- ARGV: the digest of what was asked, the payload, seconds that the record lasts, the request, how many came last, then names and values of the record
-- Returns 'new', 'known', or 'other' where the record is of another request.
local digest = redis.call('HGET', KEYS[1], 'digest')
if digest then return digest == ARGV[1] and 'known' or 'other' end
local id = redis.pcall('XADD', KEYS[2], '*', 'payload', ARGV[2])
if type(id) == 'table' and id.err then return redis.error_reply(id.err) end
redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'entry', id, unpack(ARGV, 6))
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '*', 'request', ARGV[4])
return 'new'
