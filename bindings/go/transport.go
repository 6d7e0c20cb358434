package chandra

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"net/http"
	"unsafe"
)

// Transport is a way to an API server: a *Server or a *Cluster.
type Transport interface {
	// Do sends a request and waits for its answer; see Request.
	Do(ctx context.Context, request Request) ([]byte, error)
	// Close gives the transport up. Engines on it stay good.
	Close()

	base() *transport
}

// Request is a plain API request.
type Request struct {
	Method      string // GET, POST, PUT, PATCH or DELETE; "" is GET
	Path        string // from the server's root, with the query
	ContentType string // of the body; "" is application/json
	Body        []byte
}

// transport is what all ways have in common.
type transport struct {
	handle
	c *C.struct_chandra_transport
}

func (t *transport) base() *transport { return t }

var methods = map[string]C.enum_chandra_method{
	"":                C.CHANDRA_GET,
	http.MethodGet:    C.CHANDRA_GET,
	http.MethodPost:   C.CHANDRA_POST,
	http.MethodPut:    C.CHANDRA_PUT,
	http.MethodPatch:  C.CHANDRA_PATCH,
	http.MethodDelete: C.CHANDRA_DELETE,
}

// Do sends a request and returns the body of its answer, in JSON. A server's refusal is an error with the
// status of its kind, such as ErrConflict. When the context ends first, the request may still take effect.
func (t *transport) Do(ctx context.Context, request Request) ([]byte, error) {
	method, ok := methods[request.Method]
	if !ok {
		return nil, &Error{ErrInvalid, fmt.Sprintf("no method %q", request.Method)}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !t.acquire() {
		return nil, ErrClosed
	}
	type result struct {
		body []byte
		err  error
	}
	r, err := await(ctx, func() result {
		defer t.release()
		body, err := t.send(method, &request)
		return result{body, err}
	})
	if err != nil {
		return nil, err
	}
	return r.body, r.err
}

func (t *transport) send(method C.enum_chandra_method, request *Request) ([]byte, error) {
	var a arena
	defer a.free()
	var json *C.char
	var length C.size_t
	var report C.struct_chandra_error
	c := (*C.struct_chandra_request)(a.alloc(C.sizeof_struct_chandra_request))
	*c = C.struct_chandra_request{
		method:       method,
		path:         a.text(request.Path),
		content_type: a.option(request.ContentType),
	}
	if len(request.Body) > 0 {
		c.body = a.text(string(request.Body))
		c.body_len = C.size_t(len(request.Body))
	}
	if err := failure(C.ch_go_request(t.c, c, &json, &length, &report), &report); err != nil {
		return nil, err
	}
	defer C.chandra_free(unsafe.Pointer(json))
	return C.GoBytes(unsafe.Pointer(json), C.int(length)), nil
}

// await returns what work does, or an error when the context ends first. Work goes on all the same: a call
// into the library cannot be stopped.
func await[T any](ctx context.Context, work func() T) (T, error) {
	if ctx.Done() == nil {
		return work(), nil
	}
	done := make(chan T, 1)
	go func() { done <- work() }()
	select {
	case result := <-done:
		return result, nil
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
