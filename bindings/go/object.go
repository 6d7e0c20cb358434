package chandra

// #include "shim.h"
import "C"

import "unsafe"

// Kind is a kind of objects that the engine knows.
type Kind int

// The kinds; claims, classes and contexts are of resource.k8s.io/v1alpha2.
const (
	KindPod     Kind = iota
	KindNode         // of the core API, as pods
	KindClaim        // ResourceClaim
	KindClass        // ResourceClass
	KindContext      // PodSchedulingContext
)

var _ = [1]int{}[KindContext+1-C.CHANDRA_KIND_COUNT]

// String returns the name of the kind in the API, such as "ResourceClaim".
func (k Kind) String() string {
	if k < KindPod || k > KindContext {
		return "unknown"
	}
	return C.GoString(C.chandra_kind_name(C.enum_chandra_kind(k)))
}

// Object is a Kubernetes object as the library keeps it. It never changes, and any number of goroutines may use
// it. It lies outside of Go's memory: Close it.
type Object struct {
	handle
	c *C.struct_chandra_object
}

// newObject takes over a reference; nil stays nil.
func newObject(c *C.struct_chandra_object) *Object {
	if c == nil {
		return nil
	}
	o := &Object{c: c}
	o.open(func() { C.chandra_object_unref(c) })
	return o
}

// Decode reads an object of a kind from JSON. Clients in Go leave kind and apiVersion out of what they marshal:
// they are filled in.
func Decode(kind Kind, json []byte) (*Object, error) {
	var object *C.struct_chandra_object
	var report C.struct_chandra_error
	status := C.ch_go_decode(C.enum_chandra_kind(kind), (*C.char)(unsafe.Pointer(unsafe.SliceData(json))),
		C.size_t(len(json)), &object, &report)
	return newObject(object), failure(status, &report)
}

// use acquires an object, which may be nil. Call done afterwards.
func (o *Object) use() (c *C.struct_chandra_object, ok bool, done func()) {
	if o == nil {
		return nil, true, func() {}
	}
	if !o.acquire() {
		return nil, false, func() {}
	}
	return o.c, true, o.release
}

// Meta is what names an object.
type Meta struct {
	Kind            Kind
	Namespace       string // "" for kinds without namespaces
	Name            string
	UID             string
	ResourceVersion string
}

// Meta returns what names the object; after Close, nothing.
func (o *Object) Meta() Meta {
	if !o.acquire() {
		return Meta{}
	}
	defer o.release()
	var meta C.struct_ch_go_meta
	C.ch_go_meta(o.c, &meta)
	return Meta{
		Kind:            Kind(meta.kind),
		Namespace:       copied(meta.name_space),
		Name:            copied(meta.name),
		UID:             copied(meta.uid),
		ResourceVersion: copied(meta.resource_version),
	}
}
