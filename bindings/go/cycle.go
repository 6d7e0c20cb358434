package chandra

// #include "shim.h"
import "C"

import (
	"context"
	"sync"
	"unsafe"
)

// Cycle is one attempt to schedule one pod: the extension points of the scheduler framework, which are to be called
// in its order. Calls are made one at a time, but for Filter, which any number of goroutines may call at once; all
// others wait for each other. Close it.
//
// PostFilter, PreBind, Unreserve and PostBind wait for the API server. When their context ends first they return at
// once, but the call goes on, and the next one waits for it.
type Cycle struct {
	handle
	engine *Engine
	c      *C.struct_chandra_cycle
	mutex  sync.RWMutex
	table  *NodeTable
}

// NewCycle begins an attempt. The pod comes from Get or Decode, and may be closed afterwards.
func (e *Engine) NewCycle(pod *Object) (*Cycle, error) {
	if !e.acquire() {
		return nil, ErrClosed
	}
	cPod, ok, done := pod.use()
	if !ok {
		e.release()
		return nil, ErrClosed
	}
	defer done()
	var c *C.struct_chandra_cycle
	var nodes C.struct_ch_go_nodes
	var report C.struct_chandra_error
	if err := failure(C.ch_go_cycle_new(e.c, cPod, &c, &nodes, &report), &report); err != nil {
		e.release()
		return nil, err
	}
	return e.newCycle(c, e.tableFor(c, &nodes)), nil
}

// newCycle takes over a cycle and a use of the engine.
func (e *Engine) newCycle(c *C.struct_chandra_cycle, table *NodeTable) *Cycle {
	cycle := &Cycle{engine: e, c: c, table: table}
	cycle.open(func() {
		C.chandra_cycle_free(c)
		e.release()
	})
	return cycle
}

// begin lets one call use the cycle; end it afterwards.
func (c *Cycle) begin() bool {
	if !c.acquire() {
		return false
	}
	c.mutex.Lock()
	return true
}

func (c *Cycle) end() {
	c.mutex.Unlock()
	c.release()
}

// point asks at an extension point.
func (c *Cycle) point(call func(*C.struct_chandra_answer)) Answer {
	if !c.begin() {
		return failed(ErrClosed)
	}
	defer c.end()
	return ask(call)
}

// waiting asks at a point that waits for the API server.
func (c *Cycle) waiting(ctx context.Context, call func(*C.struct_chandra_answer)) Answer {
	if !c.begin() {
		return failed(ErrClosed)
	}
	answer, err := await(ctx, func() Answer {
		defer c.end()
		return ask(call)
	})
	if err != nil {
		return failed(err)
	}
	return answer
}

// SetQueue names the queue of the pod, by which a configuration may choose policies.
func (c *Cycle) SetQueue(queue string) error {
	if !c.begin() {
		return ErrClosed
	}
	defer c.end()
	var a arena
	defer a.free()
	var report C.struct_chandra_error
	return failure(C.chandra_cycle_set_queue(c.c, a.text(queue), &report), &report)
}

// PreFilter starts the attempt afresh. Skip says that there is nothing to filter.
func (c *Cycle) PreFilter() Answer {
	return c.point(func(answer *C.struct_chandra_answer) {
		var nodes C.struct_ch_go_nodes
		C.ch_go_pre_filter(c.c, &nodes, answer)
		c.table = c.engine.tableFor(c.c, &nodes)
	})
}

// Nodes returns the nodes of the attempt's consistent picture of the cluster, those of the last PreFilter.
func (c *Cycle) Nodes() *NodeTable {
	c.mutex.RLock()
	defer c.mutex.RUnlock()
	return c.table
}

// Filter answers for one node.
func (c *Cycle) Filter(node string) Answer {
	if !c.acquire() {
		return failed(ErrClosed)
	}
	defer c.release()
	c.mutex.RLock()
	defer c.mutex.RUnlock()
	return ask(func(answer *C.struct_chandra_answer) { C.ch_go_filter(c.c, lend(node), answer) })
}

// FilterAll answers for many nodes in one call: candidates, or all nodes for nil. The answer is Success, and the
// nodes that passed are returned, or Failed when the attempt must be given up, and there are none.
func (c *Cycle) FilterAll(candidates *NodeSet) (*NodeSet, Answer) {
	var feasible *NodeSet
	answer := c.point(func(answer *C.struct_chandra_answer) {
		var from *C.uint64_t
		feasible = c.table.empty()
		if candidates != nil {
			from = candidates.in(c.table).pointer()
		}
		C.ch_go_filter_all(c.c, from, feasible.pointer(), answer)
	})
	if answer.Code != Success {
		return nil, answer
	}
	return feasible, answer
}

// Why answers why Filter rejects a node: Unresolvable with a reason, or Success. It costs nothing before it is asked.
func (c *Cycle) Why(node string) Answer {
	return c.point(func(answer *C.struct_chandra_answer) { C.ch_go_why(c.c, lend(node), answer) })
}

// PostFilter is for when no node was left; it may ask a driver to free a claim.
func (c *Cycle) PostFilter(ctx context.Context) Answer {
	if err := ctx.Err(); err != nil {
		return failed(err)
	}
	return c.waiting(ctx, func(answer *C.struct_chandra_answer) { C.chandra_cycle_post_filter(c.c, answer) })
}

// PreScore looks at the feasible nodes, when there are two or more.
func (c *Cycle) PreScore(nodes *NodeSet) Answer {
	return c.point(func(answer *C.struct_chandra_answer) {
		C.ch_go_pre_score(c.c, nodes.in(c.table).pointer(), answer)
	})
}

// Score answers for nodes in one call: Success and a score for each, or Skip when the policy has no opinion.
func (c *Cycle) Score(nodes *NodeSet) (*NodeScores, Answer) {
	var scores *NodeScores
	answer := c.point(func(answer *C.struct_chandra_answer) {
		scores = &NodeScores{nodes.in(c.table), make([]int64, c.table.Capacity()+1)}
		C.ch_go_score(c.c, scores.nodes.pointer(), (*C.int64_t)(unsafe.Pointer(&scores.values[0])), answer)
	})
	if answer.Code != Success {
		return nil, answer
	}
	scores.values = scores.values[:len(scores.values)-1]
	return scores, answer
}

// Suggested returns the node that the policy suggests among nodes; false when it has no opinion, or failed.
func (c *Cycle) Suggested(nodes *NodeSet) (node string, ok bool) {
	if !c.begin() {
		return "", false
	}
	defer c.end()
	index := C.ch_go_suggested(c.c, nodes.in(c.table).pointer())
	if index == C.CHANDRA_NODESET_END {
		return "", false
	}
	return c.table.Name(int(index)), true
}

// Reserve takes a node. It never writes. Unschedulable says that the hard rules forbid the node.
func (c *Cycle) Reserve(node string) Answer {
	return c.point(func(answer *C.struct_chandra_answer) { C.ch_go_reserve(c.c, lend(node), answer) })
}

// PreBind publishes the PodSchedulingContext, and answers Pending then, or reserves the claims.
func (c *Cycle) PreBind(ctx context.Context, node string) Answer {
	if err := ctx.Err(); err != nil {
		return failed(err)
	}
	return c.waiting(ctx, func(answer *C.struct_chandra_answer) { C.ch_go_pre_bind(c.c, lend(node), answer) })
}

// Unreserve publishes what is left to publish and gives every reservation back. It is done also for a context that
// has ended already, in the background then. Failures are logged.
func (c *Cycle) Unreserve(ctx context.Context, node string) {
	c.waiting(ctx, func(*C.struct_chandra_answer) { C.ch_go_unreserve(c.c, lend(node)) })
}

// PostBind deletes the PodSchedulingContext. It is done also for a context that has ended already, in the background
// then. Failures are logged.
func (c *Cycle) PostBind(ctx context.Context, node string) {
	c.waiting(ctx, func(*C.struct_chandra_answer) { C.ch_go_post_bind(c.c, lend(node)) })
}

// PolicyText names the policies that decide, as "NAME@VERSION sha256:...", separated by commas, or "builtin".
func (c *Cycle) PolicyText() string {
	if !c.begin() {
		return ""
	}
	defer c.end()
	var text [textSize]C.char
	C.chandra_cycle_policy_text(c.c, &text[0], textSize)
	return C.GoString(&text[0])
}

// Removal is one reason for which nodes were removed.
type Removal struct {
	Claim  int    // number of the pod's claim, from 0
	Policy string // that removed them, "builtin" for the hard rules
	Rule   string // the reason, for people
	Nodes  *NodeSet
}

// Removals explains Filter: which nodes were removed, and why; nothing before it was asked.
func (c *Cycle) Removals() []Removal {
	if !c.begin() {
		return nil
	}
	defer c.end()
	removals := make([]Removal, 0, C.chandra_cycle_removal_count(c.c))
	for {
		var removal C.struct_ch_go_removal
		nodes := c.table.empty()
		if !C.ch_go_removal(c.c, C.size_t(len(removals)), &removal, nodes.pointer()) {
			return removals
		}
		removals = append(removals, Removal{
			Claim:  int(removal.claim),
			Policy: copied(removal.policy),
			Rule:   copied(removal.rule),
			Nodes:  nodes,
		})
	}
}

// Note is what a policy wants people to know about its decision.
type Note struct {
	Policy string
	Hook   string
	Claim  int // number of the pod's claim, or -1
	Text   string
}

// Notes returns the notes of the attempt, the oldest first.
func (c *Cycle) Notes() []Note {
	if !c.begin() {
		return nil
	}
	defer c.end()
	notes := make([]Note, 0, C.chandra_cycle_note_count(c.c))
	for {
		var note C.struct_ch_go_note
		if !C.ch_go_note(c.c, C.size_t(len(notes)), &note) {
			return notes
		}
		notes = append(notes, Note{
			Policy: copied(note.policy),
			Hook:   copied(note.hook),
			Claim:  claimNumber(note.claim),
			Text:   copied(note.text),
		})
	}
}

func claimNumber(number C.size_t) int {
	if number == C.SIZE_MAX {
		return -1
	}
	return int(number)
}

// Released returns the number of the claim that PostFilter asked to give back, or -1.
func (c *Cycle) Released() int {
	if !c.begin() {
		return -1
	}
	defer c.end()
	return claimNumber(C.chandra_cycle_released(c.c))
}

// Fault returns the message of the policy's last failure in the attempt, or "".
func (c *Cycle) Fault() string {
	if !c.begin() {
		return ""
	}
	defer c.end()
	return C.GoString(C.chandra_cycle_fault(c.c))
}

// Shadow returns an attempt in which another policy decides for the same pod in exactly the same state, and nothing
// is ever written: the points that act answer Failed. It is made between PreFilter and Reserve. Close it.
func (c *Cycle) Shadow(policy *Policy) (*Cycle, error) {
	if !c.begin() {
		return nil, ErrClosed
	}
	defer c.end()
	if !policy.acquire() {
		return nil, ErrClosed
	}
	defer policy.release()
	if !c.engine.acquire() {
		return nil, ErrClosed
	}
	var shadow *C.struct_chandra_cycle
	var report C.struct_chandra_error
	if err := failure(C.chandra_cycle_shadow(c.c, policy.c, &shadow, &report), &report); err != nil {
		c.engine.release()
		return nil, err
	}
	return c.engine.newCycle(shadow, c.table), nil
}
