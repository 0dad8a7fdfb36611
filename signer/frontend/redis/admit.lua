-- SPDX-License-Identifier: Apache-2.0
-- Counts a request of an access key and uses its nonce, both or neither.
--
-- KEYS   1 since when the server remembers nonces
--        2 when the access key's bucket of tokens is full again; no key: it is full
--        3 the nonce, if it is used
-- ARGV   1 µs for which a token has to be waited for, 0 for no limit
--        2 tokens that a bucket holds
--        3 ms for which the nonce is kept, 0 for none
--        4 µs of age of the request, "" for any
--        5 what no other call has, as the value of the nonce
--        6 1 if the server had forgotten the script
--
-- Returns 0 if there is no token, 1 if the nonce is used, 2 if the request is admitted,
-- 3 if its nonce is not used, but it is older than what the server remembers.
--
-- Times are µs of the server's clock.
local interval, burst, ttl, age = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local text = function(n) return string.format('%.0f', n) end

-- A server that has started has no scripts, but may have old data from its disk, and
-- one that was emptied has scripts, but no data. Either way nonces may be missing. In the
-- future it can only be if the clock has gone back.
local since = tonumber(redis.call('GET', KEYS[1]) or math.huge)
if ARGV[6] == '1' or since > now then
	since = now
	redis.call('SET', KEYS[1], text(since))
end

local used = false
if ttl > 0 then
	used = redis.call('GET', KEYS[3])
	if used == ARGV[5] then
		return 2 -- this very call, of which the answer was lost on the way
	end
	if not used and age and now - age < since then
		return 3
	end
end

local full = now
local keep = function() -- the bucket, until it is full
	redis.call('SET', KEYS[2], text(full), 'PX', text(math.ceil((full - now) / 1000)))
end
if interval > 0 then
	local most = now + burst * interval + 1 -- 1: what is lost by rounding
	full = math.max(tonumber(redis.call('GET', KEYS[2]) or now), now)
	if full > most then -- the clock has gone back: the bucket is empty now, not in the future
		full = most
		keep()
	end
	full = full + interval
	if full > most then
		return 0
	end
end
if used then
	return 1
end
if ttl > 0 then
	redis.call('SET', KEYS[3], ARGV[5], 'PX', ttl)
end
if interval > 0 then
	keep()
end
return 2
