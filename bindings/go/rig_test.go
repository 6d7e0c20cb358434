package chandra_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	chandra "github.com/chandra-dra/chandra/bindings/go"
)

// rig is a cluster in memory with an engine on it.
type rig struct {
	*testing.T
	cluster *chandra.Cluster
	engine  *chandra.Engine
}

func newRig(t *testing.T, options *chandra.EngineOptions) *rig {
	t.Helper()
	cluster, err := chandra.NewCluster(nil)
	r := &rig{T: t, cluster: cluster}
	r.must(err)
	t.Cleanup(cluster.Close)
	r.load(manifest)
	r.must(cluster.AddDefaultDrivers())
	r.engine, err = chandra.NewEngine(cluster, options)
	r.must(err)
	t.Cleanup(r.engine.Close)
	r.must(r.engine.Start())
	if !r.engine.IsSynced() || r.engine.SyncText() != "" {
		t.Fatalf("not synced: %s", r.engine.SyncText())
	}
	return r
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *rig) load(text string) {
	r.Helper()
	r.must(r.cluster.Load("test.yaml", text))
}

func (r *rig) settle() {
	r.Helper()
	_, err := r.cluster.Settle()
	r.must(err)
}

func (r *rig) pod(name string) *chandra.Object {
	r.Helper()
	pod := r.engine.Get(chandra.KindPod, "demo", name)
	if pod == nil {
		r.Fatalf("no pod %s", name)
	}
	r.Cleanup(pod.Close)
	return pod
}

func (r *rig) cycle(pod *chandra.Object) *chandra.Cycle {
	r.Helper()
	cycle, err := r.engine.NewCycle(pod)
	r.must(err)
	r.Cleanup(cycle.Close)
	return cycle
}

func (r *rig) policy(text string, options *chandra.PolicyOptions) {
	r.Helper()
	policy, err := chandra.LoadPolicy([]chandra.Source{{Name: "test.lua", Text: text}}, options)
	r.must(err)
	r.must(r.engine.SetPolicy(policy))
	policy.Close()
}

func (r *rig) is(answer chandra.Answer, code chandra.Code) {
	r.Helper()
	if answer.Code != code {
		r.Fatalf("want %v, got %v: %s", code, answer.Code, answer.Reason)
	}
}

func (r *rig) fails(err, want error) {
	r.Helper()
	if !errors.Is(err, want) {
		r.Fatalf("want %v, got %v", want, err)
	}
}

func (r *rig) equal(got, want any) {
	r.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.Fatalf("want %v, got %v", want, got)
	}
}

// pods makes pods that claim a GPU each, from a template.
func (r *rig) pods(count int) {
	r.Helper()
	var text strings.Builder
	fmt.Fprintln(&text, `apiVersion: resource.k8s.io/v1alpha2
kind: ResourceClaimTemplate
metadata: {name: gpu, namespace: demo}
spec: {spec: {resourceClassName: gpu}}`)
	for i := 0; i < count; i++ {
		fmt.Fprintf(&text, `---
apiVersion: v1
kind: Pod
metadata: {name: pod-%d, namespace: demo}
spec:
  containers: [{name: main, image: trainer, resources: {claims: [{name: gpu}]}}]
  resourceClaims: [{name: gpu, source: {resourceClaimTemplateName: gpu}}]
`, i)
	}
	r.load(text.String())
	r.settle()
}

// lines is a logger that keeps what it was told.
type lines struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (l *lines) Write(line []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(line)
}

func (l *lines) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

func newLogger() (*slog.Logger, *lines) {
	l := &lines{}
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})), l
}
