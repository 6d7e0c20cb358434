package chandra

// #include "shim.h"
import "C"

import (
	"log/slog"
	"sync"
	"time"
	"unsafe"
)

// Source is the text of one policy.
type Source struct {
	Name   string  // of the file, for errors
	Text   string  // a Lua module
	Weight float64 // of its scores; 0 is 1
}

// PolicyOptions bound what a policy may use, for each call of a hook. Zero is the default.
type PolicyOptions struct {
	MemoryLimit      uint64        // bytes of each VM; 0 is 16 MiB
	InstructionLimit uint64        // 0 is 2,000,000
	Timeout          time.Duration // 0 is 100 ms
	MaxVMs           int           // kept for calls in parallel; 0 is 4
	Twice            bool          // ask each hook a second time in a new VM: another answer is an error
	Logger           *slog.Logger  // nil drops messages
}

func (o *PolicyOptions) options() (C.struct_chandra_lua_options, error) {
	if o == nil {
		o = &PolicyOptions{}
	}
	logger, err := logs.logger(o.Logger)
	return C.struct_chandra_lua_options{
		size:              C.sizeof_struct_chandra_lua_options,
		memory_limit:      C.size_t(o.MemoryLimit),
		instruction_limit: C.uint64_t(o.InstructionLimit),
		timeout_ms:        C.int64_t(o.Timeout.Milliseconds()),
		max_vms:           C.size_t(o.MaxVMs),
		is_twice:          C.bool(o.Twice),
		logger:            logger,
	}, err
}

// Policy is what an engine can be told to decide by: a chain of policies, or a configuration that chooses among
// chains. It never changes. Close it when it is no longer needed here; engines keep theirs.
type Policy struct {
	handle
	c *C.struct_chandra_policy
}

func newPolicy(c *C.struct_chandra_policy) *Policy {
	p := &Policy{c: c}
	p.open(func() { C.chandra_policy_unref(c) })
	return p
}

// loadPolicy makes a call that loads.
func loadPolicy(options *PolicyOptions, call func(*arena, *C.struct_chandra_lua_options, **C.struct_chandra_policy,
	*C.struct_chandra_error) C.enum_chandra_status) (*Policy, error) {
	c, err := options.options()
	if err != nil {
		return nil, err
	}
	var a arena
	defer a.free()
	var policy *C.struct_chandra_policy
	var report C.struct_chandra_error
	if err := failure(call(&a, &c, &policy, &report), &report); err != nil {
		return nil, err
	}
	return newPolicy(policy), nil
}

// sources copies texts.
func (a *arena) sources(list []Source) *C.struct_chandra_lua_source {
	array := a.alloc(uintptr(len(list)+1) * C.sizeof_struct_chandra_lua_source)
	for i, source := range list {
		unsafe.Slice((*C.struct_chandra_lua_source)(array), len(list))[i] = C.struct_chandra_lua_source{
			name:   a.text(source.Name),
			text:   a.text(source.Text),
			len:    C.size_t(len(source.Text)),
			weight: C.double(source.Weight),
		}
	}
	return (*C.struct_chandra_lua_source)(array)
}

// LoadPolicy loads a chain of policies; with none, the built-in default. Options may be nil. Errors: ErrScript
// with file, line and an excerpt, ErrBudget, ErrNoMemory.
func LoadPolicy(sources []Source, options *PolicyOptions) (*Policy, error) {
	return loadPolicy(options, func(a *arena, o *C.struct_chandra_lua_options, out **C.struct_chandra_policy,
		report *C.struct_chandra_error) C.enum_chandra_status {
		if len(sources) == 0 {
			return C.chandra_lua_policy_load(C.chandra_lua_default(), 1, o, out, report)
		}
		return C.chandra_lua_policy_load(a.sources(sources), C.size_t(len(sources)), o, out, report)
	})
}

// LoadPolicyFiles loads a chain of policies from files. Errors: also ErrIO.
func LoadPolicyFiles(paths []string, options *PolicyOptions) (*Policy, error) {
	return loadPolicy(options, func(a *arena, o *C.struct_chandra_lua_options, out **C.struct_chandra_policy,
		report *C.struct_chandra_error) C.enum_chandra_status {
		return C.chandra_lua_policy_load_files(a.texts(paths), C.size_t(len(paths)), o, out, report)
	})
}

// LoadConfigFile loads a ChandraConfiguration, which chooses a chain for each pod, and the policies that it names,
// whose paths begin at its folder.
func LoadConfigFile(path string, options *PolicyOptions) (*Policy, error) {
	return loadPolicy(options, func(a *arena, o *C.struct_chandra_lua_options, out **C.struct_chandra_policy,
		report *C.struct_chandra_error) C.enum_chandra_status {
		return C.chandra_config_load_file(a.text(path), o, out, report)
	})
}

// LoadConfig loads a ChandraConfiguration from its text and those of the files that it names, which are found by
// Name. Of the options, only Timeout, MaxVMs and Logger count: the configuration says the rest.
func LoadConfig(config Source, files []Source, options *PolicyOptions) (*Policy, error) {
	return loadPolicy(options, func(a *arena, o *C.struct_chandra_lua_options, out **C.struct_chandra_policy,
		report *C.struct_chandra_error) C.enum_chandra_status {
		var parsed *C.struct_chandra_config
		status := C.chandra_config_parse(a.text(config.Text), C.size_t(len(config.Text)), a.text(config.Name),
			&parsed, report)
		if status != C.CHANDRA_OK {
			return status
		}
		defer C.chandra_config_free(parsed)
		return C.chandra_config_load(parsed, a.sources(files), C.size_t(len(files)), o, out, report)
	})
}

// PolicyInfo is the identity of one policy.
type PolicyInfo struct {
	Name    string
	Version string
	SHA256  string // of the text, in hexadecimal
	Source  string // file, or "builtin"
	API     int    // script API that it was written for
}

// Members returns the policies of the chain; nothing after Close.
func (p *Policy) Members() []PolicyInfo {
	if !p.acquire() {
		return nil
	}
	defer p.release()
	members := make([]PolicyInfo, C.chandra_policy_count(p.c))
	for i := range members {
		info := C.chandra_policy_info_at(p.c, C.size_t(i))
		members[i] = PolicyInfo{
			Name:    C.GoString(info.name),
			Version: C.GoString(info.version),
			SHA256:  C.GoString(info.sha256),
			Source:  C.GoString(info.source),
			API:     int(info.api),
		}
	}
	return members
}

// Loader keeps an engine on the policies of some files: the last good set stays when a new one fails.
type Loader struct {
	handle
	mutex sync.Mutex
	c     *C.struct_chandra_lua_loader
}

// NewLoader loads the files and gives them to the engine. Options may be nil.
func (e *Engine) NewLoader(paths []string, options *PolicyOptions) (*Loader, error) {
	c, err := options.options()
	if err != nil {
		return nil, err
	}
	if !e.acquire() {
		return nil, ErrClosed
	}
	var a arena
	defer a.free()
	var report C.struct_chandra_error
	l := &Loader{}
	status := C.chandra_lua_loader_new(e.c, a.texts(paths), C.size_t(len(paths)), &c, &l.c, &report)
	if err := failure(status, &report); err != nil {
		e.release()
		return nil, err
	}
	l.open(func() {
		C.chandra_lua_loader_free(l.c)
		e.release()
	})
	return l, nil
}

// Poll looks whether a file has changed and, if so, loads and swaps. A failure leaves the engine on the last good
// set; it is returned once for each changed text.
func (l *Loader) Poll() (swapped bool, err error) {
	if !l.acquire() {
		return false, ErrClosed
	}
	defer l.release()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var hasSwapped C.bool
	var report C.struct_chandra_error
	err = failure(C.chandra_lua_loader_poll(l.c, &hasSwapped, &report), &report)
	return bool(hasSwapped), err
}
