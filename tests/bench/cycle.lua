-- cycle.lua: the time of a scheduling cycle (PreFilter and Filter over all nodes) of kube-scheduler's own
-- plugin and of chandra, measured in turns on the same machine.
--
-- Usage: lua5.4 tests/bench/cycle.lua [ROUNDS [NODES,CLAIMS...]]     from the top of the tree
-- Default: 5 rounds of 100 to 5,000 nodes, with 1 and 4 claims. The command is $CHANDRA_BIN (default:
-- build/release/bindings/cli/chandra); the peer is $CHANDRA_PEER, or built from tests/bench/peer with go.
local CHANDRA = os.getenv("CHANDRA_BIN") or "build/release/bindings/cli/chandra"
local CASES = {"pending", "allocated"}
local SIZES = {"100,1", "100,4", "1000,1", "1000,4", "5000,1", "5000,4"}
local TARGET_SIZE = "5000,4"

-- What chandra decides by, and the part of the peer's time that it may take at the target size.
local POLICIES = {
  {name = "node sets (default)", flags = "", target = 100},
  {name = "function per node", flags = "tests/bench/per_node.lua", target = 2},
  {name = "with the library", flags = "tests/bench/library.lua", target = 2},
}

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  assert(pipe:close(), command .. " failed")
  return text
end

local function build_peer()
  local file = os.tmpname()
  assert(os.execute(("go build -C tests/bench/peer -o '%s' ."):format(file)), "the peer does not build")
  return file
end

-- Nanoseconds for a cycle, and on how many nodes the pod fits.
local function measure(command)
  local text = output_of(command)
  local function number(field) return assert(tonumber(text:match('"' .. field .. '":%s*(%d+)')), text) end
  return number("ns_per_cycle"), number("feasible")
end

local function median(list)
  table.sort(list)
  local middle = (#list + 1) // 2
  return #list % 2 == 1 and list[middle] or (list[middle] + list[middle + 1]) / 2
end

-- One row for each policy: all times of one round are taken within seconds, so a ratio compares like
-- with like however busy the machine is.
local function compare(peer, nodes, claims, case, rounds)
  local size = ("--nodes %d --claims %d --case %s"):format(nodes, claims, case)
  local peer_times, rows = {}, {}
  for i in ipairs(POLICIES) do rows[i] = {times = {}, ratios = {}} end
  for _ = 1, rounds do
    local peer_time, peer_fits = measure(("'%s' %s"):format(peer, size))
    table.insert(peer_times, peer_time)
    for i, policy in ipairs(POLICIES) do
      local time, fits = measure(("'%s' bench %s %s -o json"):format(CHANDRA, size, policy.flags))
      assert(fits == peer_fits, ("%s, %s: chandra finds %d nodes, the peer %d"):format(size, policy.name, fits, peer_fits))
      table.insert(rows[i].times, time)
      table.insert(rows[i].ratios, peer_time / time)
    end
  end
  for i, policy in ipairs(POLICIES) do
    local row = rows[i]
    row.ratio = median(row.ratios)
    print(("%6d %6d  %-9s  %-19s %10.3f %10.4f %9s"):format(nodes, claims, case, policy.name,
      median(peer_times) / 1e6, median(row.times) / 1e6, ("1/%.1f"):format(row.ratio)))
  end
  return rows
end

local function report_targets(case, rows)
  for i, policy in ipairs(POLICIES) do
    print(("%s: %s, %s, %s: 1/%.1f of the peer's time, target 1/%d"):format(
      rows[i].ratio >= policy.target and "reached" or "MISSED", TARGET_SIZE, case, policy.name, rows[i].ratio,
      policy.target))
  end
end

local rounds = tonumber(arg[1] or 5)
local sizes = #arg > 1 and table.move(arg, 2, #arg, 1, {}) or SIZES
local built = not os.getenv("CHANDRA_PEER") and build_peer()
local peer = os.getenv("CHANDRA_PEER") or built
local judged = {}

print(("medians of %d rounds in turns; times in ms\n"):format(rounds))
print(("%6s %6s  %-9s  %-19s %10s %10s %9s"):format("nodes", "claims", "case", "chandra's policy", "peer", "chandra",
  "ratio"))
for _, size in ipairs(sizes) do
  local nodes, claims = size:match("^(%d+),(%d+)$")
  assert(nodes, "want NODES,CLAIMS, got " .. size)
  for _, case in ipairs(CASES) do
    local rows = compare(peer, nodes, claims, case, rounds)
    if size == TARGET_SIZE then judged[#judged + 1] = {case, rows} end
  end
end
print()
for _, each in ipairs(judged) do report_targets(each[1], each[2]) end
if built then os.remove(built) end
