-- Says which submissions may write: their entry is held by this consumer, and their request was not finished before.
--
-- KEYS: the input stream · ARGV: group, consumer, prefix of done marks, seconds that done marks last, lowest and highest entry id, then for each
-- submission its entry or '', its request or '' where no mark can be, and 1 where the entry may be pending for anyone
-- Returns for each 1, 0 where the entry is not held, or 2 where the request was finished before.
local held = {}
if ARGV[5] ~= '' then
  for _, p in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[5], ARGV[6], 100000, ARGV[2])) do held[p[1]] = true end
end
local bucket = math.floor(tonumber(redis.call('TIME')[1]) / tonumber(ARGV[4]))
local answers = {}
for i = 7, #ARGV, 3 do
  local entry, request, may = ARGV[i], ARGV[i + 1], 1
  if ARGV[i + 2] == '1' then held[entry] = #redis.call('XPENDING', KEYS[1], ARGV[1], entry, entry, 1) > 0 end
  if entry ~= '' and not held[entry] then may = 0
  elseif request ~= '' then
    for b = bucket - 1, bucket do
      if redis.call('SISMEMBER', ARGV[3] .. b, request) == 1 then may = 2 end
    end
  end
  answers[#answers + 1] = may
end
return answers
