package chandra

// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"sync"
)

// ErrEventsLost says that events had no room to wait: anything may have changed.
var ErrEventsLost = errors.New("chandra: events were lost")

// Event is a change that the engine's cache has taken in. Close it.
type Event struct {
	Kind Kind
	Old  *Object // nil: the object is new
	New  *Object // nil: the object was deleted
}

// Close gives up both objects.
func (e *Event) Close() {
	if e.Old != nil {
		e.Old.Close()
	}
	if e.New != nil {
		e.New.Close()
	}
}

// events are what an engine has told and nobody has fetched yet.
type events struct {
	c      *C.struct_ch_go_events
	bell   *bell
	closed chan struct{} // closed when the engine is
	once   sync.Once
}

func newEvents(capacity int) (*events, error) {
	bell, fd, err := newBell()
	if err != nil {
		return nil, err
	}
	c := C.ch_go_events_new(C.uint32_t(capacity), fd)
	if c == nil {
		bell.end()
		return nil, ErrNoMemory
	}
	return &events{c: c, bell: bell, closed: make(chan struct{})}, nil
}

func (e *events) free() {
	if e != nil {
		C.ch_go_events_free(e.c)
		e.bell.end()
	}
}

const eventBatch = 64

// fetch takes what there is, at most a batch.
func (e *events) fetch() ([]Event, error) {
	var items [eventBatch]C.struct_ch_go_event
	var lost C.bool
	count := int(C.ch_go_events_read(e.c, &items[0], eventBatch, &lost))
	if lost {
		return nil, ErrEventsLost
	}
	list := make([]Event, count)
	for i := range list {
		event := Event{Old: newObject(items[i].old_object), New: newObject(items[i].new_object)}
		some := items[i].new_object
		if some == nil {
			some = items[i].old_object
		}
		event.Kind = Kind(C.chandra_object_kind(some))
		list[i] = event
	}
	return list, nil
}

// Events waits until the cache has changed, and returns the changes in order, each to be closed. Hosts wake parked
// pods by them, see Hint. It is for one goroutine. Errors: ErrEventsLost, once, when more came than
// EngineOptions.Events had room for, after those that had room: then wake every pod; ErrClosed; the context's.
func (e *Engine) Events(ctx context.Context) ([]Event, error) {
	if e.events == nil {
		return nil, &Error{ErrInvalid, "no events are kept: EngineOptions.Events is 0"}
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !e.acquire() {
			return nil, ErrClosed
		}
		list, err := e.events.fetch()
		e.release()
		if len(list) > 0 || err != nil {
			return list, err
		}
		select {
		case <-ctx.Done():
		case <-e.events.closed:
		case <-e.events.bell.rung:
		}
	}
}
