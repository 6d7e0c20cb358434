/*
Package chandra decides which nodes pods with device claims may run on, by policies in Lua that are swapped while it
runs. It is a thin layer over libchandra, a library in C, for schedulers in Go.

# A host

A host makes an [Engine] on the way to an API server, a [Server], gives it a [Policy], and asks it, for each pod, the
questions of the scheduler framework, which are methods of a [Cycle]. A [Cluster] is an API server, a claim controller
and resource drivers in memory, for tests and examples; what runs on it runs on a real one.

	server, err := chandra.Connect(nil)
	engine, err := chandra.NewEngine(server, &chandra.EngineOptions{Events: 4096, Logger: slog.Default()})
	policy, err := chandra.LoadPolicyFiles([]string{"binpack.lua"}, nil)
	engine.SetPolicy(policy)
	engine.Start()
	err = engine.WaitForSync(ctx)

Each point answers with the scheduler framework's codes and a reason in words. A refusal is an answer, and so is a
failure of the API server, since a scheduler has one way to handle both; errors are for what could not be begun.
Whatever a policy says, the hard rules of Kubernetes' own plugin hold.

# Crossings

A call from Go into C costs about as much as a hundred instructions, so there is one for each pod and point:
[Cycle.FilterAll] answers for all nodes at once, and node sets come back as words in Go's memory, to be looked at
without another crossing. Names of nodes are read once, and again only when a node has come or gone.

# Closing

What the library makes lies outside of Go's memory: close servers, clusters, engines, policies, loaders, cycles, objects
and events. There are no finalizers. The order does not matter: what was made from something that is closed stays good,
and memory is freed when the last user is closed or has returned. Methods of what is closed do nothing, and say so by
[ErrClosed] where they can.

# Goroutines

Everything may be used by any number of goroutines at once; calls of one cycle wait for each other, but for Filter.
The library never calls into Go, neither from its threads nor from a policy: logs and events wait in queues of bounded
size. Logs are brought to their [log/slog.Logger] by a goroutine of this package, events are fetched by [Engine.Events].

# Building

The library and its headers are found by pkg-config, installed or in a build folder:

	cmake --preset release -G Ninja && cmake --build build/release --target chandra chandra_lua
	export PKG_CONFIG_PATH=$PWD/build/release
	(cd bindings/go && go generate && go test ./...)

Go does not notice by itself that the library was built anew; "go generate" here notes a hash of it, so that it does.
*/
package chandra
