/* example.h - the cluster that a session begins with when nothing else is named. */
#ifndef CHANDRA_CLI_REPL_EXAMPLE_H
#define CHANDRA_CLI_REPL_EXAMPLE_H

extern const char example_cluster[]; /* YAML manifests */
extern const char example_drivers[]; /* JSON, the test driver's resource config */

#endif
