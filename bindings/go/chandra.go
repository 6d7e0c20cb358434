package chandra

// #cgo pkg-config: chandra-lua chandra
// #include "shim.h"
import "C"

import (
	"errors"
	"sync/atomic"
	"unsafe"
)

//go:generate sh stamp.sh

// Version returns the version of the library that is linked, such as "0.1.0".
func Version() string {
	return C.GoString(C.chandra_version())
}

// Stamp returns a hash of the headers and archives of the library that this package was built with, or "" when
// stamp.sh was not run.
func Stamp() string {
	return C.GoString(C.ch_go_stamp())
}

// ErrClosed is the error of what is used after its Close.
var ErrClosed = errors.New("chandra: closed")

const closedBit = 1 << 62

// handle counts who uses something of the library's: its owner until Close, what was made from it, and calls
// under way. The last one frees it, so that Close never pulls anything away.
type handle struct {
	users atomic.Int64
	free  func()
}

func (h *handle) open(free func()) {
	h.users.Store(1)
	h.free = free
}

// acquire reports whether there still is something to use; then it must be released.
func (h *handle) acquire() bool {
	for {
		users := h.users.Load()
		if users <= 0 || users&closedBit != 0 {
			return false
		}
		if h.users.CompareAndSwap(users, users+1) {
			return true
		}
	}
}

func (h *handle) release() {
	if h.users.Add(-1) == closedBit {
		h.free()
	}
}

// Close gives up what it is called on; a second call does nothing. What was made from it and calls under way
// stay good: memory is freed when the last of them is closed or has returned.
func (h *handle) Close() {
	for {
		users := h.users.Load()
		if users <= 0 || users&closedBit != 0 {
			return
		}
		if h.users.CompareAndSwap(users, users|closedBit) {
			h.release()
			return
		}
	}
}

// arena is C memory for the arguments of one call.
type arena struct {
	blocks []unsafe.Pointer
}

func (a *arena) alloc(size uintptr) unsafe.Pointer {
	block := C.chandra_realloc(nil, C.size_t(size))
	if block == nil {
		panic("chandra: out of memory")
	}
	a.blocks = append(a.blocks, block)
	return block
}

// text copies a string.
func (a *arena) text(s string) *C.char {
	block := a.alloc(uintptr(len(s)) + 1)
	bytes := unsafe.Slice((*byte)(block), len(s)+1)
	copy(bytes, s)
	bytes[len(s)] = 0
	return (*C.char)(block)
}

// option copies a string; "" is NULL, which leaves the default.
func (a *arena) option(s string) *C.char {
	if s == "" {
		return nil
	}
	return a.text(s)
}

// texts copies strings into an array of them.
func (a *arena) texts(list []string) **C.char {
	array := a.alloc(uintptr(len(list)+1) * unsafe.Sizeof((*C.char)(nil)))
	for i, s := range list {
		unsafe.Slice((**C.char)(array), len(list))[i] = a.text(s)
	}
	return (**C.char)(array)
}

func (a *arena) free() {
	for _, block := range a.blocks {
		C.chandra_free(block)
	}
	a.blocks = nil
}

// lend lends a string to C for one call.
func lend(s string) C.struct_ch_go_text {
	return C.struct_ch_go_text{
		data: (*C.char)(unsafe.Pointer(unsafe.StringData(s))),
		len:  C.size_t(len(s)),
	}
}

// lendBytes lends bytes to C for one call; nil stays NULL, and what is empty does not.
func lendBytes(b []byte) C.struct_ch_go_text {
	return C.struct_ch_go_text{
		data: (*C.char)(unsafe.Pointer(unsafe.SliceData(b))),
		len:  C.size_t(len(b)),
	}
}

// copied copies text of the library's.
func copied(text C.struct_ch_go_text) string {
	return C.GoStringN(text.data, C.int(text.len))
}
