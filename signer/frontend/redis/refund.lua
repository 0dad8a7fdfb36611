-- SPDX-License-Identifier: Apache-2.0
-- Puts a token back. KEYS and ARGV: 2 and 1 of admit.lua.
local full = tonumber(redis.call('GET', KEYS[1]) or 0) - tonumber(ARGV[1])
local time = redis.call('TIME')
local left = full - (time[1] * 1000000 + time[2])
if left <= 0 then
	redis.call('DEL', KEYS[1])
else
	redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', string.format('%.0f', math.ceil(left / 1000)))
end
return 0
