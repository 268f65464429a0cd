-- SPDX-License-Identifier: MIT
-- boot.lua: for wrk: each request is of another machine, of 65,536.
local n = 0
request = function()
	n = (n + 7919) % 65536
	return wrk.format("GET", string.format(
		"/boot?mac=52-54-0b-00-%02x-%02x&product=KVM&type=KVM&ip=10.9.0.5&netmask=255.255.255.0&gateway=10.9.0.1",
		math.floor(n / 256), n % 256))
end
done = function(summary, latency)
	io.write(string.format("FIGURES %.0f %.2f %.2f %d\n", summary.requests / summary.duration * 1e6,
		latency:percentile(50) / 1000, latency:percentile(99) / 1000,
		summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
