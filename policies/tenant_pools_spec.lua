local testing = require "chandra.testing"

local function nodes_for(tenant_of_node)
  local nodes = {}
  for node, tenant in pairs(tenant_of_node) do
    nodes[node] = tenant and {["chandra.dev/tenant"] = tenant} or {}
  end
  local world <close> = testing.world{
    nodes = nodes, policy = {"policies/tenant_pools.lua", "policies/default.lua"},
  }
  world:pod("pod", {"gpu"})
  local cycle <close>, answer = world:filter("pod")
  local reasons = {}
  for _, removal in ipairs(cycle:removals()) do
    reasons[#reasons + 1] = removal.rule
  end
  return {table.unpack(answer.nodes or {})}, table.concat(reasons, "; ")
end

-- The pods of chandra.testing are in the namespace "default".
describe("tenant_pools", function()
  it("keeps a tenant in its pool", function()
    local nodes, reasons = nodes_for{own = "default", other = "astro", free = false}
    assert.same({"own"}, nodes)
    assert.equal("node is outside the pool of tenant default", reasons)
  end)

  it("keeps who has no pool out of those of others", function()
    local nodes, reasons = nodes_for{other = "astro", ["free-1"] = false, ["free-2"] = false}
    assert.same({"free-1", "free-2"}, nodes)
    assert.equal("node belongs to a tenant", reasons)
  end)

  it("changes nothing where nobody owns nodes", function()
    assert.same({"free"}, (nodes_for{free = false}))
  end)
end)
