-- What policies read of pods, claims, classes, nodes and contexts.
local support = require "support"

describe("views", function()
  local function holds(body)
    it(body, function()
      assert.is_true(support.passes("local pending = claim.name == 'pending'\n" .. body))
    end)
  end

  holds "assert(cx.pod.name == 'pod' and cx.pod.namespace == 'default' and #cx.pod.uid > 0)"
  holds "assert(cx.pod.labels.app == 'x' and cx.pod.labels.none == nil)"
  holds "assert(cx.pod.metadata.name == 'pod' and cx.pod.metadata.labels['app'] == 'x')"
  holds "assert(cx.pod.annotations.none == nil and cx.pod.metadata.annotations['a/b'] == nil)"
  holds "assert(cx.pod.spec.nodeName == nil and cx.pod.node_name == nil and cx.pod.priority == 0)"
  holds "assert(cx.pod.status.phase == 'Pending' or cx.pod.status.phase == nil)"
  holds "assert(tostring(cx.pod) == 'pod default/pod')"
  holds "assert(#cx.claims == 2 and cx.claims[1].name == 'pending' and cx.claims[2].name == 'placed')"
  holds "assert(cx.context == nil and cx.policy == 'test')"
  holds "assert(cx:time() > 1700000000 and cx:random(1) == 1)"
  holds "assert(cx.pod == cx.pod and cx.pod ~= claim)"
  holds "assert(pending == (claim == cx.claims[1]))"
  holds "assert(claim.metadata.labels.tier == (pending and 'front' or nil))"
  holds "assert(claim.spec.resourceClassName == claim.class_name and claim.class.name == claim.class_name)"
  holds "assert(claim.spec.allocationMode == (pending and 'WaitForFirstConsumer' or 'Immediate'))"
  holds "assert(claim.mode == claim.spec.allocationMode)"
  holds "assert(claim.allocated == not pending and claim.node_bound == not pending)"
  holds "assert((claim.status.allocation == nil) == pending)"
  holds "assert(pending or claim.status.allocation.shareable and claim.shareable)"
  holds "assert(#claim.available_on == (pending and 3 or 2))"
  holds "assert(claim.unsuitable:is_empty() and not claim.informed)"
  holds "assert(claim.class.suitable == nodes and not claim.class.node_bound)"
  holds "assert(claim.class.driver_name == claim.class.driverName)"
  holds "assert(claim.driver_name == (not pending and 'nic.example.com' or nil))"
  holds "assert(claim.status.driverName == claim.driver_name)"
  holds "assert(#claim.reserved_for == 0 and #claim.status.reservedFor == 0)"
  holds "assert(not claim.deallocating and not claim.status.deallocationRequested)"
  holds "assert(claim.entry == (pending and 'claim-1' or 'claim-2'))"
  holds "assert(tostring(claim):find('claim default/p', 1, true) == 1)"
  holds "local node = nodes:first(); assert(node.name == 'node-1' and node.metadata.name == 'node-1')"
  holds "local node = nodes:first(); assert(node.labels.zone == 'a' and node.metadata.labels.zone == 'a')"
  holds "assert(tostring(nodes:first()) == 'node node-1')"
  holds "assert(cx:node('node-1') == nodes:first())"
  holds [[local keys = {}
    for key, value in pairs(cx:node("node-2").labels) do keys[#keys + 1] = key .. "=" .. value end
    assert(table.concat(keys, " ") == "disk=ssd kubernetes.io/hostname=node-2 zone=a")]]
  holds [[local found = cx:find_claims{}
    assert(#found == 2 and found[1].name == "pending" and found[2].name == "placed")
    assert(#found[2].available_on == 2 and found[2].available_on:has("node-2"))
    assert(found[1].available_on == nodes and found[1].class == nil and found[1].unsuitable:is_empty())]]
  holds "assert(#cx:find_claims{class = 'gpu'} == 1 and #cx:find_claims{class = 'none'} == 0)"
  holds "assert(#cx:find_claims{label = 'tier', value = 'front'} == 1)"
  holds "assert(#cx:find_claims{namespace = 'default', allocated = true} == 1)"
  holds "assert(#cx:find_claims{namespace = 'elsewhere'} == 0)"
  holds [[local pods = cx:find_pods{label = "app", value = "x"}
    assert(#pods == 2 and pods[1].name == "peer" and pods[2] == cx.pod)]]
  holds "local counts = cx:count_claims(); assert(counts:get('node-1') == 1 and counts[cx:node('node-3')] == 0)"
  holds "assert(cx:count_claims('nic'):sum() == 2 and cx:count_claims('gpu'):sum() == 0)"

  it("show the context and the users of a claim", function()
    local source = support.source("match", "cx, claim, nodes", [[
      if cx.context then
        assert(cx.context.spec.selectedNode == cx.context.selected_node)
        assert(#cx.context.potential_nodes == #cx.context.spec.potentialNodes)
        for i, name in ipairs(cx.context.potential_nodes) do assert(nodes:has(name), i) end
        print("context " .. cx.context.metadata.name)
      end
      for _, user in ipairs(claim.reserved_for) do
        print(user.resource .. " " .. user.name .. " " .. #user.uid)
      end
      return nodes]])
    local chandra = require "chandra"
    local policy <close> = chandra.policy{source}
    local world <close> = support.world(policy)
    assert.truthy(world:run()["default/pod"].node)
    local log = table.concat(policy:log(), "\n")
    assert.truthy(log:find("context pod", 1, true), log)
    world:pod("next", {{claim = "pending"}}):run()
    assert.truthy(table.concat(policy:log(), "\n"):find("pods pod 36", 1, true))
  end)
end)
