-- What chandra.check finds in the text of a policy, and what it must leave alone.
local chandra = require "chandra"

-- "LINE:COLUMN: message" of every finding, in the order of the text; the header is line 0.
local function check(text)
  local found = {}
  for i, finding in ipairs(chandra.check{name = "p.lua", text = "--!chandra api=1 name=p version=1\n" .. text}) do
    found[i] = ("%d:%d: %s"):format(finding.line - 1, finding.column, finding.message)
  end
  return found
end

-- The same for lines of a match.
local function match(body)
  return check("local P = {} function P.match(cx, claim, nodes) " .. "\n" .. body .. "\nreturn nodes end return P")
end

-- Messages alone, for hooks.
local function hook(text)
  local found = check("local P = {} " .. text .. " return P")
  for i, line in ipairs(found) do found[i] = line:gsub("^%d+:%d+: ", "") end
  return found
end

local function finds(cases)
  for _, case in ipairs(cases) do assert.same({case[2]}, match(case[1]), case[1]) end
end

describe("chandra.check", function()
  it("knows the types of parameters, fields, locals and results", function()
    finds{
      {"print(claim.nmae)", "2:13: claim has no field 'nmae'; did you mean 'name'?"},
      {"print(claim.class.driver_nme)", "2:19: class has no field 'driver_nme'; did you mean 'driver_name'?"},
      {"local c = claim.class\nprint(c.sutable)", "3:9: class has no field 'sutable'; did you mean 'suitable'?"},
      {"print(cx.claims[1].nmae)", "2:20: claim has no field 'nmae'; did you mean 'name'?"},
      {"for _, c in ipairs(cx.claims) do print(c.nmae) end", "2:42: claim has no field 'nmae'; did you mean 'name'?"},
      {"for n in nodes do print(n.lables) end", "2:27: node has no field 'lables'; did you mean 'labels'?"},
      {"for n in nodes:each() do print(n.lables) end", "2:34: node has no field 'lables'; did you mean 'labels'?"},
      {"print(cx:node('a').lables)", "2:20: node has no field 'lables'; did you mean 'labels'?"},
      {"print((nodes & claim.unsuitable):frist())", "2:34: nodeset has no method 'frist'; did you mean 'first'?"},
      {"print(nodes:where(function(n) return n.lables.a end))",
        "2:40: node has no field 'lables'; did you mean 'labels'?"},
      {"print(claim.name:uper())", "2:18: string has no method 'uper'; did you mean 'upper'?"},
      {"print(cx:find_claims{clas = 'a'})", "2:22: query has no field 'clas'; did you mean 'class'?"},
      {"print(chandra.versoin)", "2:15: library chandra has no member 'versoin'; did you mean 'version'?"},
    }
  end)

  it("tells dots from colons", function()
    finds{
      {"print(cx.node('a'))", "2:10: cx:node is a method: it is called with ':', not '.'"},
      {"print(claim:allocated())", "2:13: claim.allocated is a field, not a method: it is read with '.'"},
      {"print(string:find('a', 'b'))",
        "2:14: string.find is a function of a library: it is called with '.', not ':'"},
    }
    assert.same({"hooks are functions, not methods: function P.match"},
      hook("function P:match(_, _, nodes) return nodes end"))
  end)

  it("counts arguments, and knows which suit", function()
    finds{
      {"print(cx:keep(nodes))", "2:10: cx:keep(nodes, set, reason?) is given 1 argument"},
      {"print(nodes:first(1))", "2:13: nodeset:first() is given 1 argument"},
      {"print(cx:keep(nodes, 'ssd', 'no ssd'))", "2:22: cx:keep(nodes, set, reason?): argument 2 must be " ..
        "nodeset|fun(node: node): boolean, not string"},
      {"print(cx:node(claim))", "2:15: cx:node(name): argument 1 must be string, not claim"},
    }
  end)

  it("finds results that are dropped", function()
    finds{
      {"cx:drop(nodes, claim.unsuitable, 'unsuitable')", "2:1: cx:drop changes nothing: its result must be used"},
      {"nodes:matching{zone = 'a'}", "2:1: nodeset:matching changes nothing: its result must be used"},
    }
  end)

  it("finds globals, and locals that nobody reads", function()
    finds{
      {"count = 1", "2:1: writes the global 'count'; make it a local"},
      {"function helper() end", "2:10: writes the global 'helper'; make it a local"},
      {"print(os.time())", "2:7: unknown global 'os'; the only clock is cx:time()"},
      {"print(next{})", "2:7: unknown global 'next'; go through tables by pairs"},
      {"local a = 1", "2:7: local 'a' is never used"},
      {"local a\na = 2", "2:7: local 'a' is never used"},
      {"local function f() end", "2:16: local 'f' is never used"},
      {"do local a = 1 end local a = 2 print(a)", "2:10: local 'a' is never used"},
      {"local a = 1 print(a) local function f(x) local a = x end f()", "2:48: local 'a' is never used"},
      {"print(a) local a = 1 print(a)", "2:7: unknown global 'a'"},
      {"repeat local a = 1 until true", "2:14: local 'a' is never used"},
    }
    assert.same({}, match("local _, b = 1, 2 print(b) for i = 1, 3 do local _x = i end repeat local a = 1 until a"))
  end)

  it("finds what does not suit the hook", function()
    assert.same({"match must return nodeset, not nil"}, hook("function P.match() return nil end"))
    assert.same({"match must return nodeset, not nothing"}, hook("function P.match() return end"))
    assert.same({"match can end without a return; it must return nodeset"},
      hook("function P.match(_, claim, nodes) if claim.allocated then return nodes end end"))
    assert.same({"match returns 1 value; this one is ignored"},
      hook("function P.match(_, _, nodes) return nodes, 'why' end"))
    assert.same({"score must return number, not string?"},
      hook("function P.score(_, pod) return pod.labels.size end"))
    assert.same({"scores must return vector|table<node|string, number>, not number"},
      hook("P.scores = function() return 5 end"))
    assert.same({"the hook has more parameters than it is given: release(cx, pod, claims)"},
      hook("function P.release(_, _, claims, _) return claims[1] end"))
    assert.same({"unknown hook 'sugest'; did you mean 'suggest'?"},
      hook("function P.sugest() end function P.release() end"))
    assert.same({"hook 'release' is defined twice"}, hook("function P.release() end function P.release() end"))
    assert.same({"2:10: claim has no field 'nmae'; did you mean 'name'?"},
      check("return {match = function(_, claim, nodes) print(\nclaim  . nmae) return nodes end}"))
  end)

  it("does not blame what it cannot know", function()
    for _, body in ipairs{
      "local x = claim x = cx.pod print(x.anything)",
      "local x = claim if x then x = {} end print(x.anything)",
      "local x = claim for i = 1, 2 do print(x.anything) x = {i} end",
      "local c = claim local d = c c = {} print(d.anything)",
      "local claim = {} print(claim.anything)",
      "print(claim.labels.anything, claim.metadata.annotations.anything)",
      "local t = {cx = {}} print(t.cx.anything)",
      "local function f(...) return ... end print(cx:keep(f(nodes, nodes)))",
      "local names = {} table.insert(names, 'a') table.insert(names, 1, 'b') print(#names)",
      "local a = 1 local function f() a = a + 1 return a end print(f())",
      "goto done do print(1) end ::done:: while true do break end",
      "local x <const> = .5e1 print(x // 2 ~ 1 >> 1 .. '' == \"\" and not x or -x ^ 2 <= 3)",
      "print(('a'):rep(2), #'a', [[x]], [==[y]==], 0x1p4, ({1, 2; 3, [4] = 5, x = 6}).x)",
      "nodes = cx:keep(nodes, function(node) return node.labels.zone end, 'zone')",
      "local pairs = function(x) return x end for x in pairs(nodes) do print(x.anything) end",
      "pcall(error, 'x') table.remove({}) cx:log('x')",
      "if claim.class then error('no class') else return nodes end",
    } do assert.same({}, match(body), body) end
    assert.same({}, hook("function P.match(_, claim, nodes) if claim.allocated then return nodes else error('x') end end"))
    assert.same({}, hook("function P.suggest(_, _, nodes) if #nodes > 1 then return nodes end end"))
    assert.same({}, hook("function P.suggest(_, _, nodes) return nodes, nodes:first() end"))
    assert.same({}, hook("function P.release() return false end"))
    assert.same({}, hook("function P.scores(_, _, nodes) return {[nodes:first()] = 1} end"))
    assert.same({}, hook("P.score = function(_, pod) return pod.priority or 0 end"))
  end)

  it("leaves deep nesting to Lua's own parser", function()
    for _, text in ipairs{("("):rep(300), ("{"):rep(300), ("do "):rep(300), ("-"):rep(10000), ("a."):rep(10000)} do
      assert.is_true(#match("print(" .. text .. "1)") >= 1)
    end
    assert.same({}, match("local t = " .. ("{"):rep(150) .. ("}"):rep(150) .. " print(t)"))
  end)
end)
