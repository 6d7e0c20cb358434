package chandra

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
	"unsafe"
)

// FailurePolicy says what happens to a pod whose policy fails.
type FailurePolicy int

// The failure policies.
const (
	Fail   FailurePolicy = iota // it waits, with the policy's error as its reason
	Ignore                      // the hard rules decide for it; the error is logged
)

// ClaimNaming says how claims from templates are named.
type ClaimNaming int

// The namings.
const (
	NamingDetect        ClaimNaming = iota // ask the API server's version
	NamingStatus                           // as pod.status.resourceClaimStatuses says, from 1.28 on
	NamingDeterministic                    // POD-ENTRY, before
)

// EngineOptions are those of an engine. The zero value is that of kube-scheduler's plugin.
type EngineOptions struct {
	Disabled      bool          // the gate DynamicResourceAllocation is off
	FailurePolicy FailurePolicy // default Fail
	ClaimNaming   ClaimNaming   // default NamingDetect
	Seed          uint64        // of every random choice; 0 is 1
	FieldManager  string        // "" is kube-scheduler
	WithoutPods   bool          // do not keep pods in the cache
	NodeLabels    bool          // read no more of nodes than names, labels and annotations
	Logger        *slog.Logger  // nil drops messages
	Events        int           // how many events may wait for Events to fetch them; 0: none are kept
}

// Engine is a cache of the cluster and the decisions taken from it. One serves any number of goroutines.
type Engine struct {
	handle
	c      *C.struct_chandra_engine
	events *events // nil when nobody asked for them
	table  atomic.Pointer[NodeTable]
}

// NewEngine makes an engine on a transport, which it keeps. Nothing is requested before Start. Options may be nil.
func NewEngine(transport Transport, options *EngineOptions) (*Engine, error) {
	if options == nil {
		options = &EngineOptions{}
	}
	base := transport.base()
	if !base.acquire() {
		return nil, ErrClosed
	}
	e := &Engine{}
	if err := e.make(base, options); err != nil {
		e.events.free()
		base.release()
		return nil, err
	}
	e.open(func() {
		C.chandra_engine_free(e.c)
		e.events.free()
		logs.flush()
		base.release()
	})
	return e, nil
}

func (e *Engine) make(base *transport, options *EngineOptions) error {
	logger, err := logs.logger(options.Logger)
	if err != nil {
		return err
	}
	var a arena
	defer a.free()
	c := C.struct_chandra_engine_options{
		size:           C.sizeof_struct_chandra_engine_options,
		is_disabled:    C.bool(options.Disabled),
		failure_policy: C.enum_chandra_failure_policy(options.FailurePolicy),
		claim_naming:   C.enum_chandra_claim_naming(options.ClaimNaming),
		seed:           C.uint64_t(max(options.Seed, 1)),
		field_manager:  a.option(options.FieldManager),
		watch_pods:     C.bool(!options.WithoutPods),
		whole_nodes:    C.bool(!options.NodeLabels),
		logger:         logger,
	}
	if options.Events > 0 {
		if e.events, err = newEvents(options.Events); err != nil {
			return err
		}
		c.on_event = (*[0]byte)(C.ch_go_events_write)
		c.on_event_user = unsafe.Pointer(e.events.c)
	}
	var report C.struct_chandra_error
	return failure(C.chandra_engine_new(base.c, &c, &e.c, &report), &report)
}

// Close stops the engine and gives it up; a second call does nothing. Cycles and calls under way stay good: memory is
// freed when the last of them is closed or has returned.
func (e *Engine) Close() {
	if e.events != nil {
		e.events.once.Do(func() { close(e.events.closed) })
	}
	e.handle.Close()
}

// Start begins to list and watch, and returns at once; see WaitForSync.
func (e *Engine) Start() error {
	if !e.acquire() {
		return ErrClosed
	}
	defer e.release()
	var report C.struct_chandra_error
	return failure(C.chandra_engine_start(e.c, &report), &report)
}

// IsSynced reports whether every list has arrived once.
func (e *Engine) IsSynced() bool {
	if !e.acquire() {
		return false
	}
	defer e.release()
	return bool(C.chandra_engine_is_synced(e.c))
}

const syncPoll = 5 * time.Millisecond

// WaitForSync returns once every list has arrived. When the context ends first, the error says what is missing.
func (e *Engine) WaitForSync(ctx context.Context) error {
	ticker := time.NewTicker(syncPoll)
	defer ticker.Stop()
	for !e.IsSynced() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %s", ctx.Err(), e.SyncText())
		case <-ticker.C:
		}
		if e.isClosed() {
			return ErrClosed
		}
	}
	return nil
}

// isClosed reports whether Close was called.
func (h *handle) isClosed() bool {
	users := h.users.Load()
	return users <= 0 || users&closedBit != 0
}

const textSize = 1024

// SyncText says for people what the engine waits for, or why its last list or watch failed; "" when all is well.
func (e *Engine) SyncText() string {
	if !e.acquire() {
		return ErrClosed.Error()
	}
	defer e.release()
	var text [textSize]C.char
	C.chandra_engine_sync_text(e.c, &text[0], textSize)
	return C.GoString(&text[0])
}

// WatchText says why objects of a kind are not in step with the API server; "" when all is well, or when the kind
// is not watched.
func (e *Engine) WatchText(kind Kind) string {
	if !e.acquire() {
		return ErrClosed.Error()
	}
	defer e.release()
	var text [textSize]C.char
	C.chandra_engine_watch_text(e.c, C.enum_chandra_kind(kind), &text[0], textSize)
	return C.GoString(&text[0])
}

// SetPolicy gives the engine another policy; nil is the hard rules alone. Attempts that have begun end with the one
// they began with.
func (e *Engine) SetPolicy(policy *Policy) error {
	if !e.acquire() {
		return ErrClosed
	}
	defer e.release()
	if policy == nil {
		C.chandra_engine_set_policy(e.c, nil)
		return nil
	}
	if !policy.acquire() {
		return ErrClosed
	}
	defer policy.release()
	C.chandra_engine_set_policy(e.c, policy.c)
	return nil
}

// Policy returns the present policy, to be closed, or nil.
func (e *Engine) Policy() *Policy {
	if !e.acquire() {
		return nil
	}
	defer e.release()
	if c := C.chandra_engine_policy(e.c); c != nil {
		return newPolicy(c)
	}
	return nil
}

// Get returns an object of the cache, to be closed, or nil. Kinds without namespaces have "" for it.
func (e *Engine) Get(kind Kind, namespace, name string) *Object {
	if !e.acquire() {
		return nil
	}
	defer e.release()
	return newObject(C.ch_go_get(e.c, C.enum_chandra_kind(kind), lend(namespace), lend(name)))
}

// Count returns how many objects of a kind are in the cache.
func (e *Engine) Count(kind Kind) int {
	if !e.acquire() {
		return 0
	}
	defer e.release()
	return int(C.chandra_engine_count(e.c, C.enum_chandra_kind(kind)))
}

// about asks the engine about a pod.
func (e *Engine) about(pod *Object, call func(*C.struct_chandra_object, *C.struct_chandra_answer)) Answer {
	if !e.acquire() {
		return failed(ErrClosed)
	}
	defer e.release()
	c, ok, done := pod.use()
	if !ok {
		return failed(ErrClosed)
	}
	defer done()
	return ask(func(answer *C.struct_chandra_answer) { call(c, answer) })
}

// PreEnqueue answers whether a pod may enter the active queue. It needs no I/O.
func (e *Engine) PreEnqueue(pod *Object) Answer {
	return e.about(pod, func(c *C.struct_chandra_object, answer *C.struct_chandra_answer) {
		C.ch_go_pre_enqueue(e.c, c, answer)
	})
}

// Hint answers whether an event of a kind matters to a parked pod: Queue, QueueSkip, or Failed, which counts as
// Queue. A nil old object is an addition, a nil new one a deletion. It needs no I/O.
func (e *Engine) Hint(pod *Object, kind Kind, oldObject, newObject *Object) Answer {
	before, ok, done := oldObject.use()
	if !ok {
		return failed(ErrClosed)
	}
	defer done()
	after, ok, done := newObject.use()
	if !ok {
		return failed(ErrClosed)
	}
	defer done()
	return e.about(pod, func(c *C.struct_chandra_object, answer *C.struct_chandra_answer) {
		C.ch_go_hint(e.c, c, C.enum_chandra_kind(kind), before, after, answer)
	})
}

// HintJSON is Hint for objects in JSON, as Decode takes them; nil is no object.
func (e *Engine) HintJSON(pod *Object, kind Kind, oldObject, newObject []byte) Answer {
	return e.about(pod, func(c *C.struct_chandra_object, answer *C.struct_chandra_answer) {
		C.ch_go_hint_json(e.c, c, C.enum_chandra_kind(kind), lendBytes(oldObject), lendBytes(newObject), answer)
	})
}
