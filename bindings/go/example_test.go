package chandra_test

import (
	"context"
	"fmt"
	"log"

	chandra "github.com/chandra-dra/chandra/bindings/go"
)

// Two nodes, of which one has the fast kind of GPU, and a pod that claims one.
const manifest = `
apiVersion: v1
kind: Node
metadata: {name: node-1, labels: {gpu: slow}}
---
apiVersion: v1
kind: Node
metadata: {name: node-2, labels: {gpu: fast}}
---
apiVersion: resource.k8s.io/v1alpha2
kind: ResourceClass
metadata: {name: gpu}
driverName: gpu.example.com
---
apiVersion: resource.k8s.io/v1alpha2
kind: ResourceClaim
metadata: {name: one-gpu, namespace: demo}
spec: {resourceClassName: gpu}
---
apiVersion: v1
kind: Pod
metadata: {name: trainer, namespace: demo}
spec:
  containers: [{name: main, image: trainer, resources: {claims: [{name: gpu}]}}]
  resourceClaims: [{name: gpu, source: {resourceClaimName: one-gpu}}]
`

const fastOnly = `--!chandra api=1 name=fast version=1.0.0
return {match = function(cx, claim, nodes)
  return cx:keep(nodes, function(node) return node.labels.gpu == "fast" end, "slow")
end}
`

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// newDemo makes a cluster in memory and an engine on it.
func newDemo(options *chandra.EngineOptions) (*chandra.Cluster, *chandra.Engine) {
	cluster, err := chandra.NewCluster(nil)
	must(err)
	must(cluster.Load("demo.yaml", manifest))
	must(cluster.AddDefaultDrivers())
	engine, err := chandra.NewEngine(cluster, options)
	must(err)
	must(engine.Start())
	return cluster, engine
}

// attempt is one scheduling attempt of a pod: the node that it may be bound to, or "".
func attempt(ctx context.Context, cycle *chandra.Cycle) string {
	if answer := cycle.PreFilter(); answer.Code != chandra.Success {
		fmt.Println("PreFilter", answer)
		return ""
	}
	nodes, answer := cycle.FilterAll(nil)
	if answer.Code != chandra.Success || nodes.Len() == 0 {
		fmt.Println("Filter", answer)
		return ""
	}
	node, ok := cycle.Suggested(nodes)
	if !ok {
		node = nodes.Names()[0] // a real host scores them
	}
	answer = cycle.Reserve(node)
	if answer.Code == chandra.Success {
		answer = cycle.PreBind(ctx, node) // tells the driver, or reserves the claim
	}
	fmt.Println(node, answer)
	if answer.Code == chandra.Success {
		cycle.PostBind(ctx, node)
		return node
	}
	cycle.Unreserve(ctx, node)
	return ""
}

// A whole host: it schedules a pod by a policy.
func Example() {
	ctx := context.Background()
	cluster, engine := newDemo(nil)
	defer cluster.Close()
	defer engine.Close()

	policy, err := chandra.LoadPolicy([]chandra.Source{{Name: "fast.lua", Text: fastOnly}}, nil)
	must(err)
	defer policy.Close()
	must(engine.SetPolicy(policy))

	pod := engine.Get(chandra.KindPod, "demo", "trainer")
	defer pod.Close()
	cycle, err := engine.NewCycle(pod)
	must(err)
	defer cycle.Close()
	node := ""
	for round := 0; round < 3 && node == ""; round++ {
		node = attempt(ctx, cycle)
		_, err = cluster.Settle() // the driver answers
		must(err)
	}
	_, err = cluster.Do(ctx, chandra.Request{
		Method: "POST",
		Path:   "/api/v1/namespaces/demo/pods/trainer/binding",
		Body: []byte(`{"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "trainer"},
			"target": {"kind": "Node", "name": "` + node + `"}}`),
	})
	must(err)
	fmt.Println("demo/trainer runs on", node)
	// Output:
	// node-2 Pending: PodSchedulingContext demo/trainer was published; waiting for the resource drivers
	// node-2 Success
	// demo/trainer runs on node-2
}

// All nodes in one call, and why some of them are not in the answer.
func ExampleCycle_FilterAll() {
	cluster, engine := newDemo(nil)
	defer cluster.Close()
	defer engine.Close()
	policy, err := chandra.LoadPolicy([]chandra.Source{{Name: "fast.lua", Text: fastOnly}}, nil)
	must(err)
	defer policy.Close()
	must(engine.SetPolicy(policy))
	pod := engine.Get(chandra.KindPod, "demo", "trainer")
	defer pod.Close()
	cycle, err := engine.NewCycle(pod)
	must(err)
	defer cycle.Close()

	cycle.PreFilter()
	nodes, answer := cycle.FilterAll(nil)
	fmt.Println(answer.Code, nodes.Names(), nodes.Has("node-1"))
	for _, removal := range cycle.Removals() {
		fmt.Println(removal.Policy, removal.Rule, removal.Nodes.Names())
	}
	fmt.Println(cycle.Why("node-1").Reason)
	// Output:
	// Success [node-2] false
	// fast slow [node-1]
	// claim demo/one-gpu (class gpu, driver gpu.example.com): slow (policy fast@1.0.0 sha256:34259309d1bb)
}

// Events of the cache wake parked pods.
func ExampleEngine_Events() {
	ctx := context.Background()
	cluster, engine := newDemo(&chandra.EngineOptions{Events: 100})
	defer cluster.Close()
	defer engine.Close()
	pod := engine.Get(chandra.KindPod, "demo", "trainer")
	defer pod.Close()
	must(cluster.Load("node-3.yaml", `{apiVersion: v1, kind: Node, metadata: {name: node-3}}`))
	must(cluster.Load("class.yaml",
		`{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: gpu}, driverName: new.example.com}`))
	_, err := cluster.Settle()
	must(err)

	for seen := ""; seen != "gpu"; {
		events, err := engine.Events(ctx)
		must(err)
		for _, event := range events {
			if event.New != nil {
				seen = event.New.Meta().Name
			}
			if event.Kind == chandra.KindClass && event.Old != nil {
				fmt.Println(event.Kind, seen, engine.Hint(pod, event.Kind, event.Old, event.New).Code)
			}
			event.Close()
		}
	}
	// Output:
	// ResourceClass gpu Queue
}

// A configuration chooses policies by queue, namespace, class or label.
func ExampleLoadConfig() {
	policy, err := chandra.LoadConfig(chandra.Source{
		Name: "config.yaml",
		Text: `
apiVersion: chandra.config/v1alpha1
kind: ChandraConfiguration
rules:
- name: training
  match: {queues: [training]}
  policies: [{file: fast.lua}]
default:
  policies: [{builtin: default}]
`,
	}, []chandra.Source{{Name: "fast.lua", Text: fastOnly}}, nil)
	must(err)
	defer policy.Close()

	cluster, engine := newDemo(nil)
	defer cluster.Close()
	defer engine.Close()
	must(engine.SetPolicy(policy))
	pod := engine.Get(chandra.KindPod, "demo", "trainer")
	defer pod.Close()
	for _, queue := range []string{"training", "other"} {
		cycle, err := engine.NewCycle(pod)
		must(err)
		must(cycle.SetQueue(queue))
		cycle.PreFilter()
		nodes, _ := cycle.FilterAll(nil)
		fmt.Println(queue, nodes.Names())
		cycle.Close()
	}
	// Output:
	// training [node-2]
	// other [node-1 node-2]
}
