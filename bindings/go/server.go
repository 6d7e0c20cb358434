package chandra

// #include "shim.h"
import "C"

import (
	"log/slog"
	"time"
)

// ServerOptions say which API server, and how to speak to it. The zero value is the cluster of $KUBECONFIG, else
// the pod's service account, else that of ~/.kube/config.
type ServerOptions struct {
	Kubeconfig string // file
	Context    string // in place of the current one
	Cluster    string // in place of the context's
	User       string // in place of the context's
	Namespace  string // in place of the context's
	URL        string // in place of the cluster's

	QPS            float64       // requests a second; 0 is 50, negative is no limit
	Burst          int           // 0 is 100
	RequestTimeout time.Duration // 0 is 30 s
	WatchIdle      time.Duration // a watch on which nothing comes for so long is cut; 0 is 90 s
	UserAgent      string        // "" is chandra/VERSION
	Logger         *slog.Logger  // nil drops messages
}

// Server is the way to a real API server, with a thread of the library's own, which never calls into Go.
type Server struct {
	transport
	url, context, namespace string
}

// Connect makes the way to an API server. Nothing is sent before the first request.
func Connect(options *ServerOptions) (*Server, error) {
	if options == nil {
		options = &ServerOptions{}
	}
	logger, err := logs.logger(options.Logger)
	if err != nil {
		return nil, err
	}
	var a arena
	defer a.free()
	config, err := options.load(&a, logger)
	if err != nil {
		return nil, err
	}
	defer C.chandra_kube_config_free(config)
	return options.connect(&a, config, logger)
}

// load reads the kubeconfig.
func (o *ServerOptions) load(a *arena, logger C.struct_chandra_logger) (*C.struct_chandra_kube_config, error) {
	var config *C.struct_chandra_kube_config
	var report C.struct_chandra_error
	c := C.struct_chandra_kube_config_options{
		size:       C.sizeof_struct_chandra_kube_config_options,
		kubeconfig: a.option(o.Kubeconfig),
		context:    a.option(o.Context),
		cluster:    a.option(o.Cluster),
		user:       a.option(o.User),
		name_space: a.option(o.Namespace),
		server:     a.option(o.URL),
		logger:     logger,
	}
	return config, failure(C.chandra_kube_config_load(&c, &config, &report), &report)
}

func (o *ServerOptions) connect(a *arena, config *C.struct_chandra_kube_config,
	logger C.struct_chandra_logger) (*Server, error) {
	var report C.struct_chandra_error
	c := C.struct_chandra_kube_options{
		size:               C.sizeof_struct_chandra_kube_options,
		qps:                C.double(o.QPS),
		burst:              C.int(o.Burst),
		request_timeout_ms: C.int64_t(o.RequestTimeout.Milliseconds()),
		watch_idle_ms:      C.int64_t(o.WatchIdle.Milliseconds()),
		user_agent:         a.option(o.UserAgent),
		logger:             logger,
	}
	s := &Server{
		url:       C.GoString(C.chandra_kube_config_server(config)),
		context:   C.GoString(C.chandra_kube_config_context(config)),
		namespace: C.GoString(C.chandra_kube_config_namespace(config)),
	}
	if err := failure(C.chandra_kube_new(config, &c, &s.c, &report), &report); err != nil {
		return nil, err
	}
	s.open(func() { C.chandra_kube_free(s.c) })
	return s, nil
}

// URL returns where the API server is.
func (s *Server) URL() string { return s.url }

// Context returns the name of the kubeconfig's context, "in-cluster" for the pod's service account.
func (s *Server) Context() string { return s.context }

// Namespace returns the namespace of the context, "default" when it names none.
func (s *Server) Namespace() string { return s.namespace }
