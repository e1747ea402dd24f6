-- Adds a revocation, and has the stream last as long as it at least. ARGV: seconds that it lasts, how many there may be, and the entry's fields.
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[2]) then return false end
local entry = {}
for i = 3, #ARGV do entry[#entry + 1] = ARGV[i] end
local id = redis.call('XADD', KEYS[1], '*', unpack(entry))
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) * 1000 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return id
