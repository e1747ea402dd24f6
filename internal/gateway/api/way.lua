-- Notes moments of a request's way by the server's clock, each for the first time only. What is no longer known gets no note.
--
-- KEYS: 1 the request's record
-- ARGV: milliseconds since somebody began to follow it, then for each moment its name, when it was on the stream in milliseconds since 1970, and the milliseconds since it had been sent
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
for i = 2, #ARGV, 3 do
  if not redis.call('HGET', KEYS[1], ARGV[i]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1], ARGV[i] .. '_sent', now - ARGV[i + 2], ARGV[i] .. '_followed', now - ARGV[1])
  end
end
return 1
