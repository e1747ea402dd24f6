-- Says which submissions may write: their entry is held by this consumer, and their request was neither finished before nor withdrawn.
--
-- KEYS: the input stream, marks of withdrawn requests · ARGV: group, consumer, prefix of done marks, seconds that done marks last, lowest and highest entry
-- id, then for each submission its entry or '', its request or '' where no done mark can be, 1 where the entry may be pending for anyone, and its request or '' where
-- it does not matter whether that is withdrawn
-- Returns for each 1, 0 where the entry is not held, 2 where the request was finished before, or 3 where it is withdrawn.
local held = {}
if ARGV[5] ~= '' then
  for _, p in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[5], ARGV[6], 100000, ARGV[2])) do held[p[1]] = true end
end
local bucket = math.floor(tonumber(redis.call('TIME')[1]) / tonumber(ARGV[4]))
local answers = {}
for i = 7, #ARGV, 4 do
  local entry, request, may = ARGV[i], ARGV[i + 1], 1
  if ARGV[i + 2] == '1' then held[entry] = #redis.call('XPENDING', KEYS[1], ARGV[1], entry, entry, 1) > 0 end
  if entry ~= '' and not held[entry] then may = 0
  else
    if ARGV[i + 3] ~= '' and redis.call('HEXISTS', KEYS[2], ARGV[i + 3]) == 1 then may = 3 end
    for b = bucket - 1, bucket do
      if request ~= '' and redis.call('SISMEMBER', ARGV[3] .. b, request) == 1 then may = 2 end
    end
  end
  answers[#answers + 1] = may
end
return answers
