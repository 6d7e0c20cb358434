package chandra

// #include "shim.h"
import "C"

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// hub brings messages of the library to the loggers of this process.
type hub struct {
	reading sync.Mutex // who holds it hands messages out
	mutex   sync.Mutex // of all below
	queue   *C.struct_ch_go_log
	sinks   map[*slog.Logger]*C.struct_ch_go_sink
	loggers []*slog.Logger // by id of their sink
}

var logs = hub{sinks: map[*slog.Logger]*C.struct_ch_go_sink{}}

// start lets a goroutine wait for messages as long as the process lives. The mutex is held.
func (h *hub) start() error {
	if h.queue != nil {
		return nil
	}
	bell, fd, err := newBell()
	if err != nil {
		return err
	}
	h.queue = C.ch_go_log_new(fd)
	if h.queue == nil {
		bell.end()
		return ErrNoMemory
	}
	go func() {
		for range bell.rung {
			h.flush()
		}
	}()
	return nil
}

// sink returns what leads to a logger. It lives as long as the process, since a policy may log for as long as
// anybody holds it; there is one for each logger.
func (h *hub) sink(logger *slog.Logger) (*C.struct_ch_go_sink, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if sink := h.sinks[logger]; sink != nil {
		return sink, nil
	}
	if err := h.start(); err != nil {
		return nil, err
	}
	sink := C.ch_go_sink_new(h.queue, C.uint32_t(len(h.loggers)))
	if sink == nil {
		return nil, ErrNoMemory
	}
	h.sinks[logger] = sink
	h.loggers = append(h.loggers, logger)
	return sink, nil
}

// logger is the library's side of a logger, which may be nil.
func (h *hub) logger(logger *slog.Logger) (C.struct_chandra_logger, error) {
	if logger == nil {
		return C.struct_chandra_logger{}, nil
	}
	sink, err := h.sink(logger)
	if err != nil {
		return C.struct_chandra_logger{}, err
	}
	return C.struct_chandra_logger{fn: C.chandra_log_fn(C.ch_go_log_write), user: unsafe.Pointer(sink)}, nil
}

func (h *hub) loggerOf(id uint32) *slog.Logger {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.loggers[id]
}

func (h *hub) messages() *C.struct_ch_go_log {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.queue
}

var levels = [...]slog.Level{slog.LevelError, slog.LevelWarn, slog.LevelInfo, slog.LevelDebug}

// hand gives whole messages to their loggers; see ch_go_log_read().
func (h *hub) hand(messages []byte) {
	for len(messages) > 0 {
		id := binary.NativeEndian.Uint32(messages)
		level := levels[binary.NativeEndian.Uint32(messages[4:])]
		end := 12 + binary.NativeEndian.Uint32(messages[8:])
		h.loggerOf(id).Log(context.Background(), level, string(messages[12:end]))
		messages = messages[end:]
	}
}

// flush hands out all messages that there are.
func (h *hub) flush() {
	h.reading.Lock()
	defer h.reading.Unlock()
	queue := h.messages()
	if queue == nil {
		return
	}
	buffer := make([]byte, 1<<16)
	for {
		var lost C.uint64_t
		var loser C.uint32_t
		count := C.ch_go_log_read(queue, (*C.char)(unsafe.Pointer(&buffer[0])), C.size_t(len(buffer)), &lost, &loser)
		h.hand(buffer[:count])
		if lost > 0 {
			h.loggerOf(uint32(loser)).Warn(fmt.Sprintf("%d messages of chandra were lost: too many at once", uint64(lost)))
		}
		if count == 0 {
			return
		}
	}
}

// FlushLogs returns once every message that the library has logged so far has been given to its logger. Handlers
// of these loggers must not call it.
func FlushLogs() {
	logs.flush()
}

// bell is rung by C threads through a pipe; nothing waits in a C call.
type bell struct {
	rung chan struct{}
	end  func() // takes the bell down; nobody may ring it any more
}

func newBell() (*bell, C.int, error) {
	var ends [2]C.int
	if code := C.ch_go_pipe(&ends[0]); code != 0 {
		return nil, 0, &Error{ErrIO, "cannot make a pipe: " + syscall.Errno(code).Error()}
	}
	reader := os.NewFile(uintptr(ends[0]), "chandra")
	b := &bell{rung: make(chan struct{}, 1)}
	b.end = func() { C.ch_go_close(ends[1]) }
	go func() {
		defer reader.Close()
		defer close(b.rung)
		var bytes [64]byte
		for {
			if _, err := reader.Read(bytes[:]); err != nil {
				return
			}
			select {
			case b.rung <- struct{}{}:
			default:
			}
		}
	}()
	return b, ends[1], nil
}
