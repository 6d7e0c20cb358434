package chandra

// #include "shim.h"
import "C"

import (
	"bytes"
	"math/bits"
	"unsafe"
)

// NodeTable names nodes by their index. It never changes: cycles share one until a node comes or goes.
type NodeTable struct {
	version uint64
	names   []string // "" where there is no node
	indices map[string]int
}

// Capacity returns the number of indices; some may have no node.
func (t *NodeTable) Capacity() int { return len(t.names) }

// Len returns the number of nodes.
func (t *NodeTable) Len() int { return len(t.indices) }

// Name returns the name of the node at an index, or "".
func (t *NodeTable) Name(index int) string {
	if index < 0 || index >= len(t.names) {
		return ""
	}
	return t.names[index]
}

// Index returns the index of a node.
func (t *NodeTable) Index(name string) (index int, ok bool) {
	index, ok = t.indices[name]
	return index, ok
}

// Set returns the set of the nodes with these names; names that no node has are passed over.
func (t *NodeTable) Set(names ...string) *NodeSet {
	set := t.empty()
	for _, name := range names {
		set.Add(name)
	}
	return set
}

// All returns the set of all nodes.
func (t *NodeTable) All() *NodeSet {
	set := t.empty()
	for _, index := range t.indices {
		set.words[index/64] |= 1 << (index % 64)
	}
	return set
}

func (t *NodeTable) empty() *NodeSet {
	return &NodeSet{t, make([]uint64, (len(t.names)+63)/64)}
}

// NodeSet is a set of the nodes of a table. Readers may share one.
type NodeSet struct {
	table *NodeTable
	words []uint64 // bit i%64 of words[i/64] is index i
}

// Table returns the table whose nodes these are.
func (s *NodeSet) Table() *NodeTable { return s.table }

// Add adds a node; it reports whether there is one of this name.
func (s *NodeSet) Add(name string) bool {
	index, ok := s.table.indices[name]
	if ok {
		s.words[index/64] |= 1 << (index % 64)
	}
	return ok
}

// Remove removes a node.
func (s *NodeSet) Remove(name string) {
	if index, ok := s.table.indices[name]; ok {
		s.words[index/64] &^= 1 << (index % 64)
	}
}

// Has reports whether a node is a member.
func (s *NodeSet) Has(name string) bool {
	index, ok := s.table.indices[name]
	return ok && s.HasIndex(index)
}

// HasIndex reports whether the node at an index is a member.
func (s *NodeSet) HasIndex(index int) bool {
	return index >= 0 && index/64 < len(s.words) && s.words[index/64]>>(index%64)&1 != 0
}

// Len returns the number of members.
func (s *NodeSet) Len() int {
	count := 0
	for _, word := range s.words {
		count += bits.OnesCount64(word)
	}
	return count
}

// Each calls yield for every member, in the order of the indices, until it returns false.
func (s *NodeSet) Each(yield func(index int, name string) bool) {
	for i, word := range s.words {
		for ; word != 0; word &= word - 1 {
			index := i*64 + bits.TrailingZeros64(word)
			if !yield(index, s.table.names[index]) {
				return
			}
		}
	}
}

// Names returns the names of the members, in the order of their indices.
func (s *NodeSet) Names() []string {
	names := make([]string, 0, s.Len())
	s.Each(func(_ int, name string) bool {
		names = append(names, name)
		return true
	})
	return names
}

// in returns the words of the set in another table. When nodes have come or gone since, names decide.
func (s *NodeSet) in(table *NodeTable) *NodeSet {
	if s.table == table {
		return s
	}
	return table.Set(s.Names()...)
}

// pointer is what C reads or writes the words through.
func (s *NodeSet) pointer() *C.uint64_t {
	return (*C.uint64_t)(unsafe.Pointer(unsafe.SliceData(s.words)))
}

// NodeScores are scores of nodes, from 0 to 100.
type NodeScores struct {
	nodes  *NodeSet
	values []int64 // by index
}

// Of returns the score of a node; false for one that was not asked about.
func (s *NodeScores) Of(name string) (score int64, ok bool) {
	index, ok := s.nodes.table.Index(name)
	if !ok || !s.nodes.HasIndex(index) {
		return 0, false
	}
	return s.values[index], true
}

// Nodes returns the nodes that have scores.
func (s *NodeScores) Nodes() *NodeSet { return s.nodes }

// ByIndex returns the scores by index of the node; those of nodes that were not asked about are 0.
func (s *NodeScores) ByIndex() []int64 { return s.values }

// tableFor returns the table of a cycle, which is made anew only when nodes have come or gone.
func (e *Engine) tableFor(cycle *C.struct_chandra_cycle, nodes *C.struct_ch_go_nodes) *NodeTable {
	table := e.table.Load()
	if table != nil && table.version == uint64(nodes.version) && len(table.names) == int(nodes.capacity) {
		return table
	}
	table = readTable(cycle, nodes)
	e.table.Store(table)
	return table
}

func readTable(cycle *C.struct_chandra_cycle, nodes *C.struct_ch_go_nodes) *NodeTable {
	table := &NodeTable{
		version: uint64(nodes.version),
		names:   make([]string, nodes.capacity),
		indices: make(map[string]int, nodes.capacity),
	}
	text := make([]byte, int(nodes.capacity)*32)
	size := int(C.ch_go_names(cycle, (*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.size_t(len(text))))
	if size > len(text) {
		text = make([]byte, size)
		C.ch_go_names(cycle, (*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.size_t(len(text)))
	}
	text = text[:size]
	for i := range table.names {
		name, rest, _ := bytes.Cut(text, []byte{0})
		if len(name) > 0 {
			table.names[i] = string(name)
			table.indices[table.names[i]] = i
		}
		text = rest
	}
	return table
}
