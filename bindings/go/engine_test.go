package chandra_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	chandra "github.com/chandra-dra/chandra/bindings/go"
)

func wait1ms() { time.Sleep(time.Millisecond) }

func TestVersion(t *testing.T) {
	if !strings.HasPrefix(chandra.Version(), "0.") {
		t.Fatalf("version %q", chandra.Version())
	}
	if len(chandra.Stamp()) != 16 {
		t.Fatalf("stamp %q: run `go generate` first", chandra.Stamp())
	}
}

func TestErrors(t *testing.T) {
	r := newRig(t, nil)
	err := r.cluster.Load("bad.yaml", "kind: Pod\nmetadata: {name: [")
	r.fails(err, chandra.ErrParse)
	if !strings.HasPrefix(err.Error(), "bad.yaml:") {
		t.Fatalf("no place: %s", err)
	}
	r.fails(r.cluster.Load("x.yaml", "{apiVersion: v1, kind: Nonsense, metadata: {name: x}}"), chandra.ErrUnsupported)
	r.fails(r.cluster.AddDrivers("d.json", `{"Nonsense": 1}`), chandra.ErrInvalid)
	for status := chandra.ErrNoMemory; status <= chandra.ErrCanceled; status++ {
		if status.Error() == "" || strings.Contains(status.Error(), "unknown") {
			t.Fatalf("status %d has no words", int(status))
		}
	}
	r.equal(chandra.ErrNoMemory.Error(), "out of memory")
	r.equal(chandra.Unresolvable, "UnschedulableAndUnresolvable")
	r.equal(chandra.KindContext, "PodSchedulingContext")
	r.equal(chandra.Kind(99), "unknown")
}

func TestDecode(t *testing.T) {
	r := newRig(t, nil)
	pod, err := chandra.Decode(chandra.KindPod, []byte(`{"metadata": {"name": "p", "namespace": "n", "uid": "u",
		"resourceVersion": "7"}, "spec": {"containers": []}}`))
	r.must(err)
	r.equal(pod.Meta(), chandra.Meta{Kind: chandra.KindPod, Namespace: "n", Name: "p", UID: "u", ResourceVersion: "7"})
	pod.Close()
	class, err := chandra.Decode(chandra.KindClass, []byte(`{"metadata": {"name": "c"}, "driverName": "d"}`))
	r.must(err)
	class.Close()
	_, err = chandra.Decode(chandra.KindPod, []byte(`{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "p"}}`))
	r.fails(err, chandra.ErrInvalid)
	_, err = chandra.Decode(chandra.KindPod, []byte(`{"metadata": 1}`))
	r.fails(err, chandra.ErrInvalid)
	for _, text := range []string{"", "{", "[]", "null"} {
		if _, err = chandra.Decode(chandra.KindPod, []byte(text)); err == nil {
			t.Fatalf("%q is a pod", text)
		}
	}
	node := r.engine.Get(chandra.KindNode, "", "node-1")
	defer node.Close()
	_, err = r.engine.NewCycle(node)
	r.fails(err, chandra.ErrInvalid)
	_, err = r.engine.NewCycle(nil)
	r.fails(err, chandra.ErrInvalid)
	r.equal(r.engine.Count(chandra.KindNode), 2)
}

func TestQueue(t *testing.T) {
	r := newRig(t, nil)
	pod := r.pod("trainer")
	r.is(r.engine.PreEnqueue(pod), chandra.Success)
	claimless, err := chandra.Decode(chandra.KindPod, []byte(`{"metadata": {"name": "p", "namespace": "demo", "uid": "u"},
		"spec": {"containers": [], "resourceClaims": [{"name": "a", "source": {"resourceClaimName": "missing"}}]}}`))
	r.must(err)
	defer claimless.Close()
	r.is(r.engine.PreEnqueue(claimless), chandra.Unresolvable)

	known := r.engine.Get(chandra.KindClaim, "demo", "one-gpu")
	defer known.Close()
	claim := func(uid, extra string) []byte {
		return []byte(`{"metadata": {"name": "one-gpu", "namespace": "demo", "uid": "` + uid + `",
			"resourceVersion": "` + fmt.Sprint(len(extra)+1) + `"}, "spec": {"resourceClassName": "gpu"}` + extra + `}`)
	}
	free := claim(known.Meta().UID, "")
	allocated := claim(known.Meta().UID, `, "status": {"driverName": "gpu.example.com", "allocation": {"shareable": true}}`)
	r.is(r.engine.HintJSON(pod, chandra.KindClaim, free, allocated), chandra.Queue)
	r.is(r.engine.HintJSON(pod, chandra.KindClaim, claim("other", ""), claim("other", ` `)), chandra.QueueSkip)
	r.is(r.engine.HintJSON(pod, chandra.KindClaim, nil, []byte("{")), chandra.Failed)
	r.is(r.engine.HintJSON(pod, chandra.KindClaim, []byte{}, free), chandra.Failed)
	object, err := chandra.Decode(chandra.KindClaim, allocated)
	r.must(err)
	r.is(r.engine.Hint(pod, chandra.KindClaim, nil, object), chandra.Queue)
	object.Close()
	r.is(r.engine.Hint(pod, chandra.KindClaim, nil, object), chandra.Failed)
	r.is(r.engine.Hint(nil, chandra.KindClaim, nil, nil), chandra.Failed)
}

func TestEvents(t *testing.T) {
	r := newRig(t, &chandra.EngineOptions{Events: 8})
	ctx := context.Background()
	drain := func() (seen []string, err error) {
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		for {
			events, err := r.engine.Events(short)
			if err != nil {
				return seen, err
			}
			for _, event := range events {
				switch {
				case event.Old == nil:
					seen = append(seen, "+"+event.New.Meta().Name)
				case event.New == nil:
					seen = append(seen, "-"+event.Old.Meta().Name)
				default:
					seen = append(seen, event.New.Meta().Name)
				}
				event.Close()
			}
		}
	}
	_, err := drain()
	r.fails(err, context.DeadlineExceeded)

	r.load("{apiVersion: v1, kind: Node, metadata: {name: node-3}}")
	r.load("{apiVersion: v1, kind: Node, metadata: {name: node-3, labels: {a: b}}}")
	r.settle()
	_, err = r.cluster.Do(ctx, chandra.Request{Method: "DELETE", Path: "/api/v1/nodes/node-3"})
	r.must(err)
	r.settle()
	seen, _ := drain()
	r.equal(seen, []string{"+node-3", "node-3", "-node-3"})

	for i := 0; i < 20; i++ {
		r.load(fmt.Sprintf("{apiVersion: v1, kind: Node, metadata: {name: many-%d}}", i))
	}
	r.settle()
	seen, err = drain()
	r.fails(err, chandra.ErrEventsLost)
	r.equal(len(seen), 8)
	seen, err = drain()
	r.fails(err, context.DeadlineExceeded)
	r.equal(len(seen), 0)

	time.AfterFunc(10*time.Millisecond, func() { r.load("{apiVersion: v1, kind: Node, metadata: {name: late}}"); r.settle() })
	events, err := r.engine.Events(ctx)
	r.must(err)
	r.equal(events[0].New.Meta().Name, "late")
	events[0].Close()

	r.load("{apiVersion: v1, kind: Node, metadata: {name: unread}}")
	r.settle()
	events, err = r.engine.Events(ctx)
	r.must(err)
	time.AfterFunc(10*time.Millisecond, r.engine.Close)
	_, err = r.engine.Events(ctx)
	r.fails(err, chandra.ErrClosed)
	r.equal(events[0].New.Meta().Name, "unread") // what was fetched is the caller's
	events[0].Close()

	silent := newRig(t, nil)
	_, err = silent.engine.Events(ctx)
	r.fails(err, chandra.ErrInvalid)
}

func TestOptions(t *testing.T) {
	r := newRig(t, &chandra.EngineOptions{Disabled: true, WithoutPods: true, NodeLabels: true, Seed: 5,
		ClaimNaming: chandra.NamingStatus, FieldManager: "volcano"})
	pod, err := chandra.Decode(chandra.KindPod, []byte(`{"metadata": {"name": "trainer", "namespace": "demo", "uid": "u"},
		"spec": {"resourceClaims": [{"name": "gpu", "source": {"resourceClaimName": "missing"}}]}}`))
	r.must(err)
	defer pod.Close()
	r.is(r.cycle(pod).PreFilter(), chandra.Skip)
	r.equal(r.engine.Count(chandra.KindPod), 0)
	r.equal(r.engine.WatchText(chandra.KindPod), "")
}

func TestCluster(t *testing.T) {
	r := newRig(t, nil)
	ctx := context.Background()
	body, err := r.cluster.Do(ctx, chandra.Request{Path: "/api/v1/nodes/node-1"})
	r.must(err)
	if !strings.Contains(string(body), `"name":"node-1"`) {
		t.Fatalf("body %s", body)
	}
	_, err = r.cluster.Do(ctx, chandra.Request{Path: "/api/v1/nodes/nobody"})
	r.fails(err, chandra.ErrNotFound)
	_, err = r.cluster.Do(ctx, chandra.Request{Method: "HEAD", Path: "/"})
	r.fails(err, chandra.ErrInvalid)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = r.cluster.Do(ended, chandra.Request{Path: "/"})
	r.fails(err, context.Canceled)
	r.equal(r.cluster.Now(), time.Duration(0))
	r.must(r.cluster.Advance(3 * time.Second))
	r.equal(r.cluster.Now(), 3*time.Second)
	if writes := r.cluster.Writes(); len(writes) != 5 || writes[4].Kind != "Pod" || writes[4].Namespace != "demo" {
		t.Fatalf("writes %+v", writes)
	}
}

func TestServer(t *testing.T) {
	r := newRig(t, nil)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if request.URL.Path == "/version" {
			fmt.Fprint(w, `{"major": "1", "minor": "30"}`)
			return
		}
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden",
			"message": "you may not", "code": 403}`)
	}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	r.must(os.WriteFile(path, []byte(`{apiVersion: v1, kind: Config, current-context: test,
		clusters: [{name: here, cluster: {server: "`+server.URL+`"}}], users: [{name: me, user: {}}],
		contexts: [{name: test, context: {cluster: here, user: me, namespace: demo}}]}`), 0o600))
	_, err := chandra.Connect(&chandra.ServerOptions{Kubeconfig: path + ".missing"})
	r.fails(err, chandra.ErrNotFound)
	logger, _ := newLogger()
	connection, err := chandra.Connect(&chandra.ServerOptions{Kubeconfig: path, QPS: 100, Burst: 10, RequestTimeout: time.Minute,
		UserAgent: "test", Logger: logger})
	r.must(err)
	defer connection.Close()
	r.equal(connection.URL(), server.URL)
	r.equal(connection.Context(), "test")
	r.equal(connection.Namespace(), "demo")
	body, err := connection.Do(context.Background(), chandra.Request{Path: "/version"})
	r.must(err)
	if !strings.Contains(string(body), `"30"`) {
		t.Fatalf("body %s", body)
	}

	engine, err := chandra.NewEngine(connection, nil)
	r.must(err)
	connection.Close() // the engine keeps it
	r.must(engine.Start())
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for !strings.Contains(engine.SyncText(), "you may not") && ctx.Err() == nil {
		wait1ms()
	}
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	err = engine.WaitForSync(short)
	r.fails(err, context.DeadlineExceeded)
	if !strings.Contains(err.Error(), "you may not") {
		t.Fatalf("why: %s", err)
	}
	time.AfterFunc(10*time.Millisecond, engine.Close)
	r.fails(engine.WaitForSync(ctx), chandra.ErrClosed)
}
