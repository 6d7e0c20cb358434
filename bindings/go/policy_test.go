package chandra_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	chandra "github.com/chandra-dra/chandra/bindings/go"
)

func TestPolicyErrors(t *testing.T) {
	r := newRig(t, nil)
	_, err := chandra.LoadPolicy([]chandra.Source{{Name: "bad.lua", Text: "--!chandra api=1 name=bad version=1.0.0\nreturn {"}}, nil)
	r.fails(err, chandra.ErrScript)
	if !strings.HasPrefix(err.Error(), "bad.lua:2") {
		t.Fatalf("no place: %s", err)
	}
	_, err = chandra.LoadPolicyFiles([]string{"/nowhere.lua"}, nil)
	r.fails(err, chandra.ErrIO)
	_, err = chandra.LoadConfigFile("/nowhere.yaml", nil)
	r.fails(err, chandra.ErrIO)
	_, err = chandra.LoadConfig(chandra.Source{Name: "c.yaml", Text: "kind: Nonsense"}, nil, nil)
	r.fails(err, chandra.ErrInvalid)
	_, err = chandra.LoadConfig(chandra.Source{Name: "c.yaml", Text: `
apiVersion: chandra.config/v1alpha1
kind: ChandraConfiguration
default: {policies: [{file: missing.lua}]}`}, nil, nil)
	r.fails(err, chandra.ErrNotFound)
}

func TestPolicyIdentity(t *testing.T) {
	r := newRig(t, nil)
	policy, err := chandra.LoadPolicy([]chandra.Source{{Name: "fast.lua", Text: fastOnly}, {Name: "s.lua", Text: scoring, Weight: 2}}, nil)
	r.must(err)
	r.must(r.engine.SetPolicy(policy))
	members := policy.Members()
	if len(members) != 2 || members[0].Name != "fast" || members[0].Source != "fast.lua" || members[1].Version != "2.0.0" ||
		len(members[0].SHA256) != 64 || members[0].API != 1 {
		t.Fatalf("%+v", members)
	}
	policy.Close()
	r.equal(len(policy.Members()), 0)
	r.fails(r.engine.SetPolicy(policy), chandra.ErrClosed)
	present := r.engine.Policy()
	r.equal(present.Members()[0].Name, "fast")
	present.Close()
	r.must(r.engine.SetPolicy(nil))
	if r.engine.Policy() != nil {
		t.Fatal("a policy is left")
	}
	builtin, err := chandra.LoadPolicy(nil, nil)
	r.must(err)
	defer builtin.Close()
	r.equal(builtin.Members()[0].Name, "default")
}

func TestLoader(t *testing.T) {
	r := newRig(t, nil)
	path := filepath.Join(t.TempDir(), "policy.lua")
	write := func(text string) { r.must(os.WriteFile(path, []byte(text), 0o600)) }
	_, err := r.engine.NewLoader([]string{path}, nil)
	r.fails(err, chandra.ErrIO)
	write(fastOnly)
	loader, err := r.engine.NewLoader([]string{path}, nil)
	r.must(err)
	defer loader.Close()
	poll := func(wantSwapped bool, wantName string) {
		t.Helper()
		swapped, err := loader.Poll()
		r.must(err)
		policy := r.engine.Policy()
		defer policy.Close()
		if swapped != wantSwapped || policy.Members()[0].Name != wantName {
			t.Fatalf("swapped %v to %v", swapped, policy.Members())
		}
	}
	poll(false, "fast")
	write(scoring)
	poll(true, "scoring")
	write("nonsense")
	_, err = loader.Poll()
	r.fails(err, chandra.ErrScript)
	poll(false, "scoring")
	write(fastOnly)
	poll(true, "fast")
	r.engine.Close() // the loader keeps it
	write(scoring)
	swapped, err := loader.Poll()
	r.must(err)
	r.equal(swapped, true)
	loader.Close()
	_, err = loader.Poll()
	r.fails(err, chandra.ErrClosed)
}

func TestLogs(t *testing.T) {
	logger, log := newLogger()
	r := newRig(t, &chandra.EngineOptions{Logger: logger, FailurePolicy: chandra.Ignore})
	r.policy(`--!chandra api=1 name=talks version=1.0.0
return {match = function(cx, _, nodes) cx:log("ordinary words") error("no idea") end}`, &chandra.PolicyOptions{Logger: logger})
	cycle := r.cycle(r.pod("trainer"))
	r.is(cycle.PreFilter(), chandra.Success)
	_, answer := cycle.FilterAll(nil)
	r.is(answer, chandra.Success)
	chandra.FlushLogs()
	if !strings.Contains(log.String(), "ordinary words") || !strings.Contains(log.String(), "no idea") {
		t.Fatalf("log: %s", log)
	}
}

func TestLogsArePassedOnByThemselves(t *testing.T) {
	logger, log := newLogger()
	r := newRig(t, nil)
	r.policy(`--!chandra api=1 name=talks version=1.0.0
return {match = function(cx, _, nodes) for i = 1, 3000 do cx:log("line", i, ("x"):rep(900)) end return nodes end}`,
		&chandra.PolicyOptions{Logger: logger, InstructionLimit: 1e9, Timeout: 1e10, MemoryLimit: 1 << 28})
	cycle := r.cycle(r.pod("trainer"))
	r.is(cycle.PreFilter(), chandra.Success)
	_, answer := cycle.FilterAll(nil)
	r.is(answer, chandra.Success)
	for wait := 0; !strings.Contains(log.String(), "line 3000") && !strings.Contains(log.String(), "were lost"); wait++ {
		if wait == 1000 {
			t.Fatalf("neither the last line nor that lines were lost")
		}
		wait1ms()
	}
}
