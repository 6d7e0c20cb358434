package chandra_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	chandra "github.com/chandra-dra/chandra/bindings/go"
)

const scoring = `--!chandra api=1 name=scoring version=2.0.0
return {
  scores = function(_, _, nodes)
    return nodes:score(function(node) return node.name == "node-2" and 70 or 10 end)
  end,
  suggest = function(cx, _, nodes)
    cx:note("look at node-1")
    return nodes, cx:node("node-1")
  end,
}
`

func TestScores(t *testing.T) {
	r := newRig(t, nil)
	r.policy(scoring, nil)
	cycle := r.cycle(r.pod("trainer"))
	r.is(cycle.PreFilter(), chandra.Success)
	nodes, answer := cycle.FilterAll(nil)
	r.is(answer, chandra.Success)
	r.is(cycle.PreScore(nodes), chandra.Success)
	scores, answer := cycle.Score(nodes)
	r.is(answer, chandra.Success)
	one, ok := scores.Of("node-1")
	two, _ := scores.Of("node-2")
	if !ok || one != 0 && one >= two || two != 100 && two != 70 {
		t.Fatalf("scores %d and %d", one, two)
	}
	if _, ok := scores.Of("node-3"); ok {
		t.Fatal("a node that does not exist has a score")
	}
	r.equal(scores.Nodes().Names(), []string{"node-1", "node-2"})
	index, _ := cycle.Nodes().Index("node-2")
	r.equal(scores.ByIndex()[index], two)
	node, ok := cycle.Suggested(nodes)
	if !ok || node != "node-1" {
		t.Fatalf("suggested %q", node)
	}
	if !strings.HasPrefix(cycle.PolicyText(), "scoring@2.0.0 sha256:") {
		t.Fatalf("policy %s", cycle.PolicyText())
	}
	notes := cycle.Notes()
	if len(notes) != 1 || notes[0] != (chandra.Note{Policy: "scoring", Hook: "suggest", Claim: -1, Text: "look at node-1"}) {
		t.Fatalf("notes %+v", notes)
	}
}

func TestWithoutOpinion(t *testing.T) {
	r := newRig(t, nil)
	cycle := r.cycle(r.pod("trainer"))
	r.is(cycle.PreFilter(), chandra.Success)
	_, answer := cycle.Score(cycle.Nodes().All())
	r.is(answer, chandra.Skip)
	r.equal(cycle.PolicyText(), "builtin")
	r.equal(cycle.Fault(), "")
	r.equal(cycle.Released(), -1)
	r.equal(len(cycle.Notes()), 0)
	r.equal(len(cycle.Removals()), 0)
}

func TestFilterOfOneNode(t *testing.T) {
	r := newRig(t, nil)
	r.policy(fastOnly, nil)
	cycle := r.cycle(r.pod("trainer"))
	r.is(cycle.PreFilter(), chandra.Success)
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			one, two := cycle.Filter("node-1"), cycle.Filter("node-2")
			if one.Code != chandra.Unresolvable || two.Code != chandra.Success || two.Reason != "" {
				t.Errorf("%v and %v", one, two)
			}
		}()
	}
	group.Wait()
	if cycle.Filter("nobody").Code == chandra.Success || cycle.Filter(strings.Repeat("n", 300)).Code == chandra.Success ||
		cycle.Filter("node-2\x00").Code == chandra.Success {
		t.Fatal("a node that does not exist passes")
	}
}

func TestSets(t *testing.T) {
	r := newRig(t, nil)
	first := r.cycle(r.pod("trainer"))
	second := r.cycle(r.pod("trainer"))
	if first.Nodes() != second.Nodes() {
		t.Fatal("cycles do not share the table")
	}
	table := first.Nodes()
	old := table.Set("node-2", "nobody")
	r.equal(table.Len(), 2)
	r.equal(old.Names(), []string{"node-2"})
	r.equal(old.Len(), 1)
	if old.Add("nobody") || !old.Add("node-1") || old.Table() != table {
		t.Fatal("Add")
	}
	old.Remove("node-1")
	old.Remove("nobody")
	if old.Has("node-1") || old.HasIndex(-1) || old.HasIndex(1000) || table.Name(-1) != "" || table.Name(1000) != "" {
		t.Fatal("Has")
	}

	for i := 3; i < 200; i++ {
		r.load(fmt.Sprintf("{apiVersion: v1, kind: Node, metadata: {name: node-%d}}", i))
	}
	r.settle()
	third := r.cycle(r.pod("trainer"))
	r.is(third.PreFilter(), chandra.Success)
	r.equal(third.Nodes().Len(), 199)
	nodes, answer := third.FilterAll(nil)
	r.is(answer, chandra.Success)
	r.equal(nodes.Len(), 199)
	r.equal(third.Nodes().All().Len(), 199)
	nodes, answer = third.FilterAll(old) // by names, since it is a set of another table
	r.is(answer, chandra.Success)
	r.equal(nodes.Names(), []string{"node-2"})
	count := 0
	third.Nodes().All().Each(func(index int, name string) bool {
		count++
		return third.Nodes().Name(index) == name && count < 5
	})
	r.equal(count, 5)
	r.is(second.PreFilter(), chandra.Success)
	if second.Nodes() != third.Nodes() {
		t.Fatal("PreFilter did not bring the new table")
	}
}

func TestFailingPolicy(t *testing.T) {
	r := newRig(t, nil)
	r.policy("--!chandra api=1 name=broken version=1.0.0\nreturn {match = function() error('no idea') end}", nil)
	cycle := r.cycle(r.pod("trainer"))
	r.is(cycle.PreFilter(), chandra.Success)
	nodes, answer := cycle.FilterAll(nil)
	r.is(answer, chandra.Failed)
	if nodes != nil || answer.Status != chandra.ErrScript || !strings.Contains(answer.Reason, "no idea") {
		t.Fatalf("%v %v", nodes, answer)
	}
	r.fails(answer.Err(), chandra.ErrScript)
	if !strings.Contains(cycle.Fault(), "no idea") {
		t.Fatalf("fault %q", cycle.Fault())
	}
}

func TestShadow(t *testing.T) {
	r := newRig(t, nil)
	policy, err := chandra.LoadPolicy([]chandra.Source{{Name: "fast.lua", Text: fastOnly}}, nil)
	r.must(err)
	defer policy.Close()
	cycle := r.cycle(r.pod("trainer"))
	r.is(cycle.PreFilter(), chandra.Success)
	shadow, err := cycle.Shadow(policy)
	r.must(err)
	cycle.Close()
	nodes, answer := shadow.FilterAll(nil)
	r.is(answer, chandra.Success)
	r.equal(nodes.Names(), []string{"node-2"})
	r.is(shadow.Reserve("node-2"), chandra.Failed)
	shadow.Close()
	_, err = shadow.Shadow(policy)
	r.fails(err, chandra.ErrClosed)
}

// negotiate lets a pod's driver allocate, and returns a cycle that has reserved.
func (r *rig) negotiate(pod *chandra.Object) *chandra.Cycle {
	r.Helper()
	r.must(r.cluster.AddDrivers("drivers.json", `{"DriverName": "gpu.example.com", "DontSetReservedFor": true}`))
	ctx := context.Background()
	cycle := r.cycle(pod)
	r.is(cycle.PreFilter(), chandra.Success)
	r.is(cycle.Reserve("node-1"), chandra.Success)
	r.is(cycle.PreBind(ctx, "node-1"), chandra.Pending)
	cycle.Unreserve(ctx, "node-1")
	r.settle()
	r.is(cycle.PreFilter(), chandra.Success)
	r.is(cycle.Reserve("node-1"), chandra.Success)
	return cycle
}

func TestContextEndsWhileTheServerIsSlow(t *testing.T) {
	r := newRig(t, nil)
	cycle := r.negotiate(r.pod("trainer"))
	r.must(r.cluster.AddFault(chandra.Fault{Path: "resourceclaims", Method: "PATCH", Delay: time.Second}))
	r.must(r.cluster.AddFault(chandra.Fault{Path: "resourceclaims", Method: "PUT", Delay: time.Second}))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	answer := cycle.PreBind(ctx, "node-1")
	r.is(answer, chandra.Failed)
	r.fails(answer.Err(), chandra.ErrCanceled)
	r.equal(answer.Reason, context.DeadlineExceeded)
	r.is(cycle.PreBind(ctx, "node-1"), chandra.Failed) // at once, since the context has ended
	r.is(cycle.PostFilter(ctx), chandra.Failed)
	done := make(chan struct{})
	go func() {
		defer close(done)
		cycle.Unreserve(context.Background(), "node-1") // waits for PreBind
	}()
	for waiting := true; waiting; {
		r.must(r.cluster.Advance(r.cluster.Now() + time.Second)) // lets the server answer
		select {
		case <-done:
			waiting = false
		case <-time.After(time.Millisecond):
		}
	}
	writes := r.cluster.Writes()
	last := writes[len(writes)-1]
	if last.Kind != "ResourceClaim" || last.Actor != "scheduler" || last.Status != 200 {
		t.Fatalf("the reservation was not given back: %+v", last)
	}
}

func TestPreBindFails(t *testing.T) {
	r := newRig(t, nil)
	cycle := r.negotiate(r.pod("trainer"))
	r.must(r.cluster.AddFault(chandra.Fault{Path: "resourceclaims", Method: "PUT", Status: 409, Reason: "Conflict",
		Message: "it has changed"}))
	r.must(r.cluster.AddFault(chandra.Fault{Path: "resourceclaims", Method: "PATCH", Status: 409, Reason: "Conflict",
		Message: "it has changed"}))
	answer := cycle.PreBind(context.Background(), "node-1")
	r.is(answer, chandra.Failed)
	r.fails(answer.Err(), chandra.ErrConflict)
}

func TestClosed(t *testing.T) {
	r := newRig(t, nil)
	ctx := context.Background()
	pod := r.pod("trainer")
	cycle := r.cycle(pod)
	r.engine.Close()
	r.engine.Close()
	r.cluster.Close()
	r.is(cycle.PreFilter(), chandra.Success) // the cycle keeps what it needs
	nodes, answer := cycle.FilterAll(nil)
	r.is(answer, chandra.Success)
	r.equal(nodes.Len(), 2)
	r.is(r.engine.PreEnqueue(pod), chandra.Failed)
	_, err := r.engine.NewCycle(pod)
	r.fails(err, chandra.ErrClosed)
	r.fails(r.engine.Start(), chandra.ErrClosed)
	r.fails(r.engine.SetPolicy(nil), chandra.ErrClosed)
	r.fails(r.cluster.Load("x", ""), chandra.ErrClosed)
	_, err = r.cluster.Do(ctx, chandra.Request{Path: "/version"})
	r.fails(err, chandra.ErrClosed)
	if r.engine.Get(chandra.KindPod, "demo", "trainer") != nil || r.engine.Policy() != nil || r.engine.IsSynced() {
		t.Fatal("a closed engine answers")
	}
	cycle.Close()
	r.is(cycle.PreFilter(), chandra.Failed)
	r.is(cycle.Filter("node-1"), chandra.Failed)
	r.is(cycle.PreBind(ctx, "node-1"), chandra.Failed)
	cycle.Unreserve(ctx, "node-1")
	if _, ok := cycle.Suggested(nodes); ok || cycle.Removals() != nil || cycle.Notes() != nil {
		t.Fatal("a closed cycle answers")
	}
	pod.Close()
	r.equal(pod.Meta(), chandra.Meta{})
	_, err = chandra.NewEngine(r.cluster, nil)
	r.fails(err, chandra.ErrClosed)
}

func TestNothingIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	for i := 0; i < 200; i++ {
		cluster, err := chandra.NewCluster(nil)
		must(err)
		engine, err := chandra.NewEngine(cluster, &chandra.EngineOptions{Events: 1})
		must(err)
		must(engine.Start())
		engine.Close()
		cluster.Close()
	}
	for wait := 0; runtime.NumGoroutine() > before; wait++ {
		if wait == 5000 {
			t.Fatalf("%d goroutines, before %d", runtime.NumGoroutine(), before)
		}
		wait1ms()
	}
}

// Many pods at once, while policies are swapped and nodes come and go.
func TestManyAtOnce(t *testing.T) {
	r := newRig(t, &chandra.EngineOptions{Events: 16})
	const count = 24
	r.pods(count)
	ctx, stop := context.WithCancel(context.Background())
	var background sync.WaitGroup
	background.Add(3)
	go func() {
		defer background.Done()
		for i := 3; ctx.Err() == nil; i++ {
			r.load(fmt.Sprintf("{apiVersion: v1, kind: Node, metadata: {name: node-%d}}", i))
			r.settle()
		}
	}()
	go func() {
		defer background.Done()
		for ctx.Err() == nil {
			r.policy(fastOnly, nil)
			r.policy(scoring, nil)
		}
	}()
	go func() {
		defer background.Done()
		for ctx.Err() == nil {
			events, err := r.engine.Events(ctx)
			if err != nil && !errors.Is(err, chandra.ErrEventsLost) && ctx.Err() == nil {
				t.Error(err)
			}
			for _, event := range events {
				event.Close()
			}
		}
	}()
	var group sync.WaitGroup
	for i := 0; i < count; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			pod := r.engine.Get(chandra.KindPod, "demo", fmt.Sprintf("pod-%d", i))
			defer pod.Close()
			for round := 0; ; round++ {
				if done := try(ctx, t, r, pod); done {
					return
				}
				if round == 2000 {
					t.Errorf("pod-%d is not placed", i)
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
	}
	group.Wait()
	stop()
	background.Wait()
}

// try is one attempt; it reports whether the pod may be bound.
func try(ctx context.Context, t *testing.T, r *rig, pod *chandra.Object) bool {
	cycle, err := r.engine.NewCycle(pod)
	if err != nil {
		t.Error(err)
		return true
	}
	defer cycle.Close()
	if cycle.PreFilter().Code != chandra.Success {
		return false
	}
	nodes, answer := cycle.FilterAll(nil)
	if answer.Code != chandra.Success || nodes.Len() == 0 || !nodes.Has("node-2") {
		return false
	}
	if scores, answer := cycle.Score(nodes); answer.Code == chandra.Success {
		if _, ok := scores.Of("node-2"); !ok {
			t.Error("node-2 has no score")
		}
	}
	if answer = cycle.Reserve("node-2"); answer.Code == chandra.Success {
		answer = cycle.PreBind(ctx, "node-2")
	}
	if answer.Code != chandra.Success {
		cycle.Unreserve(ctx, "node-2")
		return false
	}
	cycle.PostBind(ctx, "node-2")
	return true
}
