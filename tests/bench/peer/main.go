// Command peer measures kube-scheduler's own dynamicresources plugin the way `chandra bench`
// measures chandra: one PreFilter and one Filter on every node, for one pod, informer caches filled,
// on one thread. It prints one JSON object with the median time of a cycle.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	resourcev1alpha2 "k8s.io/api/resource/v1alpha2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/dynamicresources"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/feature"
	schedruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
)

const (
	driver          = "bench.example.com"
	hostname        = "kubernetes.io/hostname"
	namespace       = "default"
	unsuitableNodes = 100
)

type result struct {
	Case         string  `json:"case"`
	Nodes        int     `json:"nodes"`
	Claims       int     `json:"claims"`
	Feasible     int     `json:"feasible"`
	NsPerCycle   int64   `json:"ns_per_cycle"`
	NsPerNodeOne float64 `json:"ns_per_node_claim"`
	Cycles       int     `json:"cycles"`
}

func main() {
	nodes := flag.Int("nodes", 1000, "number of nodes")
	claims := flag.Int("claims", 1, "number of claims of the pod")
	kind := flag.String("case", "pending", "pending or allocated")
	budget := flag.Duration("time", 2*time.Second, "how long to measure, at least 5 cycles")
	flag.Parse()
	if *kind != "pending" && *kind != "allocated" || *nodes < 1 || *claims < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*nodes, *claims, *kind, *budget); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func run(nodes, claims int, kind string, budget time.Duration) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	infos := newNodes(nodes)
	pod := newPod(claims)
	plugin, err := newPlugin(ctx, newObjects(pod, nodes, claims, kind == "allocated"))
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(1)
	feasible, err := cycle(ctx, plugin, pod, infos) // warms up
	if err != nil {
		return err
	}
	runtime.GC()
	times := []int64{}
	for start := time.Now(); len(times) < 5 || time.Since(start) < budget; {
		begin := time.Now()
		if _, err := cycle(ctx, plugin, pod, infos); err != nil {
			return err
		}
		times = append(times, time.Since(begin).Nanoseconds())
	}
	slices.Sort(times)
	median := times[len(times)/2]
	return json.NewEncoder(os.Stdout).Encode(result{
		Case: kind, Nodes: nodes, Claims: claims, Feasible: feasible, NsPerCycle: median,
		NsPerNodeOne: float64(median) / float64(nodes*claims), Cycles: len(times),
	})
}

type plugin interface {
	framework.PreFilterPlugin
	framework.FilterPlugin
}

// cycle runs PreFilter and Filter on every node, and returns on how many nodes the pod fits.
func cycle(ctx context.Context, plugin plugin, pod *v1.Pod, nodes []*framework.NodeInfo) (int, error) {
	state := framework.NewCycleState()
	if _, status := plugin.PreFilter(ctx, state, pod); !status.IsSuccess() {
		return 0, status.AsError()
	}
	feasible := 0
	for _, node := range nodes {
		status := plugin.Filter(ctx, state, pod, node)
		if status.IsSuccess() {
			feasible++
		} else if !status.IsRejected() {
			return 0, status.AsError()
		}
	}
	return feasible, nil
}

// newPlugin starts the plugin on a fake clientset, with its informer caches filled.
func newPlugin(ctx context.Context, objects []kruntime.Object) (plugin, error) {
	client := fake.NewSimpleClientset(objects...)
	factory := informers.NewSharedInformerFactory(client, 0)
	handle, err := schedruntime.NewFramework(ctx, nil, nil, schedruntime.WithClientSet(client),
		schedruntime.WithInformerFactory(factory))
	if err != nil {
		return nil, err
	}
	made, err := dynamicresources.New(ctx, nil, handle, feature.Features{EnableDynamicResourceAllocation: true})
	if err != nil {
		return nil, err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	return made.(plugin), nil
}

func nodeName(number int) string { return fmt.Sprintf("node-%05d", number) }

// nodeNames names every step-th node, count of them.
func nodeNames(step, count int) []string {
	names := make([]string, count)
	for i := range names {
		names[i] = nodeName(i * step)
	}
	return names
}

func newNodes(count int) []*framework.NodeInfo {
	infos := make([]*framework.NodeInfo, count)
	for i := range infos {
		infos[i] = framework.NewNodeInfo()
		infos[i].SetNode(&v1.Node{ObjectMeta: metav1.ObjectMeta{
			Name: nodeName(i), Labels: map[string]string{hostname: nodeName(i), "dra": "yes"},
		}})
	}
	return infos
}

func newPod(claims int) *v1.Pod {
	pod := &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "bench", Namespace: namespace, UID: "bench"}}
	for i := range claims {
		name := fmt.Sprintf("claim-%d", i)
		pod.Spec.ResourceClaims = append(pod.Spec.ResourceClaims, v1.PodResourceClaim{
			Name: fmt.Sprintf("entry-%d", i), Source: v1.ClaimSource{ResourceClaimName: &name},
		})
	}
	return pod
}

// labelIn selects the nodes whose label has one of the values.
func labelIn(key string, values []string) *v1.NodeSelector {
	return &v1.NodeSelector{NodeSelectorTerms: []v1.NodeSelectorTerm{{
		MatchExpressions: []v1.NodeSelectorRequirement{
			{Key: key, Operator: v1.NodeSelectorOpIn, Values: values}},
	}}}
}

// newObjects makes the class, the claims and, for pending ones, the context with the driver's answers.
func newObjects(pod *v1.Pod, nodes, claims int, allocated bool) []kruntime.Object {
	objects := []kruntime.Object{&resourcev1alpha2.ResourceClass{
		ObjectMeta: metav1.ObjectMeta{Name: "bench"},
		DriverName: driver, SuitableNodes: labelIn("dra", []string{"yes"}),
	}}
	for i := range claims {
		claim := &resourcev1alpha2.ResourceClaim{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("claim-%d", i), Namespace: namespace},
			Spec: resourcev1alpha2.ResourceClaimSpec{ResourceClassName: "bench",
				AllocationMode: resourcev1alpha2.AllocationModeWaitForFirstConsumer},
		}
		if allocated {
			claim.Status.DriverName = driver
			claim.Status.Allocation = &resourcev1alpha2.AllocationResult{Shareable: true,
				AvailableOnNodes: labelIn(hostname, nodeNames(2, (nodes+1)/2))}
		}
		objects = append(objects, claim)
	}
	if !allocated {
		objects = append(objects, newContext(pod, nodes))
	}
	return objects
}

func newContext(pod *v1.Pod, nodes int) *resourcev1alpha2.PodSchedulingContext {
	names := nodeNames(1, min(nodes/2, unsuitableNodes))
	context := &resourcev1alpha2.PodSchedulingContext{
		ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace,
			OwnerReferences: []metav1.OwnerReference{
				*metav1.NewControllerRef(pod, v1.SchemeGroupVersion.WithKind("Pod"))}},
		Spec: resourcev1alpha2.PodSchedulingContextSpec{PotentialNodes: names},
	}
	for _, entry := range pod.Spec.ResourceClaims {
		context.Status.ResourceClaims = append(context.Status.ResourceClaims,
			resourcev1alpha2.ResourceClaimSchedulingStatus{Name: entry.Name, UnsuitableNodes: names})
	}
	return context
}
