/* hooks.c - what the hooks of a new policy look like, and the cases of its spec. */
#include "new/new.h"

#include <stddef.h>

const struct new_hook new_hooks[] = {
    {"match",
     "-- Which of these nodes can serve the claim? Asked once for each claim of the pod. The "
     "reason is\n"
     "-- what people are told about the nodes that leave.\n"
     "function P.match(cx, claim, nodes)\n"
     "  local avoided = nodes:matching{[\"example.com/avoid\"] = \"true\"}\n"
     "  return cx:drop(nodes, avoided, \"node is labelled example.com/avoid=true\")\n"
     "end\n",
     "  it(\"keeps claims off nodes that are to be avoided\", function()\n"
     "    local world <close> = testing.world{\n"
     "      nodes = {[\"node-1\"] = {[\"example.com/avoid\"] = \"true\"}, [\"node-2\"] = {}},\n"
     "      classes = {gpu = {}},\n"
     "      policy = testing.beside \"%s\",\n"
     "    }\n"
     "    world:pod(\"pod\", {\"gpu\"})\n"
     "    assert.equal(\"node-2\", world:run()[\"default/pod\"].node)\n"
     "  end)\n"},
    {"score",
     "-- How good is this node, from 0 to 100? Asked for each node that the pod can run on.\n"
     "function P.score(cx, pod, node)\n"
     "  return node.labels[\"example.com/prefer\"] == \"true\" and 100 or 0\n"
     "end\n",
     "  it(\"prefers nodes that are labelled so\", function()\n"
     "    local world <close> = testing.world{\n"
     "      nodes = {[\"node-1\"] = {}, [\"node-2\"] = {[\"example.com/prefer\"] = \"true\"}},\n"
     "      classes = {gpu = {}},\n"
     "      policy = testing.beside \"%s\",\n"
     "    }\n"
     "    world:pod(\"pod\", {\"gpu\"})\n"
     "    assert.equal(\"node-2\", world:run()[\"default/pod\"].node)\n"
     "  end)\n"},
    {"scores",
     "-- How good are these nodes, from 0 to 100? Here: the fewer claims a node has, the better.\n"
     "function P.scores(cx, pod, nodes)\n"
     "  local counts = cx:count_claims()\n"
     "  return nodes:score(function(node) return 100 - 10 * counts[node] end)\n"
     "end\n",
     "  it(\"prefers nodes that have few claims\", function()\n"
     "    local world <close> = testing.world{\n"
     "      nodes = {\"node-1\", \"node-2\"},\n"
     "      classes = {gpu = {}},\n"
     "      drivers = {{name = \"gpu.example.com\", node_local = true}},\n"
     "      policy = testing.beside \"%s\",\n"
     "    }\n"
     "    world:pod(\"one\", {\"gpu\"})\n"
     "    local first = world:run()[\"default/one\"].node\n"
     "    world:pod(\"two\", {\"gpu\"})\n"
     "    assert.not_equal(first, world:run()[\"default/two\"].node)\n"
     "  end)\n"},
    {"suggest",
     "-- Which of these nodes are offered to the drivers, and which one should the pod get? Nil "
     "instead\n"
     "-- of a node: the scores decide.\n"
     "function P.suggest(cx, pod, nodes)\n"
     "  return cx:sample(nodes, 16), nil\n"
     "end\n",
     "  it(\"offers some nodes to the drivers\", function()\n"
     "    local world <close> = testing.world{\n"
     "      nodes = {\"node-1\", \"node-2\"},\n"
     "      classes = {gpu = {}},\n"
     "      policy = testing.beside \"%s\",\n"
     "    }\n"
     "    world:pod(\"pod\", {\"gpu\"})\n"
     "    assert.is_string(world:run()[\"default/pod\"].node)\n"
     "  end)\n"},
    {"release",
     "-- Which of these claims, that keep the pod from every node, is given back? False: none; "
     "nil: let\n"
     "-- others decide.\n"
     "function P.release(cx, pod, claims)\n"
     "  return claims[#claims]\n"
     "end\n",
     "  it(\"lets pods with several claims run\", function()\n"
     "    local world <close> = testing.world{\n"
     "      nodes = {\"node-1\", \"node-2\"},\n"
     "      classes = {gpu = {}, nic = {}},\n"
     "      policy = testing.beside \"%s\",\n"
     "    }\n"
     "    world:pod(\"pod\", {\"gpu\", \"nic\"})\n"
     "    assert.is_string(world:run()[\"default/pod\"].node)\n"
     "  end)\n"},
    {NULL, NULL, NULL},
};
