-- The library that policies have besides Lua's: patterns, quantities, versions, sets, counts, notes.
local support = require "support"

local function passes(body)
  local is_fine, reason = support.passes(body)
  assert.is_true(is_fine, reason)
end

-- Calls with what Lua itself answers: the same call in a policy must answer the same.
local PATTERNS = {
  {"match", "key = value", "^(%w+)%s*=%s*(%w+)$"}, {"match", "rack-12-node", "^rack%-(%d+)"},
  {"match", "hello", "l+"}, {"match", "hello", "()ll()"}, {"match", "hello", "xyz"},
  {"match", "hello", ".-o$"}, {"match", "  trim  ", "^%s*(.-)%s*$"}, {"match", "", ".*"},
  {"match", "[[x]]", "%[(%b[])%]"}, {"match", "f(a(b)c)d", "%b()"}, {"match", "THE (quick) fox", "%f[%a]%a+%f[%A]"},
  {"match", "abcabc", "(abc)%1"}, {"match", "a.b", "a%.b"}, {"match", "a]b", "[]]"}, {"match", "a-b", "[a%-]+"},
  {"match", "x^y", "[x^]+"}, {"match", "abc", "[^a-b]"}, {"match", "0x1F", "^0[xX](%x+)$"}, {"match", "aaa", "a-", 2},
  {"match", "abc", "b", -2}, {"match", "abc", "b", 10}, {"match", "a$b", "a$b"}, {"match", "ab$", "%$$"},
  {"match", "a\nb", "%c"}, {"match", "caf\u{e9}", "[\u{e9}]+$"}, {"match", "aXb", "%u"}, {"match", "aab", "a?a?a?b"},
  {"match", "abab", "((a)(b))"}, {"match", "x=1, y=2", "(%a)=(%d), (%a)=(%d)"}, {"match", "a-z", "[a-]+"},
  {"match", "a%b", "[%%]"}, {"match", "^x", "^^x"}, {"match", "xx", "x*", 2}, {"match", "1.2.3", "^(%d+)%.(%d+)%.(%d+)$"},
  {"find", "hello", "l+"}, {"find", "hello", "(l)(l)"}, {"find", "a.b", ".", 1, true}, {"find", "a.b", "%."},
  {"find", "abc", ""}, {"find", "abc", "", 4}, {"find", "abc", "", 5}, {"find", "abc", "$"}, {"find", "abc", "^b"},
  {"find", "abcb", "b", 3}, {"find", "hello", "()l"},
  {"gsub", "hello", "l", "L"}, {"gsub", "hello", "l", "L", 1}, {"gsub", "hello", "", "-"}, {"gsub", "abc", "%w", "%0%0"},
  {"gsub", "hello world", "(%w+) (%w+)", "%2 %1"}, {"gsub", "abc", "b*", "x"}, {"gsub", "abc", "^a", "x"},
  {"gsub", "a.b.c", "%.", "%%"}, {"gsub", "abc", "()", "%1"}, {"gsub", "abc", "x", "y"}, {"gsub", "", "^", "x"},
  {"gsub", "aaa", "^a", ""}, {"gsub", "abc", ".", 7}, {"gsub", "node-1.example.com", "%..*", ""},
}

local function literal(value)
  return type(value) == "string" and ("%q"):format(value):gsub("\\\n", "\\n") or tostring(value)
end

local function literals(values)
  local list = {}
  for i = 1, values.n or #values do list[i] = literal(values[i]) end
  return table.concat(list, ", ")
end

describe("patterns", function()
  for _, case in ipairs(PATTERNS) do
    it(("string.%s(%s)"):format(case[1], literals(table.move(case, 2, #case, 1, {}))), function()
      local want = table.pack(string[case[1]](table.unpack(case, 2)))
      passes(("local got = table.pack(string.%s(%s))\nlocal want = {n = %d, %s}\n" ..
        "assert(got.n == want.n, got.n)\nfor i = 1, want.n do assert(got[i] == want[i], got[i]) end"):format(
        case[1], literals(table.move(case, 2, #case, 1, {})), want.n, literals(want)))
    end)
  end

  it("go through matches", function()
    passes[[
      local keys = {}
      for key, value in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do keys[#keys + 1] = key .. value end
      assert(table.concat(keys, " ") == "a1 b2")
      local words = {}
      for word in ("one two"):gmatch("%a+") do words[#words + 1] = word end
      assert(table.concat(words, "|") == "one|two")
      local places = {}
      for place in ("aXbX"):gmatch("()X", 3) do places[#places + 1] = place end
      assert(#places == 1 and places[1] == 4)
    ]]
  end)

  it("replace by tables and functions", function()
    passes[[
      assert(("$a $b $c"):gsub("%$(%w)", {a = "1", b = 2}) == "1 2 $c")
      assert(("abc"):gsub("%w", function(c) return c ~= "b" and c:upper() end) == "AbC")
      assert(("a1"):gsub("(%a)(%d)", function(a, b) return b .. a end) == "1a")
    ]]
  end)
end)

describe("chandra.quantity", function()
  it("is exact", function()
    passes[[
      local q = chandra.quantity.parse
      assert(q("1Gi") + q("1") == q("1073741825"))
      assert(tostring(q("1Gi") - q("512Mi")) == "512Mi")
      assert(q("500m") < q("1") and q("1k") <= q("1000") and q("1Ki") > q("1k"))
      assert(q("0.1") + q("0.2") == q("300m"))
      assert(q(5) == q("5"))
      assert(q("2"):number() == 2 and math.type(q("2"):number()) == "integer")
      assert(q("1500m"):number() == 1.5)
      assert(not (q("1") == "1"))
    ]]
  end)

  it("may be kept", function()
    local world <close> = support.world({{name = "kept.lua", text = support.text("match", "cx, claim, nodes",
      [[assert(limit == chandra.quantity.parse("16384Mi")) return nodes]],
      {before = 'local limit = chandra.quantity.parse("16Gi")'})}})
    assert.equal("Success", (select(2, world:filter("pod"))).code)
  end)
end)

describe("chandra.semver", function()
  it("orders as semver.org says", function()
    passes[[
      local list = {"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
        "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.9.0", "1.10.0", "2.0.0"}
      for i, a in ipairs(list) do
        for k, b in ipairs(list) do
          local want = i < k and -1 or i > k and 1 or 0
          assert(chandra.semver.compare(a, b) == want, a .. " " .. b)
          local x, y = chandra.semver.parse(a), chandra.semver.parse(b)
          assert((x < y) == (want < 0) and (x <= y) == (want <= 0) and (x == y) == (want == 0))
        end
      end
      assert(chandra.semver.compare("1.0.0+a", "1.0.0+b") == 0)
    ]]
  end)

  it("takes versions apart", function()
    passes[[
      local v = chandra.semver.parse("1.20.3-rc.1+build.5")
      assert(v.major == 1 and v.minor == 20 and v.patch == 3)
      assert(v.prerelease == "rc.1" and v.build == "build.5")
      assert(tostring(v) == "1.20.3-rc.1+build.5")
      assert(chandra.semver.parse("1.0.0").prerelease == nil)
    ]]
  end)

  it("is strict", function()
    for _, text in ipairs{"", "1", "1.2", "1.2.3.4", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3+", "1.2.3-01", "1.2.3-a..b",
      "1.2.3-a_b", " 1.2.3", "1.2.3 ", "1.2.3-a+b+c", "-1.2.3"} do
      passes(("assert(not pcall(chandra.semver.parse, %q))"):format(text))
    end
    for _, text in ipairs{"0.0.0", "1.2.3--", "1.2.3-0a", "1.2.3+01", "1.2.3-x-y.z+0.0", "1.2.3-0"} do
      passes(("chandra.semver.parse(%q)"):format(text))
    end
  end)
end)

describe("chandra.set", function()
  it("is a value", function()
    passes[[
      local a, b = chandra.set{"x", "y", 1}, chandra.set{"y", 2, true}
      assert(#(a & b) == 1 and (a & b):has("y"))
      assert(#(a | b) == 5 and #(a - b) == 2 and not (a - b):has("y"))
      assert(chandra.set{"x", "y"} == chandra.set{"y", "x", "y"})
      assert(chandra.set{"x"} < a and chandra.set{"x"} <= a and not (a < a) and a <= a)
      assert(not a:has(nil) and not a:has(claim) and #chandra.set() == 0)
      assert(table.concat(chandra.set{"b", "a", "c"}:list(), " ") == "a b c")
      local seen = {}
      for member in pairs(chandra.set{true, "s", 2, 1}) do seen[#seen + 1] = tostring(member) end
      assert(table.concat(seen, " ") == "1 2 s true")
    ]]
  end)
end)

describe("chandra.sorted and chandra.keys", function()
  it("sort", function()
    passes[[
      local list = {3, 1, 2}
      assert(table.concat(chandra.sorted(list), " ") == "1 2 3" and list[1] == 3)
      local byname = chandra.sorted(nodes, function(node) return node.labels.disk end)
      assert(byname[1].name == "node-2" and byname[2].name == "node-1" and byname[3].name == "node-3")
      local sizes = chandra.sorted({"1Gi", "1M", "1500m"}, chandra.quantity.parse)
      assert(table.concat(sizes, " ") == "1500m 1M 1Gi")
      assert(table.concat(chandra.sorted(chandra.set{"b", "a"}), " ") == "a b")
      assert(table.concat(chandra.keys{b = 1, a = 2, [3] = 4}, " ") == "3 a b")
    ]]
  end)
end)

describe("counts", function()
  it("are of claims and pods, by node", function()
    passes[[
      local claims = cx:count_claims("nic")
      assert(cx:count_claims{class = "nic"}:sum() == claims:sum() and claims:sum() > 0)
      assert(cx:count_claims{label = "app", value = "x"}:sum() == 0)
      assert(cx:count_claims{namespace = "other"}:sum() == 0)
      assert(cx:count_pods{label = "app", value = "x"}:sum() == 0)
    ]]
  end)

  it("find what is on a node", function()
    passes[[
      local count = cx:count_claims()
      for node in nodes do
        assert(#cx:claims_on(node) == count[node])
        for _, each in ipairs(cx:claims_on(node, "nic")) do
          assert(each.class_name == "nic" and each.available_on:has(node))
        end
        assert(#cx:claims_on(node.name, "gpu") == 0)
      end
    ]]
  end)

  it("are by domain", function()
    passes[[
      local by = cx:count_by(nodes, "zone")
      assert(by.a == 2 and by.b == 1 and #chandra.keys(by) == 2)
      assert(cx:count_by(nodes - cx:domain("node-3", "zone"), "zone").b == 0)
      local placed = cx:find_claims{class = "nic", allocated = true}
      local claims = cx:count_by(placed, "zone")
      assert(claims.a == 1 and claims.b == 0) -- once, although it is on two nodes
      assert(cx:count_by(cx:count_claims("nic"), "zone").a == cx:count_claims("nic"):sum())
      assert(cx:count_by(cx:find_pods{label = "app", value = "x"}, "zone").a == 0)
      assert(cx:count_by(nodes, "disk").ssd == 1)
    ]]
  end)

  it("tell domains", function()
    passes[[
      assert(table.concat(cx:domain("node-1", "zone"):names(), " ") == "node-1 node-2")
      assert(#cx:domain(nodes:first(), "disk") == 0)
    ]]
  end)

  it("spread and pack", function()
    passes[[
      local spread = cx:spread(nodes, "zone", {a = 3, b = 1})
      assert(spread:get("node-1") == 0 and spread:get("node-2") == 0 and spread:get("node-3") == 100)
      local pack = cx:pack(nodes, "zone", {a = 3})
      assert(pack:get("node-1") == 100 and pack:get("node-3") == 0)
      assert(cx:spread(nodes, "zone", {}):min() == 100)
      local disks = cx:spread(nodes, "disk", {ssd = 5})
      assert(disks:get("node-2") == 100 and disks:get("node-1") == 0)
      assert(cx:pack(nodes, "zone", cx:count_claims("nic")):get("node-1") == 100)
    ]]
  end)
end)

describe("times", function()
  it("are known of claims and pods", function()
    passes[[
      assert(math.type(claim.created) == "integer" and claim.created <= cx:time())
      assert(math.type(cx.pod.created) == "integer" and cx.pod.created <= cx:time())
    ]]
  end)
end)

describe("log and notes", function()
  it("reach the host", function()
    local chandra = require "chandra"
    local policy = chandra.policy{support.source("match", "cx, claim, nodes",
      'chandra.log.warning("odd", nodes) chandra.log.debug("looked") return nodes')}
    local world <close> = support.world(policy)
    world:filter("pod")
    local text = ""
    for _, line in ipairs(policy:log()) do text = text .. tostring(type(line) == "table" and line.message or line) end
    assert.truthy(text:find("policy test: odd node set of 3", 1, true), text)
  end)

  it("are kept with the decision, within bounds", function()
    local world <close> = support.world({support.source("match", "cx, claim, nodes", [[
      for i = 1, 40 do cx:note("note", i, nodes, ("\u{e4}"):rep(400)) end
      return nodes]])})
    local cycle <close> = world:filter("pod")
    local notes = cycle:notes()
    assert.equal(64, #notes)
    assert.equal("match", notes[1].hook)
    assert.equal("test", notes[1].policy)
    assert.equal("pending", notes[1].claim)
    assert.equal("placed", notes[41].claim)
    assert.equal("note 1 node set of 3 \u{e4}", notes[1].text:sub(1, 23))
    assert.is_true(#notes[1].text <= 512)
    assert.truthy(utf8.len(notes[1].text))
  end)
end)
