-- manifests.lua: texts of manifests for the tests of the command.
local M = {}

local function join(documents) return table.concat(documents, "---\n") end
M.join = join

function M.class(name, driver, more)
  return ("apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClass\nmetadata: {name: %s}\ndriverName: %s\n%s")
    :format(name, driver or name .. ".example.com", more or "")
end

function M.claim(name, class, more)
  return ("apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\nmetadata: {name: %s, namespace: default}\n" ..
    "spec: {resourceClassName: %s%s}\n"):format(name, class, more or "")
end

function M.template(name, class)
  return ("apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaimTemplate\n" ..
    "metadata: {name: %s, namespace: default}\nspec: {spec: {resourceClassName: %s}}\n"):format(name, class)
end

-- claims: a list of {entry, "claim" or "template", name}
function M.pod(name, claims)
  local lines = {"apiVersion: v1\nkind: Pod\nmetadata: {name: " .. name .. ", namespace: default}\n" ..
    "spec:\n  containers: [{name: main, image: x}]\n  resourceClaims:\n"}
  for _, claim in ipairs(claims) do
    lines[#lines + 1] = ("  - name: %s\n    source: {%s: %s}\n"):format(claim[1],
      claim[2] == "claim" and "resourceClaimName" or "resourceClaimTemplateName", claim[3])
  end
  return table.concat(lines)
end

-- `count` pods, each with a claim from one template.
function M.many(count)
  local documents = {M.class("gpu"), M.template("one", "gpu")}
  for i = 1, count do documents[#documents + 1] = M.pod("pod-" .. i, {{"dev", "template", "one"}}) end
  return join(documents)
end

-- One pod with one claim.
function M.simple() return join {M.class("gpu"), M.claim("c", "gpu"), M.pod("p", {{"dev", "claim", "c"}})} end

return M
