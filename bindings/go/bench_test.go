package chandra_test

import (
	"fmt"
	"strings"
	"testing"

	chandra "github.com/chandra-dra/chandra/bindings/go"
)

const benchNodes = 5000

// newBench makes a cycle over many nodes after its PreFilter; half of them suit the pod's class.
func newBench(b *testing.B) *chandra.Cycle {
	b.Helper()
	cluster, err := chandra.NewCluster(nil)
	must(err)
	b.Cleanup(cluster.Close)
	var text strings.Builder
	text.WriteString(strings.Replace(manifest, "driverName: gpu.example.com", `driverName: gpu.example.com
suitableNodes:
  nodeSelectorTerms: [{matchExpressions: [{key: gpu, operator: In, values: [yes]}]}]`, 1))
	for i := 0; i < benchNodes; i++ {
		fmt.Fprintf(&text, "---\n{apiVersion: v1, kind: Node, metadata: {name: worker-%d, labels: {gpu: '%v'}}}\n", i,
			map[bool]string{false: "no", true: "yes"}[i%2 == 0])
	}
	must(cluster.Load("bench.yaml", strings.Replace(text.String(), "[yes]", "['yes']", 1)))
	engine, err := chandra.NewEngine(cluster, nil)
	must(err)
	b.Cleanup(engine.Close)
	must(engine.Start())
	policy, err := chandra.LoadPolicy(nil, nil)
	must(err)
	must(engine.SetPolicy(policy))
	policy.Close()
	pod := engine.Get(chandra.KindPod, "demo", "trainer")
	b.Cleanup(pod.Close)
	cycle, err := engine.NewCycle(pod)
	must(err)
	b.Cleanup(cycle.Close)
	if answer := cycle.PreFilter(); answer.Code != chandra.Success {
		b.Fatal(answer)
	}
	return cycle
}

// What a crossing costs: the answer for one node is a bit test.
func BenchmarkFilter(b *testing.B) {
	cycle := newBench(b)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		cycle.Filter("worker-0")
	}
}

// Filter for all nodes, PreFilter included, as tests/bench/crossing.c does it in C.
func BenchmarkFilterAll(b *testing.B) {
	cycle := newBench(b)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		cycle.PreFilter()
		if nodes, _ := cycle.FilterAll(nil); nodes.Len() != benchNodes/2 {
			b.Fatal(nodes.Len())
		}
	}
}

// The answer again, once Filter was asked: what is left is the crossing and the copy of the set.
func BenchmarkFilterAllAgain(b *testing.B) {
	cycle := newBench(b)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		cycle.FilterAll(nil)
	}
}

// A look at each node's verdict in Go's memory.
func BenchmarkHas(b *testing.B) {
	cycle := newBench(b)
	nodes, _ := cycle.FilterAll(nil)
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		nodes.Has("worker-0")
	}
}
