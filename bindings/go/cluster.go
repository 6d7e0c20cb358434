package chandra

// #include "shim.h"
import "C"

import (
	"log/slog"
	"sync"
	"time"
)

// ClusterOptions are those of a cluster in memory.
type ClusterOptions struct {
	Seed   uint64       // of uids, generated names and the drivers' choices; 0 is 1
	Start  time.Time    // wall clock at virtual time 0; the zero time is 2024-06-01T00:00:00Z
	Logger *slog.Logger // nil drops messages
}

// Cluster is a small cluster in memory: an API server, the claim controller and resource drivers, on virtual
// time. Nothing waits, and equal input gives equal output: tests and examples run on it. Any number of
// goroutines may use it.
type Cluster struct {
	transport
	sim   *C.struct_chandra_sim
	mutex sync.Mutex // a call at a time, but for requests of the transport
}

// NewCluster makes an empty cluster. Options may be nil.
func NewCluster(options *ClusterOptions) (*Cluster, error) {
	if options == nil {
		options = &ClusterOptions{}
	}
	logger, err := logs.logger(options.Logger)
	if err != nil {
		return nil, err
	}
	c := C.struct_chandra_sim_options{
		size:   C.sizeof_struct_chandra_sim_options,
		seed:   C.uint64_t(max(options.Seed, 1)),
		logger: logger,
	}
	if !options.Start.IsZero() {
		c.wall_time = C.int64_t(options.Start.Unix())
	}
	cluster := &Cluster{}
	var report C.struct_chandra_error
	if err := failure(C.chandra_sim_new(&c, &cluster.sim, &report), &report); err != nil {
		return nil, err
	}
	cluster.c = C.chandra_sim_transport(cluster.sim)
	cluster.open(func() { C.chandra_sim_free(cluster.sim) })
	return cluster, nil
}

// do makes a call that may fail.
func (c *Cluster) do(call func(*C.struct_chandra_error) C.enum_chandra_status) error {
	if !c.acquire() {
		return ErrClosed
	}
	defer c.release()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var report C.struct_chandra_error
	return failure(call(&report), &report)
}

// Load creates the objects of a manifest, in YAML or JSON, as kubectl apply would; those that exist are updated.
// The name stands for the file in errors.
func (c *Cluster) Load(name, manifest string) error {
	var a arena
	defer a.free()
	return c.do(func(report *C.struct_chandra_error) C.enum_chandra_status {
		return C.ch_go_load(c.sim, lend(manifest), a.text(name), report)
	})
}

// AddDrivers adds resource drivers from a document with the field names of Kubernetes' test driver: an object
// or an array of them with DriverName, DontSetReservedFor, NodeLocal, Nodes, NodeLabels, MaxAllocations and
// Shareable.
func (c *Cluster) AddDrivers(name, config string) error {
	var a arena
	defer a.free()
	return c.do(func(report *C.struct_chandra_error) C.enum_chandra_status {
		return C.ch_go_add_drivers(c.sim, lend(config), a.text(name), report)
	})
}

// AddDefaultDrivers adds an unlimited driver that reaches every node for each driver that the classes name and
// that there is not yet.
func (c *Cluster) AddDefaultDrivers() error {
	return c.do(func(report *C.struct_chandra_error) C.enum_chandra_status {
		return C.chandra_sim_add_default_drivers(c.sim, report)
	})
}

// Settle lets the watches, the claim controller and the drivers work until nothing is due at the present time.
// It reports whether anything was stored.
func (c *Cluster) Settle() (moved bool, err error) {
	var hasMoved C.bool
	err = c.do(func(report *C.struct_chandra_error) C.enum_chandra_status {
		return C.chandra_sim_settle(c.sim, &hasMoved, report)
	})
	return bool(hasMoved), err
}

// Now returns the virtual time since the cluster began.
func (c *Cluster) Now() time.Duration {
	var now C.int64_t
	_ = c.do(func(*C.struct_chandra_error) C.enum_chandra_status {
		now = C.chandra_sim_now_ms(c.sim)
		return C.CHANDRA_OK
	})
	return time.Duration(now) * time.Millisecond
}

// Advance moves the clock forward to a time since the cluster began, and runs the timers on the way.
func (c *Cluster) Advance(to time.Duration) error {
	return c.do(func(report *C.struct_chandra_error) C.enum_chandra_status {
		return C.chandra_sim_advance(c.sim, C.int64_t(to.Milliseconds()), report)
	})
}

// Fault is what happens to requests that match.
type Fault struct {
	Method      string // GET, PUT, WATCH, ...; "" matches all
	Path        string // a part of the request's path; "" matches all
	Status      int    // answer this, and do nothing
	Reason      string // of the Status object, such as Conflict
	Message     string
	Delay       time.Duration // of virtual time until the answer
	Drop        bool          // no answer arrives
	AfterEffect bool          // the request takes effect, only its answer is replaced
	Skip        int           // let so many matching requests pass first
	Count       int           // then hit so many; 0 is all
}

// AddFault lets requests go wrong.
func (c *Cluster) AddFault(fault Fault) error {
	var a arena
	defer a.free()
	return c.do(func(report *C.struct_chandra_error) C.enum_chandra_status {
		f := C.struct_chandra_sim_fault{
			size:          C.sizeof_struct_chandra_sim_fault,
			method:        a.option(fault.Method),
			path:          a.option(fault.Path),
			http_status:   C.int(fault.Status),
			reason:        a.option(fault.Reason),
			message:       a.option(fault.Message),
			delay_ms:      C.int64_t(fault.Delay.Milliseconds()),
			retry_after_s: -1,
			drop:          C.bool(fault.Drop),
			after_effect:  C.bool(fault.AfterEffect),
			skip:          C.uint32_t(fault.Skip),
			count:         C.uint32_t(fault.Count),
		}
		return C.chandra_sim_add_fault(c.sim, &f, report)
	})
}

// ClearFaults removes all faults.
func (c *Cluster) ClearFaults() {
	_ = c.do(func(*C.struct_chandra_error) C.enum_chandra_status {
		C.chandra_sim_clear_faults(c.sim)
		return C.CHANDRA_OK
	})
}

// Write is a write that the cluster's API server was asked for.
type Write struct {
	Actor       string // "scheduler", "claim-controller", "gc" or a driver's name; "" for Load
	Method      string
	Kind        string
	Namespace   string
	Name        string
	Subresource string // "", "status" or "binding"
	Status      int    // of HTTP
	Time        time.Duration
}

// Writes returns all writes so far, refused ones included.
func (c *Cluster) Writes() []Write {
	var writes []Write
	_ = c.do(func(*C.struct_chandra_error) C.enum_chandra_status {
		var w C.struct_chandra_sim_write
		for i := C.size_t(0); bool(C.chandra_sim_write_at(c.sim, i, &w)); i++ {
			writes = append(writes, Write{
				Actor:       C.GoString(w.actor),
				Method:      C.GoString(w.method),
				Kind:        C.GoString(w.kind),
				Namespace:   C.GoString(w.name_space),
				Name:        C.GoString(w.name),
				Subresource: C.GoString(w.subresource),
				Status:      int(w.http_status),
				Time:        time.Duration(w.time_ms) * time.Millisecond,
			})
		}
		return C.CHANDRA_OK
	})
	return writes
}
