/* reference_hooks.c - the reference of what a policy is: its first line and its hooks. */
#include "reference.h"

const struct chandra_lua_entry ch_lua_reference_hooks[] = {
    {HEADER("api"), .summary = "the script API that the policy is written for; required",
     .bounds = "1", .example = "--!chandra api=1 name=fast_disks version=1.0.0", OF("integer")},
    {HEADER("name"), .summary = "what decisions, logs and errors call the policy; required",
     .bounds = "1 to 63 letters, digits, `.` `_` `+` `-`", OF("string")},
    {HEADER("version"), .summary = "the policy's own version, told with its name; required",
     .bounds = "1 to 63 letters, digits, `.` `_` `+` `-`", OF("string")},
    {HEADER("hooks"),
     .summary = "hooks that the policy must have, with commas between them: a missing one is an "
                "error; optional",
     .example = "--!chandra api=1 name=fast_disks version=1.0.0 hooks=match,score", OF("string")},

    {HOOK("match"),
     .summary = "which of `nodes` can serve the claim; asked for each claim of the pod, once per "
                "attempt",
     .details = "Nodes that were not offered are ignored. In a chain each policy gets the nodes "
                "that the one before it left.",
     .example = "function P.match(cx, claim, nodes)\n"
                "  return cx:keep(nodes, nodes:matching{disk = \"ssd\"}, \"node has no SSD\")\n"
                "end",
     ARGUMENTS({"cx", "cx", "the attempt"}, {"claim", "claim", "one of the pod's claims"},
               {"nodes", "nodeset", "the nodes that are left"}),
     RETURNS({NULL, "nodeset", "the nodes that can serve the claim"})},
    {HOOK("score"), .summary = "how good the node is; asked for each feasible node",
     .details = "Beyond the bounds a score is cut to them. In a chain scores are the mean by "
                "weight. A policy has this or `scores`, not both.",
     .bounds = "0 to 100",
     .example = "function P.score(cx, pod, node)\n"
                "  return node.labels.zone == \"a\" and 100 or 0\n"
                "end",
     ARGUMENTS({"cx", "cx", "the attempt"}, {"pod", "pod", "the pod that is being scheduled"},
               {"node", "node", "a feasible node"}),
     RETURNS({NULL, "number", "the score"})},
    {HOOK("scores"),
     .summary = "how good each of the feasible nodes is, said for all of them at once",
     .details = "Nodes that the table does not name get 0; beyond the bounds a score is cut to "
                "them. A policy has this or `score`, not both.",
     .bounds = "0 to 100",
     .example = "function P.scores(cx, pod, nodes)\n"
                "  local counts = cx:count_claims()\n"
                "  return nodes:score(function(node) return 100 - counts[node] end)\n"
                "end",
     ARGUMENTS({"cx", "cx", "the attempt"}, {"pod", "pod", "the pod that is being scheduled"},
               {"nodes", "nodeset", "the feasible nodes"}),
     RETURNS({NULL, "vector|table<node|string, number>", "the scores by node or name"})},
    {HOOK("suggest"),
     .summary = "which feasible nodes are published as potential nodes, and which one the pod "
                "should get",
     .details = "Each may be nil; nil and nil: no opinion. The selected node must be one of "
                "`nodes`. Of more than 128 potential nodes some are taken by chance. In a chain "
                "the first policy with an opinion decides.",
     .bounds = "at most 128 potential nodes",
     .example = "function P.suggest(cx, pod, nodes)\n"
                "  return nodes, nodes:first()\n"
                "end",
     ARGUMENTS({"cx", "cx", "the attempt"}, {"pod", "pod", "the pod that is being scheduled"},
               {"nodes", "nodeset", "the feasible nodes"}),
     RETURNS({NULL, "nodeset?", "the potential nodes"},
             {NULL, "node|string|nil", "the selected node"})},
    {HOOK("release"),
     .summary = "which of the claims that keep the pod from every node is given back",
     .details = "Asked at PostFilter, only when no node is left and there is a claim to offer: one "
                "that is allocated (in mode WaitForFirstConsumer), is not available on a node that "
                "the pod could otherwise go to, and is in use by nobody else. `false`: none; nil: "
                "no opinion. In a chain the first policy with an opinion decides.",
     .example = "function P.release(cx, pod, claims)\n"
                "  return claims[#claims]\n"
                "end",
     ARGUMENTS({"cx", "cx", "the attempt"}, {"pod", "pod", "the pod that is being scheduled"},
               {"claims", "claim[]", "those that can be given back"}),
     RETURNS({NULL, "claim|false|nil", "one of `claims`"})},
    {.name = NULL},
};
